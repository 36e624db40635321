/* MD5 (RFC 1321), because SQS and the Kinesis Producer Library send one along. It tells damage, not
 * malice: whoever can change the text can change the digest. */
#ifndef LA_KERNELS_MD5_H
#define LA_KERNELS_MD5_H

#include "simd.h"

#define LA_MD5_SIZE 16

/* The four rounds' functions, in forms that need one operation less than RFC 1321's own: for F and G a
 * bit of x or z chooses between the other two. */
#define LA_MD5_F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define LA_MD5_G(x, y, z) ((y) ^ ((z) & ((x) ^ (y))))
#define LA_MD5_H(x, y, z) ((x) ^ (y) ^ (z))
#define LA_MD5_I(x, y, z) ((y) ^ ((x) | ~(z)))
#define LA_MD5_STEP(f, a, b, c, d, word, shift, constant) \
    ((a) += f(b, c, d) + (word) + (uint32_t)(constant), (a) = ((a) << (shift) | (a) >> (32 - (shift))) + (b))
#define LA_MD5_FOUR(f, w0, w1, w2, w3, s0, s1, s2, s3, k0, k1, k2, k3) \
    LA_MD5_STEP(f, a, b, c, d, w[w0], s0, k0); \
    LA_MD5_STEP(f, d, a, b, c, w[w1], s1, k1); \
    LA_MD5_STEP(f, c, d, a, b, w[w2], s2, k2); \
    LA_MD5_STEP(f, b, c, d, a, w[w3], s3, k3)

/* One block of 64 bytes. The constants are the integer parts of 2^32 * |sin(1..64)|. */
static inline void la_md5_block(uint32_t state[4], const uint8_t *p)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], w[16];
    for (int k = 0; k < 16; k++)
        w[k] = (uint32_t)la_v16_half_load(p + 4 * k);
    LA_MD5_FOUR(LA_MD5_F, 0, 1, 2, 3, 7, 12, 17, 22, 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee);
    LA_MD5_FOUR(LA_MD5_F, 4, 5, 6, 7, 7, 12, 17, 22, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501);
    LA_MD5_FOUR(LA_MD5_F, 8, 9, 10, 11, 7, 12, 17, 22, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be);
    LA_MD5_FOUR(LA_MD5_F, 12, 13, 14, 15, 7, 12, 17, 22, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821);
    LA_MD5_FOUR(LA_MD5_G, 1, 6, 11, 0, 5, 9, 14, 20, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa);
    LA_MD5_FOUR(LA_MD5_G, 5, 10, 15, 4, 5, 9, 14, 20, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8);
    LA_MD5_FOUR(LA_MD5_G, 9, 14, 3, 8, 5, 9, 14, 20, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed);
    LA_MD5_FOUR(LA_MD5_G, 13, 2, 7, 12, 5, 9, 14, 20, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a);
    LA_MD5_FOUR(LA_MD5_H, 5, 8, 11, 14, 4, 11, 16, 23, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c);
    LA_MD5_FOUR(LA_MD5_H, 1, 4, 7, 10, 4, 11, 16, 23, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70);
    LA_MD5_FOUR(LA_MD5_H, 13, 0, 3, 6, 4, 11, 16, 23, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05);
    LA_MD5_FOUR(LA_MD5_H, 9, 12, 15, 2, 4, 11, 16, 23, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665);
    LA_MD5_FOUR(LA_MD5_I, 0, 7, 14, 5, 6, 10, 15, 21, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039);
    LA_MD5_FOUR(LA_MD5_I, 12, 3, 10, 1, 6, 10, 15, 21, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1);
    LA_MD5_FOUR(LA_MD5_I, 8, 15, 6, 13, 6, 10, 15, 21, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1);
    LA_MD5_FOUR(LA_MD5_I, 4, 11, 2, 9, 6, 10, 15, 21, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391);
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

/* The digest of the n bytes at p, borrowed, into the LA_MD5_SIZE bytes at out, the caller's. */
static inline void la_md5(const uint8_t *p, size_t n, uint8_t *out)
{
    uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
    uint8_t last[128] = { 0 };
    size_t whole = n & ~(size_t)63, left = n - whole, padded = left < 56 ? 64 : 128;
    for (size_t k = 0; k < whole; k += 64)
        la_md5_block(state, p + k);
    if (left)
        memcpy(last, p + whole, left);
    last[left] = 0x80;
    for (int k = 0; k < 8; k++) /* the length in bits, its lowest byte first */
        last[padded - 8 + (size_t)k] = (uint8_t)((uint64_t)n << 3 >> 8 * k);
    for (size_t k = 0; k < padded; k += 64)
        la_md5_block(state, last + k);
    for (int k = 0; k < LA_MD5_SIZE; k++)
        out[k] = (uint8_t)(state[k / 4] >> 8 * (k % 4));
}

#endif
