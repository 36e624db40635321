/* Sixteen bytes at a time, the same few questions on every machine. x86-64 and aarch64 answer
 * with their baseline registers, everything else (and -DLA_NO_SIMD) with two plain words, so each
 * kernel is written once and needs no dispatch for what sixteen bytes can do.
 *
 * No load here is padded by the caller: `la_v16_load` wants sixteen readable bytes, and
 * `la_v16_load_part` serves the last fifteen or fewer without touching what lies behind them. */
#ifndef LA_KERNELS_SIMD_H
#define LA_KERNELS_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LA_LIKELY(x) __builtin_expect(!!(x), 1)
#define LA_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define LA_COLD __attribute__((cold, noinline))
#define LA_INLINE inline __attribute__((always_inline))

#if !defined(LA_NO_SIMD) && defined(__SSE2__)
#define LA_SIMD_SSE2 1
#include <emmintrin.h>
#elif !defined(LA_NO_SIMD) && defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
#define LA_SIMD_NEON 1
#include <arm_neon.h>
#else
#define LA_SIMD_PLAIN 1
#endif

/* Kernels that AVX2 serves better are compiled here too, by attribute instead of by compiler flag;
 * only the dispatch table may reach them. */
#if defined(LA_SIMD_SSE2) && defined(__x86_64__)
#define LA_HAVE_AVX2 1
#include <immintrin.h>
#define LA_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt")))
#endif

