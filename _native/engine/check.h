/* A plan is checked once, so that the loop need not: every index in range, every column of the
 * kind its op writes, every child behind its parent. Then the tables that follow from the rest
 * (keys as they stand on the wire, hash buckets, the columns of each domain) are filled in. */
#ifndef LA_ENGINE_CHECK_H
#define LA_ENGINE_CHECK_H

#include "ops/aggregate.h"
#include "walk.h"

static bool la_within(int32_t first, int32_t count, int32_t size)
{
    return first >= 0 && count >= 0 && first <= size && count <= size - first;
}

/* The kinds of column that an op may write, as a bit set; 0: the op has no column. */
static uint32_t la_kinds_of(const la_node *n)
{
    enum { TEXT = 1u << LA_C_TEXT32 | 1u << LA_C_TEXT64 | 1u << LA_C_VIEW, FIXED = 1u << LA_C_FIXED };
    switch (n->op) {
    case LA_OP_BOOL: return 1u << LA_C_BITS;
    case LA_OP_INT:
    case LA_OP_FLOAT:
    case LA_OP_DECIMAL:
    case LA_OP_DATE32:
    case LA_OP_TIMESTAMP:
    case LA_OP_COUNTER:
    case LA_OP_DIGEST:
        return FIXED;
    case LA_OP_UTF8:
    case LA_OP_FORM:
    case LA_OP_UUID:
    case LA_OP_CHOICE:
    case LA_OP_BINARY:
    case LA_OP_JSON:
    case LA_OP_REST:
    case LA_OP_OCTETS:
    case LA_OP_PLAIN_BYTES:
    case LA_OP_TEXT_BYTES: return TEXT;
    case LA_OP_DICTIONARY: return 1u << LA_C_DICT;
    case LA_OP_EACH_KEY:
    case LA_OP_RENAMED:
    case LA_OP_PART: return TEXT | 1u << LA_C_DICT;
    case LA_OP_CHANGED:
    case LA_OP_LIST: return 1u << LA_C_LIST;
    case LA_OP_MAP: return 1u << LA_C_MAP;
    case LA_OP_ONE_OF:
    case LA_OP_DELIMITED:
    case LA_OP_LABELLED:
    case LA_OP_ENTRY:
    case LA_OP_STRUCT: return 1u << LA_C_STRUCT;
    case LA_OP_EXPLODE:
    case LA_OP_LINES:
    case LA_OP_AGGREGATE:
    case LA_OP_EACH: return 1u << LA_C_ROWS;
    default: return 0;
    }
}

/* The width that an op writes into a fixed column. */
static int32_t la_width_of(const la_node *n)
{
    switch (n->op) {
    case LA_OP_INT: return n->c;
    case LA_OP_FLOAT:
    case LA_OP_DECIMAL: return n->a / 8;
    case LA_OP_TIMESTAMP: return 8;
    case LA_OP_DIGEST: return LA_MD5_SIZE;
    default: return 4;
    }
}

/* Whether node `child` may stand below node `parent`. */
static const char *la_check_child(const la_plan *plan, int32_t parent, int32_t child, bool bytes)
{
    LA_CHECK(child > parent && child < plan->n_nodes, "a child that is not behind its parent");
    LA_CHECK(la_reads_bytes(&plan->nodes[child]) == bytes, "bytes and values are mixed up");
    LA_CHECK(!la_reads_nothing(&plan->nodes[child]), "a word that reads nothing stands where a value is");
    return NULL;
}

static const char *la_check_object(const la_plan *plan, int32_t index, const la_object_spec *o)
{
    LA_CHECK(la_within(o->first, o->all, plan->n_fields) && o->keyed >= 0 && o->keyed <= o->all, "fields out of range");
    LA_CHECK(o->keyed < UINT16_MAX, "too many keys in one object");
    LA_CHECK(o->rest == -1 || (o->rest >= o->keyed && o->rest < o->all), "rest out of range");
    for (int32_t k = 0; k < o->all; k++) {
        const la_field *f = &plan->fields[o->first + k];
        LA_CHECK(f->node > index && f->node < plan->n_nodes, "a field that is not behind its object");
        LA_CHECK(k == 0 || f->node > f[-1].node, "fields that do not stand in their order");
        const la_node *n = &plan->nodes[f->node];
        LA_CHECK(la_reads_nothing(n) == (k >= o->keyed), "a key that reads nothing, or a value without a key");
        LA_CHECK((n->op == LA_OP_REST) == (k == o->rest), "rest is not where the object says");
        LA_CHECK((f->key != NULL) == (k < o->keyed), "a field without its key");
        LA_CHECK(!la_reads_bytes(n), "a field of bytes");
    }
    return NULL;
}

