/* Is it UTF-8? (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.)
 * `la_utf8_valid`, at the end of dispatch.h, chooses between the two answers below. */
#ifndef LA_KERNELS_UTF8_H
#define LA_KERNELS_UTF8_H

#include "simd.h"

/* The length of the sequence at p, whose first byte is not ASCII; 0 if it is none. */
static inline size_t la_utf8_sequence(const uint8_t *p, size_t room)
{
    uint8_t lead = p[0], low = 0x80, high = 0xBF;
    size_t length;
    if (lead < 0xC2) return 0;  /* a continuation, or the overlong C0 and C1 */
    if (lead < 0xE0) {
        length = 2;
    } else if (lead < 0xF0) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;   /* below: overlong */
        if (lead == 0xED) high = 0x9F;  /* above: surrogates */
    } else if (lead < 0xF5) {
        length = 4;
        if (lead == 0xF0) low = 0x90;   /* below: overlong */
        if (lead == 0xF4) high = 0x8F;  /* above: beyond U+10FFFF */
    } else {
        return 0;
    }
    if (room < length || p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return length;
}

/* p: n readable bytes, borrowed. */
static inline size_t la_utf8_valid_baseline(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        if (p[i] < 0x80) {
            la_hits tops = la_v16_tops(la_v16_load_room(p + i, n - i));
            if (tops) i += la_hits_first(tops);
            else if (n - i <= 16) return n;
            else { i += 16; continue; }
        }
        size_t length = la_utf8_sequence(p + i, n - i);
        if (length == 0) return i;
        i += length;
    }
    return n;
}

#if defined(LA_HAVE_AVX2)

/* Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte" (2021): every error
 * shows in two neighbouring bytes, as one of eight kinds. Three tables, one for each nibble that
 * matters, say which kinds that nibble allows; a kind all three allow has happened. */
enum la_utf8_error {
    LA_UTF8_SHORT = 1 << 0,       /* a lead byte without its continuation */
    LA_UTF8_LONG = 1 << 1,        /* ASCII, then a continuation */
    LA_UTF8_OVERLONG_3 = 1 << 2,  /* E0 80..9F */
    LA_UTF8_LARGE = 1 << 3,       /* F4 90.. and F5.. with 90..BF */
    LA_UTF8_SURROGATE = 1 << 4,   /* ED A0..BF */
    LA_UTF8_OVERLONG_2 = 1 << 5,  /* C0, C1 */
    LA_UTF8_LARGE_80 = 1 << 6,    /* F5.. with 80..8F; and as the lead nibble tells them apart ... */
    LA_UTF8_OVERLONG_4 = 1 << 6,  /* ... F0 80..8F */
    LA_UTF8_TWO = 1 << 7,         /* two continuations: wrong unless a long lead came before them */
    /* the kinds that the first byte's low nibble does not decide, and those of any continuation */
    LA_UTF8_ANY_LOW = LA_UTF8_SHORT | LA_UTF8_LONG | LA_UTF8_TWO,
    LA_UTF8_CONTINUED = LA_UTF8_LONG | LA_UTF8_OVERLONG_2 | LA_UTF8_TWO,
};

