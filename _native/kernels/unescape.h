/* JSON's escapes (RFC 8259 §7): to UTF-8, or only past them. */
#ifndef LA_KERNELS_UNESCAPE_H
#define LA_KERNELS_UNESCAPE_H

#include "simd.h"
#include "status.h"

/* What the byte behind a backslash stands for. No two-byte escape means NUL, so zero is "none". */
static const uint8_t la_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',
    ['b'] = 0x08, ['f'] = 0x0C,  ['n'] = 0x0A, ['r'] = 0x0D, ['t'] = 0x09,
};

/* A hex digit's value with LA_HEX set, zero for any other byte. */
#define LA_HEX 0x10
static const uint8_t la_hex_digits[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
    ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
    ['a'] = 0x1A, ['b'] = 0x1B, ['c'] = 0x1C, ['d'] = 0x1D, ['e'] = 0x1E, ['f'] = 0x1F,
    ['A'] = 0x1A, ['B'] = 0x1B, ['C'] = 0x1C, ['D'] = 0x1D, ['E'] = 0x1E, ['F'] = 0x1F,
};

#define LA_UNIT_BAD UINT32_MAX

/* The UTF-16 unit of a \uXXXX at p, or LA_UNIT_BAD if p holds none. */
static inline uint32_t la_escaped_unit(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return LA_UNIT_BAD;
    uint32_t a = la_hex_digits[p[2]], b = la_hex_digits[p[3]];
    uint32_t c = la_hex_digits[p[4]], d = la_hex_digits[p[5]];
    if (!(a & b & c & d & LA_HEX)) return LA_UNIT_BAD;
    return (a & 15) << 12 | (b & 15) << 8 | (c & 15) << 4 | (d & 15);
}

static __attribute__((noinline)) const uint8_t *la_unescape_unit(const uint8_t *p, const uint8_t *end,
                                                                 uint8_t **out, enum la_status *status)
{
    uint8_t *o = *out;
    uint32_t c = la_escaped_unit(p, end);
    *status = LA_SYNTAX;
    if (c == LA_UNIT_BAD) return 0;
    p += 6;
    if (c >= 0xD800 && c <= 0xDFFF) {
        if (c >= 0xDC00 || end - p < 2 || p[0] != '\\' || p[1] != 'u') {
            *status = LA_SURROGATE;
            return 0;
        }
        /* A broken second escape is a broken text, whatever came before it. */
        uint32_t low = la_escaped_unit(p, end);
        if (low == LA_UNIT_BAD) return 0;
        if (low < 0xDC00 || low > 0xDFFF) {
            *status = LA_SURROGATE;
            return 0;
        }
        p += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        *o++ = (uint8_t)(0xF0 | c >> 18);
        *o++ = (uint8_t)(0x80 | (c >> 12 & 0x3F));
        *o++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        *o++ = (uint8_t)(0x80 | (c & 0x3F));
    } else if (c >= 0x800) {
        *o++ = (uint8_t)(0xE0 | c >> 12);
        *o++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        *o++ = (uint8_t)(0x80 | (c & 0x3F));
    } else if (c >= 0x80) {
        *o++ = (uint8_t)(0xC0 | c >> 6);
        *o++ = (uint8_t)(0x80 | (c & 0x3F));
    } else {
        *o++ = (uint8_t)c;
    }
    *out = o;
    *status = LA_OK;
    return p;
}

/* p is at a backslash: writes the 1 to 4 bytes that the escape means (both halves of a surrogate
 * pair at once) and returns the place behind it. 0 with *status LA_SYNTAX (unknown, bad hex, cut by
 * end) or LA_SURROGATE; then *out is as it was. *status is written only when the escape is \u or fails.
 * p, end: borrowed. *out: the caller's, with room for what is written and no more: an escape never
 * means more bytes than it has. */
static LA_INLINE const uint8_t *la_unescape(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                            enum la_status *status)
{
    if (LA_LIKELY(end - p >= 2)) {
        uint8_t meant = la_escapes[p[1]];
        if (LA_LIKELY(meant)) {
            *(*out)++ = meant;
            return p + 2;
        }
    }
    return la_unescape_unit(p, end, out, status);
}

/* The grammar alone: the place behind one escape at p, or 0. A lone half of a surrogate pair passes,
 * since it is well-formed JSON; a pair is two escapes. */
static inline const uint8_t *la_escape_skip(const uint8_t *p, const uint8_t *end)
{
    if (LA_LIKELY(end - p >= 2 && la_escapes[p[1]])) return p + 2;
    return la_escaped_unit(p, end) == LA_UNIT_BAD ? 0 : p + 6;
}

#endif
