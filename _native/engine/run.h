/* The one loop: a plan, an event, columns. */
#ifndef LA_ENGINE_RUN_H
#define LA_ENGINE_RUN_H

#include "ops/aggregate.h"
#include "ops/changed.h"
#include "ops/entries.h"
#include "ops/fields.h"
#include "ops/observe.h"
#include "ops/rows.h"
#include "ops/scalar.h"

static const uint8_t *la_op_skip(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    (void)n;
    (void)i;
    return la_skip(r, p, end);
}

/* The words that read bytes, or nothing, are not reached by way of this table (see check.h). */
static la_op_function *la_op_functions[LA_OP_COUNT] = {
    [LA_OP_SKIP] = la_op_skip,
    [LA_OP_BOOL] = la_op_bool,
    [LA_OP_INT] = la_op_int,
    [LA_OP_FLOAT] = la_op_float,
    [LA_OP_UTF8] = la_op_utf8,
    [LA_OP_UUID] = la_op_checked,
    [LA_OP_CHOICE] = la_op_checked,
    [LA_OP_DICTIONARY] = la_op_dictionary,
    [LA_OP_RENAMED] = la_op_renamed,
    [LA_OP_PART] = la_op_part,
    [LA_OP_BINARY] = la_op_binary,
    [LA_OP_DECIMAL] = la_op_decimal,
    [LA_OP_DATE32] = la_op_date32,
    [LA_OP_TIMESTAMP] = la_op_timestamp,
    [LA_OP_JSON] = la_op_json,
    [LA_OP_FORM] = la_op_form,
    [LA_OP_LIST] = la_op_list,
    [LA_OP_STRUCT] = la_op_object,
    [LA_OP_MAP] = la_op_map,
    [LA_OP_OBJECT] = la_op_object,
    [LA_OP_ITEMS] = la_op_items,
    [LA_OP_ENTRY] = la_op_entry,
    [LA_OP_OCTETS] = la_op_octets,
    [LA_OP_EXPLODE] = la_op_explode,
    [LA_OP_EACH] = la_op_each,
    [LA_OP_TEE] = la_op_tee,
    [LA_OP_EITHER] = la_op_either,
    [LA_OP_ATTRIBUTE] = la_op_attribute,
    [LA_OP_OBSERVE] = la_op_observe,
    [LA_OP_SPAN] = la_op_span,
    [LA_OP_OR_ELSE] = la_op_or_else,
    [LA_OP_ONE_OF] = la_op_one_of,
    [LA_OP_BASE64] = la_op_base64,
    [LA_OP_STRING] = la_op_string,
};

/* Chooses the kernels, and the ops that have them inside. Once, before any decoding. -1: `disabled`
 * names a CPU feature that is not known (see la_dispatch_init), or there is no C locale. */
static int la_engine_init(const char *disabled)
{
    if (la_dispatch_init(disabled))
        return -1;
#if defined(LA_HAVE_AVX2)
    if (la_kernels.utf8_valid == la_utf8_valid_avx2)
        la_op_functions[LA_OP_UTF8] = la_op_utf8_avx2;
#endif
    la_c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return la_c_locale ? 0 : -1;
}

/* Reads one event, [p, p + length), borrowed for the call. 0; or -1 with the failure in the run,
 * and then nothing of the event is in the columns. */
static int la_run_event(la_run *r, const uint8_t *p, size_t length)
{
    const la_plan *plan = r->plan;
    const uint8_t *end = p + length;
    size_t rows[LA_ROW_FRAMES + 1], row = r->domains[0].length;
    uint32_t n_notes = r->n_notes;
    r->event = p;
    r->event_length = r->text_bound = length;
    r->event_record = r->n_records;
    r->event_failure = r->n_failures;
    r->inflated = 0;
    r->layer = r->n_frames = 0;
    r->n_seen = r->n_values = 0;
    r->n_rescued = r->rescue_used = r->n_steps = 0;
    memset(r->spans, 0, sizeof r->spans);
    r->stopped = false;
    r->layer_outer = NULL;
    for (int32_t k = 0; k < plan->n_levels; k++)
        rows[k] = r->domains[plan->levels[k]].length;

    uint8_t *starts = (uint8_t *)r->event_starts;
    if (la_pool_grow(&starts, r->n_events * sizeof(uint32_t), ((size_t)r->n_events + 1) * 2 * sizeof(uint32_t))) {
        la_fail(r, LA_E_NO_MEMORY, p);
        goto failed;
    }
    r->event_starts = (uint32_t *)(void *)starts;
    r->event_starts[r->n_events] = r->n_records;
    if (length > LA_EVENT_MAX) {
        la_fail(r, LA_E_TOO_LARGE, p);
        goto failed;
    }
    if (la_reserve_text(r, length, p) || la_domain_at(r, plan->levels[0], row, p))
        goto failed;
    if (!plan->unit_level && la_record_begin(r, p))
        goto failed;
    bool bytes = la_reads_bytes(&plan->nodes[plan->root]);
    p = bytes ? p : la_space_skip(p, end);
    if (bytes) {
        p = la_bytes(r, &plan->nodes[plan->root], p, end, row);
    } else if (p >= end) {
        la_fail(r, LA_E_UNEXPECTED_END, p);
        goto failed;
    } else {
        p = la_value(r, &plan->nodes[plan->root], p, end, row);
    }
    if (!p || la_row_end(r, plan->levels[0], row, p))
        goto failed;
    p = la_space_skip(p, end);
    if (p != end) {
        la_fail(r, LA_E_TRAILING_BYTES, p);
        goto failed;
    }
    if (!plan->unit_level) {
        r->records[r->n_records - 1].length = (uint32_t)length;
        ((int32_t *)r->columns[plan->record_column].values)[row] = (int32_t)(r->n_records - 1);
        if (plan->corrupt_column >= 0 && la_null_column(r, plan->corrupt_column, row))
            goto failed;
    }
    r->domains[plan->levels[0]].length = row + 1;
    /* Rows that were undone may have left the levels below them too long; offsets are the truth. */
    for (int32_t k = 0; k + 1 < plan->n_levels; k++)
        r->domains[plan->levels[k + 1]].length = (size_t)((int32_t *)r->columns[plan->row_columns[k]].values)
                                                     [r->domains[plan->levels[k]].length];
    r->n_events++;
    return 0;
failed:
    for (int32_t k = 0; k < plan->n_levels; k++)
        r->domains[plan->levels[k]].length = rows[k];
    r->n_records = r->event_record;
    r->n_failures = r->event_failure;
    r->n_notes = n_notes;
    return -1;
}

#endif
