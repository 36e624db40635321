/* What makes rows: a list of records, and lists inside them. The records are the unit of failure:
 * a record that fails leaves no row, and the rest of the batch goes on. */
#ifndef LA_OPS_ROWS_H
#define LA_OPS_ROWS_H

#include "../failure.h"

/* Notes where record `r->n_records` begins. 0 or -1. */
static int la_record_begin(la_run *r, const uint8_t *p)
{
    size_t need = ((size_t)r->n_records + 1) * sizeof *r->records;
    if (LA_UNLIKELY(!r->records || la_block_of((uint8_t *)r->records)->capacity < need)) {
        uint8_t *bytes = (uint8_t *)r->records;
        if (la_pool_grow(&bytes, r->n_records * sizeof *r->records, need * 2)) {
            la_fail(r, LA_E_NO_MEMORY, p);
            return -1;
        }
        r->records = (la_span *)(void *)bytes;
    }
    r->records[r->n_records++] = (la_span){ r->layer ? 0 : (uint32_t)(p - r->event), 0 };
    return 0;
}

/* Row `row` of `domain` is complete: what did not fit in it goes to its place. 0, or -1 with a failure noted. */
static __attribute__((noinline)) int la_rescue_end(la_run *r, size_t row, const uint8_t *at)
{
    const la_plan *plan = r->plan;
    const la_column_spec *spec = &plan->columns[plan->rescue_column];
    const la_column_spec *entries = &plan->columns[plan->column_children[spec->first_child]];
    int32_t key = plan->column_children[entries->first_child], value = plan->column_children[entries->first_child + 1];
    int32_t *offsets = (int32_t *)r->columns[plan->rescue_column].values;
    size_t key_bytes = 0, text_bytes = 0, first = (size_t)offsets[row], k = first;
    la_key_set set = { 0 };
    int failed = -1;
    if (!r->n_rescued)
        return la_null_column(r, plan->rescue_column, row);
    for (uint32_t j = 0; j < r->n_rescued; j++) {
        key_bytes += r->rescued[j].path_length;
        text_bytes += r->rescued[j].text_length;
    }
    if (la_reserve_column(r, key, r->text_bound + key_bytes, at) || la_reserve_column(r, value, r->text_bound + text_bytes, at))
        return -1;
    for (uint32_t j = 0; j < r->n_rescued; j++) {
        la_column *keys = &r->columns[key], *texts = &r->columns[value];
        if (la_domain_at(r, spec->child_domain, k, at))
            goto done;
        int32_t *key_offsets = (int32_t *)keys->values, *text_offsets = (int32_t *)texts->values;
        memcpy(keys->data + key_offsets[k], r->rescue_text + r->rescued[j].path, r->rescued[j].path_length);
        key_offsets[k + 1] = key_offsets[k] + (int32_t)r->rescued[j].path_length;
        keys->text_end = (size_t)key_offsets[k + 1];
        size_t found = la_map_find(r, keys, &set, first, k);
        if (found == SIZE_MAX) {
            la_fail(r, LA_E_NO_MEMORY, at);
            goto done;
        }
        if (found < k) /* a key that spells another one's step: a map has each key once */
            continue;
        memcpy(texts->data + text_offsets[k], r->rescue_text + r->rescued[j].text, r->rescued[j].text_length);
        text_offsets[k + 1] = text_offsets[k] + (int32_t)r->rescued[j].text_length;
        texts->text_end = (size_t)text_offsets[k + 1];
        k++;
    }
    r->domains[spec->child_domain].length = k;
    offsets[row + 1] = (int32_t)k;
    la_mark_valid(&r->columns[plan->rescue_column], row);
    failed = 0;
done:
    if (set.slots)
        la_pool_put((uint8_t *)set.slots, 0);
    return failed;
}

static inline int la_row_end(la_run *r, int32_t domain, size_t row, const uint8_t *at)
{
    const la_plan *plan = r->plan;
    if (LA_LIKELY(plan->rescue_column < 0) || plan->columns[plan->rescue_column].domain != domain)
        return 0;
    int failed = la_rescue_end(r, row, at);
    r->n_rescued = r->rescue_used = 0;
    return failed;
}

