/* What the kernels' targets share: a text flush against a guard page, and a place for results that is
 * exactly as large as the kernel says it needs. */
#ifndef LA_FUZZ_KERNEL_H
#define LA_FUZZ_KERNEL_H

#include "guard.h"
#include "mutator.h"

enum { KERNEL_MAX = 16 * 1024 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* The input where `where` says (see guard_room). */
static const uint8_t *kernel_text(const uint8_t *data, size_t size, unsigned where)
{
    static guard place;
    return guard_place(&place, data, size, where);
}

/* Room for `size` bytes of result and not one more, filled with a byte that no result means. */
static uint8_t *kernel_room(size_t size)
{
    static guard place;
    uint8_t *room = guard_room(&place, size, 0);
    if (size)
        memset(room, 0xA5, size);
    return room;
}

#endif
