/* Base64, the standard alphabet, strictly (RFC 4648 §3.2, §3.5, §4): padding where it belongs and
 * nowhere else, unused bits zero, so that a text means bytes and those bytes only that text.
 *
 * `la_base64_decode`, at the end of dispatch.h, chooses among the decoders below. All have its
 * signature and promise:
 *   *p    the text, borrowed; on return where decoding stopped: on LA_OK the first byte that is
 *         neither digit nor padding (the caller judges it) or end; else the place of the error.
 *   *out  the caller's, advanced past the bytes decoded, not overlapping the text, with room for
 *         3 bytes each 4 begun digits and LA_BASE64_SLACK more.
 * A fault is LA_LENGTH (one digit left over), LA_PADDING ('=' missing, or where none may be) or
 * LA_SPARE_BITS. */
#ifndef LA_KERNELS_BASE64_H
#define LA_KERNELS_BASE64_H

#include "simd.h"
#include "status.h"

#define LA_BASE64_SLACK 32

/* Digits by table: the value shifted to its place in a group of four, and one bit a place that says
 * "a digit", so that one OR of four joins a group and one compare judges it. */
#define LA_BASE64_ALPHABET(D) \
    D('A', 0) D('B', 1) D('C', 2) D('D', 3) D('E', 4) D('F', 5) D('G', 6) D('H', 7) \
    D('I', 8) D('J', 9) D('K', 10) D('L', 11) D('M', 12) D('N', 13) D('O', 14) D('P', 15) \
    D('Q', 16) D('R', 17) D('S', 18) D('T', 19) D('U', 20) D('V', 21) D('W', 22) D('X', 23) \
    D('Y', 24) D('Z', 25) D('a', 26) D('b', 27) D('c', 28) D('d', 29) D('e', 30) D('f', 31) \
    D('g', 32) D('h', 33) D('i', 34) D('j', 35) D('k', 36) D('l', 37) D('m', 38) D('n', 39) \
    D('o', 40) D('p', 41) D('q', 42) D('r', 43) D('s', 44) D('t', 45) D('u', 46) D('v', 47) \
    D('w', 48) D('x', 49) D('y', 50) D('z', 51) D('0', 52) D('1', 53) D('2', 54) D('3', 55) \
    D('4', 56) D('5', 57) D('6', 58) D('7', 59) D('8', 60) D('9', 61) D('+', 62) D('/', 63)
#define LA_BASE64_PLACE(digit, value, place) \
    [digit] = UINT32_C(1) << (24 + (place)) | (uint32_t)(value) << (18 - 6 * (place)),
#define LA_BASE64_0(digit, value) LA_BASE64_PLACE(digit, value, 0)
#define LA_BASE64_1(digit, value) LA_BASE64_PLACE(digit, value, 1)
#define LA_BASE64_2(digit, value) LA_BASE64_PLACE(digit, value, 2)
#define LA_BASE64_3(digit, value) LA_BASE64_PLACE(digit, value, 3)
static const uint32_t la_base64_digits[4][256] = {
    {LA_BASE64_ALPHABET(LA_BASE64_0)},
    {LA_BASE64_ALPHABET(LA_BASE64_1)},
    {LA_BASE64_ALPHABET(LA_BASE64_2)},
    {LA_BASE64_ALPHABET(LA_BASE64_3)},
};
#define LA_BASE64_GROUP 0xF  /* the bits above the value, if all four are digits */

