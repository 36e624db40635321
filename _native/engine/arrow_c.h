/* Columns through the Arrow C Data Interface
 * (https://arrow.apache.org/docs/format/CDataInterface.html). Nothing is copied: an exported array
 * counts as one more holder of its column, each child for itself, since a consumer may take one
 * child and release the rest. Release callbacks touch no Python and need no GIL. */
#ifndef LA_ENGINE_ARROW_C_H
#define LA_ENGINE_ARROW_C_H

#include "lifetime.h"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

static void la_schema_release(struct ArrowSchema *schema)
{
    for (int64_t k = 0; k < schema->n_children; k++) {
        if (schema->children[k]->release)
            schema->children[k]->release(schema->children[k]);
        free(schema->children[k]);
    }
    if (schema->dictionary) {
        if (schema->dictionary->release)
            schema->dictionary->release(schema->dictionary);
        free(schema->dictionary);
    }
    free((void *)(uintptr_t)schema->format);
    free((void *)(uintptr_t)schema->name);
    free((void *)(uintptr_t)schema->metadata);
    free(schema->children);
    schema->release = NULL;
}

/* The size of encoded metadata: a count, and twice as many texts, each behind its length; native int32. */
static size_t la_metadata_size(const char *metadata)
{
    int32_t count, length;
    size_t size = sizeof count;
    memcpy(&count, metadata, sizeof count);
    for (int32_t k = 0; k < 2 * count; k++) {
        memcpy(&length, metadata + size, sizeof length);
        size += sizeof length + (size_t)length;
    }
    return size;
}

/* Gives a schema a copy of encoded metadata. 0 or -1. */
static int la_schema_note(struct ArrowSchema *schema, const char *metadata)
{
    if (!metadata)
        return 0;
    size_t size = la_metadata_size(metadata);
    char *copy = malloc(size);
    if (!copy)
        return -1;
    memcpy(copy, metadata, size);
    schema->metadata = copy;
    return 0;
}

/* A schema with room for children, each an empty one. 0 or -1 with nothing held. */
static int la_schema_init(struct ArrowSchema *out, const char *format, const char *name, bool nullable, int64_t n_children)
{
    memset(out, 0, sizeof *out);
    out->release = la_schema_release;
    out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
    out->format = strdup(format);
    out->name = strdup(name);
    out->children = calloc((size_t)n_children + 1, sizeof *out->children);
    bool whole = out->format && out->name && out->children;
    for (; whole && out->n_children < n_children; out->n_children++)
        whole = (out->children[out->n_children] = calloc(1, sizeof *out)) != NULL;
    if (!whole)
        la_schema_release(out);
    return whole ? 0 : -1;
}

static int la_export_schema(const la_plan *plan, int32_t column, struct ArrowSchema *out)
{
    const la_column_spec *spec = &plan->columns[column];
    if (la_schema_init(out, spec->format, spec->name, spec->nullable, spec->n_children))
        return -1;
    if (la_schema_note(out, spec->metadata))
        goto failed;
    for (int32_t k = 0; k < spec->n_children; k++)
        if (la_export_schema(plan, plan->column_children[spec->first_child + k], out->children[k]))
            goto failed;
    if (spec->kind == LA_C_DICT) {
        out->dictionary = calloc(1, sizeof *out);
        if (!out->dictionary || la_schema_init(out->dictionary, "u", "", true, 0))
            goto failed;
    }
    return 0;
failed:
    la_schema_release(out);
    return -1;
}

/* The batch's schema: a struct of its visible columns. */
static int la_export_batch_schema(const la_plan *plan, struct ArrowSchema *out)
{
    if (la_schema_init(out, "+s", "", false, plan->n_visible))
        return -1;
    for (int32_t k = 0; k < plan->n_visible; k++)
        if (la_export_schema(plan, plan->output[k], out->children[k])) {
            la_schema_release(out);
            return -1;
        }
    return 0;
}

/* What an exported array holds: its column, and the tables that its struct points to. */
typedef struct {
    la_columns *all;
    la_column *column;          /* NULL: the batch's own struct */
    const void *buffers[4];
    int64_t variadic[1];        /* a view's buffer sizes */
    uint8_t *owned;             /* a validity bitmap made for this array alone; pool block */
    struct ArrowArray dictionary;
    struct ArrowArray *pointers[];
} la_held;

static void la_array_release(struct ArrowArray *array)
{
    la_held *held = array->private_data;
    for (int64_t k = 0; k < array->n_children; k++) {
        if (array->children[k]->release)
            array->children[k]->release(array->children[k]);
        free(array->children[k]);
    }
    if (array->dictionary && array->dictionary->release)
        array->dictionary->release(array->dictionary);
    if (held->column)
        la_column_release(held->all, held->column);
    la_block_return(held->owned);
    free(held);
    array->release = NULL;
}

/* A holder with room for `n` children, the first of which are empty. NULL: no memory. */
static la_held *la_array_init(struct ArrowArray *out, la_columns *all, la_column *column, size_t length, int32_t n)
{
    la_held *held = calloc(1, sizeof *held + (size_t)(n + 1) * sizeof held->pointers[0]);
    if (!held)
        return NULL;
    held->all = all;
    held->column = column;
    if (column)
        atomic_fetch_add_explicit(&column->references, 1, memory_order_relaxed);
    memset(out, 0, sizeof *out);
    out->length = (int64_t)length;
    out->null_count = column ? column->null_count : 0;
    out->buffers = held->buffers;
    out->children = held->pointers;
    out->release = la_array_release;
    out->private_data = held;
    for (; out->n_children < n; out->n_children++)
        if (!(held->pointers[out->n_children] = calloc(1, sizeof *out))) {
            la_array_release(out);
            return NULL;
        }
    return held;
}

