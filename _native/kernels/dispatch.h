/* Which of several answers this machine gets: the one table, filled once, before any other thread
 * can be decoding, and only read thereafter. Base64, UTF-8 and strings full of escapes are worth it;
 * scanning is not.
 *
 * The kernels end by including this file and this file begins by including them, so whichever is
 * asked for first, all variants stand before the table that names them. */
#ifndef LA_KERNELS_DISPATCH_H
#define LA_KERNELS_DISPATCH_H

#include "base64.h"
#include "escaped.h"
#include "simd.h"
#include "status.h"
#include "utf8.h"

#if defined(LA_HAVE_AVX2)
#include <cpuid.h>
#endif

struct la_dispatch {
    enum la_status (*base64_decode)(const uint8_t **p, const uint8_t *end, uint8_t **out);
    size_t (*utf8_valid)(const uint8_t *p, size_t n);
    const uint8_t *(*escaped_copy)(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high);
    const uint8_t *(*escaped_skip)(const uint8_t *p, const uint8_t *end);
    const char *name;
};

#if defined(LA_SIMD_SSE2)
#define LA_BASELINE_NAME "sse2"
#elif defined(LA_SIMD_NEON)
#define LA_BASELINE_NAME "neon"
#else
#define LA_BASELINE_NAME "scalar"
#endif
#define LA_KERNELS_BASELINE \
    {la_base64_decode_baseline, la_utf8_valid_baseline, la_escaped_copy_baseline, la_escaped_skip_baseline, LA_BASELINE_NAME}

/* Useful before la_dispatch_init too, only slower. */
static __attribute__((unused)) struct la_dispatch la_kernels = LA_KERNELS_BASELINE;

#if defined(LA_HAVE_AVX2)

/* By hand, since __builtin_cpu_supports wants libgcc. The processor must have all that LA_AVX2 lets
 * the compiler use, and the system must save the wide registers (Intel SDM vol. 1, 14.3). */
static inline int la_cpu_has_avx2(void)
{
    enum {
        OSXSAVE_AVX = 1 << 27 | 1 << 28,
        BMI1_AVX2_BMI2 = 1 << 3 | 1 << 5 | 1 << 8,
        LZCNT = 1 << 5,
        SSE_AVX_SAVED = 1 << 1 | 1 << 2,
    };
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & OSXSAVE_AVX) != OSXSAVE_AVX) return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    if ((a & SSE_AVX_SAVED) != SSE_AVX_SAVED) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & BMI1_AVX2_BMI2) != BMI1_AVX2_BMI2) return 0;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & LZCNT);
}

#endif

/* Fills the table. disabled: 0, or the names of features to do without, separated by commas; borrowed.
 * -1 and no change if a name is unknown. A name is known on every machine, so that one setting can be
 * handed to a mixed fleet. */
static inline int la_dispatch_init(const char *disabled)
{
    static const char avx2[] = "avx2";
    int without_avx2 = 0;
    const char *name = disabled ? disabled : "";
    for (;;) {
        size_t n = 0;
        while (name[n] && name[n] != ',') n++;
        if (n == sizeof avx2 - 1 && memcmp(name, avx2, n) == 0) without_avx2 = 1;
        else if (n) return -1;
        if (!name[n]) break;
        name += n + 1;
    }
    la_kernels = (struct la_dispatch)LA_KERNELS_BASELINE;
#if defined(LA_HAVE_AVX2)
    if (!without_avx2 && la_cpu_has_avx2())
        la_kernels = (struct la_dispatch){la_base64_decode_avx2, la_utf8_valid_avx2, la_escaped_copy_avx2,
                                          la_escaped_skip_avx2, "avx2"};
#else
    (void)without_avx2;
#endif
    return 0;
}

/* "avx2", "sse2", "neon" or "scalar": what the table holds. Static. */
static inline const char *la_dispatch_name(void)
{
    return la_kernels.name;
}

/* See base64.h for what it promises. */
static inline enum la_status la_base64_decode(const uint8_t **p, const uint8_t *end, uint8_t **out)
{
    return la_kernels.base64_decode(p, end, out);
}

/* n if the n bytes at p, borrowed, are UTF-8, else the offset of the first byte of the first
 * sequence that is not. */
static inline size_t la_utf8_valid(const uint8_t *p, size_t n)
{
    return la_kernels.utf8_valid(p, n);
}

/* See escaped.h for what these two promise. */
static inline const uint8_t *la_escaped_copy(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high)
{
    return la_kernels.escaped_copy(p, end, out, high);
}

static inline const uint8_t *la_escaped_skip(const uint8_t *p, const uint8_t *end)
{
    return la_kernels.escaped_skip(p, end);
}

#endif
