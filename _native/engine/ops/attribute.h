/* DynamoDB's AttributeValue: `{"N": "12.5"}`, a type tag and a value
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html).
 *
 * One grammar, two ways through it: `la_op_attribute` puts a value into the column that its plan names, and
 * `la_tell_attribute` tells whoever listens (a text, the observer of types, Python objects) what it meets. */
#ifndef LA_OPS_ATTRIBUTE_H
#define LA_OPS_ATTRIBUTE_H

#include "choose.h"

enum la_tag { LA_TAG_S, LA_TAG_N, LA_TAG_B, LA_TAG_BOOL, LA_TAG_NULL, LA_TAG_SS, LA_TAG_NS, LA_TAG_BS, LA_TAG_L, LA_TAG_M, LA_TAGS };

/* Numbers: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
enum { LA_ATTRIBUTE_DEPTH = 32, LA_ATTRIBUTE_DIGITS = 38, LA_ATTRIBUTE_LEAST = -130, LA_ATTRIBUTE_GREATEST = 125 };

/* The tag of this name, or LA_TAGS. */
static int la_tag_named(const uint8_t *name, size_t n)
{
    static const char *const names[LA_TAGS] = { "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M" };
    int tag = 0;
    while (tag < LA_TAGS && (!n || names[tag][0] != name[0] || strlen(names[tag]) != n || memcmp(names[tag], name, n)))
        tag++;
    return tag;
}

