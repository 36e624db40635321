/* Words that choose or repeat: tee, or_else, one_of, and the silent ones. */
#ifndef LA_OPS_CHOOSE_H
#define LA_OPS_CHOOSE_H

#include "layer.h"

/* The value of the last member of the object at p whose key is `key`. Returns the position behind
 * the object with *value set (NULL: no such key), or NULL on failure. */
static const uint8_t *la_member(la_run *r, const uint8_t *p, const uint8_t *end, la_text key, const uint8_t **value)
{
    *value = NULL;
    bool closed = false;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == '}')
        return p + 1;
    while (!closed) {
        const uint8_t *quote = p;
        uint32_t high = 0;
        if (!(p = la_skip_key(r, p, end)))
            return NULL;
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        const uint8_t *stop = la_string_find(quote + 1, end, &high);
        bool same;
        if (stop < end && *stop == '"') {
            same = (size_t)(stop - quote - 1) == key.length && !memcmp(quote + 1, key.text, key.length);
        } else {
            uint8_t *space = la_scratch(r, (size_t)(p - quote), quote), *out = space;
            if (!space)
                return NULL;
            /* Read again only up to where it ended before: another thread may be writing to the source. */
            same = la_string_into(r, quote, p, &out, &high) && (size_t)(out - space) == key.length &&
                   !memcmp(space, key.text, key.length);
        }
        if (same)
            *value = p;
        if (!(p = la_skip(r, p, end)) || !(p = la_next_item(r, p, end, '}', &closed)))
            return NULL;
    }
    return p;
}

/* The text at a path of keys below the object at p, unescaped into the layer's scratch buffer.
 * Returns 1, 0 (no such key, or not a string), or -1 with a failure noted. */
static int la_text_at(la_run *r, const uint8_t *p, const uint8_t *end, int32_t first_key, int32_t n_keys, la_text *text)
{
    for (int32_t k = 0; k < n_keys; k++) {
        const uint8_t *value;
        if (*p != '{')
            return 0;
        if (!la_member(r, p, end, r->plan->texts[first_key + k], &value))
            return -1;
        if (!value)
            return 0;
        p = value;
    }
    if (*p != '"')
        return 0;
    const uint8_t *close = la_skip_string(r, p + 1, end);
    uint8_t *space = close ? la_scratch(r, (size_t)(close - p), p) : NULL, *out = space;
    uint32_t high = 0;
    if (!space)
        return -1;
    if (!la_string_into(r, p, close, &out, &high) || la_utf8_valid(space, (size_t)(out - space)) != (size_t)(out - space))
        return 0;
    text->text = space;
    text->length = (uint32_t)(out - space);
    return 1;
}

/* first, count: the alternatives, `other` last; a: the first case's text; b, c: the path's texts. */
static const uint8_t *la_op_one_of(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_plan *plan = r->plan;
    if (*p != '{')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    la_text text = { NULL, 0 };
    int found = la_text_at(r, p, end, n->b, n->c, &text);
    if (found < 0)
        return NULL;
    int32_t chosen = n->count - 1;
    for (int32_t k = 0; found && k < n->count - 1; k++) {
        la_text wanted = plan->texts[n->a + k];
        bool fits = n->flags & LA_N_PREFIX ? text.length >= wanted.length : text.length == wanted.length;
        if (fits && !memcmp(text.text, wanted.text, wanted.length)) {
            chosen = k;
            break;
        }
    }
    if (chosen == n->count - 1 && n->flags & LA_N_FAIL)
        return la_fail(r, LA_E_UNEXPECTED_VALUE, p);
    for (int32_t k = 0; k < n->count; k++)
        if (k != chosen && la_null(r, &plan->nodes[plan->children[n->first + k]], i))
            return NULL;
    return la_value(r, &plan->nodes[plan->children[n->first + chosen]], p, end, i);
}

static const uint8_t *la_op_tee(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const uint8_t *next = NULL;
    for (int32_t k = n->first; k < n->first + n->count; k++) {
        next = la_value(r, &r->plan->nodes[r->plan->children[k]], p, end, i);
        if (!next)
            return NULL;
    }
    return next;
}

/* The value, or null where it does not fit its word. It must still be well-formed. */
static const uint8_t *la_op_or_else(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_node *inner = &r->plan->nodes[n->child];
    size_t n_values = r->n_values;
    const uint8_t *next = la_value(r, inner, p, end, i);
    if (next || n->flags & LA_N_FAIL || r->failure.code == LA_E_NO_MEMORY || r->failure.code == LA_E_CALL_OUT)
        return next;
    r->n_values = n_values;
    if (n->flags & LA_N_HAS_UNIT) /* the records go with their rows */
        la_records_undo(r);
    if (!(next = la_skip(r, p, end)) || la_null(r, inner, i))
        return NULL;
    return next;
}

/* Puts a text that is not in the input at this place into slot i. 0 or -1. */
static int la_text_set(la_run *r, const la_node *n, size_t i, la_text text, const uint8_t *at)
{
    int32_t found;
    if (r->plan->columns[n->column].kind == LA_C_DICT)
        return la_dictionary_set(r, n, i, text.text, text.length, at, &found) ? 0 : -1;
    if (la_reserve_foreign(r, n, text.length, at))
        return -1;
    uint8_t *start = la_text_start(n, r, i);
    memcpy(start, text.text, text.length);
    if (la_utf8_valid(start, text.length) != text.length) {
        la_fail(r, LA_E_INVALID_UTF8, at);
        return -1;
    }
    la_text_end(n, r, i, start + text.length);
    return 0;
}

static int la_silent(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    switch (n->op) {
    case LA_OP_COUNTER: {
        int32_t value = n->a + (int32_t)(r->n_frames ? r->frames[r->n_frames - 1].index : 0);
        memcpy(la_slot(r, n, i, 4), &value, 4);
        return 0;
    }
    case LA_OP_EACH_KEY:
        for (uint32_t f = r->n_frames; f-- > 0;)
            if (r->frames[f].key.text)
                return la_text_set(r, n, i, r->frames[f].key, at);
        return la_null(r, n, i);
    default: {
        const la_text *text = &r->plan->texts[n->a];
        const la_node *inner = &r->plan->nodes[n->child];
        if (la_reserve_foreign(r, inner, text->length, at))
            return -1;
        return la_value(r, inner, text->text, text->text + text->length, i) ? 0 : -1;
    }
    }
}

#endif
