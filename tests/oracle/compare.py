"""Two tables that should hold the same."""

import pyarrow as pa


def built(values, kind):
    """pa.array, which cannot make a dictionary that lies inside a list or map: those arrays hold plain text."""
    return _typed(pa.array(values, undictionary(kind)), kind)


def _typed(array, kind):
    if pa.types.is_dictionary(kind):
        return array.cast(kind)
    if not pa.types.is_struct(kind):
        return array
    children = [_typed(array.field(at), kind.field(at).type) for at in range(kind.num_fields)]
    fields = [field.with_type(child.type) for field, child in zip(kind, children, strict=True)]
    return pa.StructArray.from_arrays(children, fields=fields, mask=array.is_null())


def undictionary(kind):
    """The type with its dictionaries and views replaced by what they stand for, at every depth."""
    if pa.types.is_dictionary(kind):
        return undictionary(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.utf8()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(undictionary(field.type)) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(kind.key_type, undictionary(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(undictionary(kind.value_type)))
    return kind


def plain(batch):
    """The batch with undictionary() types: two dictionaries in another order hold the same column."""
    arrays = [_plain_array(array) for array in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _plain_array(array):
    kind = undictionary(array.type)
    if kind == array.type:
        return array
    if pa.types.is_struct(kind):
        children = [_plain_array(array.field(at)) for at in range(kind.num_fields)]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    if pa.types.is_list(kind):
        values = _plain_array(array.values)
        return pa.ListArray.from_arrays(array.offsets, values, type=kind, mask=array.is_null())
    if pa.types.is_map(kind):
        return pa.array(array.to_pylist(), kind)
    return array.cast(kind)


def rows(batch):
    """The rows as a `lambdarrow.Batch` gives them: a map column is dicts, which to pyarrow are lists of pairs."""
    columns = [
        [value if value is None else dict(value) for value in column.to_pylist()]
        if pa.types.is_map(column.type)
        else column.to_pylist()
        for column in batch.columns
    ]
    return [dict(zip(batch.schema.names, values, strict=True)) for values in zip(*columns, strict=True)]


def assert_same(ours, expected):
    """Equal names, types and values; dictionaries stand for their values, and are tested on their own."""
    assert ours.schema.names == expected.schema.names
    ours, expected = plain(ours), plain(expected)
    assert ours.schema.types == expected.schema.types
    for name, left, right in zip(ours.schema.names, ours.columns, expected.columns, strict=True):
        assert left.equals(right), f"{name}: {left} is not {right}"
