/* Words that choose or repeat: tee, or_else, one_of, and the silent ones. */
#ifndef LA_OPS_CHOOSE_H
#define LA_OPS_CHOOSE_H

#include "layer.h"
#include "scalar.h"

/* The value of the last member of the object at p whose key is `key`; of the `first` one, if that is asked for. Returns a
 * position with *value set (NULL: no such key), or NULL on failure. */
static const uint8_t *la_member(la_run *r, const uint8_t *p, const uint8_t *end, la_text key, bool first,
                                const uint8_t **value)
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
        if (same) {
            *value = p;
            if (first)
                return p;
        }
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
        if (!la_member(r, p, end, r->plan->texts[first_key + k], false, &value))
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

/* What stands at the path of keys below p: a text, unescaped, or a number or truth value as it is written, with
 * a byte in front that tells which, so that "1" is not 1. 1, 0 (nothing of the kind), or -1 with a failure. */
static int la_scalar_in(la_run *r, const uint8_t *p, const uint8_t *end, int32_t first_key, int32_t n_keys, bool first,
                        la_text *text, uint8_t *kind)
{
    for (int32_t k = 0; k < n_keys; k++) {
        const uint8_t *value;
        if (*p != '{')
            return 0;
        if (!la_member(r, p, end, r->plan->texts[first_key + k], first, &value))
            return -1;
        if (!value)
            return 0;
        p = value;
    }
    *kind = *p == '"' ? 's' : 'n';
    if (*p == '"')
        return la_text_at(r, p, end, 0, 0, text);
    if (*p == '{' || *p == '[')
        return 0;
    const uint8_t *next = la_skip_scalar(r, p, end);
    if (!next)
        return -1;
    *text = (la_text){ p, (uint32_t)(next - p) };
    return 1;
}

static int la_scalar_at(la_run *r, const uint8_t *p, const uint8_t *end, int32_t first_key, int32_t n_keys, la_text *text,
                        uint8_t *kind)
{
    return la_scalar_in(r, p, end, first_key, n_keys, false, text, kind);
}

/* The first of the cases' texts that is a key of the object at the path; its number, -1 (none), or -2 with a failure. */
static int64_t la_key_among(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, int64_t n_texts)
{
    for (int32_t k = 0; k < n->c; k++) {
        const uint8_t *value;
        if (*p != '{')
            return -1;
        if (!la_member(r, p, end, r->plan->texts[n->b + k], false, &value))
            return -2;
        if (!value)
            return -1;
        p = value;
    }
    for (int64_t k = 0; k < n_texts && *p == '{'; k++) {
        la_text key = r->plan->texts[n->a + k];
        const uint8_t *value;
        if (!la_member(r, p, end, (la_text){ key.text + 1, key.length - 1 }, false, &value))
            return -2;
        if (value)
            return k;
    }
    return -1;
}

/* Which alternative the value at p is for; by the first of equal keys, or by the last as json has it. -1: a failure. */
static int32_t la_case_of(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, bool first)
{
    const la_plan *plan = r->plan;
    const int64_t *leads = plan->integers + n->d;
    if (n->flags & LA_N_KEY) {
        int64_t found = la_key_among(r, n, p, end, leads[0]);
        return found == -2 ? -1 : found >= 0 ? (int32_t)leads[2 + found] : n->count - 1;
    }
    la_text text = { NULL, 0 };
    uint8_t kind = 0;
    int found = la_scalar_in(r, p, end, n->b, n->c, first, &text, &kind);
    if (found < 0)
        return -1;
    for (int64_t k = 0; found && k < leads[0]; k++) {
        la_text wanted = plan->texts[n->a + k];
        uint32_t length = wanted.length - 1;
        bool fits = n->flags & LA_N_PREFIX ? text.length >= length : text.length == length;
        if (fits && wanted.text[0] == kind && !memcmp(text.text, wanted.text + 1, length))
            return (int32_t)leads[2 + k];
    }
    return n->count - 1;
}

/* The value at p by one alternative, the others null. */
static const uint8_t *la_case_read(la_run *r, const la_node *n, int32_t chosen, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_plan *plan = r->plan;
    const int64_t *leads = plan->integers + n->d;
    if (chosen == n->count - 1 && n->flags & LA_N_FAIL)
        return la_fail(r, LA_E_UNEXPECTED_VALUE, p);
    for (int32_t k = 0; k < n->count; k++)
        if (k != chosen && la_null(r, &plan->nodes[plan->children[n->first + k]], i))
            return NULL;
    if (!(p = la_value(r, &plan->nodes[plan->children[n->first + chosen]], p, end, i)))
        return NULL;
    if (n->column >= 0)
        la_mark_valid(&r->columns[n->column], i);
    if (leads[1] >= 0) {
        if (plan->nodes[plan->children[n->first + chosen]].op == LA_OP_SKIP)
            r->told_rows = true; /* a case that is counted, and nothing else */
        la_column *which = &r->columns[leads[1]];
        ((int32_t *)which->values)[i] = chosen;
        la_mark_valid(which, i);
    }
    return p;
}