/* A row that stands for a record that failed: all null, its text in the corrupt column. 0 or -1. */
static LA_COLD int la_corrupt_row(la_run *r, const la_node *item, const uint8_t *p, const uint8_t *close, size_t row)
{
    const la_plan *plan = r->plan;
    size_t length = (size_t)(close - p), i = row;
    if (la_null(r, item, row) || la_row_end(r, plan->levels[plan->unit_level], row, p))
        return -1;
    for (int32_t level = plan->unit_level; level + 1 < plan->n_levels; level++) {
        int32_t *offsets = (int32_t *)r->columns[plan->row_columns[level]].values;
        size_t child = (size_t)offsets[i];
        if (la_domain_at(r, plan->levels[level + 1], child, p) ||
            la_null(r, &plan->nodes[plan->row_items[level]], child) ||
            la_row_end(r, plan->levels[level + 1], child, p))
            return -1;
        offsets[i + 1] = offsets[i] + 1;
        r->domains[plan->levels[level + 1]].length = child + 1;
        i = child;
    }
    if (la_reserve_column(r, plan->corrupt_column, r->text_bound + 3 * length, p))
        return -1;
    la_column *c = &r->columns[plan->corrupt_column];
    uint8_t *out = c->data + ((int32_t *)c->values)[row];
    while (p < close) {
        size_t valid = la_utf8_valid(p, (size_t)(close - p));
        memcpy(out, p, valid);
        /* The copy is what must be valid: another thread may have written to the source. */
        if (la_utf8_valid(out, valid) != valid)
            valid = 0;
        out += valid;
        p += valid;
        if (p < close) {
            memcpy(out, "\xef\xbf\xbd", 3);
            out += 3;
            p++;
        }
    }
    ((int32_t *)c->values)[row + 1] = (int32_t)(out - c->data);
    la_mark_valid(c, row);
    return 0;
}

/* Whether a word that makes rows makes the one of the value itself. */
static inline bool la_is_alone(const la_node *n) { return n->op == LA_OP_EXPLODE && n->c; }

/* Record `index`, which begins at p, failed. Returns the position behind it with *rows increased
 * if a row stands for it, or NULL if the failure is the whole event's. */
static LA_COLD __attribute__((noinline)) const uint8_t *la_record_failed(la_run *r, const la_node *n,
                                                                        const uint8_t *p, const uint8_t *end,
                                                                        const uint8_t *line, uint64_t index, size_t *row)
{
    const la_node *item = &r->plan->nodes[n->child];
    la_failure_state saved = r->failure;
    bool whole = saved.code == LA_E_NO_MEMORY || saved.code == LA_E_CALL_OUT;
    const uint8_t *close = whole || r->on_error == LA_RAISE ? NULL : line ? line : la_skip(r, p, end);
    if (!close) {
        /* Not well-formed out here: nothing behind it can be told apart. */
        r->failure = r->failure.record < 0 && (whole || r->on_error == LA_RAISE) ? saved : r->failure;
        r->failure.record = (int32_t)(r->n_records - 1 - r->event_record);
        return n->op == LA_OP_EACH || la_is_alone(n) ? NULL : la_at_index(r, index);
    }
    r->failure = saved;
    if (la_failure_note(r, p, close, end))
        return NULL;
    r->failures[r->n_failures - 1].row = *row;
    if (r->on_error == LA_STOP)
        r->stopped = true;
    if (r->on_error == LA_NULL) {
        r->n_rescued = 0;
        if (la_corrupt_row(r, item, p, close, *row))
            return NULL;
        ((int32_t *)r->columns[r->plan->record_column].values)[*row] = (int32_t)(r->n_records - 1);
        ++*row;
    }
    return close;
}

static LA_COLD enum la_looks la_look(const uint8_t *s, const uint8_t *s_end);

