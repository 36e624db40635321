# Part of _core.pyx: Python objects of what events carry, for Structs and for `unmarshal`.

@cython.no_gc_clear
cdef class Objects:
    """Makes Python objects of DynamoDB items. Keeps what repeats (keys, numbers) from call to call; one thread at a
    time. ``numbers``: ``"decimal"``, ``"int_float"`` or ``"str"``; ``binary``: what is made of bytes, or None."""

    cdef Plan plan
    cdef la_run *run
    cdef la_objects *objects
    cdef object decimal, binary

    def __cinit__(self, Plan plan, numbers, bint strict, decimal, binary):
        self.plan, self.decimal, self.binary = plan, decimal, binary
        self.objects = <la_objects *>_zeroed(sizeof(la_objects))
        self.run = la_run_new(&plan.plan, _seed)
        if self.run == NULL:
            raise MemoryError
        self.objects.listener.met = la_objects_met
        self.objects.numbers = {"decimal": LA_NUMBERS_DECIMAL, "int_float": LA_NUMBERS_INT_FLOAT,
                                "int_decimal": LA_NUMBERS_INT_DECIMAL, "str": LA_NUMBERS_STR}[numbers]
        self.objects.strict = strict
        self.objects.decimal = <void *>decimal
        self.objects.binary = NULL if binary is None else <void *>binary

    def __dealloc__(self):
        if self.objects != NULL:
            la_objects_free(self.objects)
            free(self.objects)
        la_run_free(self.run)

    def made(self, value, bint whole):
        """The object of an item (``whole``: an object of attributes) or of one AttributeValue: JSON text, or what
        ``json.loads`` made of it."""
        if isinstance(value, dict):
            return self._parsed(value, whole)
        if isinstance(value, str):
            return self._text(value.encode("utf-8", "surrogatepass"), whole)
        return self._text(value, whole) if PyObject_CheckBuffer(value) else self._parsed(value, whole)

    cdef object _text(self, data, bint whole):
        cdef Py_buffer view
        cdef PyObject *made = NULL
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            self.run.event, self.run.event_length = <const uint8_t *>view.buf, view.len
            if la_objects_text(self.objects, self.run, LA_TEXT_ITEM if whole else LA_TEXT_ATTRIBUTE, self.run.event,
                               self.run.event + self.run.event_length, &made):
                raise _failure_of(self.run, True)
        finally:
            PyBuffer_Release(&view)
        result = <object>made
        Py_DECREF(result)
        return result

    cdef object _parsed(self, value, bint whole):
        cdef PyObject *made = NULL
        if la_objects_parsed(self.objects, self.run, LA_TEXT_ITEM if whole else LA_TEXT_ATTRIBUTE, value, &made):
            raise _failure_of(self.run, False)
        result = <object>made
        Py_DECREF(result)
        return result


# What makes objects, by (numbers, binary, strict): as many of each as were ever in use at once.
cdef dict _makers = {}
object_makers = _makers


cdef Objects _maker_of(numbers, binary, strict):
    """What makes objects and is not in use; it is now."""
    cdef Objects maker
    if type(numbers) is not str or type(binary) is not str:
        from lambdarrow import _unmarshal

        _unmarshal.check(numbers, binary)
    options = numbers, binary, strict
    cdef list makers = <list>_makers.get(options)
    if makers is None:
        from lambdarrow import _unmarshal

        _unmarshal.check(numbers, binary)
        makers = _makers.setdefault(options, [])
    for one in makers:
        maker = <Objects>one
        if la_objects_claim(maker.objects):
            return maker
    from lambdarrow import _unmarshal

    maker = _unmarshal.maker(numbers, binary, strict)
    la_objects_claim(maker.objects)
    makers.append(maker)
    return maker


cdef object _make(value, numbers, binary, strict, bint whole):
    cdef Objects maker = _maker_of(numbers, binary, strict)
    try:
        if whole and isinstance(value, (list, tuple)):
            return [maker.made(one, True) for one in value]
        return maker.made(value, whole)
    finally:
        la_objects_unclaim(maker.objects)


cdef class LazyItem:
    """A descriptor of Structs: the item whose JSON the attribute ``raw`` holds, made of Python objects when it is first
    asked for; None where that is ``absent`` or null. ``options``: of ``unmarshal``; ``convert``: what is made of the
    item, or None. It stays in the Struct's ``__dict__``, where a descriptor is not asked again."""

    cdef readonly str name
    cdef str raw
    cdef object absent, numbers, binary, strict, convert

    def __cinit__(self, str name, str raw, absent, numbers, binary, strict, convert):
        self.name, self.raw, self.absent, self.convert = name, raw, absent, convert
        self.numbers, self.binary, self.strict = numbers, binary, strict

    def __get__(self, owner, cls):
        if owner is None:
            return self
        raw = getattr(owner, self.raw)
        made = None
        if raw is not self.absent and bytes(raw) != b"null":
            made = _make(raw, self.numbers, self.binary, self.strict, True)
            if self.convert is not None:
                made = self.convert(made)
        PyObject_GenericSetAttr(owner, self.name, made)     # a frozen Struct's own refuses
        return made