/* first, count: the alternatives, `other` last; a: the first of the cases' texts, each behind the byte that
 * la_scalar_at tells; b, c: the path's texts; d: integers: how many texts, the column that keeps which
 * alternative it was (-1: none), and per text its alternative. With a column of its own it is a struct. */
static const uint8_t *la_op_one_of(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    bool object = n->c || n->flags & LA_N_KEY; /* what chooses lies in it, and is not the value itself */
    if (*p == 'n' || (*p != '{' && object && n->flags & LA_N_FAIL))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT);
    bool first = n->flags & LA_N_FIRST;
    int32_t other = n->count - 1, chosen = la_case_of(r, n, p, end, first);
    if (first && chosen >= 0 && chosen != other)
        chosen = la_case_of(r, n, p, end, false); /* it would not see a key that comes again */
    if (chosen < 0)
        return NULL;
    size_t n_values = r->n_values;
    uint32_t n_rescued = r->n_rescued;
    bool told_rows = r->told_rows;
    bool of_another = r->came_again; /* that this one stands in */
    r->came_again = false;
    const uint8_t *next = la_case_read(r, n, chosen, p, end, i);
    bool came_again = r->came_again;
    r->came_again = of_another;
    if (LA_LIKELY(!first) || chosen != other || (LA_LIKELY(next != NULL) && !came_again) ||
        (!next && (r->failure.code == LA_E_NO_MEMORY || r->failure.code == LA_E_CALL_OUT)))
        return next;
    /* The last of equal keys counts, and if it leads elsewhere, what has been read was nothing. */
    la_failure_state noted = r->failure;
    int32_t last = la_case_of(r, n, p, end, false);
    if (last < 0 || last == chosen) {
        r->failure = noted;
        return next;
    }
    r->n_values = n_values;
    r->n_rescued = n_rescued;
    r->told_rows = told_rows;
    if (n->flags & LA_N_HAS_UNIT)
        la_records_undo(r);
    return la_case_read(r, n, last, p, end, i);
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

/* The value, or null where it does not fit its word. It must still be well-formed. CLOSED: a failure that is final
 * goes through. b: the text of the path that
 * a value is rescued by; tag: what DynamoDB's type of the value is, where it does not say so itself, or -1. */
static LA_INLINE const uint8_t *la_or_else(la_run *r, const la_node *n, const int tag, const uint8_t *p, const uint8_t *end,
                                           size_t i)
{
    const la_node *inner = &r->plan->nodes[n->child];
    size_t n_values = r->n_values;
    uint32_t n_rescued = r->n_rescued;
    bool told_rows = r->told_rows;
    const uint8_t *next = tag < 0 ? la_value(r, inner, p, end, i) : la_tagged(r, inner, tag, p, end, i);
    if (LA_LIKELY(next != NULL) || r->failure.code == LA_E_NO_MEMORY || r->failure.code == LA_E_CALL_OUT)
        return next;
    if (n->flags & LA_N_FAIL)
        r->failure.final = true;
    if (n->flags & LA_N_FAIL || (n->flags & LA_N_CLOSED && r->failure.final))
        return NULL;
    r->n_values = n_values;
    r->n_rescued = n_rescued;
    r->told_rows = told_rows;
    if (n->flags & LA_N_HAS_UNIT) /* the records go with their rows */
        la_records_undo(r);
    if (!(next = la_skip(r, p, end)) || la_null(r, inner, i))
        return NULL;
    if (n->flags & LA_N_RESCUE && la_rescue_note(r, n, p, next))
        return NULL;
    return next;
}

/* The value, read by the first of two words or, where it does not fit that, by the second. first: the words. */
static const uint8_t *la_op_either(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_node *one = &r->plan->nodes[r->plan->children[n->first]], *other = &r->plan->nodes[r->plan->children[n->first + 1]];
    size_t n_values = r->n_values;
    uint32_t n_rescued = r->n_rescued;
    bool told_rows = r->told_rows;
    const uint8_t *next = la_value(r, one, p, end, i);
    if (LA_LIKELY(next != NULL))
        return la_null(r, other, i) ? NULL : next;
    if (r->failure.code == LA_E_NO_MEMORY || r->failure.code == LA_E_CALL_OUT)
        return NULL;
    r->n_values = n_values;
    r->n_rescued = n_rescued;
    r->told_rows = told_rows;
    return la_null(r, one, i) ? NULL : la_value(r, other, p, end, i);
}

