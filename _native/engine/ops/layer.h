/* Layers: bytes inside a value. Each has its own buffer and its own end, and nothing may be left
 * over behind what is read from it. */
#ifndef LA_OPS_LAYER_H
#define LA_OPS_LAYER_H

#include "../../kernels/md5.h"
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

static const uint8_t *la_packed_base64(la_run *r, const la_node *packed, const uint8_t *p, const uint8_t *end, size_t i);

/* The bytes of the string at p, read by `inner`. */
static LA_INLINE const uint8_t *la_base64_layer(la_run *r, const la_node *inner, const uint8_t *p, const uint8_t *end,
                                                size_t i)
{
    uint8_t *s = la_scratch(r, (size_t)(end - p), p), *s_end = s;
    if (!s)
        return NULL;
    const uint8_t *next = la_base64_into(r, p, end, &s_end);
    if (LA_UNLIKELY(!next))
        return NULL;
    if (r->scratch_used[r->layer] < (size_t)(s_end - s))
        r->scratch_used[r->layer] = (size_t)(s_end - s);
    return la_enter(r, inner, s, s_end, p + 1, i) ? next : NULL;
}

static const uint8_t *la_op_base64(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_node *inner = &r->plan->nodes[n->child];
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    return inner->op == LA_OP_AGGREGATE ? la_packed_base64(r, inner, p, end, i) : la_base64_layer(r, inner, p, end, i);
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
        { "x\x01", 2, LA_LOOKS_ZLIB },
        { "x\x9c", 2, LA_LOOKS_ZLIB },
        { "x\xda", 2, LA_LOOKS_ZLIB },
        { "\x04\x22\x4d\x18", 4, LA_LOOKS_LZ4 },
        { "\xff\x06\x00\x00sNaPpY", 10, LA_LOOKS_SNAPPY },
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

/* Whether [s, s_end) begins with a text. */
static inline bool la_begins(const uint8_t *s, const uint8_t *s_end, la_text text)
{
    return (size_t)(s_end - s) >= text.length && !memcmp(s, text.text, text.length);
}

/* What a call-out makes of the bytes. a: which codec; b: the failure if it refuses them; first, count: texts
 * that they begin with where there is something to decode (none: always). */
static const uint8_t *la_op_codec(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    static const enum la_error failures[] = {
        [LA_CALL_LIMIT] = LA_E_INFLATED_LIMIT, [LA_CALL_RAISED] = LA_E_CALL_OUT, [LA_CALL_NO_MEMORY] = LA_E_NO_MEMORY,
    };
    const la_plan *plan = r->plan;
    const uint8_t *inner = NULL;
    size_t length = 0;
    bool encoded = !n->count;
    for (int32_t k = n->first; k < n->first + n->count && !encoded; k++)
        encoded = la_begins(s, s_end, plan->texts[k]);
    if (!encoded)
        return la_bytes(r, &plan->nodes[n->child], s, s_end, i);
    uint64_t left = plan->limits.max_inflated - r->inflated;
    enum la_call called = r->call_outs.decode
        ? r->call_outs.decode(r->call_outs.context, n->a, s, (size_t)(s_end - s), left, &inner, &length)
        : LA_CALL_RAISED;
    if (called != LA_CALL_DONE) {
        enum la_looks looks = la_look(s, s_end);
        la_fail(r, called == LA_CALL_REFUSED ? (enum la_error)n->b : failures[called], s);
        if (looks != LA_LOOKS_GZIP && !n->count) /* what was meant to be read is no other thing */
            r->failure.looks = looks;
        return NULL;
    }
    r->inflated += length;
    r->text_bound += length;
    if (la_reserve_text(r, r->text_bound, s))
        return NULL;
    if (la_enter(r, &plan->nodes[n->child], inner, inner + length, s, i))
        return s_end;
    /* Around all records there is no place to lead away from: their paths begin with the rows, encoded or not. */
    if (n->count && n->flags & LA_N_HAS_UNIT && r->failure.n_parts)
        r->failure.n_parts--;
    return NULL;
}

/* The same bytes for several words. first, count: the words. */
static const uint8_t *la_op_fork(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    for (int32_t k = n->first; k < n->first + n->count; k++)
        if (!la_bytes(r, &r->plan->nodes[r->plan->children[k]], s, s_end, i))
            return NULL;
    return s_end;
}

/* The word that the first bytes choose. first, count: the words, `other` last; a: the first text; d: how many
 * texts there are and, behind an unused place, which word each chooses (see la_op_one_of). */
static const uint8_t *la_op_magic(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    const la_plan *plan = r->plan;
    const int64_t *leads = plan->integers + n->d;
    int32_t chosen = n->count - 1;
    for (int64_t k = 0; k < leads[0]; k++)
        if (la_begins(s, s_end, plan->texts[n->a + k])) {
            chosen = (int32_t)leads[2 + k];
            break;
        }
    for (int32_t k = 0; k < n->count; k++)
        if (k != chosen && la_null(r, &plan->nodes[plan->children[n->first + k]], i))
            return NULL;
    return la_bytes(r, &plan->nodes[plan->children[n->first + chosen]], s, s_end, i);
}

static const uint8_t *la_op_lines(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i);
static const uint8_t *la_op_aggregate(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i);
static const uint8_t *la_op_delimited(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i);
static const uint8_t *la_op_labelled(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i);

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

static const uint8_t *la_op_digest(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    la_md5(s, (size_t)(s_end - s), la_slot(r, n, i, LA_MD5_SIZE));
    return s_end;
}

/* The bytes [s, s_end) of a layer, read by a word of bytes. NULL on failure. */
static const uint8_t *la_bytes(la_run *r, const la_node *n, const uint8_t *s, const uint8_t *s_end, size_t i)
{
    switch (n->op) {
    case LA_OP_PARSE: return la_op_parse(r, n, s, s_end, i);
    case LA_OP_AGGREGATE: return la_op_aggregate(r, n, s, s_end, i);
    case LA_OP_LINES: return la_op_lines(r, n, s, s_end, i);
    case LA_OP_DELIMITED: return la_op_delimited(r, n, s, s_end, i);
    case LA_OP_LABELLED: return la_op_labelled(r, n, s, s_end, i);
    case LA_OP_CODEC: return la_op_codec(r, n, s, s_end, i);
    case LA_OP_FORK: return la_op_fork(r, n, s, s_end, i);
    case LA_OP_MAGIC: return la_op_magic(r, n, s, s_end, i);
    case LA_OP_DIGEST: return la_op_digest(r, n, s, s_end, i);
    case LA_OP_DROP: return s_end;
    default: return la_op_keep_bytes(r, n, s, s_end, i);
    }
}

#endif
