/* From columns that grow to columns that are handed out: parents repeated for their rows, null
 * counts, views, zeroed padding. */
#ifndef LA_ENGINE_FINISH_H
#define LA_ENGINE_FINISH_H

#include "run.h"

static size_t la_padded(size_t n) { return (n + LA_ALIGNMENT - 1) & ~(size_t)(LA_ALIGNMENT - 1); }

/* Zeroes a block behind its first `used` bytes, up to the alignment: what a consumer may read of
 * a buffer must not be an earlier batch. */
static void la_pad(uint8_t *bytes, size_t used)
{
    size_t end = la_padded(used), capacity = la_block_of(bytes)->capacity;
    if (end > capacity)
        end = capacity;
    memset(bytes + used, 0, end - used);
    if (la_block_of(bytes)->touched < end)
        la_block_of(bytes)->touched = end;
}

/* Fills a fresh column with the slots of another at rows[0..n), in that order; its dictionary and its children
 * are left to the caller. For lists *items becomes a pool block with the places of their items, *n_items of
 * them. LA_E_NONE, or why not; the fresh column is then fit only to be freed. */
static enum la_error la_gather(const la_column_spec *spec, const la_column *c, la_column *fresh, const int32_t *rows,
                               size_t n, int32_t **items, size_t *n_items)
{
    if (la_column_grow(spec, fresh, 0, n))
        return LA_E_NO_MEMORY;
    if (c->validity) {
        if (la_pool_grow(&fresh->validity, 0, n / 8 + 1))
            return LA_E_NO_MEMORY;
        memset(fresh->validity, 0, n / 8 + 1);
        for (size_t k = 0; k < n; k++)
            if (la_get_bit(c->validity, (size_t)rows[k]))
                la_set_bit(fresh->validity, k);
    }
    switch (spec->kind) {
    case LA_C_BITS:
        if (n) /* no rows, no buffer yet */
            memset(fresh->values, 0, (n + 7) / 8);
        for (size_t k = 0; k < n; k++)
            if (la_get_bit(c->values, (size_t)rows[k]))
                la_set_bit(fresh->values, k);
        break;
    case LA_C_FIXED:
    case LA_C_DICT: {
        size_t width = spec->kind == LA_C_DICT ? 4 : spec->width;
        for (size_t k = 0; k < n; k++)
            memcpy(fresh->values + k * width, c->values + (size_t)rows[k] * width, width);
        break;
    }
    case LA_C_TEXT32:
    case LA_C_TEXT64:
    case LA_C_VIEW: {
        size_t bytes = 0;
        for (size_t k = 0; k < n; k++)
            bytes += la_offset_at(spec, c, (size_t)rows[k] + 1) - la_offset_at(spec, c, (size_t)rows[k]);
        if (spec->kind != LA_C_TEXT64 && bytes > LA_OFFSET_MAX)
            return LA_E_TOO_LARGE;
        if (la_pool_grow(&fresh->data, 0, bytes + LA_SLACK))
            return LA_E_NO_MEMORY;
        bytes = 0;
        for (size_t k = 0; k < n; k++) {
            size_t from = la_offset_at(spec, c, (size_t)rows[k]), to = la_offset_at(spec, c, (size_t)rows[k] + 1);
            memcpy(fresh->data + bytes, c->data + from, to - from);
            bytes += to - from;
            if (spec->kind == LA_C_TEXT64)
                ((int64_t *)fresh->values)[k + 1] = (int64_t)bytes;
            else
                ((int32_t *)fresh->values)[k + 1] = (int32_t)bytes;
        }
        break;
    }
    case LA_C_LIST:
    case LA_C_MAP: {
        const int32_t *offsets = (const int32_t *)c->values;
        size_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += (size_t)(offsets[rows[k] + 1] - offsets[rows[k]]);
        if (count > LA_OFFSET_MAX)
            return LA_E_TOO_LARGE;
        int32_t *item = (int32_t *)(void *)la_pool_get(count * 4 + 4);
        if (!item)
            return LA_E_NO_MEMORY;
        *items = item;
        *n_items = count;
        for (size_t k = 0; k < n; k++) {
            for (int32_t j = offsets[rows[k]]; j < offsets[rows[k] + 1]; j++)
                *item++ = j;
            ((int32_t *)fresh->values)[k + 1] = (int32_t)(item - *items);
        }
        break;
    }
    default: break;
    }
    return LA_E_NONE;
}

/* Fills columns[column], which is empty, and its children with the slots of `from` at rows[0..n). `from` may be
 * another batch's columns or these ones before; with `moves` it gives its dictionaries away and is freed. */
