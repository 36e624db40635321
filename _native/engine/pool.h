/* Memory that survives from batch to batch: page faults and regrowth are what decoding costs.
 *
 * Blocks come in power-of-two classes. A free block lies in one of its class's slots; taking and
 * returning it is one atomic exchange, so there is no lock to hold across fork and a consumer may
 * release on any thread without the GIL. The slots are a stack as long as one thread uses it: a level
 * that is only a hint says where its top is. Large blocks are address space: pages are touched only as
 * far as they are written, and what the pool keeps is bounded by what was touched.
 */
#ifndef LA_ENGINE_POOL_H
#define LA_ENGINE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A sanitizer sees nothing inside a block that is used again, mapped, or larger than was asked for. */
#if defined(__SANITIZE_ADDRESS__)
#define LA_POOL_OFF 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define LA_POOL_OFF 1
#endif
#endif

enum {
    LA_ALIGNMENT = 64,          /* Arrow's recommendation for buffers */
    LA_CLASS_MIN = 8,           /* 256 bytes */
    LA_CLASS_MAX = 40,
#ifndef LA_POOL_OFF
    LA_CLASS_MAPPED = 18,       /* from 256 KiB on, blocks are mapped rather than malloc'ed */
#else
    LA_CLASS_MAPPED = LA_CLASS_MAX + 1,
#endif
    LA_POOL_SLOTS = 64,
};

/* Sits in front of every block, so that a pointer to the bytes is all that a column keeps. */
typedef struct {
    size_t capacity;            /* bytes that may be used behind the header */
    size_t touched;             /* the most of them that were ever written: resident memory */
    uint32_t size_class;
    uint32_t pad;
} la_block;

_Static_assert(sizeof(la_block) <= LA_ALIGNMENT, "the header fits in front of an aligned block");

static _Atomic(uint8_t *) la_pool_slots[LA_CLASS_MAX + 1][LA_POOL_SLOTS];
static _Atomic uint32_t la_pool_level[LA_CLASS_MAX + 1];
static _Atomic size_t la_pool_kept;                     /* touched bytes in the slots */
static _Atomic size_t la_pool_limit = (size_t)64 << 20;
static _Atomic long la_pool_made;                       /* blocks there are, in slots or handed out; for leak tests */

/* Tests make allocation fail: the n-th block asked for from now on is refused. 0: never. */
static _Atomic long la_pool_fail_at;

static inline la_block *la_block_of(const uint8_t *bytes)
{
    return (la_block *)(uintptr_t)(bytes - LA_ALIGNMENT);
}

static inline void la_pool_free(uint8_t *bytes)
{
    la_block *block = la_block_of(bytes);
    atomic_fetch_sub_explicit(&la_pool_made, 1, memory_order_relaxed);
    if (block->size_class >= LA_CLASS_MAPPED)
        munmap(block, block->capacity + LA_ALIGNMENT);
    else
        free(block);
}

/* A block out of slot s of a class, or NULL. */
static inline uint8_t *la_pool_take(uint32_t size_class, uint32_t s)
{
    _Atomic(uint8_t *) *slot = &la_pool_slots[size_class][s];
    if (!atomic_load_explicit(slot, memory_order_relaxed))
        return NULL;
    uint8_t *bytes = atomic_exchange_explicit(slot, NULL, memory_order_acquire);
    if (bytes) {
        atomic_fetch_sub_explicit(&la_pool_kept, la_block_of(bytes)->touched, memory_order_relaxed);
        atomic_store_explicit(&la_pool_level[size_class], s, memory_order_relaxed);
    }
    return bytes;
}

/* Puts a block into slot s of its class if that is empty. */
static inline bool la_pool_keep(uint8_t *bytes, uint32_t size_class, uint32_t s)
{
    _Atomic(uint8_t *) *slot = &la_pool_slots[size_class][s];
    uint8_t *empty = NULL;
    if (atomic_load_explicit(slot, memory_order_relaxed) ||
        !atomic_compare_exchange_strong_explicit(slot, &empty, bytes, memory_order_release, memory_order_relaxed))
        return false;
    atomic_store_explicit(&la_pool_level[size_class], s + 1, memory_order_relaxed);
    return true;
}

/* A block of at least `size` bytes, 64-byte aligned, its content undefined; NULL if there is no
 * memory. The caller owns it until la_pool_put. */
