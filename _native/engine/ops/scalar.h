/* Numbers, truth values and times into columns of fixed width. */
#ifndef LA_OPS_SCALAR_H
#define LA_OPS_SCALAR_H

#include <locale.h>

#include "../../kernels/decimal.h"
#include "../../kernels/float.h"
#include "../../kernels/integer.h"
#include "../../kernels/time.h"
#include "text.h"

static inline bool la_starts_number(uint8_t b) { return (uint8_t)(b - '0') <= 9 || b == '-'; }

static LA_COLD const uint8_t *la_bad_number(la_run *r, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *bad = p;
    if (la_number_skip(p, end, &bad))
        bad = p;
    return la_fail(r, bad >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_NUMBER, bad);
}

static LA_COLD const uint8_t *la_bad_scalar(la_run *r, enum la_status status, enum la_error syntax, const uint8_t *p)
{
    switch (status) {
    case LA_RANGE: return la_fail(r, LA_E_OUT_OF_RANGE, p);
    case LA_INEXACT: return la_fail(r, LA_E_NOT_EXACT, p);
    case LA_OFFSET_MISSING: return la_fail(r, LA_E_OFFSET_MISSING, p);
    case LA_OFFSET_PRESENT: return la_fail(r, LA_E_OFFSET_PRESENT, p);
    default: return la_fail(r, syntax, p);
    }
}

static const uint8_t *la_op_bool(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    la_column *c = &r->columns[n->column];
    if (end - p >= 4 && !memcmp(p, "true", 4)) {
        la_set_bit(c->values, i);
        p += 4;
    } else if (end - p >= 5 && !memcmp(p, "false", 5)) {
        la_clear_bit(c->values, i);
        p += 5;
    } else {
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_BOOL);
    }
    la_mark_valid(c, i);
    return p;
}

static bool la_is_allowed(const la_plan *plan, const la_node *n, int64_t value)
{
    for (int32_t k = n->first; k < n->first + n->count; k++)
        if (plan->integers[k] == value)
            return true;
    return false;
}

/* Puts a number into slot i of an integer column. a: bits of the range, b: signed, c: bytes of the column. */
static LA_INLINE const uint8_t *la_int_store(la_run *r, const la_node *n, const la_number *number, const uint8_t *p, size_t i)
{
    int bits = n->a;
    enum la_status status;
    uint64_t value;
    if (n->b) {
        int64_t hi = (int64_t)(UINT64_MAX >> (65 - bits)), out = 0;
        status = la_int64(number, -hi - 1, hi, &out);
        value = (uint64_t)out;
    } else {
        status = la_uint64(number, UINT64_MAX >> (64 - bits), &value);
    }
    if (LA_UNLIKELY(status != LA_OK))
        return la_bad_scalar(r, status, LA_E_EXPECTED_INTEGER, p);
    if (LA_UNLIKELY(n->count) && !la_is_allowed(r->plan, n, (int64_t)value))
        return la_fail(r, LA_E_UNEXPECTED_VALUE, p);
    /* Little-endian: the low bytes are the narrower integer. */
    uint8_t *slot = la_slot(r, n, i, (size_t)n->c);
    switch (n->c) {
    case 1: *slot = (uint8_t)value; break;
    case 2: memcpy(slot, &value, 2); break;
    case 4: memcpy(slot, &value, 4); break;
    case 8: memcpy(slot, &value, 8); break;
    default: /* an unsigned 64-bit integer as decimal128, for readers without the former */
        memcpy(slot, &value, 8);
        memset(slot + 8, 0, 8);
    }
    return p;
}

static const uint8_t *la_op_int(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(!la_starts_number(*p)))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_INTEGER);
    la_number number;
    const uint8_t *next = la_number_scan(p, end, &number);
    if (LA_UNLIKELY(!next))
        return la_bad_number(r, p, end);
    return LA_LIKELY(la_int_store(r, n, &number, p, i) != NULL) ? next : NULL;
}

/* Made by la_engine_init: strtod must not follow the process's locale. */
static locale_t la_c_locale;

/* Puts a number into slot i of a column of doubles or floats. a: 64 or 32. */
static LA_INLINE const uint8_t *la_float_store(la_run *r, const la_node *n, const la_number *number, const uint8_t *p, size_t i)
{
    double value = 0;
    int need_slow = 0;
    enum la_status status = la_float64(number, &value, &need_slow);
    if (LA_UNLIKELY(need_slow)) {
        char text[LA_FLOAT_TEXT_MAX];
        la_float_bounded_copy(number, text);
        value = strtod_l(text, NULL, la_c_locale);
        status = __builtin_isinf(value) ? LA_RANGE : LA_OK;
    }
    if (LA_UNLIKELY(status != LA_OK))
        return la_bad_scalar(r, status, LA_E_INVALID_NUMBER, p);
    if (n->a == 32) {
        float narrow = (float)value;
        if (__builtin_isinf(narrow))
            return la_fail(r, LA_E_OUT_OF_RANGE, p);
        memcpy(la_slot(r, n, i, 4), &narrow, 4);
    } else {
        memcpy(la_slot(r, n, i, 8), &value, 8);
    }
    return p;
}

