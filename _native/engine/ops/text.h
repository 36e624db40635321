/* Strings into columns: copied and scanned in one sweep, the copy validated. */
#ifndef LA_OPS_TEXT_H
#define LA_OPS_TEXT_H

#include "../../kernels/base64.h"
#include "../../kernels/escaped.h"
#include "../../kernels/form.h"
#include "../../kernels/utf8.h"
#include "null.h"

_Static_assert(LA_SLACK >= LA_SCAN_SLACK && LA_SLACK >= LA_BASE64_SLACK, "the reservation covers every overshoot");

/* Goes on with a string whose sweep stopped at p before its closing quote. */
static __attribute__((noinline)) const uint8_t *la_unescape_rest(la_run *r, const uint8_t *p, const uint8_t *end,
                                                                 uint8_t **out, uint32_t *high)
{
    for (;;) {
        if (p >= end || *p != '\\')
            return la_bad_string(r, p, end);
        enum la_status status = LA_OK;
        const uint8_t *next = la_unescape(p, end, out, &status);
        if (LA_UNLIKELY(!next)) {
            if (status != LA_SURROGATE)
                return la_fail(r, LA_E_INVALID_ESCAPE, p);
            if (!r->plan->replace_surrogates)
                return la_fail(r, LA_E_LONE_SURROGATE, p);
            memcpy(*out, "\xef\xbf\xbd", 3);
            *out += 3;
            next = p + 6;
        }
        /* Where one escape was, others are near. */
        p = la_escaped_copy(next, end, out, high);
        if (LA_UNLIKELY(end - p < LA_ESCAPED_ROOM))
            p = la_string_copy(p, end, out, high);
        if (LA_LIKELY(p < end && *p == '"'))
            return p;
    }
}

/* Copies the string whose opening quote is at p to *out, unescaped. Returns the position behind
 * the closing quote; the bytes at *out are not yet known to be UTF-8 if *high is set. */
static inline const uint8_t *la_string_into(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t **out,
                                            uint32_t *high)
{
    p = la_string_copy(p + 1, end, out, high);
    if (LA_LIKELY(p < end && *p == '"'))
        return p + 1;
    p = la_unescape_rest(r, p, end, out, high);
    return p ? p + 1 : NULL;
}

/* The wire position of the decoded byte at `offset` of the string whose content starts at p. */
static LA_COLD const uint8_t *la_wire_position(const uint8_t *p, const uint8_t *end, size_t offset)
{
    uint8_t bytes[8];
    size_t done = 0;
    while (p < end && done < offset) {
        if (*p == '\\') {
            uint8_t *out = bytes;
            enum la_status status;
            const uint8_t *next = la_unescape(p, end, &out, &status);
            p = next ? next : p + 6;
            done += next ? (size_t)(out - bytes) : 3;
        } else {
            p++;
            done++;
        }
    }
    return p;
}

static LA_COLD const uint8_t *la_bad_utf8(la_run *r, const uint8_t *quote, const uint8_t *end, size_t offset)
{
    return la_fail(r, LA_E_INVALID_UTF8, la_wire_position(quote + 1, end, offset));
}

/* Sets the end of slot i of a text column. */
static inline void la_text_end(const la_node *n, la_run *r, size_t i, const uint8_t *out)
{
    la_column *c = &r->columns[n->column];
    if (LA_UNLIKELY(n->flags & LA_N_WIDE))
        ((int64_t *)c->values)[i + 1] = out - c->data;
    else
        ((int32_t *)c->values)[i + 1] = (int32_t)(out - c->data);
    c->text_end = (size_t)(out - c->data);
    la_mark_valid(c, i);
}

static inline uint8_t *la_text_start(const la_node *n, la_run *r, size_t i)
{
    la_column *c = &r->columns[n->column];
    return c->data + (LA_UNLIKELY(n->flags & LA_N_WIDE) ? ((int64_t *)c->values)[i] : ((int32_t *)c->values)[i]);
}

/* A text column's slot while it is written. Its pointers are kept here, since every byte that is
 * stored might otherwise, for all the compiler knows, have changed them. */
typedef struct {
    uint8_t *data, *start, *validity;
    void *values;
} la_text_slot;

