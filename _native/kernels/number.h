/* The grammar of a number, and its digits as a 64-bit mantissa and a power of ten.
 *
 * integer.h, float.h, decimal.h and time.h all start from the same la_number, so a text is walked
 * once whatever its column is, and every type agrees on what is a number at all. The mantissa holds
 * 19 digits, the most that any uint64 can; whoever needs more goes back to the text, which the
 * la_number still points at. */
#ifndef LA_KERNELS_NUMBER_H
#define LA_KERNELS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "simd.h"
#include "status.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a text's first byte must be a load's lowest");

#define LA_NUMBER_INLINE static inline __attribute__((always_inline))

enum {
    LA_MANTISSA_DIGITS = 19, /* 10^19 - 1 < 2^64 - 1 < 10^20 - 1 */
};

/* An exponent in a text stops counting here: far beyond every type, yet adding the length of any
 * text to it cannot overflow an int64. */
#define LA_EXPONENT_LIMIT INT64_C(100000000000000000)

typedef struct {
    const uint8_t *start, *end; /* the text, in the caller's buffer, which must outlive this */
    uint64_t mantissa;          /* its first 19 significant digits */
    int64_t exponent;           /* value = mantissa * 10^exponent, exactly unless truncated */
    uint8_t negative;
    uint8_t integer;   /* the text has neither a point nor an exponent */
    uint8_t truncated; /* digits other than zero lie beyond the mantissa */
} la_number;

static inline uint64_t la_power_of_ten(unsigned n /* 0..19 */)
{
    static const uint64_t power[] = {
        1u,
        10u,
        100u,
        1000u,
        10000u,
        100000u,
        1000000u,
        10000000u,
        100000000u,
        1000000000u,
        10000000000u,
        100000000000u,
        1000000000000u,
        10000000000000u,
        100000000000000u,
        1000000000000000u,
        10000000000000000u,
        100000000000000000u,
        1000000000000000000u,
        10000000000000000000u,
    };
    return power[n];
}

/* The next eight bytes, or as many as there are with zeros (which are no digits) after them. */
static inline uint64_t la_digits_load(const uint8_t *p, const uint8_t *end)
{
    ptrdiff_t left = end - p;
    if (left >= 8) {
        uint64_t word;
        __builtin_memcpy(&word, p, 8);
        return word;
    }
    if (left >= 4) { /* two loads that overlap, rather than a loop whose length is hard to predict */
        uint32_t low, high;
        __builtin_memcpy(&low, p, 4);
        __builtin_memcpy(&high, end - 4, 4);
        return (uint64_t)low | (uint64_t)high << (8 * (left - 4));
    }
    uint64_t word = 0;
    for (ptrdiff_t i = 0; i < left; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
}

/* Eight digits as their values, the first in the lowest byte: neighbours are joined pairwise, to
 * hundreds, to ten thousands, to the whole; three multiplications instead of eight. */
static inline uint64_t la_digits_join(uint64_t digits)
{
    digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000ffff0000ffff);
    return (digits * 10000 + (digits >> 32)) & UINT64_C(0xffffffff);
}

