/* Every bound on what an input may make us do, in one struct that the caller can raise. */
#ifndef LA_ENGINE_LIMITS_H
#define LA_ENGINE_LIMITS_H

#include <stdint.h>

typedef struct {
    uint32_t depth;        /* brackets open at once in a value that is skipped or kept as text */
    uint32_t map_keys;     /* distinct keys in one map */
    uint32_t rows;         /* rows in one batch */
    uint64_t max_inflated; /* bytes inflated from one event, all layers together */
} la_limits;

/* Arrow's int32 offsets end here; a batch that would pass it is refused, never wrapped. */
#define LA_OFFSET_MAX INT32_MAX

/* One event is one buffer whose positions fit 32 bits; Lambda's own limit is 6 MB. */
#define LA_EVENT_MAX ((size_t)INT32_MAX - 4096)

#endif