static LA_INLINE la_text_slot la_text_open(const la_run *r, const la_node *n, size_t i)
{
    const la_column *c = &r->columns[n->column];
    la_text_slot slot = { c->data, NULL, c->validity, c->values };
    slot.start = slot.data + (LA_UNLIKELY(n->flags & LA_N_WIDE) ? ((int64_t *)slot.values)[i] : ((int32_t *)slot.values)[i]);
    return slot;
}

/* Goes on behind the sweep of the string at p, which stopped at `stop`, and ends slot i at `out` if
 * what was copied is UTF-8. */
static LA_INLINE const uint8_t *la_text_close(la_run *r, const la_node *n, const la_text_slot *slot, size_t i,
                                              const uint8_t *p, const uint8_t *stop, const uint8_t *end, uint8_t *out,
                                              uint32_t high)
{
    if (LA_UNLIKELY(stop >= end || *stop != '"')) {
        uint8_t *behind = out;
        uint32_t more = high;
        if (!(stop = la_unescape_rest(r, stop, end, &behind, &more)))
            return NULL;
        out = behind;
        high = more;
    }
    if (LA_UNLIKELY(high)) {
        size_t valid = la_utf8_valid(slot->start, (size_t)(out - slot->start));
        if (LA_UNLIKELY(valid != (size_t)(out - slot->start)))
            return la_bad_utf8(r, p, end, valid);
    }
    size_t text_end = (size_t)(out - slot->data);
    r->columns[n->column].text_end = text_end;
    if (LA_UNLIKELY(n->flags & LA_N_WIDE))
        ((int64_t *)slot->values)[i + 1] = (int64_t)text_end;
    else
        ((int32_t *)slot->values)[i + 1] = (int32_t)text_end;
    if (LA_UNLIKELY(slot->validity != NULL))
        la_set_bit(slot->validity, i);
    return stop + 1;
}

static const uint8_t *la_op_utf8(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    const la_text_slot slot = la_text_open(r, n, i);
    uint8_t *out = slot.start;
    uint32_t high = 0;
    const uint8_t *stop = la_string_copy(p + 1, end, &out, &high);
    return la_text_close(r, n, &slot, i, p, stop, end, out, high);
}

#if defined(LA_HAVE_AVX2)
/* The one op that most bytes of an event go through, with a sweep of 32 bytes a step inside it. */
static LA_AVX2 const uint8_t *la_op_utf8_avx2(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    const la_text_slot slot = la_text_open(r, n, i);
    uint8_t *out = slot.start;
    uint32_t high = 0;
    const uint8_t *stop = la_string_copy_avx2(p + 1, end, &out, &high);
    return la_text_close(r, n, &slot, i, p, stop, end, out, high);
}
#endif

/* RFC 9562's text form: 8-4-4-4-12 hexadecimal digits. */
static bool la_is_uuid(const uint8_t *text, size_t length)
{
    if (length != 36)
        return false;
    for (size_t k = 0; k < 36; k++) {
        bool dash = k == 8 || k == 13 || k == 18 || k == 23;
        uint8_t b = text[k], letter = b | 0x20;
        if (dash ? b != '-' : !((b >= '0' && b <= '9') || (letter >= 'a' && letter <= 'f')))
            return false;
    }
    return true;
}

static bool la_is_choice(const la_plan *plan, const la_node *n, const uint8_t *text, size_t length)
{
    for (int32_t k = n->first; k < n->first + n->count; k++)
        if (plan->texts[k].length == length && !memcmp(plan->texts[k].text, text, length))
            return true;
    return false;
}

/* A string of which not every text will do: a UUID, one of a few choices. */
static const uint8_t *la_op_checked(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    bool string = *p == '"';
    const uint8_t *next = la_op_utf8(r, n, p, end, i);
    if (!next || !string)
        return next;
    const uint8_t *text = la_text_start(n, r, i);
    size_t length = (size_t)(la_text_start(n, r, i + 1) - text);
    if (n->op == LA_OP_UUID ? la_is_uuid(text, length) : la_is_choice(r->plan, n, text, length))
        return next;
    return la_fail(r, n->op == LA_OP_UUID ? LA_E_INVALID_UUID : LA_E_UNEXPECTED_VALUE, p);
}

