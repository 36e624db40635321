# cython: language_level=3, embedsignature=False
"""Opens the number and time kernels to tests. Never shipped.

Every input is copied flush against an inaccessible page, so that a kernel that reads a single byte
at or beyond its end crashes the test run.
"""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from "sys/mman.h" nogil:
    void *mmap(void *address, size_t length, int protection, int flags, int file, long offset)
    int munmap(void *address, size_t length)
    int mprotect(void *address, size_t length, int protection)
    enum:
        PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS
    void *MAP_FAILED

cdef extern from "kernels/status.h" nogil:
    enum la_status:
        LA_OK, LA_SYNTAX, LA_RANGE, LA_INEXACT, LA_OFFSET_MISSING, LA_OFFSET_PRESENT

cdef extern from "kernels/number.h" nogil:
    ctypedef struct la_number:
        const uint8_t *start
        const uint8_t *end
        uint64_t mantissa
        int64_t exponent
        uint8_t negative
        uint8_t integer
        uint8_t truncated
    const uint8_t *la_number_scan(const uint8_t *p, const uint8_t *end, la_number *out)
    const uint8_t *la_number_skip(const uint8_t *p, const uint8_t *end, const uint8_t **bad)
    const uint8_t *la_number_scan_text(const uint8_t *p, const uint8_t *end, la_number *out)

cdef extern from "kernels/integer.h" nogil:
    la_status la_int64(const la_number *n, int64_t lo, int64_t hi, int64_t *out)
    la_status la_uint64(const la_number *n, uint64_t hi, uint64_t *out)

cdef extern from "kernels/float.h" nogil:
    enum:
        LA_FLOAT_TEXT_MAX
    la_status la_float64(const la_number *n, double *out, int *need_slow)
    size_t la_float_bounded_copy(const la_number *n, char *out)

cdef extern from "kernels/decimal.h" nogil:
    la_status la_decimal128(const la_number *n, int precision, int scale, uint8_t *out)
    la_status la_decimal256(const la_number *n, int precision, int scale, uint8_t *out)

cdef extern from "kernels/time.h" nogil:
    enum la_time_unit:
        LA_SECOND, LA_MILLI, LA_MICRO, LA_NANO
    enum:
        LA_ZONE_REQUIRED, LA_ZONE_ASSUME_UTC, LA_ZONE_NONE
    la_status la_time_iso(const uint8_t *p, const uint8_t *end, la_time_unit unit, int zone, int64_t *out)
    la_status la_time_epoch(const la_number *n, la_time_unit epoch, la_time_unit unit, int64_t *out)
    la_status la_date_iso(const uint8_t *p, const uint8_t *end, int32_t *days)

cdef dict _STATUS = {
    LA_OK: "ok",
    LA_SYNTAX: "syntax",
    LA_RANGE: "range",
    LA_INEXACT: "inexact",
    LA_OFFSET_MISSING: "offset missing",
    LA_OFFSET_PRESENT: "offset present",
}
cdef dict _UNITS = {"s": LA_SECOND, "ms": LA_MILLI, "us": LA_MICRO, "ns": LA_NANO}
cdef dict _ZONES = {"required": LA_ZONE_REQUIRED, "assume": LA_ZONE_ASSUME_UTC, "none": LA_ZONE_NONE}

# A page of this size is inaccessible whatever the machine's own page size (at most 64 KiB).
cdef size_t _GUARD = 65536
cdef size_t _room = 0
cdef uint8_t *_region = NULL


