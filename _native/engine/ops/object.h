/* Objects with known keys: envelopes, which feed the columns of their row, and structs. */
#ifndef LA_OPS_OBJECT_H
#define LA_OPS_OBJECT_H

#include "dictionary.h"
#include "rescue.h"

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
        const uint8_t *same = la_string_into(r, p, close, &out, &replace);
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
    r->told_rows |= node->op == LA_OP_EXPLODE || node->op == LA_OP_EACH; /* none, where a list may be missing */
    return la_absent(r, node, at, i);
}

/* No value for an object whose fields stand in the row around it: each of them is missing. 0 or -1. */
static int la_absent(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    if (n->op != LA_OP_OBJECT)
        return la_null(r, n, i);
    const la_object_spec *o = &r->plan->objects[n->a];
    const la_field *fields = r->plan->fields + o->first;
    for (int32_t k = 0; k < o->all; k++)
        if (k < o->keyed ? la_field_missing(r, &fields[k], at, i) : la_null(r, fields[k].target, i))
            return -1;
    return 0;
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

/* If the members that are expected as a whole stand at p, sets their slots of row i and returns the
 * position behind the last value; else NULL, and they are not looked for until they repeat. */
static inline const uint8_t *la_repeat_at(la_run *r, la_slot_state *slot, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY((size_t)(end - p) < slot->length || memcmp(p, slot->text, slot->length))) {
        slot->length = 0;
        return NULL;
    }
    for (uint32_t k = 0; k < slot->count; k++) {
        la_column *c = &r->columns[slot->columns[k]];
        ((int32_t *)c->values)[i] = slot->indices[k];
        la_mark_valid(c, i);
    }
    return p + slot->length;
}

/* What la_op_object keeps of one object beside its position. */
typedef struct {
    const la_object_spec *spec;
    const la_field *fields;
    la_slot_state *slots;
    uint64_t few;               /* the keys seen so far, a bit each, if there are at most 64 */
    uint64_t *seen;             /* or here */
    size_t rest;                /* bytes that REST has collected */
    uint32_t rescued;           /* how many values had not fitted before this object */
    bool voids;                 /* some of those that did not fit in it are void */
    /* Dictionary fields that follow one another, each equal to the value before. */
    const uint8_t *watch_start; /* the first key; NULL: none */
    const uint8_t *watch_stop;  /* behind the last value */
    uint32_t watch_slot;        /* the place before the first */
    uint32_t watch_count;
} la_object_state;

/* Expects the watched members as a whole from now on. Without memory for them, nothing is lost but
 * time. */
static __attribute__((noinline)) void la_watch_end(la_run *r, la_object_state *s)
{
    la_slot_state *slot = &s->slots[s->watch_slot];
    size_t length = (size_t)(s->watch_stop - s->watch_start);
    if (length <= LA_REPEAT_BYTES && (slot->text || (slot->text = la_pool_get(LA_REPEAT_BYTES)))) {
        memcpy(slot->text, s->watch_start, length);
        slot->length = (uint32_t)length;
        slot->count = (uint16_t)s->watch_count;
        for (uint32_t k = 0; k < s->watch_count; k++) {
            slot->columns[k] = s->fields[s->watch_slot + k].target->column;
            slot->indices[k] = r->columns[slot->columns[k]].dictionary->last;
        }
    }
    s->watch_start = NULL;
    s->watch_count = 0;
}

static inline void la_seen(la_object_state *s, uint32_t k)
{
    if (LA_LIKELY(!s->seen))
        s->few |= UINT64_C(1) << k;
    else
        s->seen[k >> 6] |= UINT64_C(1) << (k & 63);
}

/* The same for `count` < 64 keys from k on. */
static inline void la_seen_run(la_object_state *s, uint32_t k, uint32_t count)
{
    if (LA_LIKELY(!s->seen))
        s->few |= ((UINT64_C(1) << count) - 1) << k;
    else
        for (; count; count--, k++)
            s->seen[k >> 6] |= UINT64_C(1) << (k & 63);
}

