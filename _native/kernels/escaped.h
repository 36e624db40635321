/* Strings full of escapes: JSON that travels inside a JSON string has one at every quote. There a sweep
 * that starts anew behind each escape spends its time waiting for its own answers. Here the stops of
 * 64 bytes are found at once, and the escapes among them are then walked bit by bit.
 *
 *     stops = places of '"', '\' and control bytes in the next 64
 *     for each stop: copy what lies before it; if it is an escape, write what that means
 *     copy what lies behind the last one
 */
#ifndef LA_KERNELS_ESCAPED_H
#define LA_KERNELS_ESCAPED_H

#include "scan.h"
#include "unescape.h"

/* What must lie before `end` for a step: a block, an escape that begins in its last byte (a surrogate
 * pair has 12) and the overhang of the copies. */
#define LA_ESCAPED_BLOCK 64
#define LA_ESCAPED_COPY 32
#define LA_ESCAPED_ROOM 128
_Static_assert(LA_ESCAPED_ROOM >= LA_ESCAPED_BLOCK + 11 + LA_ESCAPED_COPY, "no step reads behind the end");
_Static_assert(LA_SCAN_SLACK >= LA_ESCAPED_COPY, "no copy writes behind the room that its caller gave");

/* A bit a byte of a block: where plain content stops. */
typedef uint64_t la_stops_of(const uint8_t *p);

static LA_INLINE uint64_t la_stops_baseline(const uint8_t *p)
{
    uint64_t stops = 0;
    for (int k = 0; k < 4; k++)
        stops |= (uint64_t)la_v16_mask(la_string_stops(la_v16_load(p + 16 * k))) << 16 * k;
    return stops;
}

static LA_INLINE void la_pair_copy(uint8_t *to, const uint8_t *from, la_v16 *passed)
{
    la_v16 first = la_v16_load(from), second = la_v16_load(from + 16);
    la_v16_store(to, first);
    la_v16_store(to + 16, second);
    *passed = la_v16_or(*passed, la_v16_or(first, second));
}

/* Copies up to 64 bytes, of which 32 may lie behind those asked for. What it has read is what it writes
 * and what *passed tells of: another thread may be writing to the source. */
static LA_INLINE void la_piece_copy(uint8_t *to, const uint8_t *from, size_t n, la_v16 *passed)
{
    la_pair_copy(to, from, passed);
    if (LA_UNLIKELY(n > 32))
        la_pair_copy(to + n - 32, from + n - 32, passed);
}

/* What both variants do; `out` 0: nothing is copied, and halves of surrogate pairs pass. */
static LA_INLINE const uint8_t *la_escaped_sweep(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high,
                                                 la_stops_of *stops_of)
{
    uint8_t *o = out ? *out : 0;
    la_v16 passed = la_v16_splat(0);
    const uint8_t *next = p;
    while (next && end - p >= LA_ESCAPED_ROOM) {
        uint64_t stops = stops_of(p);
        size_t from = 0;
        while (stops) {
            size_t k = (size_t)__builtin_ctzll(stops);
            if (out) {
                la_piece_copy(o, p + from, k - from, &passed);
                o += k - from;
            }
            enum la_status status;
            if (LA_UNLIKELY(p[k] != '\\'))
                next = 0;
            else
                next = out ? la_unescape(p + k, end, &o, &status) : la_escape_skip(p + k, end);
            if (LA_UNLIKELY(!next)) {
                from = k;
                break;
            }
            from = (size_t)(next - p);
            /* The byte behind a backslash is no stop of its own. */
            stops &= from < LA_ESCAPED_BLOCK ? ~UINT64_C(0) << from : 0;
        }
        if (next && from < LA_ESCAPED_BLOCK) {
            if (out) {
                la_piece_copy(o, p + from, LA_ESCAPED_BLOCK - from, &passed);
                o += LA_ESCAPED_BLOCK - from;
            }
            from = LA_ESCAPED_BLOCK;
        }
        p += from;
    }
    *high |= la_v16_tops(passed) != 0;
    if (out)
        *out = o;
    return p;
}

/* Copies from p to *out, escapes undone, up to the first byte that is neither plain content nor a whole
 * escape (the quote, a control byte, a broken escape, half a surrogate pair), or to where fewer than
 * LA_ESCAPED_ROOM bytes are left, and returns where that is. *high becomes nonzero if a byte that was
 * copied as it stands is not ASCII, and may if one that stands near is not. p, end: borrowed for the
 * call. *out: the caller's, as for la_string_copy. */
static inline const uint8_t *la_escaped_copy_baseline(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                                      uint32_t *high)
{
    return la_escaped_sweep(p, end, out, high, la_stops_baseline);
}

/* The same without the copy; half a surrogate pair is well-formed and passes. */
static inline const uint8_t *la_escaped_skip_baseline(const uint8_t *p, const uint8_t *end)
{
    uint32_t high = 0;
    return la_escaped_sweep(p, end, 0, &high, la_stops_baseline);
}

#if defined(LA_HAVE_AVX2)
static LA_INLINE LA_AVX2 uint64_t la_stops_avx2(const uint8_t *p)
{
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'), control = _mm256_set1_epi8(0x1f);
    uint64_t stops = 0;
    for (int k = 0; k < 2; k++) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(p + 32 * k));
        __m256i marks = _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, backslash));
        marks = _mm256_or_si256(marks, _mm256_cmpeq_epi8(_mm256_min_epu8(v, control), v));
        stops |= (uint64_t)(uint32_t)_mm256_movemask_epi8(marks) << 32 * k;
    }
    return stops;
}

static inline LA_AVX2 const uint8_t *la_escaped_copy_avx2(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                                          uint32_t *high)
{
    return la_escaped_sweep(p, end, out, high, la_stops_avx2);
}

static inline LA_AVX2 const uint8_t *la_escaped_skip_avx2(const uint8_t *p, const uint8_t *end)
{
    uint32_t high = 0;
    return la_escaped_sweep(p, end, 0, &high, la_stops_avx2);
}
#endif

#include "dispatch.h"

#endif
