"""What the door sees of the engine (engine/*.h)."""
from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "engine/check.h" nogil:
    enum: LA_OP_COUNT, LA_E_COUNT, LA_C_KINDS, LA_LAYERS, LA_OBSERVED
    enum la_column_kind: LA_C_BITS, LA_C_FIXED, LA_C_TEXT32, LA_C_TEXT64, LA_C_VIEW, LA_C_DICT, LA_C_LIST, \
        LA_C_MAP, LA_C_STRUCT, LA_C_ROWS, LA_C_GROUP
    enum la_error: LA_E_NONE, LA_E_NO_MEMORY, LA_E_CALL_OUT
    enum la_call: LA_CALL_DONE, LA_CALL_REFUSED, LA_CALL_LIMIT, LA_CALL_RAISED, LA_CALL_NO_MEMORY
    enum la_on_error: LA_RAISE, LA_COLLECT, LA_STOP, LA_NULL
    const char *const la_error_names[]
    const char *const la_error_texts[]

    ctypedef struct la_limits:
        uint32_t depth, map_keys, rows
        uint64_t max_inflated

    ctypedef struct la_column_spec:
        uint8_t kind, nullable
        uint16_t width
        int32_t domain, child_domain, first_child, n_children
        const char *format
        const char *name
        const char *metadata

    ctypedef struct la_dictionary:
        uint8_t *offsets
        uint8_t *data
        int32_t count

    ctypedef struct la_column:
        uint8_t *validity
        uint8_t *values
        uint8_t *data
        la_dictionary *dictionary
        int64_t null_count
        size_t length

    ctypedef struct la_columns:
        uint32_t count
        la_column *columns

    ctypedef struct la_node:
        uint8_t op
        uint16_t flags
        int32_t column, child, first, count, a, b, c, d

    ctypedef struct la_field:
        const uint8_t *wire
        uint32_t wire_length, required
        int32_t node
        const uint8_t *default_text
        uint32_t default_length, key_length
        const uint8_t *key

    ctypedef struct la_object_spec:
        int32_t first, keyed, all, rest

    ctypedef struct la_text:
        const uint8_t *text
        uint32_t length

    ctypedef struct la_plan:
        la_node *nodes
        la_field *fields
        la_object_spec *objects
        int32_t *buckets
        int32_t *children
        int64_t *integers
        la_text *texts
        la_column_spec *columns
        int32_t *column_children
        int32_t *domain_first
        int32_t *domain_columns
        int32_t *text_columns
        int32_t *levels
        int32_t *row_columns
        int32_t *row_items
        int32_t *output
        int32_t n_nodes, n_fields, n_objects, n_buckets, n_children, n_integers, n_texts, n_columns
        int32_t n_column_children, n_domains, n_levels, n_output, n_visible
        int32_t root, record_column, identifier_column, metadata_column, corrupt_column, rescue_column, unit_level
        int32_t identifier, n_identifier, group, n_group, n_layers
        uint32_t replace_surrogates
        la_limits limits

    ctypedef struct la_failure_state:
        la_error code
        int looks
        const uint8_t *at
        int64_t inner_offset
        int32_t record

    ctypedef struct la_failure:
        la_error code
        int looks
        uint32_t event, record, offset
        int64_t inner_offset
        uint32_t start, length, path, path_length, raw, raw_length, identifier, group
        int32_t identifier_length, group_length
        uint64_t row

    ctypedef struct la_span:
        uint32_t start, length

    ctypedef struct la_call_outs:
        void *context
        la_call (*decode)(void *, int32_t, const uint8_t *, size_t, uint64_t, const uint8_t **, size_t *) noexcept

    ctypedef struct la_domain:
        size_t length

    ctypedef struct la_observation:
        uint32_t met, not_int64
        int32_t whole, scale, item, first, next
        uint32_t key, key_length

    ctypedef struct la_observed:
        la_observation *places
        uint32_t n_places
        uint8_t *text

    ctypedef struct la_run:
        la_observed observed
        la_columns *all
        la_column *columns
        la_domain *domains
        la_on_error on_error
        la_call_outs call_outs
        const uint8_t *event
        size_t event_length
        size_t text_bound
        uint32_t n_events, n_records, n_failures, n_notes
        uint32_t *event_starts
        la_span *records
        la_failure *failures
        uint8_t *notes
        la_failure_state failure

    ctypedef struct la_run_cell:
        pass

    struct ArrowSchema:
        const char *format
        const char *name
        const char *metadata
        int64_t flags, n_children
        ArrowSchema **children
        ArrowSchema *dictionary
        void (*release)(ArrowSchema *) noexcept

    struct ArrowArray:
        int64_t length, null_count
        void (*release)(ArrowArray *) noexcept

    struct ArrowArrayStream:
        void (*release)(ArrowArrayStream *) noexcept

    int ARROW_FLAG_NULLABLE

    const char *la_plan_check(const la_plan *)
    const char *la_view_check(const la_plan *)
    void la_plan_seal(la_plan *)
    uint32_t la_bucket_count(int32_t)
    size_t la_wire_size(size_t)
    uint32_t la_wire_write(const uint8_t *, uint32_t, uint8_t *)

    la_run *la_run_take(la_run_cell *, const la_plan *, uint64_t)
    la_run *la_run_new(const la_plan *, uint64_t)
    void la_run_return(la_run_cell *, la_run *)
    void la_run_free(la_run *)
    int la_run_begin(la_run *, size_t)
    void la_run_drop(la_run *)
    int la_run_event(la_run *, const uint8_t *, size_t)
    la_columns *la_run_finish(la_run *, size_t *)
    size_t la_event_row(const la_run *, size_t)
    size_t la_case_count(const la_run *, int32_t, int32_t)
    la_columns *la_columns_take(const la_plan *, la_columns *, size_t, const int32_t *, size_t, la_error *)
    int la_notes_path(la_run *, bint)
    uint32_t la_event_offset(const la_run *, const uint8_t *)
    const uint8_t *la_value(la_run *, const la_node *, const uint8_t *, const uint8_t *, size_t)
    int la_reserve_text(la_run *, size_t, const uint8_t *)

    void la_column_release(la_columns *, la_column *)
    bint la_get_bit(const uint8_t *, size_t)
    int la_export_schema(const la_plan *, int32_t, ArrowSchema *)
    int la_export_batch_schema(const la_plan *, ArrowSchema *)
    int la_export_array(const la_plan *, la_columns *, int32_t, ArrowArray *)
    int la_export_batch(const la_plan *, la_columns *, size_t, ArrowArray *)
    int la_hide_slots(ArrowArray *, const uint8_t *)
    int la_stream_init(ArrowArrayStream *, const la_plan *, size_t)
    int la_stream_add(ArrowArrayStream *, const la_plan *, la_columns *, size_t)

    int la_engine_init(const char *)
    const char *la_dispatch_name()
    void la_pool_clear()
    void la_pool_set_limit(size_t)
    size_t la_pool_kept_bytes()
    long la_pool_live_blocks()
    void la_pool_fail(long)
    const char *la_op_name(int)


