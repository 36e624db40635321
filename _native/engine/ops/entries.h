/* Small shapes that some producers write: an object of one member, bytes as an array of numbers. */
#ifndef LA_OPS_ENTRIES_H
#define LA_OPS_ENTRIES_H

#include "nested.h"

/* An object with one member, whatever its key: a struct of both. a: the key's word; child: the value's. */
static const uint8_t *la_op_entry(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const uint8_t *start = p, *value;
    if (*p != '{')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    p = la_space_skip(p + 1, end);
    if (p < end && *p == '}')
        return la_fail(r, LA_E_EXPECTED_ENTRY, start);
    if (!(value = la_skip_key(r, p, end)) || !la_value(r, &r->plan->nodes[n->a], p, end, i))
        return NULL;
    if (value >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    const uint8_t *next = la_value(r, &r->plan->nodes[n->child], value, end, i);
    if (!next)
        return la_at_spelt(r, p, la_skip_string(r, p + 1, end));
    next = la_space_skip(next, end);
    if (next >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    if (*next != '}')
        return la_fail(r, *next == ',' ? LA_E_EXPECTED_ENTRY : LA_E_INVALID_JSON, *next == ',' ? start : next);
    la_mark_valid(&r->columns[n->column], i);
    return next + 1;
}

/* Bytes as an array of numbers, signed (as Java has them) or not. */
static const uint8_t *la_op_octets(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    bool closed = false;
    if (*p != '[')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_ARRAY);
    uint8_t *out = la_text_start(n, r, i);
    p = la_space_skip(p + 1, end);
    if (p < end && *p == ']') {
        closed = true;
        p++;
    }
    for (uint64_t index = 0; !closed; index++) {
        const uint8_t *start = p;
        int value = 0, digits = 0;
        bool negative = p < end && *p == '-';
        for (p += negative; p < end && (uint8_t)(*p - '0') <= 9 && digits < 4; p++, digits++)
            value = value * 10 + *p - '0';
        bool octal = digits > 1 && start[negative] == '0';
        if (!digits || octal || (p < end && (*p == '.' || *p == 'e' || *p == 'E'))) {
            la_fail(r, start >= end ? LA_E_UNEXPECTED_END : LA_E_EXPECTED_INTEGER, start);
            return la_at_index(r, index);
        }
        if (value > (negative ? 128 : 255)) {
            la_fail(r, LA_E_OUT_OF_RANGE, start);
            return la_at_index(r, index);
        }
        *out++ = (uint8_t)(negative ? -value : value);
        if (!(p = la_next_item(r, p, end, ']', &closed)))
            return NULL;
    }
    la_text_end(n, r, i, out);
    return p;
}

#endif
