/* Mutations that know what JSON is made of. libFuzzer mixes them with its own; the stand-alone driver
 * has no others. All that is drawn comes from one seed, so a seed names a run. */
#ifndef LA_FUZZ_MUTATE_H
#define LA_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Keys worth putting in (of the plans that are compiled in), and how many bytes at the front of an
 * input are choices rather than text. Set by the target. */
static const char *const *mutate_keys;
static size_t mutate_n_keys, mutate_head;

typedef struct {
    uint64_t state;
} mutate_rng;

/* xorshift64* (Marsaglia 2003; Vigna 2016). */
static uint64_t mutate_next(mutate_rng *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * 0x2545F4914F6CDD1Du;
}

static size_t mutate_below(mutate_rng *r, size_t n) { return n ? (size_t)(mutate_next(r) >> 11) % n : 0; }

static const char *const mutate_values[] = {
    "null", "true", "false", "0", "-0", "1", "-1", "127", "128", "-129", "255", "256", "65536", "2147483647", "2147483648",
    "-2147483649", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1.5", "1e2", "0.1", "1e400", "-1E-400", "5e-324", "01", "1.", ".5", "-",
    "1234567890123456789012345678901234567890.5", "99999999999999999999999999999999999999", "\"\"", "\"a\"", "{}", "[]", "[[]]",
    "[null]", "{\"\":null}", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\\ud83c\\udf81\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e9\"", "\"\xc3\xa9\"", "\"\xf0\x9f\x8e\x81\"", "\"\xff\"", "\"\xed\xa0\x80\"",
    "\"2024-02-29T12:00:00.123456789Z\"", "\"2024-01-01\"", "\"1970-01-01 00:00\"", "\"AAECAw==\"", "\"AA==\"", "\"A\"",
    "\"QUJD\\/w==\"", "\"01234567-89ab-cdef-0123-456789abcdef\"", "\"1.25\"", "\"red\"", "\"{}\"", "\"[1]\"", "nul", "\"",
    "{\"meta\":{\"type\":\"click\"},\"x\":1}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
};
static const char *const mutate_pieces[] = {
    "\\", "\\u", "\\u12", "\"", "\\\"", ",", ":", "{", "}", "[", "]", " ", "\n\t", "                                 ", "\x1e",
    "\xc3", "\xe2\x82", "\xf0\x9f", "\x80", "\xef\xbf\xbd", "\x01", "\x7f", "e", ".", "-", "0", "00000000", "=", "==", "/", "+",
    "aaaaaaaaaaaaaaaa", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\x1f\x8b\x08", "\x1f\x8b\x01",
};

/* Replaces [at, at + gone) by the n bytes at `text` (which may lie in `data`). Returns the new size;
 * the old one if there is no room. */
static size_t mutate_splice(uint8_t *data, size_t size, size_t room, size_t at, size_t gone, const void *text, size_t n)
{
    if (size - gone + n > room)
        return size;
    uint8_t *copy = malloc(n + 1);
    if (!copy)
        return size;
    memcpy(copy, text, n);
    memmove(data + at + n, data + at + gone, size - at - gone);
    memcpy(data + at, copy, n);
    free(copy);
    return size - gone + n;
}

/* The JSON value that begins at `at`, or what of one is there: its end. */
static size_t mutate_value_end(const uint8_t *data, size_t size, size_t at)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t k = at; k < size; k++) {
        uint8_t b = data[k];
        if (quoted) {
            if (b == '\\')
                k++;
            else if (b == '"')
                quoted = false;
            if (!quoted && !depth)
                return k + 1;
        } else if (b == '"') {
            quoted = true;
        } else if (b == '{' || b == '[') {
            depth++;
        } else if (b == '}' || b == ']') {
            if (!depth)
                return k;
            if (!--depth)
                return k + 1;
        } else if (!depth && (b == ',' || b == ':')) {
            return k;
        }
    }
    return size;
}

