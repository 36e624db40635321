/* Columns while they grow, and the domains that give them their length.
 *
 * A column has no length of its own: it belongs to a domain (the rows of an event, the items of
 * a list), and a value is always written at an index of that domain. Text that is written at
 * index i begins at offsets[i], a list's items begin at offsets[i]. So undo needs no code at all:
 * a failed record, a duplicate key or a second try simply writes the same index again.
 */
#ifndef LA_ENGINE_COLUMN_H
#define LA_ENGINE_COLUMN_H

#include <stdbool.h>

#include "limits.h"
#include "pool.h"

enum la_column_kind {
    LA_C_BITS,      /* bool: one bit a slot */
    LA_C_FIXED,     /* width bytes a slot */
    LA_C_TEXT32,    /* utf8, binary: int32 offsets and bytes */
    LA_C_TEXT64,    /* large_utf8, large_binary */
    LA_C_VIEW,      /* utf8_view: grows as TEXT32, views are made when the batch is finished */
    LA_C_DICT,      /* dictionary<int32, utf8> */
    LA_C_LIST,      /* int32 offsets into the child domain */
    LA_C_MAP,       /* the same; the children are the key and the value */
    LA_C_STRUCT,    /* children in the same domain */
    LA_C_ROWS,      /* a list whose items became rows: offsets only, never exported */
    LA_C_GROUP,     /* a struct of columns of its own level and of those above; never null */
    LA_C_KINDS
};

enum { LA_SLACK = 64 }; /* bytes a SIMD store may write past the end of text */

/* The unchanging side of a column; owned by the plan. */
typedef struct {
    uint8_t kind;
    uint8_t nullable;
    uint16_t width;
    int32_t domain;
    int32_t child_domain;   /* LIST, MAP, ROWS */
    int32_t first_child, n_children; /* into the plan's table of column children */
    int32_t node;           /* that feeds it, or -1; set when the plan is sealed */
    const char *format;     /* of the Arrow C data interface */
    const char *name;
    const char *metadata;   /* in its encoding; NULL: none */
} la_column_spec;

/* The distinct texts of a dictionary column, in order of first appearance. */
typedef struct {
    uint8_t *offsets, *data;    /* pool blocks: int32 offsets, UTF-8 */
    uint32_t *table;            /* hash → index + 1; NULL while linear search does */
    uint32_t table_mask;
    int32_t count;
    int32_t fixed;              /* values given by the schema: nothing may be added */
    /* The previous value as it stood on the wire, quotes included: equal bytes, equal value. */
    int32_t last;
    uint32_t wire_length;       /* 0: no prediction */
    uint8_t wire[LA_SLACK + 192];
} la_dictionary;

typedef struct {
    uint8_t *validity;      /* NULL until the first null */
    uint8_t *values;        /* bits, fixed values, offsets or dictionary indices */
    uint8_t *data;          /* text, or the views' buffer */
    uint8_t *views;         /* LA_C_VIEW, once finished */
    la_dictionary *dictionary;
    union {
        size_t text_end;    /* while it grows: bytes of data up to the end of the text written last */
        int64_t null_count; /* once finished */
    };
    size_t length;          /* once finished */
    _Atomic long references;/* once finished: the batch, and each exported array */
} la_column;

/* All columns of one batch; freed when the last of them has been released. */
typedef struct {
    _Atomic long live;
    uint32_t count;
    la_column columns[];
} la_columns;

typedef struct {
    size_t length, capacity;
} la_domain;

static inline void la_set_bit(uint8_t *bits, size_t i) { bits[i >> 3] |= (uint8_t)(1u << (i & 7)); }
static inline void la_clear_bit(uint8_t *bits, size_t i) { bits[i >> 3] &= (uint8_t)~(1u << (i & 7)); }
static inline bool la_get_bit(const uint8_t *bits, size_t i) { return bits[i >> 3] >> (i & 7) & 1; }

static inline void la_mark_valid(la_column *c, size_t i)
{
    if (__builtin_expect(c->validity != NULL, 0))
        la_set_bit(c->validity, i);
}

