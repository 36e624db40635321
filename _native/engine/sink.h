/* The state of one run: the plan's columns as they grow, the layers' buffers, and what failed. */
#ifndef LA_ENGINE_SINK_H
#define LA_ENGINE_SINK_H

#include "../kernels/dispatch.h"
#include "../kernels/number.h"
#include "plan.h"

enum { LA_LAYERS = 8, LA_PATH_PARTS = 48, LA_PATH_KEY = 72, LA_ROW_FRAMES = 8 };

enum la_on_error { LA_RAISE, LA_COLLECT, LA_STOP, LA_NULL };

/* One step of a path. It is noted on the way out of a failure, innermost first. */
typedef struct {
    enum { LA_PART_KEY, LA_PART_INDEX, LA_PART_LAYER } kind;
    uint32_t length;
    uint64_t index;
    uint8_t key[LA_PATH_KEY];
} la_path_part;

typedef struct {
    enum la_error code;
    enum la_looks looks;
    const uint8_t *at;      /* in the layer being left */
    int64_t inner_offset;   /* -1: the failure is in the event's own text */
    int32_t record;         /* index of the record in its event; -1: none */
    int32_t n_parts;
    bool final;             /* on_mismatch="fail" inside what may be null, or a required field that is missing */
    la_path_part parts[LA_PATH_PARTS];
} la_failure_state;

/* A record that failed. Its texts lie in the run's notes. */
typedef struct {
    enum la_error code;
    enum la_looks looks;
    uint32_t event, record;         /* which event of the batch, which record of that event */
    uint32_t offset;                /* in the event */
    int64_t inner_offset;
    uint32_t start, length;         /* the record's raw text in the event */
    uint32_t path, path_length;     /* in la_run.notes */
    uint32_t raw, raw_length;       /* in la_run.notes: the record's text, capped */
    uint32_t identifier, group;     /* in la_run.notes */
    int32_t identifier_length, group_length; /* -1: the record has none that can be read */
    uint64_t row;                   /* LA_NULL: the row that stands for it */
} la_failure;

typedef struct {
    uint32_t start, length;
} la_span;

enum { LA_REPEAT_FIELDS = 6, LA_REPEAT_BYTES = 1024 };

/* What is expected at one place of an object: at its start, or behind one of its fields. The next
 * key is the one that came here last. Neighbouring dictionary fields whose text was the same twice in
 * a row (constants: names, ARNs, regions) are expected as a whole, and compared in one go. */
typedef struct {
    uint32_t length;                /* of the whole that is expected; 0: none */
    uint16_t count;                 /* its fields, from the one behind this place */
    uint16_t key;                   /* the field whose key is expected */
    uint8_t *text;                  /* a pool block: from the first key to the last value's end */
    int32_t columns[LA_REPEAT_FIELDS];
    int32_t indices[LA_REPEAT_FIELDS]; /* in their dictionaries, of this batch */
} la_slot_state;

_Static_assert(sizeof(la_slot_state) == 64, "a slot is a cache line");

enum la_call { LA_CALL_DONE, LA_CALL_REFUSED, LA_CALL_LIMIT, LA_CALL_RAISED, LA_CALL_NO_MEMORY };

/* What the engine cannot do itself: codec number `codec` makes of [p, p + n) the bytes at *out, at most
 * `limit` of them, which live until the event has been read. */
typedef struct {
    void *context;
    enum la_call (*decode)(void *context, int32_t codec, const uint8_t *p, size_t n, uint64_t limit,
                           const uint8_t **out, size_t *out_length);
} la_call_outs;

/* A value that did not fit; its path and its text lie in the run's rescue_text. */
typedef struct {
    int32_t node;
    uint32_t path, path_length, text, text_length;
} la_rescued;

/* What `observe` has met at one place of many items. Lists and maps lead to the places inside them. */
typedef struct {
    uint32_t met;               /* a bit for each la_met */
    uint32_t not_int64;         /* how many numbers are none */
    int32_t whole, scale;       /* the most digits before the point and behind it */
    int32_t parent;             /* of a key */
    int32_t item;               /* of a list or set; -1: none */
    int32_t first, last;        /* the keys of a map, in the order they were met first; -1: none */
    int32_t next;               /* the key behind this one; -1: none */
    uint32_t key, key_length;   /* unescaped, in the observed text */
} la_observation;