/* A form-URL-encoded string, decoded. */
static const uint8_t *la_op_form(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    bool string = *p == '"';
    const uint8_t *next = la_op_utf8(r, n, p, end, i);
    if (!next || !string)
        return next;
    uint8_t *text = la_text_start(n, r, i);
    size_t before = (size_t)(la_text_start(n, r, i + 1) - text), length = la_form_decode(text, before);
    if (length != before && la_utf8_valid(text, length) != length)
        return la_fail(r, LA_E_INVALID_UTF8, p);
    la_text_end(n, r, i, text + length);
    return next;
}

/* The failure that a base64 text stopping at q with this status means. A foreign byte in the middle
 * is a foreign byte, whatever length or padding it seems to leave. */
static LA_COLD const uint8_t *la_bad_base64(la_run *r, enum la_status status, bool foreign, const uint8_t *q)
{
    enum la_error code = status == LA_SPARE_BITS             ? LA_E_BASE64_SPARE_BITS
                         : foreign || status == LA_OK         ? LA_E_INVALID_BASE64
                         : status == LA_LENGTH                ? LA_E_BASE64_LENGTH
                                                              : LA_E_BASE64_PADDING;
    return la_fail(r, code, q);
}

static const uint8_t *la_base64_unescaped(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t **out);

/* Decodes the base64 string whose opening quote is at p to *out; returns the position behind the
 * closing quote. */
static inline const uint8_t *la_base64_into(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t **out)
{
    const uint8_t *q = p + 1;
    uint8_t *start = *out;
    enum la_status status = la_base64_decode(&q, end, out);
    if (LA_LIKELY(status == LA_OK && q < end && *q == '"'))
        return q + 1;
    if (q < end && *q == '\\') { /* some writers escape the slash of the alphabet */
        *out = start;
        return la_base64_unescaped(r, p, end, out);
    }
    if (q >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    if (*q < 0x20)
        return la_fail(r, LA_E_CONTROL_CHARACTER, q);
    return la_bad_base64(r, status, *q != '"' && *q != '=', q);
}

static const uint8_t *la_op_binary(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (LA_UNLIKELY(*p != '"'))
        return la_mismatch(r, n, p, end, i, LA_E_EXPECTED_STRING);
    uint8_t *out = la_text_start(n, r, i);
    p = la_base64_into(r, p, end, &out);
    if (LA_LIKELY(p != NULL))
        la_text_end(n, r, i, out);
    return p;
}

/* Notes the key from quote to quote, as it is spelt on the wire, as a step of the path of a failure. */
static LA_COLD const uint8_t *la_at_spelt(la_run *r, const uint8_t *quote, const uint8_t *close)
{
    size_t n = (size_t)(close - quote) - 2;
    la_failure_state noted = r->failure;
    if (!memchr(quote + 1, '\\', n))
        return la_at_key(r, quote + 1, n);
    uint8_t *space = la_pool_get(n + LA_SLACK), *out = space;
    uint32_t high = 0;
    bool read = space && la_string_into(r, quote, close, &out, &high);
    r->failure = noted;
    la_at_key(r, read ? space : quote + 1, read ? (size_t)(out - space) : n);
    la_pool_put(space, n);
    return NULL;
}

/* Any value, as its own bytes. They are copied first and the copy is validated, since another
 * thread may be writing to the caller's buffer. */
static const uint8_t *la_op_json(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    if (*p == 'n' && n->flags & LA_N_NULLABLE)
        return la_mismatch(r, n, p, end, i, LA_E_INVALID_JSON);
    const uint8_t *next = la_skip(r, p, end);
    if (!next)
        return NULL;
    if (*p == 'n')
        return la_mismatch(r, n, p, end, i, LA_E_INVALID_JSON);
    uint8_t *start = la_text_start(n, r, i);
    memcpy(start, p, (size_t)(next - p));
    size_t valid = la_utf8_valid(start, (size_t)(next - p));
    if (valid != (size_t)(next - p))
        return la_fail(r, LA_E_INVALID_UTF8, p + valid);
    la_text_end(n, r, i, start + (next - p));
    return next;
}

#endif