static enum la_error la_take(const la_plan *plan, la_column *from, la_column *columns, int32_t column, const int32_t *rows,
                             size_t n, bool moves)
{
    const la_column_spec *spec = &plan->columns[column];
    la_column *c = &from[column], fresh = { .data = NULL };
    int32_t *items = NULL;
    size_t n_items = n;
    enum la_error code = la_gather(spec, c, &fresh, rows, n, &items, &n_items);
    for (int32_t k = 0; k < spec->n_children && !code; k++)
        code = la_take(plan, from, columns, plan->column_children[spec->first_child + k], items ? items : rows, n_items, moves);
    if (items)
        la_pool_put((uint8_t *)items, n_items * 4);
    if (!code && c->dictionary && !moves && !(fresh.dictionary = la_dictionary_copy(c->dictionary)))
        code = LA_E_NO_MEMORY;
    if (code) {
        la_column_free(&fresh);
        return code;
    }
    la_column_touch(spec, &fresh, n);
    if (moves) {
        fresh.dictionary = c->dictionary;
        c->dictionary = NULL;
        la_column_free(c);
    }
    la_column *to = &columns[column];
    to->validity = fresh.validity;
    to->values = fresh.values;
    to->data = fresh.data;
    to->text_end = 0;
    to->dictionary = fresh.dictionary;
    return LA_E_NONE;
}

/* Arrow's string views over a column's text: 12 bytes inline, or a prefix and a place. 0 or -1. */
static int la_make_views(la_column *c, size_t length)
{
    const int32_t *offsets = (const int32_t *)c->values;
    if (la_pool_grow(&c->views, 0, length * 16 + 16))
        return -1;
    for (size_t k = 0; k < length; k++) {
        uint8_t *view = c->views + k * 16;
        int32_t n = offsets[k + 1] - offsets[k], buffer = 0;
        memset(view, 0, 16);
        memcpy(view, &n, 4);
        if (n <= 12) {
            memcpy(view + 4, c->data + offsets[k], (size_t)n);
        } else {
            memcpy(view + 4, c->data + offsets[k], 4);
            memcpy(view + 8, &buffer, 4);
            memcpy(view + 12, &offsets[k], 4);
        }
    }
    la_pad(c->views, length * 16);
    return 0;
}

static int64_t la_count_nulls(const uint8_t *validity, size_t length)
{
    int64_t valid = 0;
    size_t k = 0;
    for (; k + 64 <= length; k += 64) {
        uint64_t word;
        memcpy(&word, validity + k / 8, 8);
        valid += __builtin_popcountll(word);
    }
    for (; k < length; k++)
        valid += la_get_bit(validity, k);
    return (int64_t)length - valid;
}

/* Gives a column and its children their final length and makes them fit to hand out. 0 or -1. */
static int la_finish_column(const la_plan *plan, la_column *columns, int32_t column, size_t length)
{
    const la_column_spec *spec = &plan->columns[column];
    la_column *c = &columns[column];
    c->length = length;
    c->null_count = 0;
    atomic_store_explicit(&c->references, 1, memory_order_relaxed);
    if (c->validity) {
        la_column_touch(spec, c, length);
        c->null_count = la_count_nulls(c->validity, length);
        if (c->null_count) {
            for (size_t k = length; k & 7; k++)
                la_clear_bit(c->validity, k);
            la_pad(c->validity, (length + 7) / 8);
        } else {
            la_block_return(c->validity);
            c->validity = NULL;
        }
    }
    size_t used = la_values_size(spec, length);
    if (spec->kind != LA_C_STRUCT && spec->kind != LA_C_GROUP) {
        if (!c->values && la_column_grow(spec, c, 0, 1))
            return -1;
        if (spec->kind == LA_C_BITS)
            for (size_t k = length; k & 7; k++)
                la_clear_bit(c->values, k);
        la_pad(c->values, used);
    }
    if (la_has_data(spec)) {
        size_t bytes = la_offset_at(spec, c, length);
        if (!c->data && la_pool_grow(&c->data, 0, LA_SLACK))
            return -1;
        la_pad(c->data, bytes);
        if (spec->kind == LA_C_VIEW && la_make_views(c, length))
            return -1;
    }
    if (spec->kind == LA_C_DICT) {
        if (!c->dictionary) {
            static const la_node no_texts = { .op = LA_OP_DICTIONARY };
            if (!(c->dictionary = la_dictionary_new(plan, &no_texts, 0)))
                return -1;
        }
        la_dictionary *d = c->dictionary;
        if (!d->offsets) {
            if (la_pool_grow(&d->offsets, 0, 8))
                return -1;
            memset(d->offsets, 0, 8);
        }
        if (!d->data && la_pool_grow(&d->data, 0, LA_SLACK))
            return -1;
        la_pad(d->offsets, ((size_t)d->count + 1) * 4);
        la_pad(d->data, (size_t)((int32_t *)d->offsets)[d->count]);
    }
    size_t inner = length;
    if (spec->kind == LA_C_LIST || spec->kind == LA_C_MAP)
        inner = (size_t)((int32_t *)c->values)[length];
    for (int32_t k = 0; k < spec->n_children; k++)
        if (la_finish_column(plan, columns, plan->column_children[spec->first_child + k], inner))
            return -1;
    return 0;
}