/* Byte i of memory is bits 8i..8i+7 of the word, whatever the machine's order. */
static LA_INLINE uint64_t la_v16_word_load(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

static LA_INLINE uint64_t la_v16_half_load(const uint8_t *p)
{
    uint32_t w;
    memcpy(&w, p, 4);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap32(w);
#endif
    return w;
}

/* The set of bytes that answered yes, in byte order from the lowest bit. NEON has no move-mask; its
 * cheapest equivalent spends four bits a byte, hence a word and LA_HITS_SHIFT instead of a mask. */
typedef uint64_t la_hits;

#if defined(LA_SIMD_SSE2) /* ------------------------------------------------------------------- */

typedef __m128i la_v16;
#define LA_HITS_SHIFT 0

static LA_INLINE la_v16 la_v16_load(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
static LA_INLINE void la_v16_store(void *p, la_v16 v) { _mm_storeu_si128((__m128i *)p, v); }
static LA_INLINE la_v16 la_v16_splat(uint8_t byte) { return _mm_set1_epi8((char)byte); }
static LA_INLINE la_v16 la_v16_words(uint64_t low, uint64_t high)
{
    return _mm_set_epi64x((long long)high, (long long)low);
}
static LA_INLINE la_v16 la_v16_eq(la_v16 a, la_v16 b) { return _mm_cmpeq_epi8(a, b); }
static LA_INLINE la_v16 la_v16_or(la_v16 a, la_v16 b) { return _mm_or_si128(a, b); }
static LA_INLINE la_v16 la_v16_and(la_v16 a, la_v16 b) { return _mm_and_si128(a, b); }
static LA_INLINE la_v16 la_v16_below(la_v16 v, uint8_t limit)
{
    /* SSE2 compares signed bytes only; the unsigned minimum is the way round. */
    if (limit == 0) return _mm_setzero_si128();
    return _mm_cmpeq_epi8(_mm_min_epu8(v, la_v16_splat((uint8_t)(limit - 1))), v);
}
static LA_INLINE uint32_t la_v16_mask(la_v16 v) { return (uint32_t)_mm_movemask_epi8(v); }
static LA_INLINE la_hits la_v16_hits(la_v16 truth) { return la_v16_mask(truth); }
static LA_INLINE la_hits la_v16_tops(la_v16 v) { return la_v16_mask(v); }

#elif defined(LA_SIMD_NEON) /* ----------------------------------------------------------------- */

typedef uint8x16_t la_v16;
#define LA_HITS_SHIFT 2

static LA_INLINE la_v16 la_v16_load(const void *p) { return vld1q_u8((const uint8_t *)p); }
static LA_INLINE void la_v16_store(void *p, la_v16 v) { vst1q_u8((uint8_t *)p, v); }
static LA_INLINE la_v16 la_v16_splat(uint8_t byte) { return vdupq_n_u8(byte); }
static LA_INLINE la_v16 la_v16_words(uint64_t low, uint64_t high)
{
    return vcombine_u8(vcreate_u8(low), vcreate_u8(high));
}
static LA_INLINE la_v16 la_v16_eq(la_v16 a, la_v16 b) { return vceqq_u8(a, b); }
static LA_INLINE la_v16 la_v16_or(la_v16 a, la_v16 b) { return vorrq_u8(a, b); }
static LA_INLINE la_v16 la_v16_and(la_v16 a, la_v16 b) { return vandq_u8(a, b); }
static LA_INLINE la_v16 la_v16_below(la_v16 v, uint8_t limit) { return vcltq_u8(v, vdupq_n_u8(limit)); }
static LA_INLINE uint32_t la_v16_mask(la_v16 v)
{
    static const int8_t place[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7};
    uint8x16_t bits = vshlq_u8(vshrq_n_u8(v, 7), vld1q_s8(place));
    return (uint32_t)vaddv_u8(vget_low_u8(bits)) | (uint32_t)vaddv_u8(vget_high_u8(bits)) << 8;
}
static LA_INLINE la_hits la_v16_hits(la_v16 truth)
{
    uint8x8_t nibbles = vshrn_n_u16(vreinterpretq_u16_u8(truth), 4);
    return vget_lane_u64(vreinterpret_u64_u8(nibbles), 0);
}
static LA_INLINE la_hits la_v16_tops(la_v16 v)
{
    return la_v16_hits(vcltzq_s8(vreinterpretq_s8_u8(v)));
}

#else /* plain words --------------------------------------------------------------------------- */

typedef struct { uint64_t w[2]; } la_v16;
#define LA_HITS_SHIFT 0
#define LA_V16_TOPS 0x8080808080808080u

static LA_INLINE la_v16 la_v16_words(uint64_t low, uint64_t high) { return (la_v16){{low, high}}; }
static LA_INLINE la_v16 la_v16_load(const void *p)
{
    return la_v16_words(la_v16_word_load((const uint8_t *)p), la_v16_word_load((const uint8_t *)p + 8));
}
static LA_INLINE void la_v16_store(void *p, la_v16 v)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = la_v16_words(__builtin_bswap64(v.w[0]), __builtin_bswap64(v.w[1]));
#endif
    memcpy(p, v.w, 16);
}
static LA_INLINE la_v16 la_v16_splat(uint8_t byte)
{
    uint64_t w = byte * UINT64_C(0x0101010101010101);
    return la_v16_words(w, w);
}
/* Eight truths as top bits, spread over their bytes. */
static LA_INLINE uint64_t la_v16_spread(uint64_t tops) { return (tops >> 7) * 0xFF; }
static LA_INLINE uint64_t la_v16_word_eq(uint64_t a, uint64_t b)
{
    uint64_t x = a ^ b;
    return la_v16_spread(~(((x & ~LA_V16_TOPS) + ~LA_V16_TOPS) | x) & LA_V16_TOPS);
}
static LA_INLINE la_v16 la_v16_eq(la_v16 a, la_v16 b)
{
    return la_v16_words(la_v16_word_eq(a.w[0], b.w[0]), la_v16_word_eq(a.w[1], b.w[1]));
}
static LA_INLINE la_v16 la_v16_or(la_v16 a, la_v16 b)
{
    return la_v16_words(a.w[0] | b.w[0], a.w[1] | b.w[1]);
}
static LA_INLINE la_v16 la_v16_and(la_v16 a, la_v16 b)
{
    return la_v16_words(a.w[0] & b.w[0], a.w[1] & b.w[1]);
}
static LA_INLINE uint64_t la_v16_word_below(uint64_t v, uint64_t limit)
{
    /* Top bits lifted so that no byte borrows from its neighbour; the borrow is put together after. */
    uint64_t difference = ((v | LA_V16_TOPS) - (limit & ~LA_V16_TOPS)) ^ ((v ^ ~limit) & LA_V16_TOPS);
    return la_v16_spread(((~v & limit) | (~(v ^ limit) & difference)) & LA_V16_TOPS);
}
static LA_INLINE la_v16 la_v16_below(la_v16 v, uint8_t limit)
{
    la_v16 l = la_v16_splat(limit);
    return la_v16_words(la_v16_word_below(v.w[0], l.w[0]), la_v16_word_below(v.w[1], l.w[1]));
}
static LA_INLINE uint32_t la_v16_mask(la_v16 v)
{
    /* The product moves top bit i of each word to bit 56 + i, and no two partial sums meet. */
    const uint64_t gather = UINT64_C(0x0102040810204080);
    return (uint32_t)((((v.w[0] & LA_V16_TOPS) >> 7) * gather) >> 56)
         | (uint32_t)((((v.w[1] & LA_V16_TOPS) >> 7) * gather) >> 56) << 8;
}
static LA_INLINE la_hits la_v16_hits(la_v16 truth) { return la_v16_mask(truth); }
static LA_INLINE la_hits la_v16_tops(la_v16 v) { return la_v16_mask(v); }

#endif /* -------------------------------------------------------------------------------------- */

#define LA_HITS_ALL (~UINT64_C(0) >> (64 - (16 << LA_HITS_SHIFT)))

/* Index of the first hit; there must be one. */
static LA_INLINE unsigned la_hits_first(la_hits hits)
{
    return (unsigned)__builtin_ctzll(hits) >> LA_HITS_SHIFT;
}
/* The hit at place n < 16. */
static LA_INLINE la_hits la_hits_at(unsigned n)
{
    return ((UINT64_C(1) << (1 << LA_HITS_SHIFT)) - 1) << (n << LA_HITS_SHIFT);
}
/* All places before the first hit; there must be one. */
static LA_INLINE la_hits la_hits_before(la_hits hits) { return (hits & (0 - hits)) - 1; }

/* n < 16 bytes, zeros behind them: two reads that overlap, never one that overhangs. */
static LA_INLINE la_v16 la_v16_load_part(const uint8_t *p, size_t n)
{
    if (n >= 8) {
        /* Shifted in two steps because n == 8 asks for all 64 bits, which one shift may not do. */
        uint64_t tail = la_v16_word_load(p + n - 8) >> (8 * (15 - n)) >> 8;
        return la_v16_words(la_v16_word_load(p), tail);
    }
    if (n >= 4) return la_v16_words(la_v16_half_load(p) | la_v16_half_load(p + n - 4) << (8 * (n - 4)), 0);
    if (n == 0) return la_v16_words(0, 0);
    uint64_t middle = (uint64_t)p[n >> 1] << (8 * (n >> 1)), last = (uint64_t)p[n - 1] << (8 * (n - 1));
    return la_v16_words(p[0] | middle | last, 0);
}

/* Sixteen bytes, or as many as there are with zeros behind them. */
static LA_INLINE la_v16 la_v16_load_room(const uint8_t *p, size_t room)
{
    return LA_LIKELY(room >= 16) ? la_v16_load(p) : la_v16_load_part(p, room);
}

#if defined(LA_HAVE_AVX2)
/* n <= 32 bytes, zeros behind them. */
static LA_INLINE LA_AVX2 __m256i la_v32_load_part(const uint8_t *p, size_t n)
{
    if (n < 16) return _mm256_zextsi128_si256(la_v16_load_part(p, n));
    la_v16 high = n == 32 ? la_v16_load(p + 16) : la_v16_load_part(p + 16, n - 16);
    return _mm256_set_m128i(high, la_v16_load(p));
}
#endif

#endif