static const uint8_t la_utf8_first_high[16] = {
    LA_UTF8_LONG, LA_UTF8_LONG, LA_UTF8_LONG, LA_UTF8_LONG,
    LA_UTF8_LONG, LA_UTF8_LONG, LA_UTF8_LONG, LA_UTF8_LONG,
    LA_UTF8_TWO, LA_UTF8_TWO, LA_UTF8_TWO, LA_UTF8_TWO,
    LA_UTF8_SHORT | LA_UTF8_OVERLONG_2,
    LA_UTF8_SHORT,
    LA_UTF8_SHORT | LA_UTF8_OVERLONG_3 | LA_UTF8_SURROGATE,
    LA_UTF8_SHORT | LA_UTF8_LARGE | LA_UTF8_LARGE_80 | LA_UTF8_OVERLONG_4,
};
#define LA_UTF8_TOO_LARGE (LA_UTF8_ANY_LOW | LA_UTF8_LARGE | LA_UTF8_LARGE_80)
static const uint8_t la_utf8_first_low[16] = {
    LA_UTF8_ANY_LOW | LA_UTF8_OVERLONG_2 | LA_UTF8_OVERLONG_3 | LA_UTF8_OVERLONG_4,
    LA_UTF8_ANY_LOW | LA_UTF8_OVERLONG_2,
    LA_UTF8_ANY_LOW, LA_UTF8_ANY_LOW,
    LA_UTF8_ANY_LOW | LA_UTF8_LARGE,
    LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE,
    LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE,
    LA_UTF8_TOO_LARGE | LA_UTF8_SURROGATE,
    LA_UTF8_TOO_LARGE, LA_UTF8_TOO_LARGE,
};
static const uint8_t la_utf8_second_high[16] = {
    LA_UTF8_SHORT, LA_UTF8_SHORT, LA_UTF8_SHORT, LA_UTF8_SHORT,
    LA_UTF8_SHORT, LA_UTF8_SHORT, LA_UTF8_SHORT, LA_UTF8_SHORT,
    LA_UTF8_CONTINUED | LA_UTF8_OVERLONG_3 | LA_UTF8_LARGE_80 | LA_UTF8_OVERLONG_4,
    LA_UTF8_CONTINUED | LA_UTF8_OVERLONG_3 | LA_UTF8_LARGE,
    LA_UTF8_CONTINUED | LA_UTF8_SURROGATE | LA_UTF8_LARGE,
    LA_UTF8_CONTINUED | LA_UTF8_SURROGATE | LA_UTF8_LARGE,
    LA_UTF8_SHORT, LA_UTF8_SHORT, LA_UTF8_SHORT, LA_UTF8_SHORT,
};

static LA_INLINE LA_AVX2 __m256i la_utf8_table(const uint8_t table[16])
{
    return _mm256_broadcastsi128_si256(la_v16_load(table));
}

/* Nonzero where v, following `before`, is wrong. */
static LA_INLINE LA_AVX2 __m256i la_utf8_errors(__m256i v, __m256i before)
{
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    __m256i across = _mm256_permute2x128_si256(before, v, 0x21);
    __m256i back1 = _mm256_alignr_epi8(v, across, 15);
    __m256i back2 = _mm256_alignr_epi8(v, across, 14);
    __m256i back3 = _mm256_alignr_epi8(v, across, 13);
    __m256i back1_high = _mm256_and_si256(_mm256_srli_epi16(back1, 4), nibble);
    __m256i v_high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
    __m256i kinds = _mm256_shuffle_epi8(la_utf8_table(la_utf8_first_high), back1_high);
    kinds = _mm256_and_si256(kinds, _mm256_shuffle_epi8(la_utf8_table(la_utf8_first_low),
                                                        _mm256_and_si256(back1, nibble)));
    kinds = _mm256_and_si256(kinds, _mm256_shuffle_epi8(la_utf8_table(la_utf8_second_high), v_high));
    /* Two continuations in a row are right exactly behind a lead of three (two back) or four (three back). */
    __m256i third = _mm256_subs_epu8(back2, _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(back3, _mm256_set1_epi8((char)(0xF0 - 0x80)));
    __m256i expected = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)LA_UTF8_TWO));
    return _mm256_xor_si256(expected, kinds);
}

/* Below this the set-up costs more than it saves. */
#define LA_UTF8_AVX2_LEAST 32

static inline LA_AVX2 size_t la_utf8_valid_avx2(const uint8_t *p, size_t n)
{
    if (n < LA_UTF8_AVX2_LEAST) return la_utf8_valid_baseline(p, n);

    /* The largest last three bytes of a block that leave no sequence open. */
    const __m256i closed = _mm256_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                            -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                            (char)(0xF0 - 1), (char)(0xE0 - 1), (char)(0xC0 - 1));
    __m256i before = _mm256_setzero_si256(), open = before, errors = before;
    for (size_t i = 0; i <= n; i += 32) {
        /* The last block is always a part one (of none, if n is a multiple of 32), so zeros follow
         * the text, and a sequence that it leaves open is found like any other. */
        __m256i v = LA_LIKELY(n - i >= 32) ? _mm256_loadu_si256((const __m256i *)(p + i))
                                           : la_v32_load_part(p + i, n - i);
        if (_mm256_movemask_epi8(v) == 0) {
            errors = _mm256_or_si256(errors, open);
            open = _mm256_setzero_si256();
        } else {
            errors = _mm256_or_si256(errors, la_utf8_errors(v, before));
            open = _mm256_subs_epu8(v, closed);
        }
        before = v;
    }
    if (LA_LIKELY(_mm256_testz_si256(errors, errors))) return n;
    return la_utf8_valid_baseline(p, n);  /* says where */
}

#endif

#include "dispatch.h"

#endif