static bool la_has_child(const la_node *n)
{
    switch (n->op) {
    case LA_OP_LIST:
    case LA_OP_CHANGED:
    case LA_OP_MAP:
    case LA_OP_ENTRY:
    case LA_OP_EXPLODE:
    case LA_OP_LINES:
    case LA_OP_AGGREGATE:
    case LA_OP_EACH:
    case LA_OP_OR_ELSE:
    case LA_OP_ATTRIBUTE:
    case LA_OP_BASE64:
    case LA_OP_STRING:
    case LA_OP_PARSE:
    case LA_OP_CODEC:
    case LA_OP_CONSTANT: return true;
    default: return false;
    }
}

/* The DynamoDB types that an `attribute` takes, as bits; 0: what it wraps is no value of an attribute. */
static int32_t la_tags_of(const la_plan *plan, const la_node *n)
{
    enum { S = 1 << LA_TAG_S, N = 1 << LA_TAG_N, B = 1 << LA_TAG_B, NOTHING = 1 << LA_TAG_NULL };
    const la_node *inner = &plan->nodes[n->child];
    bool loose = inner->flags & LA_N_LOOSE;
    switch (inner->op) {
    case LA_OP_UTF8:
    case LA_OP_DICTIONARY: return NOTHING | S | (loose ? N : 0);
    case LA_OP_UUID:
    case LA_OP_CHOICE:
    case LA_OP_DATE32:
    case LA_OP_PART:
    case LA_OP_FORM:
    case LA_OP_STRING: return NOTHING | S;
    case LA_OP_TIMESTAMP: return NOTHING | (inner->c < 0 || loose ? S : 0) | (inner->c >= 0 ? N : 0);
    case LA_OP_INT:
    case LA_OP_FLOAT:
    case LA_OP_DECIMAL: return NOTHING | N | (loose ? S : 0);
    case LA_OP_BOOL: return NOTHING | 1 << LA_TAG_BOOL | (loose ? S : 0);
    case LA_OP_BINARY:
    case LA_OP_BASE64: return NOTHING | B;
    case LA_OP_LIST: {
        if (inner->child < 0 || inner->child >= plan->n_nodes) /* which has not been checked yet */
            return 0;
        const la_node *item = &plan->nodes[inner->child];
        if (item->op == LA_OP_OR_ELSE && (item->child < 0 || item->child >= plan->n_nodes))
            return 0;
        if (item->op == LA_OP_OR_ELSE)
            item = &plan->nodes[item->child];
        int32_t sets = item->op == LA_OP_ATTRIBUTE ? 1 << LA_TAG_SS | 1 << LA_TAG_NS | 1 << LA_TAG_BS : 0;
        return NOTHING | 1 << LA_TAG_L | sets;
    }
    case LA_OP_STRUCT:
    case LA_OP_OBJECT:
    case LA_OP_ONE_OF:
    case LA_OP_MAP: return NOTHING | 1 << LA_TAG_M;
    case LA_OP_JSON: return (1 << LA_TAGS) - 1;
    default: return 0;
    }
}

/* Whether a column leads to rows. */
static const char *la_check_rows_column(const la_plan *plan, int32_t column)
{
    LA_CHECK(column >= 0 && column < plan->n_columns && plan->columns[column].kind == LA_C_ROWS, "no rows");
    return NULL;
}

/* The columns that a user record feeds beside its data, and the range of its hash key. */
static const char *la_check_users(const la_plan *plan, const la_node *n)
{
    LA_CHECK(la_within(n->d, LA_USER_COLUMNS, plan->n_integers), "integers out of range");
    for (int32_t k = 0; k < LA_USER_COLUMNS; k++) {
        int64_t column = plan->integers[n->d + k];
        if (column < 0)
            continue;
        LA_CHECK(column < plan->n_columns, "column out of range");
        const la_column_spec *spec = &plan->columns[column];
        uint32_t kinds = k < LA_USER_SUB_SEQUENCE ? 1u << LA_C_TEXT32 | 1u << LA_C_VIEW | 1u << LA_C_DICT : 1u << LA_C_FIXED;
        LA_CHECK(1u << spec->kind & kinds, "a column of another kind");
        LA_CHECK(k < LA_USER_SUB_SEQUENCE || spec->width == (k == LA_USER_INDEX ? 4 : 8), "a column of another width");
    }
    LA_CHECK(la_within(n->first, n->count, plan->n_texts) && (n->count == 0 || n->count == 2), "texts out of range");
    for (int32_t k = n->first; k < n->first + n->count; k++)
        LA_CHECK(plan->texts[k].length == 16, "no hash key");
    return NULL;
}

