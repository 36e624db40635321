/* Texts that repeat: an index per row, the distinct texts once. */
#ifndef LA_OPS_DICTIONARY_H
#define LA_OPS_DICTIONARY_H

#include "text.h"

enum { LA_LINEAR = 8 }; /* up to here a loop over the values beats a hash */

/* Seeded, so that an input cannot be made to collide. Mixes 8 bytes a step by 64×64→128 multiply. */
static uint64_t la_hash(const uint8_t *p, size_t n, uint64_t seed)
{
    uint64_t h = seed ^ (n * 0x9E3779B97F4A7C15u);
    while (n) {
        uint64_t word = 0;
        size_t step = n < 8 ? n : 8;
        memcpy(&word, p, step);
        unsigned __int128 product = (unsigned __int128)(h ^ word) * (0xD6E8FEB86659FD93u ^ (seed << 1 | 1));
        h = (uint64_t)product ^ (uint64_t)(product >> 64);
        p += step;
        n -= step;
    }
    return h ^ h >> 29;
}

static bool la_dictionary_equal(const la_dictionary *d, int32_t k, const uint8_t *text, size_t n)
{
    const int32_t *offsets = (const int32_t *)d->offsets;
    return (size_t)(offsets[k + 1] - offsets[k]) == n && !memcmp(d->data + offsets[k], text, n);
}

static void la_dictionary_put(la_dictionary *d, int32_t k, uint64_t seed)
{
    const int32_t *offsets = (const int32_t *)d->offsets;
    uint64_t h = la_hash(d->data + offsets[k], (size_t)(offsets[k + 1] - offsets[k]), seed);
    while (d->table[h & d->table_mask])
        h++;
    d->table[h & d->table_mask] = (uint32_t)k + 1;
}

/* Grows the table to at least twice the count. 0 or -1. */
static int la_dictionary_index(la_dictionary *d, uint64_t seed)
{
    size_t slots = 64;
    while (slots < (size_t)d->count * 4)
        slots *= 2;
    uint8_t *table = la_pool_get(slots * 4);
    if (!table)
        return -1;
    memset(table, 0, slots * 4);
    la_pool_put((uint8_t *)d->table, d->table ? ((size_t)d->table_mask + 1) * 4 : 0);
    d->table = (uint32_t *)(void *)table;
    d->table_mask = (uint32_t)slots - 1;
    for (int32_t k = 0; k < d->count; k++)
        la_dictionary_put(d, k, seed);
    return 0;
}

static int32_t la_dictionary_find(const la_dictionary *d, const uint8_t *text, size_t n, uint64_t seed)
{
    if (!d->table) {
        for (int32_t k = 0; k < d->count; k++)
            if (la_dictionary_equal(d, k, text, n))
                return k;
        return -1;
    }
    for (uint64_t h = la_hash(text, n, seed);; h++) {
        uint32_t k = d->table[h & d->table_mask];
        if (!k || la_dictionary_equal(d, (int32_t)k - 1, text, n))
            return (int32_t)k - 1;
    }
}

/* The index of a text, added if it is new. -1: no memory. */
static int32_t la_dictionary_add(la_dictionary *d, const uint8_t *text, size_t n, uint64_t seed)
{
    int32_t *offsets = (int32_t *)d->offsets;
    size_t used = offsets ? (size_t)offsets[d->count] : 0;
    if (used + n > LA_OFFSET_MAX || d->count == INT32_MAX - 1)
        return -1;
    size_t want = ((size_t)d->count + 2) * 4;
    if (!d->offsets || la_block_of(d->offsets)->capacity < want) {
        if (la_pool_grow(&d->offsets, ((size_t)d->count + 1) * (d->offsets ? 4 : 0), want * 2))
            return -1;
        if (!offsets)
            ((int32_t *)d->offsets)[0] = 0;
        offsets = (int32_t *)d->offsets;
    }
    if (!d->data || la_block_of(d->data)->capacity < used + n + LA_SLACK)
        if (la_pool_grow(&d->data, used, 2 * used + n + LA_SLACK))
            return -1;
    memcpy(d->data + used, text, n);
    offsets[++d->count] = (int32_t)(used + n);
    if (d->table && (size_t)d->count * 2 <= d->table_mask)
        la_dictionary_put(d, d->count - 1, seed);
    else if (d->count > LA_LINEAR && la_dictionary_index(d, seed))
        return -1;
    return d->count - 1;
}

