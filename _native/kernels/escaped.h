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

/* What differs from machine to machine: a bit a byte of a block where plain content stops; and 32 bytes copied,
 * of which it says whether one is not ASCII. What is read is what is written and told of: another thread may
 * be writing to the source. */
typedef uint64_t la_stops_of(const uint8_t *p);
typedef void la_copy32_of(uint8_t *to, const uint8_t *from, la_v16 *passed);

static LA_INLINE uint64_t la_stops_baseline(const uint8_t *p)
{
    uint64_t stops = 0;
    for (int k = 0; k < 4; k++)
        stops |= (uint64_t)la_v16_mask(la_string_stops(la_v16_load(p + 16 * k))) << 16 * k;
    return stops;
}

static LA_INLINE void la_copy32_baseline(uint8_t *to, const uint8_t *from, la_v16 *passed)
{
    la_v16 first = la_v16_load(from), second = la_v16_load(from + 16);
    la_v16_store(to, first);
    la_v16_store(to + 16, second);
    *passed = la_v16_or(*passed, la_v16_or(first, second));
}

/* What all variants do. Without `copy` nothing is written, and halves of surrogate pairs pass. */
static LA_INLINE const uint8_t *la_escaped_sweep(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high,
                                                 la_stops_of *stops_of, la_copy32_of *copy32, const int copy)
{
    uint8_t *o = copy ? *out : 0;
    la_v16 passed = la_v16_splat(0);
    while (end - p >= LA_ESCAPED_ROOM) {
        uint64_t stops = stops_of(p);
        const uint8_t *from = p, *block_end = p + LA_ESCAPED_BLOCK;
        int stopped = 0;
        for (;;) {
            /* The plain piece, up to the next stop or the end of the block. */
            unsigned k = stops ? (unsigned)__builtin_ctzll(stops) : LA_ESCAPED_BLOCK;
            const uint8_t *stop = p + k;
            if (copy) {
                copy32(o, from, &passed);
                if (LA_UNLIKELY(stop - from > 32))
                    copy32(o + (stop - from - 32), stop - 32, &passed);
                o += stop - from;
            }
            from = stop;
            if (LA_UNLIKELY(!stops))
                break;
            uint8_t meant = la_escapes[stop[1]];
            if (LA_LIKELY(*stop == '\\' && meant)) {
                if (copy)
                    *o++ = meant;
                from = stop + 2;
                /* The byte behind a backslash is no stop of its own. */
                stops &= ~(UINT64_C(3) << k);
            } else {
                enum la_status status;
                uint8_t *behind = o; /* so that o itself stays in a register */
                from = *stop != '\\' ? 0 : copy ? la_unescape_unit(stop, end, &behind, &status) : la_escape_skip(stop, end);
                o = behind;
                if (!from) {
                    stopped = 1;
                    from = stop;
                    break;
                }
                stops = from < block_end ? stops & ~UINT64_C(0) << (from - p) : 0;
            }
            if (LA_UNLIKELY(from >= block_end))
                break;
        }
        p = from;
        if (stopped)
            break;
    }
    *high |= la_v16_tops(passed) != 0;
    if (copy)
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
    return la_escaped_sweep(p, end, out, high, la_stops_baseline, la_copy32_baseline, 1);
}

/* The same without the copy; half a surrogate pair is well-formed and passes. */
static inline const uint8_t *la_escaped_skip_baseline(const uint8_t *p, const uint8_t *end)
{
    uint32_t high = 0;
    return la_escaped_sweep(p, end, 0, &high, la_stops_baseline, la_copy32_baseline, 0);
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

static LA_INLINE LA_AVX2 void la_copy32_avx2(uint8_t *to, const uint8_t *from, la_v16 *passed)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)from);
    _mm256_storeu_si256((__m256i *)to, v);
    *passed = _mm_or_si128(*passed, _mm_or_si128(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}

static inline LA_AVX2 const uint8_t *la_escaped_copy_avx2(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                                          uint32_t *high)
{
    return la_escaped_sweep(p, end, out, high, la_stops_avx2, la_copy32_avx2, 1);
}

static inline LA_AVX2 const uint8_t *la_escaped_skip_avx2(const uint8_t *p, const uint8_t *end)
{
    uint32_t high = 0;
    return la_escaped_sweep(p, end, 0, &high, la_stops_avx2, la_copy32_avx2, 0);
}
#endif

#include "dispatch.h"

#endif