/* The value at p, which must be all of its line if there is one. Returns the position behind it. */
static LA_INLINE const uint8_t *la_row_value(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end,
                                             const uint8_t *line, size_t row)
{
    const la_node *item = &r->plan->nodes[n->child];
    if (!line && n->op != LA_OP_LINES)
        return la_value(r, item, p, end, row);
    if (la_reads_bytes(item))
        return la_bytes(r, item, p, line, row) ? line : NULL;
    const uint8_t *next = la_value(r, item, p, line ? line : end, row);
    if (!next && r->failure.at == p && r->failure.inner_offset < 0)
        r->failure.looks = la_look(p, end);
    if (!next || !line)
        return next;
    next = la_space_skip(next, line);
    return next == line ? line : la_fail(r, LA_E_TRAILING_BYTES, next);
}

/* One record at p into row *row. line: the end of the line that it is, or NULL. Returns the position behind it. */
static inline const uint8_t *la_record(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end,
                                       const uint8_t *line, uint64_t index, size_t *row)
{
    if (LA_UNLIKELY(la_record_begin(r, p)))
        return NULL;
    if (LA_UNLIKELY(r->stopped))
        return line ? line : la_skip(r, p, end);
    size_t n_values = r->n_values;
    const la_plan *plan = r->plan;
    bool deeper = plan->unit_level + 1 < plan->n_levels;
    r->told_rows = false;
    const uint8_t *next = la_row_value(r, n, p, end, line, *row);
    if (LA_UNLIKELY(deeper) && next && !r->told_rows) {
        /* What is neither a row nor a failure would be lost without a word. */
        const int32_t *offsets = (const int32_t *)r->columns[plan->row_columns[plan->unit_level]].values;
        if (offsets[*row] == offsets[*row + 1])
            next = la_fail(r, LA_E_NO_ROWS, p);
    }
    if (LA_LIKELY(next != NULL) && LA_UNLIKELY(la_row_end(r, n->a, *row, p)))
        next = NULL;
    if (LA_UNLIKELY(!next)) {
        r->n_values = n_values;
        r->n_rescued = r->rescue_used = r->n_steps = 0;
        next = la_record_failed(r, n, p, end, line, index, row);
        if (!next)
            return NULL;
    } else {
        if (LA_UNLIKELY(plan->corrupt_column >= 0) && la_null_column(r, plan->corrupt_column, *row))
            return NULL;
        ((int32_t *)r->columns[plan->record_column].values)[*row] = (int32_t)(r->n_records - 1);
        ++*row;
    }
    r->records[r->n_records - 1].length = (uint32_t)(next - p);
    return next;
}

/* A row that is no record of its own. Returns the position behind it. */
static inline const uint8_t *la_row(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, const uint8_t *line,
                                    size_t row)
{
    const uint8_t *next = la_row_value(r, n, p, end, line, row);
    return next && la_row_end(r, n->a, row, p) ? NULL : next;
}

/* Opens a frame for the path and the counter. */
static void la_frame_open(la_run *r, const la_node *n)
{
    r->frames[r->n_frames].alone = la_is_alone(n);
    r->frames[r->n_frames].prefix = n->b >= 0 ? &r->plan->texts[n->b] : NULL;
    r->frames[r->n_frames].key.text = NULL;
    r->frames[r->n_frames++].index = 0;
}

/* a: the rows' domain; b: the text of the path to here; c: the value itself is the only row; column: the ROWS column,
 * or -1 below an `each`, which goes on where the list before it ended. */
static const uint8_t *la_explode(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    size_t row = n->column < 0 ? r->domains[n->a].length : (size_t)((int32_t *)r->columns[n->column].values)[i];
    bool closed = false, unit = n->flags & LA_N_UNIT;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == ']') {
        closed = true;
        p++;
    }
    for (uint64_t index = 0; !closed; index++) {
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        if (la_domain_at(r, n->a, row, p))
            return NULL;
        r->frames[r->n_frames - 1].index = index;
        if (LA_UNLIKELY(row >= r->plan->limits.rows))
            return la_fail(r, LA_E_TOO_LARGE, p);
        if (unit)
            p = la_record(r, n, p, end, NULL, index, &row);
        else if ((p = la_row(r, n, p, end, NULL, row)) != NULL)
            row++;
        else
            la_at_index(r, index);
        if (LA_UNLIKELY(!p) || !(p = la_next_item(r, p, end, ']', &closed)))
            return NULL;
    }
    r->domains[n->a].length = row;
    if (n->column >= 0)
        ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)row;
    return p;
}