/* A new dictionary, which holds the texts that the plan names for the node. NULL: no memory. */
static la_dictionary *la_dictionary_new(const la_plan *plan, const la_node *n, uint64_t seed)
{
    la_dictionary *d = (la_dictionary *)(void *)la_pool_get(sizeof *d);
    if (!d)
        return NULL;
    memset(d, 0, offsetof(la_dictionary, wire));
    for (int32_t k = n->first; k < n->first + n->count; k++)
        if (la_dictionary_add(d, plan->texts[k].text, plan->texts[k].length, seed) < 0) {
            la_dictionary_free(d);
            return NULL;
        }
    d->fixed = n->count;
    return d;
}

/* The same texts once more, for a batch that is finished. NULL: no memory. */
static la_dictionary *la_dictionary_copy(const la_dictionary *d)
{
    la_dictionary *made = (la_dictionary *)(void *)la_pool_get(sizeof *made);
    if (!made)
        return NULL;
    memset(made, 0, offsetof(la_dictionary, wire));
    made->count = d->count;
    made->fixed = d->fixed;
    size_t offsets = ((size_t)d->count + 1) * 4, used = d->offsets ? (size_t)((int32_t *)d->offsets)[d->count] : 0;
    if (!d->offsets)
        return made;
    made->offsets = la_pool_get(offsets);
    made->data = la_pool_get(used + LA_SLACK);
    if (!made->offsets || !made->data) {
        la_pool_put(made->offsets, 0);
        la_pool_put(made->data, 0);
        la_pool_put((uint8_t *)made, 0);
        return NULL;
    }
    memcpy(made->offsets, d->offsets, offsets);
    if (used)
        memcpy(made->data, d->data, used);
    return made;
}

static int la_dictionary_empty(la_run *r, int32_t column)
{
    la_column *c = &r->columns[column];
    int32_t node = r->plan->columns[column].node;
    if (!c->dictionary && !(c->dictionary = la_dictionary_new(r->plan, &r->plan->nodes[node < 0 ? 0 : node], r->hash_seed)))
        goto no_memory;
    if (!c->dictionary->count && la_dictionary_add(c->dictionary, (const uint8_t *)"", 0, r->hash_seed) < 0)
        goto no_memory;
    return 0;
no_memory:
    la_fail(r, LA_E_NO_MEMORY, NULL);
    return -1;
}

/* Notes what value `k` looks like on the wire, for the compare in la_op_dictionary. */
static void la_dictionary_expect(la_dictionary *d, int32_t k, const uint8_t *wire, size_t length)
{
    d->last = k;
    d->wire_length = 0;
    if (length <= sizeof d->wire - 16) {
        memcpy(d->wire, wire, length);
        memset(d->wire + length, 0, 16);
        d->wire_length = (uint32_t)length;
    }
}

/* Puts the text at index i. Returns false with a failure noted. */
static bool la_dictionary_set(la_run *r, const la_node *n, size_t i, const uint8_t *text, size_t length,
                              const uint8_t *at, int32_t *found)
{
    la_column *c = &r->columns[n->column];
    la_dictionary *d = c->dictionary;
    if (!d && !(d = c->dictionary = la_dictionary_new(r->plan, n, r->hash_seed)))
        return la_fail(r, LA_E_NO_MEMORY, at);
    int32_t k = d->count ? la_dictionary_find(d, text, length, r->hash_seed) : -1;
    if (k < 0) {
        if (d->fixed)
            return la_fail(r, LA_E_UNEXPECTED_VALUE, at);
        size_t valid = la_utf8_valid(text, length);
        if (valid != length)
            return la_fail(r, LA_E_INVALID_UTF8, at);
        if ((k = la_dictionary_add(d, text, length, r->hash_seed)) < 0)
            return la_fail(r, LA_E_NO_MEMORY, at);
    }
    ((int32_t *)c->values)[i] = k;
    la_mark_valid(c, i);
    *found = k;
    return true;
}

