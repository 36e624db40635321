/* One input decoded: events made, run through a plan, exported, verified, reduced to an outcome. */
#ifndef LA_FUZZ_DECODE_H
#define LA_FUZZ_DECODE_H

#include "plan_table.h"

/* Coverage is to follow the engine, not those who check it. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)
#endif
#include "verify.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif

enum { FUZZ_HEAD = 4, FUZZ_MAX = 16 * 1024, FUZZ_EVENTS = 4, FUZZ_DIVIDER = 0x1E };

typedef struct {
    const uint8_t *start;
    size_t length;
} fuzz_event;

typedef struct {
    uint64_t digest;
    int32_t record;
    int32_t corrupt;
} outcome_row;

typedef struct {
    uint32_t code, event, record, offset;
    uint64_t text;      /* a digest of path, raw text, identifier and places */
} outcome_failure;

typedef struct {
    enum la_error codes[FUZZ_EVENTS]; /* of each event that was refused as a whole */
    int n_codes;
    int32_t record;     /* of the last of these */
    int64_t inner;
    bool voided;        /* records failed that a second list of records then replaced */
    size_t n_rows, n_failures;
    outcome_row *rows;
    outcome_failure *failures;
} outcome;

static void outcome_free(outcome *o)
{
    free(o->rows);
    free(o->failures);
}

static uint8_t *event_varint(uint8_t *out, size_t number)
{
    for (; number > 0x7f; number >>= 7)
        *out++ = (uint8_t)(number | 0x80);
    *out++ = (uint8_t)number;
    return out;
}

static uint8_t *event_encode(uint8_t *out, int wrap, const uint8_t *p, size_t n);

/* Appends [p, p + n) as an aggregated record: the message, or what its two users hold. */
static uint8_t *event_pack(uint8_t *out, int wrap, const uint8_t *p, size_t n)
{
    uint8_t *bytes = malloc(2 * n + 128), *to = bytes;
    CHECK(bytes);
    memcpy(to, la_aggregate_magic, sizeof la_aggregate_magic);
    uint8_t *body = to += sizeof la_aggregate_magic;
    for (uint8_t user = 0; user < 2 && wrap == WRAP_USERS; user++) {
        /* A key of its own; the second has a hash key too. */
        static const char *const tables[] = { "\x0a\x01k", "\x0a\x02\xc3\xa9\x12\x02" "47" };
        uint8_t size[10];
        size_t tabled = strlen(tables[user]), sized = (size_t)(event_varint(size, n) - size);
        memcpy(to, tables[user], tabled);
        to += tabled;
        *to++ = 0x1a;
        to = event_varint(to, 2 + 2u * user + 1 + sized + n);
        *to++ = 0x08;
        *to++ = user;
        if (user) {
            *to++ = 0x10;
            *to++ = 0;
        }
        *to++ = 0x1a;
        memcpy(to, size, sized);
        to += sized;
        if (n)
            memcpy(to, p, n);
        to += n;
    }
    if (wrap == WRAP_PACKED && n) {
        memcpy(to, p, n);
        to += n;
    }
    la_md5(body, (size_t)(to - body), to);
    to += LA_MD5_SIZE;
    out = event_encode(out, WRAP_BASE64, bytes, (size_t)(to - bytes));
    free(bytes);
    return out;
}

/* Appends `encoding` of [p, p + n) at out; returns its end. */
static uint8_t *event_encode(uint8_t *out, int wrap, const uint8_t *p, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", hex[] = "0123456789abcdef";
    if (wrap == WRAP_PACKED || wrap == WRAP_USERS)
        return event_pack(out, wrap, p, n);
    for (size_t k = 0; k < n && wrap == WRAP_BASE64; k += 3) {
        uint32_t group = (uint32_t)p[k] << 16 | (k + 1 < n ? p[k + 1] : 0u) << 8 | (k + 2 < n ? p[k + 2] : 0u);
        for (size_t j = 0; j < 4; j++)
            *out++ = j > n - k ? '=' : (uint8_t)digits[group >> (18 - 6 * j) & 63];
    }
    for (size_t k = 0; k < n && wrap == WRAP_STRING; k++) {
        if (p[k] == '"' || p[k] == '\\')
            *out++ = '\\';
        if (p[k] < 0x20) {
            memcpy(out, "\\u00", 4);
            out[4] = (uint8_t)hex[p[k] >> 4];
            out[5] = (uint8_t)hex[p[k] & 15];
            out += 6;
        } else {
            *out++ = p[k];
        }
    }
    return out;
}

