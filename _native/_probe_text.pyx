# cython: language_level=3, boundscheck=False, wraparound=False
"""The text kernels, opened to the tests; never shipped.

Every input lies against an inaccessible page: its end `gap` bytes before one, or (`front=True`) its
start right behind one. Every output has exactly the room that its kernel's contract asks for, also
against such a page. So a read or a write out of bounds ends the process instead of going unnoticed.
"""
from libc.stdint cimport uint8_t, uint32_t

cdef extern from *:
    """
    #include <sys/mman.h>
    #include <unistd.h>
    #include "kernels/dispatch.h"
    #include "kernels/escaped.h"
    #include "kernels/form.h"
    #include "kernels/md5.h"
    #include "kernels/scan.h"
    #include "kernels/unescape.h"

    /* Pages of which the first and the last cannot be touched. */
    typedef struct { uint8_t *map, *front, *back; size_t size; } la_guarded;

    static int la_guard_open(la_guarded *g, size_t room)
    {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t inner = (room + page) / page * page;
        g->size = inner + 2 * page;
        g->map = mmap(0, g->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (g->map == MAP_FAILED) return -1;
        g->front = g->map + page;
        g->back = g->front + inner;
        return mprotect(g->front, inner, PROT_READ | PROT_WRITE);
    }

    static void la_guard_close(la_guarded *g) { munmap(g->map, g->size); }

    #if defined(LA_HAVE_AVX2)
    #define LA_PROBE_AVX2 la_cpu_has_avx2()
    #else
    #define LA_PROBE_AVX2 0
    #define la_base64_decode_avx2 la_base64_decode_baseline
    #define la_utf8_valid_avx2 la_utf8_valid_baseline
    #define la_escaped_copy_avx2 la_escaped_copy_baseline
    #define la_escaped_skip_avx2 la_escaped_skip_baseline
    #endif
    """
    ctypedef struct la_guarded:
        uint8_t *front
        uint8_t *back
    int la_guard_open(la_guarded *g, size_t room) noexcept
    void la_guard_close(la_guarded *g) noexcept
    int LA_PROBE_AVX2
    void *memcpy(void *to, const void *source, size_t n) noexcept
    void *memset(void *to, int byte, size_t n) noexcept

    enum la_status:
        LA_OK, LA_SYNTAX, LA_SURROGATE, LA_LENGTH, LA_PADDING, LA_SPARE_BITS
    size_t LA_SCAN_SLACK_ROOM "LA_SCAN_SLACK"
    size_t LA_BASE64_SLACK_ROOM "LA_BASE64_SLACK"

    const uint8_t *la_string_copy(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                  uint32_t *high) noexcept
    const uint8_t *la_string_find(const uint8_t *p, const uint8_t *end, uint32_t *high) noexcept
    const uint8_t *la_space_skip(const uint8_t *p, const uint8_t *end) noexcept
    int la_starts_with(const uint8_t *p, const uint8_t *end, const uint8_t *text, size_t n) noexcept
    const uint8_t *la_unescape(const uint8_t *p, const uint8_t *end, uint8_t **out,
                               la_status *status) noexcept
    const uint8_t *la_escape_skip(const uint8_t *p, const uint8_t *end) noexcept
    size_t LA_ESCAPED_ROOM
    const uint8_t *la_escaped_copy(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high) noexcept
    const uint8_t *la_escaped_copy_baseline(const uint8_t *p, const uint8_t *end, uint8_t **out,
                                            uint32_t *high) noexcept
    const uint8_t *la_escaped_copy_avx2(const uint8_t *p, const uint8_t *end, uint8_t **out, uint32_t *high) noexcept
    const uint8_t *la_escaped_skip(const uint8_t *p, const uint8_t *end) noexcept
    const uint8_t *la_escaped_skip_baseline(const uint8_t *p, const uint8_t *end) noexcept
    const uint8_t *la_escaped_skip_avx2(const uint8_t *p, const uint8_t *end) noexcept
    size_t la_utf8_valid(const uint8_t *p, size_t n) noexcept
    size_t la_utf8_valid_baseline(const uint8_t *p, size_t n) noexcept
    size_t la_utf8_valid_avx2(const uint8_t *p, size_t n) noexcept
    la_status la_base64_decode(const uint8_t **p, const uint8_t *end, uint8_t **out) noexcept
    la_status la_base64_decode_baseline(const uint8_t **p, const uint8_t *end, uint8_t **out) noexcept
    la_status la_base64_decode_avx2(const uint8_t **p, const uint8_t *end, uint8_t **out) noexcept
    size_t LA_MD5_SIZE
    void la_md5(const uint8_t *p, size_t n, uint8_t *out) noexcept
    size_t la_form_decode(uint8_t *text, size_t n) noexcept
    int la_dispatch_init(const char *disabled) noexcept
    const char *la_dispatch_name() noexcept

