/* Python objects of DynamoDB items: what listens to the engine's walk over AttributeValues, and the same walk over
 * a dict that somebody has parsed already. Part of the door, so it knows Python; it holds the GIL. */
#ifndef LA_OBJECTS_H
#define LA_OBJECTS_H

#include <Python.h>
#include <stdatomic.h>

#include "engine/check.h"

enum { LA_NUMBERS_DECIMAL, LA_NUMBERS_INT_FLOAT, LA_NUMBERS_INT_DECIMAL, LA_NUMBERS_STR };
enum { LA_MADE_NUMBERS = 1024, LA_MADE_KEYS = 256, LA_MADE_TEXT = 40 };

/* Values that repeat are made once: Decimal() alone takes longer than all the rest. Direct-mapped by their text. */
typedef struct la_made {
    PyObject *object;       /* owned; NULL: free */
    struct la_made *next;   /* of a key: the one that came behind it last time */
    uint32_t length;
    uint8_t text[LA_MADE_TEXT];
} la_made;

typedef struct {
    la_listener listener;
    atomic_bool claimed;    /* somebody uses it */
    int numbers;
    int strict;             /* no empty set, no member twice */
    PyObject *decimal;      /* borrowed: what makes a Decimal of a str */
    PyObject *binary;       /* borrowed: what is made of bytes; NULL: they themselves */
    PyObject *result;       /* owned */
    uint32_t depth;
    struct {
        PyObject *container, *key; /* owned */
        PyObject *exact;    /* owned: the numbers of a set that numbers of another kind are made of; NULL: they are it */
        int what;
        size_t members;     /* of a set, as sent */
    } open[LA_ATTRIBUTE_DEPTH + 2];
    la_made *last_key;      /* NULL: none yet */
    la_made made_numbers[LA_MADE_NUMBERS], made_keys[LA_MADE_KEYS];
} la_objects;

/* The limited API asks a type for its flags by a call; most objects are of the type itself. */
static inline bool la_is_dict(PyObject *o) { return Py_IS_TYPE(o, &PyDict_Type) || PyDict_Check(o); }
static inline bool la_is_text(PyObject *o) { return Py_IS_TYPE(o, &PyUnicode_Type) || PyUnicode_Check(o); }
static inline bool la_is_list(PyObject *o) { return Py_IS_TYPE(o, &PyList_Type) || PyList_Check(o); }

/* Whether it was in nobody's use, and is in the caller's now. */
static inline bool la_objects_claim(la_objects *o) { return !atomic_exchange(&o->claimed, true); }
static inline void la_objects_unclaim(la_objects *o) { atomic_store(&o->claimed, false); }

/* A Python error is set; the run is told so. */
static int la_raised(la_run *r, const uint8_t *p)
{
    la_fail(r, LA_E_CALL_OUT, p);
    return -1;
}

/* Hands a new value, whose reference is taken, to the container that is open. 0 or -1. */
static int la_objects_put(la_objects *o, la_run *r, PyObject *value, const uint8_t *p)
{
    int failed = 0;
    if (!value)
        return la_raised(r, p);
    if (!o->depth) {
        Py_XDECREF(o->result);
        o->result = value;
        return 0;
    }
    PyObject *container = o->open[o->depth - 1].container;
    if (o->open[o->depth - 1].what == LA_MET_MAP) {
        failed = PyDict_SetItem(container, o->open[o->depth - 1].key, value);
        Py_CLEAR(o->open[o->depth - 1].key);
    } else if (o->open[o->depth - 1].what == LA_MET_SET) {
        failed = PySet_Add(container, value);
        o->open[o->depth - 1].members++;
    } else {
        failed = PyList_Append(container, value);
    }
    Py_DECREF(value);
    return failed ? la_raised(r, p) : 0;
}

