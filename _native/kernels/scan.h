/* Where a JSON string ends, and the way there: the two loops that see nearly every byte of an
 * event. Nothing here asks for padding; no byte at or behind `end` is read. */
#ifndef LA_KERNELS_SCAN_H
#define LA_KERNELS_SCAN_H

#include "simd.h"

/* How far behind the final *out la_string_copy may have written: it stores each pair of blocks
 * before it knows where the string stops, and the string may stop at the first byte of the pair. */
#define LA_SCAN_SLACK 32
#define LA_SCAN_STEP 32
_Static_assert(LA_SCAN_SLACK >= LA_SCAN_STEP, "a whole step may lie behind the string");

/* 0xFF where a string's plain content stops: the quote, the backslash, a control byte (RFC 8259 §7). */
static LA_INLINE la_v16 la_string_stops(la_v16 v)
{
    la_v16 marks = la_v16_or(la_v16_eq(v, la_v16_splat('"')), la_v16_eq(v, la_v16_splat('\\')));
    return la_v16_or(marks, la_v16_below(v, 0x20));
}

/* A zero byte is a stop, so a part block that is padded with zeros stops at `end` by itself: the
 * tail needs no loop and no test of its own. */
static LA_INLINE const uint8_t *la_string_sweep(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                                uint32_t *high, const int copy)
{
    uint8_t *o = copy ? *out : 0;
    la_v16 passed = la_v16_splat(0);
    la_v16 v;
    la_hits stops;

    while (end - p >= LA_SCAN_STEP) {
        v = la_v16_load(p);
        if (copy) la_v16_store(o, v);
        stops = la_v16_hits(la_string_stops(v));
        if (stops) goto stopped;
        la_v16 second = la_v16_load(p + 16);
        if (copy) la_v16_store(o + 16, second);
        passed = la_v16_or(passed, v);
        stops = la_v16_hits(la_string_stops(second));
        p += 16;
        if (copy) o += 16;
        v = second;
        if (stops) goto stopped;
        passed = la_v16_or(passed, v);
        p += 16;
        if (copy) o += 16;
    }
    for (;;) {
        v = la_v16_load_room(p, (size_t)(end - p));
        if (copy) la_v16_store(o, v);
        stops = la_v16_hits(la_string_stops(v));
        if (stops) break;
        passed = la_v16_or(passed, v);
        p += 16;
        if (copy) o += 16;
    }
stopped:;
    unsigned n = la_hits_first(stops);
    *high |= (uint32_t)((la_v16_tops(passed) | (la_v16_tops(v) & la_hits_before(stops))) != 0);
    if (copy) *out = o + n;
    return p + n;
}

/* Copies from p to *out up to the first quote, backslash, control byte or end, and returns where
 * that is. *high becomes nonzero if a copied byte is not ASCII: only then is there UTF-8 to check.
 * p, end: borrowed for the call. *out: the caller's, with room for end - p + LA_SCAN_SLACK bytes,
 * not overlapping the input; it is advanced past what was copied. */
static inline const uint8_t *la_string_copy(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                            uint32_t *high)
{
    return la_string_sweep(p, end, out, high, 1);
}

#if defined(LA_HAVE_AVX2)
/* The same, 32 bytes a step; the last ones are the baseline's. */
static inline LA_AVX2 const uint8_t *la_string_copy_avx2(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                                         uint32_t *high)
{
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'), control = _mm256_set1_epi8(0x1f);
    __m256i passed = _mm256_setzero_si256();
    uint8_t *o = *out;
    for (; end - p >= 32; p += 32, o += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)p);
        _mm256_storeu_si256((__m256i *)o, v);
        __m256i marks = _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, backslash));
        marks = _mm256_or_si256(marks, _mm256_cmpeq_epi8(_mm256_min_epu8(v, control), v));
        uint32_t stops = (uint32_t)_mm256_movemask_epi8(marks);
        if (stops) {
            unsigned n = (unsigned)__builtin_ctz(stops);
            *high |= (uint32_t)_mm256_movemask_epi8(passed) | ((uint32_t)_mm256_movemask_epi8(v) & (stops ^ (stops - 1)));
            *out = o + n;
            return p + n;
        }
        passed = _mm256_or_si256(passed, v);
    }
    *high |= (uint32_t)_mm256_movemask_epi8(passed);
    *out = o;
    return la_string_copy(p, end, out, high);
}
#endif

/* The same without the copy. */
static inline const uint8_t *la_string_find(const uint8_t *p, const uint8_t *end, uint32_t *high)
{
    return la_string_sweep(p, end, 0, high, 0);
}

static LA_INLINE int la_is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Indentation. Padding zeros are no white space, so here too the part block ends by itself. */
static __attribute__((noinline)) const uint8_t *la_space_skip_run(const uint8_t *p, const uint8_t *end)
{
    for (;;) {
        la_v16 v = la_v16_load_room(p, (size_t)(end - p));
        la_v16 blank = la_v16_or(la_v16_eq(v, la_v16_splat(' ')), la_v16_eq(v, la_v16_splat('\n')));
        la_v16 other = la_v16_or(la_v16_eq(v, la_v16_splat('\r')), la_v16_eq(v, la_v16_splat('\t')));
        la_hits ink = ~la_v16_hits(la_v16_or(blank, other)) & LA_HITS_ALL;
        if (ink) return p + la_hits_first(ink);
        p += 16;
    }
}

/* Past JSON white space. What Lambda sends has none, json.dumps one blank, a person's file many:
 * asked in that order. */
static LA_INLINE const uint8_t *la_space_skip(const uint8_t *p, const uint8_t *end)
{
    if (LA_UNLIKELY(p == end) || LA_LIKELY(*p > ' ')) return p;
    if (!la_is_space(*p) || ++p == end || *p > ' ') return p;
    return la_space_skip_run(p, end);
}

/* Whether [p, end) begins with the n bytes at text. text: static data with at least 32 readable
 * bytes whatever n, so the compare can be whole blocks; the input's bytes behind n do not count. */
static LA_INLINE int la_starts_with(const uint8_t *p, const uint8_t *end, const uint8_t *text, size_t n)
{
    size_t room = (size_t)(end - p);
    if (LA_UNLIKELY(room < n)) return 0;
    if (n <= 16) {
        uint32_t same = la_v16_mask(la_v16_eq(la_v16_load_room(p, room), la_v16_load(text)));
        return (~same & ((UINT32_C(1) << n) - 1)) == 0;
    }
    if (n <= 32) {
        /* The second block ends where the text ends and overlaps the first: no byte behind n is read. */
        la_v16 head = la_v16_eq(la_v16_load(p), la_v16_load(text));
        la_v16 tail = la_v16_eq(la_v16_load(p + n - 16), la_v16_load(text + n - 16));
        return la_v16_mask(la_v16_and(head, tail)) == 0xFFFF;
    }
    return memcmp(p, text, n) == 0;
}

#endif
