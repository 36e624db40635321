/* Which attributes of an item differ between its two images. Values are compared as what they mean: numbers by
 * their value, sets without order, maps by their keys.
 *
 * Most attributes did not change and have the same bytes; where the bytes differ, each value is reduced to a
 * fingerprint of 128 bits with the run's secret seed, in which the members of a set and the entries of a map
 * are added up. Two values that differ have the same one by a chance of 2^-128. */
#ifndef LA_OPS_CHANGED_H
#define LA_OPS_CHANGED_H

#include "attribute.h"

/* Notes where the value stands, and goes past it. a: as which span. */
static const uint8_t *la_op_span(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    (void)i;
    const uint8_t *next = la_skip(r, p, end);
    r->spans[n->a] = (la_place){ next && *p == '{' ? p : NULL, next };
    return next;
}

typedef unsigned __int128 la_print;

static la_print la_print_of(la_run *r, int kind, const uint8_t *p, size_t n)
{
    uint64_t seed = r->hash_seed + (uint64_t)kind * 0xD6E8FEB86659FD93u;
    return (la_print)la_hash(p, n, seed) << 64 | la_hash(p, n, ~seed * 0x9E3779B97F4A7C15u);
}

/* Two fingerprints as one that depends on their order. */
static la_print la_print_join(la_run *r, int kind, la_print first, la_print second)
{
    la_print both[2] = { first, second };
    return la_print_of(r, kind, (const uint8_t *)both, sizeof both);
}

/* What is in a set or a map, until it is closed. */
typedef struct {
    la_print key, value;        /* in a set only the value */
    size_t order;
} la_print_entry;

/* A listener that reduces a value to its fingerprint. */
typedef struct {
    la_listener listener;
    uint32_t depth;
    struct {
        int what;
        la_print list, key;     /* of a list, so far; of the key whose value comes next */
        size_t first;           /* of a set or a map: its first entry */
    } open[LA_ATTRIBUTE_DEPTH + 2];
    la_print_entry *entries;    /* of all that are open; a pool block */
    size_t n_entries;
    la_print result;
    bool repeats;               /* the last set that was closed has a member twice, or none */
} la_printer;

/* 0, or -1 with a failure noted. */
static int la_printer_put(la_printer *to, la_run *r, la_print value, const uint8_t *p)
{
    if (!to->depth) {
        to->result = value;
        return 0;
    }
    if (to->open[to->depth - 1].what == LA_MET_LIST) {
        to->open[to->depth - 1].list = la_print_join(r, LA_MET_LIST, to->open[to->depth - 1].list, value);
        return 0;
    }
    uint8_t *bytes = (uint8_t *)to->entries;
    size_t used = to->n_entries * sizeof *to->entries, need = used + sizeof *to->entries;
    if ((!bytes || la_block_of(bytes)->capacity < need) && la_pool_grow(&bytes, used, need * 2)) {
        la_fail(r, LA_E_NO_MEMORY, p);
        return -1;
    }
    bool map = to->open[to->depth - 1].what == LA_MET_MAP;
    to->entries = (la_print_entry *)(void *)bytes;
    to->entries[to->n_entries] = (la_print_entry){ map ? to->open[to->depth - 1].key : value, value, to->n_entries };
    to->n_entries++;
    return 0;
}