/* Appends a run of digits, maybe none, to *value, modulo 2^64; returns the byte after it. */
LA_NUMBER_INLINE const uint8_t *la_digits_read(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    uint64_t sum = *value;
    for (;;) {
        uint64_t digits = la_digits_load(p, end) ^ UINT64_C(0x3030303030303030);
        /* The high bit of a byte that is not 0..9. A carry out of one byte may mark the next one
         * falsely, but only after a true mark, and only the lowest mark is used. */
        uint64_t others = ((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080);
        if (others != 0) {
            /* Shifted up, the digits before the first other byte become the last of eight, behind
             * zeros: any count of digits takes the same steps. */
            unsigned count = (unsigned)__builtin_ctzll(others) / 8;
            *value = sum * la_power_of_ten(count) + la_digits_join(digits << 8 << (56 - 8 * count));
            return p + count;
        }
        sum = sum * 100000000u + la_digits_join(digits);
        p += 8;
    }
}

/* Whether a digit of [p, end), which holds digits only, is not zero. */
static inline int la_digits_any(const uint8_t *p, const uint8_t *end)
{
    for (; end - p >= 8; p += 8)
        if (la_digits_load(p, end) != UINT64_C(0x3030303030303030)) return 1;
    for (; p < end; p++)
        if (*p != '0') return 1;
    return 0;
}

/* Fills in what more than 19 digits mean: leading zeros do not count, and what does not fit the
 * mantissa raises the exponent instead. */
static inline __attribute__((cold)) void la_number_truncate(la_number *n, const uint8_t *digits,
                                                            ptrdiff_t whole /* digits before the point */,
                                                            ptrdiff_t fraction /* digits after it */,
                                                            int64_t exponent /* as written */)
{
    const uint8_t *p = digits, *point = digits + whole;
    const uint8_t *after_point = point + (fraction != 0), *end = after_point + fraction;
    while (p < end && (*p == '0' || *p == '.')) p++;

    n->mantissa = 0;
    ptrdiff_t room = LA_MANTISSA_DIGITS;
    if (p < point) {
        const uint8_t *stop = point - p < room ? point : p + room;
        room -= stop - p;
        p = la_digits_read(p, stop, &n->mantissa);
        n->exponent = exponent + (point - p);
        n->truncated = (uint8_t)la_digits_any(p, point);
        if (room == 0) {
            n->truncated |= (uint8_t)la_digits_any(after_point, end);
            return;
        }
        p = after_point;
    }
    const uint8_t *stop = end - p < room ? end : p + room;
    p = la_digits_read(p, stop, &n->mantissa);
    n->exponent = exponent - (p - after_point);
    n->truncated = (uint8_t)la_digits_any(p, end);
}

/* The one grammar, for JSON (RFC 8259, section 6) and, with `text`, for the number in a string that
 * DynamoDB's N is. `out` may be NULL: then it checks only. On failure, NULL and *bad = the first
 * byte that cannot be, or end. */
LA_NUMBER_INLINE const uint8_t *la_number_walk(const uint8_t *p, const uint8_t *end, int text, la_number *out,
                                               const uint8_t **bad)
{
    const uint8_t *start = p;
    if (p < end && (*p == '-' || (text && *p == '+'))) p++;

    const uint8_t *digits = p;
    uint64_t mantissa = 0;
    p = la_digits_read(p, end, &mantissa);
    ptrdiff_t whole = p - digits, fraction = 0;
    if (!text) {
        if (whole == 0) goto refused;
        if (whole > 1 && *digits == '0') {
            p = digits + 1;
            goto refused;
        }
    }

    int integer = 1;
    if (p < end && *p == '.') {
        integer = 0; /* also for "5.": who writes a point does not mean an integer */
        const uint8_t *point = ++p;
        p = la_digits_read(p, end, &mantissa);
        fraction = p - point;
        if (!text && fraction == 0) goto refused;
    }
    if (text && whole + fraction == 0) goto refused;

    int64_t exponent = 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        integer = 0;
        p++;
        int below = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+')) p++;
        const uint8_t *first = p;
        for (; p < end && (uint8_t)(*p - '0') <= 9; p++)
            if (exponent < LA_EXPONENT_LIMIT) exponent = exponent * 10 + (*p - '0');
        if (p == first) goto refused;
        if (below) exponent = -exponent;
    }

    if (out) {
        out->start = start;
        out->end = p;
        out->negative = *start == '-';
        out->integer = (uint8_t)integer;
        if (whole + fraction <= LA_MANTISSA_DIGITS) {
            out->mantissa = mantissa;
            out->exponent = exponent - fraction;
            out->truncated = 0;
        } else {
            la_number_truncate(out, digits, whole, fraction, exponent);
        }
    }
    return p;

refused:
    *bad = p;
    return NULL;
}

/* The number at p if it is a plain one: no exponent, and no more than 15 characters behind the sign.
 * Most are; one load answers where its digits end and holds them all. NULL: look closer. */
