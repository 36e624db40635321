/* What can go wrong, once: a code, its stable name (`DecodeError.reason`) and its text. */
#ifndef LA_ENGINE_ERRORS_H
#define LA_ENGINE_ERRORS_H

#define LA_ERRORS(X) \
    X(NONE, "none", "no error") \
    X(UNEXPECTED_END, "unexpected_end", "the text ends in the middle of a value") \
    X(INVALID_JSON, "invalid_json", "not JSON") \
    X(TRAILING_BYTES, "trailing_bytes", "bytes after the end of the value") \
    X(INVALID_UTF8, "invalid_utf8", "not valid UTF-8") \
    X(LONE_SURROGATE, "lone_surrogate", "half of a surrogate pair stands alone") \
    X(INVALID_ESCAPE, "invalid_escape", "not a JSON escape") \
    X(CONTROL_CHARACTER, "control_character", "an unescaped control character in a string") \
    X(INVALID_NUMBER, "invalid_number", "not a number of the grammar asked for") \
    X(EXPECTED_STRING, "expected_string", "expected a string") \
    X(EXPECTED_INTEGER, "expected_integer", "expected an integer") \
    X(EXPECTED_NUMBER, "expected_number", "expected a number") \
    X(EXPECTED_BOOL, "expected_bool", "expected true or false") \
    X(EXPECTED_OBJECT, "expected_object", "expected an object") \
    X(EXPECTED_ARRAY, "expected_array", "expected an array") \
    X(UNEXPECTED_NULL, "unexpected_null", "null where a value is required") \
    X(OUT_OF_RANGE, "out_of_range", "the value does not fit the type") \
    X(NOT_EXACT, "not_exact", "more digits than the type can hold exactly") \
    X(MISSING_FIELD, "missing_field", "a required field is missing") \
    X(MISSING_RECORDS, "missing_records", "the event has no list of records") \
    X(NO_ROWS, "no_rows", "nothing in the record makes a row") \
    X(UNKNOWN_FIELD, "unknown_field", "a field that the schema does not name") \
    X(UNEXPECTED_VALUE, "unexpected_value", "not one of the values allowed") \
    X(INVALID_BASE64, "invalid_base64", "a character outside the base64 alphabet") \
    X(BASE64_LENGTH, "base64_length", "an impossible number of base64 digits") \
    X(BASE64_PADDING, "base64_padding", "wrong base64 padding") \
    X(BASE64_SPARE_BITS, "base64_spare_bits", "non-zero spare bits in the last base64 digit") \
    X(INVALID_TIMESTAMP, "invalid_timestamp", "not an ISO 8601 timestamp") \
    X(OFFSET_MISSING, "offset_missing", "a timestamp without a UTC offset") \
    X(OFFSET_PRESENT, "offset_present", "a UTC offset where the column has no zone") \
    X(INVALID_DATE, "invalid_date", "not a date (YYYY-MM-DD)") \
    X(INVALID_UUID, "invalid_uuid", "not a UUID") \
    X(INVALID_GZIP, "invalid_gzip", "not a gzip stream, or a damaged one") \
    X(INVALID_COMPRESSED, "invalid_compressed", "damaged compressed data, or of a kind that cannot be read here") \
    X(INVALID_AGGREGATE, "invalid_aggregate", "no aggregated records, although the digest is right") \
    X(INVALID_FIELD, "invalid_field", "not a line of these fields") \
    X(INFLATED_LIMIT, "inflated_limit", "inflates beyond the limit") \
    X(TOO_DEEP, "too_deep", "nested deeper than the limit") \
    X(TOO_LARGE, "too_large", "larger than the limit") \
    X(TOO_MANY_KEYS, "too_many_keys", "more keys in one map than the limit") \
    X(INVALID_ATTRIBUTE, "invalid_attribute", "not a DynamoDB AttributeValue: one type tag and a value of that type") \
    X(UNEXPECTED_TYPE, "unexpected_type", "a DynamoDB type that the column does not take") \
    X(REPEATED_MEMBER, "repeated_member", "a member of a set that stands in it twice, or a set without any") \
    X(DIGEST_MISMATCH, "digest_mismatch", "another digest than that of the value it belongs to") \
    X(INVALID_POINTER, "invalid_pointer", "what the pointer leads to was not fetched") \
    X(NO_MEMORY, "no_memory", "out of memory") \
    X(CALL_OUT, "call_out", "a call-out raised")

enum la_error {
#define LA_ERROR_CODE(code, name, text) LA_E_##code,
    LA_ERRORS(LA_ERROR_CODE)
#undef LA_ERROR_CODE
    LA_E_COUNT
};

static const char *const la_error_names[LA_E_COUNT] = {
#define LA_ERROR_NAME(code, name, text) name,
    LA_ERRORS(LA_ERROR_NAME)
#undef LA_ERROR_NAME
};

static const char *const la_error_texts[LA_E_COUNT] = {
#define LA_ERROR_TEXT(code, name, text) text,
    LA_ERRORS(LA_ERROR_TEXT)
#undef LA_ERROR_TEXT
};

/* What bytes that are not JSON look like: the message names it, and the word that reads it. */
enum la_looks { LA_LOOKS_UNKNOWN, LA_LOOKS_EMPTY, LA_LOOKS_GZIP, LA_LOOKS_KPL, LA_LOOKS_AVRO, LA_LOOKS_ZSTD, LA_LOOKS_ZLIB,
                LA_LOOKS_LZ4, LA_LOOKS_SNAPPY };

#endif
