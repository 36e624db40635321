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

/* Voids the records of this event that were read so far. */
static void la_records_undo(la_run *r)
{
    r->n_records = r->event_record;
    r->n_failures = r->event_failure;
    r->stopped = false;
}

/* Slots whose value is not on the wire: counters, constants. 0 or -1. */
static int la_silent(la_run *r, const la_node *n, const uint8_t *at, size_t i);

/* Appends one member to the text that REST collects in slot i, of which `length` bytes are there.
 * Its place is asked for each time: what the fields between have read may have moved the column.
 * Returns the new length. */
static size_t la_rest_add(la_run *r, const la_node *n, size_t i, size_t length, const uint8_t *key,
                          const uint8_t *key_end, const uint8_t *value, const uint8_t *value_end)
{
    uint8_t *start = la_text_start(n, r, i), *out = start + length;
    *out++ = length ? ',' : '{';
    *out++ = '"';
    memcpy(out, key, (size_t)(key_end - key));
    out += key_end - key;
    *out++ = '"';
    *out++ = ':';
    memcpy(out, value, (size_t)(value_end - value));
    out += value_end - value;
    la_text_end(n, r, i, out);
    return (size_t)(out - start);
}

/* Ends the text that REST collected. Returns false with a failure noted. */
static bool la_rest_end(la_run *r, const la_node *n, size_t i, size_t length, const uint8_t *at)
{
    uint8_t *start = la_text_start(n, r, i), *out = start + length;
    if (!length)
        *out++ = '{';
    *out++ = '}';
    if (la_utf8_valid(start, (size_t)(out - start)) != (size_t)(out - start))
        return la_fail(r, LA_E_INVALID_UTF8, at);
    la_text_end(n, r, i, out);
    return true;
}

/* Whether field f's key and colon stand at p. Two compares whatever its length, no branch on it. */
static inline bool la_key_at(const la_field *f, const uint8_t *p, const uint8_t *end)
{
    if (LA_UNLIKELY(end - p < 32))
        return la_starts_with(p, end, f->wire, f->wire_length);
    uint32_t same = la_v16_mask(la_v16_eq(la_v16_load(p), la_v16_load(f->wire))) |
                    la_v16_mask(la_v16_eq(la_v16_load(p + 16), la_v16_load(f->wire + 16))) << 16;
    if (~same & f->wire_mask)
        return false;
    return LA_LIKELY(f->wire_length <= 32) || la_starts_with(p, end, f->wire, f->wire_length);
}

/* If the members that were the same twice stand at p again, sets their slots and returns the
 * position behind the last value; else NULL, and they are not looked for until they repeat. */
static inline const uint8_t *la_repeat_at(la_run *r, la_repeat *same, const uint8_t *p, const uint8_t *end, size_t i)
{
    if ((size_t)(end - p) < same->length || memcmp(p, same->text, same->length)) {
        same->length = 0;
        return NULL;
    }
    for (uint32_t k = 0; k < same->count; k++) {
        la_column *c = &r->columns[same->columns[k]];
        ((int32_t *)c->values)[i] = same->indices[k];
        la_mark_valid(c, i);
    }
    return p + same->length;
}

/* Members that are being watched: dictionary fields that follow one another, each equal to the
 * value before. */
typedef struct {
    const uint8_t *start;   /* the first key; NULL: none */
    const uint8_t *stop;    /* behind the last value */
    uint32_t slot;          /* the prediction slot before the first */
    uint32_t count;
} la_watch;

/* Keeps the watched members for la_repeat_at. Without memory for them, nothing is lost but time. */
static __attribute__((noinline)) void la_watch_end(la_run *r, la_watch *watch, la_repeat *repeats, const la_field *fields)
{
    la_repeat *same = &repeats[watch->slot];
    size_t length = (size_t)(watch->stop - watch->start);
    if (length <= LA_REPEAT_BYTES && (same->text || (same->text = la_pool_get(LA_REPEAT_BYTES)))) {
        memcpy(same->text, watch->start, length);
        same->length = (uint32_t)length;
        same->count = watch->count;
        for (uint32_t k = 0; k < watch->count; k++) {
            same->columns[k] = r->plan->nodes[fields[watch->slot + k].node].column;
            same->indices[k] = r->columns[same->columns[k]].dictionary->last;
        }
    }
    watch->start = NULL;
    watch->count = 0;
}

