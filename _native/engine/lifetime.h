/* A run from its making to its end, and the place where an idle one waits. */
#ifndef LA_ENGINE_LIFETIME_H
#define LA_ENGINE_LIFETIME_H

#include "finish.h"

/* Drops what the run has gathered since it began. */
static void la_run_drop(la_run *r)
{
    if (!r->all)
        return;
    for (int32_t k = 0; k < r->plan->n_columns; k++) {
        la_column_touch(&r->plan->columns[k], &r->columns[k], r->domains[r->plan->columns[k].domain].length);
        la_column_free(&r->columns[k]);
    }
    la_pool_put((uint8_t *)r->all, 0);
    r->all = NULL;
    r->columns = NULL;
}

/* Begins a batch whose first event has `length` bytes. 0, or -1 (no memory, nothing held). */
static int la_run_begin(la_run *r, size_t length)
{
    const la_plan *plan = r->plan;
    size_t size = sizeof(la_columns) + (size_t)plan->n_columns * sizeof(la_column);
    r->all = (la_columns *)(void *)la_pool_get(size);
    if (!r->all)
        return -1;
    memset(r->all, 0, size);
    r->all->count = (uint32_t)plan->n_columns;
    r->columns = r->all->columns;
    for (int32_t k = 0; k < plan->n_slots; k++)
        r->slots[k].length = 0; /* their indices are those of the last batch's dictionaries */
    r->n_events = r->n_records = r->n_failures = r->n_notes = 0;
    r->observed.n_places = r->observed.text_used = 0;
    if (r->observed.table)
        memset(r->observed.table, 0, ((size_t)r->observed.mask + 1) * 4);
    for (int32_t k = 0; k < plan->n_domains; k++) {
        /* As many slots as last time, but never more than this event could fill. */
        size_t expected = r->expected[k] + r->expected[k] / 8 + 1;
        if (expected > length / 2 + 1)
            expected = length / 2 + 1;
        r->domains[k] = (la_domain){ 0, 0 };
        if (la_domain_grow(r, k, expected, NULL)) {
            la_run_drop(r);
            return -1;
        }
    }
    return 0;
}

/* Frees a run and everything it holds. */
static void la_run_free(la_run *r)
{
    if (!r)
        return;
    la_run_drop(r);
    for (int k = 0; k < LA_LAYERS; k++)
        if (r->scratch[k])
            la_pool_put(r->scratch[k], r->scratch_used[k]);
    la_block_return((uint8_t *)r->records);
    la_block_return((uint8_t *)r->event_starts);
    la_block_return((uint8_t *)r->failures);
    la_block_return(r->notes);
    la_block_return((uint8_t *)r->rescued);
    la_block_return(r->rescue_text);
    la_block_return((uint8_t *)r->observed.places);
    la_block_return((uint8_t *)r->observed.table);
    la_block_return(r->observed.text);
    la_block_return((uint8_t *)(uintptr_t)r->values);
    for (int32_t k = 0; r->slots && k < r->plan->n_slots; k++)
        la_block_return(r->slots[k].text);
    free(r->slots);
    free(r->domains);
    free(r->expected);
    free(r->brackets);
    free(r->seen);
    free(r);
}

/* A run of a plan, which must outlive it. NULL: no memory. */
static la_run *la_run_new(const la_plan *plan, uint64_t seed)
{
    la_run *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->plan = plan;
    r->hash_seed = seed;
    r->domains = calloc((size_t)plan->n_domains, sizeof *r->domains);
    r->expected = calloc((size_t)plan->n_domains, sizeof *r->expected);
    r->slots = calloc((size_t)plan->n_slots + 1, sizeof *r->slots);
    r->brackets = calloc(plan->limits.depth / 64 + 1, 8);
    r->seen = calloc((size_t)plan->n_seen + 1, 8);
    if (!r->domains || !r->expected || !r->slots || !r->brackets || !r->seen) {
        la_run_free(r);
        return NULL;
    }
    /* Before anything was seen, keys are expected in the plan's order, which is AWS's. */
    for (int32_t o = 0; o < plan->n_objects; o++)
        for (int32_t k = 0; k <= plan->objects[o].keyed; k++)
            r->slots[plan->objects[o].slots + k].key = (uint16_t)k;
    return r;
}

/* One idle run waits here, so that a call finds warm buffers; threads that come at the same time
 * make runs of their own. */
typedef struct {
    _Atomic(la_run *) idle;
} la_run_cell;

static la_run *la_run_take(la_run_cell *cell, const la_plan *plan, uint64_t seed)
{
    la_run *r = atomic_exchange_explicit(&cell->idle, NULL, memory_order_acquire);
    return r ? r : la_run_new(plan, seed);
}

static void la_run_return(la_run_cell *cell, la_run *r)
{
    la_run *none = NULL;
    if (!atomic_compare_exchange_strong_explicit(&cell->idle, &none, r, memory_order_release, memory_order_relaxed))
        la_run_free(r);
}

#endif
