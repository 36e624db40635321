/* Integers from a number's text. An integer column takes what is written as an integer: 1.0 and
 * 1e2 are refused, because a producer that writes them will write 1.5 one day, and a schema that
 * holds until then is worse than one that fails at once. */
#ifndef LA_KERNELS_INTEGER_H
#define LA_KERNELS_INTEGER_H

#include <stdint.h>

#include "number.h"
#include "status.h"

/* The magnitude of an integer; LA_RANGE if it passes 2^64 - 1. */
static inline enum la_status la_integer_magnitude(const la_number *n, uint64_t *out)
{
    *out = n->mantissa;
    if (n->exponent == 0) return LA_OK;
    /* Without a point or an exponent in the text, the exponent counts the digits that the mantissa
     * could not hold. A single one, the text's last byte, may still fit a uint64. */
    if (n->exponent > 1) return LA_RANGE;
    uint64_t tens;
    if (__builtin_mul_overflow(n->mantissa, UINT64_C(10), &tens)) return LA_RANGE;
    if (__builtin_add_overflow(tens, (uint64_t)(n->end[-1] - '0'), out)) return LA_RANGE;
    return LA_OK;
}

static inline enum la_status la_int64(const la_number *n, int64_t lo, int64_t hi, int64_t *out)
{
    if (!n->integer) return LA_SYNTAX;
    uint64_t magnitude;
    if (la_integer_magnitude(n, &magnitude) != LA_OK) return LA_RANGE;
    if (magnitude > (uint64_t)INT64_MAX + n->negative) return LA_RANGE;
    /* Negated as unsigned, where -2^63 is no overflow. */
    int64_t value = (int64_t)(n->negative ? 0 - magnitude : magnitude);
    if (value < lo || value > hi) return LA_RANGE;
    *out = value;
    return LA_OK;
}

static inline enum la_status la_uint64(const la_number *n, uint64_t hi, uint64_t *out)
{
    if (!n->integer) return LA_SYNTAX;
    uint64_t magnitude;
    if (la_integer_magnitude(n, &magnitude) != LA_OK) return LA_RANGE;
    if (magnitude > hi || (n->negative && magnitude != 0)) return LA_RANGE;
    *out = magnitude;
    return LA_OK;
}

#endif
