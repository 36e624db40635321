/* What must hold of every array that is handed out, whatever the input was, and a digest of its
 * values. Reads the Arrow C data interface only, as a consumer does. */
#ifndef LA_FUZZ_VERIFY_H
#define LA_FUZZ_VERIFY_H

#include "engine/arrow_c.h"

#include "guard.h"
#include "reference.h"

typedef struct ArrowSchema fuzz_schema;
typedef struct ArrowArray fuzz_array;

static bool verify_valid_at(const fuzz_array *a, int64_t i)
{
    const uint8_t *bits = a->buffers[0];
    return !bits || bits[i / 8] >> (i % 8) & 1;
}

/* Buffers exist, are aligned, and show a reader of whole cache lines nothing but zeros behind. */
static void verify_buffer(const void *buffer, size_t used)
{
    static const uint8_t zeros[LA_ALIGNMENT];
    const uint8_t *bytes = buffer;
    CHECK(bytes && (uintptr_t)bytes % LA_ALIGNMENT == 0);
    CHECK(used <= la_block_of(bytes)->capacity);
    CHECK(!memcmp(bytes + used, zeros, (LA_ALIGNMENT - used % LA_ALIGNMENT) % LA_ALIGNMENT));
}

static void verify_validity(const fuzz_schema *s, const fuzz_array *a)
{
    int64_t nulls = 0;
    if (a->buffers[0])
        verify_buffer(a->buffers[0], ((size_t)a->length + 7) / 8);
    for (int64_t i = 0; i < a->length; i++)
        nulls += !verify_valid_at(a, i);
    CHECK(nulls == a->null_count);
    for (int64_t i = a->length; a->buffers[0] && i % 8; i++)
        CHECK(!verify_valid_at(a, i));
    CHECK(s->flags & ARROW_FLAG_NULLABLE || s->dictionary || !nulls);
}

/* Offsets of `width` bytes: from 0, never falling. Returns the last. */
static int64_t verify_offsets(const fuzz_array *a, size_t width)
{
    int64_t before = 0;
    verify_buffer(a->buffers[1], ((size_t)a->length + 1) * width);
    for (int64_t i = 0; i <= a->length; i++) {
        int64_t offset = width == 8 ? ((const int64_t *)a->buffers[1])[i] : ((const int32_t *)a->buffers[1])[i];
        CHECK(i ? offset >= before : offset == 0);
        if (i && !verify_valid_at(a, i - 1))
            CHECK(offset == before);
        before = offset;
    }
    return before;
}

/* The text of slot i of a utf8, binary or view array. */
static const uint8_t *verify_text(const fuzz_schema *s, const fuzz_array *a, int64_t i, size_t *n)
{
    if (s->format[0] == 'v') {
        const uint8_t *view = (const uint8_t *)a->buffers[1] + i * 16;
        int32_t length, from;
        memcpy(&length, view, 4);
        memcpy(&from, view + 12, 4);
        *n = (size_t)length;
        return length <= 12 ? view + 4 : (const uint8_t *)a->buffers[2] + from;
    }
    bool large = s->format[0] == 'U' || s->format[0] == 'Z';
    const int64_t *wide = a->buffers[1];
    const int32_t *narrow = a->buffers[1];
    int64_t from = large ? wide[i] : narrow[i], to = large ? wide[i + 1] : narrow[i + 1];
    *n = (size_t)(to - from);
    return (const uint8_t *)a->buffers[2] + from;
}

static void verify_views(const fuzz_array *a)
{
    int64_t size = ((const int64_t *)a->buffers[3])[0];
    verify_buffer(a->buffers[1], (size_t)a->length * 16);
    verify_buffer(a->buffers[2], (size_t)size);
    for (int64_t i = 0; i < a->length; i++) {
        const uint8_t *view = (const uint8_t *)a->buffers[1] + i * 16;
        int32_t n, buffer, from;
        memcpy(&n, view, 4);
        memcpy(&buffer, view + 8, 4);
        memcpy(&from, view + 12, 4);
        CHECK(n >= 0);
        for (int k = 4 + n; n < 12 && k < 16; k++)
            CHECK(view[k] == 0);
        if (n > 12)
            CHECK(buffer == 0 && from >= 0 && from <= size - n && !memcmp(view + 4, (const uint8_t *)a->buffers[2] + from, 4));
    }
}

/* |value| < 10^precision, in two's complement of `width` bytes, little-endian. */
static void verify_decimal(const uint8_t *value, size_t width, int precision)
{
    uint8_t limb[33] = { 0 }, bound[33] = { 1 };
    bool negative = value[width - 1] >> 7;
    unsigned carry = negative;
    for (size_t k = 0; k < width; k++) {
        carry += negative ? (uint8_t)~value[k] : value[k];
        limb[k] = (uint8_t)carry;
        carry >>= 8;
    }
    for (int digit = 0; digit < precision; digit++)
        for (size_t k = carry = 0; k < sizeof bound; k++) {
            carry += bound[k] * 10u;
            bound[k] = (uint8_t)carry;
            carry >>= 8;
        }
    size_t k = sizeof bound - 1;
    while (k && limb[k] == bound[k])
        k--;
    CHECK(limb[k] < bound[k]);
}

