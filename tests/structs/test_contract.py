"""Structs and columns of the same source have one contract: the same wire keys by the same names, types that go
together, and the same verdict on what is wrong."""

import base64
import datetime as dt
import gzip
import inspect
import json
import types
import typing

import msgspec
import pyarrow as pa
import pytest

from lambdarrow import _core, schema
from lambdarrow.events import _base
from lambdarrow.events.logs import LogsMessage

SOURCES = ["kinesis", "sqs", "dynamodb", "logs", "s3", "sns", "eventbridge", "firehose", "kafka"]

# Words that make a column of what another column has read already, or of no key at all.
DERIVED = {"part", "renamed", "counter", "each_key", "changed", "span", "rest", "inherit", "skip"}
# Columns that stand beside those of another object, and so have a longer name than the field in its own Struct.
LONGER = {
    ("s3", "bucket_name"): "name", ("s3", "bucket_owner"): "principal_id", ("s3", "bucket_arn"): "arn",
    ("kafka", "key_schema_id"): "schema_id", ("kafka", "key_schema_format"): "data_format",
    ("kafka", "schema_format"): "data_format",
}
# Where two keys lead to one column, the Struct's view takes either.
EITHER = {("firehose", "kafkaRecordValue"): "kafka_record_value_raw"}
# What a payload is, whose keys columns read through it.
INSIDE = {("logs", ("awslogs", "data")): LogsMessage}
# Types that differ on purpose: a column of text where the Struct has parts.
OTHER_TYPES = {
    ("kafka", "bootstrap_servers"): (pa.string(), list),
    **{("s3", f"{name}_event_data"): (pa.string(), _base.Event)
       for name in ("glacier", "restore", "replication", "intelligent_tiering", "lifecycle")},
    ("eventbridge", "detail"): (pa.string(), object),
    ("dynamodb", "keys"): (None, dict), ("dynamodb", "new_image"): (None, dict),
    ("dynamodb", "old_image"): (None, dict),
}


def module_of(source):
    return __import__(f"lambdarrow.{source}", fromlist=("",))


def read_keys(word, path=()):
    """The wire keys that columns read: (path, column, word)."""
    for child in word.children:
        if not isinstance(child, schema.Field):
            yield from read_keys(child, path)
            continue
        inner = path if child.key is None else (*path, child.key)
        if child.word.op in DERIVED:
            continue
        if child.word.op in ("object", "explode", "each", "tee") or (child.word.op == "base64" and inner[-1] == "data"
                                                                     and inner[0] == "awslogs"):
            if child.key is not None:
                yield inner, None, child.word
            yield from read_keys(child.word, inner)
        else:
            name = child.hidden if isinstance(child.hidden, str) else child.name
            if child.hidden is not True:
                yield inner, name, child.word
            if child.word.op in ("struct", "map"):
                yield from read_keys(child.word, inner)


def keys_of(source):
    own = module_of(source).SOURCE
    keys = list(read_keys(own.envelope(*[own.bare for _ in own.typed])))
    assert len([name for _, name, _ in keys if name]) >= 10
    return keys


def alone(hint):
    """A type without None and UNSET."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(hint) if part not in (type(None), msgspec.UnsetType)]
        return rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]  # noqa: UP007
    return hint


def plain(hint):
    """The class of a type: ``list`` of ``list[str] | None``."""
    hint = alone(hint)
    if isinstance(hint, typing.TypeVar) or hint is typing.Any:
        return object
    return typing.get_origin(hint) or hint


def struct_in(hint):
    """The Struct that a field holds, one or many of them."""
    hint = alone(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    return struct_in(arguments[-1]) if origin in (list, dict) else (origin or hint)


def field_at(source, path):
    """The Struct that has the field of this wire path, and the field's name."""
    struct = module_of(source).Event
    for index, key in enumerate(path):
        names = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
        assert key in names, (struct, path)
        if index == len(path) - 1:
            return struct, names[key]
        inner = INSIDE.get((source, path[:index + 1]))
        struct = inner or struct_in(typing.get_type_hints(struct)[names[key]])
    raise AssertionError(path)


def type_of(struct, name):
    """What the attribute of a Struct is: that of the field, or what its view says."""
    if name in struct.__struct_fields__:
        return plain(typing.get_type_hints(struct)[name])
    view = inspect.getattr_static(struct, name)
    if isinstance(view, _core.Payload):
        return bytes if view._base64 is True else str
    if isinstance(view, _core.LazyItem):
        return dict
    return plain(typing.get_type_hints(view.fget)["return"])


@pytest.mark.parametrize("source", SOURCES)
def test_every_key_that_a_column_reads_has_a_field_of_its_name(source):
    for path, column, _ in keys_of(source):
        struct, field = field_at(source, path)
        if column is not None:
            name = LONGER.get((source, column), column)
            assert field in (name, f"{name}_raw", EITHER.get((source, path[-1]))), (path, column)
            assert inspect.getattr_static(struct, name)


GO_TOGETHER = (
    (pa.types.is_timestamp, dt.datetime), (pa.types.is_integer, int), (pa.types.is_binary, bytes),
    (pa.types.is_string, str), (pa.types.is_list, list), (pa.types.is_map, dict), (pa.types.is_struct, _base.Event),
)
EMPTY = {"kafka": {"records": {}}, "firehose": {"records": []}, "eventbridge": {}}


def arrow_schema(source):
    own = module_of(source).SOURCE
    event = EMPTY.get(source, {"Records": []})
    if source == "logs":
        message = gzip.compress(json.dumps({"messageType": "DATA_MESSAGE", "logEvents": []}).encode())
        event = {"awslogs": {"data": base64.b64encode(message).decode()}}
    columns = [*own.columns, *own.on_request]
    if source == "dynamodb":
        columns.remove("changed")
    return pa.schema(module_of(source).to_arrow(json.dumps(event), columns=columns, dialect="plain").schema)


@pytest.mark.parametrize("source", SOURCES)
def test_types_go_together_and_what_may_be_absent_may_be_null(source):
    made = arrow_schema(source)
    compared = 0
    for path, column, _ in keys_of(source):
        if column is None or column not in made.names or len(path) > 1 and column in ("type", "value"):
            continue
        struct, field = field_at(source, path)
        arrow = made.field(column)
        name = LONGER.get((source, column), column)
        python = type_of(struct, name)
        if (source, column) in OTHER_TYPES:
            wanted, other = OTHER_TYPES[source, column]
            assert (wanted is None or arrow.type == wanted) and issubclass(python, other), column
        else:
            assert [kind for holds, kind in GO_TOGETHER if holds(arrow.type) and issubclass(python, kind)], (
                column, arrow, python)
        default = next(one for one in msgspec.structs.fields(struct) if one.name == field)
        assert default.required or arrow.nullable
        compared += 1
    assert compared >= 8


def test_no_exception_of_these_tables_is_for_nothing():
    columns = {(source, column) for source in SOURCES for _, column, _ in keys_of(source)}
    assert set(LONGER) <= columns and set(OTHER_TYPES) <= columns