static const uint8_t *la_op_or_else(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    return la_or_else(r, n, -1, p, end, i);
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

/* Whether the digest in column a is the one that column b spells in hexadecimal. A value that is null has
 * neither. c: the key that the failure names. 0 or -1. */
static int la_same_digest(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    const la_column *made = &r->columns[n->a], *sent = &r->columns[n->b];
    const uint8_t *digest = made->values + i * LA_MD5_SIZE, *text = sent->data;
    size_t length = 0;
    if (made->validity && !la_get_bit(made->validity, i))
        return 0;
    text += ((const int32_t *)sent->values)[i];
    length = (size_t)(((const int32_t *)sent->values)[i + 1] - ((const int32_t *)sent->values)[i]);
    bool same = length == 2 * LA_MD5_SIZE;
    for (size_t k = 0; same && k < LA_MD5_SIZE; k++) {
        uint8_t high = la_hex_digits[text[2 * k]], low = la_hex_digits[text[2 * k + 1]];
        same = high & low & LA_HEX && (uint8_t)((high & 15) << 4 | (low & 15)) == digest[k];
    }
    if (same)
        return 0;
    la_fail(r, LA_E_DIGEST_MISMATCH, at);
    la_at_key(r, r->plan->texts[n->c].text, r->plan->texts[n->c].length);
    return -1;
}

static const uint8_t *la_loose(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    bool holds = n->op == LA_OP_INT || n->op == LA_OP_FLOAT || n->op == LA_OP_BOOL || n->op == LA_OP_TIMESTAMP;
    bool plain = la_starts_number(*p) || *p == 't' || *p == 'f';
    if (*p == '"' && holds) {
        uint8_t space[LA_SHORT_TEXT];
        const uint8_t *text, *text_end;
        const uint8_t *next = la_short_string(r, p, end, space, sizeof space, LA_E_INVALID_NUMBER, &text, &text_end);
        if (!next)
            return NULL;
        /* No string inside the string: it must be the bare value, and all of the text. */
        bool begins = text < text_end && (n->op == LA_OP_BOOL ? *text == 't' || *text == 'f' : la_starts_number(*text));
        r->failure.code = LA_E_NONE;
        if (begins && la_op_functions[n->op](r, n, text, text_end, i) == text_end)
            return next;
        enum la_error code = r->failure.code ? r->failure.code : LA_E_INVALID_NUMBER;
        return la_fail(r, n->op == LA_OP_BOOL ? LA_E_EXPECTED_BOOL : code, p);
    }
    if (plain && (n->op == LA_OP_UTF8 || n->op == LA_OP_DICTIONARY)) {
        const uint8_t *next = la_skip_scalar(r, p, end);
        if (!next)
            return NULL;
        return la_text_set(r, n, i, (la_text){ p, (uint32_t)(next - p) }, p) ? NULL : next;
    }
    return p;
}

/* A text under another name. a, b: the first and the count of texts, pairs of what is sent and what is kept; any other text stays, or (CLOSED) is an
 * error. */
static const uint8_t *la_op_renamed(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    la_text text;
    if (*p != '"')
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    const uint8_t *next = la_skip_string(r, p + 1, end);
    uint8_t *space = next ? la_scratch(r, (size_t)(next - p), p) : NULL, *out = space;
    uint32_t high = 0;
    if (!space || !la_string_into(r, p, next, &out, &high))
        return NULL;
    text = (la_text){ space, (uint32_t)(out - space) };
    int32_t k = n->a;
    while (k < n->a + n->b && (r->plan->texts[k].length != text.length || memcmp(r->plan->texts[k].text, text.text, text.length)))
        k += 2;
    if (k < n->a + n->b)
        text = r->plan->texts[k + 1];
    else if (n->flags & LA_N_CLOSED)
        return la_fail(r, LA_E_UNEXPECTED_VALUE, p);
    return la_text_set(r, n, i, text, p) ? NULL : next;
}

/* Multiplies the int64 in column a by what the text in column b asks for. first, count: texts; d: their factors, of
 * which the first also holds where the text is null. 0 or -1. */
static int la_rescaled(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    const la_column *number = &r->columns[n->a], *by = &r->columns[n->b];
    const int32_t *offsets = (const int32_t *)by->values;
    size_t length = (size_t)(offsets[i + 1] - offsets[i]);
    int32_t k = 0;
    int64_t value;
    if (number->validity && !la_get_bit(number->validity, i))
        return 0;
    if (!by->validity || la_get_bit(by->validity, i))
        while (k < n->count && (r->plan->texts[n->first + k].length != length ||
                                memcmp(r->plan->texts[n->first + k].text, by->data + offsets[i], length)))
            k++;
    memcpy(&value, number->values + 8 * i, 8);
    if (k == n->count || __builtin_mul_overflow(value, r->plan->integers[n->d + k], &value)) {
        la_fail(r, k == n->count ? LA_E_UNEXPECTED_VALUE : LA_E_OUT_OF_RANGE, at);
        la_at_key(r, r->plan->texts[n->c].text, r->plan->texts[n->c].length);
        return -1;
    }
    memcpy(number->values + 8 * i, &value, 8);
    return 0;
}

static int la_changed(la_run *r, const la_node *n, const uint8_t *at, size_t i);
static int la_inherit(la_run *r, const la_node *n, const uint8_t *at, size_t i);

static int la_silent(la_run *r, const la_node *n, const uint8_t *at, size_t i)
{
    switch (n->op) {
    case LA_OP_INHERIT: return la_inherit(r, n, at, i);
    case LA_OP_CHANGED: return la_changed(r, n, at, i);
    case LA_OP_RESCALED: return la_rescaled(r, n, at, i);
    case LA_OP_SAME_DIGEST: return la_same_digest(r, n, at, i);
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