/* The words that read the fields of a text. None that uses the scratch of its layer, where a field's text may lie. */
static const char *la_check_fields(const la_plan *plan, int32_t index, const la_node *n)
{
    const char *wrong = NULL;
    LA_CHECK(n->count >= 1 && la_within(n->first, n->count, plan->n_children), "children out of range");
    for (int32_t k = n->first; k < n->first + n->count && !wrong; k++) {
        if ((wrong = la_check_child(plan, index, plan->children[k], false)))
            return wrong;
        const la_node *field = &plan->nodes[plan->children[k]];
        if (field->op == LA_OP_OR_ELSE) {
            LA_CHECK(field->child > plan->children[k] && field->child < plan->n_nodes, "a child that is not behind its parent");
            field = &plan->nodes[field->child];
        }
        switch (field->op) {
        case LA_OP_SKIP:
        case LA_OP_BOOL:
        case LA_OP_INT:
        case LA_OP_FLOAT:
        case LA_OP_UTF8:
        case LA_OP_UUID:
        case LA_OP_CHOICE:
        case LA_OP_DICTIONARY:
        case LA_OP_BINARY:
        case LA_OP_DECIMAL:
        case LA_OP_DATE32:
        case LA_OP_TIMESTAMP:
        case LA_OP_JSON:
        case LA_OP_FORM: break;
        default: return "no word for a field of a text";
        }
    }
    return wrong;
}

/* The table of cases of ONE_OF and MAGIC: how many texts, the column that keeps which one it was, and per text the
 * alternative that it leads to. ONE_OF's texts begin with a byte that tells their kind. */
static const char *la_check_cases(const la_plan *plan, const la_node *n)
{
    LA_CHECK(la_within(n->d, 2, plan->n_integers), "cases out of range");
    const int64_t *leads = plan->integers + n->d;
    LA_CHECK(leads[0] >= 0 && leads[0] <= plan->n_texts && la_within(n->d + 2, (int32_t)leads[0], plan->n_integers) &&
             la_within(n->a, (int32_t)leads[0], plan->n_texts), "cases out of range");
    for (int64_t k = 0; k < leads[0]; k++) {
        LA_CHECK(leads[2 + k] >= 0 && leads[2 + k] < n->count, "a case that leads nowhere");
        LA_CHECK(n->op == LA_OP_MAGIC || plan->texts[n->a + k].length, "a case without its kind");
    }
    if (leads[1] == -1)
        return NULL;
    LA_CHECK(n->op == LA_OP_ONE_OF && leads[1] >= 0 && leads[1] < plan->n_columns, "column out of range");
    const la_column_spec *which = &plan->columns[leads[1]];
    return which->kind == LA_C_FIXED && which->width == 4 ? NULL : "a column of another width";
}