static inline bool la_was_seen(const la_object_state *s, uint32_t k)
{
    return LA_LIKELY(!s->seen) ? s->few >> k & 1 : s->seen[k >> 6] >> (k & 63) & 1;
}

static const uint8_t *la_attribute_unknown(la_run *r, const uint8_t *quote, const uint8_t *key_end, const uint8_t *p,
                                           const uint8_t *end, unsigned depth);

/* A key that nobody expected at p. Returns the position of its value with its field in *k; or, if
 * the object has no such field, the position behind the value with *k negative; NULL on failure. */
static __attribute__((noinline)) const uint8_t *la_key_other(la_run *r, const la_node *n, la_object_state *s,
                                                             const uint8_t *p, const uint8_t *end, size_t i, int32_t *k)
{
    const uint8_t *key, *key_end;
    if (!(p = la_key_read(r, s->spec, p, end, k, &key, &key_end)) || *k >= 0)
        return p;
    if (s->watch_start)
        la_watch_end(r, s);
    const uint8_t *value = p;
    if (n->flags & LA_N_CLOSED) {
        la_fail(r, LA_E_UNKNOWN_FIELD, key - 1);
        return la_at_key(r, key, (size_t)(key_end - key));
    }
    p = LA_UNLIKELY(n->b) ? la_attribute_unknown(r, key - 1, key_end + 1, p, end, (unsigned)n->b - 1) : la_skip(r, p, end);
    if (!p)
        return la_at_key(r, key, (size_t)(key_end - key));
    if (s->spec->rest >= 0)
        s->rest = la_rest_add(r, s->fields[s->spec->rest].target, i, s->rest, key, key_end, value, p);
    return p;
}

/* Reads the members, from behind the opening bracket to behind the closing one. */
static const uint8_t *la_members(la_run *r, const la_node *n, la_object_state *s, const uint8_t *p, const uint8_t *end,
                                 size_t i)
{
    uint32_t last = 0; /* the place: 0 at the start, 1 + field behind a field */
    for (;;) {
        la_slot_state *slot = &s->slots[last];
        const uint8_t *key_start = p;
        uint32_t k = slot->key;
        if (slot->length) {
            const uint8_t *behind = la_repeat_at(r, slot, p, end, i);
            if (LA_LIKELY(behind != NULL)) {
                la_seen_run(s, last, slot->count);
                last += slot->count;
                p = behind;
                goto next;
            }
        }
        if (LA_LIKELY(k < (uint32_t)s->spec->keyed && la_key_at(&s->fields[k], p, end))) {
            p += s->fields[k].wire_length;
            if (LA_UNLIKELY(p < end && *p <= ' '))
                p = la_space_skip(p, end);
        } else {
            int32_t found;
            if (!(p = la_key_other(r, n, s, p, end, i, &found)))
                return NULL;
            if (found < 0)
                goto next;
            slot->key = (uint16_t)(k = (uint32_t)found);
        }
        const la_field *f = &s->fields[k];
        const la_node *child = f->target;
        if (LA_UNLIKELY(p >= end)) {
            la_fail(r, LA_E_UNEXPECTED_END, end);
            return la_at_key(r, f->key, f->key_length);
        }
        if (LA_UNLIKELY(child->flags & (LA_N_HAS_UNIT | LA_N_ONCE)) && la_was_seen(s, k)) {
            if (child->flags & LA_N_HAS_UNIT)
                la_records_undo(r); /* a second list of records voids the first: json keeps the last of equal keys */
            r->came_again |= (child->flags & LA_N_ONCE) != 0;
        }
        if (LA_UNLIKELY(r->n_rescued > s->rescued) && la_was_seen(s, k)) {
            s->voids = true;
            if (la_rescue_void(r, child, p))
                return NULL;
        }
        la_seen(s, k);
        if (child->op == LA_OP_DICTIONARY && k == last && s->watch_count < LA_REPEAT_FIELDS) {
            const uint8_t *behind = la_dictionary_again(r, child, p, end, i);
            if (LA_LIKELY(behind != NULL)) {
                if (!s->watch_start) {
                    s->watch_start = key_start;
                    s->watch_slot = last;
                }
                s->watch_count++;
                s->watch_stop = p = behind;
                last = k + 1;
                goto next;
            }
        }
        if (s->watch_start)
            la_watch_end(r, s);
        p = la_value(r, child, p, end, i);
        if (LA_UNLIKELY(!p))
            return la_at_key(r, f->key, f->key_length);
        last = k + 1;
    next:
        if (LA_UNLIKELY(!(p < end && *p == ','))) {
            p = la_space_skip(p, end);
            if (p < end && *p == '}')
                break;
            if (p >= end || *p != ',')
                return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
        }
        p++;
        if (LA_UNLIKELY(p < end && *p <= ' '))
            p = la_space_skip(p, end);
    }
    if (s->watch_start)
        la_watch_end(r, s);
    return p + 1;
}

