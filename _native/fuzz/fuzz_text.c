/* Strings: where they stop, what was copied, what escapes mean, where white space ends. */
#include "kernels/dispatch.h"
#include "kernels/escaped.h"
#include "kernels/scan.h"
#include "kernels/unescape.h"

#include "kernel.h"

typedef const uint8_t *copier(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high);

static void check_copy(copier *copy, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *stop = p;
    bool high = false;
    for (; stop < end && *stop >= 0x20 && *stop != '"' && *stop != '\\'; stop++)
        high |= *stop >= 0x80;
    uint8_t *room = kernel_room((size_t)(end - p) + LA_SCAN_SLACK), *out = room;
    uint32_t seen = 0, found = 0;
    CHECK(copy(p, end, &out, &seen) == stop && out == room + (stop - p) && !memcmp(room, p, (size_t)(stop - p)));
    CHECK(la_string_find(p, end, &found) == stop);
    CHECK(!seen == !high && !found == !high);
}

static int hex(uint8_t b)
{
    return b >= '0' && b <= '9' ? b - '0' : b >= 'a' && b <= 'f' ? b - 'a' + 10 : b >= 'A' && b <= 'F' ? b - 'A' + 10 : -1;
}

/* The UTF-16 unit of a \uXXXX at p, or -1. */
static int32_t unit_at(const uint8_t *p, const uint8_t *end)
{
    int32_t unit = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int k = 2; k < 6; k++) {
        if (hex(p[k]) < 0)
            return -1;
        unit = unit * 16 + hex(p[k]);
    }
    return unit;
}

/* What the escape at p means: its length, with the code point, or 0 with the fault. */
static size_t reference_escape(const uint8_t *p, const uint8_t *end, uint32_t *point, enum la_status *status)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    *status = LA_SYNTAX;
    const char *name = end - p >= 2 && p[1] ? strchr(names, p[1]) : NULL;
    if (name) {
        *point = (uint8_t)meanings[name - names];
        return 2;
    }
    int32_t unit = unit_at(p, end), low = -1;
    if (unit < 0)
        return 0;
    *point = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF)
        return 6;
    *status = LA_SURROGATE;
    if (unit >= 0xDC00 || end - p < 8 || p[6] != '\\' || p[7] != 'u')
        return 0;
    if ((low = unit_at(p + 6, end)) < 0)
        *status = LA_SYNTAX;
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *point = 0x10000u + ((uint32_t)(unit - 0xD800) << 10 | (uint32_t)(low - 0xDC00));
    return 12;
}

static void check_escape(const uint8_t *p, const uint8_t *end)
{
    uint32_t point = 0, back = 0;
    enum la_status expected, status = LA_OK;
    size_t length = reference_escape(p, end, &point, &expected);
    uint8_t *room = kernel_room(4), *out = room;
    const uint8_t *next = la_unescape(p, end, &out, &status);
    CHECK(length ? next == p + length : !next && status == expected && out == room);
    size_t n = (size_t)(out - room);
    if (length) {
        CHECK(n == (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4));
        back = n == 1 ? room[0] : room[0] & (0x7Fu >> n);
        for (size_t k = 1; k < n; k++)
            back = back << 6 | (room[k] & 0x3Fu);
        CHECK(back == point);
    }
    const uint8_t *skipped = la_escape_skip(p, end);
    CHECK(skipped == (length == 2 ? p + 2 : unit_at(p, end) >= 0 ? p + 6 : NULL));
}

typedef const uint8_t *skipper(const uint8_t *p, const uint8_t *end);

/* A string full of escapes: what is copied is what one escape after the other means. */
static void check_escaped(copier *copy, skipper *skip, const uint8_t *p, const uint8_t *end)
{
    uint8_t *room = kernel_room((size_t)(end - p) + LA_SCAN_SLACK), *out = room;
    uint32_t high = 0;
    const uint8_t *stop = copy(p, end, &out, &high), *q = p;
    const uint8_t *written = room;
    while (q < stop) {
        uint8_t meant[4], *meant_end = meant;
        enum la_status status = LA_OK;
        if (*q == '\\') {
            q = la_unescape(q, end, &meant_end, &status);
            CHECK(q);
        } else {
            CHECK(*q >= 0x20 && *q != '"' && (*q < 0x80 || high));
            *meant_end++ = *q++;
        }
        CHECK(!memcmp(written, meant, (size_t)(meant_end - meant)));
        written += meant_end - meant;
    }
    CHECK(q == stop && written == out);
    if (end - stop >= LA_ESCAPED_ROOM && *stop >= 0x20 && *stop != '"') {
        uint8_t meant[4], *meant_end = meant;
        enum la_status status = LA_OK;
        CHECK(*stop == '\\' && !la_unescape(stop, end, &meant_end, &status));
    }
    const uint8_t *skipped = skip(p, end);
    CHECK(skipped >= stop || end - skipped < LA_ESCAPED_ROOM);
    for (q = p; q < skipped;) {
        CHECK(*q >= 0x20 && *q != '"');
        q = *q == '\\' ? la_escape_skip(q, end) : q + 1;
        CHECK(q);
    }
    CHECK(q == skipped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > KERNEL_MAX)
        return 0;
    for (unsigned where = 0; where < 3; where++) {
        const uint8_t *p = kernel_text(data, size, where ? where + (unsigned)size : 0), *end = p + size, *ink = p;
        check_copy(la_string_copy, p, end);
        check_escaped(la_escaped_copy_baseline, la_escaped_skip_baseline, p, end);
#if defined(LA_HAVE_AVX2)
        if (la_cpu_has_avx2()) {
            check_copy(la_string_copy_avx2, p, end);
            check_escaped(la_escaped_copy_avx2, la_escaped_skip_avx2, p, end);
        }
#endif
        while (ink < end && strchr(" \n\r\t", *ink) && *ink)
            ink++;
        CHECK(la_space_skip(p, end) == ink);
        for (const uint8_t *q = p; q < end; q++)
            if (*q == '\\')
                check_escape(q, end);
        /* A text of each length, padded as la_starts_with asks for, against the input that it is not. */
        uint8_t text[128] = { 0 };
        size_t n = size / 2 < sizeof text - 32 ? size / 2 : sizeof text - 32;
        memcpy(text, p, n);
        CHECK(la_starts_with(p, end, text, n));
        CHECK(!la_starts_with(p, p + n, text, n + 1));
        CHECK(la_starts_with(p + size - n, end, text, n) == !memcmp(p + size - n, text, n));
    }
    return 0;
}
