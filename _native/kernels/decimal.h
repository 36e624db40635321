/* Exact decimals: the integer value * 10^scale in two's complement, or a refusal; never a rounding.
 *
 * Zeros at either end of a text never matter: what counts are the digits from the first to the last
 * that is not zero. So a text of any length is refused before a digit of it is multiplied. */
#ifndef LA_KERNELS_DECIMAL_H
#define LA_KERNELS_DECIMAL_H

#include <stdint.h>

#include "number.h"
#include "status.h"

enum {
    LA_DECIMAL128_DIGITS = 38, /* 10^38 < 2^127 */
    LA_DECIMAL256_DIGITS = 76, /* 10^76 < 2^255 */
};

/* value * 10^scale, spelled out: the digits of `head`, then `rest_digits` digits of the text from
 * `rest` (a point may stand among them), then `zeros` zeros. */
typedef struct {
    uint64_t head;
    const uint8_t *rest; /* in the number's text */
    int rest_digits, zeros;
} la_unscaled;

static inline int la_digit_count(uint64_t value /* not 0 */)
{
    /* bits * log10(2), which is right or one too few; the table decides. */
    int bits = 64 - __builtin_clzll(value);
    int count = bits * 1233 >> 12;
    return count + (value >= la_power_of_ten((unsigned)count));
}

/* LA_INEXACT if digits lie beyond the scale, else LA_RANGE if more than `precision` are needed. */
static inline enum la_status la_unscale(const la_number *n, int precision, int scale, la_unscaled *out)
{
    out->head = n->mantissa;
    out->rest = n->end;
    out->rest_digits = out->zeros = 0;
    if (n->mantissa == 0) return LA_OK;

    int64_t zeros = n->exponent + scale, digits;
    if (!n->truncated) {
        if (zeros < 0) {
            if (zeros <= -LA_MANTISSA_DIGITS) return LA_INEXACT; /* more zeros than a mantissa can end in */
            uint64_t unit = la_power_of_ten((unsigned)-zeros);
            out->head = n->mantissa / unit;
            if (out->head * unit != n->mantissa) return LA_INEXACT;
            zeros = 0;
        }
        digits = la_digit_count(out->head);
    } else {
        int64_t count;
        out->rest = la_number_rest(n, &count);
        zeros -= count;
        if (zeros < 0) return LA_INEXACT;
        digits = LA_MANTISSA_DIGITS + count;
        out->rest_digits = count < precision ? (int)count : precision; /* more is refused below */
    }
    if (digits + zeros > precision) return LA_RANGE;
    out->zeros = (int)zeros;
    return LA_OK;
}

/* The next digits of the text, 19 at most, as one number; *power is the ten to their count. There
 * are `left` of them from p on, and a point maybe. Returns the byte after those taken. */
static inline const uint8_t *la_unscaled_read(const uint8_t *p, int *left, uint64_t *value, uint64_t *power)
{
    int some = *left < LA_MANTISSA_DIGITS ? *left : LA_MANTISSA_DIGITS;
    const uint8_t *stop = p + some;
    *left -= some;
    *value = 0;
    *power = la_power_of_ten((unsigned)some);
    p = la_digits_read(p, stop, value);
    return p < stop ? la_digits_read(p + 1, stop + 1, value) : p; /* stopped by the point */
}

/* `precision` beyond 38 counts as 38. `out` is written only on LA_OK, little-endian. */
static inline enum la_status la_decimal128(const la_number *n, int precision, int scale, uint8_t out[16])
{
    la_unscaled digits;
    if (precision > LA_DECIMAL128_DIGITS) precision = LA_DECIMAL128_DIGITS;
    enum la_status status = la_unscale(n, precision, scale, &digits);
    if (status != LA_OK) return status;

    unsigned __int128 value = digits.head;
    uint64_t more, power;
    while (digits.rest_digits) {
        digits.rest = la_unscaled_read(digits.rest, &digits.rest_digits, &more, &power);
        value = value * power + more;
    }
    if (digits.zeros > LA_MANTISSA_DIGITS) {
        value *= la_power_of_ten(LA_MANTISSA_DIGITS);
        digits.zeros -= LA_MANTISSA_DIGITS;
    }
    value *= la_power_of_ten((unsigned)digits.zeros);
    if (n->negative) value = 0 - value;
    __builtin_memcpy(out, &value, 16);
    return LA_OK;
}

/* limbs = limbs * factor + more, modulo 2^256. */
static inline void la_decimal256_append(uint64_t limbs[4], uint64_t factor, uint64_t more)
{
    for (int i = 0; i < 4; i++) {
        unsigned __int128 sum = (unsigned __int128)limbs[i] * factor + more;
        limbs[i] = (uint64_t)sum;
        more = (uint64_t)(sum >> 64);
    }
}

/* `precision` beyond 76 counts as 76. `out` is written only on LA_OK, little-endian. */
static inline enum la_status la_decimal256(const la_number *n, int precision, int scale, uint8_t out[32])
{
    la_unscaled digits;
    if (precision > LA_DECIMAL256_DIGITS) precision = LA_DECIMAL256_DIGITS;
    enum la_status status = la_unscale(n, precision, scale, &digits);
    if (status != LA_OK) return status;

    uint64_t limbs[4] = {digits.head, 0, 0, 0};
    uint64_t more, power;
    while (digits.rest_digits) {
        digits.rest = la_unscaled_read(digits.rest, &digits.rest_digits, &more, &power);
        la_decimal256_append(limbs, power, more);
    }
    while (digits.zeros) {
        int some = digits.zeros < LA_MANTISSA_DIGITS ? digits.zeros : LA_MANTISSA_DIGITS;
        la_decimal256_append(limbs, la_power_of_ten((unsigned)some), 0);
        digits.zeros -= some;
    }
    if (n->negative) { /* -x = ~x + 1 */
        for (int i = 0; i < 4; i++) limbs[i] = ~limbs[i];
        la_decimal256_append(limbs, 1, 1);
    }
    __builtin_memcpy(out, limbs, 32);
    return LA_OK;
}

#endif
