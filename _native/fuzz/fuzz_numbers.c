/* Numbers: the grammar by a second reading of it, integers by 128-bit arithmetic, doubles by strtod. */
#include <locale.h>

#include "kernels/float.h"
#include "kernels/integer.h"
#include "kernels/number.h"

#include "kernel.h"

/* The end of the number at p, or NULL with the byte that cannot be in *bad. text: the lenient form. */
static const uint8_t *reference_number(const uint8_t *p, const uint8_t *end, bool text, bool *integer, const uint8_t **bad)
{
    const uint8_t *digits;
    *integer = true;
    if (p < end && (*p == '-' || (text && *p == '+')))
        p++;
    for (digits = p; p < end && *p >= '0' && *p <= '9'; p++)
        if (!text && p > digits && *digits == '0') {
            *bad = digits + 1;
            return NULL;
        }
    size_t whole = (size_t)(p - digits), fraction = 0;
    *bad = p;
    if (!text && !whole)
        return NULL;
    if (p < end && *p == '.') {
        *integer = false;
        for (p++; p < end && *p >= '0' && *p <= '9'; p++)
            fraction++;
        *bad = p;
        if (!text && !fraction)
            return NULL;
    }
    if (!(whole + fraction))
        return NULL;
    if (p < end && (*p == 'e' || *p == 'E')) {
        *integer = false;
        p++;
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        const uint8_t *first = p;
        while (p < end && *p >= '0' && *p <= '9')
            p++;
        *bad = p;
        if (p == first)
            return NULL;
    }
    return p;
}

/* The integer of the text, kept above any 64-bit one when it is larger. */
static __int128 reference_integer(const uint8_t *p, const uint8_t *end)
{
    bool negative = *p == '-';
    __int128 value = 0;
    for (p += *p == '-' || *p == '+'; p < end; p++)
        if (value < (__int128)1 << 100)
            value = value * 10 + (*p - '0');
    return negative ? -value : value;
}

static void check_integers(const la_number *number, bool integer)
{
    static const int widths[] = { 8, 16, 32, 64 };
    __int128 value = integer ? reference_integer(number->start, number->end) : 0;
    for (int k = 0; k < 4; k++) {
        int64_t hi = (int64_t)(UINT64_MAX >> (65 - widths[k])), signed_out = 77;
        uint64_t top = UINT64_MAX >> (64 - widths[k]), unsigned_out = 77;
        enum la_status status = la_int64(number, -hi - 1, hi, &signed_out);
        CHECK(status == (!integer ? LA_SYNTAX : value < -(__int128)hi - 1 || value > hi ? LA_RANGE : LA_OK));
        CHECK(status != LA_OK || signed_out == (int64_t)value);
        status = la_uint64(number, top, &unsigned_out);
        CHECK(status == (!integer ? LA_SYNTAX : value < 0 || value > (__int128)top ? LA_RANGE : LA_OK));
        CHECK(status != LA_OK || unsigned_out == (uint64_t)value);
    }
}

static void check_double(const la_number *number, const char *text)
{
    static locale_t plain;
    if (!plain)
        plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double expected = strtod_l(text, NULL, plain), value = 0;
    int need_slow = 0;
    enum la_status status = la_float64(number, &value, &need_slow);
    if (need_slow) {
        char bounded[LA_FLOAT_TEXT_MAX];
        CHECK(la_float_bounded_copy(number, bounded) < sizeof bounded);
        value = strtod_l(bounded, NULL, plain);
        status = __builtin_isinf(value) ? LA_RANGE : LA_OK;
    }
    CHECK(status == (__builtin_isinf(expected) ? LA_RANGE : LA_OK));
    CHECK(status != LA_OK || !memcmp(&value, &expected, sizeof value));
}

static void check_number(const uint8_t *p, const uint8_t *end, bool text)
{
    static char copy[KERNEL_MAX + 1];
    const uint8_t *bad = NULL, *expected_bad;
    bool integer;
    la_number number;
    const uint8_t *expected = reference_number(p, end, text, &integer, &expected_bad);
    const uint8_t *found;
    if (text) {
        found = la_number_scan_text(p, end, &number);
        expected = expected == end ? expected : NULL;
    } else {
        found = la_number_scan(p, end, &number);
        CHECK(la_number_skip(p, end, &bad) == expected);
        CHECK(expected || bad == expected_bad);
    }
    CHECK(found == expected);
    if (!found)
        return;
    CHECK(number.start == p && number.end == found && number.integer == integer && number.negative == (*p == '-'));
    memcpy(copy, p, (size_t)(found - p));
    copy[found - p] = 0;
    check_integers(&number, integer);
    check_double(&number, copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > KERNEL_MAX)
        return 0;
    for (unsigned where = 0; where < 2; where++) {
        const uint8_t *p = kernel_text(data, size, where ? where + (unsigned)size : 0);
        check_number(p, p + size, false);
        check_number(p, p + size, true);
    }
    return 0;
}
