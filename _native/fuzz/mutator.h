/* The mutator as libFuzzer and driver.c ask for it. Included by each target, behind its text. */
#ifndef LA_FUZZ_MUTATOR_H
#define LA_FUZZ_MUTATOR_H

#include <stdio.h>

#include "mutate.h"

#if defined(LA_LIBFUZZER)
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
#endif

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    mutate_rng rng = { seed * UINT64_C(0x9E3779B97F4A7C15) | 1 };
    mutate_next(&rng);
#if defined(LA_LIBFUZZER)
    if (mutate_below(&rng, 3) == 0)
        return LLVMFuzzerMutate(data, size, room);
#endif
    for (size_t n = 1 + mutate_below(&rng, 4); n; n--)
        size = mutate_once(&rng, data, size, room);
    return size;
}

#endif
