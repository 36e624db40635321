/* Layers: bytes inside a value. Each has its own buffer and its own end, and nothing may be left
 * over behind what is read from it. */
#ifndef LA_OPS_LAYER_H
#define LA_OPS_LAYER_H

#include "nested.h"

/* The current layer's buffer with room for `size` bytes and slack. NULL with a failure noted. */
static uint8_t *la_scratch(la_run *r, size_t size, const uint8_t *at)
{
    uint8_t **scratch = &r->scratch[r->layer];
    if (LA_LIKELY(*scratch && la_block_of(*scratch)->capacity >= size + LA_SLACK))
        return *scratch;
    la_block_return(*scratch);
    *scratch = la_pool_get(size + LA_SLACK);
    if (!*scratch)
        la_fail(r, LA_E_NO_MEMORY, at);
    return *scratch;
}

/* Hands the bytes [s, s_end) of the layer that stands at `outer` to a word that reads bytes. */
static inline const uint8_t *la_enter(la_run *r, const la_node *inner, const uint8_t *s, const uint8_t *s_end,
                                      const uint8_t *outer, size_t i)
{
    if (!r->layer)
        r->layer_outer = outer;
    r->layer_start[++r->layer] = s;
    const uint8_t *done = la_bytes(r, inner, s, s_end, i);
    r->layer--;
    return LA_LIKELY(done != NULL) ? done : la_at_layer(r, s, outer);
}

static const uint8_t *la_base64_unescaped(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t **out)
{
    const uint8_t *close = la_skip_string(r, p + 1, end);
    if (!close)
        return NULL;
    uint8_t *text = la_pool_get((size_t)(close - p) + LA_SLACK), *text_end = text;
    if (!text)
        return la_fail(r, LA_E_NO_MEMORY, p);
    uint32_t high = 0;
    /* Up to `close` only, which is what there is room for: another thread may be writing to the source. */
    const uint8_t *next = la_string_into(r, p, close, &text_end, &high);
    if (next) {
        const uint8_t *q = text;
        enum la_status status = la_base64_decode(&q, text_end, out);
        if (status != LA_OK || q != text_end)
            next = la_bad_base64(r, status, q != text_end && *q != '=',
                                 la_wire_position(p + 1, end, (size_t)(q - text)));
    }
    la_pool_put(text, (size_t)(close - p));
    return next;
}

static const uint8_t *la_op_base64(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    uint8_t *s = la_scratch(r, (size_t)(end - p), p), *s_end = s;
    if (!s)
        return NULL;
    const uint8_t *next = la_base64_into(r, p, end, &s_end);
    if (LA_UNLIKELY(!next))
        return NULL;
    if (r->scratch_used[r->layer] < (size_t)(s_end - s))
        r->scratch_used[r->layer] = (size_t)(s_end - s);
    return la_enter(r, &r->plan->nodes[n->child], s, s_end, p + 1, i) ? next : NULL;
}

/* A string's content. Without an escape in it the layer is the source itself: what is kept of it
 * is copied and validated where it lands. */
static const uint8_t *la_op_string(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    const la_node *inner = &r->plan->nodes[n->child];
    uint32_t high = 0;
    const uint8_t *stop = la_string_find(p + 1, end, &high);
    if (stop < end && *stop == '"')
        return la_enter(r, inner, p + 1, stop, p + 1, i) ? stop + 1 : NULL;
    uint8_t *s = la_scratch(r, (size_t)(end - p), p), *s_end = s;
    if (!s)
        return NULL;
    const uint8_t *next = la_string_into(r, p, end, &s_end, &high);
    if (!next)
        return NULL;
    if (r->scratch_used[r->layer] < (size_t)(s_end - s))
        r->scratch_used[r->layer] = (size_t)(s_end - s);
    return la_enter(r, inner, s, s_end, p + 1, i) ? next : NULL;
}

/* What bytes that do not begin as JSON look like. */
static LA_COLD enum la_looks la_look(const uint8_t *s, const uint8_t *s_end)
{
    static const struct { const char *magic; uint8_t length; uint8_t looks; } known[] = {
        { "\x1f\x8b", 2, LA_LOOKS_GZIP },
        { "\xf3\x89\x9a\xc2", 4, LA_LOOKS_KPL },
        { "Obj\x01", 4, LA_LOOKS_AVRO },
        { "\x28\xb5\x2f\xfd", 4, LA_LOOKS_ZSTD },
    };
    if (s == s_end)
        return LA_LOOKS_EMPTY;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if ((size_t)(s_end - s) >= known[k].length && !memcmp(s, known[k].magic, known[k].length))
            return (enum la_looks)known[k].looks;
    return LA_LOOKS_UNKNOWN;
}

/* The whole layer is one JSON value. b: exact, no white space around it. */
static const uint8_t *la_op_parse(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    const uint8_t *p = n->b ? s : la_space_skip(s, s_end);
    if (LA_UNLIKELY(p >= s_end))
        la_fail(r, LA_E_UNEXPECTED_END, p);
    else if (LA_LIKELY((p = la_value(r, &r->plan->nodes[n->child], p, s_end, i)) != NULL)) {
        if (LA_UNLIKELY(p != s_end && !n->b))
            p = la_space_skip(p, s_end);
        if (LA_LIKELY(p == s_end))
            return p;
        return la_fail(r, LA_E_TRAILING_BYTES, p);
    }
    if (r->failure.inner_offset < 0 && !r->failure.n_parts)
        r->failure.looks = la_look(s, s_end);
    return NULL;
}

static const uint8_t *la_op_gzip(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    const uint8_t *inner = NULL;
    size_t length = 0;
    uint64_t left = r->plan->limits.max_inflated - r->inflated;
    enum la_error code = r->call_outs.inflate
        ? r->call_outs.inflate(r->call_outs.context, s, (size_t)(s_end - s), left, &inner, &length)
        : LA_E_CALL_OUT;
    if (code != LA_E_NONE) {
        la_fail(r, code, s);
        r->failure.looks = la_look(s, s_end);
        return NULL;
    }
    r->inflated += length;
    r->text_bound += length;
    if (la_reserve_text(r, r->text_bound, s))
        return NULL;
    return la_enter(r, &r->plan->nodes[n->child], inner, inner + length, s, i) ? s_end : NULL;
}

static const uint8_t *la_op_keep_bytes(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    size_t length = (size_t)(s_end - s);
    uint8_t *start = la_text_start(n, r, i);
    memcpy(start, s, length);
    if (n->op == LA_OP_TEXT_BYTES) {
        size_t valid = la_utf8_valid(start, length);
        if (valid != length)
            return la_fail(r, LA_E_INVALID_UTF8, s + valid);
    }
    la_text_end(n, r, i, start + length);
    return s_end;
}

/* The bytes [s, s_end) of a layer, read by a word of bytes. NULL on failure. */
static const uint8_t *la_bytes(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    switch (n->op) {
    case LA_OP_PARSE: return la_op_parse(r, n, s, s_end, i);
    case LA_OP_GZIP: return la_op_gzip(r, n, s, s_end, i);
    default: return la_op_keep_bytes(r, n, s, s_end, i);
    }
}

#endif
