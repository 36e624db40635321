/* Objects with known keys: envelopes, which feed the columns of their row, and structs. */
#ifndef LA_OPS_OBJECT_H
#define LA_OPS_OBJECT_H

#include "dictionary.h"

static inline uint32_t la_key_hash(const uint8_t *key, size_t n)
{
    /* The plan's own keys fill the table, so an input can only miss it. */
    uint32_t h = (uint32_t)n * 0x9E3779B1u;
    if (n)
        h ^= (uint32_t)key[0] * 31u + (uint32_t)key[n - 1] * 1009u + (uint32_t)key[n / 2] * 65537u;
    return h ^ h >> 15;
}

/* The field of `o` with this (unescaped) key, or -1. */
static int32_t la_field_find(const la_plan *plan, const la_object_spec *o, const uint8_t *key, size_t n)
{
    int32_t f = plan->buckets[o->first_bucket + (int32_t)(la_key_hash(key, n) & o->bucket_mask)];
    while (f >= 0 && !(plan->fields[f].key_length == n && !memcmp(plan->fields[f].key, key, n)))
        f = plan->fields[f].table_next;
    return f < 0 ? -1 : f - o->first;
}

/* Reads a key in any spelling. p at the quote; returns the position of the value, with the field
 * (or -1) in *field and the key's wire text (inside its quotes) in *key, *key_end. */
static __attribute__((noinline)) const uint8_t *la_key_read(la_run *r, const la_object_spec *o, const uint8_t *p,
                                                            const uint8_t *end, int32_t *field,
                                                            const uint8_t **key, const uint8_t **key_end)
{
    if (p >= end || *p != '"')
        return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
    uint32_t high = 0;
    const uint8_t *stop = la_string_find(p + 1, end, &high);
    *key = p + 1;
    if (LA_LIKELY(stop < end && *stop == '"')) {
        *field = la_field_find(r->plan, o, p + 1, (size_t)(stop - p - 1));
        *key_end = stop;
        p = stop + 1;
    } else {
        const uint8_t *close = la_skip_string(r, p + 1, end);
        if (!close)
            return NULL;
        uint8_t *space = la_scratch(r, (size_t)(close - p), p), *out = space;
        if (!space)
            return NULL;
        uint32_t replace = 0;
        const uint8_t *same = la_string_into(r, p, end, &out, &replace);
        if (!same) { /* a lone surrogate: well formed, and no key of ours */
            if (r->failure.code != LA_E_LONE_SURROGATE)
                return NULL;
            *field = -1;
        } else {
            r->scratch_used[r->layer] = (size_t)(out - space);
            *field = la_field_find(r->plan, o, space, (size_t)(out - space));
        }
        *key_end = close - 1;
        p = close;
    }
    p = la_space_skip(p, end);
    if (p >= end || *p != ':')
        return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
    return la_space_skip(p + 1, end);
}

/* The columns of a field that did not come: its default, null, or an error. 0 or -1. */
static __attribute__((noinline)) int la_field_missing(la_run *r, const la_field *f, const uint8_t *at, size_t i)
{
    const la_node *node = &r->plan->nodes[f->node];
    if (f->default_text) {
        if (la_reserve_foreign(r, node, f->default_length, at))
            return -1;
        if (la_value(r, node, f->default_text, f->default_text + f->default_length, i))
            return 0;
        r->failure.at = at;
        return -1;
    }
    if (f->required) {
        la_fail(r, node->flags & LA_N_HAS_UNIT ? LA_E_MISSING_RECORDS : LA_E_MISSING_FIELD, at);
        la_at_key(r, f->key, f->key_length);
        return -1;
    }
    return la_null(r, node, i);
}

/* Slots whose value is not on the wire: counters, constants. 0 or -1. */
static int la_silent(la_run *r, const la_node *n, const uint8_t *at, size_t i);

/* Appends one member to the text that REST collects. Returns where the next one goes. */
static uint8_t *la_rest_add(uint8_t *out, const uint8_t *key, const uint8_t *key_end, const uint8_t *value,
                            const uint8_t *value_end)
{
    *out++ = '"';
    memcpy(out, key, (size_t)(key_end - key));
    out += key_end - key;
    *out++ = '"';
    *out++ = ':';
    memcpy(out, value, (size_t)(value_end - value));
    return out + (value_end - value);
}

