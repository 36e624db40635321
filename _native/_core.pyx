# cython: language_level=3, embedsignature=False
# cython: freethreading_compatible=True, binding=False, auto_pickle=False
"""The door between Python and the engine: borrows buffers, checks plans, releases the GIL, turns
codes into exceptions and owns what is handed out. Nothing here knows a source."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_READ, PyBUF_SIMPLE, PyBUF_STRIDES, PyBUF_WRITABLE, \
    PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AsString, PyBytes_FromStringAndSize
from cpython.ref cimport Py_DECREF, PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from _engine cimport *

cimport cython

import _thread
import os as _os

cdef uint64_t _seed
cdef bytes _seed_bytes = _os.urandom(8)
memcpy(&_seed, PyBytes_AsString(_seed_bytes), 8)
cdef bytes _disabled = _os.environ.get("LAMBDARROW_DISABLE_CPU", "").encode()
if la_engine_init(_disabled):
    raise ImportError(f"LAMBDARROW_DISABLE_CPU names a CPU feature that is not known: {_disabled.decode()!r}")

_OPS = {la_op_name(k).decode().lower(): k for k in range(LA_OP_COUNT)}
_KINDS = {"BITS": LA_C_BITS, "FIXED": LA_C_FIXED, "TEXT32": LA_C_TEXT32, "TEXT64": LA_C_TEXT64, "VIEW": LA_C_VIEW,
          "DICT": LA_C_DICT, "LIST": LA_C_LIST, "MAP": LA_C_MAP, "STRUCT": LA_C_STRUCT, "ROWS": LA_C_ROWS,
          "GROUP": LA_C_GROUP}
_MODES = {"raise": LA_RAISE, "collect": LA_COLLECT, "stop": LA_STOP, "null": LA_NULL}
REASONS = tuple([la_error_names[k].decode() for k in range(1, LA_E_COUNT)])


def cpu():
    """The set of kernels chosen at import: ``"avx2"``, ``"sse2"``, ``"neon"`` or ``"scalar"``."""
    return la_dispatch_name().decode()


def pool(*, limit=None, clear=False, fail_at=None):
    """Bytes that the pool keeps and blocks in use. Sets its ``limit``, or empties it.

    ``fail_at``: a test's way to have the n-th allocation from now on refused (0: none).
    """
    if limit is not None:
        la_pool_set_limit(limit)
    if clear:
        la_pool_clear()
    if fail_at is not None:
        la_pool_fail(fail_at)
    return la_pool_kept_bytes(), la_pool_live_blocks()


cdef class Plan:
    """A plan of ``lambdarrow._lower``, checked and ready to run. Immutable, shared by threads.

    One without nodes is a view: it hands out columns that another plan has filled, under its own names.
    """

    cdef la_plan plan
    cdef list held          # the bytes objects that the plan's texts point into
    cdef readonly object source

    def __cinit__(self, source):
        self.held = []
        self.source = source
        self._fill(source)
        cdef const char *wrong = la_plan_check(&self.plan) if self.plan.n_nodes else la_view_check(&self.plan)
        if wrong != NULL:
            raise ValueError(f"not a plan: {wrong.decode()}")
        if self.plan.n_nodes:
            la_plan_seal(&self.plan)
            self._check_texts()

    def __dealloc__(self):
        cdef la_plan *p = &self.plan
        for table in (<uintptr_t>p.nodes, <uintptr_t>p.fields, <uintptr_t>p.objects, <uintptr_t>p.buckets,
                      <uintptr_t>p.children, <uintptr_t>p.integers, <uintptr_t>p.texts,
                      <uintptr_t>p.columns,
                      <uintptr_t>p.column_children, <uintptr_t>p.domain_first, <uintptr_t>p.domain_columns,
                      <uintptr_t>p.text_columns, <uintptr_t>p.levels, <uintptr_t>p.row_columns,
                      <uintptr_t>p.row_items, <uintptr_t>p.output):
            free(<void *><uintptr_t>table)

    cdef void *_table(self, size_t count, size_t size) except NULL:
        cdef void *table = calloc(count + 1, size)
        if table == NULL:
            raise MemoryError
        return table

    cdef const uint8_t *_hold(self, bytes text):
        self.held.append(text)
        return <const uint8_t *>PyBytes_AsString(text)

    cdef int32_t *_integers(self, values, size_t room=0) except NULL:
        cdef int32_t *table = <int32_t *>self._table(max(len(values), room), sizeof(int32_t))
        cdef size_t k = 0
        for value in values:
            table[k] = value
            k += 1
        return table

    cdef int _fill(self, source) except -1:
        cdef la_plan *p = &self.plan
        cdef la_node *node
        cdef la_field *field
        cdef la_column_spec *spec
        cdef int32_t k, bucket_count = 0
        cdef bytes wire

        p.n_nodes = len(source.nodes)
        p.nodes = <la_node *>self._table(p.n_nodes, sizeof(la_node))
        for k, item in enumerate(source.nodes):
            node = &p.nodes[k]
            node.op = _OPS[item.op]
            node.flags = item.flags
            node.column, node.child, node.first, node.count = item.column, item.child, item.first, item.count
            node.a, node.c, node.d = item.a, item.c, item.d
            if item.op == "codec" and item.a >= len(source.codecs):
                raise ValueError("not a plan: no such codec")
            if isinstance(item.b, str) and item.b not in REASONS:
                raise ValueError(f"refused: {item.b!r} is no reason; there are {', '.join(REASONS)}")
            node.b = REASONS.index(item.b) + 1 if isinstance(item.b, str) else item.b

        p.n_fields = len(source.fields)
        p.fields = <la_field *>self._table(p.n_fields, sizeof(la_field))
        for k, (key, child, required, default) in enumerate(source.fields):
            field = &p.fields[k]
            field.node, field.required = child, required
            if key is not None:
                field.key, field.key_length = self._hold(key), len(key)
                wire = PyBytes_FromStringAndSize(NULL, la_wire_size(len(key)))
                field.wire = self._hold(wire)
                field.wire_length = la_wire_write(field.key, field.key_length, <uint8_t *>PyBytes_AsString(wire))
            if default is not None:
                field.default_text, field.default_length = self._hold(default), len(default)

        p.n_objects = len(source.objects)
        p.objects = <la_object_spec *>self._table(p.n_objects, sizeof(la_object_spec))
        for k, (first, keyed, every, rest) in enumerate(source.objects):
            p.objects[k].first, p.objects[k].keyed, p.objects[k].all, p.objects[k].rest = first, keyed, every, rest
            if not 0 <= keyed <= p.n_fields:
                raise ValueError("not a plan: fields out of range")
            bucket_count += la_bucket_count(keyed)
        p.buckets = <int32_t *>self._table(bucket_count, sizeof(int32_t))

        p.n_integers = len(source.integers)
        p.integers = <int64_t *>self._table(p.n_integers, sizeof(int64_t))
        for k, value in enumerate(source.integers):
            # An unsigned value beyond int64 is kept as the same 64 bits.
            p.integers[k] = value if value < 1 << 63 else value - (1 << 64)
        p.n_texts = len(source.texts)
        p.texts = <la_text *>self._table(p.n_texts, sizeof(la_text))
        for k, text in enumerate(source.texts):
            p.texts[k].text, p.texts[k].length = self._hold(text), len(text)

        children = []
        p.n_columns = len(source.columns)
        p.columns = <la_column_spec *>self._table(p.n_columns, sizeof(la_column_spec))
        for k, column in enumerate(source.columns):
            spec = &p.columns[k]
            spec.kind, spec.nullable, spec.width = _KINDS[column.kind], column.nullable, column.width
            spec.domain, spec.child_domain = column.domain, column.child_domain
            spec.first_child, spec.n_children = len(children), len(column.children)
            children += column.children
            if column.format is not None:
                spec.format = <const char *>self._hold(column.format.encode())
                spec.name = <const char *>self._hold(column.name.encode())
                if column.metadata is not None:
                    spec.metadata = <const char *>self._hold(_encoded(column.metadata))
                if "\0" in column.name:
                    raise ValueError(f"a column's name cannot hold NUL: {column.name!r}")
        p.n_column_children = len(children)
        p.column_children = self._integers(children)
        p.n_children = len(source.children)
        p.children = self._integers(source.children)
        p.n_domains = len(source.domains)
        p.domain_first = self._integers((), p.n_domains + 1)
        p.domain_columns = self._integers((), p.n_columns)
        p.text_columns = self._integers((), p.n_columns)
        p.n_levels = len(source.levels)
        if len(source.row_columns) != p.n_levels - 1 or len(source.row_items) != p.n_levels - 1:
            raise ValueError("not a plan: levels without their rows")
        p.levels = self._integers(source.levels)
        p.row_columns = self._integers(source.row_columns)
        p.row_items = self._integers(source.row_items)
        p.n_output, p.n_visible = len(source.output), source.visible
        p.output = self._integers(source.output)
        p.root, p.record_column, p.unit_level = source.root, source.record_column, source.unit_level
        p.identifier_column, p.metadata_column = source.identifier_column, source.metadata_column
        p.corrupt_column, p.rescue_column, p.n_layers = source.corrupt_column, source.rescue_column, source.layers
        p.identifier, p.n_identifier = source.identifier_path
        p.group, p.n_group = source.group_path
        p.replace_surrogates = source.replace_surrogates
        p.limits.depth = source.limits.get("depth", 128)
        p.limits.map_keys = source.limits.get("map_keys", 1 << 20)
        p.limits.rows = source.limits.get("rows", 1 << 24)
        p.limits.max_inflated = source.limits.get("max_inflated", 256 << 20)
        return 0

    cdef int _check_texts(self) except -1:
        """Runs defaults and constants once, so that an ill-typed one fails here and not in a batch."""
        cdef la_run *run = la_run_new(&self.plan, _seed)
        cdef la_field *field
        cdef la_node *node
        cdef la_text *constant
        cdef int32_t k
        if run == NULL or la_run_begin(run, 1024):
            la_run_free(run)
            raise MemoryError
        try:
            for k in range(self.plan.n_fields):
                field = &self.plan.fields[k]
                if field.default_text == NULL:
                    continue
                # What stands in for a value must fit, whatever becomes of values that do not.
                node = &self.plan.nodes[field.node]
                while node.op == _OPS["or_else"]:
                    node = &self.plan.nodes[node.child]
                if not self._fits(run, node, field.default_text, field.default_length):
                    text = field.default_text[:field.default_length]
                    key = field.key[:field.key_length].decode()
                    raise ValueError(f"the default of {key!r}, {text.decode()}, is not a value of its own type")
            for k in range(self.plan.n_nodes):
                node = &self.plan.nodes[k]
                if node.op != _OPS["constant"]:
                    continue
                constant = &self.plan.texts[node.a]
                if not self._fits(run, &self.plan.nodes[node.child], constant.text, constant.length):
                    text = constant.text[:constant.length]
                    raise ValueError(f"the constant {text.decode('utf-8', 'replace')} is not a value of its own type")
        finally:
            la_run_free(run)
        return 0

    cdef bint _fits(self, la_run *run, const la_node *node, const uint8_t *text, uint32_t length) except -1:
        run.text_bound = length
        run.event = text
        if la_reserve_text(run, length, NULL):
            raise MemoryError
        return length > 0 and la_value(run, node, text, text + length, 0) == text + length


def find(data, bytes needle):
    """Where the bytes ``needle`` stand in a buffer, or -1."""
    cdef Py_buffer view
    cdef const uint8_t *found
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    found = <const uint8_t *>memmem(view.buf, view.len, PyBytes_AsString(needle), len(needle))
    at = -1 if found == NULL else found - <const uint8_t *>view.buf
    PyBuffer_Release(&view)
    return at


cdef extern from "Python.h":
    object PyMemoryView_FromMemory(char *mem, Py_ssize_t size, int flags)

cdef extern from "string.h":
    void *memchr(const void *text, int byte, size_t n)
    int memcmp(const void *one, const void *other, size_t n)
    void *memmem(const void *haystack, size_t n, const void *needle, size_t length)


cdef la_call _call_out(void *context, int32_t codec, const uint8_t *p, size_t n, uint64_t limit, const uint8_t **out,
                       size_t *out_length) noexcept with gil:
    """The call-out of the word ``codec``: a function of the bytes and of how many it may make of them, which returns
    them, None if it refuses the bytes, or False if there would be more. ``context``: a list that begins with the
    plan's functions; what they return lives in it until the event is done. A function that ``borrows`` is given a
    view, of which it keeps nothing: to copy a large event costs as much as to decode it."""
    try:
        held = <list>context
        function = held[0][codec]
        if getattr(function, "borrows", False):
            view = PyMemoryView_FromMemory(<char *>p, n, PyBUF_READ)
            try:
                data = function(view, limit)
            finally:
                view.release()
        else:
            data = function(p[:n], limit)
        if data is None:
            return LA_CALL_REFUSED
        if data is False or len(data) > limit:
            return LA_CALL_LIMIT
        if not isinstance(data, bytes):
            data = bytes(data)
        held.append(data)
        out[0] = <const uint8_t *>PyBytes_AsString(data)
        out_length[0] = len(data)
        return LA_CALL_DONE
    except MemoryError:
        return LA_CALL_NO_MEMORY
    except BaseException as error:
        (<list>context).append(error)
        return LA_CALL_RAISED


cdef object _failure_of(la_run *run, bint placed):
    """The exception for the failure in a run; ``placed``: in a text, where it has an offset."""
    cdef la_failure_state *f = &run.failure
    cdef uint32_t n_notes = run.n_notes
    if f.code == LA_E_NO_MEMORY or la_notes_path(run, False):
        return MemoryError()
    path = run.notes[n_notes:run.n_notes]
    run.n_notes = n_notes
    from lambdarrow import _errors

    return _errors.DecodeError(
        la_error_names[<int>f.code].decode(), la_error_texts[<int>f.code].decode(), f.looks,
        path.decode("utf-8", "replace"), None if f.record < 0 else f.record,
        la_event_offset(run, f.at) if placed else None, None if f.inner_offset < 0 else f.inner_offset)


# no_gc_clear: the collector may not empty what __dealloc__ needs. No cycle leads through these.
@cython.no_gc_clear
cdef class Decoder:
    """Runs a plan. ``decode`` makes one batch of one event; ``feed`` and ``finish`` one of many."""

    cdef readonly Plan plan
    cdef la_run_cell cell
    cdef la_run *feeding
    cdef object lock        # of `feeding`: threads that feed one decoder take turns
    cdef la_on_error on_error

    def __cinit__(self, Plan plan, on_error):
        self.plan = plan
        if not plan.plan.n_nodes:
            raise ValueError("a view of a plan cannot decode")
        if on_error == "null" and plan.plan.corrupt_column < 0:
            raise ValueError("on_error='null' needs a plan with a column for corrupt records")
        self.feeding = NULL
        self.lock = _thread.allocate_lock()
        self.on_error = _MODES[on_error]

    def __dealloc__(self):
        if self.plan is not None:
            la_run_free(la_run_take(&self.cell, &self.plan.plan, 0))
        la_run_free(self.feeding)

    cdef la_run *_take(self) except NULL:
        cdef la_run *run = la_run_take(&self.cell, &self.plan.plan, _seed)
        if run == NULL:
            raise MemoryError
        run.on_error = self.on_error
        return run

    cdef int _run(self, la_run *run, event, bint begin, codecs) except -1:
        """Borrows the event's bytes for one pass."""
        cdef Py_buffer view
        cdef bint refused, failed
        cdef list held = [self.plan.source.codecs if codecs is None else codecs]
        PyObject_GetBuffer(event, &view, PyBUF_SIMPLE)
        try:
            run.call_outs.context = <void *>held
            run.call_outs.decode = _call_out
            with nogil:
                refused = begin and la_run_begin(run, view.len) != 0
                failed = not refused and la_run_event(run, <const uint8_t *>view.buf, view.len) != 0
            if refused:
                raise MemoryError
            if failed:
                self._raise(run, held)
        finally:
            run.call_outs.context = NULL
            PyBuffer_Release(&view)
        return 0

    cdef int _raise(self, la_run *run, list held) except -1:
        if run.failure.code == LA_E_CALL_OUT and len(held) > 1:
            raise held[len(held) - 1]
        raise _failure_of(run, True)

    def decode(self, event, codecs=None):
        """The rows of one event; ``event`` is anything with the buffer protocol. ``codecs``: functions to use
        instead of the plan's."""
        cdef la_run *run = self._take()
        try:
            self._run(run, event, True, codecs)
            return _finish(self.plan, run)
        finally:
            la_run_drop(run)
            la_run_return(&self.cell, run)

    def feed(self, event, codecs=None):
        """Appends an event to the batch that is being gathered; returns its rows so far. An event
        that raises leaves no row."""
        cdef la_run *run
        with self.lock:
            run = self.feeding
            if run != NULL:
                self._run(run, event, False, codecs)
            else:
                run = self._take()
                try:
                    self._run(run, event, True, codecs)
                except BaseException:
                    la_run_drop(run)
                    la_run_return(&self.cell, run)
                    raise
                self.feeding = run
            return run.domains[self.plan.plan.levels[self.plan.plan.n_levels - 1]].length

    def finish(self):
        """The rows of all events fed since the last finish; None if there was none."""
        cdef la_run *run
        with self.lock:
            run = self.feeding
            self.feeding = NULL
        if run == NULL:
            return None
        try:
            return _finish(self.plan, run)
        finally:
            la_run_drop(run)
            la_run_return(&self.cell, run)


