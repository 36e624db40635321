/* The plan: a flat list of instructions. The door checks every index once when a plan is made;
 * the loop then only runs. Nodes stand before their children, so no plan can loop. */
#ifndef LA_ENGINE_PLAN_H
#define LA_ENGINE_PLAN_H

#include "column.h"
#include "errors.h"

/* The words. V: reads a JSON value; B: reads the bytes of a layer; S: reads nothing. */
#define LA_OPS(X) \
    X(SKIP) X(BOOL) X(INT) X(FLOAT) X(UTF8) X(UUID) X(CHOICE) X(DICTIONARY) X(RENAMED) X(PART) X(BINARY) X(DECIMAL) \
    X(DATE32) X(TIMESTAMP) X(JSON) X(FORM) X(LIST) X(STRUCT) X(MAP) X(OBJECT) X(ITEMS) X(ENTRY) X(OCTETS) X(EXPLODE) X(EACH) X(TEE) X(EITHER) \
    X(ATTRIBUTE) X(OBSERVE) X(SPAN) X(OR_ELSE) X(ONE_OF) X(BASE64) X(STRING) \
    X(PARSE) X(LINES) X(DELIMITED) X(LABELLED) X(AGGREGATE) X(CODEC) X(FORK) X(MAGIC) X(DROP) X(DIGEST) X(PLAIN_BYTES) X(TEXT_BYTES) \
    X(COUNTER) X(CONSTANT) X(REST) X(EACH_KEY) X(SAME_DIGEST) X(CHANGED) X(RESCALED) X(INHERIT)

enum la_op {
#define LA_OP_CODE(name) LA_OP_##name,
    LA_OPS(LA_OP_CODE)
#undef LA_OP_CODE
    LA_OP_COUNT
};

/* WIDE: the column has int64 offsets; set when the plan is sealed. KEY: ONE_OF goes by which key is there.
 * LOOSE: a string that holds the value, or a number where text is wanted, is taken too. RESCUE: what does
 * not fit is kept as its own text. STEPS: a list or map that tells a rescue below it where it stands. FIRST: ONE_OF
 * believes the first of equal keys until it meets another, at the field of its last alternative that is ONCE. */
enum {
    LA_N_NULLABLE = 1, LA_N_UNIT = 2, LA_N_CLOSED = 4, LA_N_HAS_UNIT = 8, LA_N_PREFIX = 16, LA_N_FAIL = 32, LA_N_WIDE = 64,
    LA_N_KEY = 128, LA_N_LOOSE = 256, LA_N_RESCUE = 512, LA_N_STEPS = 1024, LA_N_FIRST = 2048, LA_N_ONCE = 4096
};

typedef struct {
    uint8_t op;
    uint16_t flags;
    int32_t column;         /* -1: none */
    int32_t child;          /* -1: none */
    int32_t first, count;   /* fields, children, cases or allowed values, by op */
    int32_t a, b, c, d;     /* by op, see ops/ */
} la_node;

/* Whether a word reads the bytes of a layer, or nothing; all others read a value. */
static inline bool la_reads_bytes(const la_node *n)
{
    return n->op >= LA_OP_PARSE && n->op <= LA_OP_TEXT_BYTES;
}

static inline bool la_reads_nothing(const la_node *n)
{
    return n->op >= LA_OP_COUNTER;
}

enum la_null_kind { LA_NULL_ASK = -1 /* more than one column, a default, an error */, LA_NULL_NOTHING = -2 };

/* Sixty-four bytes, what the loop asks for first. */
typedef struct {
    /* `"key":` as it stands on the wire, padded to 32 readable bytes; owned by the plan. */
    const uint8_t *wire;
    const la_node *target;  /* &nodes[node] */
    uint32_t wire_length;
    uint32_t wire_mask;     /* a bit for each of its first 32 bytes */
    int32_t null_column;    /* what becomes null if the key is missing, or one of enum la_null_kind */
    int32_t node;
    const uint8_t *key;     /* unescaped; NULL for a field that reads nothing from the wire */
    uint32_t key_length;
    int32_t table_next;     /* the next field of the same hash bucket, or -1 */
    const uint8_t *default_text; /* JSON; NULL: none */
    uint32_t default_length;
    uint32_t required;
} la_field;

_Static_assert(sizeof(la_field) == 64, "a field is a cache line");

/* An object's fields: first those with a key, then those without. */
typedef struct {
    uint64_t mask;          /* a bit for each key, if there are at most 64 */
    int32_t first, keyed, all, rest; /* rest: index of the REST field among them, or -1 */
    int32_t slots;          /* where its keyed + 1 slots start in the run */
    uint32_t bucket_mask;
    int32_t first_bucket;   /* into the plan's buckets */
} la_object_spec;

typedef struct { const uint8_t *text; uint32_t length; } la_text;

typedef struct {
    la_node *nodes;
    la_field *fields;
    la_object_spec *objects;
    int32_t *buckets;
    int32_t *children;          /* of TEE, EITHER, ITEMS, ONE_OF, FORK, MAGIC, DELIMITED and LABELLED: node indices */
    int64_t *integers;          /* allowed values; which child a case leads to */
    la_text *texts;             /* cases, allowed texts, paths, constants */
    la_column_spec *columns;
    int32_t *column_children;
    int32_t *domain_first;      /* n_domains + 1 entries into domain_columns */
    int32_t *domain_columns;
    int32_t *text_columns;      /* columns with a reservation */
    int32_t *levels;            /* row domains, outermost (the event) first */
    int32_t *row_columns;       /* per level but the last: the ROWS column that leads to the next */
    int32_t *row_items;         /* per level but the last: the node of the next level's rows */
    int32_t *output;            /* the batch's columns, n_visible of them for the user, then hidden ones */
    int32_t n_nodes, n_fields, n_objects, n_buckets, n_children, n_integers, n_texts, n_columns,
        n_column_children, n_domains, n_text_columns, n_levels, n_output, n_visible, n_slots, n_seen;
    int32_t root;
    int32_t record_column;      /* int32: the record of each row of the unit's domain */
    int32_t identifier_column;  /* hidden or not: what Lambda knows a record by; -1: none */
    int32_t metadata_column;    /* hidden: the event's other keys as JSON, one value an event; -1 */
    int32_t corrupt_column;     /* utf8: raw text of a record that failed, or -1 */
    int32_t rescue_column;      /* map<utf8, utf8>: the text of values that do not fit, by path; or -1 */
    int32_t unit_level;         /* the level whose rows are records; 0: the event is the record */
    int32_t identifier, n_identifier; /* texts: the keys that lead from a record to its identifier */
    int32_t group, n_group;     /* texts: the keys that lead to the group whose order it belongs to; -1: `each`'s own */
    int32_t inherit;            /* the INHERIT node, if its rows' column can be its records' as it is; or -1 */
    int32_t n_layers;           /* how deep layers nest */
    uint32_t replace_surrogates;
    la_limits limits;
} la_plan;

#endif
