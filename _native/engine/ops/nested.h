/* Lists and maps: values in a domain of their own. */
#ifndef LA_OPS_NESTED_H
#define LA_OPS_NESTED_H

#include "object.h"

/* Makes slot `index` of a domain writable and current. 0 or -1. */
static inline int la_domain_at(la_run *r, int32_t domain, size_t index, const uint8_t *at)
{
    la_domain *d = &r->domains[domain];
    d->length = index;
    return LA_UNLIKELY(index >= d->capacity) ? la_domain_grow(r, domain, index + 1, at) : 0;
}

/* Behind an item of an array or a member of an object. Returns the position of the next one, or
 * of the byte behind the closing bracket with *closed set, or NULL. */
static inline const uint8_t *la_next_item(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t close, bool *closed)
{
    if (LA_UNLIKELY(!(p < end && *p == ','))) {
        p = la_space_skip(p, end);
        if (p < end && *p == close) {
            *closed = true;
            return p + 1;
        }
        if (p >= end || *p != ',')
            return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
    }
    p++;
    if (p < end && *p <= ' ')
        p = la_space_skip(p, end);
    return p < end ? p : la_fail(r, LA_E_UNEXPECTED_END, end);
}

/* The value of a DynamoDB type `tag` at p, of an `attribute` node. */
static const uint8_t *la_tagged(la_run *r, const la_node *n, int tag, const uint8_t *p, const uint8_t *end, size_t i);

/* The items of the array at p. member: the DynamoDB type that all of them have without saying so (a set's), or -1. */
static LA_INLINE const uint8_t *la_list_items(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i,
                                              const int member)
{
    int32_t domain = r->plan->columns[n->column].child_domain;
    const la_node *item = &r->plan->nodes[n->child];
    size_t first = (size_t)((int32_t *)r->columns[n->column].values)[i], k = first;
    bool closed = false;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == ']') {
        closed = true;
        p++;
    }
    for (; !closed; k++) {
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        if (la_domain_at(r, domain, k, p))
            return NULL;
        if (LA_UNLIKELY(n->flags & LA_N_STEPS))
            r->steps[r->n_steps - 1].index = k - first;
        if (!(p = member < 0 ? la_value(r, item, p, end, k) : la_tagged(r, item, member, p, end, k)))
            return la_at_index(r, k - first);
        if (!(p = la_next_item(r, p, end, ']', &closed)))
            return NULL;
    }
    r->domains[domain].length = k;
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)k;
    la_mark_valid(&r->columns[n->column], i);
    return p;
}

static const uint8_t *la_op_list(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '['))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_ARRAY);
    uint32_t n_steps = r->n_steps;
    if (LA_UNLIKELY(n->flags & LA_N_STEPS))
        la_step_open(r, -1);
    p = la_list_items(r, n, p, end, i, -1);
    r->n_steps = n_steps;
    return p;
}

/* An array whose items have each their own word, by position; those that are missing are null, those
 * behind the last word are skipped. first, count: the words. */
static const uint8_t *la_op_items(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_plan *plan = r->plan;
    bool closed = false;
    int32_t k = 0;
    if (*p != '[')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_ARRAY);
    p = la_space_skip(p + 1, end);
    if (p < end && *p == ']') {
        closed = true;
        p++;
    }
    for (uint64_t index = 0; !closed; index++) {
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        p = k < n->count ? la_value(r, &plan->nodes[plan->children[n->first + k++]], p, end, i) : la_skip(r, p, end);
        if (!p)
            return la_at_index(r, index);
        if (!(p = la_next_item(r, p, end, ']', &closed)))
            return NULL;
    }
    for (; k < n->count; k++) {
        const la_node *missing = &plan->nodes[plan->children[n->first + k]];
        if (!(missing->flags & LA_N_NULLABLE)) {
            la_fail(r, LA_E_MISSING_FIELD, p - 1);
            return la_at_index(r, (uint64_t)k);
        }
        if (la_null(r, missing, i))
            return NULL;
    }
    return p;
}

/* Where the values of a map start and end, so that the last of equal keys can be read in the first
 * one's place. Grows the run's stack. 0 or -1. */
static int la_value_note(la_run *r, const uint8_t *p)
{
    if (r->n_values == r->value_capacity) {
        size_t capacity = r->value_capacity ? r->value_capacity * 2 : 64;
        uint8_t *bytes = (uint8_t *)(uintptr_t)r->values;
        if (la_pool_grow(&bytes, r->n_values * sizeof *r->values, capacity * sizeof *r->values)) {
            la_fail(r, LA_E_NO_MEMORY, p);
            return -1;
        }
        r->values = (const uint8_t **)(void *)bytes;
        r->value_capacity = capacity;
    }
    r->values[r->n_values++] = p;
    return 0;
}

enum { LA_MAP_LINEAR = 16 };

/* The keys of one map beyond what linear search does well: hash → position + 1. */
typedef struct {
    uint32_t *slots;
    uint32_t mask, count;
} la_key_set;

