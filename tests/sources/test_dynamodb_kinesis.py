"""The changes of a table through a Kinesis data stream: dynamodb.record() as the payload of its records."""

import datetime as dt
import json
from decimal import Decimal

import events
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, archive, cli, dynamodb, kinesis, schema, sqs

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
WORDS = {"pk": "utf8", "n": "int64"}
FIELDS = ["event_id", "event_name", "event_source", "aws_region", "table_name", "record_format", "user_identity",
          "approximate_creation_date_time", "keys", "new_image", "old_image", "size_bytes"]
TIME, PRECISION = "ApproximateCreationDateTime", "ApproximateCreationDateTimePrecision"


def change(time=1_700_000_000_123, precision=None, identity=None, **more):
    """A change as DynamoDB writes it into the stream, its key order too."""
    inner = {TIME: time, PRECISION: precision, "Keys": {"pk": {"S": "a"}},
             "NewImage": {"pk": {"S": "a"}, "n": {"N": "1"}}, "SizeBytes": 17, **more}
    if precision is None:
        del inner[PRECISION]
    return {"awsRegion": "us-east-1", "eventID": "f9b1", "eventName": "INSERT", "userIdentity": identity,
            "recordFormat": "application/json", "tableName": "orders", "dynamodb": inner, "eventSource": "aws:dynamodb"}


def decoded(*loads, image=WORDS, **options):
    return kinesis.to_arrow(events.event_of(*loads), payload=dynamodb.record(image=image), **options)


def times(*loads, **options):
    batch = decoded(*loads, columns=["data.approximate_creation_date_time"], **options)
    column = pa.record_batch(batch).column("data").field("approximate_creation_date_time")
    assert column.type == pa.timestamp("us", "UTC")
    return column.cast(pa.int64()).to_pylist(), [(failure.index, failure.reason) for failure in batch.failures]


# --- columns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("identity", [None, {"type": "Service", "principalId": "dynamodb.amazonaws.com"}])
def test_a_record(check, identity, turned):
    load = change(identity=identity)
    batch = decoded(events.reversed_keys(load) if turned else load)
    ours = check(batch).column("data")
    assert [field.name for field in ours.type] == FIELDS
    item = pa.struct([("pk", pa.utf8()), ("n", pa.int64())])
    assert [ours.type.field(name).type for name in ("keys", "new_image", "old_image")] == [item] * 3
    assert batch["data"].to_pylist() == [{
        "event_id": "f9b1", "event_name": "INSERT", "event_source": "aws:dynamodb", "aws_region": "us-east-1",
        "table_name": "orders", "record_format": "application/json",
        "user_identity": identity and {"type": "Service", "principal_id": "dynamodb.amazonaws.com"},
        "approximate_creation_date_time": EPOCH + dt.timedelta(milliseconds=1_700_000_000_123),
        "keys": {"pk": "a", "n": None}, "new_image": {"pk": "a", "n": 1}, "old_image": None, "size_bytes": 17}]