static const char *la_check_node(const la_plan *plan, int32_t index)
{
    const la_node *n = &plan->nodes[index];
    const char *wrong = NULL;
    LA_CHECK(n->op < LA_OP_COUNT, "no such op");
    uint32_t kinds = la_kinds_of(n);
    LA_CHECK(n->child == -1 || la_has_child(n), "a child that the op has no use for");
    bool appends = (n->op == LA_OP_EXPLODE || n->op == LA_OP_ONE_OF) && n->column == -1;
    LA_CHECK(kinds ? appends || (n->column >= 0 && n->column < plan->n_columns) : n->column == -1, "column out of range");
    if (n->column >= 0) {
        const la_column_spec *spec = &plan->columns[n->column];
        LA_CHECK(kinds >> spec->kind & 1, "a column of another kind than the op writes");
        LA_CHECK(spec->kind != LA_C_FIXED || spec->width == la_width_of(n), "a column of another width");
    }
    switch (n->op) {
    case LA_OP_INT:
        LA_CHECK(n->a == 8 || n->a == 16 || n->a == 32 || n->a == 64, "no such integer");
        LA_CHECK(n->c * 8 >= n->a && n->c <= 16, "a narrow column");
        return la_within(n->first, n->count, plan->n_integers) ? NULL : "integers out of range";
    case LA_OP_FLOAT: return n->a == 32 || n->a == 64 ? NULL : "no such float";
    case LA_OP_DECIMAL:
        LA_CHECK(n->a == 128 || n->a == 256, "no such decimal");
        LA_CHECK(n->b >= 1 && n->b <= (n->a == 128 ? 38 : 76) && n->c >= -76 && n->c <= 76, "decimal digits out of range");
        return NULL;
    case LA_OP_TIMESTAMP:
        LA_CHECK(n->a >= 0 && n->a <= 3 && n->b >= 0 && n->b <= 2 && n->c >= -1 && n->c <= 3, "no such time unit");
        return NULL;
    case LA_OP_CHOICE:
    case LA_OP_DICTIONARY: return la_within(n->first, n->count, plan->n_texts) ? NULL : "texts out of range";
    case LA_OP_OBJECT:
    case LA_OP_STRUCT:
        LA_CHECK(n->a >= 0 && n->a < plan->n_objects, "object out of range");
        LA_CHECK(n->b >= 0 && n->b <= LA_ATTRIBUTE_DEPTH + 1, "no such depth");
        return la_check_object(plan, index, &plan->objects[n->a]);
    case LA_OP_ENTRY:
        LA_CHECK(n->a > index && n->a < plan->n_nodes && plan->nodes[n->a].op == LA_OP_UTF8, "an entry's key is utf8");
        return la_check_child(plan, index, n->child, false);
    case LA_OP_MAP:
        LA_CHECK(n->a > index && n->a < plan->n_nodes && plan->nodes[n->a].op == LA_OP_UTF8, "a map's keys are utf8");
        LA_CHECK(plan->nodes[n->a].column >= 0 && plan->nodes[n->a].column < plan->n_columns, "column out of range");
        LA_CHECK(plan->columns[plan->nodes[n->a].column].kind == LA_C_TEXT32, "a map's keys have int32 offsets");
        return la_check_child(plan, index, n->child, false);
    case LA_OP_AGGREGATE:
        if ((wrong = la_check_users(plan, n)))
            return wrong;
        /* fall through */
    case LA_OP_EACH:
    case LA_OP_LINES:
    case LA_OP_EXPLODE: {
        LA_CHECK(n->a >= 0 && n->a < plan->n_domains && n->b >= 0 && n->b < plan->n_texts, "rows out of range");
        LA_CHECK(n->column < 0 || plan->columns[n->column].child_domain == n->a, "rows of another domain");
        LA_CHECK(n->op == LA_OP_AGGREGATE || n->op == LA_OP_EACH || (n->c >= 0 && n->c <= 1), "no such rows");
        LA_CHECK(n->op != LA_OP_EXPLODE || !n->c || n->column >= 0, "a row that appends to no object's rows");
        LA_CHECK(n->child > index && n->child < plan->n_nodes, "a child that is not behind its parent");
        bool lines = n->op == LA_OP_LINES && n->c == 0 && la_reads_bytes(&plan->nodes[n->child]);
        return la_check_child(plan, index, n->child, n->op == LA_OP_AGGREGATE || lines);
    }
    case LA_OP_INHERIT:
        LA_CHECK(n->a >= 0 && n->a < plan->n_columns && n->b >= 0 && n->b < plan->n_columns, "column out of range");
        LA_CHECK(plan->columns[n->a].kind == LA_C_TEXT32 && plan->columns[n->b].nullable, "no text to inherit");
        LA_CHECK(1u << plan->columns[n->b].kind & (1u << LA_C_TEXT32 | 1u << LA_C_VIEW | 1u << LA_C_DICT), "no text to inherit");
        if ((wrong = la_check_rows_column(plan, n->c)))
            return wrong;
        LA_CHECK(plan->columns[n->b].domain == plan->columns[n->c].child_domain, "rows of another domain");
        return NULL;
    case LA_OP_EITHER:
        LA_CHECK(n->count == 2, "either has two words");
        LA_CHECK(la_within(n->first, n->count, plan->n_children), "children out of range");
        for (int32_t k = n->first; k < n->first + n->count && !wrong; k++)
            wrong = la_check_child(plan, index, plan->children[k], false);
        return wrong;
    case LA_OP_LABELLED:
        LA_CHECK(la_within(n->a, n->count, plan->n_texts) && la_within(n->b, n->c, plan->n_texts), "texts out of range");
        return la_check_fields(plan, index, n);
    case LA_OP_DELIMITED:
        LA_CHECK(n->a > 0 && n->a < 0x80 && n->a != '"' && n->b >= 0 && n->b < plan->n_texts, "no separator");
        return la_check_fields(plan, index, n);
    case LA_OP_OR_ELSE:
        LA_CHECK(!(n->flags & LA_N_RESCUE) || (plan->rescue_column >= 0 && n->b >= 0 && n->b < plan->n_texts),
                 "nowhere to rescue a value to");
        /* fall through */
    case LA_OP_LIST:
    case LA_OP_PARSE: return la_check_child(plan, index, n->child, false);
    case LA_OP_ATTRIBUTE:
        wrong = la_check_child(plan, index, n->child, false);
        LA_CHECK(n->b >= 0 && n->b <= LA_TAGS && n->c >= 0, "no type of an attribute");
        return wrong || la_tags_of(plan, n) ? wrong : "no type of an attribute";
    case LA_OP_SPAN: return n->a >= 0 && n->a < LA_SPANS ? NULL : "no such span";
    case LA_OP_CHANGED:
        LA_CHECK(n->a >= 0 && n->a < LA_SPANS && n->b >= 0 && n->b < LA_SPANS, "no such span");
        wrong = la_check_child(plan, index, n->child, false);
        return wrong || plan->nodes[n->child].op == LA_OP_UTF8 ? wrong : "names are utf8";
    case LA_OP_RENAMED:
        LA_CHECK(la_within(n->a, n->b, plan->n_texts) && n->b % 2 == 0 && n->count == 0, "texts out of range");
        return NULL;
    case LA_OP_OBSERVE: return n->a >= 0 && n->a < LA_OBSERVED ? NULL : "no such place to observe";
    case LA_OP_CODEC:
        LA_CHECK(n->a >= 0 && n->b > LA_E_NONE && n->b < LA_E_COUNT, "no such codec");
        LA_CHECK(la_within(n->first, n->count, plan->n_texts), "texts out of range");
        /* fall through */
    case LA_OP_BASE64:
    case LA_OP_STRING: return la_check_child(plan, index, n->child, true);
    case LA_OP_CONSTANT:
        LA_CHECK(n->a >= 0 && n->a < plan->n_texts, "texts out of range");
        return la_check_child(plan, index, n->child, false);
    case LA_OP_RESCALED:
        LA_CHECK(n->a >= 0 && n->a < plan->n_columns && n->b >= 0 && n->b < plan->n_columns, "column out of range");
        LA_CHECK(plan->columns[n->a].kind == LA_C_FIXED && plan->columns[n->a].width == 8, "no int64");
        LA_CHECK(plan->columns[n->b].kind == LA_C_TEXT32, "no text of a unit");
        LA_CHECK(n->count >= 1 && la_within(n->first, n->count, plan->n_texts), "texts out of range");
        LA_CHECK(la_within(n->d, n->count, plan->n_integers), "integers out of range");
        LA_CHECK(n->c >= 0 && n->c < plan->n_texts, "texts out of range");
        return NULL;
    case LA_OP_SAME_DIGEST:
        LA_CHECK(n->a >= 0 && n->a < plan->n_columns && n->b >= 0 && n->b < plan->n_columns, "column out of range");
        LA_CHECK(plan->columns[n->a].kind == LA_C_FIXED && plan->columns[n->a].width == LA_MD5_SIZE, "no digest");
        LA_CHECK(plan->columns[n->b].kind == LA_C_TEXT32, "no text of a digest");
        LA_CHECK(n->c >= 0 && n->c < plan->n_texts, "texts out of range");
        return NULL;
    case LA_OP_ONE_OF:
        LA_CHECK(la_within(n->b, n->c, plan->n_texts), "path out of range");
        /* fall through */
    case LA_OP_MAGIC:
        if ((wrong = la_check_cases(plan, n)))
            return wrong;
        /* fall through */
    case LA_OP_TEE:
    case LA_OP_ITEMS:
    case LA_OP_FORK:
        LA_CHECK(n->count >= 1 && la_within(n->first, n->count, plan->n_children), "children out of range");
        for (int32_t k = n->first; k < n->first + n->count && !wrong; k++)
            wrong = la_check_child(plan, index, plan->children[k], la_reads_bytes(n));
        return wrong;
    case LA_OP_PART:
    case LA_OP_EACH_KEY: return n->count ? "texts that the op has no use for" : NULL;
    default: return NULL;
    }
}