OK, SYNTAX, SURROGATE = <int>LA_OK, <int>LA_SYNTAX, <int>LA_SURROGATE
LENGTH, PADDING, SPARE_BITS = <int>LA_LENGTH, <int>LA_PADDING, <int>LA_SPARE_BITS
SCAN_SLACK = LA_SCAN_SLACK_ROOM
ESCAPED_ROOM = LA_ESCAPED_ROOM
#: The variants this machine can run; "table" is whichever the dispatch table holds.
VARIANTS = ("baseline", "table", "avx2") if LA_PROBE_AVX2 else ("baseline", "table")


cdef class Guarded:
    """Pages with room for `room` bytes and an inaccessible page on both sides."""
    cdef la_guarded pages
    cdef const uint8_t *p
    cdef const uint8_t *end

    def __cinit__(self, size_t room):
        if la_guard_open(&self.pages, room) != 0:
            raise MemoryError
        self.p = self.end = self.pages.back

    def __dealloc__(self):
        la_guard_close(&self.pages)


cdef Guarded placed(bytes data, int gap=0, bint front=False):
    cdef size_t n = len(data)
    cdef Guarded guarded = Guarded(n + gap)
    cdef uint8_t *at = guarded.pages.front if front else guarded.pages.back - gap - n
    # Digits and plain content all around: whoever reads past an end inside the pages goes on.
    memset(guarded.pages.front, ord("A"), guarded.pages.back - guarded.pages.front)
    memcpy(at, <const char *>data, n)
    guarded.p = at
    guarded.end = at + n
    return guarded


cdef Guarded room_for(size_t n):
    cdef Guarded guarded = Guarded(n)
    guarded.p = guarded.pages.back - n
    return guarded


cdef bytes between(const uint8_t *start, const uint8_t *end):
    return (<const char *>start)[:end - start]


def string_copy(bytes data, int gap=0, bint front=False):
    """(stop, copied, high)"""
    cdef Guarded source = placed(data, gap, front)
    cdef Guarded target = room_for(len(data) + LA_SCAN_SLACK_ROOM)
    cdef uint8_t *out = <uint8_t *>target.p
    cdef uint32_t high = 0
    cdef const uint8_t *stop = la_string_copy(source.p, source.end, &out, &high)
    return stop - source.p, between(target.p, out), high != 0


def string_find(bytes data, int gap=0, bint front=False):
    """(stop, high)"""
    cdef Guarded source = placed(data, gap, front)
    cdef uint32_t high = 0
    cdef const uint8_t *stop = la_string_find(source.p, source.end, &high)
    return stop - source.p, high != 0


def space_skip(bytes data, int gap=0, bint front=False):
    cdef Guarded source = placed(data, gap, front)
    return la_space_skip(source.p, source.end) - source.p


def starts_with(bytes data, bytes text, int gap=0, bint front=False):
    cdef Guarded source = placed(data, gap, front)
    # The contract: 32 readable bytes or as many as the text has, and not one more.
    cdef Guarded prefix = placed(text.ljust(32, b"\xff"))
    return la_starts_with(source.p, source.end, prefix.p, len(text)) != 0