cdef Rows _finish(Plan plan, la_run *run):
    cdef Rows rows = Rows.__new__(Rows)
    rows.plan = plan
    rows.n_events = run.n_events
    rows.n_records = run.n_records
    if run.n_failures:
        rows.failures = _failures(run)
    else:
        rows.failures = ()
    if run.n_events == 1:
        rows.event_rows = (0,)
    else:
        rows.event_rows = tuple([la_event_row(run, k) for k in range(run.n_events)])
    rows.observed = tuple([_observed(&run.observed, k) for k in range(min(LA_OBSERVED, run.observed.n_places))])
    rows.spans = ()
    if not plan.source.visible and run.n_events == 1:  # it observes
        rows.spans = tuple([(run.records[k].start, run.records[k].length) for k in range(run.n_records)])
    rows.cases = tuple([tuple([la_case_count(run, column, k) for k in range(len(names))])
                        for _, column, names in plan.source.cases])
    rows.all = la_run_finish(run, &rows.n_rows)
    if rows.all == NULL:
        raise _no_rows(run.failure.code)
    return rows


cdef tuple _observed(const la_observed *o, int32_t place):
    """What was met at a place: a bit for each kind, how many numbers are no int64, the digits before and behind the
    point, the items' place, and the keys with theirs."""
    cdef const la_observation *at = &o.places[place]
    cdef int32_t child = at.first
    keys = []
    while child >= 0:
        key = o.text[o.places[child].key:o.places[child].key + o.places[child].key_length]
        keys.append((key.decode(), _observed(o, child)))
        child = o.places[child].next
    item = None if at.item < 0 else _observed(o, at.item)
    return at.met, at.not_int64, at.whole, at.scale, item, tuple(keys)