/* A list, set or map begins. 0 or -1. */
static int la_objects_open(la_objects *o, la_run *r, int what, const uint8_t *p)
{
    PyObject *made = what == LA_MET_MAP ? PyDict_New() : what == LA_MET_SET ? PySet_New(NULL) : PyList_New(0);
    if (!made)
        return la_raised(r, p);
    o->open[o->depth].container = made;
    o->open[o->depth].key = NULL;
    o->open[o->depth].exact = NULL;
    o->open[o->depth].members = 0;
    o->open[o->depth++].what = what;
    return 0;
}

static int la_objects_close(la_objects *o, la_run *r, const uint8_t *p)
{
    PyObject *made = o->open[--o->depth].container;
    PyObject *exact = o->open[o->depth].exact;
    size_t members = o->open[o->depth].members, others = exact ? (size_t)PySet_Size(exact) : 0;
    o->open[o->depth].container = NULL;
    if (o->strict && o->open[o->depth].what == LA_MET_SET && !exact)
        others = (size_t)PySet_Size(made);
    Py_CLEAR(o->open[o->depth].exact);
    if (o->strict && o->open[o->depth].what == LA_MET_SET && (!members || others != members)) {
        Py_DECREF(made);
        la_fail(r, LA_E_REPEATED_MEMBER, p);
        return -1;
    }
    return la_objects_put(o, r, made, p);
}

/* Drops what a failed walk has left open. */
static void la_objects_drop(la_objects *o)
{
    while (o->depth) {
        o->depth--;
        Py_CLEAR(o->open[o->depth].container);
        Py_CLEAR(o->open[o->depth].key);
        Py_CLEAR(o->open[o->depth].exact);
    }
    Py_CLEAR(o->result);
}

static void la_objects_free(la_objects *o)
{
    la_objects_drop(o);
    for (int k = 0; k < LA_MADE_NUMBERS; k++)
        Py_CLEAR(o->made_numbers[k].object);
    for (int k = 0; k < LA_MADE_KEYS; k++)
        Py_CLEAR(o->made_keys[k].object);
}

/* The entry for a text, and whether it holds that text's object. */
static la_made *la_made_of(la_made *all, uint32_t count, const uint8_t *text, size_t n, uint64_t seed, bool *there)
{
    la_made *entry = &all[la_hash(text, n, seed) & (count - 1)];
    *there = entry->object && entry->length == n && !memcmp(entry->text, text, n);
    return entry;
}

/* Keeps a new reference to an object in its entry. */
static void la_made_keep(la_made *entry, const uint8_t *text, size_t n, PyObject *object)
{
    PyObject *before = entry->object;
    Py_INCREF(object);
    entry->object = object;
    entry->length = (uint32_t)n;
    memcpy(entry->text, text, n);
    Py_XDECREF(before);
}

static PyObject *la_objects_key(la_objects *o, la_run *r, const uint8_t *key, size_t n)
{
    bool there = false;
    la_made *last = o->last_key, *entry = last ? last->next : NULL;
    /* Items of one table have one shape, as a rule: no key has to be looked for. */
    if (LA_LIKELY(entry && entry->object && entry->length == n && !memcmp(entry->text, key, n))) {
        o->last_key = entry;
        return Py_NewRef(entry->object);
    }
    entry = n <= LA_MADE_TEXT ? la_made_of(o->made_keys, LA_MADE_KEYS, key, n, r->hash_seed, &there) : NULL;
    if (entry) {
        if (last)
            last->next = entry;
        o->last_key = entry;
    }
    if (there)
        return Py_NewRef(entry->object);
    PyObject *made = PyUnicode_DecodeUTF8((const char *)key, (Py_ssize_t)n, NULL);
    if (made && entry)
        la_made_keep(entry, key, n, made);
    return made;
}

static PyObject *la_decimal_of(la_objects *o, const la_number *number)
{
    const char *text = (const char *)number->start;
    Py_ssize_t n = (Py_ssize_t)(number->end - number->start);
    if (!number->mantissa && n > 18 && (memchr(text, 'e', (size_t)n) || memchr(text, 'E', (size_t)n))) { /* a zero may have any exponent, of which decimal refuses some */
        text = number->negative ? "-0" : "0";
        n = number->negative ? 2 : 1;
    }
    PyObject *string = PyUnicode_DecodeUTF8(text, n, NULL);
    PyObject *made = string ? PyObject_CallFunctionObjArgs(o->decimal, string, NULL) : NULL;
    Py_XDECREF(string);
    return made;
}

