/* Failures become records here: only after something went wrong, so nothing here is fast. */
#ifndef LA_ENGINE_FAILURE_H
#define LA_ENGINE_FAILURE_H

#include "ops/choose.h"
#include "path.h"

enum { LA_RAW_MAX = 64 * 1024 }; /* bytes kept of a failed record's text */

/* Appends bytes to the run's notes. 0 or -1. */
static int la_notes_add(la_run *r, const void *bytes, size_t n)
{
    return la_text_add(&r->notes, &r->n_notes, bytes, n);
}

/* One step of a path: a key, an index, or the arrow into a layer. */
static int la_notes_step(la_run *r, int kind, const uint8_t *key, size_t length, uint64_t index)
{
    switch (kind) {
    case LA_PART_LAYER: return la_notes_add(r, " \xe2\x86\x92 $", 6);
    case LA_PART_INDEX: return la_path_index(&r->notes, &r->n_notes, index);
    default: return la_path_key(&r->notes, &r->n_notes, key, length);
    }
}

/* Writes the path of the failure: the frames that are open, then the noted steps, outermost
 * first. 0 or -1. */
static int la_notes_path(la_run *r, bool frames)
{
    if (la_notes_add(r, "$", 1))
        return -1;
    for (uint32_t f = 0; frames && f < r->n_frames; f++) {
        const la_text *prefix = r->frames[f].prefix;
        bool keyed = r->frames[f].key.text != NULL;
        /* Every failure below a key repeats it: a long one must not cost its length each time. */
        uint32_t length = r->frames[f].key.length < LA_PATH_KEY ? r->frames[f].key.length : LA_PATH_KEY;
        if (prefix && la_notes_add(r, prefix->text, prefix->length))
            return -1;
        if (!r->frames[f].alone &&
            la_notes_step(r, keyed ? LA_PART_KEY : LA_PART_INDEX, r->frames[f].key.text, length, r->frames[f].index))
            return -1;
    }
    for (int32_t k = r->failure.n_parts; k-- > 0;) {
        const la_path_part *part = &r->failure.parts[k];
        if (la_notes_step(r, part->kind, part->key, part->length, part->index))
            return -1;
    }
    return 0;
}

/* Where a position lies in the event: itself, or the string that holds the open layers. */
static uint32_t la_event_offset(const la_run *r, const uint8_t *at)
{
    if (at < r->event || at > r->event + r->event_length)
        at = r->layer_outer;
    return at ? (uint32_t)(at - r->event) : 0;
}

/* Appends the text (or, with `numbers`, the number as it is written) that the keys lead to from the record at p; *length is -1 where there is none. 0 or -1. */
static int la_notes_text(la_run *r, const uint8_t *p, const uint8_t *end, int32_t first_key, int32_t n_keys, bool numbers,
                         int32_t *length)
{
    la_text text;
    uint8_t kind;
    *length = -1;
    if (!n_keys || la_scalar_at(r, p, end, first_key, n_keys, &text, &kind) <= 0)
        return 0;
    if (kind != 's' && (!numbers || !la_starts_number(*text.text)))
        return 0;
    *length = (int32_t)text.length;
    return la_notes_add(r, text.text, text.length);
}

/* Keeps the noted failure of the record [p, close). 0, or -1 (no memory). */
static LA_COLD int la_failure_note(la_run *r, const uint8_t *p, const uint8_t *close, const uint8_t *end)
{
    la_failure_state noted = r->failure;
    int32_t column = r->plan->identifier_column;
    bool numbers = column >= 0 && r->plan->columns[column].kind == LA_C_FIXED;
    size_t raw_length = (size_t)(close - p) < LA_RAW_MAX ? (size_t)(close - p) : LA_RAW_MAX;
    uint8_t *bytes = (uint8_t *)r->failures;
    size_t need = ((size_t)r->n_failures + 1) * sizeof(la_failure);
    if ((!bytes || la_block_of(bytes)->capacity < need) &&
        la_pool_grow(&bytes, r->n_failures * sizeof(la_failure), need * 2))
        goto no_memory;
    r->failures = (la_failure *)(void *)bytes;
    la_failure *f = &r->failures[r->n_failures];
    memset(f, 0, sizeof *f);
    f->code = noted.code;
    f->looks = noted.looks;
    f->event = r->n_events;
    f->record = r->n_records - 1 - r->event_record;
    f->inner_offset = noted.inner_offset;
    if (r->layer && f->inner_offset < 0)
        f->inner_offset = noted.at - r->layer_start[r->layer];
    f->offset = la_event_offset(r, r->layer ? NULL : noted.at);
    f->start = la_event_offset(r, p);
    f->length = (uint32_t)(close - p);
    f->path = r->n_notes;
    if (la_notes_path(r, true))
        goto no_memory;
    f->path_length = r->n_notes - f->path;
    f->raw = r->n_notes;
    if (la_notes_add(r, p, raw_length))
        goto no_memory;
    f->raw_length = (uint32_t)raw_length;
    f->identifier = r->n_notes;
    if (la_notes_text(r, p, end, r->plan->identifier, r->plan->n_identifier, numbers, &f->identifier_length))
        goto no_memory;
    f->group = r->n_notes;
    if (la_notes_text(r, p, end, r->plan->group, r->plan->n_group, false, &f->group_length))
        goto no_memory;
    r->failure = noted;
    r->n_failures++;
    return 0;
no_memory:
    la_fail(r, LA_E_NO_MEMORY, p);
    return -1;
}

#endif