cdef object _no_rows(la_error code):
    if code == LA_E_NO_MEMORY:
        return MemoryError()
    from lambdarrow import _errors

    reason, text = la_error_names[<int>code].decode(), la_error_texts[<int>code].decode()
    return _errors.DecodeError(reason, text, 0, "$", None, 0, None)


cdef tuple _failures(la_run *run):
    """What failed, as tuples: reason, text, looks, path, event, record, offset, inner_offset, raw,
    identifier, row, group."""
    cdef la_failure *f
    cdef uint32_t k
    found = []
    for k in range(run.n_failures):
        f = &run.failures[k]
        found.append((
            la_error_names[<int>f.code].decode(), la_error_texts[<int>f.code].decode(), f.looks,
            run.notes[f.path:f.path + f.path_length].decode("utf-8", "replace"),
            f.event, f.record, f.offset, None if f.inner_offset < 0 else f.inner_offset,
            <bytes>run.notes[f.raw:f.raw + f.raw_length],
            None if f.identifier_length < 0 else run.notes[f.identifier:f.identifier + f.identifier_length].decode(),
            f.row,
            None if f.group_length < 0 else run.notes[f.group:f.group + f.group_length].decode("utf-8", "replace")))
    return tuple(found)


include "columns.pxi"
include "objects.pxi"
include "peek.pxi"