typedef struct {
    la_observation *places;     /* pool blocks */
    uint32_t n_places, mask;
    uint32_t *table;            /* parent and key → place + 1 */
    uint8_t *text;
    uint32_t text_used;
} la_observed;

/* Where a value stands that another word looks at again when its object ends; start NULL: nowhere. */
typedef struct {
    const uint8_t *start, *end;
} la_place;

enum { LA_SPANS = 4 };     /* such values in one plan */
enum { LA_OBSERVED = 4 }; /* trees of places in one plan */
enum { LA_STEPS = 32 }; /* lists and maps inside one another that a rescued value may lie in */

typedef struct {
    const la_plan *plan;
    la_columns *all;
    la_column *columns;             /* all->columns */
    la_domain *domains;
    size_t *expected;               /* per domain: its length in the batch before */
    la_slot_state *slots;           /* per object: one before its first key, one behind each */
    uint8_t *scratch[LA_LAYERS];    /* a buffer a layer; pool blocks */
    size_t scratch_used[LA_LAYERS];
    uint32_t layer;
    enum la_on_error on_error;
    la_call_outs call_outs;
    uint64_t inflated;              /* bytes of this event so far */
    size_t text_bound;              /* the event's text and what its layers inflated to */

    const uint8_t *event;           /* borrowed for one call */
    size_t event_length;
    uint32_t n_events;
    bool stopped;                   /* LA_STOP: a record of this event has failed */

    la_span *records;               /* per record: where it stands in its event */
    uint32_t n_records;
    uint32_t event_record;          /* the first record of this event */
    uint32_t event_failure;
    uint32_t *event_starts;         /* per event: its first record */

    la_failure *failures;
    uint32_t n_failures;
    uint8_t *notes;                 /* paths, raw texts and identifiers of failures */
    uint32_t n_notes;

    struct {
        const la_text *prefix;      /* the path from the frame outside to this one */
        la_text key;                /* the key that `each` stands at; text NULL in `explode` */
        uint64_t index;
        bool alone;                 /* it is no step of a path */
    } frames[LA_ROW_FRAMES];
    uint32_t n_frames;

    la_rescued *rescued;            /* of the row that is being read; a pool block */
    uint32_t n_rescued;
    uint8_t *rescue_text;
    uint32_t rescue_used;
    struct {
        int32_t keys;               /* the column of the map's keys; -1: a list */
        size_t index;               /* of the item; or of the key in its column */
    } steps[LA_STEPS];
    uint32_t n_steps;
    bool packed;                    /* a record of the batch held several (see ops/aggregate.h) */
    bool told_rows;                 /* the record said how many rows it makes, even if none */
    la_place spans[LA_SPANS];
    la_observed observed;           /* its first places are the trees' roots */

    const uint8_t *layer_start[LA_LAYERS + 1]; /* where each open layer's bytes begin */
    const uint8_t *layer_outer;     /* the outermost open layer's place in the event */
    const uint8_t **values;         /* where the values of the maps being read stand */
    size_t n_values, value_capacity;
    uint64_t *brackets;             /* bit stack of la_skip: one bit a bracket */
    uint64_t *seen;                 /* bit sets of objects with more than 64 keys */
    size_t n_seen, seen_capacity;
    uint64_t hash_seed;
    bool came_again;                /* a key that ONE_OF has believed to stand there once */
    la_failure_state failure;
} la_run;

/* Notes a failure at `at` and returns NULL, which every caller hands outwards. */
static LA_COLD __attribute__((noinline)) const uint8_t *la_fail(la_run *r, enum la_error code, const uint8_t *at)
{
    r->failure.code = code;
    r->failure.looks = LA_LOOKS_UNKNOWN;
    r->failure.at = at;
    r->failure.inner_offset = -1;
    r->failure.record = -1;
    r->failure.n_parts = 0;
    r->failure.final = code == LA_E_MISSING_FIELD;
    return NULL;
}

static LA_COLD la_path_part *la_path_step(la_run *r)
{
    la_failure_state *f = &r->failure;
    if (f->n_parts == LA_PATH_PARTS) /* keep the outer steps: they name the record */
        memmove(f->parts, f->parts + 1, sizeof f->parts[0] * --f->n_parts);
    return &f->parts[f->n_parts++];
}

