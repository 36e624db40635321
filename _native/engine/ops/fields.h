/* Text that is no JSON: fields between separators (CSV, flow logs, access logs), and values behind labels. A field is
 * read by the word of a JSON value: a number as it stands, any other as if it stood between quotes. */
#ifndef LA_OPS_FIELDS_H
#define LA_OPS_FIELDS_H

#include "choose.h"

/* The text [s, s_end) as a JSON string in the current layer's scratch. NULL with a failure noted. */
static const uint8_t *la_quoted(la_run *r, const uint8_t *s, const uint8_t *s_end, const uint8_t **end)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *start = la_scratch(r, 6 * (size_t)(s_end - s) + 2, s), *out = start;
    if (!start)
        return NULL;
    *out++ = '"';
    for (; s < s_end; s++) {
        if (*s == '"' || *s == '\\')
            *out++ = '\\';
        if (*s >= ' ') {
            *out++ = *s;
            continue;
        }
        memcpy(out, "\\u00", 4);
        out[4] = (uint8_t)digits[*s >> 4];
        out[5] = (uint8_t)digits[*s & 15];
        out += 6;
    }
    *out++ = '"';
    *end = out;
    return start;
}

static bool la_field_read(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    switch (n->op) {
    case LA_OP_SKIP: return true;
    case LA_OP_UTF8:
    case LA_OP_DICTIONARY: return !la_text_set(r, n, i, (la_text){ s, (uint32_t)(s_end - s) }, s);
    case LA_OP_OR_ELSE: {
        const la_node *inner = &r->plan->nodes[n->child];
        if (la_field_read(r, inner, s, s_end, i))
            return true;
        if (n->flags & LA_N_FAIL || r->failure.code == LA_E_NO_MEMORY)
            return false;
        if (la_null(r, inner, i))
            return false;
        if (!(n->flags & LA_N_RESCUE))
            return true;
        const uint8_t *end, *text = la_quoted(r, s, s_end, &end);
        return text && !la_rescue_note(r, n, text, end);
    }
    default: break;
    }
    bool bare = n->op == LA_OP_INT || n->op == LA_OP_FLOAT || n->op == LA_OP_BOOL || n->op == LA_OP_DECIMAL ||
                (n->op == LA_OP_TIMESTAMP && n->c >= 0);
    const uint8_t *end = s_end, *text = bare ? s : la_quoted(r, s, s_end, &end), *next;
    if (!text)
        return false;
    bool begins = text < end && (n->op == LA_OP_BOOL ? *text == 't' || *text == 'f' : la_starts_number(*text));
    if (bare && !begins)
        return la_fail(r, n->op == LA_OP_BOOL ? LA_E_EXPECTED_BOOL : n->op == LA_OP_INT ? LA_E_EXPECTED_INTEGER
                                                                                         : LA_E_INVALID_NUMBER, s) != NULL;
    next = la_value(r, n, text, end, i);
    if (next && next != end)
        next = la_fail(r, LA_E_TRAILING_BYTES, next);
    return next != NULL;
}

/* One field's text, which the event has at `at`, into slot i. False on failure: any copy of it, between quotes or with
 * quotes made single, is nowhere in the event. */
static bool la_field_value(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, const uint8_t *at, size_t i)
{
    if (la_field_read(r, n, s, s_end, i))
        return true;
    r->failure.at = at;
    return false;
}

/* No value for the k-th field. 0, or -1 with a failure noted. */
static int la_field_absent(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    if (n->flags & LA_N_NULLABLE || n->op == LA_OP_SKIP)
        return la_null(r, n, i);
    la_fail(r, LA_E_UNEXPECTED_NULL, at);
    return -1;
}

/* The field at p, between quotes or up to the separator: its text, which lies in the source or (with doubled quotes)
 * in `space`, and the position of the separator or the end. NULL with a failure noted. */
static const uint8_t *la_field_text(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, uint8_t **space,
                                    la_text *text, bool *quoted)
{
    *quoted = p < end && *p == '"';
    if (!*quoted) {
        const uint8_t *stop = memchr(p, n->a, (size_t)(end - p));
        stop = stop ? stop : end;
        *text = (la_text){ p, (uint32_t)(stop - p) };
        return stop;
    }
    const uint8_t *start = ++p, *close = memchr(p, '"', (size_t)(end - p));
    uint8_t *out = NULL;
    size_t used = 0;
    while (close && close + 1 < end && close[1] == '"') { /* a doubled quote is one of the text */
        if (!out) {
            if (la_pool_grow(space, 0, (size_t)(end - start) + LA_SLACK))
                return la_fail(r, LA_E_NO_MEMORY, start);
            out = *space;
        }
        memcpy(out + used, p, (size_t)(close + 1 - p));
        used += (size_t)(close + 1 - p);
        p = close + 2;
        close = memchr(p, '"', (size_t)(end - p));
    }
    if (!close)
        return la_fail(r, LA_E_UNEXPECTED_END, start - 1);
    if (out) {
        memcpy(out + used, p, (size_t)(close - p));
        *text = (la_text){ out, (uint32_t)(used + (size_t)(close - p)) };
    } else {
        *text = (la_text){ start, (uint32_t)(close - start) };
    }
    if (close + 1 < end && close[1] != n->a)
        return la_fail(r, LA_E_INVALID_FIELD, close + 1);
    return close + 1;
}