static uint8_t *event_add(uint8_t *out, const char *text)
{
    return (uint8_t *)stpcpy((char *)out, text);
}

/* Divides the text into events; wrapped, into payloads of one record each, two to an event. Each
 * event's text is malloc'ed. Returns how many there are. */
static int events_make(const fuzz_plan *f, const uint8_t *p, size_t n, bool wrapped, fuzz_event *events)
{
    int count = 0;
    for (const uint8_t *end = p + n; count < FUZZ_EVENTS && (p < end || !count);) {
        uint8_t *text = malloc(n * 6 + 2048), *out = text;
        CHECK(text);
        bool wraps = wrapped && f->wrap != WRAP_NONE;
        if (wraps)
            out = event_add(out, f->head);
        for (int record = 0; record < (wraps && *f->head ? 2 : 1) && (p < end || !record); record++) {
            const uint8_t *stop = p < end ? memchr(p, FUZZ_DIVIDER, (size_t)(end - p)) : NULL;
            size_t length = (size_t)((stop ? stop : end) - p);
            if (wraps) {
                if (record)
                    *out++ = ',';
                out = event_add(event_encode(event_add(out, f->before), f->wrap, p, length), f->after);
            } else if (length) {
                memcpy(out, p, length);
                out += length;
            }
            p += length + (stop != NULL);
        }
        if (wraps)
            out = event_add(out, f->tail);
        events[count].start = text;
        events[count++].length = (size_t)(out - text);
    }
    return count;
}

/* Instead of any codec: content that begins with 1f 8b and a number has that many blanks put in front,
 * so that a layer is longer than its source; 1f 8b 00 is damaged; anything else is its own content. */
typedef struct {
    uint8_t *blocks[64];
    int n;
} inflated;

static enum la_call codec_stub(void *context, int32_t codec, const uint8_t *p, size_t n, uint64_t limit,
                               const uint8_t **out, size_t *length)
{
    inflated *all = context;
    (void)codec;
    size_t blanks = 0;
    if (n >= 3 && p[0] == 0x1f && p[1] == 0x8b) {
        if (!p[2])
            return LA_CALL_REFUSED;
        blanks = p[2] * 64u;
        p += 3;
        n -= 3;
    }
    if (blanks + n > limit)
        return LA_CALL_LIMIT;
    if (all->n == 64)
        return LA_CALL_RAISED;
    uint8_t *made = malloc(blanks + n + !(blanks + n));
    if (!made)
        return LA_CALL_NO_MEMORY;
    memset(made, ' ', blanks);
    if (n)
        memcpy(made + blanks, p, n);
    *out = all->blocks[all->n++] = made;
    *length = blanks + n;
    return LA_CALL_DONE;
}

/* Failures refer to texts in the run's notes, which end with it. */
static void outcome_failures(outcome *o, const la_run *r)
{
    o->n_failures = r->n_failures;
    o->failures = calloc(r->n_failures + 1, sizeof *o->failures);
    CHECK(o->failures);
    size_t noted = 0;
    for (uint32_t k = 0; k < r->n_failures; k++) {
        const la_failure *f = &r->failures[k];
        CHECK(f->code > LA_E_NONE && f->code < LA_E_COUNT && f->event < r->n_events);
        CHECK((size_t)f->path + f->path_length <= r->n_notes && (size_t)f->raw + f->raw_length <= r->n_notes);
        CHECK(f->path_length && r->notes[f->path] == '$' && f->raw_length <= LA_RAW_MAX);
        noted += f->path_length + f->raw_length + (f->identifier_length > 0 ? (size_t)f->identifier_length : 0) +
                 (f->group_length > 0 ? (size_t)f->group_length : 0);
        uint64_t text = verify_mix(f->offset, r->notes + f->path, f->path_length);
        text = verify_mix(text ^ (uint64_t)f->inner_offset, r->notes + f->raw, f->raw_length);
        if (f->identifier_length >= 0) {
            CHECK((size_t)f->identifier + (size_t)f->identifier_length <= r->n_notes);
            text = verify_mix(text, r->notes + f->identifier, (size_t)f->identifier_length);
        }
        if (f->group_length >= 0) {
            CHECK((size_t)f->group + (size_t)f->group_length <= r->n_notes);
            text = verify_mix(text, r->notes + f->group, (size_t)f->group_length);
        }
        o->failures[k] = (outcome_failure){ f->code, f->event, f->record, f->offset, text };
    }
    o->voided = noted < r->n_notes;
}