static size_t verify_width(const char *format)
{
    switch (format[0]) {
    case 'c': case 'C': return 1;
    case 's': case 'S': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'd': return strstr(format, ",256") ? 32 : 16;
    case 't': return format[1] == 'd' ? 4 : 8;
    default: return 8;
    }
}

static uint64_t verify_mix(uint64_t digest, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    digest ^= n + 0x9E3779B97F4A7C15u;
    for (size_t k = 0; k < n; k++)
        digest = (digest ^ p[k]) * 0x100000001B3u;
    return digest ^ digest >> 31;
}

/* A digest of the value in slot i: of what it is, not of how it is stored. */
static uint64_t verify_digest(const fuzz_schema *s, const fuzz_array *a, int64_t i, uint64_t digest)
{
    const char *format = s->format;
    if (!verify_valid_at(a, i))
        return verify_mix(digest, "null", 4);
    if (s->dictionary)
        return verify_digest(s->dictionary, a->dictionary, ((const int32_t *)a->buffers[1])[i], digest);
    if (!strcmp(format, "+s")) {
        for (int64_t k = 0; k < a->n_children; k++)
            digest = verify_digest(s->children[k], a->children[k], i, digest + 1);
        return digest;
    }
    if (format[0] == '+') {
        const int32_t *offsets = a->buffers[1];
        digest = verify_mix(digest, &(int32_t){ offsets[i + 1] - offsets[i] }, 4);
        for (int32_t k = offsets[i]; k < offsets[i + 1]; k++)
            digest = verify_digest(s->children[0], a->children[0], k, digest + 1);
        return digest;
    }
    if (strchr("uUzZv", format[0])) {
        size_t n;
        const uint8_t *text = verify_text(s, a, i, &n);
        return verify_mix(digest, text, n);
    }
    if (format[0] == 'b')
        return verify_mix(digest, &(uint8_t){ ((const uint8_t *)a->buffers[1])[i / 8] >> (i % 8) & 1 }, 1);
    size_t width = verify_width(format);
    return verify_mix(digest, (const uint8_t *)a->buffers[1] + (size_t)i * width, width);
}

/* No key of a map stands in it twice. */
static void verify_map(const fuzz_schema *s, const fuzz_array *a)
{
    const int32_t *offsets = a->buffers[1];
    const fuzz_array *entries = a->children[0], *keys = entries->children[0];
    CHECK(!entries->null_count && !keys->null_count && !strcmp(s->children[0]->children[0]->format, "u"));
    for (int64_t i = 0; i < a->length; i++)
        for (int32_t k = offsets[i]; k < offsets[i + 1]; k++)
            for (int32_t j = offsets[i]; j < k; j++) {
                size_t n, m;
                const uint8_t *one = verify_text(s->children[0]->children[0], keys, k, &n);
                const uint8_t *other = verify_text(s->children[0]->children[0], keys, j, &m);
                CHECK(n != m || memcmp(one, other, n));
            }
}

static void verify_texts(const fuzz_schema *s, const fuzz_array *a)
{
    for (int64_t i = 0; i < a->length; i++) {
        size_t n;
        const uint8_t *text = verify_text(s, a, i, &n);
        CHECK(reference_utf8(text, n) == n);
    }
}

static void verify_array(const fuzz_schema *s, const fuzz_array *a, int64_t length)
{
    const char *format = s->format;
    CHECK(a->length == length && a->offset == 0 && a->n_children == s->n_children);
    CHECK(!a->dictionary == !s->dictionary);
    verify_validity(s, a);
    if (s->dictionary) {
        verify_buffer(a->buffers[1], (size_t)length * 4);
        verify_array(s->dictionary, a->dictionary, a->dictionary->length);
        for (int64_t i = 0; i < length; i++) {
            int32_t k = ((const int32_t *)a->buffers[1])[i];
            CHECK(k >= 0 && (k < a->dictionary->length || !verify_valid_at(a, i)));
        }
    } else if (!strcmp(format, "+s")) {
        for (int64_t k = 0; k < a->n_children; k++)
            verify_array(s->children[k], a->children[k], length);
    } else if (format[0] == '+') {
        int64_t items = verify_offsets(a, 4);
        verify_array(s->children[0], a->children[0], items);
        if (format[1] == 'm')
            verify_map(s, a);
    } else if (strchr("uUzZv", format[0])) {
        if (format[0] == 'v')
            verify_views(a);
        else
            verify_buffer(a->buffers[2], (size_t)verify_offsets(a, strchr("UZ", format[0]) ? 8 : 4));
        if (!strchr("zZ", format[0]))
            verify_texts(s, a);
    } else if (format[0] == 'b') {
        verify_buffer(a->buffers[1], ((size_t)length + 7) / 8);
        for (int64_t i = length; i % 8; i++)
            CHECK(!(((const uint8_t *)a->buffers[1])[i / 8] >> (i % 8) & 1));
    } else {
        size_t width = verify_width(format);
        verify_buffer(a->buffers[1], (size_t)length * width);
        for (int64_t i = 0; i < length && format[0] == 'd'; i++)
            verify_decimal((const uint8_t *)a->buffers[1] + (size_t)i * width, width, atoi(format + 2));
    }
}

#endif