static const uint8_t *la_op_float(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(!la_starts_number(*p)))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_NUMBER);
    la_number number;
    const uint8_t *next = la_number_scan(p, end, &number);
    if (LA_UNLIKELY(!next))
        return la_bad_number(r, p, end);
    return LA_LIKELY(la_float_store(r, n, &number, p, i) != NULL) ? next : NULL;
}

/* The content of the short string at p (a number, a time), unescaped if it must be. Returns the
 * position behind the string; *text and *text_end lie in the source or in `space`. */
static const uint8_t *la_short_string(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t *space, size_t size,
                                      enum la_error too_long, const uint8_t **text, const uint8_t **text_end)
{
    uint32_t high = 0;
    const uint8_t *stop = la_string_find(p + 1, end, &high);
    if (LA_LIKELY(stop < end && *stop == '"')) {
        *text = p + 1;
        *text_end = stop;
        return stop + 1;
    }
    const uint8_t *close = la_skip_string(r, p + 1, end);
    if (!close)
        return NULL;
    if ((size_t)(close - p) + LA_SLACK > size)
        return la_fail(r, too_long, p);
    uint8_t *out = space;
    if (!la_string_into(r, p, close, &out, &high))
        return NULL;
    *text = space;
    *text_end = out;
    return close;
}

enum { LA_SHORT_TEXT = 1024 }; /* escaped numbers and times longer than this are refused */

/* Puts a number into slot i of a decimal column. a: its bits, b: its precision, c: its scale. */
static LA_INLINE const uint8_t *la_decimal_store(la_run *r, const la_node *n, const la_number *number, const uint8_t *p,
                                                 size_t i)
{
    size_t width = (size_t)n->a / 8;
    uint8_t value[32];
    enum la_status status = width == 16 ? la_decimal128(number, n->b, n->c, value) : la_decimal256(number, n->b, n->c, value);
    if (LA_UNLIKELY(status != LA_OK))
        return la_bad_scalar(r, status, LA_E_INVALID_NUMBER, p);
    memcpy(la_slot(r, n, i, width), value, width);
    return p;
}

static const uint8_t *la_op_decimal(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    la_number number;
    const uint8_t *next;
    uint8_t space[LA_SHORT_TEXT];
    if (*p == '"') {
        const uint8_t *text, *text_end;
        next = la_short_string(r, p, end, space, sizeof space, LA_E_INVALID_NUMBER, &text, &text_end);
        if (!next)
            return NULL;
        if (la_number_scan(text, text_end, &number) != text_end)
            return la_fail(r, LA_E_INVALID_NUMBER, p);
    } else {
        if (!la_starts_number(*p))
            return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_NUMBER);
        if (!(next = la_number_scan(p, end, &number)))
            return la_bad_number(r, p, end);
    }
    return LA_LIKELY(la_decimal_store(r, n, &number, p, i) != NULL) ? next : NULL;
}

/* Puts a count since 1970 into slot i of a timestamp column. */
static LA_INLINE const uint8_t *la_epoch_store(la_run *r, const la_node *n, const la_number *number, const uint8_t *p, size_t i)
{
    int64_t value;
    enum la_status status = la_time_epoch(number, (enum la_time_unit)n->c, (enum la_time_unit)n->a, &value);
    if (LA_UNLIKELY(status != LA_OK))
        return la_bad_scalar(r, status, LA_E_INVALID_TIMESTAMP, p);
    memcpy(la_slot(r, n, i, 8), &value, 8);
    return p;
}

/* a: the column's unit, b: what to do about an offset, c: the unit of a number, or -1. */
static const uint8_t *la_op_timestamp(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const uint8_t *next;
    if (n->c >= 0) {
        la_number number;
        if (LA_UNLIKELY(!la_starts_number(*p)))
            return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_NUMBER);
        if (LA_UNLIKELY(!(next = la_number_scan(p, end, &number))))
            return la_bad_number(r, p, end);
        return LA_LIKELY(la_epoch_store(r, n, &number, p, i) != NULL) ? next : NULL;
    }
    const uint8_t *text, *text_end;
    uint8_t space[LA_SHORT_TEXT];
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    next = la_short_string(r, p, end, space, sizeof space, LA_E_INVALID_TIMESTAMP, &text, &text_end);
    if (LA_UNLIKELY(!next))
        return NULL;
    int64_t value;
    enum la_status status = la_time_iso(text, text_end, (enum la_time_unit)n->a, n->b, &value);
    if (LA_UNLIKELY(status != LA_OK))
        return la_bad_scalar(r, status, LA_E_INVALID_TIMESTAMP, p);
    memcpy(la_slot(r, n, i, 8), &value, 8);
    return next;
}

static const uint8_t *la_op_date32(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (*p != '"')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    const uint8_t *text, *text_end;
    uint8_t space[LA_SHORT_TEXT];
    const uint8_t *next = la_short_string(r, p, end, space, sizeof space, LA_E_INVALID_DATE, &text, &text_end);
    if (!next)
        return NULL;
    int32_t days;
    enum la_status status = la_date_iso(text, text_end, &days);
    if (status != LA_OK)
        return la_bad_scalar(r, status, LA_E_INVALID_DATE, p);
    memcpy(la_slot(r, n, i, 4), &days, 4);
    return next;
}

#endif
