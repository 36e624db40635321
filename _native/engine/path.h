/* Paths as text: `$.Records[7].body → $.items[3].price`. Written only when something did not fit. */
#ifndef LA_ENGINE_PATH_H
#define LA_ENGINE_PATH_H

#include "sink.h"

/* Appends n bytes to a text that lies in a pool block, *used bytes of it so far. 0 or -1. */
static int la_text_add(uint8_t **text, uint32_t *used, const void *bytes, size_t n)
{
    size_t need = (size_t)*used + n;
    if (need > UINT32_MAX)
        return -1;
    if (!*text || la_block_of(*text)->capacity < need)
        if (la_pool_grow(text, *used, need * 2 + 256))
            return -1;
    memcpy(*text + *used, bytes, n);
    *used += (uint32_t)n;
    return 0;
}

static bool la_is_name(const uint8_t *key, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint8_t b = key[k], letter = b | 0x20;
        if (!((letter >= 'a' && letter <= 'z') || b == '_' || b == '-' || b >= 0x80 || (b >= '0' && b <= '9')))
            return false;
    }
    return n > 0;
}

/* One step of a path: `[7]`. */
static int la_path_index(uint8_t **text, uint32_t *used, uint64_t index)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = ']';
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    digits[--at] = '[';
    return la_text_add(text, used, digits + at, sizeof digits - at);
}

/* A key between quotes. 0 or -1. */
static int la_path_quoted(uint8_t **text, uint32_t *used, const uint8_t *key, size_t n)
{
    if (la_text_add(text, used, "\"", 1))
        return -1;
    for (size_t from = 0, at = 0; at <= n; at++)
        if (at == n || key[at] == '"' || key[at] == '\\') {
            if (la_text_add(text, used, key + from, at - from) || (at < n && la_text_add(text, used, "\\", 1)))
                return -1;
            from = at;
        }
    return la_text_add(text, used, "\"", 1);
}

/* One step of a path: `.name`, `["any key"]`. 0 or -1. */
static int la_path_key(uint8_t **text, uint32_t *used, const uint8_t *key, size_t n)
{
    if (la_is_name(key, n))
        return la_text_add(text, used, ".", 1) || la_text_add(text, used, key, n);
    return la_text_add(text, used, "[", 1) || la_path_quoted(text, used, key, n) || la_text_add(text, used, "]", 1);
}

#endif
