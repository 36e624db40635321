/* Values that nobody asked for: strings, numbers and brackets are checked, nothing is kept. */
#ifndef LA_OPS_SKIP_H
#define LA_OPS_SKIP_H

#include "../../kernels/escaped.h"
#include "../../kernels/scan.h"
#include "../sink.h"

/* The failure that a string stopping at p means: its text ends, or a control character. */
static LA_COLD const uint8_t *la_bad_string(la_run *r, const uint8_t *p, const uint8_t *end)
{
    return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_CONTROL_CHARACTER, p);
}

/* p behind the opening quote; returns the position behind the closing one. */
static const uint8_t *la_skip_string(la_run *r, const uint8_t *p, const uint8_t *end)
{
    uint32_t high = 0;
    for (;;) {
        p = la_string_find(p, end, &high);
        if (LA_LIKELY(p < end && *p == '"'))
            return p + 1;
        if (p >= end || *p != '\\')
            return la_bad_string(r, p, end);
        const uint8_t *next = la_escape_skip(p, end);
        if (!next)
            return la_fail(r, LA_E_INVALID_ESCAPE, p);
        p = la_escaped_skip(next, end);
        if (LA_LIKELY(end - p >= LA_ESCAPED_ROOM && *p == '"'))
            return p + 1;
    }
}

static const uint8_t *la_skip_literal(la_run *r, const uint8_t *p, const uint8_t *end)
{
    static const char *const literals[] = { "true", "false", "null" };
    for (int k = 0; k < 3; k++) {
        size_t n = strlen(literals[k]);
        if ((size_t)(end - p) >= n && !memcmp(p, literals[k], n))
            return p + n;
    }
    for (int k = 0; k < 3; k++)
        if ((size_t)(end - p) < strlen(literals[k]) && !memcmp(p, literals[k], (size_t)(end - p)))
            return la_fail(r, LA_E_UNEXPECTED_END, end);
    return la_fail(r, LA_E_INVALID_JSON, p);
}

static const uint8_t *la_skip_scalar(la_run *r, const uint8_t *p, const uint8_t *end)
{
    if (*p == '"')
        return la_skip_string(r, p + 1, end);
    if (*p == '-' || (*p >= '0' && *p <= '9')) {
        const uint8_t *bad = p;
        const uint8_t *next = la_number_skip(p, end, &bad);
        return next ? next : la_fail(r, bad >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_NUMBER, bad);
    }
    return la_skip_literal(r, p, end);
}

/* Skips the key at p (behind its white space) and the colon; p at the value on return. */
static const uint8_t *la_skip_key(la_run *r, const uint8_t *p, const uint8_t *end)
{
    if (p >= end || *p != '"')
        return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
    if (!(p = la_skip_string(r, p + 1, end)))
        return NULL;
    p = la_space_skip(p, end);
    if (p >= end || *p != ':')
        return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
    return la_space_skip(p + 1, end);
}

/* Skips one value; p at its first byte. Nesting is a stack of bits, not recursion, so depth is
 * bounded by the limit alone. Returns the position behind the value. */
static const uint8_t *la_skip(la_run *r, const uint8_t *p, const uint8_t *end)
{
    uint32_t depth = 0;
    for (;;) {
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        if (*p == '{' || *p == '[') {
            bool object = *p == '{';
            if (depth == r->plan->limits.depth)
                return la_fail(r, LA_E_TOO_DEEP, p);
            p = la_space_skip(p + 1, end);
            if (p < end && *p == (object ? '}' : ']')) {
                p++;
            } else {
                if (object)
                    la_set_bit((uint8_t *)r->brackets, depth);
                else
                    la_clear_bit((uint8_t *)r->brackets, depth);
                depth++;
                if (object && !(p = la_skip_key(r, p, end)))
                    return NULL;
                continue;
            }
        } else if (!(p = la_skip_scalar(r, p, end))) {
            return NULL;
        }
        /* Behind a value: close what ends here, then on to the next one. */
        for (;;) {
            if (!depth)
                return p;
            bool object = la_get_bit((uint8_t *)r->brackets, depth - 1);
            p = la_space_skip(p, end);
            if (p >= end)
                return la_fail(r, LA_E_UNEXPECTED_END, end);
            if (*p == ',') {
                p = la_space_skip(p + 1, end);
                if (object && !(p = la_skip_key(r, p, end)))
                    return NULL;
                break;
            }
            if (*p != (object ? '}' : ']'))
                return la_fail(r, LA_E_INVALID_JSON, p);
            p++;
            depth--;
        }
    }
}

#endif
