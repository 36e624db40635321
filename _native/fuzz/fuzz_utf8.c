/* UTF-8: both instruction sets name the byte that the definition names. */
#include "kernels/dispatch.h"

#include "kernel.h"
#include "reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > KERNEL_MAX)
        return 0;
    for (unsigned where = 0; where < 3; where++) {
        const uint8_t *p = kernel_text(data, size, where ? where + (unsigned)size : 0);
        size_t expected = reference_utf8(p, size);
        CHECK(la_utf8_valid_baseline(p, size) == expected);
#if defined(LA_HAVE_AVX2)
        if (la_cpu_has_avx2())
            CHECK(la_utf8_valid_avx2(p, size) == expected);
#endif
        CHECK(la_utf8_valid(p, size) == expected);
    }
    return 0;
}