/* The tag whose key is at p, in any spelling. Returns the position of the value. */
static __attribute__((noinline)) const uint8_t *la_tag_spelt(la_run *r, const uint8_t *p, const uint8_t *end, int *tag)
{
    uint8_t space[64 + LA_SLACK], *out = space;
    const uint8_t *quote = p;
    uint32_t high = 0;
    if (!(p = la_skip_key(r, p, end)))
        return NULL;
    if (p >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    if (p - quote > 64 || !la_string_into(r, quote, p, &out, &high))
        return la_fail(r, LA_E_INVALID_ATTRIBUTE, quote);
    *tag = la_tag_named(space, (size_t)(out - space));
    return *tag < LA_TAGS ? p : la_fail(r, LA_E_INVALID_ATTRIBUTE, quote);
}

static LA_INLINE const uint8_t *la_tag_read(la_run *r, const uint8_t *p, const uint8_t *end, int *tag)
{
    if (LA_LIKELY(end - p > 8 && p[0] == '"')) {
        const uint8_t *value = p + 4;
        int found = -1;
        if (p[2] == '"' && p[3] == ':') {
            switch (p[1]) {
            case 'S': found = LA_TAG_S; break;
            case 'N': found = LA_TAG_N; break;
            case 'B': found = LA_TAG_B; break;
            case 'L': found = LA_TAG_L; break;
            case 'M': found = LA_TAG_M; break;
            default: break;
            }
        } else if (p[2] == 'S' && p[3] == '"' && p[4] == ':') {
            found = p[1] == 'S' ? LA_TAG_SS : p[1] == 'N' ? LA_TAG_NS : p[1] == 'B' ? LA_TAG_BS : -1;
            value++;
        } else if (!memcmp(p + 1, "BOOL\":", 6) || !memcmp(p + 1, "NULL\":", 6)) {
            found = p[1] == 'B' ? LA_TAG_BOOL : LA_TAG_NULL;
            value += 3;
        }
        if (LA_LIKELY(found >= 0)) {
            *tag = found;
            return LA_LIKELY(*value > ' ') ? value : la_space_skip(value, end);
        }
    }
    return la_tag_spelt(r, p, end, tag);
}

/* Whether the value at p < end is of the JSON kind that a tag's values have. */
static LA_INLINE bool la_tag_fits(int tag, const uint8_t *p, const uint8_t *end)
{
    switch (tag) {
    case LA_TAG_S:
    case LA_TAG_N:
    case LA_TAG_B: return *p == '"';
    case LA_TAG_BOOL: return *p == 't' || *p == 'f';
    case LA_TAG_NULL: return end - p >= 4 && !memcmp(p, "true", 4);
    case LA_TAG_M: return *p == '{';
    default: return *p == '[';
    }
}

/* Whether DynamoDB can hold a number: its digits, zeros at either end aside, and its magnitude. */
static bool la_attribute_limits(const la_number *number)
{
    /* Of nineteen digits no more than this can be out of range. */
    if (LA_LIKELY(!number->truncated && number->exponent >= LA_ATTRIBUTE_LEAST &&
                  number->exponent <= LA_ATTRIBUTE_GREATEST - LA_MANTISSA_DIGITS))
        return true;
    int64_t more = 0, digits = number->mantissa ? la_digit_count(number->mantissa) : 0;
    if (!digits)
        return true;
    if (number->truncated)
        la_number_rest(number, &more);
    int64_t magnitude = number->exponent + digits - 1;
    return digits + more <= LA_ATTRIBUTE_DIGITS && magnitude >= LA_ATTRIBUTE_LEAST && magnitude <= LA_ATTRIBUTE_GREATEST;
}

/* The text of the number in the string at p, held against DynamoDB's grammar and limits. Returns the position
 * behind the string. What `number` points at lies in the source or in `space`. */
static LA_INLINE const uint8_t *la_attribute_number(la_run *r, const uint8_t *p, const uint8_t *end, uint8_t *space,
                                                    size_t size, la_number *number)
{
    const uint8_t *plain = p + 1 < end ? la_number_scan_plain(p + 1, end, number) : NULL;
    if (LA_LIKELY(plain != NULL && plain < end && *plain == '"'))
        return plain + 1;
    const uint8_t *text, *text_end;
    const uint8_t *next = la_short_string(r, p, end, space, size, LA_E_INVALID_NUMBER, &text, &text_end);
    if (!next)
        return NULL;
    if (!la_number_scan_text(text, text_end, number))
        return la_fail(r, LA_E_INVALID_NUMBER, p);
    return la_attribute_limits(number) ? next : la_fail(r, LA_E_OUT_OF_RANGE, p);
}

/* A number as an integer by its value, however it is written: 1E+2 is 100. One that no integer holds stays out of
 * range. */
static __attribute__((noinline)) bool la_number_whole(la_number *number)
{
    unsigned __int128 value;
    uint8_t bytes[16];
    if (number->integer)
        return true;
    enum la_status status = la_decimal128(number, LA_DECIMAL128_DIGITS, 0, bytes);
    if (status == LA_INEXACT)
        return false;
    memcpy(&value, bytes, 16);
    if (status == LA_OK && number->negative)
        value = 0 - value;
    bool fits = status == LA_OK && value <= UINT64_MAX;
    number->mantissa = fits ? (uint64_t)value : 1;
    number->exponent = fits ? 0 : LA_MANTISSA_DIGITS;
    number->truncated = 0;
    number->integer = 1;
    return true;
}

static const uint8_t *la_number_set(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    uint8_t space[LA_SHORT_TEXT];
    la_number number;
    const uint8_t *next = la_attribute_number(r, p, end, space, sizeof space, &number), *stored;
    if (LA_UNLIKELY(!next))
        return NULL;
    switch (n->op) {
    case LA_OP_INT:
        if (LA_UNLIKELY(!number.integer) && !la_number_whole(&number))
            return la_fail(r, LA_E_EXPECTED_INTEGER, p);
        stored = la_int_store(r, n, &number, p, i);
        break;
    case LA_OP_FLOAT: stored = la_float_store(r, n, &number, p, i); break;
    case LA_OP_DECIMAL: stored = la_decimal_store(r, n, &number, p, i); break;
    case LA_OP_TIMESTAMP: stored = la_epoch_store(r, n, &number, p, i); break;
    default: {
        la_text text = { number.start, (uint32_t)(number.end - number.start) };
        stored = la_text_set(r, n, i, text, p) ? NULL : p;
    }
    }
    return LA_LIKELY(stored != NULL) ? next : NULL;
}

/* Whether the set at p, whose members have this tag and which was read already, has none or one of them twice, by what
 * they mean. 1, 0, or -1 (no memory). */
static int la_set_repeats(la_run *r, int member, const uint8_t *p, const uint8_t *end);

/* Of the set in [p, behind), in a strict plan: behind it, or NULL with a failure. */
static const uint8_t *la_set_strict(la_run *r, int member, const uint8_t *p, const uint8_t *behind)
{
    int repeats = la_set_repeats(r, member, p, behind);
    return repeats ? la_fail(r, repeats < 0 ? LA_E_NO_MEMORY : LA_E_REPEATED_MEMBER, p) : behind;
}

/* A set: a list whose items have the set's type. In a strict plan it has members, each once. */
static const uint8_t *la_set_read(la_run *r, const la_node *n, const la_node *list, int member, const uint8_t *p,
                                  const uint8_t *end, size_t i)
{
    const uint8_t *start = p;
    uint32_t n_steps = r->n_steps;
    if (LA_UNLIKELY(list->flags & LA_N_STEPS))
        la_step_open(r, -1);
    p = la_list_items(r, list, p, end, i, member);
    r->n_steps = n_steps;
    return p && LA_UNLIKELY(n->flags & LA_N_CLOSED) ? la_set_strict(r, member, start, p) : p;
}

static const uint8_t *la_attribute_json(la_run *r, const la_node *n, const la_node *json, int tag, const uint8_t *p,
                                        const uint8_t *end, size_t i);

/* a: a bit for each tag that the column takes; b: of what is no AttributeValue of its own, 1 + its tag; c: how many
 * lists and maps of the item it stands in. */
static const uint8_t *la_tagged(la_run *r, const la_node *n, int tag, const uint8_t *p, const uint8_t *end, size_t i)
{
    const la_node *inner = &r->plan->nodes[n->child];
    if (LA_UNLIKELY(p >= end))
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    if (LA_UNLIKELY(n->op == LA_OP_OR_ELSE)) /* a set's member that need not fit */
        return la_or_else(r, n, tag, p, end, i);
    if (LA_UNLIKELY(!la_tag_fits(tag, p, end)))
        return la_fail(r, LA_E_INVALID_ATTRIBUTE, p);
    if (inner->op == LA_OP_JSON && tag != LA_TAG_NULL)
        return la_attribute_json(r, n, inner, tag, p, end, i);
    if (LA_UNLIKELY(!(n->a >> tag & 1)))
        return la_fail(r, LA_E_UNEXPECTED_TYPE, p);
    if (LA_UNLIKELY(n->c >= LA_ATTRIBUTE_DEPTH) && (tag == LA_TAG_L || tag == LA_TAG_M))
        return la_fail(r, LA_E_TOO_DEEP, p);
    switch (tag) {
    case LA_TAG_N: return la_number_set(r, inner, p, end, i);
    case LA_TAG_NULL:
        if (!(n->flags & LA_N_NULLABLE))
            return la_fail(r, LA_E_UNEXPECTED_NULL, p);
        return la_null(r, inner, i) ? NULL : p + 4;
    case LA_TAG_SS: return la_set_read(r, n, inner, LA_TAG_S, p, end, i);
    case LA_TAG_NS: return la_set_read(r, n, inner, LA_TAG_N, p, end, i);
    case LA_TAG_BS: return la_set_read(r, n, inner, LA_TAG_B, p, end, i);
    default: return la_value(r, inner, p, end, i);
    }
}

/* Past the closing bracket of an AttributeValue: it has one tag, and not the same one twice either. */
static __attribute__((noinline)) const uint8_t *la_attribute_close(la_run *r, const uint8_t *p, const uint8_t *end)
{
    p = la_space_skip(p, end);
    if (p < end && *p == '}')
        return p + 1;
    if (p >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, p);
    return *p == ',' ? la_fail(r, LA_E_INVALID_ATTRIBUTE, la_space_skip(p + 1, end)) : la_fail(r, LA_E_INVALID_JSON, p);
}

/* At the tag's key of the AttributeValue at p, or NULL with a failure. */
static LA_INLINE const uint8_t *la_attribute_open(la_run *r, const uint8_t *p, const uint8_t *end)
{
    if (LA_UNLIKELY(*p != '{'))
        return la_fail(r, LA_E_INVALID_ATTRIBUTE, p);
    const uint8_t *quote = p + 1;
    if (LA_UNLIKELY(quote < end && *quote <= ' '))
        quote = la_space_skip(quote, end);
    if (LA_UNLIKELY(quote >= end))
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    return LA_LIKELY(*quote != '}') ? quote : la_fail(r, LA_E_INVALID_ATTRIBUTE, p);
}

static const uint8_t *la_op_attribute(la_run *r, const la_node *n, const uint8_t *p, const uint8_t *end, size_t i)
{
    int tag;
    if (LA_UNLIKELY(n->b)) /* an image: the content of an M */
        return *p == 'n' ? la_mismatch(r, n, p, end, i, LA_E_EXPECTED_OBJECT) : la_tagged(r, n, n->b - 1, p, end, i);
    if (!(p = la_attribute_open(r, p, end)) || !(p = la_tag_read(r, p, end, &tag)) || !(p = la_tagged(r, n, tag, p, end, i)))
        return NULL;
    return LA_LIKELY(p < end && *p == '}') ? p + 1 : la_attribute_close(r, p, end);
}

/* What a walk meets. STRING, KEY and BINARY come with their text from quote to quote; NUMBER with its content. */
enum la_met { LA_MET_NULL, LA_MET_TRUE, LA_MET_FALSE, LA_MET_STRING, LA_MET_NUMBER, LA_MET_BINARY, LA_MET_SET, LA_MET_LIST,
              LA_MET_MAP, LA_MET_KEY, LA_MET_END };

/* Who listens: `met` is called for everything in its order; 0, or -1 with a failure noted in the run. A set's kind
 * is in its members. */
typedef struct la_listener {
    la_number number;   /* of LA_MET_NUMBER */
    bool strict;        /* whether a set must have members, each once */
    int (*met)(struct la_listener *listener, la_run *r, enum la_met what, const uint8_t *p, const uint8_t *end);
} la_listener;

static const uint8_t *la_tell_attribute(la_run *r, la_listener *to, const uint8_t *p, const uint8_t *end, unsigned depth);

static const uint8_t *la_tell_string(la_run *r, la_listener *to, enum la_met what, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *next = la_skip_string(r, p + 1, end);
    return next && !to->met(to, r, what, p, next) ? next : NULL;
}

static const uint8_t *la_tell_number(la_run *r, la_listener *to, const uint8_t *p, const uint8_t *end)
{
    uint8_t space[LA_SHORT_TEXT];
    const uint8_t *next = la_attribute_number(r, p, end, space, sizeof space, &to->number);
    return next && !to->met(to, r, LA_MET_NUMBER, to->number.start, to->number.end) ? next : NULL;
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

/* The members of the object of attributes at p. */
static const uint8_t *la_tell_map(la_run *r, la_listener *to, const uint8_t *p, const uint8_t *end, unsigned depth)
{
    bool closed = false;
    if (to->met(to, r, LA_MET_MAP, p, p))
        return NULL;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == '}') {
        closed = true;
        p++;
    }
    while (!closed) {
        const uint8_t *quote = p, *key_end;
        if (p >= end || *p != '"')
            return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
        if (!(key_end = la_skip_string(r, p + 1, end)) || to->met(to, r, LA_MET_KEY, quote, key_end))
            return NULL;
        p = la_space_skip(key_end, end);
        if (p >= end || *p != ':')
            return la_fail(r, p >= end ? LA_E_UNEXPECTED_END : LA_E_INVALID_JSON, p);
        p = la_space_skip(p + 1, end);
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        if (!(p = la_tell_attribute(r, to, p, end, depth)))
            return la_at_spelt(r, quote, key_end);
        if (!(p = la_next_item(r, p, end, '}', &closed)))
            return NULL;
    }
    return to->met(to, r, LA_MET_END, p, p) ? NULL : p;
}

/* The items of the array at p; member: the tag that all of them have without saying so, or -1. */
static const uint8_t *la_tell_items(la_run *r, la_listener *to, int member, const uint8_t *p, const uint8_t *end, unsigned depth)
{
    bool closed = false;
    const uint8_t *start = p;
    if (to->met(to, r, member < 0 ? LA_MET_LIST : LA_MET_SET, p, p))
        return NULL;
    p = la_space_skip(p + 1, end);
    if (p < end && *p == ']') {
        closed = true;
        p++;
    }
    for (uint64_t index = 0; !closed; index++) {
        if (p >= end)
            return la_fail(r, LA_E_UNEXPECTED_END, end);
        if (member >= 0 && *p != '"')
            la_fail(r, LA_E_INVALID_ATTRIBUTE, p), p = NULL;
        else if (member < 0)
            p = la_tell_attribute(r, to, p, end, depth);
        else
            p = member == LA_TAG_N ? la_tell_number(r, to, p, end)
                                   : la_tell_string(r, to, member == LA_TAG_S ? LA_MET_STRING : LA_MET_BINARY, p, end);
        if (!p)
            return la_at_index(r, index);
        if (!(p = la_next_item(r, p, end, ']', &closed)))
            return NULL;
    }
    if (LA_UNLIKELY(to->strict) && member >= 0 && !la_set_strict(r, member, start, p))
        return NULL;
    return to->met(to, r, LA_MET_END, p, p) ? NULL : p;
}

/* The value at p of a tag. depth: how many lists and maps may yet be opened. */
static const uint8_t *la_tell_tagged(la_run *r, la_listener *to, int tag, const uint8_t *p, const uint8_t *end, unsigned depth)
{
    if (p >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    if (!la_tag_fits(tag, p, end))
        return la_fail(r, LA_E_INVALID_ATTRIBUTE, p);
    if ((tag == LA_TAG_L || tag == LA_TAG_M) && !depth)
        return la_fail(r, LA_E_TOO_DEEP, p);
    switch (tag) {
    case LA_TAG_S: return la_tell_string(r, to, LA_MET_STRING, p, end);
    case LA_TAG_N: return la_tell_number(r, to, p, end);
    case LA_TAG_B: return la_tell_string(r, to, LA_MET_BINARY, p, end);
    case LA_TAG_NULL: return to->met(to, r, LA_MET_NULL, p, p + 4) ? NULL : p + 4;
    case LA_TAG_BOOL: {
        const uint8_t *next = la_skip_literal(r, p, end);
        return next && !to->met(to, r, *p == 't' ? LA_MET_TRUE : LA_MET_FALSE, p, next) ? next : NULL;
    }
    case LA_TAG_SS: return la_tell_items(r, to, LA_TAG_S, p, end, depth);
    case LA_TAG_NS: return la_tell_items(r, to, LA_TAG_N, p, end, depth);
    case LA_TAG_BS: return la_tell_items(r, to, LA_TAG_B, p, end, depth);
    case LA_TAG_L: return la_tell_items(r, to, -1, p, end, depth - 1);
    default: return la_tell_map(r, to, p, end, depth - 1);
    }
}

/* Walks the AttributeValue at p; returns the position behind it. A tag that stands twice is an error here, since
 * what was told cannot be taken back. */
static const uint8_t *la_tell_attribute(la_run *r, la_listener *to, const uint8_t *p, const uint8_t *end, unsigned depth)
{
    int tag;
    if (!(p = la_attribute_open(r, p, end)) || !(p = la_tag_read(r, p, end, &tag)) ||
        !(p = la_tell_tagged(r, to, tag, p, end, depth)))
        return NULL;
    return LA_LIKELY(p < end && *p == '}') ? p + 1 : la_attribute_close(r, p, end);
}

/* A listener that writes plain JSON: what is said in the tags is said by JSON itself. No text becomes longer. */
typedef struct {
    la_listener listener;
    uint8_t *out;
    bool comma;     /* before what comes next */
    uint64_t maps;  /* of the lists and objects that are open: a bit for each, set for an object */
} la_plain_json;

static void la_plain_put(la_plain_json *to, const void *bytes, size_t n)
{
    memcpy(to->out, bytes, n);
    to->out += n;
}

/* A number as JSON has it: no plus, no zeros in front, a digit on both sides of the point. */
static void la_plain_number(la_plain_json *to, const uint8_t *p, const uint8_t *end)
{
    if (*p == '-')
        *to->out++ = '-';
    p += *p == '-' || *p == '+';
    while (end - p > 1 && *p == '0' && (uint8_t)(p[1] - '0') <= 9)
        p++;
    if (*p == '.')
        *to->out++ = '0';
    for (; p < end; p++) {
        *to->out++ = *p;
        if (*p == '.' && (p + 1 == end || (uint8_t)(p[1] - '0') > 9))
            *to->out++ = '0';
    }
}

/* A string as it stands. The copy is what must be valid: another thread may write to the source. 0 or -1. */
static int la_plain_text(la_plain_json *to, la_run *r, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *copy = to->out;
    size_t n = (size_t)(end - p);
    la_plain_put(to, p, n);
    size_t valid = la_utf8_valid(copy, n);
    if (valid == n)
        return 0;
    la_fail(r, LA_E_INVALID_UTF8, p + valid);
    return -1;
}

static int la_plain_met(la_listener *listener, la_run *r, enum la_met what, const uint8_t *p, const uint8_t *end)
{
    la_plain_json *to = (la_plain_json *)listener;
    if (what == LA_MET_END) {
        *to->out++ = to->maps & 1 ? '}' : ']';
        to->maps >>= 1;
        to->comma = true;
        return 0;
    }
    if (to->comma)
        *to->out++ = ',';
    to->comma = what < LA_MET_SET; /* not behind a bracket or a key */
    switch (what) {
    case LA_MET_NULL: la_plain_put(to, "null", 4); return 0;
    case LA_MET_TRUE: la_plain_put(to, "true", 4); return 0;
    case LA_MET_FALSE: la_plain_put(to, "false", 5); return 0;
    case LA_MET_NUMBER: la_plain_number(to, p, end); return 0;
    case LA_MET_BINARY: {
        uint8_t *space = la_scratch(r, (size_t)(end - p), p), *out = space;
        if (!space || !la_base64_into(r, p, end, &out))
            return -1;
    }
        /* fall through */
    case LA_MET_STRING: return la_plain_text(to, r, p, end);
    case LA_MET_KEY:
        if (la_plain_text(to, r, p, end))
            return -1;
        *to->out++ = ':';
        return 0;
    default:
        to->maps = to->maps << 1 | (what == LA_MET_MAP);
        *to->out++ = what == LA_MET_MAP ? '{' : '[';
        return 0;
    }
}

static const uint8_t *la_attribute_json(la_run *r, const la_node *n, const la_node *json, int tag, const uint8_t *p,
                                        const uint8_t *end, size_t i)
{
    uint8_t *start = la_text_start(json, r, i);
    la_plain_json to = { .listener = { .met = la_plain_met, .strict = n->flags & LA_N_CLOSED }, .out = start };
    /* An image is a map in which nothing has been opened yet. */
    unsigned depth = n->b ? LA_ATTRIBUTE_DEPTH + 1 : n->c < LA_ATTRIBUTE_DEPTH ? LA_ATTRIBUTE_DEPTH - (unsigned)n->c : 0;
    const uint8_t *next = la_tell_tagged(r, &to.listener, tag, p, end, depth);
    if (next)
        la_text_end(json, r, i, to.out);
    return next;
}

/* The text of a string from quote to quote, unescaped where it must be. NULL: it is none. */
static const uint8_t *la_text_of_string(la_run *r, const uint8_t *p, const uint8_t *end, size_t *length)
{
    const uint8_t *key = p + 1;
    *length = (size_t)(end - p) - 2;
    if (memchr(key, '\\', *length)) {
        uint8_t *space = la_scratch(r, (size_t)(end - p), p), *out = space;
        uint32_t high = 0;
        if (!space || !la_string_into(r, p, end, &out, &high))
            return NULL;
        key = space;
        *length = (size_t)(out - space);
    }
    return la_utf8_valid(key, *length) == *length ? key : la_fail(r, LA_E_INVALID_UTF8, p);
}

static int la_unknown_met(la_listener *to, la_run *r, enum la_met what, const uint8_t *p, const uint8_t *end)
{
    size_t n;
    (void)to;
    if (what == LA_MET_KEY || what == LA_MET_STRING)
        return la_text_of_string(r, p, end, &n) ? 0 : -1;
    if (what != LA_MET_BINARY)
        return 0;
    uint8_t *out = la_scratch(r, (size_t)(end - p), p);
    return out && la_base64_into(r, p, end, &out) ? 0 : -1;
}

/* An attribute that has no column, behind its key from quote to quote: it must be one all the same. */
static const uint8_t *la_attribute_unknown(la_run *r, const uint8_t *quote, const uint8_t *key_end, const uint8_t *p,
                                           const uint8_t *end, unsigned depth)
{
    la_listener to = { .met = la_unknown_met };
    if (p >= end)
        return la_fail(r, LA_E_UNEXPECTED_END, end);
    return la_unknown_met(&to, r, LA_MET_KEY, quote, key_end) ? NULL : la_tell_attribute(r, &to, p, end, depth);
}

#endif