/* The int of a number whose value is one, of any size, is made, and true returned. */
static bool la_whole_of(la_objects *o, const la_number *read, PyObject **made)
{
    la_number number = *read;
    int64_t value;
    la_unscaled digits;
    if (LA_LIKELY(number.integer && !number.truncated && !number.exponent && number.mantissa <= INT64_MAX)) {
        *made = PyLong_FromLongLong(number.negative ? -(int64_t)number.mantissa : (int64_t)number.mantissa);
    } else if (la_number_whole(&number) && la_int64(&number, INT64_MIN, INT64_MAX, &value) == LA_OK) {
        *made = PyLong_FromLongLong(value);
    } else if (la_unscale(read, LA_ATTRIBUTE_GREATEST + 1, 0, &digits) != LA_INEXACT) {
        PyObject *exact = la_decimal_of(o, read);
        *made = exact ? PyNumber_Long(exact) : NULL;
        Py_XDECREF(exact);
    } else {
        return false;
    }
    return true;
}

/* The nearest double of a number. */
static PyObject *la_nearest_of(const la_number *number)
{
    double nearest = 0;
    int need_slow = 0;
    la_float64(number, &nearest, &need_slow);
    if (need_slow) {
        char text[LA_FLOAT_TEXT_MAX];
        la_float_bounded_copy(number, text);
        nearest = strtod_l(text, NULL, la_c_locale);
    }
    return PyFloat_FromDouble(nearest);
}

static PyObject *la_objects_number(la_objects *o, la_run *r, const la_number *number)
{
    size_t n = (size_t)(number->end - number->start);
    bool there = false;
    PyObject *made;
    if (o->numbers == LA_NUMBERS_STR)
        return PyUnicode_DecodeUTF8((const char *)number->start, (Py_ssize_t)n, NULL);
    if (o->numbers != LA_NUMBERS_DECIMAL && la_whole_of(o, number, &made))
        return made;
    if (o->numbers == LA_NUMBERS_INT_FLOAT)
        return la_nearest_of(number);
    la_made *entry = NULL;
    if (n <= LA_MADE_TEXT)
        entry = la_made_of(o->made_numbers, LA_MADE_NUMBERS, number->start, n, r->hash_seed, &there);
    if (there)
        return Py_NewRef(entry->object);
    made = la_decimal_of(o, number);
    if (made && entry)
        la_made_keep(entry, number->start, n, made);
    return made;
}

/* Hands on the number that was read last. 0 or -1. */
static int la_objects_put_number(la_objects *o, la_run *r, const uint8_t *p)
{
    if (LA_UNLIKELY(o->strict) && o->depth && o->open[o->depth - 1].what == LA_MET_SET &&
        (o->numbers == LA_NUMBERS_INT_FLOAT || o->numbers == LA_NUMBERS_STR)) {
        PyObject **exact = &o->open[o->depth - 1].exact, *number = NULL;
        if ((!*exact && !(*exact = PySet_New(NULL))) || !(number = la_decimal_of(o, &o->listener.number)) ||
            PySet_Add(*exact, number)) {
            Py_XDECREF(number);
            return la_raised(r, p);
        }
        Py_DECREF(number);
    }
    return la_objects_put(o, r, la_objects_number(o, r, &o->listener.number), p);
}

