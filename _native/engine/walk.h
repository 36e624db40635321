/* The second half of checking a plan: one walk from the root. Every node is reached once, every
 * column is fed once and in the domain of its place, and rows lead from level to level. */
#ifndef LA_ENGINE_WALK_H
#define LA_ENGINE_WALK_H

#include "arrow_c.h"

#define LA_CHECK(condition, what) \
    do { \
        if (!(condition)) \
            return what; \
    } while (0)

typedef struct {
    const la_plan *plan;
    uint8_t *nodes, *columns;   /* which have been reached */
    int32_t levels;             /* how many levels of rows have been opened */
    int32_t units;
    int32_t steps;              /* lists and maps that are open around this node and say where they stand */
    int32_t layer, layers;      /* the layer that this node stands in, and how many there were */
    int32_t spans[LA_SPANS];    /* the layer that each was noted in */
} la_walk;

static const char *la_walk_node(la_walk *w, int32_t index, int32_t domain);

/* Takes a column for the place it is fed from. */
static const char *la_walk_column(la_walk *w, int32_t column, int32_t domain)
{
    LA_CHECK(!w->columns[column], "a column that is fed twice");
    w->columns[column] = 1;
    return w->plan->columns[column].domain == domain ? NULL : "a column of another domain than its place";
}

/* The step from one level of rows to the next, made by `explode` or `each`. */
static const char *la_walk_rows(la_walk *w, const la_node *n, int32_t item, int32_t domain)
{
    const la_plan *plan = w->plan;
    int32_t level = w->levels++;
    LA_CHECK(level + 1 < plan->n_levels && plan->levels[level] == domain, "rows that do not follow the levels");
    LA_CHECK(plan->row_columns[level] == n->column && plan->levels[level + 1] == n->a, "rows of another level");
    LA_CHECK(plan->row_items[level] == item, "items of another level");
    return NULL;
}

static const char *la_walk_unit(la_walk *w, const la_node *n)
{
    if (!(n->flags & LA_N_UNIT))
        return NULL;
    w->units++;
    LA_CHECK(w->plan->unit_level > 0 && w->plan->levels[w->plan->unit_level] == n->a, "a unit of another level");
    return NULL;
}

static const char *la_walk_object(la_walk *w, const la_object_spec *o, int32_t domain)
{
    const char *wrong = NULL;
    for (int32_t f = o->first; f < o->first + o->all && !wrong; f++)
        wrong = la_walk_node(w, w->plan->fields[f].node, domain);
    return wrong;
}

static const char *la_walk_map(la_walk *w, const la_node *n)
{
    const la_column_spec *spec = &w->plan->columns[n->column];
    int32_t entries = w->plan->column_children[spec->first_child];
    LA_CHECK(w->plan->columns[entries].kind == LA_C_STRUCT && w->plan->columns[entries].n_children == 2,
             "a map without its entries");
    const char *wrong = la_walk_column(w, entries, spec->child_domain);
    wrong = wrong ? wrong : la_walk_node(w, n->a, spec->child_domain);
    return wrong ? wrong : la_walk_node(w, n->child, spec->child_domain);
}

static const char *la_walk_each(la_walk *w, const la_node *n, int32_t domain)
{
    const la_node *item = &w->plan->nodes[n->child];
    const char *wrong;
    if (item->op != LA_OP_EXPLODE) {
        wrong = la_walk_rows(w, n, n->child, domain);
        wrong = wrong ? wrong : la_walk_unit(w, n);
        return wrong ? wrong : la_walk_node(w, n->child, n->a);
    }
    /* `each` of lists: one step for both, whose rows are the lists' items. */
    LA_CHECK(item->column == -1 && item->a == n->a && !(n->flags & LA_N_UNIT), "lists that do not append to their object's rows");
    LA_CHECK(!w->nodes[n->child], "a node with two parents");
    w->nodes[n->child] = 1;
    wrong = la_walk_rows(w, n, item->child, domain);
    wrong = wrong ? wrong : la_walk_unit(w, item);
    return wrong ? wrong : la_walk_node(w, item->child, n->a);
}

/* The words of which one is chosen, and all others made null before it reads: they may feed the same columns. */
static const char *la_walk_alternatives(la_walk *w, const la_node *n, int32_t domain)
{
    size_t size = (size_t)w->plan->n_columns;
    uint8_t *before = malloc(2 * size + 1), *after = before + size;
    const char *wrong = before ? NULL : "no memory to check it";
    if (before) {
        memcpy(before, w->columns, size);
        memcpy(after, w->columns, size);
    }
    for (int32_t k = n->first; k < n->first + n->count && !wrong; k++) {
        memcpy(w->columns, before, size);
        wrong = la_walk_node(w, w->plan->children[k], domain);
        for (size_t c = 0; c < size; c++)
            after[c] |= w->columns[c];
    }
    if (before)
        memcpy(w->columns, after, size);
    free(before);
    return wrong;
}