static bool la_is_level(const la_plan *plan, int32_t domain)
{
    for (int32_t k = 0; k < plan->n_levels; k++)
        if (plan->levels[k] == domain)
            return true;
    return false;
}

static const char *la_check_column(const la_plan *plan, int32_t index)
{
    const la_column_spec *spec = &plan->columns[index];
    LA_CHECK(spec->kind < LA_C_KINDS, "no such kind of column");
    LA_CHECK(spec->domain >= 0 && spec->domain < plan->n_domains, "domain out of range");
    bool nests = spec->kind == LA_C_LIST || spec->kind == LA_C_MAP || spec->kind == LA_C_ROWS;
    bool groups = spec->kind == LA_C_GROUP;
    LA_CHECK(nests ? spec->child_domain > spec->domain && spec->child_domain < plan->n_domains : spec->child_domain == -1,
             "child domain out of range");
    LA_CHECK(spec->width <= 32 && (spec->kind != LA_C_FIXED || spec->width), "no such width");
    LA_CHECK(la_within(spec->first_child, spec->n_children, plan->n_column_children), "children out of range");
    LA_CHECK(spec->kind != LA_C_LIST && spec->kind != LA_C_MAP ? true : spec->n_children == 1, "a list has one child");
    LA_CHECK(nests || groups || spec->kind == LA_C_STRUCT || !spec->n_children, "a column that cannot have children");
    LA_CHECK(!groups || spec->domain == plan->levels[plan->n_levels - 1], "a group that is no row");
    for (int32_t k = 0; k < spec->n_children; k++) {
        int32_t child = plan->column_children[spec->first_child + k];
        LA_CHECK(child > index && child < plan->n_columns, "a child column that is not behind its parent");
        LA_CHECK(plan->columns[child].kind != LA_C_ROWS, "rows that are a child");
        LA_CHECK(groups ? la_is_level(plan, plan->columns[child].domain)
                        : plan->columns[child].domain == (nests ? spec->child_domain : spec->domain), "a child of another domain");
        LA_CHECK(groups || plan->columns[child].kind != LA_C_GROUP, "a group inside a column");
    }
    LA_CHECK(spec->kind == LA_C_ROWS || (spec->format && spec->name), "a column without format or name");
    return NULL;
}