/* The bytes that a base64 text at [p, end), quotes included, stands for. NULL: a failure, or a Python error. */
static PyObject *la_objects_binary(la_objects *o, la_run *r, const uint8_t *p, const uint8_t *end)
{
    uint8_t *space = la_scratch(r, (size_t)(end - p), p), *out = space;
    if (!space || !la_base64_into(r, p, end, &out))
        return NULL;
    PyObject *made = PyBytes_FromStringAndSize((const char *)space, out - space);
    if (made && o->binary) {
        PyObject *wrapped = PyObject_CallFunctionObjArgs(o->binary, made, NULL);
        Py_DECREF(made);
        made = wrapped;
    }
    if (!made)
        la_raised(r, p);
    return made;
}

static int la_objects_met(la_listener *listener, la_run *r, enum la_met what, const uint8_t *p, const uint8_t *end)
{
    la_objects *o = (la_objects *)listener;
    switch (what) {
    case LA_MET_NULL: return la_objects_put(o, r, Py_NewRef(Py_None), p);
    case LA_MET_TRUE: return la_objects_put(o, r, Py_NewRef(Py_True), p);
    case LA_MET_FALSE: return la_objects_put(o, r, Py_NewRef(Py_False), p);
    case LA_MET_NUMBER: return la_objects_put_number(o, r, p);
    case LA_MET_BINARY: {
        PyObject *made = la_objects_binary(o, r, p, end);
        return made ? la_objects_put(o, r, made, p) : -1;
    }
    case LA_MET_STRING:
    case LA_MET_KEY: {
        const uint8_t *text = p + 1, *text_end = end - 1;
        if (memchr(text, '\\', (size_t)(text_end - text))) {
            uint8_t *space = la_scratch(r, (size_t)(end - p), p), *out = space;
            uint32_t high = 0;
            if (!space || !la_string_into(r, p, end, &out, &high))
                return -1;
            text = space;
            text_end = out;
        }
        size_t n = (size_t)(text_end - text);
        PyObject *made = what == LA_MET_KEY ? la_objects_key(o, r, text, n)
                                            : PyUnicode_DecodeUTF8((const char *)text, (Py_ssize_t)n, NULL);
        if (!made) {
            if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
                return la_raised(r, p);
            PyErr_Clear();
            la_fail(r, LA_E_INVALID_UTF8, p);
            return -1;
        }
        if (what == LA_MET_STRING)
            return la_objects_put(o, r, made, p);
        Py_XDECREF(o->open[o->depth - 1].key);
        o->open[o->depth - 1].key = made;
        return 0;
    }
    case LA_MET_END: return la_objects_close(o, r, p);
    default: return la_objects_open(o, r, what, p);
    }
}

/* What a value of a parsed item should be, and is not. */
static int la_objects_refuse(la_run *r, enum la_error code)
{
    la_fail(r, code, NULL);
    return -1;
}

static int la_objects_attribute(la_objects *o, la_run *r, PyObject *value, unsigned depth);

/* Whether a str is text: json makes half a surrogate pair of its escape. */
static bool la_objects_whole(la_run *r, PyObject *text)
{
    Py_ssize_t n;
    if (LA_LIKELY(PyUnicode_AsUTF8AndSize(text, &n) != NULL))
        return true;
    PyErr_Clear();
    la_fail(r, LA_E_LONE_SURROGATE, NULL);
    return false;
}

/* A number from the text that a dict holds. */
static int la_objects_number_text(la_objects *o, la_run *r, PyObject *value)
{
    Py_ssize_t n;
    const char *text = la_is_text(value) ? PyUnicode_AsUTF8AndSize(value, &n) : NULL;
    if (!text) {
        PyErr_Clear();
        return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    }
    const uint8_t *p = (const uint8_t *)text;
    if (!la_number_scan_text(p, p + n, &o->listener.number))
        return la_objects_refuse(r, LA_E_INVALID_NUMBER);
    if (!la_attribute_limits(&o->listener.number))
        return la_objects_refuse(r, LA_E_OUT_OF_RANGE);
    return la_objects_put_number(o, r, NULL);
}