static bool la_delimited(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, uint8_t **space, size_t i)
{
    const la_plan *plan = r->plan;
    const uint8_t *start = p;
    bool more = true;
    for (int32_t k = 0; k < n->count; k++) {
        const la_node *field = &plan->nodes[plan->children[n->first + k]];
        la_text text = { p, 0 };
        const uint8_t *at = p;
        bool quoted = false, there = more, split = true;
        if (more && n->flags & LA_N_PREFIX && k == n->count - 1) {
            text.length = (uint32_t)(end - p);
            quoted = true; /* whatever it is, it is no null */
        } else if (more) {
            const uint8_t *stop = la_field_text(r, n, p, end, space, &text, &quoted);
            if (!stop && !(k == 0 && n->flags & LA_N_KEY))
                return la_at_index(r, (uint64_t)k) != NULL;
            split = stop != NULL;
            more = split && stop < end;
            at += quoted;
            p = more ? stop + 1 : stop;
        }
        bool null = !there || (!quoted && text.length == plan->texts[n->b].length &&
                               !memcmp(text.text, plan->texts[n->b].text, text.length));
        if (k == 0 && n->flags & LA_N_KEY &&
            (!split || null || !la_field_value(r, field, text.text, text.text + text.length, at, i))) {
            if (split && !null && (r->failure.code == LA_E_NO_MEMORY || r->failure.code == LA_E_CALL_OUT))
                return false;
            /* No line of its own: all of it is the last field's. */
            for (; k < n->count - 1; k++)
                if (la_null(r, &plan->nodes[plan->children[n->first + k]], i))
                    return false;
            return la_field_value(r, &plan->nodes[plan->children[n->first + k]], start, end, start, i);
        }
        if (k == 0 && n->flags & LA_N_KEY)
            continue;
        if (null ? la_field_absent(r, field, p, i) : !la_field_value(r, field, text.text, text.text + text.length, at, i))
            return la_at_index(r, (uint64_t)k) != NULL;
    }
    return true;
}

/* One line of fields into slot i of a struct. a: the separator; b: the text that stands for null; first, count: what
 * reads the fields. Those that are missing are null, those behind the last are not looked at. PREFIX: the last field is
 * all that is left; KEY: a line whose first field is not what it should be has only that. */
static const uint8_t *la_op_delimited(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    uint8_t *space = NULL;
    bool sound = la_delimited(r, n, s, s_end, &space, i);
    la_block_return(space);
    if (!sound)
        return NULL;
    la_mark_valid(&r->columns[n->column], i);
    return s_end;
}

/* Where a text stands in [p, end), or NULL. */
static const uint8_t *la_find(const uint8_t *p, const uint8_t *end, la_text text)
{
    return memmem(p, (size_t)(end - p), text.text, text.length);
}

/* Values behind labels, wherever they stand in the text, into slot i of a struct; each ends at white space. a: the
 * first of the labels; b: what the text must begin with, first of `c` texts; first, count: what reads the values. */
static const uint8_t *la_op_labelled(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    const la_plan *plan = r->plan;
    bool begins = !n->c;
    for (int32_t k = 0; k < n->c && !begins; k++)
        begins = la_begins(s, s_end, plan->texts[n->b + k]);
    if (!begins)
        return la_fail(r, LA_E_INVALID_FIELD, s);
    for (int32_t k = 0; k < n->count; k++) {
        const la_node *field = &plan->nodes[plan->children[n->first + k]];
        la_text label = plan->texts[n->a + k];
        const uint8_t *p = la_find(s, s_end, label), *stop;
        if (p)
            for (p += label.length, stop = p; stop < s_end && !la_is_space(*stop); stop++)
                ;
        if (p ? !la_field_value(r, field, p, stop, p, i) : la_field_absent(r, field, s, i))
            return la_at_key(r, label.text, label.length);
    }
    la_mark_valid(&r->columns[n->column], i);
    return s_end;
}

#endif