/* Fills the columns of the keys in `missing`, a bit each from field `first` on. 0 or -1. */
static inline int la_missing(la_run *r, const la_field *first, uint64_t missing, const uint8_t *at, size_t i)
{
    for (; missing; missing &= missing - 1) {
        const la_field *f = &first[__builtin_ctzll(missing)];
        if (LA_LIKELY(f->null_column != LA_NULL_ASK)) {
            if (f->null_column >= 0 && LA_UNLIKELY(la_null_column(r, f->null_column, i)))
                return -1;
        } else if (LA_UNLIKELY(la_field_missing(r, f, at, i))) {
            return -1;
        }
    }
    return 0;
}

/* What does not come from the wire: the text that REST collected, counters, constants. 0 or -1. */
static int la_silent_fields(la_run *r, la_object_state *s, const uint8_t *at, size_t i)
{
    for (int32_t k = s->spec->keyed; k < s->spec->all; k++) {
        const la_node *child = s->fields[k].target;
        if (k != s->spec->rest) {
            if (la_silent(r, child, at, i))
                return -1;
            continue;
        }
        if (!la_rest_end(r, child, i, s->rest, at))
            return -1;
    }
    return 0;
}

/* a: which of the plan's objects; b: 1 + how many lists and maps its attributes may open, if it is a map of an item
 * whose other attributes are held against their grammar; 0 if not. With a column it is a struct, without one an envelope. */
static const uint8_t *la_op_object(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '{'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    const la_object_spec *o = &r->plan->objects[n->a];
    la_object_state s;
    s.spec = o;
    s.fields = r->plan->fields + o->first;
    s.slots = r->slots + o->slots;
    s.few = 0;
    s.seen = NULL;
    s.rest = 0;
    s.rescued = r->n_rescued;
    s.voids = false;
    s.watch_start = NULL;
    s.watch_count = 0;
    const uint8_t *begin = p;
    size_t words = ((size_t)o->keyed + 63) / 64, n_seen = r->n_seen;
    if (LA_UNLIKELY(words > 1)) {
        s.seen = r->seen + n_seen;
        memset(s.seen, 0, words * 8);
        r->n_seen += words;
    }
    p++;
    if (LA_UNLIKELY(p < end && *p <= ' '))
        p = la_space_skip(p, end);
    p = p < end && *p == '}' ? p + 1 : la_members(r, n, &s, p, end, i);
    r->n_seen = n_seen;
    if (LA_UNLIKELY(!p) || (LA_UNLIKELY(s.voids) && la_rescue_settle(r, s.rescued, o, begin)))
        return NULL;
    if (LA_LIKELY(!s.seen)) {
        if (la_missing(r, s.fields, o->mask & ~s.few, begin, i))
            return NULL;
    } else {
        for (size_t w = 0; w < words; w++) {
            size_t left = (size_t)o->keyed - w * 64;
            uint64_t every = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
            if (la_missing(r, s.fields + w * 64, every & ~s.seen[w], begin, i))
                return NULL;
        }
    }
    if (o->all > o->keyed && la_silent_fields(r, &s, begin, i))
        return NULL;
    if (n->column >= 0)
        la_mark_valid(&r->columns[n->column], i);
    return p;
}

#endif
