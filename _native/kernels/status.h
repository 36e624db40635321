/* What a kernel can say of its input. Kernels know nothing of records, paths or Python; the
 * engine maps these to the error that names the record. */
#ifndef LA_KERNELS_STATUS_H
#define LA_KERNELS_STATUS_H

enum la_status {
    LA_OK = 0,
    LA_SYNTAX,        /* outside the grammar */
    LA_RANGE,         /* well formed, but too large or too small for the type asked for */
    LA_INEXACT,       /* well formed, but with more digits than the type can hold exactly */
    LA_SURROGATE,     /* a \uD800..\uDFFF escape without its other half */
    LA_ALPHABET,      /* base64: a byte outside the alphabet where a digit has to be */
    LA_LENGTH,        /* base64: the number of digits cannot be */
    LA_PADDING,       /* base64: '=' missing, or too many */
    LA_SPARE_BITS,    /* base64: the last digit's unused bits are not zero */
    LA_OFFSET_MISSING,  /* time: a text without an offset where the column has a zone */
    LA_OFFSET_PRESENT,  /* time: a text with an offset where the column has none */
};

#endif
