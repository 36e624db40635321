/* One slot: its place, its absence, and a value of the wrong kind. */
#ifndef LA_OPS_NULL_H
#define LA_OPS_NULL_H

#include "skip.h"

/* Every op that reads a value has this shape: the value of node n at p (p < end, white space
 * skipped) goes into slot i of what the node feeds; returns the position behind it, or NULL with the
 * failure in the run. Recursion follows the plan, whose nodes stand before their children, so the
 * input cannot deepen it. */
typedef const uint8_t *la_op_function(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i);
static la_op_function *la_op_functions[LA_OP_COUNT];

static inline const uint8_t *la_value(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    return la_op_functions[n->op](r, n, p, end, i);
}

static const uint8_t *la_bytes(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i);

/* The place of slot i in a column of fixed width, which is thereby valid. */
static inline uint8_t *la_slot(la_run *r, const la_node *n, size_t i, size_t width)
{
    la_column *c = &r->columns[n->column];
    la_mark_valid(c, i);
    return c->values + i * width;
}

/* Makes sure that index 0 of a dictionary that has no nulls stands for something. 0 or -1. */
static int la_dictionary_empty(la_run *r, int32_t column);

/* Slot i of one column becomes null where the column can be, otherwise zero or empty: Parquet
 * refuses a null in a column that says it has none, even below a null parent. 0 or -1. */
static int la_null_column(la_run *r, int32_t column, size_t i)
{
    const la_column_spec *spec = &r->plan->columns[column];
    la_column *c = &r->columns[column];
    if (LA_LIKELY(spec->kind == LA_C_DICT && c->validity && spec->nullable)) {
        /* A constant that AWS leaves out is missing in every row. */
        ((int32_t *)c->values)[i] = 0;
        la_clear_bit(c->validity, i);
        return 0;
    }
    switch (spec->kind) {
    case LA_C_BITS: la_clear_bit(c->values, i); break;
    case LA_C_FIXED: memset(c->values + i * spec->width, 0, spec->width); break;
    case LA_C_DICT: ((int32_t *)c->values)[i] = 0; break;
    case LA_C_TEXT64: ((int64_t *)c->values)[i + 1] = ((int64_t *)c->values)[i]; break;
    case LA_C_STRUCT:
    case LA_C_GROUP: break;
    default: ((int32_t *)c->values)[i + 1] = ((int32_t *)c->values)[i]; break;
    }
    if (spec->kind == LA_C_ROWS) {
        r->domains[spec->child_domain].length = (size_t)((int32_t *)c->values)[i];
        return 0;
    }
    if (!spec->nullable) {
        la_mark_valid(c, i);
        return spec->kind == LA_C_DICT ? la_dictionary_empty(r, column) : 0;
    }
    if (la_mark_null(c, i, r->domains[spec->domain].capacity)) {
        la_fail(r, LA_E_NO_MEMORY, NULL);
        return -1;
    }
    return 0;
}

static int la_aggregate_null(la_run *r, const la_node *n, size_t i);

/* No value for slot i of everything that the node feeds. 0 or -1. */
static int la_null(la_run *r, const la_node *n, size_t i)
{
    const la_plan *plan = r->plan;
    if (n->column >= 0 && la_null_column(r, n->column, i))
        return -1;
    switch (n->op) {
    case LA_OP_OBJECT:
    case LA_OP_STRUCT: {
        const la_object_spec *o = &plan->objects[n->a];
        for (int32_t f = o->first; f < o->first + o->all; f++)
            if (la_null(r, &plan->nodes[plan->fields[f].node], i))
                return -1;
        return 0;
    }
    case LA_OP_ENTRY: return la_null(r, &plan->nodes[n->a], i) ? -1 : la_null(r, &plan->nodes[n->child], i);
    case LA_OP_ONE_OF:
        if (plan->integers[n->d + 1] >= 0 && la_null_column(r, (int32_t)plan->integers[n->d + 1], i))
            return -1;
        /* fall through */
    case LA_OP_TEE:
    case LA_OP_EITHER:
    case LA_OP_ITEMS:
    case LA_OP_FORK:
    case LA_OP_MAGIC:
    case LA_OP_DELIMITED:
    case LA_OP_LABELLED:
        for (int32_t k = n->first; k < n->first + n->count; k++)
            if (la_null(r, &plan->nodes[plan->children[k]], i))
                return -1;
        return 0;
    case LA_OP_OR_ELSE:
    case LA_OP_BASE64:
    case LA_OP_STRING:
    case LA_OP_PARSE:
    case LA_OP_CODEC:
    case LA_OP_ATTRIBUTE:
    case LA_OP_CONSTANT:
        return la_null(r, &plan->nodes[n->child], i);
    case LA_OP_AGGREGATE: return la_aggregate_null(r, n, i);
    case LA_OP_SPAN:
        r->spans[n->a].start = NULL;
        return 0;
    case LA_OP_EACH:
        return n->column >= 0 ? 0 : la_null(r, &plan->nodes[n->child], i);
    default:
        return 0;
    }
}

/* The same where a value is missing or null on the wire: an object's fields may be required, or have defaults. */
static int la_absent(la_run *r, const la_node *n, const uint8_t *at, size_t i);

/* Where the word is loose: a string that holds the value, a number or a truth value for a text. Returns the
 * position behind it, NULL with a failure noted, or p where it is neither. */
static const uint8_t *la_loose(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i);

/* A value of the wrong kind at p, or null. Null is taken where the word is nullable. */
static __attribute__((noinline)) const uint8_t *la_mismatch(la_run *r, const la_node *n, const uint8_t *p,
                                                            const uint8_t *end, size_t i, enum la_error expected)
{
    if (*p == 'n') {
        const uint8_t *next = la_skip_literal(r, p, end);
        if (!next)
            return NULL;
        if (!(n->flags & LA_N_NULLABLE))
            return la_fail(r, LA_E_UNEXPECTED_NULL, p);
        return la_absent(r, n, p, i) ? NULL : next;
    }
    if (LA_UNLIKELY(n->flags & LA_N_LOOSE)) {
        const uint8_t *next = la_loose(r, n, p, end, i);
        if (next != p)
            return next;
    }
    /* What is not JSON at all is said to be that, not a value of another kind. */
    bool number = *p == '-' || (*p >= '0' && *p <= '9');
    if (*p != '"' && *p != '{' && *p != '[' && !number && !la_skip_literal(r, p, end))
        return NULL;
    return la_fail(r, expected, p);
}

#endif