static const char *la_walk_node(la_walk *w, int32_t index, int32_t domain)
{
    const la_plan *plan = w->plan;
    const la_node *n = &plan->nodes[index];
    const char *wrong = NULL;
    LA_CHECK(!w->nodes[index], "a node with two parents");
    w->nodes[index] = 1;
    if (n->column >= 0 && (wrong = la_walk_column(w, n->column, domain)))
        return wrong;
    switch (n->op) {
    case LA_OP_OBJECT:
    case LA_OP_STRUCT: return la_walk_object(w, &plan->objects[n->a], domain);
    case LA_OP_ENTRY:
        wrong = la_walk_node(w, n->a, domain);
        return wrong ? wrong : la_walk_node(w, n->child, domain);
    case LA_OP_LIST:
    case LA_OP_MAP:
        w->steps += (n->flags & LA_N_STEPS) != 0;
        LA_CHECK(w->steps <= LA_STEPS, "values that can be rescued lie too deep");
        wrong = n->op == LA_OP_MAP ? la_walk_map(w, n) : la_walk_node(w, n->child, plan->columns[n->column].child_domain);
        w->steps -= (n->flags & LA_N_STEPS) != 0;
        return wrong;
    case LA_OP_SPAN:
        w->spans[n->a] = w->layer;
        return NULL;
    case LA_OP_CHANGED:
        /* What was noted in a layer's buffer is gone with it. */
        LA_CHECK(w->spans[n->a] == w->layer && w->spans[n->b] == w->layer, "a span of another layer");
        return la_walk_node(w, n->child, plan->columns[n->column].child_domain);
    case LA_OP_INHERIT:
        LA_CHECK(plan->columns[n->a].domain == domain && plan->columns[n->c].domain == domain, "a column of another row");
        return NULL;
    case LA_OP_RESCALED:
    case LA_OP_SAME_DIGEST:
        LA_CHECK(plan->columns[n->a].domain == domain && plan->columns[n->b].domain == domain, "a column of another row");
        return NULL;
    case LA_OP_EACH: return la_walk_each(w, n, domain);
    case LA_OP_AGGREGATE:
        for (int32_t k = 0; k < LA_USER_COLUMNS; k++) {
            int64_t column = plan->integers[n->d + k];
            if (column >= 0 && (wrong = la_walk_column(w, (int32_t)column, n->a)))
                return wrong;
        }
        /* fall through */
    case LA_OP_LINES:
    case LA_OP_EXPLODE:
        LA_CHECK(n->column >= 0, "a list that appends to no object's rows");
        wrong = la_walk_rows(w, n, n->child, domain);
        wrong = wrong ? wrong : la_walk_unit(w, n);
        return wrong ? wrong : la_walk_node(w, n->child, n->a);
    case LA_OP_ONE_OF:
        if (plan->integers[n->d + 1] >= 0 && (wrong = la_walk_column(w, (int32_t)plan->integers[n->d + 1], domain)))
            return wrong;
        return la_walk_alternatives(w, n, domain);
    case LA_OP_MAGIC: return la_walk_alternatives(w, n, domain);
    case LA_OP_TEE:
    case LA_OP_ITEMS:
    case LA_OP_FORK:
    case LA_OP_EITHER:
    case LA_OP_DELIMITED:
    case LA_OP_LABELLED:
        for (int32_t k = n->first; k < n->first + n->count && !wrong; k++)
            wrong = la_walk_node(w, plan->children[k], domain);
        return wrong;
    case LA_OP_BASE64:
    case LA_OP_STRING:
    case LA_OP_CODEC: {
        int32_t around = w->layer;
        w->layer = ++w->layers;
        wrong = la_walk_node(w, n->child, domain);
        w->layer = around;
        return wrong;
    }
    default: return n->child >= 0 ? la_walk_node(w, n->child, domain) : NULL;
    }
}