/* The name of an op, as the lowering and `explain` write it. */
static const char *la_op_name(int op)
{
    static const char *const names[] = {
#define LA_OP_NAME(name) #name,
        LA_OPS(LA_OP_NAME)
#undef LA_OP_NAME
    };
    return names[op];
}

static const char *la_check_output(const la_plan *plan)
{
    for (int32_t k = 0; k < plan->n_output; k++)
        LA_CHECK(plan->output[k] >= 0 && plan->output[k] < plan->n_columns, "output out of range");
    LA_CHECK(plan->n_visible >= 0 && plan->n_visible <= plan->n_output, "output out of range");
    return NULL;
}

/* What is rescued is a map of texts in the rows of one level. */
static const char *la_check_rescue(const la_plan *plan)
{
    if (plan->rescue_column == -1)
        return NULL;
    LA_CHECK(plan->rescue_column >= 0 && plan->rescue_column < plan->n_columns, "column out of range");
    const la_column_spec *map = &plan->columns[plan->rescue_column];
    LA_CHECK(map->kind == LA_C_MAP && map->nullable && la_is_level(plan, map->domain), "rescued values have no map");
    const la_column_spec *entries = &plan->columns[plan->column_children[map->first_child]];
    LA_CHECK(entries->kind == LA_C_STRUCT && entries->n_children == 2, "a map without its entries");
    for (int32_t k = 0; k < 2; k++)
        LA_CHECK(plan->columns[plan->column_children[entries->first_child + k]].kind == LA_C_TEXT32, "rescued values are text");
    return NULL;
}

/* NULL if a view of a plan is sound: columns to hand out, and nothing to run. */
static const char *la_view_check(const la_plan *plan)
{
    const char *wrong = la_check_output(plan);
    for (int32_t k = 0; k < plan->n_columns && !wrong; k++)
        wrong = la_check_column(plan, k);
    for (int32_t k = 0; k < plan->n_output && !wrong; k++)
        wrong = plan->columns[plan->output[k]].kind == LA_C_ROWS ? "output of a part" : NULL;
    for (int32_t k = 0; k < plan->n_columns && !wrong; k++)
        wrong = plan->columns[k].kind == LA_C_ROWS || la_format_fits(&plan->columns[k]) ? NULL : "a format of another kind of column";
    return wrong;
}