OPTIONS = [{"dialect": "plain"}, {"dialect": "spark"}, {"string_type": "string_view"}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_dialects(options):
    loads = [change(), change(1_700_000_000_123_456, "MICROSECOND")]
    batch = decoded(*loads, **options)
    pa.record_batch(batch).validate(full=True)
    assert batch["data"].to_pylist() == decoded(*loads)["data"].to_pylist()


def test_items_are_json_unless_they_have_a_type():
    batch = kinesis.to_arrow(events.event_of(change()), payload=dynamodb.record())
    row = batch["data"].to_pylist()[0]
    assert [json.loads(row[name]) for name in ("keys", "new_image")] == [{"pk": "a"}, {"pk": "a", "n": 1}]
    typed = dynamodb.record(image={"n": "decimal128(5, 2)", "pk": "utf8"}, keys=["pk"], strict=True)
    row = kinesis.to_arrow(events.event_of(change()), payload=typed)["data"].to_pylist()[0]
    assert (row["keys"], row["new_image"]) == ({"pk": "a"}, {"n": Decimal("1.00"), "pk": "a"})
    load = change(NewImage={"n": {"SS": ["a", "a"]}})
    for strict, rows in ((False, 1), (True, 0)):
        word = dynamodb.record(image={"n": ["utf8"]}, strict=strict)
        assert kinesis.to_arrow(events.event_of(load), payload=word, on_error="collect").num_rows == rows
    for wrong in ({"image": "utf8"}, {"image": ["int64"]}, {"image": WORDS, "keys": ["x"]}, {"keys": ["pk"]}):
        with pytest.raises(ValueError):
            dynamodb.record(**wrong)


@pytest.mark.parametrize("names", [
    ["event_id"], ["approximate_creation_date_time"], ["size_bytes", "approximate_creation_date_time"],
    ["new_image"], ["new_image.n", "event_name"], ["keys.pk"], ["user_identity.type"], ["old_image", "table_name"],
], ids=str)
def test_columns_narrow_the_record(check, names):
    loads = [change(), change(1_700_000_000_123_456, "MICROSECOND"), change(None)]
    whole = decoded(*loads)
    batch = decoded(*loads, columns=[f"data.{name}" for name in names])
    check(batch)
    for name in names:
        assert batch[f"data.{name}"].to_pylist() == whole[f"data.{name}"].to_pylist()
    tops = {name.partition(".")[0] for name in names}
    assert {field.name for field in pa.schema(batch.schema).field("data").type} == tops


@pytest.mark.parametrize("name", ["_precision", "_scaled", "dynamodb", "nope", "new_image.x"])
def test_columns_that_the_record_has_not(name):
    with pytest.raises(ValueError, match="has no field"):
        decoded(change(), columns=[f"data.{name}"])


def test_what_is_not_asked_for_is_not_looked_at():
    load = change("no time", "FORTNIGHT", NewImage={"n": {"N": "x"}})
    assert decoded(load, columns=["data.event_id"])["data.event_id"].to_pylist() == ["f9b1"]
    with pytest.raises(DecodeError):
        decoded(load)


def test_flatten(check):
    kinesis_has = ("event_id", "event_name", "event_source", "aws_region")
    columns = [f"data.{name}" for name in FIELDS if name not in kinesis_has]
    loads = [change(), change(1_700_000_000_123_456, "MICROSECOND")]
    flat = decoded(*loads, columns=columns, flatten=True)
    assert check(flat).schema.names == [name.partition(".")[2] for name in columns]
    assert flat.to_pylist() == [{name: row["data"][name] for name in flat.column_names} for row in decoded(*loads)]
    # Some are called as columns of Kinesis's own.
    with pytest.raises(ValueError, match="two columns are named 'event_id'"):
        decoded(*loads, flatten=True)


# --- times ------------------------------------------------------------------------------------------

LARGEST = 2**63 - 1


@pytest.mark.parametrize("precision, factor", [(None, 1000), ("MILLISECOND", 1000), ("MICROSECOND", 1)])
def test_milliseconds_or_microseconds(precision, factor):
    values = [0, 1, -1, 1_700_000_000_123, LARGEST // factor, -(LARGEST // factor)]
    for loads in ([change(value, precision) for value in values],
                  [events.reversed_keys(change(value, precision)) for value in values]):
        assert times(*loads) == ([value * factor for value in values], [])


PRECISIONS = st.sampled_from([None, "MILLISECOND", "MICROSECOND"])


@given(st.lists(st.tuples(st.integers(-(2**50), 2**52), PRECISIONS), max_size=8))
def test_each_record_has_its_own_precision(drawn):
    loads = [change(value, precision) for value, precision in drawn]
    expected = [value * (1 if precision == "MICROSECOND" else 1000) for value, precision in drawn]
    assert times(*loads) == (expected, [])


@pytest.mark.parametrize("time, precision, reason, where", [
    (1, "SECOND", "unexpected_value", PRECISION), (1, "", "unexpected_value", PRECISION),
    (1, "microsecond", "unexpected_value", PRECISION), (1, "MICROSECOND ", "unexpected_value", PRECISION),
    (1, "MICROSECONDS", "unexpected_value", PRECISION), (1, "MICRO", "unexpected_value", PRECISION),
    (1, 5, "expected_string", PRECISION), (LARGEST // 1000 + 1, None, "out_of_range", None),
    (-(LARGEST // 1000) - 1, "MILLISECOND", "out_of_range", None), (LARGEST + 1, "MICROSECOND", "out_of_range", TIME),
    ("1", None, "expected_number", TIME), (1.5, "MICROSECOND", "not_exact", TIME), ([], None, "expected_number", TIME),
])
def test_a_time_that_cannot_be_fails_its_record(time, precision, reason, where):
    good = change()
    batch = decoded(good, change(time, precision), good, on_error="collect")
    (failure,) = batch.failures
    assert (failure.index, failure.reason, failure.item_identifier) == (1, reason, events.sequence(1))
    if where:
        assert failure.path == f"$.Records[1].kinesis.data → $.dynamodb.{where}"
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": events.sequence(1)}]}
    assert batch["data.approximate_creation_date_time"].to_pylist() == [
        EPOCH + dt.timedelta(milliseconds=1_700_000_000_123)] * 2
    nulled = decoded(good, change(time, precision), good, on_error="null")
    assert [row is None for row in nulled["data"]] == [False, True, False]
    stopped = decoded(good, change(time, precision), good, on_error="stop")
    assert stopped.record_index.to_pylist() == [0]


@pytest.mark.parametrize("inner, expected", [
    ({}, None), ({TIME: None}, None), ({TIME: None, PRECISION: "FORTNIGHT"}, None), ({PRECISION: "MICROSECOND"}, None),
    ({TIME: 7, PRECISION: None}, 7000), (None, None),
])
def test_no_time_has_no_precision(inner, expected):
    assert times({"dynamodb": inner}, change(1)) == ([expected, 1000], [])


@pytest.mark.parametrize("text, expected", [
    (b'{"dynamodb":{"T":1,"T":2}}', 2000),
    (b'{"dynamodb":{"T":1,"P":"MICROSECOND","P":"MILLISECOND"}}', 1000),
    (b'{"dynamodb":{"P":"MICROSECOND","T":1,"P":null}}', 1000),
    (b'{"dynamodb":{"T":1,"P":"MICROSECOND"},"dynamodb":{"T":2}}', 2000),
    (b'{"dynamodb":{"T":1},"dynamodb":{"T":2,"P":"MICROSECOND"}}', 2),
    (b'{"dynamodb":{"T":1},"dynamodb":{"P":"MICROSECOND"}}', None),
    (b'{"dynamodb":{"T":1},"dynamodb":null}', None),
])
def test_of_equal_keys_the_last_counts(text, expected):
    load = text.replace(b'"T"', f'"{TIME}"'.encode()).replace(b'"P"', f'"{PRECISION}"'.encode())
    again = json.dumps(json.loads(load)).encode()
    assert times(change(5), load, again, change(6)) == ([5000, expected, expected, 6000], [])


def test_it_is_a_word_like_any_other(check):
    """In a list, in a field, in a queue's message: each has its own precision."""
    changes = [change(1), change(2, "MICROSECOND"), change(3)]
    word = dynamodb.record(image=WORDS)
    listed = kinesis.to_arrow(events.event_of(changes, []), payload=schema.list_(word))
    check(listed)
    inside = kinesis.to_arrow(events.event_of({"a": changes[1]}), payload=schema.struct((schema.Field("a", word),)))
    check(inside)
    queued = sqs.to_arrow(events.sqs_event_of(*changes), payload=word)
    check(queued)
    micros = [EPOCH + dt.timedelta(microseconds=at) for at in (1000, 2, 3000)]
    assert [row["approximate_creation_date_time"] for row in listed["data"].to_pylist()[0]] == micros
    assert inside["data.a.approximate_creation_date_time"].to_pylist() == micros[1:2]
    assert queued["body.approximate_creation_date_time"].to_pylist() == micros


def test_feeding_many_events(check):
    decoder = kinesis.Decoder(payload=dynamodb.record(image=WORDS), on_error="collect")
    decoder.feed(events.event_of(change(1), change(2, "x"), change(3, "MICROSECOND")))
    decoder.feed(events.event_of(change(4)))
    batch = decoder.finish()
    check(batch)
    assert batch["data.approximate_creation_date_time"].to_pylist() == [
        EPOCH + dt.timedelta(microseconds=at) for at in (1000, 3, 4000)]


# --- faults of items --------------------------------------------------------------------------------


@pytest.mark.parametrize("more, reason, where", [
    ({"NewImage": {"n": {"S": "x"}}}, "unexpected_type", "NewImage.n"),
    ({"OldImage": {"n": {"N": "1.5"}}}, "expected_integer", "OldImage.n"),
    ({"Keys": {"pk": {"?": 1}}}, "invalid_attribute", "Keys.pk"),
    ({"SizeBytes": "17"}, "expected_integer", "SizeBytes"),
])
def test_an_item_that_does_not_fit_fails_its_record(more, reason, where):
    batch = decoded(change(), change(**more), on_error="collect")
    assert batch.num_rows == 1
    (failure,) = batch.failures
    assert (failure.path, failure.reason) == (f"$.Records[1].kinesis.data → $.dynamodb.{where}", reason)


# --- files and the shell ----------------------------------------------------------------------------


def test_converting_an_archive(tmp_path):
    path = tmp_path / "changes.ndjson"
    path.write_bytes(events.event_of(change(1)) + b"\n" + events.event_of(change(2, "MICROSECOND"), change(3, "?")))
    word = dynamodb.record(image=WORDS)
    summary = archive.convert(path, tmp_path / "out.parquet", payload=word, columns=["sequence_number", "data"])
    assert (summary.events, summary.rows, summary.failures) == (2, 2, 1)
    assert summary.first_failures[0].failure.path.endswith(PRECISION)
    rows = pq.read_table(tmp_path / "out.parquet")["data"].to_pylist()
    assert [row["approximate_creation_date_time"] for row in rows] == [
        EPOCH + dt.timedelta(microseconds=at) for at in (1000, 2)]
    assert [row["new_image"] for row in rows] == [{"pk": "a", "n": 1}] * 2


def test_the_shell_has_no_word_for_it_but_json(tmp_path, capsys):
    """`--payload` is the grammar; a change is an object of it like any other, its attributes with their tags."""
    path = tmp_path / "changes.json"
    path.write_bytes(events.event_of(change(1)))
    spec = {"tableName": "utf8", "dynamodb": {"NewImage": "json"}}
    assert cli.main(["convert", str(path), "-o", str(tmp_path / "out.parquet"), "--payload", json.dumps(spec)]) == 0
    capsys.readouterr()
    row = pq.read_table(tmp_path / "out.parquet")["data"].to_pylist()[0]
    assert dynamodb.unmarshal(row["dynamodb"]["NewImage"]) == {"pk": "a", "n": 1}