/* The end of a text: p is at the last, partial group, which has n digits (0 to 3). */
static inline enum la_status la_base64_finish(const uint8_t **at, const uint8_t *p, const uint8_t *end,
                                              uint8_t **out, unsigned n)
{
    const uint8_t *stop = p + n;
    *at = stop;
    if (n == 0) return LA_UNLIKELY(stop != end && *stop == '=') ? LA_PADDING : LA_OK;
    if (n == 1) return stop != end && *stop == '=' ? LA_PADDING : LA_LENGTH;

    for (unsigned pads = 4 - n; pads; pads--, (*at)++)
        if (*at == end || **at != '=') return LA_PADDING;
    if (*at != end && **at == '=') return LA_PADDING;

    uint32_t group = la_base64_digits[0][p[0]] | la_base64_digits[1][p[1]];
    if (n == 3) group |= la_base64_digits[2][p[2]];
    if (group & (n == 2 ? 0xFFFF : 0xFF)) {
        *at = stop - 1;
        return LA_SPARE_BITS;
    }
    *(*out)++ = (uint8_t)(group >> 16);
    if (n == 3) *(*out)++ = (uint8_t)(group >> 8);
    return LA_OK;
}

/* Group by group, and what the wider decoders fall to where a machine has none. */
static inline enum la_status la_base64_decode_scalar(const uint8_t **at, const uint8_t *end, uint8_t **out)
{
    const uint8_t *p = *at;
    uint8_t *o = *out;
    while (end - p >= 4) {
        uint32_t group = la_base64_digits[0][p[0]] | la_base64_digits[1][p[1]]
                       | la_base64_digits[2][p[2]] | la_base64_digits[3][p[3]];
        if (LA_UNLIKELY(group >> 24 != LA_BASE64_GROUP)) break;
        o[0] = (uint8_t)(group >> 16);
        o[1] = (uint8_t)(group >> 8);
        o[2] = (uint8_t)group;
        p += 4;
        o += 3;
    }
    unsigned n = 0;
    while (n < 3 && p + n != end && la_base64_digits[0][p[n]]) n++;
    *out = o;
    return la_base64_finish(at, p, end, out, n);
}

#if defined(LA_HAVE_AVX2) || defined(LA_SIMD_NEON)

/* Digits by nibbles (Muła and Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions",
 * 2018). By its high nibble a byte is of one of five kinds; each kind is a bit:
 *     1  2x: + and / only       2  3x: 0 to 9       4  4x, 6x: all but the first
 *     8  5x, 7x: up to Z and z  16  any other: none
 * and the table for the low nibble has the bits of those kinds in which it is no digit. */
static const uint8_t la_base64_kind[16] = {16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16};
static const uint8_t la_base64_not[16] = {
    16 | 4 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1,
    16 | 2 | 1,      /* 3A: colon; 5A is Z */
    16 | 8 | 2,      /* 2B is + */
    16 | 8 | 2 | 1, 16 | 8 | 2 | 1, 16 | 8 | 2 | 1,
    16 | 8 | 2,      /* 2F is / */
};
/* From byte to value, by high nibble; '/' shares its nibble with '+' and is looked up one lower. */
static const uint8_t la_base64_shift[16] = {
    0, 63 - '/', 62 - '+', 52 - '0',
    (uint8_t)(0 - 'A'), (uint8_t)(0 - 'A'), (uint8_t)(26 - 'a'), (uint8_t)(26 - 'a'),
};
/* The three bytes of each 32-bit group, highest first. */
static const uint8_t la_base64_order[16] = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 0xFF, 0xFF, 0xFF, 0xFF};

#endif

#if defined(LA_SIMD_NEON)

_Static_assert(LA_BASE64_SLACK >= 16, "a whole block may lie behind the last group");

/* Sixteen digits a step. The block in which the text stops is decoded like the others, zeros behind
 * `end` being no digits; only its last, partial group is left. */
