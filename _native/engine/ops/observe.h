/* What types there are: `observe` walks the attributes of an item and notes, place by place, what it met. From the
 * notes of many items a schema is made that holds them all. */
#ifndef LA_OPS_OBSERVE_H
#define LA_OPS_OBSERVE_H

#include "attribute.h"

/* A new place. -1: no memory. */
static int32_t la_place_new(la_observed *o)
{
    uint8_t *bytes = (uint8_t *)o->places;
    size_t need = ((size_t)o->n_places + 1) * sizeof *o->places;
    if ((!bytes || la_block_of(bytes)->capacity < need) && la_pool_grow(&bytes, o->n_places * sizeof *o->places, need * 2))
        return -1;
    o->places = (la_observation *)(void *)bytes;
    o->places[o->n_places] = (la_observation){ .item = -1, .first = -1, .last = -1, .next = -1 };
    return (int32_t)o->n_places++;
}

static uint64_t la_place_hash(const la_run *r, int32_t parent, const uint8_t *key, size_t n)
{
    return la_hash(key, n, r->hash_seed + (uint64_t)parent * 0x9E3779B97F4A7C15u);
}

static void la_place_index(la_run *r, int32_t parent, int32_t place)
{
    la_observed *o = &r->observed;
    const la_observation *at = &o->places[place];
    uint64_t h = la_place_hash(r, parent, o->text + at->key, at->key_length);
    while (o->table[h & o->mask])
        h++;
    o->table[h & o->mask] = (uint32_t)place + 1;
}

/* Room in the table for one more place. 0 or -1. */
static int la_places_grow(la_run *r)
{
    la_observed *o = &r->observed;
    if (o->table && o->n_places * 2 < o->mask)
        return 0;
    size_t slots = 256;
    while (slots < (size_t)o->n_places * 4)
        slots *= 2;
    uint8_t *table = la_pool_get(slots * 4);
    if (!table)
        return -1;
    memset(table, 0, slots * 4);
    la_pool_put((uint8_t *)o->table, o->table ? ((size_t)o->mask + 1) * 4 : 0);
    o->table = (uint32_t *)(void *)table;
    o->mask = (uint32_t)slots - 1;
    for (uint32_t parent = 0; parent < o->n_places; parent++)
        for (int32_t place = o->places[parent].first; place >= 0; place = o->places[place].next)
            la_place_index(r, (int32_t)parent, place);
    return 0;
}

/* The place of a key below `parent`, made if it is new; `expected`: where it probably is. -1: no memory. */
static int32_t la_place_of(la_run *r, int32_t parent, int32_t expected, const uint8_t *key, size_t n)
{
    la_observed *o = &r->observed;
    const la_observation *there = expected < 0 ? NULL : &o->places[expected];
    if (LA_LIKELY(there && there->key_length == n && !memcmp(o->text + there->key, key, n)))
        return expected;
    if (la_places_grow(r))
        return -1;
    for (uint64_t h = la_place_hash(r, parent, key, n); o->table[h & o->mask]; h++) {
        int32_t place = (int32_t)o->table[h & o->mask] - 1;
        there = &o->places[place];
        if (there->parent == parent && there->key_length == n && !memcmp(o->text + there->key, key, n))
            return place;
    }
    int32_t made = la_place_new(o);
    uint32_t at = o->text_used;
    if (made < 0 || la_text_add(&o->text, &o->text_used, key, n))
        return -1;
    o->places[made].parent = parent;
    o->places[made].key = at;
    o->places[made].key_length = (uint32_t)n;
    if (o->places[parent].last >= 0)
        o->places[o->places[parent].last].next = made;
    else
        o->places[parent].first = made;
    o->places[parent].last = made;
    la_place_index(r, parent, made);
    return made;
}

/* A listener at one item: which places are open, innermost last. */
typedef struct {
    la_listener listener;
    uint32_t depth;
    struct {
        int32_t place;      /* of the list, set or map */
        int32_t expected;   /* which key of the map comes next, probably; in a list the place of its items */
        bool map;
    } open[LA_ATTRIBUTE_DEPTH + 2];
    int32_t value;          /* the place of the value that comes next */
} la_observer;

static void la_observe_number(la_observation *at, const la_number *read)
{
    la_number number = *read;
    int64_t value, more = 0, exponent = number.exponent;
    int32_t digits = number.mantissa ? la_digit_count(number.mantissa) : 0;
    bool fits = la_number_whole(&number) && la_int64(&number, INT64_MIN, INT64_MAX, &value) == LA_OK;
    at->not_int64 += !fits;
    if (!read->mantissa)
        exponent = 0;
    if (read->truncated) {
        la_number_rest(read, &more);
        exponent -= more;
    } else {
        for (uint64_t m = read->mantissa; m && exponent < 0 && m % 10 == 0; m /= 10, digits--)
            exponent++; /* zeros at the end need no place */
    }
    int64_t scale = exponent < 0 ? -exponent : 0, whole = digits + more + exponent;
    if (whole > at->whole)
        at->whole = (int32_t)whole;
    if (scale > at->scale)
        at->scale = (int32_t)scale;
}

static int la_observer_met(la_listener *listener, la_run *r, enum la_met what, const uint8_t *p, const uint8_t *end)
{
    la_observer *to = (la_observer *)listener;
    la_observed *o = &r->observed;
    if (what == LA_MET_END) {
        to->depth--;
    } else if (what == LA_MET_KEY) {
        size_t n;
        const uint8_t *key = la_text_of_string(r, p, end, &n);
        if (!key)
            return -1;
        int32_t *expected = &to->open[to->depth - 1].expected;
        to->value = la_place_of(r, to->open[to->depth - 1].place, *expected, key, n);
        if (to->value < 0) {
            la_fail(r, LA_E_NO_MEMORY, p);
            return -1;
        }
        *expected = o->places[to->value].next;
        return 0;
    } else {
        o->places[to->value].met |= 1u << what;
        if (what == LA_MET_NUMBER)
            la_observe_number(&o->places[to->value], &to->listener.number);
        if (what >= LA_MET_SET) {
            int32_t place = to->value;
            bool map = what == LA_MET_MAP;
            if (!map && o->places[place].item < 0) {
                int32_t item = la_place_new(o);
                if (item < 0) {
                    la_fail(r, LA_E_NO_MEMORY, p);
                    return -1;
                }
                o->places[place].item = item;
            }
            to->open[to->depth].place = place;
            to->open[to->depth].map = map;
            to->open[to->depth++].expected = map ? o->places[place].first : o->places[place].item;
        }
    }
    /* Behind a value in a list the next one has the same place; in a map a key will tell. */
    if (to->depth && !to->open[to->depth - 1].map)
        to->value = to->open[to->depth - 1].expected;
    return 0;
}

/* a: which tree. */
static const uint8_t *la_op_observe(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    while (r->observed.n_places < LA_OBSERVED)
        if (la_place_new(&r->observed) < 0)
            return la_fail(r, LA_E_NO_MEMORY, p);
    if (*p != '{')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    la_observer to = { .listener.met = la_observer_met, .value = n->a };
    return la_tell_map(r, &to.listener, p, end, LA_ATTRIBUTE_DEPTH);
}

#endif