cdef const uint8_t *_flush(bytes text, const uint8_t **end) except NULL:
    """Where `text` begins, in a region of ours, so that it ends where the guard page begins. Valid
    until the next call."""
    global _room, _region
    cdef size_t length = len(text)
    if _region == NULL or length > _room:
        if _region != NULL:
            munmap(_region, _room + _GUARD)
        _room = (length // _GUARD + 1) * _GUARD
        _region = <uint8_t *>mmap(
            NULL, _room + _GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
        )
        if <void *>_region == MAP_FAILED or mprotect(_region + _room, _GUARD, PROT_NONE) != 0:
            _region = NULL
            raise MemoryError("no guarded region")
    end[0] = _region + _room
    memcpy(_region + _room - length, <const char *>text, length)
    return _region + _room - length


cdef bint _scanned(bytes text, bint lenient, la_number *n) except -1:
    """Whether the whole of `text` is a number of the grammar."""
    cdef const uint8_t *end
    cdef const uint8_t *p = _flush(text, &end)
    cdef const uint8_t *after = la_number_scan_text(p, end, n) if lenient else la_number_scan(p, end, n)
    return after == end and after != NULL


cdef tuple _parts(la_number *n, const uint8_t *begin, const uint8_t *after):
    return after - begin, n.mantissa, n.exponent, bool(n.negative), bool(n.integer), bool(n.truncated)


def number_scan(bytes text):
    """(length, mantissa, exponent, negative, integer, truncated) of the number at the front, or None."""
    cdef la_number n
    cdef const uint8_t *end
    cdef const uint8_t *p = _flush(text, &end)
    cdef const uint8_t *after = la_number_scan(p, end, &n)
    if after == NULL:
        return None
    assert n.start == p and n.end == after
    return _parts(&n, p, after)


def number_scan_text(bytes text):
    """The same for a text that must be a number as a whole, in the wider grammar."""
    cdef la_number n
    cdef const uint8_t *end
    cdef const uint8_t *p = _flush(text, &end)
    cdef const uint8_t *after = la_number_scan_text(p, end, &n)
    if after == NULL:
        return None
    assert n.start == p and n.end == after
    return _parts(&n, p, after)


def number_skip(bytes text):
    """("ok", length) or ("bad", offset of the offending byte)."""
    cdef const uint8_t *end
    cdef const uint8_t *bad = NULL
    cdef const uint8_t *p = _flush(text, &end)
    cdef const uint8_t *after = la_number_skip(p, end, &bad)
    return ("ok", after - p) if after != NULL else ("bad", bad - p)


def int64(bytes text, lo=-(1 << 63), hi=(1 << 63) - 1, lenient=False):
    """(status, value or None), as of every function below. ("not a number", None) is the grammar's."""
    cdef la_number n
    cdef int64_t value = 0
    if not _scanned(text, lenient, &n):
        return "not a number", None
    cdef la_status status = la_int64(&n, lo, hi, &value)
    return _STATUS[status], value if status == LA_OK else None


def uint64(bytes text, hi=(1 << 64) - 1, lenient=False):
    cdef la_number n
    cdef uint64_t value = 0
    if not _scanned(text, lenient, &n):
        return "not a number", None
    cdef la_status status = la_uint64(&n, hi, &value)
    return _STATUS[status], value if status == LA_OK else None


def float64(bytes text, lenient=False):
    """("slow", None) where the kernel asks for strtod."""
    cdef la_number n
    cdef double value = 0
    cdef int slow = 7
    if not _scanned(text, lenient, &n):
        return "not a number", None
    cdef la_status status = la_float64(&n, &value, &slow)
    assert slow == 0 or slow == 1
    if slow:
        assert status == LA_OK
        return "slow", None
    return _STATUS[status], value if status == LA_OK else None


def float_bounded_copy(bytes text, lenient=False):
    """The text for strtod; it fits its bound."""
    cdef la_number n
    cdef char copy[LA_FLOAT_TEXT_MAX + 1]
    if not _scanned(text, lenient, &n):
        raise ValueError(text)
    copy[LA_FLOAT_TEXT_MAX] = 0x55
    cdef size_t length = la_float_bounded_copy(&n, copy)
    assert length < LA_FLOAT_TEXT_MAX and copy[length] == 0 and copy[LA_FLOAT_TEXT_MAX] == 0x55
    return copy[:length]


cdef object _integer(bytes out):
    return int.from_bytes(out, "little", signed=True)


def decimal128(bytes text, int precision, int scale, lenient=False):
    """The value is the unscaled integer."""
    cdef la_number n
    cdef uint8_t out[16]
    if not _scanned(text, lenient, &n):
        return "not a number", None
    cdef la_status status = la_decimal128(&n, precision, scale, out)
    return _STATUS[status], _integer((<char *>out)[:16]) if status == LA_OK else None


def decimal256(bytes text, int precision, int scale, lenient=False):
    cdef la_number n
    cdef uint8_t out[32]
    if not _scanned(text, lenient, &n):
        return "not a number", None
    cdef la_status status = la_decimal256(&n, precision, scale, out)
    return _STATUS[status], _integer((<char *>out)[:32]) if status == LA_OK else None


def time_iso(bytes text, unit="ms", zone="required"):
    cdef int64_t value = 0
    cdef const uint8_t *end
    cdef const uint8_t *p = _flush(text, &end)
    cdef int which = _UNITS[unit]
    cdef la_status status = la_time_iso(p, end, <la_time_unit>which, _ZONES[zone], &value)
    return _STATUS[status], value if status == LA_OK else None


def time_epoch(bytes text, epoch="s", unit="ms", lenient=False):
    cdef la_number n
    cdef int64_t value = 0
    if not _scanned(text, lenient, &n):
        return "not a number", None
    cdef int since = _UNITS[epoch]
    cdef int which = _UNITS[unit]
    cdef la_status status = la_time_epoch(&n, <la_time_unit>since, <la_time_unit>which, &value)
    return _STATUS[status], value if status == LA_OK else None


def date_iso(bytes text):
    cdef int32_t days = 0
    cdef const uint8_t *end
    cdef const uint8_t *p = _flush(text, &end)
    cdef la_status status = la_date_iso(p, end, &days)
    return _STATUS[status], days if status == LA_OK else None