/* NULL if the plan is sound, else what is wrong with it. */
static const char *la_plan_check(const la_plan *plan)
{
    const char *wrong = NULL;
    LA_CHECK(plan->n_nodes > 0 && plan->root >= 0 && plan->root < plan->n_nodes, "no root");
    LA_CHECK(!la_reads_nothing(&plan->nodes[plan->root]), "no root");
    LA_CHECK(plan->n_layers < LA_LAYERS, "layers nest too deep");
    LA_CHECK(plan->n_levels >= 1 && plan->n_levels <= LA_ROW_FRAMES / 2, "rows nest too deep");
    LA_CHECK(plan->unit_level >= 0 && plan->unit_level < plan->n_levels, "no unit of failure");
    for (int32_t k = 0; k < plan->n_levels; k++)
        LA_CHECK(plan->levels[k] >= 0 && plan->levels[k] < plan->n_domains, "level out of range");
    for (int32_t k = 0; k < plan->n_columns && !wrong; k++)
        wrong = la_check_column(plan, k);
    for (int32_t k = 0; k < plan->n_nodes && !wrong; k++)
        wrong = la_check_node(plan, k);
    if (wrong)
        return wrong;
    for (int32_t k = 0; k + 1 < plan->n_levels; k++) {
        LA_CHECK(plan->row_columns[k] >= 0 && plan->row_columns[k] < plan->n_columns &&
                 plan->columns[plan->row_columns[k]].kind == LA_C_ROWS &&
                 plan->columns[plan->row_columns[k]].child_domain == plan->levels[k + 1], "rows out of range");
        LA_CHECK(plan->row_items[k] >= 0 && plan->row_items[k] < plan->n_nodes, "rows out of range");
    }
    if ((wrong = la_check_output(plan)))
        return wrong;
    LA_CHECK(plan->record_column >= 0 && plan->record_column < plan->n_columns &&
             plan->columns[plan->record_column].kind == LA_C_FIXED && plan->columns[plan->record_column].width == 4 &&
             plan->columns[plan->record_column].domain == plan->levels[plan->unit_level], "no column of records");
    LA_CHECK(plan->corrupt_column < plan->n_columns && plan->metadata_column < plan->n_columns &&
             plan->identifier_column < plan->n_columns, "column out of range");
    LA_CHECK(plan->corrupt_column < 0 ||
             (plan->columns[plan->corrupt_column].kind == LA_C_TEXT32 && plan->columns[plan->corrupt_column].nullable &&
              plan->columns[plan->corrupt_column].domain == plan->levels[plan->unit_level]), "corrupt is no utf8 of a record");
    LA_CHECK(la_within(plan->identifier, plan->n_identifier, plan->n_texts), "identifier out of range");
    LA_CHECK(plan->n_group == -1 || la_within(plan->group, plan->n_group, plan->n_texts), "group out of range");
    if ((wrong = la_check_rescue(plan)))
        return wrong;
    LA_CHECK(plan->limits.depth >= 1 && plan->limits.depth <= 1u << 20, "limits: depth must be 1 to 1048576");
    return la_plan_walk(plan);
}

/* How many entries la_plan_seal writes: to buckets, and to the wire texts of the keys. */
static uint32_t la_bucket_count(int32_t keyed)
{
    uint32_t buckets = 4;
    while (keyed > 0 && buckets < (uint32_t)keyed * 2)
        buckets *= 2;
    return buckets;
}

static size_t la_wire_size(size_t key_length) { return key_length + 3 + 32; }

/* Writes `"key":` as it stands on the wire, padded to 32 readable bytes, and returns its length. A
 * key that JSON has to escape gets a length that no input has, and is found by its hash: any text
 * may stand in an input that is not JSON. */
static uint32_t la_wire_write(const uint8_t *key, uint32_t n, uint8_t *out)
{
    memset(out, 0, la_wire_size(n));
    for (uint32_t k = 0; k < n; k++)
        if (key[k] < 0x20 || key[k] == '"' || key[k] == '\\') {
            out[0] = 0xff;
            return UINT32_MAX;
        }
    out[0] = '"';
    memcpy(out + 1, key, n);
    out[n + 1] = '"';
    out[n + 2] = ':';
    return n + 3;
}

/* The one column that a missing key makes null; or what else it takes. */
static int32_t la_null_column_of(const la_plan *plan, const la_field *f)
{
    const la_node *n = &plan->nodes[f->node];
    while ((n->op == LA_OP_ATTRIBUTE || n->op == LA_OP_OR_ELSE) && !f->required && !f->default_text)
        n = &plan->nodes[n->child];
    if (f->required || f->default_text)
        return LA_NULL_ASK;
    if (n->op == LA_OP_SKIP)
        return LA_NULL_NOTHING;
    bool alone = n->column >= 0 && n->op != LA_OP_STRUCT && n->op != LA_OP_EACH && n->op != LA_OP_EXPLODE &&
                 n->op != LA_OP_ONE_OF && n->op != LA_OP_ENTRY;
    return alone ? n->column : LA_NULL_ASK;
}

