/* Any plan, any bytes: rows, or an error that errors.h names, and nothing else.
 *
 * An input is four bytes and the text of one to four events, divided by 0x1E (which no JSON holds):
 * which plan; whether the texts are payloads to be wrapped into events; which allocation fails; how
 * the events lie in memory. See decode.h for how one is run, verify.h for what must hold of rows. */
#include "decode.h"
#include "mutator.h"

static guard fuzz_memory[FUZZ_EVENTS];

static void fuzz_same(const outcome *a, const outcome *b)
{
    CHECK(a->n_rows == b->n_rows && a->n_failures == b->n_failures && a->n_codes == b->n_codes);
    CHECK(!memcmp(a->codes, b->codes, sizeof a->codes));
    CHECK(!a->n_rows || !memcmp(a->rows, b->rows, a->n_rows * sizeof *a->rows));
    CHECK(!a->n_failures || !memcmp(a->failures, b->failures, a->n_failures * sizeof *a->failures));
}

/* The rows of `whole` are those of the parts, one after the other. */
static void fuzz_concatenated(const outcome *whole, const outcome *parts, int n)
{
    size_t row = 0, failure = 0;
    for (int k = 0; k < n; k++) {
        CHECK(whole->codes[k] == parts[k].codes[0]);
        CHECK(row + parts[k].n_rows <= whole->n_rows && failure + parts[k].n_failures <= whole->n_failures);
        for (size_t j = 0; j < parts[k].n_rows; j++, row++)
            CHECK(whole->rows[row].digest == parts[k].rows[j].digest && whole->rows[row].record == parts[k].rows[j].record);
        for (size_t j = 0; j < parts[k].n_failures; j++, failure++)
            CHECK(whole->failures[failure].code == parts[k].failures[j].code &&
                  whole->failures[failure].record == parts[k].failures[j].record &&
                  whole->failures[failure].text == parts[k].failures[j].text);
    }
    CHECK(row == whole->n_rows && failure == whole->n_failures);
}

/* What each mode makes of one event follows from what `collect` makes of it. */
static void fuzz_modes(const fuzz_plan *f, const fuzz_event *event, const outcome *collect)
{
    outcome raise = decode(&f->plan, LA_RAISE, event, 1, 0), stop = decode(&f->plan, LA_STOP, event, 1, 0);
    outcome null = decode(&f->twin, LA_NULL, event, 1, 0);
    /* A failed record is a row there, and one more may be too many. */
    bool full = null.codes[0] == LA_E_TOO_LARGE && collect->n_rows + collect->n_failures > f->plan.limits.rows;
    CHECK(full || null.codes[0] == collect->codes[0]);
    /* What `stop` skips is held against the limit of depth, which values that are read are not. */
    bool deep = stop.codes[0] == LA_E_TOO_DEEP;
    CHECK(deep || stop.codes[0] == collect->codes[0]);
    if (collect->codes[0]) {
        CHECK(raise.codes[0] && !raise.n_rows && !stop.n_rows && !null.n_rows);
    } else if (collect->voided) {
        CHECK(raise.codes[0]); /* a record of a list that a later one replaces is still an error */
    } else if (collect->n_failures) {
        CHECK(raise.codes[0] == collect->failures[0].code && raise.record == (int32_t)collect->failures[0].record);
        if (!deep)
            CHECK(stop.n_failures == 1 && stop.failures[0].text == collect->failures[0].text);
        size_t row = 0;
        while (row < collect->n_rows && collect->rows[row].record < (int32_t)collect->failures[0].record)
            row++;
        CHECK(deep || (stop.n_rows == row && (!row || !memcmp(stop.rows, collect->rows, row * sizeof *stop.rows))));
    } else {
        fuzz_same(&raise, collect);
        fuzz_same(&stop, collect);
    }
    /* A record that failed has one row more in `null`; the others' rows are as they were. */
    CHECK(full || (null.n_failures == collect->n_failures && null.n_rows == collect->n_rows + collect->n_failures));
    for (size_t row = 0, there = 0, failure = 0; row < null.n_rows; row++) {
        if (failure < null.n_failures && null.failures[failure].record == (uint32_t)null.rows[row].record) {
            CHECK(null.rows[row].corrupt);
            failure++;
            continue;
        }
        CHECK(!null.rows[row].corrupt && null.rows[row].digest == collect->rows[there++].digest);
    }
    outcome_free(&raise);
    outcome_free(&stop);
    outcome_free(&null);
}

/* Skipping, keeping as text and the reference agree on what is JSON; and what a plan takes is JSON. */
static void fuzz_well_formed(const fuzz_plan *f, const fuzz_event *event, const outcome *collect)
{
    uint32_t deepest;
    if (la_reads_bytes(&f->plan.nodes[f->plan.root]))
        return; /* content, which need be no JSON */
    bool well = reference_json(event->start, event->start + event->length, &deepest);
    enum la_error skipped = skip_verdict(&f->plan, event);
    CHECK((skipped == LA_E_NONE) == (well && deepest <= f->plan.limits.depth));
    CHECK(skipped != LA_E_TOO_DEEP || !well || deepest > f->plan.limits.depth);
    if (!collect->codes[0] || collect->n_rows || collect->n_failures)
        CHECK(well);
    if (well)
        CHECK(collect->inner >= 0 || (collect->codes[0] != LA_E_INVALID_JSON && collect->codes[0] != LA_E_UNEXPECTED_END &&
                                      collect->codes[0] != LA_E_CONTROL_CHARACTER && collect->codes[0] != LA_E_TRAILING_BYTES));
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    plans_ready();
    mutate_keys = fuzz_keys;
    mutate_n_keys = sizeof fuzz_keys / sizeof *fuzz_keys;
    mutate_head = FUZZ_HEAD;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_event events[FUZZ_EVENTS];
    outcome parts[FUZZ_EVENTS];
    if (size < FUZZ_HEAD || size > FUZZ_MAX)
        return 0;
    const fuzz_plan *f = &fuzz_plans[data[0] % FUZZ_PLANS];
    int n = events_make(f, data + FUZZ_HEAD, size - FUZZ_HEAD, data[1] & 1, events);
    for (int k = 0; k < n; k++) {
        uint8_t *text = (uint8_t *)(uintptr_t)events[k].start;
        events[k].start = guard_place(&fuzz_memory[k], text, events[k].length, data[3] + (unsigned)k);
        free(text);
    }
    long live = la_pool_live_blocks();
    kernels_choose(true);
    outcome collect = decode(&f->plan, LA_COLLECT, events, n, 0);
    kernels_choose(false);
    outcome again = decode(&f->plan, LA_COLLECT, events, n, 0);
    fuzz_same(&collect, &again);
    outcome_free(&again);
    for (int k = 0; k < n; k++) {
        parts[k] = n == 1 ? collect : decode(&f->plan, LA_COLLECT, &events[k], 1, 0);
        fuzz_modes(f, &events[k], &parts[k]);
        if (!la_reads_bytes(&f->plan.nodes[f->plan.root])) /* lines of JSON are not JSON */
            fuzz_well_formed(f, &events[k], &parts[k]);
    }
    fuzz_concatenated(&collect, parts, n);
    if (data[2]) {
        outcome poor = decode(data[1] & 2 ? &f->twin : &f->plan, data[1] & 2 ? LA_NULL : LA_COLLECT, events, n, data[2]);
        outcome_free(&poor);
    }
    outcome_free(&collect);
    for (int k = 0; n > 1 && k < n; k++)
        outcome_free(&parts[k]);
    la_pool_clear();
    CHECK(la_pool_live_blocks() == live);
    return 0;
}