def base64_bytes(str text):
    """The bytes that a base64 text stands for, by the rules that columns have; None where it is no base64."""
    cdef Py_ssize_t n
    cdef const uint8_t *p = <const uint8_t *>PyUnicode_AsUTF8AndSize(text, &n)
    cdef const uint8_t *end = p + n
    made = PyBytes_FromStringAndSize(NULL, (n + 3) // 4 * 3 + LA_BASE64_SLACK)
    cdef uint8_t *start = <uint8_t *>PyBytes_AsString(made)
    cdef uint8_t *out = start
    if la_base64_decode(&p, end, &out) or p != end:
        return None
    return PyBytes_FromStringAndSize(<const char *>start, out - start)


def iso_microseconds(str text):
    """Microseconds since 1970 of an ISO 8601 text with an offset, by the rules that columns have; None where it is no
    such text, or finer."""
    cdef Py_ssize_t n
    cdef const uint8_t *p = <const uint8_t *>PyUnicode_AsUTF8AndSize(text, &n)
    cdef int64_t count = 0
    if la_time_iso(p, p + n, LA_MICRO, LA_ZONE_REQUIRED, &count):
        return None
    return count


cdef class Payload:
    """A descriptor of Structs: what the text in the attribute ``raw`` carries, made when it is first asked for; None
    where that is absent or null. ``base64``: whether the text is base64, or the name of the attribute that says so.
    ``convert``: what makes the object of its str or bytes, None: they are it. It stays in the Struct's ``__dict__``,
    where a descriptor is not asked again."""

    cdef readonly str name, raw
    cdef object base64, absent, convert

    def __cinit__(self, str name, str raw, base64, absent, convert):
        self.name, self.raw, self.base64, self.absent, self.convert = name, raw, base64, absent, convert

    cdef object converted(self, data, cls):
        # A try block costs as much as a small payload: what fails is converted again in one.
        cdef PyObject *made = PyObject_CallFunctionObjArgs(self.convert, data, NULL)
        if made != NULL:
            result = <object>made
            Py_DECREF(result)
            return result
        PyErr_Clear()
        try:
            return self.convert(data)
        except Exception as error:
            from lambdarrow.events import _refused

            raise _refused.no_payload(cls, self.raw, error, data) from error

    def __get__(self, owner, cls):
        if owner is None:
            return self
        made = getattr(owner, self.raw)
        if made is self.absent:
            made = None
        if made is not None:
            if self.base64 is True or (self.base64 is not False and getattr(owner, self.base64)):
                text, made = made, base64_bytes(made)
                if made is None:
                    from lambdarrow.events import _refused

                    raise _refused.no_base64(cls, self.raw, text)
            if self.convert is not None:
                made = self.converted(made, cls)
        PyObject_GenericSetAttr(owner, self.name, made)     # a frozen Struct's own refuses
        return made


def unmarshal(item, *, numbers=None, binary="bytes", type=None, strict=False):
    """A DynamoDB item, or a list of them, as Python objects: what boto3's ``TypeDeserializer`` makes of its attributes.

    ``item``: the attributes as a dict (``event["Records"][0]["dynamodb"]["NewImage"]``) or as JSON text (bytes, str);
    a list or tuple gives a list. ``numbers``: ``"decimal"`` (Decimal, exact; the default), ``"int_float"`` (int where
    the value is one, else the nearest float), ``"int_decimal"`` (int where it is one, else Decimal) or ``"str"`` (as
    sent). ``binary``: ``"bytes"``, or ``"boto3"`` (its ``Binary``); the base64 of Lambda's events is decoded. Sets are
    sets, NULL is None. ``type``: what ``msgspec.convert`` makes of the item, a Struct say, whose int, float and Decimal
    fields all take what ``"int_decimal"``, the default then, has. ``strict``: refuses empty sets and repeated members.

    Raises :class:`lambdarrow.DecodeError` naming the path of what is no AttributeValue, and
    ``msgspec.ValidationError`` for an item that is not of the ``type``.
    """
    if type is None:
        return _make(item, "decimal" if numbers is None else numbers, binary, strict, True)
    from lambdarrow import _unmarshal

    made = _make(item, "int_decimal" if numbers is None else numbers, binary, strict, True)
    return _unmarshal.converted(made, type)


def deserialize(value, *, numbers="decimal", binary="bytes", strict=False):
    """One AttributeValue (``{"N": "5"}``, a dict or JSON text) as a Python object, as ``unmarshal`` has it."""
    return _make(value, numbers, binary, strict, False)