/* The batch's row that is the first behind `row` of a level. */
static size_t la_last_row(const la_run *r, int32_t level, size_t row)
{
    for (; level + 1 < r->plan->n_levels; level++)
        row = (size_t)((int32_t *)r->columns[r->plan->row_columns[level]].values)[row];
    return row;
}

/* The first row of an event. */
static size_t la_event_row(const la_run *r, size_t event) { return la_last_row(r, 0, event); }

/* From records counted through all events to records counted in each. */
static void la_localise_records(la_run *r)
{
    const la_plan *plan = r->plan;
    int32_t *records = (int32_t *)r->columns[plan->record_column].values;
    size_t row = 0, n = r->domains[plan->levels[plan->unit_level]].length;
    for (uint32_t event = 1; event < r->n_events; event++) {
        while (row < n && (uint32_t)records[row] < r->event_starts[event])
            row++;
        size_t next = event + 1 < r->n_events ? r->event_starts[event + 1] : SIZE_MAX;
        for (; row < n && (uint32_t)records[row] < next; row++)
            records[row] -= (int32_t)r->event_starts[event];
    }
}

/* For each row of the batch, its parent among the rows of `level`. `rows` has room for all. */
static void la_parents(const la_run *r, int32_t level, int32_t *rows)
{
    size_t n_parents = r->domains[r->plan->levels[level]].length, done = 0;
    for (size_t parent = 0; parent < n_parents; parent++) {
        size_t last = la_last_row(r, level, parent + 1);
        while (done < last)
            rows[done++] = (int32_t)parent;
    }
}

/* Repeats a column of a parent level, one value a parent so far, for the rows it led to. A group's children may
 * stand on any level. *rows: the rows' parents, made when first asked for; a pool block. */
static enum la_error la_repeat_column(la_run *r, int32_t column, int32_t level, size_t n_rows, uint8_t **rows)
{
    const la_plan *plan = r->plan;
    const la_column_spec *spec = &plan->columns[column];
    enum la_error code = LA_E_NONE;
    if (spec->kind == LA_C_GROUP) {
        for (int32_t k = 0; k < spec->n_children && !code; k++)
            code = la_repeat_column(r, plan->column_children[spec->first_child + k], level, n_rows, rows);
        return code;
    }
    if (spec->domain != plan->levels[level])
        return LA_E_NONE;
    if (!*rows) {
        if (!(*rows = la_pool_get(n_rows * 4 + 4)))
            return LA_E_NO_MEMORY;
        la_parents(r, level, (int32_t *)(void *)*rows);
    }
    return la_take(plan, r->columns, r->columns, column, (int32_t *)(void *)*rows, n_rows, true);
}

/* Whether each row of a level led to just one of the batch, as all records do where none holds several. */
static bool la_is_single(const la_run *r, int32_t level, size_t n_rows)
{
    size_t row = 0;
    if (r->domains[r->plan->levels[level]].length != n_rows)
        return false;
    while (row < n_rows && la_last_row(r, level, row + 1) == row + 1)
        row++;
    return row == n_rows;
}

static enum la_error la_repeat_level(la_run *r, int32_t level, size_t n_rows)
{
    uint8_t *rows = NULL;
    enum la_error code = LA_E_NONE;
    if (la_is_single(r, level, n_rows))
        return code;
    for (int32_t k = 0; k < r->plan->n_output && !code; k++)
        code = la_repeat_column(r, r->plan->output[k], level, n_rows, &rows);
    la_pool_put(rows, n_rows * 4);
    return code;
}

/* How many values of the level it stands on took alternative k of a `one_of`; for a run that is not finished. */
static size_t la_case_count(const la_run *r, int32_t column, int32_t k)
{
    const la_column *c = &r->columns[column];
    size_t n = r->domains[r->plan->columns[column].domain].length, count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((const int32_t *)c->values)[i] == k && (!c->validity || la_get_bit(c->validity, i));
    return count;
}