static const uint8_t *la_op_object(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '{'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    const la_plan *plan = r->plan;
    const la_object_spec *o = &plan->objects[n->a];
    const la_field *fields = plan->fields + o->first;
    uint16_t *predict = r->predict + o->predict;
    uint64_t few = 0, *seen = &few;
    size_t words = ((size_t)o->keyed + 63) / 64;
    const uint8_t *begin = p, *rest_start = NULL;
    uint8_t *rest = NULL;
    if (LA_UNLIKELY(words > 1)) {
        seen = r->seen + r->n_seen;
        memset(seen, 0, words * 8);
        r->n_seen += words;
    }
    if (LA_UNLIKELY(o->rest >= 0)) {
        rest_start = rest = la_text_start(&plan->nodes[fields[o->rest].node], r, i);
        *rest++ = '{';
    }
    uint32_t last = 0; /* the prediction slot: 0 at the start, 1 + field after a field */
    p++;
    if (LA_UNLIKELY(p < end && *p <= ' '))
        p = la_space_skip(p, end);
    if (p < end && *p == '}') {
        p++;
        goto done;
    }
    for (;;) {
        uint32_t k = predict[last];
        if (LA_LIKELY(k < (uint32_t)o->keyed && la_starts_with(p, end, fields[k].wire, fields[k].wire_length))) {
            p += fields[k].wire_length;
            if (LA_UNLIKELY(p < end && *p <= ' '))
                p = la_space_skip(p, end);
        } else {
            int32_t found;
            const uint8_t *key, *key_end;
            p = la_key_read(r, o, p, end, &found, &key, &key_end);
            if (LA_UNLIKELY(!p))
                goto failed;
            if (LA_UNLIKELY(found < 0)) {
                const uint8_t *value = p;
                if (n->flags & LA_N_CLOSED) {
                    la_fail(r, LA_E_UNKNOWN_FIELD, key - 1);
                    la_at_key(r, key, (size_t)(key_end - key));
                    goto failed;
                }
                if (!(p = la_skip(r, p, end))) {
                    la_at_key(r, key, (size_t)(key_end - key));
                    goto failed;
                }
                if (rest) {
                    if (rest - rest_start > 1)
                        *rest++ = ',';
                    rest = la_rest_add(rest, key, key_end, value, p);
                }
                goto next;
            }
            k = (uint32_t)found;
            predict[last] = (uint16_t)k;
        }
        if (LA_UNLIKELY(p >= end)) {
            la_fail(r, LA_E_UNEXPECTED_END, end);
            goto at_key;
        }
        {
            const la_node *child = &plan->nodes[fields[k].node];
            uint64_t bit = (uint64_t)1 << (k & 63);
            if (LA_UNLIKELY(seen[k >> 6] & bit) && child->flags & LA_N_HAS_UNIT) {
                /* A second list of records voids the first: json keeps the last of equal keys. */
                r->n_records = r->event_record;
                r->n_failures = r->event_failure;
                r->stopped = false;
            }
            seen[k >> 6] |= bit;
            p = la_value(r, child, p, end, i);
            if (LA_UNLIKELY(!p))
                goto at_key;
        }
        last = k + 1;
        goto next;
    at_key:
        la_at_key(r, fields[k].key, fields[k].key_length);
        goto failed;
    next:
        if (LA_LIKELY(p < end && *p == ',')) {
            p++;
        } else {
            p = la_space_skip(p, end);
            if (p < end && *p == '}') {
                p++;
                break;
            }
            if (p >= end || *p != ',') {
                la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
                goto failed;
            }
            p++;
        }
        if (LA_UNLIKELY(p < end && *p <= ' '))
            p = la_space_skip(p, end);
    }
done:
    for (size_t w = 0; w < words; w++) {
        size_t left = (size_t)o->keyed - w * 64;
        uint64_t all = left >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << left) - 1;
        for (uint64_t missing = all & ~seen[w]; missing; missing &= missing - 1) {
            const la_field *f = &fields[w * 64 + (size_t)__builtin_ctzll(missing)];
            if (LA_UNLIKELY(la_field_missing(r, f, begin, i)))
                goto failed;
        }
    }
    for (int32_t k = o->keyed; k < o->all; k++) {
        const la_node *child = &plan->nodes[fields[k].node];
        if (k == o->rest) {
            size_t length = (size_t)(rest - rest_start) + 1;
            *rest++ = '}';
            size_t valid = la_utf8_valid(rest_start, length);
            if (valid != length) {
                la_fail(r, LA_E_INVALID_UTF8, begin);
                goto failed;
            }
            la_text_end(child, r, i, rest);
        } else if (LA_UNLIKELY(la_silent(r, child, begin, i))) {
            goto failed;
        }
    }
    if (n->column >= 0)
        la_mark_valid(&r->columns[n->column], i);
    if (words > 1)
        r->n_seen -= words;
    return p;
failed:
    if (words > 1)
        r->n_seen -= words;
    return NULL;
}

#endif
