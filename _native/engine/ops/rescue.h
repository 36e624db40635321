/* Values that do not fit their column, kept as their own text until the row they stand in is done. */
#ifndef LA_OPS_RESCUE_H
#define LA_OPS_RESCUE_H

#include "../path.h"
#include "text.h"

/* Stands in the text of a path where the step of a list or a map belongs: no UTF-8 has it. */
enum { LA_STEP_MARK = 0xff };

/* A list or a map says where it stands. Lists: `keys` is -1. The plan's check bounds how many are open. */
static inline void la_step_open(la_run *r, int32_t keys)
{
    r->steps[r->n_steps].keys = keys;
    r->steps[r->n_steps++].index = 0;
}

/* Writes the step of the k-th list or map that is open. A key that is cut off is written as no other is, with
 * its place behind it, so that any two differ. 0 or -1. */
static int la_step_write(la_run *r, uint32_t k)
{
    uint8_t **text = &r->rescue_text;
    uint32_t *used = &r->rescue_used;
    size_t index = r->steps[k].index;
    if (r->steps[k].keys < 0)
        return la_path_index(text, used, index);
    const la_column *keys = &r->columns[r->steps[k].keys];
    const int32_t *offsets = (const int32_t *)keys->values;
    const uint8_t *key = keys->data + offsets[index];
    size_t n = (size_t)(offsets[index + 1] - offsets[index]);
    if (n <= LA_PATH_KEY)
        return la_path_key(text, used, key, n);
    n = LA_PATH_KEY;
    while (n && (key[n] & 0xC0) == 0x80) /* whole characters only: the path becomes a text column */
        n--;
    return la_text_add(text, used, "[", 1) || la_path_quoted(text, used, key, n) ||
           la_text_add(text, used, "\xe2\x80\xa6]", 4) || la_path_index(text, used, index);
}

#define LA_VOID UINT32_MAX /* as the length of a path: no value, see la_rescue_void */

/* Room for one more. 0, or -1 with a failure noted. */
static int la_rescue_room(la_run *r, const uint8_t *at)
{
    uint8_t *bytes = (uint8_t *)r->rescued;
    size_t need = ((size_t)r->n_rescued + 1) * sizeof *r->rescued;
    if (r->n_rescued == r->plan->limits.map_keys) {
        la_fail(r, LA_E_TOO_MANY_KEYS, at);
        return -1;
    }
    if ((!bytes || la_block_of(bytes)->capacity < need) &&
        la_pool_grow(&bytes, r->n_rescued * sizeof *r->rescued, need * 2)) {
        la_fail(r, LA_E_NO_MEMORY, at);
        return -1;
    }
    r->rescued = (la_rescued *)(void *)bytes;
    return 0;
}

/* Notes the value at [p, next) of an `or_else` whose path is text n->b. 0, or -1 with a failure noted. */
static LA_COLD int la_rescue_note(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *next)
{
    la_text path = r->plan->texts[n->b];
    uint32_t step = 0;
    if (la_rescue_room(r, p))
        return -1;
    la_rescued *one = &r->rescued[r->n_rescued];
    one->node = (int32_t)(n - r->plan->nodes);
    one->path = r->rescue_used;
    for (uint32_t from = 0, at = 0; at <= path.length; at++) {
        if (at < path.length && path.text[at] != LA_STEP_MARK)
            continue;
        if (la_text_add(&r->rescue_text, &r->rescue_used, path.text + from, at - from))
            goto no_memory;
        if (at < path.length && step < r->n_steps && la_step_write(r, step++))
            goto no_memory;
        from = at + 1;
    }
    one->path_length = r->rescue_used - one->path;
    one->text = r->rescue_used;
    one->text_length = (uint32_t)(next - p);
    if (la_text_add(&r->rescue_text, &r->rescue_used, p, (size_t)(next - p)))
        goto no_memory;
    /* The copy is what becomes a text column. */
    size_t valid = la_utf8_valid(r->rescue_text + one->text, one->text_length);
    if (valid != one->text_length) {
        la_fail(r, LA_E_INVALID_UTF8, p + valid);
        return -1;
    }
    r->n_rescued++;
    return 0;
no_memory:
    la_fail(r, LA_E_NO_MEMORY, p);
    return -1;
}

/* Notes that what was noted below node n is void, since its key came again: la_rescue_settle drops it. 0, or -1
 * with a failure noted. */
static LA_COLD int la_rescue_void(la_run *r, const la_node *n, const uint8_t *at)
{
    if (la_rescue_room(r, at))
        return -1;
    r->rescued[r->n_rescued++] = (la_rescued){ .node = (int32_t)(n - r->plan->nodes), .path_length = LA_VOID };
    return 0;
}

/* Drops what was noted from `first` on and is void, once for a whole object: many repeats of a key beside many
 * values that do not fit must not cost their product. 0, or -1 with a failure noted. */
static LA_COLD int la_rescue_settle(la_run *r, uint32_t first, const la_object_spec *o, const uint8_t *at)
{
    const la_field *fields = r->plan->fields + o->first;
    uint8_t *again = la_pool_get((size_t)o->keyed);
    uint32_t kept = r->n_rescued;
    if (!again) {
        la_fail(r, LA_E_NO_MEMORY, at);
        return -1;
    }
    memset(again, 0, (size_t)o->keyed);
    for (uint32_t k = r->n_rescued; k-- > first;) {
        int32_t low = 0, high = o->keyed;   /* the field that the node stands below: the last that begins before it */
        while (high - low > 1) {
            int32_t middle = low + (high - low) / 2;
            if (fields[middle].node <= r->rescued[k].node)
                low = middle;
            else
                high = middle;
        }
        if (r->rescued[k].path_length == LA_VOID)
            again[low] = 1;
        else if (!again[low])
            r->rescued[--kept] = r->rescued[k];
    }
    memmove(r->rescued + first, r->rescued + kept, (size_t)(r->n_rescued - kept) * sizeof *r->rescued);
    r->n_rescued = first + (r->n_rescued - kept);
    la_pool_put(again, (size_t)o->keyed);
    return 0;
}

#endif
