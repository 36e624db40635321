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

/* Writes the step of the k-th list or map that is open. A key that is cut off names its place as well, so
 * that two of them differ. 0 or -1. */
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
    return la_path_key(text, used, key, n) || la_path_index(text, used, index);
}

/* Notes the value at [p, next) of an `or_else` whose path is text n->b. 0, or -1 with a failure noted. */
static LA_COLD int la_rescue_note(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *next)
{
    la_text path = r->plan->texts[n->b];
    uint8_t *bytes = (uint8_t *)r->rescued;
    size_t need = ((size_t)r->n_rescued + 1) * sizeof *r->rescued;
    uint32_t step = 0;
    if (r->n_rescued == r->plan->limits.map_keys) {
        la_fail(r, LA_E_TOO_MANY_KEYS, p);
        return -1;
    }
    if ((!bytes || la_block_of(bytes)->capacity < need) &&
        la_pool_grow(&bytes, r->n_rescued * sizeof *r->rescued, need * 2))
        goto no_memory;
    r->rescued = (la_rescued *)(void *)bytes;
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

/* Forgets what was noted from `first` on below node n: its value is void, since its key came again. */
static LA_COLD void la_rescue_drop(la_run *r, uint32_t first, const la_node *n)
{
    int32_t from = (int32_t)(n - r->plan->nodes), to = r->plan->node_ends[from];
    uint32_t kept = first;
    for (uint32_t k = first; k < r->n_rescued; k++)
        if (r->rescued[k].node < from || r->rescued[k].node >= to)
            r->rescued[kept++] = r->rescued[k];
    r->n_rescued = kept;
}

#endif