LA_NUMBER_INLINE const uint8_t *la_number_scan_plain(const uint8_t *p, const uint8_t *end, la_number *out)
{
    const uint8_t *q = p + (*p == '-');
    if (end - q < 16) return NULL;
    la_v16 v = la_v16_load(q);
    la_hits digits = la_v16_hits(la_v16_below(v, '9' + 1)) & ~la_v16_hits(la_v16_below(v, '0'));
    la_hits others = ~digits;
    if (!others) return NULL; /* sixteen digits: only where a hit takes four bits is that all of the word */
    unsigned whole = la_hits_first(others), fraction = 0;
    if (whole == 0 || whole > 15 || (whole > 1 && *q == '0')) return NULL;
    unsigned length = whole;
    if (q[whole] == '.') {
        /* The point counts as a digit, so that the next byte that is none ends the fraction. */
        others &= ~la_hits_at(whole);
        if (!others) return NULL;
        length = la_hits_first(others);
        fraction = length - whole - 1;
        if (fraction == 0) return NULL;
    }
    if (length > 15 || (q[length] | 0x20) == 'e') return NULL;

    /* The digits' values without the point, moved up until the last is the 16th of 16. */
    uint64_t low, high;
    __builtin_memcpy(&low, q, 8);
    __builtin_memcpy(&high, q + 8, 8);
    unsigned __int128 text = (unsigned __int128)(high ^ UINT64_C(0x3030303030303030)) << 64 | (low ^ UINT64_C(0x3030303030303030));
    if (fraction) {
        unsigned __int128 before = ((unsigned __int128)1 << (8 * whole)) - 1;
        text = (text & before) | (text >> 8 & ~before);
    }
    text <<= 8 * (16 - whole - fraction);
    out->start = p;
    out->end = q + length;
    out->mantissa = la_digits_join((uint64_t)text) * 100000000u + la_digits_join((uint64_t)(text >> 64));
    out->exponent = -(int64_t)fraction;
    out->negative = *p == '-';
    out->integer = fraction == 0;
    out->truncated = 0;
    return q + length;
}

/* Reads the JSON number that starts at p < end; returns the byte after it, at which the caller looks,
 * or NULL. "01" is refused here: no delimiter rule of a caller could tell it from "0" and then "1". */
static inline const uint8_t *la_number_scan(const uint8_t *p, const uint8_t *end, la_number *out)
{
    const uint8_t *bad, *plain = p < end ? la_number_scan_plain(p, end, out) : NULL;
    if (LA_LIKELY(plain != NULL)) return plain;
    return la_number_walk(p, end, 0, out, &bad);
}

/* The same verdict without the value. On failure NULL, and *bad = the offending byte (or end). */
static inline const uint8_t *la_number_skip(const uint8_t *p, const uint8_t *end, const uint8_t **bad)
{
    return la_number_walk(p, end, 0, NULL, bad);
}

/* A number that is the whole of [p, end): JSON's grammar, and also a leading '+', leading zeros,
 * ".5" and "5.". Returns end, or NULL. */
static inline const uint8_t *la_number_scan_text(const uint8_t *p, const uint8_t *end, la_number *out)
{
    const uint8_t *bad;
    const uint8_t *after = la_number_walk(p, end, 1, out, &bad);
    return after == end ? after : NULL;
}

/* For a truncated number: where in the text its 20th significant digit stands (a point may come
 * first, or among them), and how many digits there are from it to the last that is not zero. */
static inline const uint8_t *la_number_rest(const la_number *n, int64_t *count)
{
    /* Held to the end although the digits are there: another thread may be writing to the text. */
    const uint8_t *p = n->start;
    while (p < n->end && (uint8_t)(*p - '1') > 8) p++; /* a sign, zeros, a point */
    for (int kept = 0; kept < LA_MANTISSA_DIGITS && p < n->end; p++) kept += *p != '.';
    int64_t seen = 0, last = 0;
    for (const uint8_t *q = p; q < n->end; q++) {
        uint8_t d = (uint8_t)(*q - '0');
        if (*q == '.') continue;
        if (d > 9) break;
        seen++;
        if (d) last = seen;
    }
    *count = last;
    return p;
}

#endif