static size_t la_map_find(la_run *r, const la_column *keys, la_key_set *set, size_t first, size_t k)
{
    const int32_t *offsets = (const int32_t *)keys->values;
    size_t n = (size_t)(offsets[k + 1] - offsets[k]);
    const uint8_t *text = keys->data + offsets[k];
    if (k - first < LA_MAP_LINEAR) {
        for (size_t j = first; j < k; j++)
            if ((size_t)(offsets[j + 1] - offsets[j]) == n && !memcmp(keys->data + offsets[j], text, n))
                return j;
        return k;
    }
    if ((k - first) * 2 >= set->mask) { /* also builds the first table */
        uint32_t slots = set->mask ? (set->mask + 1) * 2 : 64;
        uint8_t *table = la_pool_get(slots * sizeof *set->slots);
        if (!table)
            return SIZE_MAX;
        memset(table, 0, slots * sizeof *set->slots);
        if (set->slots)
            la_pool_put((uint8_t *)set->slots, 0);
        set->slots = (uint32_t *)(void *)table;
        set->mask = slots - 1;
        set->count = 0;
    }
    for (; set->count < k - first; set->count++) {
        size_t j = first + set->count;
        uint64_t h = la_hash(keys->data + offsets[j], (size_t)(offsets[j + 1] - offsets[j]), r->hash_seed);
        while (set->slots[h & set->mask])
            h++;
        set->slots[h & set->mask] = set->count + 1;
    }
    for (uint64_t h = la_hash(text, n, r->hash_seed); set->slots[h & set->mask]; h++) {
        size_t j = first + set->slots[h & set->mask] - 1;
        if ((size_t)(offsets[j + 1] - offsets[j]) == n && !memcmp(keys->data + offsets[j], text, n))
            return j;
    }
    return k;
}

/* Notes that the failure is in entry k of a map. */
static LA_COLD const uint8_t *la_at_entry(la_run *r, const la_node *key, size_t k)
{
    const la_column *keys = &r->columns[key->column];
    const int32_t *offsets = (const int32_t *)keys->values;
    return la_at_key(r, keys->data + offsets[k], (size_t)(offsets[k + 1] - offsets[k]));
}

/* a: the node of the keys (utf8); child: the node of the values. */
static const uint8_t *la_map_entries(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i,
                                     la_key_set *set)
{
    const la_plan *plan = r->plan;
    int32_t domain = plan->columns[n->column].child_domain;
    const la_node *key = &plan->nodes[n->a], *value = &plan->nodes[n->child];
    size_t first = (size_t)((int32_t *)r->columns[n->column].values)[i], k = first, base = r->n_values;
    uint32_t n_rescued = r->n_rescued;
    bool closed = false, again = false;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == '}') {
        closed = true;
        p++;
    }
    while (!closed) {
        if (p >= end || *p != '"')
            return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
        if (la_domain_at(r, domain, k, p))
            return NULL;
        if (LA_UNLIKELY(n->flags & LA_N_STEPS))
            r->steps[r->n_steps - 1].index = k;
        if (!(p = la_op_utf8(r, key, p, end, k)))
            return NULL;
        p = la_space_skip(p, end);
        if (p >= end || *p != ':')
            return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
        p = la_space_skip(p + 1, end);
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        size_t j = la_map_find(r, &r->columns[key->column], set, first, k);
        if (j == SIZE_MAX)
            return la_fail(r, LA_E_NO_MEMORY, p);
        if (j < k) {
            /* Read where the next entry would be, so that an ill-typed one is found whatever follows. */
            r->values[base + 2 * (j - first)] = p;
            again = true;
            if (!(p = la_value(r, value, p, end, k)))
                return la_at_entry(r, key, k);
            r->values[base + 2 * (j - first) + 1] = p;
        } else {
            if (k - first == plan->limits.map_keys)
                return la_fail(r, LA_E_TOO_MANY_KEYS, p);
            if (la_value_note(r, p) || la_value_note(r, p))
                return NULL;
            p = la_value(r, value, p, end, k);
            if (!p)
                return la_at_entry(r, key, k);
            r->values[base + 2 * (k - first) + 1] = p;
            k++;
        }
        if (!(p = la_next_item(r, p, end, '}', &closed)))
            return NULL;
    }
    if (LA_UNLIKELY(again)) {
        r->n_rescued = n_rescued;
        for (size_t j = first; j < k; j++) {
            if (la_domain_at(r, domain, j, p))
                return NULL;
            if (LA_UNLIKELY(n->flags & LA_N_STEPS))
                r->steps[r->n_steps - 1].index = j;
            /* Each within its own end, so that together they cannot be longer than they were, even if
             * another thread has written to the source in between. */
            if (!la_value(r, value, r->values[base + 2 * (j - first)], r->values[base + 2 * (j - first) + 1], j))
                return la_at_entry(r, key, j);
        }
    }
    r->domains[domain].length = k;
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)k;
    la_mark_valid(&r->columns[n->column], i);
    return p;
}

static const uint8_t *la_op_map(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '{'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    la_key_set set = { 0 };
    size_t base = r->n_values;
    uint32_t n_steps = r->n_steps;
    if (LA_UNLIKELY(n->flags & LA_N_STEPS))
        la_step_open(r, r->plan->nodes[n->a].column);
    p = la_map_entries(r, n, p, end, i, &set);
    r->n_steps = n_steps;
    if (set.slots)
        la_pool_put((uint8_t *)set.slots, 0);
    r->n_values = base;
    return p;
}

#endif
