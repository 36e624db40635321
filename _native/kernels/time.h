/* Times as counts of a unit since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, which
 * is what an Arrow timestamp holds. Everything is integer arithmetic: a time is exact or refused.
 *
 * A date or time of day that does not exist (February 30, 24:00) is LA_SYNTAX, as in RFC 3339,
 * section 5.7; LA_RANGE is for a time that does exist and does not fit an int64. Where several
 * things are wrong the order is: LA_SYNTAX, the offset, LA_INEXACT, LA_RANGE. */
#ifndef LA_KERNELS_TIME_H
#define LA_KERNELS_TIME_H

#include <stdint.h>

#include "decimal.h"
#include "number.h"
#include "status.h"

enum la_time_unit { LA_SECOND, LA_MILLI, LA_MICRO, LA_NANO };

enum {
    LA_ZONE_REQUIRED,   /* a column with a zone: the text must have an offset */
    LA_ZONE_ASSUME_UTC, /* the same, and a text without an offset is UTC */
    LA_ZONE_NONE,       /* a column without a zone: the text must not have an offset */
};

enum {
    LA_DATE_LENGTH = 10,   /* YYYY-MM-DD */
    LA_EPOCH_DAY = 719528, /* 1970-01-01, counted from 0000-01-01 */
};

/* Two digits as a number, or 100, which no field of a date or time allows. */
static inline unsigned la_time_two(const uint8_t *p)
{
    unsigned tens = (unsigned)p[0] - '0', ones = (unsigned)p[1] - '0';
    return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100;
}

/* The ten bytes at p, which the caller has checked to exist, as days since 1970-01-01. */
static inline enum la_status la_time_date(const uint8_t *p, int32_t *days)
{
    static const uint16_t before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    unsigned century = la_time_two(p), of_century = la_time_two(p + 2);
    unsigned month = la_time_two(p + 5), day = la_time_two(p + 8);
    if (century > 99 || of_century > 99 || p[4] != '-' || p[7] != '-') return LA_SYNTAX;
    if (month - 1 > 11) return LA_SYNTAX;
    int32_t year = (int32_t)(century * 100 + of_century);
    unsigned leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    unsigned length = (unsigned)(before[month + 1] - before[month]) + (month == 2 ? leap : 0);
    if (day - 1 >= length) return LA_SYNTAX;
    /* The leap years before this one, of which year 0 is the first: */
    int32_t leaps = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    *days = year * 365 + leaps - LA_EPOCH_DAY + (int32_t)(before[month] + (month > 2 ? leap : 0) + day - 1);
    return LA_OK;
}

/* YYYY-MM-DD, the whole of [p, end). */
static inline enum la_status la_date_iso(const uint8_t *p, const uint8_t *end, int32_t *days)
{
    return end - p == LA_DATE_LENGTH ? la_time_date(p, days) : LA_SYNTAX;
}

/* The digits after a point, as a count of the unit; *lost gets a bit if a finer digit is not zero.
 * Returns the byte after them, or NULL if there is none. */
static inline const uint8_t *la_time_fraction(const uint8_t *p, const uint8_t *end, enum la_time_unit unit,
                                              uint64_t *fraction, uint8_t *lost)
{
    const uint8_t *first = p;
    unsigned width = 3u * (unsigned)unit, kept = 0;
    for (; p < end; p++) {
        uint8_t d = (uint8_t)(*p - '0');
        if (d > 9) break;
        if (kept < width) {
            *fraction = *fraction * 10 + d;
            kept++;
        } else {
            *lost |= d;
        }
    }
    *fraction *= la_power_of_ten(width - kept);
    return p == first ? NULL : p;
}

/* The offset that is the whole of [p, end): Z, +HH, +HHMM or +HH:MM. It is the local time's lead over
 * UTC, in seconds. "-00:00" is UTC (RFC 3339, section 4.3: the place is unknown, the time is not). */