/* The value at p, which is the only row. */
static const uint8_t *la_alone(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    size_t row = (size_t)((int32_t *)r->columns[n->column].values)[i];
    if (la_domain_at(r, n->a, row, p))
        return NULL;
    if (n->flags & LA_N_UNIT)
        p = la_record(r, n, p, end, NULL, 0, &row);
    else if ((p = la_row(r, n, p, end, NULL, row)) != NULL)
        row++;
    r->domains[n->a].length = row;
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)row;
    return p;
}

static const uint8_t *la_op_explode(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    r->told_rows = true;
    if (LA_UNLIKELY(n->c)) {
        la_frame_open(r, n);
        p = la_alone(r, n, p, end, i);
        r->n_frames--;
        return p;
    }
    if (*p != '[')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_ARRAY);
    la_frame_open(r, n);
    p = la_explode(r, n, p, end, i);
    r->n_frames--;
    return p;
}

enum { LA_LINES, LA_SEQUENCE };

/* Past what may stand between values: white space and, in a sequence, its mark (RFC 7464). */
static const uint8_t *la_between(const la_node *n, const uint8_t *p, const uint8_t *end)
{
    p = la_space_skip(p, end);
    while (n->c == LA_SEQUENCE && p < end && *p == 0x1e)
        p = la_space_skip(p + 1, end);
    return p;
}

/* Lines, a row each, or values one behind the other; blank lines are none. a, b, column: as for EXPLODE; c: which. */
static const uint8_t *la_lines(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    size_t row = (size_t)((int32_t *)r->columns[n->column].values)[i];
    bool bytes = la_reads_bytes(&r->plan->nodes[n->child]);
    for (uint64_t index = 0; (p = bytes ? p : la_between(n, p, end)) < end;) {
        const uint8_t *line = n->c == LA_LINES ? memchr(p, '\n', (size_t)(end - p)) : NULL, *stop;
        line = line || n->c == LA_SEQUENCE ? line : end;
        stop = line;
        while (bytes && stop > p && stop[-1] == '\r')
            stop--;
        if (!bytes || stop > p) {
            if (la_domain_at(r, n->a, row, p))
                return NULL;
            if (row >= r->plan->limits.rows)
                return la_fail(r, LA_E_TOO_LARGE, p);
            r->frames[r->n_frames - 1].index = index;
            if (n->flags & LA_N_UNIT)
                p = la_record(r, n, p, line ? line : end, stop, index, &row);
            else if ((p = la_row(r, n, p, line ? line : end, stop, row)) != NULL)
                row++;
            else
                la_at_index(r, index);
            if (!p)
                return NULL;
            index++;
        }
        if (line)
            p = line < end ? line + 1 : end;
    }
    r->domains[n->a].length = row;
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)row;
    return end;
}

static const uint8_t *la_op_lines(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    r->told_rows = true;
    la_frame_open(r, n);
    const uint8_t *done = la_lines(r, n, s, s_end, i);
    r->n_frames--;
    return done;
}

/* Which members of the object at p a later one with the same key voids: json keeps the last. A word
 * a member, not zero if it is void, in the pool block *words, which the caller returns; *n_words are
 * there. `held` is a block for keys. Walks the object once more than its reading does; those who read
 * maps of a known few keys use an object. 0, or -1 with a failure noted. */