static inline enum la_status la_base64_decode_neon(const uint8_t **at, const uint8_t *end, uint8_t **out)
{
    const uint8x16_t kinds = vld1q_u8(la_base64_kind), nots = vld1q_u8(la_base64_not);
    const uint8x16_t shifts = vld1q_u8(la_base64_shift), order = vld1q_u8(la_base64_order);
    const uint8_t *p = *at;
    uint8_t *o = *out;
    for (;;) {
        uint8x16_t v = la_v16_load_room(p, (size_t)(end - p));
        uint8x16_t high = vshrq_n_u8(v, 4);
        uint8x16_t bad = vtstq_u8(vqtbl1q_u8(kinds, high), vqtbl1q_u8(nots, vandq_u8(v, vdupq_n_u8(0x0F))));
        uint8x16_t slash = vceqq_u8(v, vdupq_n_u8('/'));
        uint8x16_t values = vaddq_u8(v, vqtbl1q_u8(shifts, vaddq_u8(high, slash)));
        /* Little-endian lanes: the earlier digit is the lower half and belongs above the later. */
        uint16x8_t pairs = vreinterpretq_u16_u8(values);
        pairs = vorrq_u16(vandq_u16(vshlq_n_u16(pairs, 6), vdupq_n_u16(0x0FC0)), vshrq_n_u16(pairs, 8));
        uint32x4_t groups = vreinterpretq_u32_u16(pairs);
        groups = vorrq_u32(vandq_u32(vshlq_n_u32(groups, 12), vdupq_n_u32(0x00FFF000)),
                           vshrq_n_u32(groups, 16));
        vst1q_u8(o, vqtbl1q_u8(vreinterpretq_u8_u32(groups), order));
        la_hits stops = la_v16_hits(bad);
        if (LA_UNLIKELY(stops)) {
            unsigned digits = la_hits_first(stops);
            *out = o + digits / 4 * 3;
            return la_base64_finish(at, p + digits / 4 * 4, end, out, digits % 4);
        }
        p += 16;
        o += 12;
    }
}

#endif

static inline enum la_status la_base64_decode_baseline(const uint8_t **at, const uint8_t *end, uint8_t **out)
{
#if defined(LA_SIMD_NEON)
    return la_base64_decode_neon(at, end, out);
#else
    return la_base64_decode_scalar(at, end, out);
#endif
}

#if defined(LA_HAVE_AVX2)

_Static_assert(LA_BASE64_SLACK >= 32, "a whole block may lie behind the last group");

static LA_INLINE LA_AVX2 __m256i la_base64_table(const uint8_t table[16])
{
    return _mm256_broadcastsi128_si256(la_v16_load(table));
}

/* Thirty-two digits a step, as NEON does sixteen. */
static inline LA_AVX2 enum la_status la_base64_decode_avx2(const uint8_t **at, const uint8_t *end,
                                                           uint8_t **out)
{
    const __m256i kinds = la_base64_table(la_base64_kind), nots = la_base64_table(la_base64_not);
    const __m256i shifts = la_base64_table(la_base64_shift), order = la_base64_table(la_base64_order);
    const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    /* A byte shuffle looks at bits 0 to 3 and 7 only: this mask clears 7 and serves as '/' besides. */
    const __m256i slash = _mm256_set1_epi8('/');
    const uint8_t *p = *at;
    uint8_t *o = *out;
    for (;;) {
        __m256i v = LA_LIKELY(end - p >= 32) ? _mm256_loadu_si256((const __m256i *)p)
                                             : la_v32_load_part(p, (size_t)(end - p));
        __m256i high = _mm256_and_si256(_mm256_srli_epi32(v, 4), slash);
        __m256i bad = _mm256_and_si256(_mm256_shuffle_epi8(kinds, high),
                                       _mm256_shuffle_epi8(nots, _mm256_and_si256(v, slash)));
        __m256i shift = _mm256_shuffle_epi8(shifts, _mm256_add_epi8(high, _mm256_cmpeq_epi8(v, slash)));
        __m256i values = _mm256_add_epi8(v, shift);
        /* a * 64 + b, then ab * 4096 + cd. */
        __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
        __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        groups = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, order), join);
        _mm256_storeu_si256((__m256i *)o, groups);
        uint32_t digits_only = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bad, _mm256_setzero_si256()));
        if (LA_UNLIKELY(digits_only != UINT32_MAX)) {
            unsigned digits = (unsigned)__builtin_ctz(~digits_only);
            *out = o + digits / 4 * 3;
            return la_base64_finish(at, p + digits / 4 * 4, end, out, digits % 4);
        }
        p += 32;
        o += 24;
    }
}

#endif

#include "dispatch.h"

#endif