/* Ends the batch: returns its columns, which the caller owns, with the number of rows in *n_rows; or NULL, with
 * the reason in the run's failure and everything freed. The run is ready to begin another. */
static la_columns *la_run_finish(la_run *r, size_t *n_rows)
{
    const la_plan *plan = r->plan;
    la_columns *all = r->all;
    enum la_error failed = LA_E_NONE;
    *n_rows = r->domains[plan->levels[plan->n_levels - 1]].length;
    for (int32_t k = 0; k < plan->n_domains; k++)
        r->expected[k] = r->domains[k].length;
    la_localise_records(r);
    if (plan->inherit >= 0 && !r->packed) {
        la_column *own = &r->columns[plan->nodes[plan->inherit].b], *record = &r->columns[plan->nodes[plan->inherit].a];
        uint8_t *buffers[] = { own->validity, own->values, own->data };
        own->validity = record->validity;
        own->values = record->values;
        own->data = record->data;
        record->validity = buffers[0];
        record->values = buffers[1];
        record->data = buffers[2];
    }
    r->packed = false;
    for (int32_t level = 0; level + 1 < plan->n_levels && !failed; level++)
        failed = la_repeat_level(r, level, *n_rows);
    for (int32_t k = 0; k < plan->n_columns; k++)
        atomic_store_explicit(&all->columns[k].references, 0, memory_order_relaxed);
    for (int32_t k = 0; k < plan->n_output && !failed; k++)
        if (la_finish_column(plan, r->columns, plan->output[k], *n_rows))
            failed = LA_E_NO_MEMORY;
    if (!failed && plan->metadata_column >= 0)
        if (la_finish_column(plan, r->columns, plan->metadata_column, r->domains[plan->levels[0]].length))
            failed = LA_E_NO_MEMORY;
    long live = 0;
    for (int32_t k = 0; k < plan->n_columns; k++) {
        la_column *c = &all->columns[k];
        if (!failed && atomic_load_explicit(&c->references, memory_order_relaxed)) {
            live++;
            continue;
        }
        if (!failed) /* else some have been repeated and some not, and their lengths are unknown */
            la_column_touch(&plan->columns[k], c, r->domains[plan->columns[k].domain].length);
        la_column_free(c);
    }
    atomic_store_explicit(&all->live, live, memory_order_relaxed);
    r->all = NULL;
    r->columns = NULL;
    if (!failed)
        return all;
    la_pool_put((uint8_t *)all, 0);
    la_fail(r, failed, NULL);
    return NULL;
}

/* The rows of a finished batch that stand at rows[0..n), as another batch of `plan`: the one that it was decoded
 * by, or a view of it. NULL, with the reason in *code. The caller owns both. */
static la_columns *la_columns_take(const la_plan *plan, la_columns *all, size_t n_events, const int32_t *rows, size_t n,
                                   enum la_error *code)
{
    size_t size = sizeof *all + (size_t)plan->n_columns * sizeof(la_column);
    la_columns *made = (la_columns *)(void *)la_pool_get(size);
    long live = 0;
    *code = made ? LA_E_NONE : LA_E_NO_MEMORY;
    if (!made)
        return NULL;
    memset(made, 0, size);
    made->count = (uint32_t)plan->n_columns;
    for (int32_t k = 0; k < plan->n_output && !*code; k++)
        if (!(*code = la_take(plan, all->columns, made->columns, plan->output[k], rows, n, false)) &&
            la_finish_column(plan, made->columns, plan->output[k], n))
            *code = LA_E_NO_MEMORY;
    if (!*code && plan->metadata_column >= 0) {
        int32_t *events = (int32_t *)(void *)la_pool_get(n_events * 4 + 4);
        for (size_t k = 0; events && k < n_events; k++)
            events[k] = (int32_t)k;
        *code = events ? la_take(plan, all->columns, made->columns, plan->metadata_column, events, n_events, false)
                       : LA_E_NO_MEMORY;
        if (!*code && la_finish_column(plan, made->columns, plan->metadata_column, n_events))
            *code = LA_E_NO_MEMORY;
        la_pool_put((uint8_t *)events, n_events * 4);
    }
    for (int32_t k = 0; k < plan->n_columns; k++)
        if (*code)
            la_column_free(&made->columns[k]);
        else
            live += atomic_load_explicit(&made->columns[k].references, memory_order_relaxed) > 0;
    atomic_store_explicit(&made->live, live, memory_order_relaxed);
    if (*code)
        la_pool_put((uint8_t *)made, 0);
    return *code ? NULL : made;
}

#endif
