/* Decimals: two bytes say precision and scale, the rest is the number; schoolbook arithmetic on
 * strings of digits says what must come out. */
#include "kernels/decimal.h"

#include "kernel.h"

enum { DIGITS = 200 };

/* value * 10^scale as at most `precision` digits, most significant first. */
static enum la_status reference_decimal(const uint8_t *p, const uint8_t *end, int precision, int scale, uint8_t *digits, int *n)
{
    static uint8_t all[KERNEL_MAX];
    int64_t count = 0, exponent = 0, power = 0;
    bool point = false, below;
    for (; p < end && (*p | 32) != 'e'; p++) {
        if (*p == '.')
            point = true;
        else if (*p >= '0' && *p <= '9') {
            all[count++] = (uint8_t)(*p - '0');
            exponent -= point;
        }
    }
    if (p < end) {
        p++;
        below = *p == '-';
        for (p += *p == '-' || *p == '+'; p < end; p++)
            power = power < INT64_C(1000000000000) ? power * 10 + (*p - '0') : power;
        exponent += below ? -power : power;
    }
    exponent += scale;
    const uint8_t *first = all;
    for (; count && !*first; first++)
        count--;
    for (; count && !first[count - 1]; count--)
        exponent++;
    *n = 0;
    if (!count)
        return LA_OK;
    if (exponent < 0)
        return LA_INEXACT;
    if (count + exponent > precision)
        return LA_RANGE;
    for (int64_t k = 0; k < count + exponent; k++)
        digits[(*n)++] = k < count ? first[k] : 0;
    return LA_OK;
}

/* The digits as a two's complement number of `width` bytes. */
static void reference_bytes(const uint8_t *digits, int n, bool negative, uint8_t *out, int width)
{
    memset(out, 0, (size_t)width);
    for (int k = 0; k < n; k++) {
        unsigned carry = digits[k];
        for (int j = 0; j < width; j++) {
            carry += out[j] * 10u;
            out[j] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    unsigned carry = 1;
    for (int j = 0; negative && j < width; j++) {
        carry += (uint8_t)~out[j];
        out[j] = (uint8_t)carry;
        carry >>= 8;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > KERNEL_MAX)
        return 0;
    const uint8_t *p = kernel_text(data + 2, size - 2, 0), *end = p + size - 2;
    la_number number;
    for (int text = 0; text < 2; text++) {
        const uint8_t *found = text ? la_number_scan_text(p, end, &number) : la_number_scan(p, end, &number);
        if (!found)
            continue;
        for (int wide = 0; wide < 2; wide++) {
            int precision = 1 + data[0] % (wide ? 76 : 38), scale = data[1] % 153 - 76, n, width = wide ? 32 : 16;
            uint8_t digits[DIGITS], expected[32], *value = kernel_room((size_t)width);
            enum la_status wanted = reference_decimal(p, found, precision, scale, digits, &n);
            enum la_status status = wide ? la_decimal256(&number, precision, scale, value)
                                         : la_decimal128(&number, precision, scale, value);
            CHECK(status == wanted);
            if (status != LA_OK)
                continue;
            reference_bytes(digits, n, *p == '-', expected, width);
            CHECK(!memcmp(value, expected, (size_t)width));
        }
    }
    return 0;
}