/* Where a value begins: behind a colon, a comma or an opening bracket, looked for from anywhere. */
static bool mutate_find(mutate_rng *r, const uint8_t *data, size_t size, size_t *at, size_t *end)
{
    if (size <= mutate_head)
        return false;
    size_t from = mutate_head + mutate_below(r, size - mutate_head);
    for (size_t step = 0; step < size - mutate_head; step++) {
        size_t k = mutate_head + (from - mutate_head + step) % (size - mutate_head);
        if (data[k] == ':' || data[k] == ',' || data[k] == '[' || data[k] == '{') {
            *at = k + 1;
            *end = mutate_value_end(data, size, k + 1);
            return true;
        }
    }
    *at = mutate_head;
    *end = size;
    return true;
}

static size_t mutate_key(mutate_rng *r, uint8_t *data, size_t size, size_t room)
{
    for (size_t tries = 0; tries < 40 && size > mutate_head; tries++) {
        size_t k = mutate_head + mutate_below(r, size - mutate_head);
        if (data[k] != '{' && data[k] != ',')
            continue;
        char member[256];
        const char *key = mutate_n_keys ? mutate_keys[mutate_below(r, mutate_n_keys)] : "a";
        const char *value = mutate_values[mutate_below(r, sizeof mutate_values / sizeof *mutate_values)];
        if (strlen(key) + strlen(value) + 8 > sizeof member)
            continue;
        bool empty = data[k] == '{' && k + 1 < size && data[k + 1] == '}';
        int n = snprintf(member, sizeof member, "\"%s\":%s%s", key, value, empty ? "" : ",");
        return mutate_splice(data, size, room, k + 1, 0, member, (size_t)n);
    }
    return size;
}

static size_t mutate_bytes(mutate_rng *r, uint8_t *data, size_t size, size_t room)
{
    size_t at = mutate_below(r, size), n = 1 + mutate_below(r, 16);
    switch (mutate_below(r, 5)) {
    case 0:
        if (size)
            data[at] = (uint8_t)mutate_next(r);
        return size;
    case 1:
        if (size)
            data[at] ^= (uint8_t)(1u << mutate_below(r, 8));
        return size;
    case 2: return mutate_splice(data, size, room, at, n < size - at ? n : size - at, "", 0);
    case 3: return mutate_splice(data, size, room, at, 0, data + at, n < size - at ? n : size - at);
    default: return at > mutate_head ? at : size; /* cut short */
    }
}

/* One mutation in place. Returns the new size, at most `room`. */
static size_t mutate_once(mutate_rng *r, uint8_t *data, size_t size, size_t room)
{
    size_t at, end, from, to;
    const char *value = mutate_values[mutate_below(r, sizeof mutate_values / sizeof *mutate_values)];
    const char *piece = mutate_pieces[mutate_below(r, sizeof mutate_pieces / sizeof *mutate_pieces)];
    if (mutate_head && size >= mutate_head && !mutate_below(r, 10)) {
        data[mutate_below(r, mutate_head)] = (uint8_t)mutate_next(r);
        return size;
    }
    if (!mutate_find(r, data, size, &at, &end))
        return mutate_splice(data, size, room, size, 0, value, strlen(value));
    switch (mutate_below(r, 10)) {
    case 0: return mutate_splice(data, size, room, at, end - at, value, strlen(value));
    case 1: return mutate_key(r, data, size, room);
    case 2: /* the same value again; in an object that makes a member without a key, so the key too */
        for (from = at; from > mutate_head && data[from - 1] != ',' && data[from - 1] != '{' && data[from - 1] != '[';)
            from--;
        size = mutate_splice(data, size, room, end, 0, data + from, end - from);
        return mutate_splice(data, size, room, end, 0, ",", 1);
    case 3: /* another value of this input */
        if (!mutate_find(r, data, size, &from, &to))
            return size;
        return mutate_splice(data, size, room, at, end - at, data + from, to - from);
    case 4: return mutate_splice(data, size, room, at, end - at + (end < size && data[end] == ','), "", 0);
    case 5: /* deeper */
        size = mutate_splice(data, size, room, end, 0, "]", 1);
        return mutate_splice(data, size, room, at, 0, "[", 1);
    case 6: return mutate_splice(data, size, room, at + mutate_below(r, end - at), 0, piece, strlen(piece));
    case 7: /* the next value too, and what is between */
        if (end + 1 < size)
            end = mutate_value_end(data, size, end + 1);
        return mutate_splice(data, size, room, end, 0, data + at, end - at);
    default: return mutate_bytes(r, data, size, room);
    }
}

#endif