static const uint8_t *la_op_object(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '{'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    const la_plan *plan = r->plan;
    const la_object_spec *o = &plan->objects[n->a];
    const la_field *fields = plan->fields + o->first;
    uint16_t *predict = r->predict + o->predict;
    la_repeat *repeats = r->repeats + o->predict;
    la_watch watch = { NULL, NULL, 0, 0 };
    uint64_t few = 0, *seen = &few;
    size_t words = ((size_t)o->keyed + 63) / 64;
    const uint8_t *begin = p;
    size_t rest = 0; /* bytes that REST has collected */
    if (LA_UNLIKELY(words > 1)) {
        seen = r->seen + r->n_seen;
        memset(seen, 0, words * 8);
        r->n_seen += words;
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
        const uint8_t *key_start = p;
        if (repeats[last].length) {
            const uint8_t *behind = la_repeat_at(r, &repeats[last], p, end, i);
            if (LA_LIKELY(behind != NULL)) {
                uint32_t count = repeats[last].count;
                if (LA_LIKELY(words == 1))
                    few |= (((uint64_t)1 << count) - 1) << last;
                else
                    for (uint32_t f = last; f < last + count; f++)
                        seen[f >> 6] |= (uint64_t)1 << (f & 63);
                last += count;
                p = behind;
                goto next;
            }
        }
        if (LA_LIKELY(k < (uint32_t)o->keyed && la_key_at(&fields[k], p, end))) {
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
                if (watch.start)
                    la_watch_end(r, &watch, repeats, fields);
                if (n->flags & LA_N_CLOSED) {
                    la_fail(r, LA_E_UNKNOWN_FIELD, key - 1);
                    la_at_key(r, key, (size_t)(key_end - key));
                    goto failed;
                }
                if (!(p = la_skip(r, p, end))) {
                    la_at_key(r, key, (size_t)(key_end - key));
                    goto failed;
                }
                if (o->rest >= 0)
                    rest = la_rest_add(r, &plan->nodes[fields[o->rest].node], i, rest, key, key_end, value, p);
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
                la_records_undo(r);
            }
            seen[k >> 6] |= bit;
            if (child->op == LA_OP_DICTIONARY) {
                const uint8_t *behind = la_dictionary_again(r, child, p, end, i);
                if (LA_LIKELY(behind && k == last && watch.count < LA_REPEAT_FIELDS)) {
                    if (!watch.start)
                        watch = (la_watch){ key_start, NULL, last, 0 };
                    watch.count++;
                    watch.stop = p = behind;
                    last = k + 1;
                    goto next;
                }
            }
            if (watch.start)
                la_watch_end(r, &watch, repeats, fields);
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
    if (watch.start)
        la_watch_end(r, &watch, repeats, fields);
    for (size_t w = 0; w < words; w++) {
        size_t left = (size_t)o->keyed - w * 64;
        uint64_t all = left >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << left) - 1;
        for (uint64_t missing = all & ~seen[w]; missing; missing &= missing - 1) {
            const la_field *f = &fields[w * 64 + (size_t)__builtin_ctzll(missing)];
            if (LA_LIKELY(f->null_column != LA_NULL_ASK)) {
                if (f->null_column >= 0 && LA_UNLIKELY(la_null_column(r, f->null_column, i)))
                    goto failed;
            } else if (LA_UNLIKELY(la_field_missing(r, f, begin, i)))
                goto failed;
        }
    }
    for (int32_t k = o->keyed; k < o->all; k++) {
        const la_node *child = &plan->nodes[fields[k].node];
        if (k == o->rest) {
            if (LA_UNLIKELY(!la_rest_end(r, child, i, rest, begin)))
                goto failed;
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