static int la_each_voided(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t **words, size_t *n_words,
                          uint8_t **held)
{
    size_t n = 0, slots = 16;
    bool closed = false;
    p = la_space_skip(p + 1, end);
    for (closed = p < end && *p == '}'; !closed; n++) {
        const uint8_t *quote = p;
        if (!(p = la_skip_key(r, p, end)) || la_pool_grow(held, 0, (size_t)(p - quote) + LA_SLACK))
            goto failed;
        if ((!*words || la_block_of(*words)->capacity < (n + 1) * 8) && la_pool_grow(words, n * 8, (n + 1) * 16))
            goto failed;
        uint8_t *out = *held;
        uint32_t high = 0;
        if (!la_string_into(r, quote, p, &out, &high) || !(p = la_skip(r, p, end)))
            goto failed;
        /* An odd hash is never the mark of a void member, nor an empty slot. */
        ((uint64_t *)(void *)*words)[n] = la_hash(*held, (size_t)(out - *held), r->hash_seed) | 1;
        if (!(p = la_next_item(r, p, end, '}', &closed)))
            goto failed;
    }
    while (slots < n * 2)
        slots *= 2;
    *n_words = n;
    if (!n)
        return 0;
    uint8_t *space = la_pool_get(slots * 8);
    if (!space)
        goto failed;
    uint64_t *table = (uint64_t *)(void *)space, *word = (uint64_t *)(void *)*words;
    memset(table, 0, slots * 8);
    for (size_t k = n; k-- > 0;) {
        uint64_t h = word[k] >> 1;
        while (table[h & (slots - 1)] && table[h & (slots - 1)] != word[k])
            h++;
        bool again = table[h & (slots - 1)] == word[k];
        table[h & (slots - 1)] = word[k];
        word[k] = again;
    }
    la_pool_put(space, slots * 8);
    return 0;
failed:
    if (r->failure.code == LA_E_NONE)
        la_fail(r, LA_E_NO_MEMORY, p);
    return -1;
}

/* The members of an object in their order: each value is a row, or a list of rows. `voided`: see
 * above; there may be more members than when they were counted, if another thread has written to the
 * source. `held` is a block for a key that has to be unescaped. */
static const uint8_t *la_each(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, const uint8_t *voided,
                              size_t n_voided, uint8_t **held)
{
    const la_node *item = &r->plan->nodes[n->child];
    bool lists = item->op == LA_OP_EXPLODE, closed = false;
    size_t row = r->domains[n->a].length;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == '}')
        return p + 1;
    for (uint64_t index = 0; !closed; index++) {
        const uint8_t *quote = p;
        if (!(p = la_skip_key(r, p, end)))
            return NULL;
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        if (la_pool_grow(held, 0, (size_t)(p - quote) + LA_SLACK))
            return la_fail(r, LA_E_NO_MEMORY, quote);
        uint8_t *out = *held;
        uint32_t high = 0;
        if (!la_string_into(r, quote, p, &out, &high))
            return NULL;
        r->frames[r->n_frames - 1].key = (la_text){ *held, (uint32_t)(out - *held) };
        r->frames[r->n_frames - 1].index = index;
        if (index < n_voided && ((const uint64_t *)(const void *)voided)[index]) {
            p = la_skip(r, p, end);
        } else if (lists) {
            p = la_value(r, item, p, end, 0);
        } else if (la_domain_at(r, n->a, row, p)) {
            return NULL;
        } else if (row >= r->plan->limits.rows) {
            return la_fail(r, LA_E_TOO_LARGE, p);
        } else if (n->flags & LA_N_UNIT) {
            p = la_record(r, n, p, end, NULL, index, &row);
            r->domains[n->a].length = row;
        } else if ((p = la_row(r, n, p, end, NULL, row)) != NULL) {
            r->domains[n->a].length = ++row;
        }
        if (!p)
            return la_at_key(r, *held, (size_t)(out - *held));
        if (!(p = la_next_item(r, p, end, '}', &closed)))
            return NULL;
    }
    return p;
}

static const uint8_t *la_op_each(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    r->told_rows = true;
    if (*p != '{')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    uint8_t *held = NULL, *voided = NULL;
    size_t n_voided = 0;
    r->failure.code = LA_E_NONE;
    r->domains[n->a].length = (size_t)((int32_t *)r->columns[n->column].values)[i];
    la_frame_open(r, n);
    p = la_each_voided(r, p, end, &voided, &n_voided, &held) ? NULL : la_each(r, n, p, end, voided, n_voided, &held);
    r->n_frames--;
    la_block_return(held);
    la_block_return(voided);
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)r->domains[n->a].length;
    return p;
}

#endif