def unescape(bytes data, int gap=0, bint front=False):
    """(stop or None, written, status)"""
    cdef Guarded source = placed(data, gap, front)
    cdef Guarded target = room_for(4)
    cdef uint8_t *out = <uint8_t *>target.p
    cdef la_status status = LA_OK
    cdef const uint8_t *stop = la_unescape(source.p, source.end, &out, &status)
    return None if stop == NULL else stop - source.p, between(target.p, out), <int>status


def escape_skip(bytes data, int gap=0, bint front=False):
    cdef Guarded source = placed(data, gap, front)
    cdef const uint8_t *stop = la_escape_skip(source.p, source.end)
    return None if stop == NULL else stop - source.p


def escaped(bytes data, str variant, int gap=0, bint front=False):
    """(stop, copied, high, stop of the skip)"""
    cdef Guarded source = placed(data, gap, front)
    cdef Guarded target = room_for(len(data) + LA_SCAN_SLACK_ROOM)
    cdef uint8_t *out = <uint8_t *>target.p
    cdef uint32_t high = 0
    cdef const uint8_t *stop
    cdef const uint8_t *skipped
    if variant == "baseline":
        stop = la_escaped_copy_baseline(source.p, source.end, &out, &high)
        skipped = la_escaped_skip_baseline(source.p, source.end)
    elif variant == "table":
        stop = la_escaped_copy(source.p, source.end, &out, &high)
        skipped = la_escaped_skip(source.p, source.end)
    elif variant == "avx2" and LA_PROBE_AVX2:
        stop = la_escaped_copy_avx2(source.p, source.end, &out, &high)
        skipped = la_escaped_skip_avx2(source.p, source.end)
    else:
        raise ValueError(variant)
    return stop - source.p, between(target.p, out), high != 0, skipped - source.p


def utf8_valid(bytes data, str variant, int gap=0, bint front=False):
    cdef Guarded source = placed(data, gap, front)
    if variant == "baseline":
        return la_utf8_valid_baseline(source.p, len(data))
    if variant == "table":
        return la_utf8_valid(source.p, len(data))
    if variant == "avx2" and LA_PROBE_AVX2:
        return la_utf8_valid_avx2(source.p, len(data))
    raise ValueError(variant)


def base64_decode(bytes data, str variant, int gap=0, bint front=False):
    """(status, stop, decoded)"""
    cdef Guarded source = placed(data, gap, front)
    cdef Guarded target = room_for((len(data) + 3) // 4 * 3 + LA_BASE64_SLACK_ROOM)
    cdef uint8_t *out = <uint8_t *>target.p
    cdef const uint8_t *p = source.p
    cdef la_status status
    if variant == "baseline":
        status = la_base64_decode_baseline(&p, source.end, &out)
    elif variant == "table":
        status = la_base64_decode(&p, source.end, &out)
    elif variant == "avx2" and LA_PROBE_AVX2:
        status = la_base64_decode_avx2(&p, source.end, &out)
    else:
        raise ValueError(variant)
    return <int>status, p - source.p, between(target.p, out)


def md5(bytes data, int gap=0, bint front=False):
    cdef Guarded source = placed(data, gap, front)
    cdef Guarded target = room_for(LA_MD5_SIZE)
    la_md5(source.p, len(data), <uint8_t *>target.p)
    return between(target.p, target.p + LA_MD5_SIZE)


def form_decode(bytes data, int gap=0, bint front=False):
    """What is left of the text, which is decoded in place; what stands around it must not change."""
    cdef Guarded text = placed(data, gap, front)
    cdef size_t n = la_form_decode(<uint8_t *>text.p, len(data))
    behind, ahead = between(text.end, text.pages.back), between(text.pages.front, text.p)
    if behind.strip(b"A") or ahead.strip(b"A"):
        raise AssertionError("bytes beside the text were written")
    return between(text.p, text.p + n)


def dispatch(disabled=None):
    """Fills the table and says with what; None if a name is unknown."""
    cdef const char *names = NULL
    if disabled is not None:
        names = <bytes>disabled
    if la_dispatch_init(names) != 0:
        return None
    return la_dispatch_name().decode()


def dispatch_name():
    return la_dispatch_name().decode()
