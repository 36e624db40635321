/* Times: two bytes say units and zone, the rest is the text; libc's calendar says what must come out. */
#include <time.h>

#include "kernels/number.h"
#include "kernels/time.h"

#include "kernel.h"

/* n digits at *p as a number, or -1. Moves *p. */
static int take_digits(const uint8_t **p, const uint8_t *end, int n)
{
    int value = 0;
    for (; n; n--, ++*p) {
        if (*p >= end || **p < '0' || **p > '9')
            return -1;
        value = value * 10 + (**p - '0');
    }
    return value;
}

static bool take(const uint8_t **p, const uint8_t *end, const char *any)
{
    if (*p >= end || !**p || !strchr(any, **p))
        return false;
    ++*p;
    return true;
}

/* Seconds since 1970 of a date that exists, by timegm, which normalises the ones that do not. */
static bool reference_date(const uint8_t **p, const uint8_t *end, int64_t *seconds)
{
    int year = take_digits(p, end, 4), month, day;
    if (year < 0 || !take(p, end, "-") || (month = take_digits(p, end, 2)) < 0 || !take(p, end, "-") ||
        (day = take_digits(p, end, 2)) < 0)
        return false;
    struct tm date = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
    *seconds = timegm(&date);
    return date.tm_year == year - 1900 && date.tm_mon == month - 1 && date.tm_mday == day;
}

static enum la_status reference_time(const uint8_t *p, const uint8_t *end, int unit, int zone, int64_t *out)
{
    int64_t seconds;
    int hour = 0, minute = 0, second = 0, offset = 0, kept = 0;
    bool with_offset = false, lost = false;
    __int128 fraction = 0;
    if (!reference_date(&p, end, &seconds))
        return LA_SYNTAX;
    if (p < end) {
        if (!take(&p, end, "Tt ") || (hour = take_digits(&p, end, 2)) < 0 || !take(&p, end, ":") ||
            (minute = take_digits(&p, end, 2)) < 0)
            return LA_SYNTAX;
        if (take(&p, end, ":")) {
            if ((second = take_digits(&p, end, 2)) < 0)
                return LA_SYNTAX;
            if (take(&p, end, ".")) {
                if (p >= end || *p < '0' || *p > '9')
                    return LA_SYNTAX;
                for (; p < end && *p >= '0' && *p <= '9'; p++)
                    if (kept < 3 * unit) {
                        fraction = fraction * 10 + (*p - '0');
                        kept++;
                    } else {
                        lost |= *p != '0';
                    }
            }
        }
        if (hour > 23 || minute > 59 || second > 59)
            return LA_SYNTAX;
        with_offset = p < end;
        if (with_offset && !take(&p, end, "Zz")) {
            int sign = *p == '-' ? -1 : 1, hours, minutes = 0;
            if (!take(&p, end, "+-") || (hours = take_digits(&p, end, 2)) < 0)
                return LA_SYNTAX;
            if (p < end) {
                take(&p, end, ":");
                if ((minutes = take_digits(&p, end, 2)) < 0)
                    return LA_SYNTAX;
            }
            if (hours > 23 || minutes > 59)
                return LA_SYNTAX;
            offset = sign * (hours * 3600 + minutes * 60);
        }
        if (p < end)
            return LA_SYNTAX;
    }
    if (zone == LA_ZONE_NONE && with_offset)
        return LA_OFFSET_PRESENT;
    if (zone == LA_ZONE_REQUIRED && !with_offset)
        return LA_OFFSET_MISSING;
    if (lost)
        return LA_INEXACT;
    __int128 per_second = 1, count;
    for (int k = 0; k < 3 * unit; k++) {
        per_second *= 10;
        if (k >= kept)
            fraction *= 10;
    }
    count = ((__int128)seconds + hour * 3600 + minute * 60 + second - offset) * per_second + fraction;
    if (count < INT64_MIN || count > INT64_MAX)
        return LA_RANGE;
    *out = (int64_t)count;
    return LA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > KERNEL_MAX)
        return 0;
    const uint8_t *p = kernel_text(data + 2, size - 2, 0), *end = p + size - 2, *at = p;
    int unit = data[0] & 3, epoch = data[0] >> 2 & 3, zone = data[1] % 3;
    int64_t expected = 77, value = 77, seconds;
    enum la_status wanted = reference_time(p, end, unit, zone, &expected);
    CHECK(la_time_iso(p, end, (enum la_time_unit)unit, zone, &value) == wanted && value == expected);
    int32_t days = 77;
    bool is_date = reference_date(&at, end, &seconds) && at == end;
    CHECK(la_date_iso(p, end, &days) == (is_date ? LA_OK : LA_SYNTAX) && (!is_date || (int64_t)days * 86400 == seconds));

    /* A number of units: exact decimals of the difference in scale say the same. */
    la_number number;
    if (!la_number_scan(p, end, &number))
        return 0;
    unsigned __int128 bits = 0;
    wanted = la_decimal128(&number, LA_MANTISSA_DIGITS, 3 * (unit - epoch), (uint8_t *)&bits);
    if (wanted == LA_OK && ((__int128)bits < INT64_MIN || (__int128)bits > INT64_MAX))
        wanted = LA_RANGE;
    CHECK(la_time_epoch(&number, (enum la_time_unit)epoch, (enum la_time_unit)unit, &value) == wanted);
    CHECK(wanted != LA_OK || value == (int64_t)(__int128)bits);
    return 0;
}
