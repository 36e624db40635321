# Part of _core.pyx: what leaves the engine, a batch's columns as buffers and through the Arrow C Data Interface.


cdef void _schema_capsule_free(object capsule) noexcept:
    cdef ArrowSchema *schema = <ArrowSchema *>PyCapsule_GetPointer(capsule, "arrow_schema")
    if schema.release != NULL:
        schema.release(schema)
    free(schema)


cdef void _array_capsule_free(object capsule) noexcept:
    cdef ArrowArray *array = <ArrowArray *>PyCapsule_GetPointer(capsule, "arrow_array")
    if array.release != NULL:
        array.release(array)
    free(array)


cdef void _stream_capsule_free(object capsule) noexcept:
    cdef ArrowArrayStream *stream = <ArrowArrayStream *>PyCapsule_GetPointer(capsule, "arrow_array_stream")
    if stream.release != NULL:
        stream.release(stream)
    free(stream)


cdef void *_zeroed(size_t size) except NULL:
    cdef void *made = calloc(1, size)
    if made == NULL:
        raise MemoryError
    return made


@cython.no_gc_clear
cdef class Rows:
    """The columns of one batch, for as long as this object or anything exported from it lives."""

    cdef Plan plan
    cdef la_columns *all
    cdef size_t n_rows
    cdef readonly size_t n_events, n_records
    cdef readonly tuple failures, event_rows, cases, observed, spans

    def __dealloc__(self):
        cdef int32_t k
        if self.all != NULL:
            # All columns but those that finish freed have one reference of ours.
            for k in range(self.plan.plan.n_output):
                self._release(self.plan.plan.output[k])
            if self.plan.plan.metadata_column >= 0:
                self._release(self.plan.plan.metadata_column)

    cdef void _release(self, int32_t column) noexcept:
        cdef const la_column_spec *spec = &self.plan.plan.columns[column]
        cdef int32_t k
        for k in range(spec.n_children):
            self._release(self.plan.plan.column_children[spec.first_child + k])
        la_column_release(self.all, &self.all.columns[column])

    @property
    def num_rows(self):
        return self.n_rows

    @property
    def source(self):
        return self.plan.source

    def take(self, Plan view, list numbers, tuple cases):
        """Some of the rows, by number and in order, as rows of their own. ``view``: a view of their plan, or None;
        ``cases``: how many of its cases they are."""
        cdef Rows rows = Rows.__new__(Rows)
        cdef la_error code = LA_E_NONE
        cdef size_t count = len(numbers), k = 0
        cdef int32_t number
        cdef int32_t *places = <int32_t *>_zeroed((count + 1) * sizeof(int32_t))
        try:
            starts = []
            for number in numbers:
                if number < 0 or <size_t>number >= self.n_rows:
                    raise IndexError(number)
                while len(starts) < len(self.event_rows) and <int32_t>self.event_rows[len(starts)] <= number:
                    starts.append(k)
                places[k] = number
                k += 1
            if view is None:
                view = self.plan
            if view.plan.n_columns != self.plan.plan.n_columns:
                raise ValueError("a view of another plan")
            rows.plan = view
            rows.n_events, rows.n_records, rows.n_rows = self.n_events, self.n_records, count
            rows.failures, rows.cases, rows.observed, rows.spans = self.failures, cases, self.observed, self.spans
            rows.event_rows = tuple(starts + [count] * (len(self.event_rows) - len(starts)))
            rows.all = la_columns_take(&view.plan, self.all, self.n_events, places, count, &code)
        finally:
            free(places)
        if rows.all == NULL:
            raise _no_rows(code)
        return rows

    def schema_capsule(self):
        return export_schema(self.plan)

    def array_capsules(self):
        cdef ArrowArray *array = <ArrowArray *>_zeroed(sizeof(ArrowArray))
        if la_export_batch(&self.plan.plan, self.all, self.n_rows, array):
            free(array)
            raise MemoryError
        return export_schema(self.plan), PyCapsule_New(array, "arrow_array", _array_capsule_free)


def stream_capsule(list batches):
    """A capsule with a stream of the batches of one plan."""
    cdef Rows rows = batches[0]
    cdef Plan plan = rows.plan
    cdef ArrowArrayStream *stream = <ArrowArrayStream *>_zeroed(sizeof(ArrowArrayStream))
    if la_stream_init(stream, &plan.plan, len(batches)):
        free(stream)
        raise MemoryError
    capsule = PyCapsule_New(stream, "arrow_array_stream", _stream_capsule_free)
    for rows in batches:
        if rows.plan is not plan:
            raise ValueError("the batches come from different decoders")
        if la_stream_add(stream, &plan.plan, rows.all, rows.n_rows):
            raise MemoryError
    return capsule


def export_schema(Plan plan):
    """A capsule with the Arrow schema of a plan's batches."""
    cdef ArrowSchema *schema = <ArrowSchema *>_zeroed(sizeof(ArrowSchema))
    if la_export_batch_schema(&plan.plan, schema):
        free(schema)
        raise MemoryError
    return PyCapsule_New(schema, "arrow_schema", _schema_capsule_free)


cdef class Buffer:
    """Bytes of a column through the buffer protocol; read-only, alive as long as it is."""

    cdef Rows rows
    cdef const uint8_t *start
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]
    cdef bytes format

    def __getbuffer__(self, Py_buffer *view, int flags):
        _fill_view(self, view, flags, self.start, self.format, self.shape, self.strides)

    def __releasebuffer__(self, Py_buffer *view):
        pass