/* Bytes of `values` for n slots; offsets have one more. */
static inline size_t la_values_size(const la_column_spec *spec, size_t n)
{
    switch (spec->kind) {
    case LA_C_BITS: return (n + 7) / 8;
    case LA_C_FIXED: return n * spec->width;
    case LA_C_DICT: return n * 4;
    case LA_C_TEXT64: return (n + 1) * 8;
    case LA_C_STRUCT:
    case LA_C_GROUP: return 0;
    default: return (n + 1) * 4;
    }
}

static inline bool la_has_data(const la_column_spec *spec)
{
    return spec->kind == LA_C_TEXT32 || spec->kind == LA_C_TEXT64 || spec->kind == LA_C_VIEW;
}

static inline size_t la_offset_at(const la_column_spec *spec, const la_column *c, size_t i)
{
    return spec->kind == LA_C_TEXT64 ? (size_t)((int64_t *)c->values)[i] : (size_t)((int32_t *)c->values)[i];
}

/* Room for slots [0, capacity) in the buffers that are counted by slots, keeping the first
 * `length`. Returns 0 or -1 (no memory; the column is as it was). */
static int la_column_grow(const la_column_spec *spec, la_column *c, size_t length, size_t capacity)
{
    size_t need = la_values_size(spec, capacity);
    if (need) {
        bool fresh = c->values == NULL;
        size_t used = fresh ? 0 : la_values_size(spec, length);
        if (la_pool_grow(&c->values, used, need))
            return -1;
        if (fresh)
            memset(c->values, 0, need < 8 ? need : 8); /* the first offset; the first bits */
    }
    if (c->validity) {
        if (la_pool_grow(&c->validity, (length + 7) / 8, (capacity + 7) / 8 + 1))
            return -1;
    }
    return 0;
}

/* Makes slot i null. The first null of a column allocates its bitmap. Returns 0 or -1. */
static int la_mark_null(la_column *c, size_t i, size_t capacity)
{
    if (!c->validity) {
        if (la_pool_grow(&c->validity, 0, (capacity + 7) / 8 + 1))
            return -1;
        memset(c->validity, 0xff, i / 8 + 1);
    }
    la_clear_bit(c->validity, i);
    return 0;
}

static void la_dictionary_free(la_dictionary *d)
{
    if (!d)
        return;
    size_t bytes = d->offsets ? (size_t)((int32_t *)d->offsets)[d->count] : 0;
    la_pool_put(d->offsets, ((size_t)d->count + 1) * 4);
    la_pool_put(d->data, bytes);
    la_pool_put((uint8_t *)d->table, d->table ? ((size_t)d->table_mask + 1) * 4 : 0);
    la_pool_put((uint8_t *)d, sizeof *d);
}

/* A block's pages stay resident from batch to batch, so what was once touched counts for good. */
static void la_block_touch(uint8_t *bytes, size_t used)
{
    if (bytes && la_block_of(bytes)->touched < used)
        la_block_of(bytes)->touched = used;
}

/* Notes how far a column's buffers were written, which is what the pool counts. */
static void la_column_touch(const la_column_spec *spec, la_column *c, size_t length)
{
    la_block_touch(c->validity, length / 8 + 1);
    la_block_touch(c->values, la_values_size(spec, length));
    if (c->values && la_has_data(spec))
        la_block_touch(c->data, (c->text_end > la_offset_at(spec, c, length) ? c->text_end
                                                                              : la_offset_at(spec, c, length)) + LA_SLACK);
}

static void la_block_return(uint8_t *bytes)
{
    if (bytes)
        la_pool_put(bytes, la_block_of(bytes)->touched);
}

static void la_column_free(la_column *c)
{
    la_block_return(c->validity);
    la_block_return(c->values);
    la_block_return(c->views);
    la_block_return(c->data);
    la_dictionary_free(c->dictionary);
    c->validity = c->values = c->views = c->data = NULL;
    c->dictionary = NULL;
}

static void la_column_release(la_columns *all, la_column *c)
{
    if (atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    la_column_free(c);
    if (atomic_fetch_sub_explicit(&all->live, 1, memory_order_acq_rel) == 1)
        la_pool_put((uint8_t *)all, sizeof *all + all->count * sizeof(la_column));
}

#endif