/* Fills in what follows from a checked plan. The arrays have been made by the caller: `buckets` for the sum of
 * la_bucket_count, `domain_first` for n_domains + 1, `domain_columns` and `text_columns` for n_columns. */
static void la_plan_seal(la_plan *plan)
{
    int32_t bucket = 0;
    plan->n_slots = plan->n_seen = 0;
    for (int32_t k = 0; k < plan->n_objects; k++) {
        la_object_spec *o = &plan->objects[k];
        uint32_t count = la_bucket_count(o->keyed);
        o->first_bucket = bucket;
        o->bucket_mask = count - 1;
        for (uint32_t b = 0; b < count; b++)
            plan->buckets[bucket++] = -1;
        for (int32_t f = o->first; f < o->first + o->keyed; f++) {
            int32_t *head = &plan->buckets[o->first_bucket +
                                           (int32_t)(la_key_hash(plan->fields[f].key, plan->fields[f].key_length) & o->bucket_mask)];
            plan->fields[f].table_next = *head;
            *head = f;
        }
        o->slots = plan->n_slots;
        o->mask = o->keyed < 64 ? (UINT64_C(1) << o->keyed) - 1 : UINT64_MAX;
        plan->n_slots += o->keyed + 1;
        plan->n_seen += (o->keyed + 63) / 64;
    }
    for (int32_t k = 0; k < plan->n_fields; k++) {
        uint32_t n = plan->fields[k].wire_length;
        plan->fields[k].wire_mask = n < 32 ? (UINT32_C(1) << n) - 1 : UINT32_MAX;
        plan->fields[k].target = &plan->nodes[plan->fields[k].node];
        plan->fields[k].null_column = la_null_column_of(plan, &plan->fields[k]);
    }
    for (int32_t k = 0; k < plan->n_nodes; k++)
        if (plan->nodes[k].op == LA_OP_ATTRIBUTE)
            plan->nodes[k].a = la_tags_of(plan, &plan->nodes[k]);
    plan->inherit = -1;
    for (int32_t k = 0; k < plan->n_nodes; k++)
        if (plan->nodes[k].op == LA_OP_INHERIT && plan->columns[plan->nodes[k].b].kind != LA_C_DICT)
            plan->inherit = k;
    for (int32_t k = 0; k < plan->n_nodes; k++)
        if (plan->nodes[k].op == LA_OP_AGGREGATE) {
            const int64_t *users = plan->integers + plan->nodes[k].d;
            int64_t inherited = plan->inherit < 0 ? -1 : plan->nodes[plan->inherit].b;
            plan->nodes[k].c = 0;
            for (int32_t j = 0; j < LA_USER_COLUMNS; j++)
                plan->nodes[k].c |= users[j] >= 0 && users[j] != inherited;
        }
    for (int32_t k = 0; k < plan->n_columns; k++)
        plan->columns[k].node = -1;
    for (int32_t k = 0; k < plan->n_nodes; k++)
        if (plan->nodes[k].column >= 0)
            plan->columns[plan->nodes[k].column].node = k;
    for (int32_t k = 0; k < plan->n_nodes; k++)
        if (plan->nodes[k].column >= 0 && plan->columns[plan->nodes[k].column].kind == LA_C_TEXT64)
            plan->nodes[k].flags |= LA_N_WIDE;
    for (int32_t k = 0; k + 1 < plan->n_levels; k++)
        for (int32_t j = 0; j < plan->n_nodes; j++) {
            const la_node *n = &plan->nodes[j];
            bool makes = n->op == LA_OP_EXPLODE || n->op == LA_OP_LINES || n->op == LA_OP_AGGREGATE ||
                         (n->op == LA_OP_EACH && plan->nodes[n->child].op != LA_OP_EXPLODE);
            if (makes && n->a == plan->levels[k + 1])
                plan->row_items[k] = n->child;
        }
    int32_t next = 0;
    plan->n_text_columns = 0;
    for (int32_t d = 0; d < plan->n_domains; d++) {
        plan->domain_first[d] = next;
        for (int32_t c = 0; c < plan->n_columns; c++)
            if (plan->columns[c].domain == d)
                plan->domain_columns[next++] = c;
    }
    plan->domain_first[plan->n_domains] = next;
    for (int32_t c = 0; c < plan->n_columns; c++)
        if (la_has_data(&plan->columns[c]))
            plan->text_columns[plan->n_text_columns++] = c;
}

#endif