cdef int _fill_view(object owner, Py_buffer *view, int flags, const uint8_t *start, bytes format,
                    Py_ssize_t *shape, Py_ssize_t *strides) except -1:
    if flags & PyBUF_WRITABLE:
        raise BufferError("a batch's columns are read-only")
    view.buf = <void *>start
    view.len = shape[0] * strides[0]
    view.readonly = 1
    view.itemsize = strides[0]
    view.format = PyBytes_AsString(format) if flags & PyBUF_FORMAT else NULL
    view.ndim = 1
    view.shape = shape if flags & PyBUF_ND else NULL
    view.strides = strides if flags & PyBUF_STRIDES == PyBUF_STRIDES else NULL
    view.suboffsets = NULL
    view.internal = NULL
    view.obj = owner
    return 0


cdef Buffer _buffer(Rows rows, const uint8_t *start, size_t n, bytes format, size_t width):
    if start == NULL:
        return None
    cdef Buffer made = Buffer.__new__(Buffer)
    made.rows = rows
    made.start = start
    made.format = format
    made.shape[0] = n
    made.strides[0] = width
    return made


# What the buffer protocol calls Arrow's fixed-width formats; a timestamp is its integer.
_FORMATS = {"c": b"b", "C": b"B", "s": b"h", "S": b"H", "i": b"i", "I": b"I", "l": b"q", "L": b"Q",
            "f": b"f", "g": b"d", "tdD": b"i"}


cdef class Column:
    """One column of a batch. ``path``: its index in the plan, behind those of the structs it lies in."""

    cdef readonly Rows rows
    cdef readonly tuple path
    cdef int32_t index
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]
    cdef bytes view_format

    def __init__(self, Rows rows, tuple path):
        self.rows = rows
        self.path = path
        self.index = path[len(path) - 1]
        if self.index < 0 or self.index >= rows.plan.plan.n_columns:
            raise IndexError(self.index)

    def __len__(self):
        return self.rows.all.columns[self.index].length

    def __getbuffer__(self, Py_buffer *view, int flags):
        cdef const la_column_spec *spec = &self.rows.plan.plan.columns[self.index]
        cdef la_column *c = &self.rows.all.columns[self.index]
        text = spec.format.decode()
        self.view_format = b"q" if text.startswith("ts") else _FORMATS.get(text)
        if spec.kind != LA_C_FIXED or self.view_format is None:
            raise BufferError(f"a column of Arrow format {text!r} has no buffer of numbers; use to_pylist() or Arrow")
        for above in self.path:
            if self.rows.all.columns[<int32_t>above].null_count:
                raise BufferError("the column has nulls, which a buffer cannot show; use to_pylist() or Arrow")
        self.shape[0] = c.length
        self.strides[0] = spec.width
        _fill_view(self, view, flags, c.values, self.view_format, self.shape, self.strides)

    def __releasebuffer__(self, Py_buffer *view):
        pass

    @property
    def null_count(self):
        return self.rows.all.columns[self.index].null_count

    def buffers(self):
        """``(validity, values, data)`` as Arrow has them; None where there is none."""
        cdef const la_column_spec *spec = &self.rows.plan.plan.columns[self.index]
        cdef la_column *c = &self.rows.all.columns[self.index]
        cdef size_t n = c.length
        if spec.kind == LA_C_STRUCT or spec.kind == LA_C_GROUP:
            values = None
        elif spec.kind == LA_C_BITS:
            values = _buffer(self.rows, c.values, (n + 7) // 8, b"B", 1)
        elif spec.kind == LA_C_FIXED:
            values = _buffer(self.rows, c.values, n * spec.width, b"B", 1)
        elif spec.kind == LA_C_DICT:
            values = _buffer(self.rows, c.values, n * 4, b"B", 1)
        else:
            values = _buffer(self.rows, c.values, (n + 1) * (8 if spec.kind == LA_C_TEXT64 else 4), b"B", 1)
        data = None
        if spec.kind == LA_C_TEXT64:
            data = _buffer(self.rows, c.data, (<int64_t *>c.values)[n], b"B", 1)
        elif spec.kind == LA_C_TEXT32 or spec.kind == LA_C_VIEW:
            data = _buffer(self.rows, c.data, (<int32_t *>c.values)[n], b"B", 1)
        return _buffer(self.rows, c.validity, (n + 7) // 8, b"B", 1), values, data

    def dictionary(self):
        """The texts of a dictionary column, in the order of its indices."""
        cdef const la_dictionary *d = self.rows.all.columns[self.index].dictionary
        cdef const int32_t *offsets
        cdef int32_t k
        if d == NULL:
            return None
        offsets = <const int32_t *>d.offsets
        return [d.data[offsets[k]:offsets[k + 1]].decode() for k in range(d.count)]

    def array_capsules(self):
        cdef ArrowArray *array = <ArrowArray *>_zeroed(sizeof(ArrowArray))
        cdef ArrowSchema *schema = <ArrowSchema *>_zeroed(sizeof(ArrowSchema))
        cdef la_column *c
        if la_export_array(&self.rows.plan.plan, self.rows.all, self.index, array):
            free(array)
            free(schema)
            raise MemoryError
        array_capsule = PyCapsule_New(array, "arrow_array", _array_capsule_free)
        if la_export_schema(&self.rows.plan.plan, self.index, schema):
            free(schema)
            raise MemoryError
        schema_capsule = PyCapsule_New(schema, "arrow_schema", _schema_capsule_free)
        for above in self.path[:len(self.path) - 1]:
            c = &self.rows.all.columns[<int32_t>above]
            if c.validity != NULL:
                schema.flags |= ARROW_FLAG_NULLABLE
                if la_hide_slots(array, c.validity):
                    raise MemoryError
        return schema_capsule, array_capsule
