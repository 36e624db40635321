/* Form-URL-encoded text (https://url.spec.whatwg.org/#application/x-www-form-urlencoded): how S3 writes
 * the keys of objects in its notifications. */
#ifndef LA_KERNELS_FORM_H
#define LA_KERNELS_FORM_H

#include "unescape.h"

/* Decodes the n bytes at text, the caller's, in place: `+` is a blank, `%XX` the byte it names; a `%` that
 * names none stays, as the standard has it. Returns how many bytes are left, never more than there were. */
static inline size_t la_form_decode(uint8_t *text, size_t n)
{
    size_t from = 0, to = 0;
    while (from < n) {
        uint8_t byte = text[from++];
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%' && n - from >= 2) {
            uint8_t high = la_hex_digits[text[from]], low = la_hex_digits[text[from + 1]];
            if (high & low & LA_HEX) {
                byte = (uint8_t)((high & 15) << 4 | (low & 15));
                from += 2;
            }
        }
        text[to++] = byte;
    }
    return to;
}

#endif