/* Bytes from the base64 text that Lambda's events hold, or from the bytes that boto3 makes. */
static int la_objects_binary_text(la_objects *o, la_run *r, PyObject *value)
{
    if (la_is_text(value)) {
        Py_ssize_t n;
        const char *text = PyUnicode_AsUTF8AndSize(value, &n);
        if (!text) {
            PyErr_Clear();
            return la_objects_refuse(r, LA_E_INVALID_BASE64);
        }
        PyObject *made = PyBytes_FromStringAndSize(NULL, (n + 3) / 4 * 3 + LA_BASE64_SLACK);
        if (!made)
            return la_raised(r, NULL);
        const uint8_t *p = (const uint8_t *)text, *end = p + n;
        uint8_t *out = (uint8_t *)PyBytes_AsString(made), *start = out;
        enum la_status status = la_base64_decode(&p, end, &out);
        if (status != LA_OK || p != end) {
            Py_DECREF(made);
            la_bad_base64(r, status, p != end && *p != '=', NULL);
            return -1;
        }
        PyObject *exact = PyBytes_FromStringAndSize((const char *)start, out - start);
        Py_DECREF(made);
        value = exact;
    } else if (PyBytes_Check(value)) {
        Py_INCREF(value);
    } else if (PyObject_CheckBuffer(value)) {
        value = PyBytes_FromObject(value);
    } else {
        return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    }
    if (value && o->binary) {
        PyObject *wrapped = PyObject_CallFunctionObjArgs(o->binary, value, NULL);
        Py_DECREF(value);
        value = wrapped;
    }
    return la_objects_put(o, r, value, NULL);
}

static int la_objects_leaf(la_objects *o, la_run *r, int tag, PyObject *value)
{
    switch (tag) {
    case LA_TAG_N: return la_objects_number_text(o, r, value);
    case LA_TAG_B: return la_objects_binary_text(o, r, value);
    default:
        if (!la_is_text(value))
            return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
        return la_objects_whole(r, value) ? la_objects_put(o, r, Py_NewRef(value), NULL) : -1;
    }
}

/* The items of a list of AttributeValues, or of a set; member: the tag of a set's members, or -1. */
static int la_objects_items(la_objects *o, la_run *r, PyObject *items, int member, unsigned depth)
{
    PyObject *ordered = la_is_list(items) ? Py_NewRef(items)
                        : PyTuple_Check(items) || (member >= 0 && PyAnySet_Check(items)) ? PySequence_List(items) : NULL;
    if (!ordered) {
        PyErr_Clear();
        return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    }
    int failed = la_objects_open(o, r, member < 0 ? LA_MET_LIST : LA_MET_SET, NULL);
    for (Py_ssize_t k = 0; !failed && k < PyList_Size(ordered); k++) { /* it may become shorter meanwhile */
        PyObject *item = Py_NewRef(PyList_GetItem(ordered, k));
        failed = member < 0 ? la_objects_attribute(o, r, item, depth) : la_objects_leaf(o, r, member, item);
        Py_DECREF(item);
        if (failed)
            la_at_index(r, (uint64_t)k);
    }
    Py_DECREF(ordered);
    return failed ? -1 : la_objects_close(o, r, NULL);
}

/* A dict from names to AttributeValues, which the caller holds. */
static int la_objects_map(la_objects *o, la_run *r, PyObject *map, unsigned depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!la_is_dict(map))
        return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    if (la_objects_open(o, r, LA_MET_MAP, NULL))
        return -1;
    uint32_t level = o->depth - 1;
    while (PyDict_Next(map, &at, &key, &value)) {
        if (!la_is_text(key))
            return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
        if (!la_objects_whole(r, key))
            return -1;
        o->open[level].key = Py_NewRef(key); /* the user's function for binaries may change the dict */
        Py_INCREF(value);
        int failed = la_objects_attribute(o, r, value, depth);
        Py_DECREF(value);
        if (failed) {
            Py_ssize_t n;
            if (!PyErr_Occurred()) {
                const char *text = PyUnicode_AsUTF8AndSize(o->open[level].key, &n); /* it was text before */
                la_at_key(r, (const uint8_t *)text, (size_t)n);
            }
            return -1;
        }
    }
    return la_objects_close(o, r, NULL);
}