static inline enum la_status la_time_offset(const uint8_t *p, const uint8_t *end, int32_t *offset)
{
    ptrdiff_t length = end - p;
    *offset = 0;
    if (length == 1) return *p == 'Z' || *p == 'z' ? LA_OK : LA_SYNTAX;
    if (length != 3 && length != 5 && length != 6) return LA_SYNTAX;
    if ((*p != '+' && *p != '-') || (length == 6 && p[3] != ':')) return LA_SYNTAX;
    unsigned hours = la_time_two(p + 1), minutes = length == 3 ? 0 : la_time_two(end - 2);
    if (hours > 23 || minutes > 59) return LA_SYNTAX;
    *offset = (int32_t)(hours * 3600 + minutes * 60);
    if (*p == '-') *offset = -*offset;
    return LA_OK;
}

/* ISO 8601, the whole of [p, end): YYYY-MM-DD[(T|t|space)HH:MM[:SS[.digits]][offset]]. */
static inline enum la_status la_time_iso(const uint8_t *p, const uint8_t *end, enum la_time_unit unit,
                                         int zone, int64_t *out)
{
    int32_t days, offset = 0;
    uint64_t fraction = 0;
    uint8_t lost = 0;
    int with_offset = 0;
    if (end - p < LA_DATE_LENGTH || la_time_date(p, &days) != LA_OK) return LA_SYNTAX;
    int64_t seconds = (int64_t)days * 86400;
    p += LA_DATE_LENGTH;

    if (p < end) {
        if (end - p < 6 || (*p != 'T' && *p != 't' && *p != ' ') || p[3] != ':') return LA_SYNTAX;
        unsigned hour = la_time_two(p + 1), minute = la_time_two(p + 4), second = 0;
        p += 6;
        if (p < end && *p == ':') {
            if (end - p < 3) return LA_SYNTAX;
            second = la_time_two(p + 1);
            p += 3;
            if (p < end && *p == '.') {
                p = la_time_fraction(p + 1, end, unit, &fraction, &lost);
                if (!p) return LA_SYNTAX;
            }
        }
        /* Second 60 is refused: this count has no leap seconds, so 23:59:60 could only become the
         * midnight after it, another time. So is 24:00, which would name one instant twice. */
        if (hour > 23 || minute > 59 || second > 59) return LA_SYNTAX;
        seconds += (int64_t)(hour * 3600 + minute * 60 + second);
        if (p < end) {
            with_offset = 1;
            if (la_time_offset(p, end, &offset) != LA_OK) return LA_SYNTAX;
        }
    }

    if (zone == LA_ZONE_NONE && with_offset) return LA_OFFSET_PRESENT;
    if (zone == LA_ZONE_REQUIRED && !with_offset) return LA_OFFSET_MISSING;
    if (lost) return LA_INEXACT;
    /* In 128 bits: near the lower bound the whole seconds alone pass it and the fraction returns. */
    int64_t per_second = (int64_t)la_power_of_ten(3u * (unsigned)unit);
    __int128 count = (__int128)(seconds - offset) * per_second + (int64_t)fraction;
    if (count < INT64_MIN || count > INT64_MAX) return LA_RANGE;
    *out = (int64_t)count;
    return LA_OK;
}

/* A number of `epoch` units since 1970 as a count of `unit`, from its decimal digits: LA_INEXACT if
 * one finer than the unit is not zero. */
static inline enum la_status la_time_epoch(const la_number *n, enum la_time_unit epoch,
                                           enum la_time_unit unit, int64_t *out)
{
    la_unscaled digits;
    /* With 19 digits at most all of them are in the head and the zeros, and their product is < 2^64. */
    enum la_status status = la_unscale(n, LA_MANTISSA_DIGITS, 3 * ((int)unit - (int)epoch), &digits);
    if (status != LA_OK) return status;
    uint64_t count = digits.head * la_power_of_ten((unsigned)digits.zeros);
    if (count > (uint64_t)INT64_MAX + n->negative) return LA_RANGE;
    *out = (int64_t)(n->negative ? 0 - count : count);
    return LA_OK;
}

#endif