static LA_COLD const uint8_t *la_at_key(la_run *r, const uint8_t *key, size_t length)
{
    la_path_part *part = la_path_step(r);
    part->kind = LA_PART_KEY;
    part->length = (uint32_t)(length < LA_PATH_KEY ? length : LA_PATH_KEY);
    memcpy(part->key, key, part->length);
    return NULL;
}

static LA_COLD const uint8_t *la_at_index(la_run *r, uint64_t index)
{
    la_path_part *part = la_path_step(r);
    part->kind = LA_PART_INDEX;
    part->index = index;
    return NULL;
}

/* Leaves a layer that began at `start`; it stands at `outer` in the layer above. */
static LA_COLD const uint8_t *la_at_layer(la_run *r, const uint8_t *start, const uint8_t *outer)
{
    if (r->failure.inner_offset < 0)
        r->failure.inner_offset = r->failure.at - start;
    r->failure.at = outer;
    la_path_step(r)->kind = LA_PART_LAYER;
    return NULL;
}

/* Room for slots up to `need` in every column of a domain. 0, or -1 with a failure noted. */
static __attribute__((noinline)) int la_domain_grow(la_run *r, int32_t domain, size_t need, const uint8_t *at)
{
    la_domain *d = &r->domains[domain];
    if (need >= LA_OFFSET_MAX) {
        la_fail(r, LA_E_TOO_LARGE, at);
        return -1;
    }
    size_t capacity = need < d->capacity * 2 ? d->capacity * 2 : need;
    if (capacity < 16)
        capacity = 16;
    if (capacity > LA_OFFSET_MAX) /* beyond it every index must come here, to be refused */
        capacity = LA_OFFSET_MAX;
    const la_plan *plan = r->plan;
    for (int32_t k = plan->domain_first[domain]; k < plan->domain_first[domain + 1]; k++) {
        int32_t c = plan->domain_columns[k];
        if (la_column_grow(&plan->columns[c], &r->columns[c], d->length, capacity)) {
            la_fail(r, LA_E_NO_MEMORY, at);
            return -1;
        }
    }
    d->capacity = capacity;
    return 0;
}

/* Room for `more` bytes of text behind what a text column holds. 0 or -1. */
static int la_reserve_column(la_run *r, int32_t column, size_t more, const uint8_t *at)
{
    const la_column_spec *spec = &r->plan->columns[column];
    la_column *c = &r->columns[column];
    size_t used = c->values ? la_offset_at(spec, c, r->domains[spec->domain].length) : 0;
    if (used < c->text_end) /* the current slot, or slots behind it, may have been written */
        used = c->text_end;
    size_t need = used + more + LA_SLACK;
    /* Before the capacity: blocks are rounded up, and may hold more than offsets can reach. */
    if (spec->kind != LA_C_TEXT64 && used + more > LA_OFFSET_MAX) {
        la_fail(r, LA_E_TOO_LARGE, at);
        return -1;
    }
    if (c->data && need <= la_block_of(c->data)->capacity)
        return 0;
    if (la_pool_grow(&c->data, used, need < 2 * used ? 2 * used : need)) {
        la_fail(r, LA_E_NO_MEMORY, at);
        return -1;
    }
    return 0;
}

/* The same for every text column. A value that is unescaped or decoded is never longer than its
 * source, so one reservation as long as the source spares the sweeps every check. 0 or -1. */
static int la_reserve_text(la_run *r, size_t more, const uint8_t *at)
{
    for (int32_t k = 0; k < r->plan->n_text_columns; k++)
        if (la_reserve_column(r, r->plan->text_columns[k], more, at))
            return -1;
    return 0;
}

/* Room for text that is not in the input (a default, a constant), which the reservation for the
 * input does not count. 0 or -1. */
static int la_reserve_foreign(la_run *r, const la_node *n, size_t length, const uint8_t *at)
{
    if (n->column < 0 || r->plan->columns[n->column].n_children)
        return la_reserve_text(r, r->text_bound + length, at);
    if (la_has_data(&r->plan->columns[n->column]))
        return la_reserve_column(r, n->column, r->text_bound + length, at);
    return 0;
}

#endif
