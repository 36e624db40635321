"""Writes la_powers_of_five.h, the table that kernels/float.h multiplies by.

For each power of ten q that a double can need, the first 128 bits of 5**q (10**q without its
factor 2**q, which only moves the binary point), the highest bit always set. A positive power is cut
off. A reciprocal 5**-q is rounded up as long as 5**-q < 2**64, where a 64-bit mantissa can be a multiple
of it: the product then does not fall below an exact quotient. Beyond, it is cut off too.
(Lemire, Number Parsing at a Gigabyte per Second, 2021, section 5; Mushtak and Lemire, Fast Number
Parsing Without Fallback, 2023, proves that 128 bits suffice for every 64-bit mantissa.)
"""

import sys
from pathlib import Path

# 2**64 * 10**-343 is less than half of the least subnormal, and 10**309 is more than any double.
LEAST, GREATEST = -342, 308


def first_128_bits(q):
    """The normalised leading bits of 5**q as one integer."""
    if q >= 0:
        power = 5**q
        shift = 128 - power.bit_length()
        return power << shift if shift >= 0 else power >> -shift
    divisor = 5**-q
    quotient, remainder = divmod(1 << divisor.bit_length() + 127, divisor)
    assert remainder and quotient.bit_length() == 128
    return quotient + 1 if divisor < 1 << 64 else quotient


def header():
    """The text of the header."""
    rows = []
    for q in range(LEAST, GREATEST + 1):
        bits = first_128_bits(q)
        high, low = divmod(bits, 1 << 64)
        rows.append(f"    {{UINT64_C(0x{high:016x}), UINT64_C(0x{low:016x})}}, /* 5^{q} */")
    return "\n".join(
        [
            "/* Written by powers.py, which says what it holds. */",
            "#ifndef LA_POWERS_OF_FIVE_H",
            "#define LA_POWERS_OF_FIVE_H",
            "",
            "#include <stdint.h>",
            "",
            f"#define LA_POWER_LEAST ({LEAST})",
            f"#define LA_POWER_GREATEST {GREATEST}",
            "",
            "static const uint64_t la_powers_of_five[LA_POWER_GREATEST - LA_POWER_LEAST + 1][2] = {",
            *rows,
            "};",
            "",
            "#endif",
            "",
        ]
    )


def write(path):
    """Writes the header to `path`, and the folders above it if they are missing."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header(), encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python powers.py OUT.h")
    write(sys.argv[1])