/* One AttributeValue that was parsed: a dict of one tag. depth: how many lists and maps may yet be opened. */
static int la_objects_attribute(la_objects *o, la_run *r, PyObject *attribute, unsigned depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0, n;
    int tag;
    if (!la_is_dict(attribute) || PyDict_Size(attribute) != 1 || !PyDict_Next(attribute, &at, &key, &value) ||
        !la_is_text(key))
        return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    const char *name = PyUnicode_AsUTF8AndSize(key, &n);
    if (!name) {
        PyErr_Clear();
        return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    }
    tag = la_tag_named((const uint8_t *)name, (size_t)n);
    if ((tag == LA_TAG_L || tag == LA_TAG_M) && !depth)
        return la_objects_refuse(r, LA_E_TOO_DEEP);
    switch (tag) {
    case LA_TAG_S:
    case LA_TAG_N:
    case LA_TAG_B: return la_objects_leaf(o, r, tag, value);
    case LA_TAG_BOOL:
        if (!PyBool_Check(value))
            return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
        return la_objects_put(o, r, Py_NewRef(value), NULL);
    case LA_TAG_NULL:
        if (value != Py_True)
            return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
        return la_objects_put(o, r, Py_NewRef(Py_None), NULL);
    case LA_TAG_SS: return la_objects_items(o, r, value, LA_TAG_S, depth);
    case LA_TAG_NS: return la_objects_items(o, r, value, LA_TAG_N, depth);
    case LA_TAG_BS: return la_objects_items(o, r, value, LA_TAG_B, depth);
    case LA_TAG_L: return la_objects_items(o, r, value, -1, depth - 1);
    case LA_TAG_M: {
        Py_INCREF(value); /* the user's function for binaries may let go of it */
        int failed = la_objects_map(o, r, value, depth - 1);
        Py_DECREF(value);
        return failed;
    }
    default: return la_objects_refuse(r, LA_E_INVALID_ATTRIBUTE);
    }
}

enum { LA_TEXT_ITEM, LA_TEXT_ATTRIBUTE };

/* What a walk has made goes to *made, a new reference, and 0 is returned; 1 if the run has a failure, -1 if Python
 * has an error. */
static int la_objects_end(la_objects *o, la_run *r, bool whole, PyObject **made)
{
    *made = whole ? o->result : NULL;
    if (whole)
        o->result = NULL;
    la_objects_drop(o);
    return whole ? 0 : r->failure.code == LA_E_CALL_OUT ? -1 : 1;
}

/* The object of the whole text [p, end): of an item, an object of attributes, or of one AttributeValue. */
static int la_objects_text(la_objects *o, la_run *r, int kind, const uint8_t *p, const uint8_t *end, PyObject **made)
{
    p = la_space_skip(p, end);
    if (p >= end)
        p = la_fail(r, LA_E_UNEXPECTED_END, p);
    else if (kind == LA_TEXT_ATTRIBUTE)
        p = la_tell_attribute(r, &o->listener, p, end, LA_ATTRIBUTE_DEPTH);
    else if (*p == '{')
        p = la_tell_map(r, &o->listener, p, end, LA_ATTRIBUTE_DEPTH);
    else
        p = la_fail(r, LA_E_EXPECTED_OBJECT, p);
    if (p && (p = la_space_skip(p, end)) != end)
        p = la_fail(r, LA_E_TRAILING_BYTES, p);
    return la_objects_end(o, r, p != NULL, made);
}

/* The same of what a JSON parser made of the text. */
static int la_objects_parsed(la_objects *o, la_run *r, int kind, PyObject *value, PyObject **made)
{
    int failed = kind == LA_TEXT_ATTRIBUTE ? la_objects_attribute(o, r, value, LA_ATTRIBUTE_DEPTH)
                                           : la_objects_map(o, r, value, LA_ATTRIBUTE_DEPTH);
    return la_objects_end(o, r, !failed, made);
}

#endif
