/* What UTF-8 and JSON are, written for the reader and not for speed: the kernels and the engine
 * are held against these. They share no code with what they judge. */
#ifndef LA_FUZZ_REFERENCE_H
#define LA_FUZZ_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Offset of the first ill-formed sequence, or n: code points are computed and then judged. */
static inline size_t reference_utf8(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        uint32_t lead = p[i], point, least;
        size_t more;
        if (lead < 0x80) { point = lead; least = 0; more = 0; }
        else if ((lead & 0xE0) == 0xC0) { point = lead & 0x1F; least = 0x80; more = 1; }
        else if ((lead & 0xF0) == 0xE0) { point = lead & 0x0F; least = 0x800; more = 2; }
        else if ((lead & 0xF8) == 0xF0) { point = lead & 0x07; least = 0x10000; more = 3; }
        else return i;
        if (n - i <= more) return i;
        for (size_t k = 1; k <= more; k++) {
            if ((p[i + k] & 0xC0) != 0x80) return i;
            point = point << 6 | (p[i + k] & 0x3F);
        }
        if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return i;
        i += more + 1;
    }
    return n;
}

typedef struct {
    const uint8_t *p, *end;
    uint32_t depth, deepest;
} reference_json_state;

static inline void reference_space(reference_json_state *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n')) s->p++;
}

static inline bool reference_take(reference_json_state *s, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n)) return false;
    s->p += n;
    return true;
}

static inline bool reference_hex(uint8_t b)
{
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
}

/* Strings by grammar only: neither UTF-8 nor the pairing of surrogates is JSON's business. */
static inline bool reference_string(reference_json_state *s)
{
    if (!reference_take(s, "\"")) return false;
    while (s->p < s->end) {
        uint8_t b = *s->p++;
        if (b == '"') return true;
        if (b < 0x20) return false;
        if (b != '\\') continue;
        if (s->p == s->end) return false;
        b = *s->p++;
        if (b == 'u') {
            for (int k = 0; k < 4; k++)
                if (s->p == s->end || !reference_hex(*s->p++)) return false;
        } else if (!memchr("\"\\/bfnrt", b, 8)) {
            return false;
        }
    }
    return false;
}

static inline bool reference_digits(reference_json_state *s)
{
    const uint8_t *first = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9') s->p++;
    return s->p != first;
}

static inline bool reference_number(reference_json_state *s)
{
    reference_take(s, "-");
    if (!reference_take(s, "0") && !reference_digits(s)) return false;
    if (reference_take(s, ".") && !reference_digits(s)) return false;
    if (reference_take(s, "e") || reference_take(s, "E")) {
        if (!reference_take(s, "-")) reference_take(s, "+");
        return reference_digits(s);
    }
    return true;
}

static inline bool reference_value(reference_json_state *s)
{
    if (s->p == s->end) return false;
    if (*s->p == '"') return reference_string(s);
    if (reference_take(s, "true") || reference_take(s, "false") || reference_take(s, "null")) return true;
    bool object = *s->p == '{';
    if (!object && *s->p != '[') return reference_number(s);
    s->p++;
    if (++s->depth > s->deepest) s->deepest = s->depth;
    const char *close = object ? "}" : "]";
    reference_space(s);
    for (bool first = true; !reference_take(s, close); first = false) {
        if (!first) {
            if (!reference_take(s, ",")) return false;
            reference_space(s);
        }
        if (object) {
            if (!reference_string(s)) return false;
            reference_space(s);
            if (!reference_take(s, ":")) return false;
            reference_space(s);
        }
        if (!reference_value(s)) return false;
        reference_space(s);
    }
    s->depth--;
    return true;
}

/* Whether [p, end) is one JSON value with white space around it; *deepest: its nesting. */
static inline bool reference_json(const uint8_t *p, const uint8_t *end, uint32_t *deepest)
{
    reference_json_state s = { p, end, 0, 0 };
    reference_space(&s);
    bool well = reference_value(&s);
    reference_space(&s);
    *deepest = s.deepest;
    return well && s.p == end;
}

#endif
