# Part of _core.pyx: a look into an event before its source is known. IndexError: the text ends before what was
# looked for.

cdef const uint8_t *_there(const uint8_t *p) except NULL:
    if p == NULL:
        raise IndexError
    return p


cdef str _peeked(const uint8_t *p, const uint8_t *end):
    """The string that begins at p."""
    cdef const uint8_t *close = _there(la_peek_string(p, end))
    raw = p[:close - p]
    if b"\\" not in raw:
        return raw[1:-1].decode("utf-8", "replace")
    import json

    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")   # no key of ours, and nothing to stop at


cdef bint _is_key(const uint8_t *p, const uint8_t *key_end, bytes key):
    if memchr(p, b"\\", key_end - p) != NULL:
        return _peeked(p, key_end) == key.decode()
    return key_end - p - 2 == len(key) and not memcmp(p + 1, PyBytes_AsString(key), len(key))


cdef object _text_at(const uint8_t *p, const uint8_t *end, tuple path, Py_ssize_t at):
    cdef const uint8_t *key_end = NULL
    cdef const uint8_t *key
    cdef bint well = True
    if at == len(path):
        return _peeked(p, end) if p[0] == b'"' else None
    step = path[at]
    cdef uint8_t opening = c"[" if step is None else c"{"
    if p[0] != opening:
        return None
    p = _there(la_peek_space(p + 1, end))
    while well and p[0] != b"]":
        if step is None:
            found = _text_at(p, end, path, at + 1)
            if found is not None:
                return found
        else:
            key = p
            p = _there(la_peek_member(p, end, &key_end, &well))
            if well and _is_key(key, key_end, <bytes>step):
                return _text_at(p, end, path, at + 1)
        if well:
            p = _there(la_peek_next(p, end, &well))
    return None


def text_at(bytes event, tuple path):
    """The string at a path in an event, None if there is none. A step is a key (bytes), or None for any item of a list:
    the first one in which the rest is found. Reads no further than it must; what it steps over may be anything."""
    cdef const uint8_t *p = <const uint8_t *>PyBytes_AsString(event)
    cdef const uint8_t *end = p + len(event)
    return _text_at(_there(la_peek_space(p, end)), end, path, 0)


def by_key(bytes event, tell):
    """What ``tell`` says of the first key of an event of which it says anything; None if it has nothing to say."""
    cdef const uint8_t *start = <const uint8_t *>PyBytes_AsString(event)
    cdef const uint8_t *end = start + len(event)
    cdef const uint8_t *key_end = NULL
    cdef const uint8_t *p = _there(la_peek_space(start, end))
    cdef const uint8_t *key
    cdef bint well = p[0] == b"{"
    if well:
        p = _there(la_peek_space(p + 1, end))
    while well:
        key = p
        p = _there(la_peek_member(p, end, &key_end, &well))
        if well:
            said = tell(_peeked(key, end))
            if said is not None:
                return said
            p = _there(la_peek_next(p, end, &well))
    return None