static int la_export_dictionary(la_columns *all, la_column *c, struct ArrowArray *out)
{
    const la_dictionary *d = c->dictionary;
    la_held *held = la_array_init(out, all, c, (size_t)d->count, 0);
    if (!held)
        return -1;
    out->null_count = 0;
    out->n_buffers = 3;
    held->buffers[1] = d->offsets;
    held->buffers[2] = d->data;
    return 0;
}

static int la_export_array(const la_plan *plan, la_columns *all, int32_t column, struct ArrowArray *out)
{
    const la_column_spec *spec = &plan->columns[column];
    la_column *c = &all->columns[column];
    la_held *held = la_array_init(out, all, c, c->length, spec->n_children);
    if (!held)
        return -1;
    held->buffers[0] = c->validity;
    held->buffers[1] = c->values;
    out->n_buffers = 2;
    switch (spec->kind) {
    case LA_C_STRUCT:
    case LA_C_GROUP: out->n_buffers = 1; break;
    case LA_C_TEXT32:
    case LA_C_TEXT64:
        held->buffers[2] = c->data;
        out->n_buffers = 3;
        break;
    case LA_C_VIEW:
        held->variadic[0] = (int64_t)la_offset_at(spec, c, c->length);
        held->buffers[1] = c->views;
        held->buffers[2] = c->data;
        held->buffers[3] = held->variadic;
        out->n_buffers = 4;
        break;
    case LA_C_DICT:
        if (la_export_dictionary(all, c, &held->dictionary))
            goto failed;
        out->dictionary = &held->dictionary;
        break;
    default: break;
    }
    for (int32_t k = 0; k < spec->n_children; k++)
        if (la_export_array(plan, all, plan->column_children[spec->first_child + k], out->children[k]))
            goto failed;
    return 0;
failed:
    la_array_release(out);
    return -1;
}

static int la_export_batch(const la_plan *plan, la_columns *all, size_t n_rows, struct ArrowArray *out)
{
    la_held *held = la_array_init(out, all, NULL, n_rows, plan->n_visible);
    if (!held)
        return -1;
    out->n_buffers = 1;
    for (int32_t k = 0; k < plan->n_visible; k++)
        if (la_export_array(plan, all, plan->output[k], out->children[k])) {
            la_array_release(out);
            return -1;
        }
    return 0;
}

/* Hides the slots of an exported child that are null in its parent, whose own validity does not
 * travel with the child. 0, or -1 (no memory) with the array released. */
static int la_hide_slots(struct ArrowArray *array, const uint8_t *parent)
{
    la_held *held = array->private_data;
    size_t bytes = ((size_t)array->length + 7) / 8;
    uint8_t *merged = la_pool_get(bytes + 1);
    if (!merged) {
        la_array_release(array);
        return -1;
    }
    for (size_t k = 0; k < bytes; k++)
        merged[k] = parent[k] & (held->buffers[0] ? ((const uint8_t *)held->buffers[0])[k] : 0xff);
    la_pad(merged, bytes);
    la_block_return(held->owned);
    held->buffers[0] = held->owned = merged;
    array->null_count = la_count_nulls(merged, (size_t)array->length);
    return 0;
}

/* A stream of arrays that were exported before; it owns them and the schema. */
typedef struct {
    struct ArrowSchema schema;
    size_t n_arrays, next;
    struct ArrowArray arrays[];
} la_stream;

static int la_schema_copy(const struct ArrowSchema *from, struct ArrowSchema *to)
{
    if (la_schema_init(to, from->format, from->name, from->flags & ARROW_FLAG_NULLABLE, from->n_children))
        return -1;
    to->flags = from->flags;
    if (la_schema_note(to, from->metadata))
        goto failed;
    for (int64_t k = 0; k < from->n_children; k++)
        if (la_schema_copy(from->children[k], to->children[k]))
            goto failed;
    if (from->dictionary) {
        to->dictionary = calloc(1, sizeof *to);
        if (!to->dictionary || la_schema_copy(from->dictionary, to->dictionary))
            goto failed;
    }
    return 0;
failed:
    la_schema_release(to);
    return -1;
}

static int la_stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    return la_schema_copy(&((la_stream *)stream->private_data)->schema, out) ? 12 /* ENOMEM */ : 0;
}

static int la_stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    la_stream *s = stream->private_data;
    memset(out, 0, sizeof *out);
    if (s->next < s->n_arrays)
        *out = s->arrays[s->next++];
    return 0;
}

static const char *la_stream_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "out of memory"; /* nothing else can fail here */
}

static void la_stream_release(struct ArrowArrayStream *stream)
{
    la_stream *s = stream->private_data;
    if (s->schema.release)
        s->schema.release(&s->schema);
    for (; s->next < s->n_arrays; s->next++)
        if (s->arrays[s->next].release)
            s->arrays[s->next].release(&s->arrays[s->next]);
    free(s);
    stream->release = NULL;
}

/* A stream with room for n arrays, which la_stream_add fills. 0 or -1 with nothing held. */
static int la_stream_init(struct ArrowArrayStream *out, const la_plan *plan, size_t n)
{
    la_stream *s = calloc(1, sizeof *s + n * sizeof s->arrays[0]);
    if (!s || la_export_batch_schema(plan, &s->schema)) {
        free(s);
        return -1;
    }
    *out = (struct ArrowArrayStream){ la_stream_schema, la_stream_next, la_stream_error, la_stream_release, s };
    return 0;
}

static int la_stream_add(struct ArrowArrayStream *stream, const la_plan *plan, la_columns *all, size_t n_rows)
{
    la_stream *s = stream->private_data;
    if (la_export_batch(plan, all, n_rows, &s->arrays[s->n_arrays]))
        return -1;
    s->n_arrays++;
    return 0;
}

#endif
