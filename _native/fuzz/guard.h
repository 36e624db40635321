/* Inputs and outputs between inaccessible pages: one byte read or written outside is a crash,
 * also where a sanitizer cannot look (wide loads, memory that nobody malloc'ed). */
#ifndef LA_FUZZ_GUARD_H
#define LA_FUZZ_GUARD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { GUARD_PAGE = 4096, GUARD_ROOM = 1 << 20 };

typedef struct {
    uint8_t *start; /* GUARD_ROOM usable bytes, made at first use and kept */
} guard;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

/* Room for `size` bytes. where 0: flush against the page behind; 1: behind the page in front; else
 * as near to the page behind as a start at address `where` modulo 64 allows. Owned by the guard,
 * good until its next use. */
static inline uint8_t *guard_room(guard *g, size_t size, unsigned where)
{
    if (!g->start) {
        uint8_t *base = mmap(NULL, GUARD_ROOM + 2 * GUARD_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(base != MAP_FAILED);
        CHECK(!mprotect(base + GUARD_PAGE, GUARD_ROOM, PROT_READ | PROT_WRITE));
        g->start = base + GUARD_PAGE;
    }
    CHECK(size <= GUARD_ROOM - 64);
    uint8_t *last = g->start + GUARD_ROOM - size;
    if (where == 0)
        return last;
    return where == 1 ? g->start : last - (((uintptr_t)last - where) & 63);
}

static inline uint8_t *guard_place(guard *g, const uint8_t *data, size_t size, unsigned where)
{
    uint8_t *place = guard_room(g, size, where);
    if (size)
        memcpy(place, data, size);
    return place;
}

#endif