/* A plan's schema does not change: exported once, kept. */
static const fuzz_schema *schema_of(const la_plan *plan)
{
    static fuzz_schema kept[FUZZ_PLANS][2];
    size_t k = (size_t)((const char *)plan - (const char *)fuzz_plans) / sizeof *fuzz_plans;
    fuzz_schema *schema = &kept[k][plan == &fuzz_plans[k].twin];
    if (!schema->release)
        CHECK(!la_export_batch_schema(plan, schema));
    return schema;
}

static void columns_release(const la_plan *plan, la_columns *all, int32_t column)
{
    const la_column_spec *spec = &plan->columns[column];
    for (int32_t k = 0; k < spec->n_children; k++)
        columns_release(plan, all, plan->column_children[spec->first_child + k]);
    la_column_release(all, &all->columns[column]);
}

static void batch_release(const la_plan *plan, la_columns *all)
{
    for (int32_t k = 0; k < plan->n_output; k++)
        columns_release(plan, all, plan->output[k]);
    if (plan->metadata_column >= 0)
        columns_release(plan, all, plan->metadata_column);
}

/* Every other row, taken out, is what it was. */
static void outcome_taken(const outcome *o, const la_plan *plan, la_columns *all, size_t n_events)
{
    const fuzz_schema *schema = schema_of(plan);
    struct ArrowArray array;
    enum la_error code;
    size_t n = 0;
    int32_t *rows = calloc(o->n_rows + 1, sizeof *rows);
    CHECK(rows);
    for (size_t i = 1; i < o->n_rows; i += 2)
        rows[n++] = (int32_t)i;
    la_columns *taken = la_columns_take(plan, all, n_events, rows, n, &code);
    CHECK(taken && !la_export_batch(plan, taken, n, &array));
    for (size_t i = 0; i < n; i++) {
        uint64_t digest = 0;
        for (int32_t k = 0; k < plan->n_visible; k++)
            if (plan->output[k] != plan->corrupt_column)
                digest = verify_digest(schema->children[k], array.children[k], (int64_t)i, digest + 1);
        CHECK(digest == o->rows[rows[i]].digest);
    }
    for (int32_t k = 0; k < plan->n_visible; k++)
        verify_array(schema->children[k], array.children[k], (int64_t)n);
    array.release(&array);
    batch_release(plan, taken);
    free(rows);
}