/* Whether a column's Arrow format is one of its kind and width: a consumer goes by the format. */
static bool la_format_fits(const la_column_spec *spec)
{
    static const char *const formats[LA_C_KINDS] = {
        [LA_C_BITS] = "b", [LA_C_VIEW] = "vu", [LA_C_DICT] = "i", [LA_C_LIST] = "+l", [LA_C_MAP] = "+m", [LA_C_STRUCT] = "+s",
        [LA_C_GROUP] = "+s",
    };
    const char *f = spec->format;
    switch (spec->kind) {
    case LA_C_TEXT32: return !strcmp(f, "u") || !strcmp(f, "z");
    case LA_C_TEXT64: return !strcmp(f, "U") || !strcmp(f, "Z");
    case LA_C_FIXED:
        if (!strncmp(f, "ts", 2))
            return spec->width == 8;
        if (!strncmp(f, "d:", 2))
            return spec->width == (strstr(f, ",256") ? 32 : 16);
        if (!strcmp(f, "tdD"))
            return spec->width == 4;
        if (!strncmp(f, "w:", 2))
            return spec->width == atoi(f + 2);
        return f[0] && !f[1] && spec->width == (strchr("cC", *f) ? 1 : strchr("sS", *f) ? 2 : strchr("iIf", *f) ? 4
                                                : strchr("lLg", *f) ? 8 : 0);
    default: return !strcmp(f, formats[spec->kind]);
    }
}

/* Whether the column is the map of rescued values or a part of it. */
static bool la_is_rescue(const la_plan *plan, int32_t column)
{
    if (plan->rescue_column < 0)
        return false;
    int32_t entries = plan->column_children[plan->columns[plan->rescue_column].first_child];
    const int32_t *parts = plan->column_children + plan->columns[entries].first_child;
    return column == plan->rescue_column || column == entries || column == parts[0] || column == parts[1];
}

static const char *la_walk_output(const la_walk *w)
{
    const la_plan *plan = w->plan;
    LA_CHECK(w->levels + 1 == plan->n_levels, "levels that no list opens");
    LA_CHECK(w->units == (plan->unit_level > 0), "a plan has one unit of failure");
    for (int32_t c = 0; c < plan->n_columns; c++) {
        bool ours = c == plan->record_column || c == plan->corrupt_column || plan->columns[c].kind == LA_C_GROUP ||
                    la_is_rescue(plan, c);
        LA_CHECK(w->columns[c] != ours, "a column that nothing feeds");
        if (plan->columns[c].kind != LA_C_ROWS)
            LA_CHECK(la_format_fits(&plan->columns[c]), "a format of another kind of column");
    }
    for (int32_t c = 0; c < plan->n_columns; c++)
        w->columns[c] = 0;
    for (int32_t c = 0; c < plan->n_columns; c++)
        for (int32_t k = 0; k < plan->columns[c].n_children; k++)
            w->columns[plan->column_children[plan->columns[c].first_child + k]] = 1;
    /* What is handed out is no part of another column, stands on a level of rows, and comes once. */
    for (int32_t o = 0; o < plan->n_output; o++) {
        int32_t c = plan->output[o], level = 0;
        LA_CHECK(plan->columns[c].kind != LA_C_ROWS && !w->columns[c], "output of a part");
        for (; level < plan->n_levels && plan->levels[level] != plan->columns[c].domain; level++)
            ;
        LA_CHECK(level < plan->n_levels, "output that is no row");
        for (int32_t other = 0; other < o; other++)
            LA_CHECK(plan->output[other] != c, "output twice");
    }
    bool records = false, identifiers = plan->identifier_column < 0, corrupt = plan->corrupt_column < 0;
    for (int32_t o = 0; o < plan->n_output; o++) {
        records |= plan->output[o] == plan->record_column;
        identifiers |= plan->output[o] == plan->identifier_column;
        corrupt |= plan->output[o] == plan->corrupt_column;
    }
    bool rescue = plan->rescue_column < 0;
    for (int32_t o = 0; o < plan->n_output; o++)
        rescue |= plan->output[o] == plan->rescue_column;
    LA_CHECK(records && identifiers && corrupt && rescue, "a column that is not handed out");
    LA_CHECK(plan->metadata_column < 0 || (plan->columns[plan->metadata_column].kind == LA_C_TEXT32 &&
                                           plan->columns[plan->metadata_column].domain == 0 &&
                                           !w->columns[plan->metadata_column]), "metadata is no text of the event");
    for (int32_t o = 0; o < plan->n_output; o++)
        LA_CHECK(plan->output[o] != plan->metadata_column, "metadata among the rows");
    return NULL;
}

/* NULL if the walk finds the plan sound, else what is wrong with it. */
static const char *la_plan_walk(const la_plan *plan)
{
    uint8_t *reached = calloc((size_t)plan->n_nodes + (size_t)plan->n_columns + 1, 1);
    if (!reached)
        return "out of memory";
    la_walk w = { .plan = plan, .nodes = reached, .columns = reached + plan->n_nodes };
    for (int k = 0; k < LA_SPANS; k++)
        w.spans[k] = -1;
    const char *wrong = plan->levels[0] == 0 ? la_walk_node(&w, plan->root, 0) : "the event is not the first level";
    wrong = wrong ? wrong : la_walk_output(&w);
    free(reached);
    return wrong;
}

#endif
