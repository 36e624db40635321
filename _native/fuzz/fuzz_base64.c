/* Base64: all decoders stop at the same byte with the same fault and the same bytes, those of RFC 4648
 * digit by digit, and write no further than they say. */
#include "kernels/dispatch.h"

#include "kernel.h"

typedef enum la_status decoder(const uint8_t **p, const uint8_t *end, uint8_t **out);

/* Strict decoding, one digit at a time. Returns the stop; bytes at out. */
static const uint8_t *reference_base64(const uint8_t *p, const uint8_t *end, uint8_t *out, size_t *n, enum la_status *status)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned held = 0;
    const uint8_t *last = p;
    *n = 0;
    *status = LA_OK;
    for (const char *digit; p < end && *p && (digit = strchr(alphabet, *p)); p++) {
        last = p;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[(*n)++] = (uint8_t)(bits >> held);
            bits &= (1u << held) - 1;
        }
    }
    unsigned pads = held == 4 ? 2 : held == 2 ? 1 : 0;
    if (held == 6) {
        *status = p < end && *p == '=' ? LA_PADDING : LA_LENGTH;
        return p;
    }
    for (unsigned k = 0; k < pads; k++, p++)
        if (p == end || *p != '=') {
            *status = LA_PADDING;
            return p;
        }
    if (p < end && *p == '=')
        *status = LA_PADDING;
    else if (bits) {
        *status = LA_SPARE_BITS;
        return last;
    }
    return p;
}

static void compare(decoder *decode, const uint8_t *p, const uint8_t *end, const uint8_t *stop, enum la_status status,
                    const uint8_t *bytes, size_t n)
{
    size_t digits = 0;
    while (p + digits < end && (p[digits] == '+' || p[digits] == '/' || (p[digits] >= '0' && p[digits] <= '9') ||
                                ((p[digits] | 32) >= 'a' && (p[digits] | 32) <= 'z')))
        digits++;
    uint8_t *room = kernel_room((digits + 3) / 4 * 3 + LA_BASE64_SLACK), *out = room;
    const uint8_t *at = p;
    CHECK(decode(&at, end, &out) == status);
    CHECK(at == stop);
    if (status == LA_OK)
        CHECK((size_t)(out - room) == n && !memcmp(room, bytes, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[KERNEL_MAX];
    if (size > KERNEL_MAX)
        return 0;
    for (unsigned where = 0; where < 3; where++) {
        const uint8_t *p = kernel_text(data, size, where ? where + (unsigned)size : 0), *end = p + size;
        enum la_status status;
        size_t n;
        const uint8_t *stop = reference_base64(p, end, bytes, &n, &status);
        compare(la_base64_decode_scalar, p, end, stop, status, bytes, n);
        compare(la_base64_decode_baseline, p, end, stop, status, bytes, n);
#if defined(LA_HAVE_AVX2)
        if (la_cpu_has_avx2())
            compare(la_base64_decode_avx2, p, end, stop, status, bytes, n);
#endif
        compare(la_base64_decode, p, end, stop, status, bytes, n);
    }
    return 0;
}