/* Takes the batch out through every door that hands it out, and leaves no block behind. */
static void outcome_rows(outcome *o, const la_plan *plan, la_columns *all, size_t n_rows, uint32_t n_records, size_t n_events)
{
    const fuzz_schema *schema = schema_of(plan);
    struct ArrowArray array, child = { .release = NULL };
    CHECK(!la_export_batch(plan, all, n_rows, &array));
    CHECK(array.length == (int64_t)n_rows && array.n_children == plan->n_visible);
    o->n_rows = n_rows;
    o->rows = calloc(n_rows + 1, sizeof *o->rows);
    CHECK(o->rows);
    for (int32_t k = 0; k < plan->n_visible; k++) {
        bool corrupt = plan->output[k] == plan->corrupt_column;
        verify_array(schema->children[k], array.children[k], (int64_t)n_rows);
        for (size_t i = 0; i < n_rows; i++) {
            if (corrupt)
                o->rows[i].corrupt = verify_valid_at(array.children[k], (int64_t)i);
            else
                o->rows[i].digest = verify_digest(schema->children[k], array.children[k], (int64_t)i, o->rows[i].digest + 1);
        }
    }
    const la_column *record = &all->columns[plan->record_column];
    CHECK(record->length == n_rows);
    for (size_t i = 0; i < n_rows; i++) {
        o->rows[i].record = ((const int32_t *)record->values)[i];
        CHECK(o->rows[i].record >= 0 && (uint32_t)o->rows[i].record < n_records);
    }
    if (plan->metadata_column >= 0) {
        struct ArrowSchema meta;
        struct ArrowArray texts;
        CHECK(!la_export_schema(plan, plan->metadata_column, &meta) &&
              !la_export_array(plan, all, plan->metadata_column, &texts));
        verify_array(&meta, &texts, texts.length);
        for (int64_t i = 0; i < texts.length; i++) {
            size_t n;
            const uint8_t *text = verify_text(&meta, &texts, i, &n);
            CHECK(n >= 2 && text[0] == '{' && text[n - 1] == '}');
#if !defined(FUZZ_RACES) /* a copy is held against UTF-8, but only its source against JSON */
            uint32_t deepest;
            CHECK(reference_json(text, text + n, &deepest));
#endif
        }
        meta.release(&meta);
        texts.release(&texts);
    }
    if (n_rows % 4 == 3)
        outcome_taken(o, plan, all, n_events);
    if (n_rows % 4 == 1) { /* now and then, since it costs as much as the rest */
        struct ArrowArrayStream stream;
        CHECK(!la_stream_init(&stream, plan, 1) && !la_stream_add(&stream, plan, all, n_rows));
        stream.release(&stream);
    }
    if (array.n_children) { /* as the specification lets a consumer do: one child kept, the rest released */
        child = *array.children[0];
        array.children[0]->release = NULL;
    }
    array.release(&array);
    if (child.release) {
        verify_array(schema->children[0], &child, (int64_t)n_rows);
        child.release(&child);
    }
}

/* Feeds the events to a run of the plan, verifies the batch and releases everything. fail_at: the
 * allocation that is refused, from 1; 0: none. */
static outcome decode(const la_plan *plan, enum la_on_error on_error, const fuzz_event *events, int n, long fail_at)
{
    outcome o = { .n_codes = n, .inner = -1 };
    inflated held = { .n = 0 };
    size_t n_rows;
    la_run *r = la_run_new(plan, 0x5eed);
    CHECK(r);
    r->on_error = on_error;
    r->call_outs = (la_call_outs){ &held, codec_stub };
    la_pool_fail(fail_at);
    if (la_run_begin(r, events[0].length)) {
        CHECK(fail_at);
    } else {
        for (int k = 0; k < n; k++) {
            if (la_run_event(r, events[k].start, events[k].length)) {
                o.codes[k] = r->failure.code;
                o.record = r->failure.record;
                o.inner = r->failure.inner_offset;
                CHECK(o.codes[k] > LA_E_NONE && o.codes[k] < LA_E_COUNT);
                CHECK(fail_at || o.codes[k] != LA_E_NO_MEMORY);
            }
            while (held.n)
                free(held.blocks[--held.n]);
        }
        size_t fed = r->domains[plan->levels[plan->n_levels - 1]].length;
        uint32_t n_records = r->n_records, n_events = r->n_events;
        outcome_failures(&o, r);
        la_columns *all = la_run_finish(r, &n_rows);
        la_pool_fail(0);
        CHECK(all || fail_at);
        if (all) {
            CHECK(fed == n_rows);
            outcome_rows(&o, plan, all, n_rows, n_records, n_events);
            batch_release(plan, all);
        }
    }
    la_pool_fail(0);
    la_run_free(r);
    return o;
}

/* What skipping the whole event says. */
static enum la_error skip_verdict(const la_plan *plan, const fuzz_event *event)
{
    la_run *r = la_run_new(plan, 0x5eed);
    CHECK(r);
    const uint8_t *end = event->start + event->length, *p = la_space_skip(event->start, end);
    enum la_error code = LA_E_NONE;
    if (!(p = la_skip(r, p, end)))
        code = r->failure.code;
    else if (la_space_skip(p, end) != end)
        code = LA_E_TRAILING_BYTES;
    la_run_free(r);
    return code;
}

#endif
