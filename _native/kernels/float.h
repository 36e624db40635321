/* The nearest double to a number, ties to even, as IEEE 754 and float() have it.
 *
 * Three roads. Small numbers: one exact multiplication or division (Clinger 1990). Any 19 digits:
 * 128-bit integer arithmetic on a table of powers of five (Eisel and Lemire; the paper is named in
 * powers.py, which writes the table). More digits whose tail decides the last bit, one text in
 * millions: the caller's strtod, on a copy of bounded length made here. */
#ifndef LA_KERNELS_FLOAT_H
#define LA_KERNELS_FLOAT_H

#include <stddef.h>
#include <stdint.h>

#include "la_powers_of_five.h"
#include "number.h"
#include "status.h"

_Static_assert(__FLT_EVAL_METHOD__ == 0, "one multiplication must round once, to a double");

#define LA_FLOAT_INFINITY UINT64_C(0x7ff0000000000000)

enum {
    /* A number halfway between two doubles has at most 767 significant digits (those next to the
     * smallest normal); beyond that many, a digit only says "and a bit more". */
    LA_FLOAT_DIGITS = 768,
    LA_FLOAT_EXPONENT_MAX = 99999,
    LA_FLOAT_TEXT_MAX = 1 + LA_FLOAT_DIGITS + 1 + 2 + 5 + 1, /* sign, digits, bit more, e-, exponent, NUL */
};

/* The double nearest to w * 10^q, as bits; infinity if it is beyond the largest. */
static inline uint64_t la_float_nearest(uint64_t w, int64_t q)
{
    if (w == 0 || q < LA_POWER_LEAST) return 0;
    if (q > LA_POWER_GREATEST) return LA_FLOAT_INFINITY;

    int leading = __builtin_clzll(w);
    w <<= leading;
    const uint64_t *five = la_powers_of_five[q - LA_POWER_LEAST];
    unsigned __int128 product = (unsigned __int128)w * five[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    /* 53 bits and a round bit are kept, so 9 or 10 bits of `high` lie below them. Unless these are
     * all ones, what the table's second half would add cannot carry into what is kept. */
    if ((high & 0x1ff) == 0x1ff) {
        uint64_t more = (uint64_t)(((unsigned __int128)w * five[1]) >> 64);
        low += more;
        high += low < more;
    }

    int top = (int)(high >> 63);
    int below = top + 9;
    uint64_t significand = high >> below; /* 54 bits, the last one the round bit */
    /* floor(q * log2(10)), by 217706 / 2^16 (exact over this range), then the exponent's bias. */
    int64_t exponent = ((217706 * q) >> 16) + 63 + top - leading + 1023;

    if (exponent <= 0) {
        if (exponent <= -63) return 0;
        significand >>= 1 - exponent;
        /* No tie can be here: it would take more than 19 digits. Rounding up to 2^52 makes the least
         * normal number, whose bits are just that. */
        return (significand + (significand & 1)) >> 1;
    }
    /* Exactly halfway, and even as it is: then down. 5^q must divide or fit beside a 64-bit mantissa,
     * hence the bounds on q; a reciprocal rounded up may leave `low` at 1. */
    if (low <= 1 && q >= -4 && q <= 23 && (significand & 3) == 1 && significand << below == high)
        significand &= ~UINT64_C(1);
    significand = (significand + (significand & 1)) >> 1;
    if (significand >> 53) { /* all ones, rounded up */
        significand >>= 1;
        exponent++;
    }
    if (exponent >= 2047) return LA_FLOAT_INFINITY;
    return (uint64_t)exponent << 52 | (significand & UINT64_C(0x000fffffffffffff));
}

/* LA_RANGE if the number rounds to infinity. Underflow is no error: the nearest double then is a
 * subnormal or a zero of the number's sign. If *need_slow is set, *out is not: the caller
 * converts la_float_bounded_copy's text instead, and checks that for infinity. */
static inline enum la_status la_float64(const la_number *n, double *out, int *need_slow)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    *need_slow = 0;
    int64_t q = n->exponent;
    if (n->mantissa <= UINT64_C(1) << 53 && q >= -22 && q <= 22) { /* both operands exact, one rounding */
        double value = (double)n->mantissa;
        value = q < 0 ? value / power[-q] : value * power[q];
        *out = n->negative ? -value : value;
        return LA_OK;
    }

    uint64_t bits = la_float_nearest(n->mantissa, q);
    /* The number lies strictly between mantissa and mantissa + 1: if those round alike, so does it. */
    if (n->truncated && bits != la_float_nearest(n->mantissa + 1, q)) {
        *need_slow = 1;
        return LA_OK;
    }
    if (bits == LA_FLOAT_INFINITY) return LA_RANGE;
    bits |= (uint64_t)n->negative << 63;
    __builtin_memcpy(out, &bits, 8);
    return LA_OK;
}

static inline char *la_float_write_digits(char *out, uint64_t value)
{
    char reversed[20];
    int count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count) *out++ = reversed[--count];
    return out;
}

/* Writes a text that rounds to the same double as n, whatever n's length, for strtod in the C
 * locale: sign, digits without a point, "e", exponent, NUL. Returns its length without the NUL. */
static inline size_t la_float_bounded_copy(const la_number *n, char *out /* LA_FLOAT_TEXT_MAX bytes */)
{
    char *start = out;
    int64_t exponent = n->exponent;
    if (n->negative) *out++ = '-';
    out = la_float_write_digits(out, n->mantissa);
    if (n->truncated) {
        int64_t count;
        const uint8_t *rest = la_number_rest(n, &count);
        int64_t kept = LA_FLOAT_DIGITS - LA_MANTISSA_DIGITS;
        if (kept > count) kept = count;
        for (int64_t i = 0; i < kept && rest < n->end; rest++) {
            if (*rest == '.') continue;
            *out++ = (char)*rest;
            i++;
        }
        exponent -= kept;
        if (count > kept) { /* the last digit counted is not zero: the number is above what is written */
            *out++ = '1';
            exponent--;
        }
    }
    /* Beyond these every text of at most 769 digits is zero or infinity anyway. */
    if (exponent > LA_FLOAT_EXPONENT_MAX) exponent = LA_FLOAT_EXPONENT_MAX;
    if (exponent < -LA_FLOAT_EXPONENT_MAX) exponent = -LA_FLOAT_EXPONENT_MAX;
    *out++ = 'e';
    if (exponent < 0) *out++ = '-';
    out = la_float_write_digits(out, (uint64_t)(exponent < 0 ? -exponent : exponent));
    *out = 0;
    return (size_t)(out - start);
}

#endif