static uint8_t *la_pool_get(size_t size)
{
    long fail_at = atomic_load_explicit(&la_pool_fail_at, memory_order_relaxed);
    if (fail_at && atomic_fetch_sub(&la_pool_fail_at, 1) == 1)
        return NULL;
    uint32_t size_class = LA_CLASS_MIN;
    if (size + LA_ALIGNMENT > (size_t)1 << LA_CLASS_MIN)
        size_class = 64 - (uint32_t)__builtin_clzll((unsigned long long)(size + LA_ALIGNMENT - 1));
    if (size_class > LA_CLASS_MAX)
        return NULL;
#ifndef LA_POOL_OFF
    uint32_t level = atomic_load_explicit(&la_pool_level[size_class], memory_order_relaxed);
    uint8_t *bytes = level ? la_pool_take(size_class, level - 1) : NULL;
    for (uint32_t s = 0; s < LA_POOL_SLOTS && !bytes; s++)
        bytes = la_pool_take(size_class, s);
    if (bytes)
        return bytes;
#endif
#ifndef LA_POOL_OFF
    size_t whole = (size_t)1 << size_class;
#else
    size_t whole = (size + 2 * LA_ALIGNMENT - 1) & ~(size_t)(LA_ALIGNMENT - 1);
#endif
    void *base;
    if (size_class >= LA_CLASS_MAPPED) {
        base = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED)
            return NULL;
    } else if (!(base = aligned_alloc(LA_ALIGNMENT, whole))) {
        return NULL;
    }
    la_block *block = base;
    block->capacity = whole - LA_ALIGNMENT;
    block->touched = 0;
    block->size_class = size_class;
    atomic_fetch_add_explicit(&la_pool_made, 1, memory_order_relaxed);
    return (uint8_t *)base + LA_ALIGNMENT;
}

/* Gives a block back, of which the first `touched` bytes were written. NULL is fine. */
static void la_pool_put(uint8_t *bytes, size_t touched)
{
    if (!bytes)
        return;
    la_block *block = la_block_of(bytes);
    if (touched > block->capacity)
        touched = block->capacity;
    if (touched > block->touched)
        block->touched = touched;
#ifndef LA_POOL_OFF
    uint32_t size_class = block->size_class, level = atomic_load_explicit(&la_pool_level[size_class], memory_order_relaxed);
    size_t kept = atomic_fetch_add_explicit(&la_pool_kept, block->touched, memory_order_relaxed);
    if (kept + block->touched <= atomic_load_explicit(&la_pool_limit, memory_order_relaxed)) {
        if (level < LA_POOL_SLOTS && la_pool_keep(bytes, size_class, level))
            return;
        for (uint32_t s = 0; s < LA_POOL_SLOTS; s++)
            if (la_pool_keep(bytes, size_class, s))
                return;
    }
    atomic_fetch_sub_explicit(&la_pool_kept, block->touched, memory_order_relaxed);
#endif
    la_pool_free(bytes);
}

/* Replaces *bytes by a block of at least `size` bytes that begins with the first `used` of it.
 * Returns 0, or -1 with *bytes as it was. */
static int la_pool_grow(uint8_t **bytes, size_t used, size_t size)
{
    if (*bytes && la_block_of(*bytes)->capacity >= size)
        return 0;
    uint8_t *larger = la_pool_get(size);
    if (!larger)
        return -1;
    if (*bytes) {
        memcpy(larger, *bytes, used);
        la_pool_put(*bytes, used);
    }
    *bytes = larger;
    return 0;
}

static inline void la_pool_set_limit(size_t bytes) { atomic_store(&la_pool_limit, bytes); }
static inline size_t la_pool_kept_bytes(void) { return atomic_load(&la_pool_kept); }

/* Blocks that are handed out; while other threads take and return some, about as many. */
static long la_pool_live_blocks(void)
{
    long live = atomic_load(&la_pool_made);
    for (int c = LA_CLASS_MIN; c <= LA_CLASS_MAX; c++)
        for (int s = 0; s < LA_POOL_SLOTS; s++)
            live -= atomic_load(&la_pool_slots[c][s]) != NULL;
    return live;
}

static inline void la_pool_fail(long nth) { atomic_store(&la_pool_fail_at, nth); }

/* Returns everything that no batch holds to the system. */
static void la_pool_clear(void)
{
    for (int c = LA_CLASS_MIN; c <= LA_CLASS_MAX; c++)
        for (int s = 0; s < LA_POOL_SLOTS; s++) {
            uint8_t *bytes = atomic_exchange(&la_pool_slots[c][s], NULL);
            if (bytes) {
                atomic_fetch_sub(&la_pool_kept, la_block_of(bytes)->touched);
                la_pool_free(bytes);
            }
        }
}

#endif
