// Strict base64 (RFC 4648, section 4) for the simdjson peer: 32 characters a step if the CPU has AVX2.
//
// simdjson 3.0, which Debian has, decodes no base64. The vector step is that of Mula and Lemire, "Faster
// Base64 Encoding and Decoding using AVX2 Instructions" (2018).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#ifdef __AVX2__
#include <immintrin.h>
static const char *const base64_name = "AVX2";
#else
static const char *const base64_name = "scalar";
#endif

static constexpr std::array<uint8_t, 256> base64_sextets() {
    std::array<uint8_t, 256> sextets{};
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (auto &one : sextets) one = 0xff;
    for (int i = 0; i < 64; i++) sextets[uint8_t(alphabet[i])] = uint8_t(i);
    return sextets;
}

// Writes the decoded bytes to `out`, which has room for as many as `text` has; returns their end, or null if
// `text` is not canonical: a bad character, missing padding, non-zero bits under the padding.
static inline uint8_t *base64_decode(std::string_view text, uint8_t *out) {
    static constexpr auto sextets = base64_sextets();
    if (text.size() % 4) return nullptr;
    const char *in = text.data(), *end = in + text.size();
#ifdef __AVX2__
    const __m256i low_classes = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a));
    const __m256i high_classes = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10));
    const __m256i shifts = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m256i pack = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
    // A step stores 32 bytes for 24, for which there is room; 36 leaves the padding to the scalar loop.
    while (end - in >= 36) {
        __m256i ascii = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(in));
        __m256i high = _mm256_and_si256(_mm256_srli_epi32(ascii, 4), _mm256_set1_epi8(0x0f));
        __m256i low = _mm256_and_si256(ascii, _mm256_set1_epi8(0x0f));
        __m256i low_class = _mm256_shuffle_epi8(low_classes, low);
        if (!_mm256_testz_si256(low_class, _mm256_shuffle_epi8(high_classes, high))) return nullptr;
        __m256i slash = _mm256_cmpeq_epi8(ascii, _mm256_set1_epi8('/'));
        __m256i bits = _mm256_add_epi8(ascii, _mm256_shuffle_epi8(shifts, _mm256_add_epi8(slash, high)));
        __m256i pairs = _mm256_maddubs_epi16(bits, _mm256_set1_epi32(0x01400140));
        __m256i words = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        words = _mm256_shuffle_epi8(words, pack);
        words = _mm256_permutevar8x32_epi32(words, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(out), words);
        in += 32;
        out += 24;
    }
#endif
    for (; end - in > 4 || (end - in == 4 && end[-1] != '='); in += 4, out += 3) {
        uint32_t a = sextets[uint8_t(in[0])], b = sextets[uint8_t(in[1])];
        uint32_t c = sextets[uint8_t(in[2])], d = sextets[uint8_t(in[3])];
        if ((a | b | c | d) > 63) return nullptr;
        uint32_t three = a << 18 | b << 12 | c << 6 | d;
        out[0] = uint8_t(three >> 16);
        out[1] = uint8_t(three >> 8);
        out[2] = uint8_t(three);
    }
    if (in == end) return out;
    uint32_t a = sextets[uint8_t(in[0])], b = sextets[uint8_t(in[1])];
    if ((a | b) > 63) return nullptr;
    *out++ = uint8_t(a << 2 | b >> 4);
    if (in[2] == '=') return b & 15 ? nullptr : out;
    uint32_t c = sextets[uint8_t(in[2])];
    if (c > 63 || c & 3) return nullptr;
    *out++ = uint8_t(b << 4 | c >> 2);
    return out;
}