static uint8_t *la_scratch(la_run *r, size_t size, const uint8_t *at);

static __attribute__((noinline)) const uint8_t *la_dictionary_read(la_run *r, const la_node *n, const uint8_t *p,
                                                                   const uint8_t *end, size_t i)
{
    if (*p != '"')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    uint8_t *text = la_scratch(r, (size_t)(end - p), p);
    if (!text)
        return NULL;
    uint8_t *out = text;
    uint32_t high = 0;
    const uint8_t *next = la_string_into(r, p, end, &out, &high);
    if (!next)
        return NULL;
    r->scratch_used[r->layer] = (size_t)(out - text);
    if (high) {
        size_t valid = la_utf8_valid(text, (size_t)(out - text));
        if (valid != (size_t)(out - text))
            return la_bad_utf8(r, p, end, valid);
    }
    int32_t k;
    if (!la_dictionary_set(r, n, i, text, (size_t)(out - text), p, &k))
        return NULL;
    if ((size_t)(out - text) + 2 == (size_t)(next - p)) { /* nothing was escaped: the wire is quotes and text */
        uint8_t wire[sizeof ((la_dictionary *)0)->wire];
        size_t length = (size_t)(next - p);
        if (length <= sizeof wire - 16) {
            wire[0] = wire[length - 1] = '"';
            memcpy(wire + 1, text, length - 2);
        }
        la_dictionary_expect(r->columns[n->column].dictionary, k, wire, length);
    }
    return next;
}

/* Most rows hold the value of the row before: its wire text is compared, quotes and all. NULL, and
 * no failure, if this one does not. */
static inline const uint8_t *la_dictionary_again(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end,
                                                 size_t i)
{
    la_column *c = &r->columns[n->column];
    la_dictionary *d = c->dictionary;
    if (!(d && d->wire_length && la_starts_with(p, end, d->wire, d->wire_length)))
        return NULL;
    ((int32_t *)c->values)[i] = d->last;
    la_mark_valid(c, i);
    return p + d->wire_length;
}

static const uint8_t *la_op_dictionary(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const uint8_t *behind = la_dictionary_again(r, n, p, end, i);
    return behind ? behind : la_dictionary_read(r, n, p, end, i);
}

/* a: the separator, b: which piece of the text, from the end if negative. */
static const uint8_t *la_op_part(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (*p != '"')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    uint8_t *text = la_scratch(r, (size_t)(end - p), p), *text_end = text;
    uint32_t high = 0;
    if (!text)
        return NULL;
    const uint8_t *next = la_string_into(r, p, end, &text_end, &high);
    if (!next)
        return NULL;
    int32_t pieces = 1, wanted = n->b;
    for (const uint8_t *q = text; q < text_end; q++)
        pieces += *q == n->a;
    if (wanted < 0)
        wanted += pieces;
    if (wanted < 0 || wanted >= pieces)
        return la_null(r, n, i) ? NULL : next;
    const uint8_t *from = text, *to;
    for (;;) {
        for (to = from; to < text_end && *to != n->a; to++)
            ;
        if (!wanted--)
            break;
        from = to + 1;
    }
    size_t length = (size_t)(to - from);
    if (la_utf8_valid(from, length) != length)
        return la_fail(r, LA_E_INVALID_UTF8, p);
    if (r->plan->columns[n->column].kind == LA_C_DICT) {
        int32_t found;
        return la_dictionary_set(r, n, i, from, length, p, &found) ? next : NULL;
    }
    uint8_t *out = la_text_start(n, r, i);
    memcpy(out, from, length);
    la_text_end(n, r, i, out + length);
    return next;
}

#endif