cdef object _tree(const ArrowSchema *schema):
    children = tuple([_tree(schema.children[k]) for k in range(schema.n_children)])
    dictionary = None if schema.dictionary == NULL else _tree(schema.dictionary)
    name = "" if schema.name == NULL else schema.name.decode("utf-8", "replace")
    return (schema.format.decode("utf-8", "replace"), name, bool(schema.flags & ARROW_FLAG_NULLABLE),
            _metadata(schema.metadata), children, dictionary)


cdef object _metadata(const char *text):
    """Arrow's encoding of key-value metadata: a count, then lengths and bytes, native int32."""
    cdef int32_t count, size
    if text == NULL:
        return None
    found = {}
    memcpy(&count, text, 4)
    text += 4
    while count > 0:
        count -= 1
        memcpy(&size, text, 4)
        key = text[4:4 + size].decode("utf-8", "replace")
        text += 4 + size
        memcpy(&size, text, 4)
        found[key] = text[4:4 + size].decode("utf-8", "replace")
        text += 4 + size
    return found


cdef bytes _encoded(dict metadata):
    cdef bytes made = _int32(len(metadata))
    for text in [text for pair in metadata.items() for text in pair]:
        raw = text.encode()
        made += _int32(len(raw)) + raw
    return made


cdef bytes _int32(int32_t number):
    return PyBytes_FromStringAndSize(<const char *>&number, sizeof(number))


def schema_tree(capsule):
    """An Arrow schema capsule as nested tuples: format, name, nullable, metadata, children, dictionary."""
    cdef ArrowSchema *schema = <ArrowSchema *>PyCapsule_GetPointer(capsule, "arrow_schema")
    if schema.release == NULL:
        raise ValueError("the schema has been released")
    return _tree(schema)