static int la_print_order(const void *one, const void *other)
{
    const la_print_entry *a = one, *b = other;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The fingerprint of the set or map that is closed: neither has an order, a set has each member once, and of equal
 * keys the last counts. */
static la_print la_printer_close(la_printer *to, la_run *r)
{
    int what = to->open[to->depth].what;
    if (what == LA_MET_LIST)
        return la_print_join(r, what, to->open[to->depth].list, 0);
    la_print_entry *first = to->entries + to->open[to->depth].first;
    size_t n = to->n_entries - to->open[to->depth].first;
    la_print sum = 0;
    if (n > 1)
        qsort(first, n, sizeof *first, la_print_order);
    to->repeats = !n;
    for (size_t k = 0; k < n; k++) {
        if (k + 1 < n && first[k].key == first[k + 1].key)
            to->repeats = true;
        else
            sum = la_print_join(r, what, sum, what == LA_MET_MAP ? la_print_join(r, what, first[k].key, first[k].value)
                                                                 : first[k].value);
    }
    to->n_entries -= n;
    return la_print_join(r, what, sum, 1);
}

/* A number's digits without zeros at either end, its exponent and its sign. */
static la_print la_print_number(la_run *r, const la_number *number)
{
    uint8_t text[LA_ATTRIBUTE_DIGITS + 16] = { 0 };
    size_t n = 0;
    int64_t exponent = number->exponent;
    uint64_t mantissa = number->mantissa;
    if (!mantissa)
        return la_print_of(r, LA_MET_NUMBER, text, 1);
    if (number->truncated) {
        int64_t more;
        const uint8_t *rest = la_number_rest(number, &more);
        exponent -= more;
        for (; more > 0 && rest < number->end && n < LA_ATTRIBUTE_DIGITS; rest++) {
            if (*rest == '.')
                continue;
            text[16 + n++] = *rest;
            more--;
        }
    }
    if (!n)
        for (; mantissa % 10 == 0; mantissa /= 10)
            exponent++;
    memcpy(text, &mantissa, 8);
    memcpy(text + 8, &exponent, 4);
    text[12] = number->negative;
    text[13] = 1;
    return la_print_of(r, LA_MET_NUMBER, text, 16 + n);
}

static int la_printer_met(la_listener *listener, la_run *r, enum la_met what, const uint8_t *p, const uint8_t *end)
{
    la_printer *to = (la_printer *)listener;
    if (what == LA_MET_END) {
        to->depth--;
        return la_printer_put(to, r, la_printer_close(to, r), p);
    }
    if (what >= LA_MET_SET && what <= LA_MET_MAP) {
        to->open[to->depth].what = (int)what;
        to->open[to->depth].list = to->open[to->depth].key = 0;
        to->open[to->depth++].first = to->n_entries;
        return 0;
    }
    if (what == LA_MET_NUMBER)
        return la_printer_put(to, r, la_print_number(r, &to->listener.number), p);
    const uint8_t *text = p, *text_end = p;
    if (what >= LA_MET_STRING) {
        text = p + 1;
        text_end = end - 1;
        if (memchr(text, '\\', (size_t)(text_end - text))) {
            uint8_t *space = la_scratch(r, (size_t)(end - p), p), *out = space;
            uint32_t high = 0;
            if (!space || !la_string_into(r, p, end, &out, &high))
                return -1;
            text = space;
            text_end = out;
        }
    }
    la_print made = la_print_of(r, (int)what, text, (size_t)(text_end - text));
    if (what != LA_MET_KEY)
        return la_printer_put(to, r, made, p);
    to->open[to->depth - 1].key = made;
    return 0;
}

static int la_set_repeats(la_run *r, int member, const uint8_t *p, const uint8_t *end)
{
    la_failure_state noted = r->failure;
    la_printer print = { .listener.met = la_printer_met };
    const uint8_t *read = la_tell_items(r, &print.listener, member, p, end, 0);
    bool no_memory = !read && r->failure.code == LA_E_NO_MEMORY;
    if (print.entries)
        la_pool_put((uint8_t *)print.entries, 0);
    r->failure = noted;
    return no_memory ? -1 : read && print.repeats; /* a member that did not fit is another matter */
}

/* Whether two AttributeValues mean the same; one that is none is like no other whose bytes are not its own. 1, 0, or
 * -1 (no memory). */
static int la_attribute_same(la_run *r, la_place one, la_place other)
{
    size_t n = (size_t)(one.end - one.start);
    if (n == (size_t)(other.end - other.start) && !memcmp(one.start, other.start, n))
        return 1;
    la_printer prints[2] = { { .listener.met = la_printer_met }, { .listener.met = la_printer_met } };
    const la_place *places[2] = { &one, &other };
    int same = 1;
    for (int k = 0; k < 2 && same > 0; k++)
        if (!la_tell_attribute(r, &prints[k].listener, places[k]->start, places[k]->end, LA_ATTRIBUTE_DEPTH))
            same = r->failure.code == LA_E_NO_MEMORY ? -1 : 0;
    for (int k = 0; k < 2; k++)
        if (prints[k].entries)
            la_pool_put((uint8_t *)prints[k].entries, 0);
    return same > 0 ? prints[0].result == prints[1].result : same;
}

/* The members of an image: of each its key, from quote to quote, and its value. */
typedef struct {
    la_place key, value;
    uint32_t gone;      /* a later one has the same key, or the other image has it too */
} la_member_place;

typedef struct {
    la_member_place *all; /* a pool block */
    size_t n;
    uint32_t *table;    /* key → place + 1; a pool block, made when first needed */
    size_t mask;
} la_image;

static void la_image_free(la_image *image)
{
    if (image->all)
        la_pool_put((uint8_t *)image->all, image->n * sizeof *image->all);
    if (image->table)
        la_pool_put((uint8_t *)image->table, (image->mask + 1) * 4);
}

/* 0 or -1 with a failure noted. */
static int la_image_read(la_run *r, la_place image, la_image *out)
{
    bool closed = false;
    const uint8_t *p = la_space_skip(image.start + 1, image.end), *end = image.end;
    for (closed = p < end && *p == '}'; !closed; out->n++) {
        uint8_t *bytes = (uint8_t *)out->all;
        size_t need = (out->n + 1) * sizeof *out->all;
        if ((!bytes || la_block_of(bytes)->capacity < need) && la_pool_grow(&bytes, out->n * sizeof *out->all, need * 2)) {
            la_fail(r, LA_E_NO_MEMORY, p);
            return -1;
        }
        out->all = (la_member_place *)(void *)bytes;
        la_member_place *at = &out->all[out->n];
        at->gone = 0;
        at->key.start = p;
        const uint8_t *value = NULL;
        if (p >= end || *p != '"' || !(at->key.end = la_skip_string(r, p + 1, end)) || !(value = la_skip_key(r, p, end)) ||
            value >= end || !(at->value.end = la_skip(r, value, end))) {
            la_fail(r, LA_E_INVALID_JSON, image.start); /* it was JSON a moment ago */
            return -1;
        }
        at->value.start = value;
        if (!(p = la_next_item(r, at->value.end, end, '}', &closed)))
            return -1;
    }
    return 0;
}

/* The text of a key, unescaped where it must be, into `space` of the key's length. The length of it. */
static size_t la_key_text(la_run *r, la_place key, uint8_t *space)
{
    uint8_t *out = space;
    uint32_t high = 0;
    if (!la_string_into(r, key.start, key.end, &out, &high)) { /* half a surrogate pair: its own bytes name it */
        memcpy(space, key.start, (size_t)(key.end - key.start));
        return (size_t)(key.end - key.start);
    }
    return (size_t)(out - space);
}

static bool la_key_same(la_place one, la_place other)
{
    size_t n = (size_t)(one.end - one.start);
    return n == (size_t)(other.end - other.start) && !memcmp(one.start, other.start, n);
}

/* Indexes an image's members by the text of their keys, the last of equal keys only. 0 or -1. */
static int la_image_index(la_run *r, la_image *image, uint8_t *space)
{
    size_t slots = 16;
    while (slots < image->n * 2)
        slots *= 2;
    image->table = (uint32_t *)(void *)la_pool_get(slots * 4);
    if (!image->table)
        return -1;
    image->mask = slots - 1;
    memset(image->table, 0, slots * 4);
    for (size_t k = 0; k < image->n; k++) {
        size_t n = la_key_text(r, image->all[k].key, space);
        uint64_t h = la_hash(space, n, r->hash_seed);
        for (; image->table[h & image->mask]; h++) {
            la_member_place *before = &image->all[image->table[h & image->mask] - 1];
            uint8_t *other = space + n + LA_SLACK;
            if (la_key_text(r, before->key, other) == n && !memcmp(other, space, n)) {
                before->gone = 1;
                break;
            }
        }
        image->table[h & image->mask] = (uint32_t)k + 1;
    }
    return 0;
}

/* The member of an image with this key, or NULL. */
static la_member_place *la_image_find(la_run *r, la_image *image, la_place key, uint8_t *space)
{
    size_t n = la_key_text(r, key, space);
    for (uint64_t h = la_hash(space, n, r->hash_seed); image->table[h & image->mask]; h++) {
        la_member_place *at = &image->all[image->table[h & image->mask] - 1];
        uint8_t *other = space + n + LA_SLACK;
        if (la_key_text(r, at->key, other) == n && !memcmp(other, space, n))
            return at;
    }
    return NULL;
}

/* The longest key of both images, for the room that two of them need. */
static size_t la_longest_key(const la_image *image, size_t longest)
{
    for (size_t k = 0; k < image->n; k++)
        if ((size_t)(image->all[k].key.end - image->all[k].key.start) > longest)
            longest = (size_t)(image->all[k].key.end - image->all[k].key.start);
    return longest;
}

/* Appends a name to the list in slot i, as its item k. 0 or -1. */
static int la_changed_name(la_run *r, const la_node *n, la_place key, size_t k)
{
    const la_node *item = &r->plan->nodes[n->child];
    if (la_domain_at(r, r->plan->columns[n->column].child_domain, k, key.start) ||
        la_reserve_column(r, item->column, r->text_bound + (size_t)(key.end - key.start), key.start))
        return -1;
    return la_value(r, item, key.start, key.end, k) ? 0 : -1;
}

static int la_changed_images(la_run *r, const la_node *n, la_image *old, la_image *new, uint8_t *space, size_t i)
{
    size_t first = (size_t)((int32_t *)r->columns[n->column].values)[i], k = first;
    if (la_image_index(r, old, space) || la_image_index(r, new, space)) {
        la_fail(r, LA_E_NO_MEMORY, NULL);
        return -1;
    }
    for (size_t j = 0; j < new->n; j++) {
        la_member_place *there, *at = &new->all[j];
        if (at->gone)
            continue;
        /* Both images have their attributes in one order, as a rule. */
        there = j < old->n && !old->all[j].gone && la_key_same(old->all[j].key, at->key) ? &old->all[j]
                                                                                        : la_image_find(r, old, at->key, space);
        int same = there ? la_attribute_same(r, at->value, there->value) : 0;
        if (same < 0)
            return -1;
        if (there)
            there->gone = 1;
        if (!same && la_changed_name(r, n, at->key, k++))
            return -1;
    }
    for (size_t j = 0; j < old->n; j++)
        if (!old->all[j].gone && la_changed_name(r, n, old->all[j].key, k++))
            return -1;
    r->domains[r->plan->columns[n->column].child_domain].length = k;
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)k;
    la_mark_valid(&r->columns[n->column], i);
    return 0;
}

/* The names of the attributes that differ between spans a (the old image) and b (the new one), as a list; null where
 * one of them is not there. child: the names' column. */
static int la_changed(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    la_place old_place = r->spans[n->a], new_place = r->spans[n->b];
    la_image old = { 0 }, new = { 0 };
    if (!old_place.start || !new_place.start)
        return la_null(r, n, i);
    int failed = la_image_read(r, old_place, &old) || la_image_read(r, new_place, &new);
    size_t room = 2 * (la_longest_key(&new, la_longest_key(&old, 0)) + LA_SLACK);
    uint8_t *space = failed ? NULL : la_pool_get(room);
    if (!failed && !space) {
        la_fail(r, LA_E_NO_MEMORY, at);
        failed = 1;
    }
    failed = failed || la_changed_images(r, n, &old, &new, space, i);
    la_pool_put(space, 0);
    la_image_free(&old);
    la_image_free(&new);
    return failed ? -1 : 0;
}

#endif
