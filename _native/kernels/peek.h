/* A way through JSON that makes nothing of it: where the next value ends, found without checking what is stepped over.
 * For telling events apart, which must cost little and stop early; broken text is the decoder's to name. */
#ifndef LA_KERNELS_PEEK_H
#define LA_KERNELS_PEEK_H

#include <stddef.h>
#include <stdint.h>

#include "scan.h"

/* All positions lie in a caller's text that ends at `end`; NULL: it ends too soon. */

static inline const uint8_t *la_peek_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p < end ? p : NULL;
}

/* Behind the string whose opening quote is at p. */
static inline const uint8_t *la_peek_string(const uint8_t *p, const uint8_t *end)
{
    uint32_t high = 0;
    for (p++; (p = la_string_find(p, end, &high)) < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\' && ++p == end)
            break;
    }
    return NULL;
}

/* Behind the value at p; a number or a word ends where something else begins. */
static inline const uint8_t *la_peek_value(const uint8_t *p, const uint8_t *end)
{
    if (*p == '"')
        return la_peek_string(p, end);
    for (size_t depth = 0; p < end; p++) {
        switch (*p) {
        case '"':
            if (!(p = la_peek_string(p, end)))
                return NULL;
            p--;
            break;
        case '{':
        case '[': depth++; break;
        case '}':
        case ']':
            if (!depth)
                return p;
            if (!--depth)
                return p + 1;
            break;
        case ',':
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            if (!depth)
                return p;
            break;
        default: break;
        }
    }
    return NULL;
}

/* At the value of the member whose key begins at p, `*key_end` behind its key. An oddity: 0 in *well. */
static inline const uint8_t *la_peek_member(const uint8_t *p, const uint8_t *end, const uint8_t **key_end, int *well)
{
    *well = *p == '"';
    if (!*well)
        return p;
    if (!(*key_end = la_peek_string(p, end)) || !(p = la_peek_space(*key_end, end)))
        return NULL;
    *well = *p == ':';
    return *well ? la_peek_space(p + 1, end) : p;
}

/* At the next key or item behind the value at p. None: 0 in *well. */
static inline const uint8_t *la_peek_next(const uint8_t *p, const uint8_t *end, int *well)
{
    if (!(p = la_peek_value(p, end)) || !(p = la_peek_space(p, end)))
        return NULL;
    *well = *p == ',';
    return *well ? la_peek_space(p + 1, end) : p;
}

#endif
