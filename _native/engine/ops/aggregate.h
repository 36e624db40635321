/* Records that the Kinesis Producer Library has packed into one: a magic number, a protobuf message, the MD5 of it
 * (https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md). */
#ifndef LA_OPS_AGGREGATE_H
#define LA_OPS_AGGREGATE_H

#include "rows.h"

/* Which columns a user record feeds beside its data: places in the plan's integers. */
enum { LA_USER_PARTITION_KEY, LA_USER_HASH_KEY, LA_USER_SUB_SEQUENCE, LA_USER_INDEX, LA_USER_COLUMNS };

static const uint8_t la_aggregate_magic[] = { 0xf3, 0x89, 0x9a, 0xc2 };

/* A field of a protobuf message: its number, its value, or the bytes that it holds. */
typedef struct {
    uint64_t number, value;
    const uint8_t *start, *end; /* NULL: a varint */
} la_protobuf_field;

static bool la_varint(const uint8_t **p, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; *p < end && shift < 64; shift += 7) {
        uint8_t byte = *(*p)++;
        if (shift == 63 && byte > 1)
            return false;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* Reads the field at *p < end. False: no protobuf, or a group, which nobody writes any more. */
static bool la_protobuf_next(const uint8_t **p, const uint8_t *end, la_protobuf_field *f)
{
    uint64_t key, size;
    *f = (la_protobuf_field){ 0 };
    if (!la_varint(p, end, &key) || !(f->number = key >> 3))
        return false;
    switch (key & 7) {
    case 0: return la_varint(p, end, &f->value);
    case 1: size = 8; break;
    case 2:
        if (!la_varint(p, end, &size))
            return false;
        break;
    case 5: size = 4; break;
    default: return false;
    }
    if (size > (uint64_t)(end - *p))
        return false;
    if ((key & 7) == 2) {
        f->start = *p;
        f->end = *p + size;
    }
    *p += size;
    return true;
}

/* What a message holds: the keys that records point to, in pool blocks. */
typedef struct {
    la_text *keys[2];       /* partition keys, explicit hash keys */
    size_t counts[2];
} la_key_tables;

static void la_key_tables_free(la_key_tables *tables)
{
    for (int k = 0; k < 2; k++)
        if (tables->keys[k])
            la_pool_put((uint8_t *)tables->keys[k], tables->counts[k] * sizeof(la_text));
}

/* Reads the tables, wherever in the message they stand. 0, 1 (no such message), or -1 (no memory). */
static int la_key_tables_read(const uint8_t *p, const uint8_t *end, la_key_tables *tables)
{
    la_protobuf_field f;
    while (p < end) {
        if (!la_protobuf_next(&p, end, &f))
            return 1;
        if (f.number > 2)
            continue;
        if (!f.start)
            return 1;
        int table = (int)f.number - 1;
        uint8_t *bytes = (uint8_t *)tables->keys[table];
        size_t used = tables->counts[table] * sizeof(la_text), need = used + sizeof(la_text);
        if ((!bytes || la_block_of(bytes)->capacity < need) && la_pool_grow(&bytes, used, need * 2))
            return -1;
        tables->keys[table] = (la_text *)(void *)bytes;
        tables->keys[table][tables->counts[table]++] = (la_text){ f.start, (uint32_t)(f.end - f.start) };
    }
    return 0;
}

/* Whether all rows of the batch so far have their records' keys: then the records' column becomes theirs in the end,
 * and nothing is copied. */
static inline bool la_inherits_all(const la_run *r) { return r->plan->inherit >= 0 && !r->packed; }

/* The hash key that a record has by its keys: the explicit one, or the MD5 of the other. False: no such number. */
static bool la_hash_key_of(const la_text *explicit_key, const la_text *partition_key, unsigned __int128 *key)
{
    *key = 0;
    if (!explicit_key) {
        uint8_t digest[LA_MD5_SIZE];
        la_md5(partition_key->text, partition_key->length, digest);
        for (int k = 0; k < LA_MD5_SIZE; k++)
            *key = *key << 8 | digest[k];
        return true;
    }
    for (uint32_t k = 0; k < explicit_key->length; k++) {
        uint8_t digit = (uint8_t)(explicit_key->text[k] - '0');
        if (digit > 9 || *key > (~(unsigned __int128)0 - digit) / 10)
            return false;
        *key = *key * 10 + digit;
    }
    return explicit_key->length > 0;
}

static unsigned __int128 la_range_end(la_text text)
{
    unsigned __int128 end = 0;
    for (uint32_t k = 0; k < text.length; k++)
        end = end << 8 | text.text[k];
    return end;
}

/* The key of a row is its record's, and its own column read by nobody before it is another's; but its text must end
 * somewhere. */
static inline void la_inherit_later(la_run *r, int64_t column, size_t row)
{
    int32_t *offsets = (int32_t *)r->columns[column].values;
    if (offsets)
        offsets[row + 1] = offsets[row];
}

/* The columns of the user record in row `row` that are not its data. NULL stands for none. 0, or -1 with a failure. */
static int la_user_columns(la_run *r, const la_node *n, size_t row, const la_text *partition_key, const la_text *hash_key,
                           int64_t sub_sequence, int32_t index, const uint8_t *at)
{
    const int64_t *columns = r->plan->integers + n->d;
    const la_text *texts[] = { partition_key, hash_key };
    for (int k = 0; k < 2; k++) {
        la_node column = { .column = (int32_t)columns[k] };
        if (columns[k] < 0)
            continue;
        if (k == LA_USER_PARTITION_KEY && la_inherits_all(r)) {
            la_inherit_later(r, columns[k], row);
            continue;
        }
        if (texts[k] ? la_text_set(r, &column, row, *texts[k], at) : la_null_column(r, column.column, row))
            return -1;
    }
    if (columns[LA_USER_SUB_SEQUENCE] >= 0) {
        la_node column = { .column = (int32_t)columns[LA_USER_SUB_SEQUENCE] };
        if (sub_sequence < 0 && la_null_column(r, column.column, row))
            return -1;
        if (sub_sequence >= 0)
            memcpy(la_slot(r, &column, row, 8), &sub_sequence, 8);
    }
    if (columns[LA_USER_INDEX] >= 0) {
        la_node column = { .column = (int32_t)columns[LA_USER_INDEX] };
        memcpy(la_slot(r, &column, row, 4), &index, 4);
    }
    return 0;
}

/* The same for a row that nobody packed. */
static inline int la_single_columns(la_run *r, const la_node *n, size_t row, const uint8_t *at)
{
    if (LA_UNLIKELY(n->c || r->packed))
        return la_user_columns(r, n, row, NULL, NULL, -1, 0, at);
    int64_t key = r->plan->integers[n->d + LA_USER_PARTITION_KEY];
    if (key >= 0)
        la_inherit_later(r, key, row);
    return 0;
}

/* A row begins at `row`. 0, or -1 with a failure noted. */
static inline int la_user_row(la_run *r, const la_node *n, size_t row, const uint8_t *at)
{
    if (la_domain_at(r, n->a, row, at))
        return -1;
    if (row >= r->plan->limits.rows) {
        la_fail(r, LA_E_TOO_LARGE, at);
        return -1;
    }
    return 0;
}

/* `count` rows of parent i are done. */
static void la_user_rows_end(la_run *r, const la_node *n, size_t i, size_t row)
{
    r->domains[n->a].length = row;
    ((int32_t *)r->columns[n->column].values)[i + 1] = (int32_t)row;
}

/* One row without data: a record that has none. 0, or -1 with a failure noted. */
static int la_aggregate_null(la_run *r, const la_node *n, size_t i)
{
    size_t row = (size_t)((int32_t *)r->columns[n->column].values)[i];
    if (la_user_row(r, n, row, NULL) || la_null(r, &r->plan->nodes[n->child], row) ||
        la_single_columns(r, n, row, NULL) || la_row_end(r, n->a, row, NULL))
        return -1;
    la_user_rows_end(r, n, i, row + 1);
    return 0;
}

/* Reads nothing: a row that has no partition key of its own has its record's. a: the record's; b: the rows'; c: the
 * ROWS column that leads to them. Text columns grow at their end: only the last row may still lack its text, and a
 * record without an aggregate has one. 0, or -1 with a failure noted. */
static int la_inherit(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    const int32_t *rows = (const int32_t *)r->columns[n->c].values;
    const la_column *own = &r->columns[n->b], *record = &r->columns[n->a];
    la_node column = { .column = n->b };
    size_t row = (size_t)rows[i];
    if (la_inherits_all(r) || rows[i + 1] - rows[i] != 1 || !own->validity || la_get_bit(own->validity, row) ||
        (record->validity && !la_get_bit(record->validity, i)))
        return 0;
    const la_column_spec *spec = &r->plan->columns[n->a];
    size_t from = la_offset_at(spec, record, i), length = la_offset_at(spec, record, i + 1) - from;
    return la_text_set(r, &column, row, (la_text){ record->data + from, (uint32_t)length }, at);
}

/* The first aggregate of a batch: the rows before it, `n_rows` of them and each a record, have had their records' keys
 * so far by having none of their own. 0, or -1 with a failure noted. */
static int la_inherit_begin(la_run *r, size_t n_rows, const uint8_t *at)
{
    const la_node *n = &r->plan->nodes[r->plan->inherit];
    r->packed = true;
    for (size_t row = 0; row < n_rows; row++)
        if (la_null_column(r, n->b, row) || la_inherit(r, n, at, row))
            return -1;
    return 0;
}

/* The user record [p, end) into row *row; dropped where its hash key is another shard's. False on failure. */
static bool la_user_record(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, const la_key_tables *tables,
                           int32_t index, size_t *row)
{
    const la_text *keys[2] = { NULL, NULL };
    la_protobuf_field f, data = { 0 };
    const uint8_t *start = p;
    bool sound = true;
    while (p < end && sound) {
        sound = la_protobuf_next(&p, end, &f);
        if (sound && f.number <= 2) {
            sound = !f.start && f.value < tables->counts[f.number - 1];
            if (sound)
                keys[f.number - 1] = &tables->keys[f.number - 1][f.value];
        } else if (sound && f.number == 3) {
            sound = f.start != NULL;
            data = f;
        }
    }
    if (!sound || !keys[0] || !data.start)
        return la_fail(r, LA_E_INVALID_AGGREGATE, start) != NULL;
    if (n->count) {
        const la_text *range = r->plan->texts + n->first;
        unsigned __int128 key;
        if (!la_hash_key_of(keys[1], keys[0], &key))
            return la_fail(r, LA_E_INVALID_AGGREGATE, start) != NULL;
        if (key < la_range_end(range[0]) || key > la_range_end(range[1]))
            return true;
    }
    if (la_user_row(r, n, *row, start) || la_user_columns(r, n, *row, keys[0], keys[1], index, index, start) ||
        !la_bytes(r, &r->plan->nodes[n->child], data.start, data.end, *row) || la_row_end(r, n->a, *row, start))
        return false;
    ++*row;
    return true;
}

/* The message [p, end), whose digest was right. */
static const uint8_t *la_aggregate_read(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end,
                                        const la_key_tables *tables, size_t i)
{
    size_t row = (size_t)((int32_t *)r->columns[n->column].values)[i];
    la_protobuf_field f;
    const uint8_t *start = p;
    for (int32_t index = 0; p < end;) {
        if (!la_protobuf_next(&p, end, &f))
            return la_fail(r, LA_E_INVALID_AGGREGATE, start);
        if (f.number != 3)
            continue;
        r->frames[r->n_frames - 1].index = (uint64_t)index;
        if (!f.start ? !la_fail(r, LA_E_INVALID_AGGREGATE, start) : !la_user_record(r, n, f.start, f.end, tables, index, &row))
            return la_at_index(r, (uint64_t)index);
        index++;
    }
    la_user_rows_end(r, n, i, row);
    return end;
}

/* a: the rows' domain; b: the text of the path to here; column: the ROWS column; child: what reads a user record's data;
 * d: the columns beside it, c: whether there are any but an inherited partition key, set when the plan is sealed; first,
 * count: the shard's range, two texts of 16 bytes, or none. Bytes that are no aggregate are a row themselves. */
static const uint8_t *la_op_aggregate(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    enum { MAGIC = sizeof la_aggregate_magic };
    uint8_t digest[LA_MD5_SIZE];
    la_key_tables tables = { 0 };
    bool packed = s_end - s >= MAGIC + LA_MD5_SIZE && !memcmp(s, la_aggregate_magic, MAGIC);
    r->told_rows = true;
    if (LA_UNLIKELY(packed)) {
        la_md5(s + MAGIC, (size_t)(s_end - s) - MAGIC - LA_MD5_SIZE, digest);
        packed = !memcmp(digest, s_end - LA_MD5_SIZE, LA_MD5_SIZE);
    }
    if (LA_LIKELY(!packed)) {
        size_t row = (size_t)((int32_t *)r->columns[n->column].values)[i];
        if (LA_UNLIKELY(la_user_row(r, n, row, s) || !la_bytes(r, &r->plan->nodes[n->child], s, s_end, row) ||
                        la_single_columns(r, n, row, s) || la_row_end(r, n->a, row, s)))
            return NULL;
        la_user_rows_end(r, n, i, row + 1);
        return s_end;
    }
    if (la_inherits_all(r) && la_inherit_begin(r, (size_t)((int32_t *)r->columns[n->column].values)[i], s))
        return NULL;
    const uint8_t *body = s + MAGIC, *body_end = s_end - LA_MD5_SIZE, *done = NULL;
    int failed = la_key_tables_read(body, body_end, &tables);
    la_frame_open(r, n);
    if (failed)
        la_fail(r, failed < 0 ? LA_E_NO_MEMORY : LA_E_INVALID_AGGREGATE, body);
    else
        done = la_aggregate_read(r, n, body, body_end, &tables, i);
    r->n_frames--;
    la_key_tables_free(&tables);
    return done ? s_end : NULL;
}

/* Whether the base64 text at p may begin with the magic number. */
static inline bool la_may_be_packed(const uint8_t *p, const uint8_t *end)
{
    return end - p < 7 || !memcmp(p + 1, "84maw", 5) || memchr(p + 1, '\\', 5);
}

/* A string of base64 whose bytes are a row, or several: packed is the AGGREGATE below it. Where the text
 * shows that there is one, it is decoded in place, as it would be without the other. */
static const uint8_t *la_packed_base64(la_run *r, const la_node *packed, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_node *inner = &r->plan->nodes[packed->child];
    if (la_may_be_packed(p, end) || (inner->op != LA_OP_PLAIN_BYTES && inner->op != LA_OP_DROP))
        return la_base64_layer(r, packed, p, end, i);
    size_t row = (size_t)((int32_t *)r->columns[packed->column].values)[i];
    r->told_rows = true;
    if (la_user_row(r, packed, row, p))
        return NULL;
    const uint8_t *next = inner->op == LA_OP_DROP ? la_skip_string(r, p + 1, end) : la_op_binary(r, inner, p, end, row);
    if (!next || la_single_columns(r, packed, row, p) || la_row_end(r, packed->a, row, p))
        return NULL;
    la_user_rows_end(r, packed, i, row + 1);
    return next;
}

#endif