cdef extern from "kernels/peek.h":
    const uint8_t *la_peek_space(const uint8_t *, const uint8_t *) noexcept
    const uint8_t *la_peek_string(const uint8_t *, const uint8_t *) noexcept
    const uint8_t *la_peek_member(const uint8_t *, const uint8_t *, const uint8_t **, bint *) noexcept
    const uint8_t *la_peek_next(const uint8_t *, const uint8_t *, bint *) noexcept


cdef extern from "objects.h":
    enum: LA_NUMBERS_DECIMAL, LA_NUMBERS_INT_FLOAT, LA_NUMBERS_INT_DECIMAL, LA_NUMBERS_STR
    enum: LA_TEXT_ITEM, LA_TEXT_ATTRIBUTE

    ctypedef struct la_listener:
        int (*met)(la_listener *, la_run *, int, const uint8_t *, const uint8_t *) noexcept

    ctypedef struct la_objects:
        la_listener listener
        int numbers, strict
        void *decimal
        void *binary

    int la_objects_met(la_listener *, la_run *, int, const uint8_t *, const uint8_t *) noexcept
    enum: LA_BASE64_SLACK
    int la_base64_decode(const uint8_t **, const uint8_t *, uint8_t **) noexcept
    enum la_time_unit: LA_MICRO
    enum: LA_ZONE_REQUIRED
    int la_time_iso(const uint8_t *, const uint8_t *, la_time_unit, int, int64_t *) noexcept
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL
    PyObject *PyObject_CallFunctionObjArgs(object, object, void *)
    void PyErr_Clear()
    int PyObject_GenericSetAttr(object, object, object) except -1
    void la_objects_free(la_objects *)
    bint la_objects_claim(la_objects *)
    void la_objects_unclaim(la_objects *)
    int la_objects_text(la_objects *, la_run *, int, const uint8_t *, const uint8_t *, PyObject **) except -1
    int la_objects_parsed(la_objects *, la_run *, int, object, PyObject **) except -1
