"""Kinesis records that the Kinesis Producer Library has packed into one: a row each, whatever else stands in the batch.

Oracles: aws-kinesis-agg on what it gets right; json, base64 and a plain reader of protobuf's encoding (aggregates.py).
"""

import base64
import gzip
import hashlib
import itertools
import json
import random

import aggregates as kpl
import events
import pyarrow as pa
import pytest
from aggregates import content, keys, packed, user
from conftest import CORRUPT, facts
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import DecodeError, firehose, kinesis, schema

FIRST = kpl.aggregate(("a", b"1"), ("b", b"22", "5"), ("a", b""))
SECOND = kpl.aggregate(("é" * 40, b"of the second"), ("key", b"\xff\0"))
SINGLE = kpl.aggregate(("own", b"alone"))
EMPTY = packed(keys("nobody's"))
BROKEN = packed(keys("k") + user(b"1") + user(b"2", 1))
MIXED = events.event_of(b"plain", FIRST, b"", SECOND, b"between", SINGLE, EMPTY, b"after")


# --- rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
@pytest.mark.parametrize("string_type", ["utf8", "string_view"])
def test_every_user_record_is_a_row(dialect, string_type, check):
    batch = kinesis.to_arrow(MIXED, columns=kpl.ALL, dialect=dialect, string_type=string_type)
    check(batch)
    assert batch.to_pylist() == kpl.kinesis_rows(MIXED)
    assert batch.record_index.to_pylist() == [0, 1, 1, 1, 2, 3, 3, 4, 5, 7]
    assert batch.failures == () and batch.response() == {"batchItemFailures": []}


def test_columns_and_types_are_those_of_any_batch(check):
    plain, mixed = (check(kinesis.to_arrow(event)).schema for event in (events.event_of(b"x"), MIXED))
    assert mixed.equals(plain)
    types = dict(zip(kpl.ALL, check(kinesis.to_arrow(MIXED, columns=kpl.ALL)).schema.types, strict=True))
    assert types["explicit_hash_key"] == types["partition_key"] == pa.utf8()
    assert (types["sub_sequence_number"], types["user_record_index"]) == (pa.int64(), pa.int32())


@pytest.mark.parametrize("name", kpl.ALL)
@pytest.mark.parametrize("dialect", ["arrow", "spark"])
def test_each_column_alone_has_as_many_rows(name, dialect, check):
    batch = kinesis.to_arrow(MIXED, columns=[name], dialect=dialect)
    check(batch)
    assert batch.to_pylist() == kpl.kinesis_rows(MIXED, [name])


def test_any_columns_together():
    rng = random.Random(3)
    rows = kpl.kinesis_rows(MIXED)
    for _ in range(60):
        names = rng.sample(kpl.ALL, rng.randrange(1, 6))
        batch = kinesis.to_arrow(MIXED, columns=names)
        assert batch.to_pylist() == [{name: row[name] for name in names} for row in rows]


@pytest.mark.parametrize("payload, column", [("json", "data"), ({"n": "int64", "s": "utf8"}, "data.n")], ids=str)
def test_columns_do_not_change_how_many_rows_a_typed_payload_has(payload, column):
    event = events.event_of({"n": 1}, kpl.aggregate(("a", b'{"n":2}'), ("b", b'{"s":"x"}')), b'{"n":3}')
    for name in [column, *(name for name in kpl.ALL if name != "data")]:
        batch = kinesis.to_arrow(event, payload=payload, columns=[name])
        assert batch.record_index.to_pylist() == [0, 1, 1, 2], name
    rows = kinesis.to_arrow(event, payload=payload, columns=["partition_key"])
    assert rows["partition_key"].to_pylist() == ["key-0", "a", "b", "key-2"]


PLACES = {"plain": b"plain", "several": FIRST, "one": SINGLE, "none": EMPTY}


@pytest.mark.parametrize("places", list(itertools.product(PLACES, repeat=3)), ids="-".join)
def test_packed_and_plain_in_any_order(places):
    event = events.event_of(*[PLACES[name] for name in places])
    assert kinesis.to_arrow(event, columns=kpl.ALL).to_pylist() == kpl.kinesis_rows(event)


def test_keys_in_reverse(check):
    """The partition key then comes behind the data, which is what tells whether it is used."""
    event = json.dumps(events.reversed_keys(json.loads(MIXED))).encode()
    assert event.index(b'"data"') < event.index(b'"partitionKey"')
    batch = kinesis.to_arrow(event, columns=kpl.ALL)
    check(batch)
    assert batch.to_pylist() == kpl.kinesis_rows(MIXED)
    assert kinesis.to_arrow(event, columns=["partition_key"]).to_pylist() == kpl.kinesis_rows(MIXED, ["partition_key"])


@pytest.mark.parametrize("reverse", [False, True])
def test_missing_and_null_keys_and_data(reverse, check):
    datas = [b"plain", FIRST, SINGLE, EMPTY]
    records = []
    for number, (key, data) in enumerate(itertools.product(["k", None, ...], [*datas, None, ...])):
        record = events.record(data if isinstance(data, bytes) else None, number, partitionKey=key)
        for name, value in (("partitionKey", key), ("data", data)):
            if value is ...:
                del record["kinesis"][name]
        records.append(record)
    records += [events.record(number=98) | {"kinesis": None}, events.without(events.record(number=99), ["kinesis"])]
    for one in (records, records[::-1], records[3:]):
        event = events.event(map(events.reversed_keys, one) if reverse else one)
        batch = kinesis.to_arrow(event, columns=kpl.ALL)
        check(batch)
        assert batch.to_pylist() == kpl.kinesis_rows(event)


def wire(value):
    """A value's JSON text; bytes as base64."""
    return json.dumps(base64.b64encode(value).decode() if isinstance(value, bytes) else value)


def written_twice(key, first, last):
    """An event of one record whose object `kinesis` has that key twice."""
    text = json.dumps(events.record(b"", 0)["kinesis"])
    first, last = wire(first), wire(last)
    inner = f'{{"{key}":{first},{text[1:-1]},"{key}":{last}}}'
    record = json.dumps(events.record(b"", 0) | {"kinesis": "@"}).replace('"@"', inner)
    return f'{{"Records":[{record}]}}'.encode()


@pytest.mark.parametrize("key, values", [
    ("data", [b"plain", FIRST, SINGLE, EMPTY, None]), ("partitionKey", ["one", "two", "", None]),
])
def test_the_last_of_equal_keys_counts(key, values, check):
    for first, last in itertools.product(values, repeat=2):
        event = written_twice(key, first, last)
        batch = kinesis.to_arrow(event, columns=kpl.ALL)
        check(batch)
        assert batch.to_pylist() == kpl.kinesis_rows(event), (first, last)


@pytest.mark.parametrize("voided", [FIRST, b"plain", BROKEN])
def test_records_that_a_second_list_voids(voided, check):
    """`Records` twice, and `kinesis` twice: of the first nothing stays."""
    first = json.dumps([events.record(voided)]).encode()
    event = MIXED.replace(b'{"Records":[', b'{"Records":' + first + b',"Records":[')
    batch = kinesis.to_arrow(event, columns=kpl.ALL, on_error="collect")
    check(batch)
    assert batch.to_pylist() == kpl.kinesis_rows(MIXED) and batch.failures == ()
    if voided is not BROKEN:
        first = json.dumps(events.record(voided)["kinesis"]).encode()
        event = MIXED.replace(b'{"kinesis":', b'{"kinesis":' + first + b',"kinesis":')
        assert kinesis.to_arrow(event, columns=kpl.ALL).to_pylist() == kpl.kinesis_rows(MIXED)


def test_forms_of_an_event():
    for form in (MIXED.decode(), json.loads(MIXED), bytearray(MIXED), memoryview(MIXED)):
        assert kinesis.to_arrow(form, columns=kpl.ALL).to_pylist() == kpl.kinesis_rows(MIXED)


def test_packed_records_are_kept_whole_on_request(check):
    batch = kinesis.to_arrow(MIXED, deaggregate=False)
    check(batch)
    records = json.loads(MIXED)["Records"]
    assert batch["data"].to_pylist() == [base64.b64decode(one["kinesis"]["data"]) for one in records]
    assert batch["partition_key"].to_pylist() == [one["kinesis"]["partitionKey"] for one in records]
    broken = events.event_of(BROKEN)
    assert kinesis.to_arrow(broken, deaggregate=False)["data"].to_pylist() == [BROKEN]


def test_escapes_in_the_base64_and_texts_that_begin_like_the_magic():
    datas = [FIRST, b"\xf3\x89\x9a\xc2", b"\xf3\x89\x9a\xc3" + FIRST[4:], b"\xf3\x89", SECOND, EMPTY]
    for escape in ({0}, {4}, {1, 2}, set(range(7)), set(range(1000))):
        event = events.event_of(*datas)
        for data in datas:
            text = base64.b64encode(data).decode()
            wire = "".join(f"\\u{ord(c):04x}" if at in escape else c for at, c in enumerate(text))
            event = event.replace(f'"data":"{text}"'.encode(), f'"data":"{wire}"'.encode())
        assert kinesis.to_arrow(event, columns=kpl.ALL).to_pylist() == kpl.kinesis_rows(events.event_of(*datas))


# --- what others say --------------------------------------------------------------------------------

LIBRARY = ["sequence_number", "partition_key", "explicit_hash_key", "sub_sequence_number", "data"]


def by_us(event):
    return [tuple(row.values()) for row in kinesis.to_arrow(event, columns=LIBRARY)]


@given(st.lists(kpl.packings() | st.binary(max_size=30), min_size=1, max_size=4))
def test_records_as_the_library_packs_and_reads_them(groups):
    event = events.event_of(*[
        group if isinstance(group, bytes) else kpl.aggregated_by_the_library(*group) for group in groups
    ])
    assert by_us(event) == kpl.by_the_library(event)


@given(st.lists(st.tuples(kpl.KEY_TEXTS, kpl.DATA, st.none() | kpl.HASH_TEXTS), min_size=1, max_size=6))
def test_what_aggregate_packs(users):
    data = kinesis.aggregate(users)
    packed_users = [(key.encode(), hashed and hashed.encode(), content) for key, content, hashed in users]
    assert kpl.is_packed(data)
    assert kpl.users_of(data, strict=True) == kpl.by_protobuf(data) == packed_users
    # Byte for byte what the library makes.
    assert data == kpl.aggregated_by_the_library(*[user if user[2] else user[:2] for user in users])
    event = events.event_of(data)
    assert by_us(event) == [
        (events.sequence(0), key, hashed, at, content) for at, (key, content, hashed) in enumerate(users)
    ]
    if all(hashed is None for *_, hashed in users) or all(hashed is not None for *_, hashed in users):
        assert by_us(event) == kpl.by_the_library(event)


def test_aggregate_takes_what_it_says():
    assert kinesis.aggregate(iter([("k", bytearray(b"1")), ["k", memoryview(b"2"), None]])) == kpl.aggregate(
        ("k", b"1"), ("k", b"2"))
    with pytest.raises(ValueError, match="no records"):
        kinesis.aggregate([])
    many = [(f"key {at % 200}", b"%d" % at, str(at % 300) if at % 2 else None) for at in range(1000)]
    assert kpl.by_protobuf(kinesis.aggregate(many)) == [
        (key.encode(), hashed and hashed.encode(), data) for key, data, hashed in many
    ]


@given(st.lists(st.lists(kpl.messages().map(packed) | st.binary(max_size=20) | st.none(), max_size=3), max_size=3))
def test_any_messages(groups):
    run = kinesis.Decoder(columns=kpl.ALL)
    rows = []
    for datas in groups:
        event = events.event(events.record(data, number) for number, data in enumerate(datas))
        run.feed(event)
        rows += kpl.kinesis_rows(event)
    batch = run.finish()
    assert (batch.to_pylist() if batch else []) == rows


# --- a batch of several events ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns", [None, ["partition_key"], ["data", "sub_sequence_number"], ["record_index"]], ids=str)
@pytest.mark.parametrize("late", [0, 3, 40])
def test_the_first_packed_record_late_among_fed_events(late, columns, check):
    names = columns or kinesis.SOURCE.columns
    plain = [
        events.event(events.record(b"%d" % at, at, partitionKey=None if at % 5 == 3 else f"{number}-{at}")
                     for at in range(number % 9))
        for number in range(late)
    ]
    run = kinesis.Decoder(columns=columns)
    for _ in range(2):      # the second batch begins as the first did
        rows = []
        for event in [*plain, MIXED, *plain, events.event_of(SINGLE)]:
            run.feed(event)
            rows += kpl.kinesis_rows(event, names)
        batch = run.finish()
        check(batch)
        assert batch.to_pylist() == rows
        for event in plain:
            run.feed(event)
        batch = run.finish()
        rows = [row for event in plain for row in kpl.kinesis_rows(event, names)]
        assert (batch.to_pylist() if batch else []) == rows


def test_a_decoder_that_is_used_again():
    """Also behind an event that was refused at its first packed record."""
    run = kinesis.Decoder(columns=["partition_key", "data"])
    plain, broken = events.event_of(b"1", b"2"), events.event_of(FIRST, BROKEN)
    for event in (MIXED, plain, MIXED[:-1], plain, broken, plain, events.event_of(SECOND), plain):
        try:
            assert run.to_arrow(event).to_pylist() == kpl.kinesis_rows(event, ["partition_key", "data"])
        except DecodeError:
            assert event not in (MIXED, plain)


def test_ten_thousand_users_in_one_record(check):
    users = [(f"key {at % 50}", b"%d" % at) for at in range(10_000)]
    event = events.event_of(b"x", kinesis.aggregate(users), b"y")
    batch = kinesis.to_arrow(event, columns=kpl.ALL)
    check(batch)
    assert batch.num_rows == 10_002
    assert batch.to_pylist() == kpl.kinesis_rows(event)


# --- payloads ---------------------------------------------------------------------------------------

LOADS = [{"n": 1, "s": "é"}, {"n": 2}, {"s": "x", "n": None}, {"n": -3, "s": ""}]


def typed_event(*groups):
    """Each group a record: a list of loads packed, or a load as it is; keys are the loads' numbers, or the record's."""
    datas = [
        kpl.aggregate(*[(f"k{at}", load if isinstance(load, bytes) else json.dumps(load).encode())
                        for at, load in enumerate(group)]) if isinstance(group, list) else group
        for group in groups
    ]
    return events.event_of(*datas)


@pytest.mark.parametrize("options", [{}, {"dialect": "spark"}, {"string_type": "string_view"}], ids=str)
def test_payloads_are_typed_where_users_stand(options, check):
    import msgspec

    class Load(msgspec.Struct):
        n: int | None = None
        s: str | None = None

    event = typed_event(LOADS[:3], LOADS[3], LOADS[:1])
    loads = [{"n": load.get("n"), "s": load.get("s")} for load in [*LOADS[:3], LOADS[3], LOADS[0]]]
    for payload in ({"n": "int64", "s": "utf8"}, Load, pa.schema({"n": pa.int64(), "s": pa.utf8()})):
        batch = kinesis.to_arrow(event, payload=payload, **options)
        check(batch)
        assert batch["data"].to_pylist() == loads
        assert batch["partition_key"].to_pylist() == ["k0", "k1", "k2", "key-1", "k0"]
        flat = kinesis.to_arrow(event, payload=payload, flatten=True, columns=["partition_key", "data.n"], **options)
        assert flat.column_names == ["partition_key", "n"]
        assert flat["n"].to_pylist() == [load["n"] for load in loads]
    texts = [json.dumps(load) for load in [*LOADS[:3], LOADS[3], LOADS[0]]]
    for payload in ("utf8", "json"):
        assert kinesis.to_arrow(event, payload=payload, **options)["data"].to_pylist() == texts


def test_large_binary_and_views(check):
    for payload in ("large_binary", "large_utf8", "utf8_view", "binary"):
        batch = kinesis.to_arrow(events.event_of(b"a", kpl.aggregate(("k", b"b"), ("k", b"c" * 40))), payload=payload)
        check(batch)
        values = [b"a", b"b", b"c" * 40]
        assert batch["data"].to_pylist() == (values if "binary" in payload else [value.decode() for value in values])


@pytest.mark.parametrize("dialect", ["arrow", "plain"])
def test_lines_inside_users(dialect, check):
    loads = [b'{"n":1}\n\n{"n":2}\n', b"", b'{"n":3}']
    event = typed_event(loads, loads[2], loads[0], [loads[2]])
    batch = kinesis.to_arrow(event, payload=lambdarrow.lines({"n": "int64"}), dialect=dialect,
                             columns=["data", *(name for name in kpl.ALL if name != "data")])
    check(batch)
    of_user = [row | {"data": {"n": n}} for row in kpl.kinesis_rows(event)
               for n in [json.loads(line)["n"] for line in row["data"].splitlines() if line]]
    assert batch.to_pylist() == [{name: row[name] for name in batch.column_names} for row in of_user]
    for name in ("partition_key", "event_id", "record_index", "explicit_hash_key", "user_record_index"):
        alone = kinesis.to_arrow(event, payload=lambdarrow.lines({"n": "int64"}), dialect=dialect, columns=[name])
        assert alone.to_pylist() == [{name: row[name]} for row in of_user]


def test_compressed_lines_inside_users(check):
    loads = [gzip.compress(b'{"n":1}\n{"n":2}', mtime=0), b'{"n":3}']
    batch = kinesis.to_arrow(typed_event(loads, loads[0]), payload=lambdarrow.auto(lambdarrow.lines({"n": "int64"})))
    check(batch)
    assert batch["data.n"].to_pylist() == [1, 2, 3, 1, 2]
    assert batch["partition_key"].to_pylist() == ["k0", "k0", "k1", "key-1", "key-1"]


def test_log_events_inside_users(check):
    def subscription(*messages):
        return gzip.compress(json.dumps({
            "messageType": "DATA_MESSAGE", "logGroup": "g", "subscriptionFilters": ["f"],
            "logEvents": [{"id": str(at), "timestamp": at, "message": text} for at, text in enumerate(messages)],
        }).encode(), mtime=0)

    event = typed_event([subscription("a", "b"), subscription("c")], subscription("d"))
    batch = kinesis.to_arrow(event, payload=lambdarrow.logs.subscription())
    check(batch)
    assert batch["data.message"].to_pylist() == ["a", "b", "c", "d"]
    assert batch["partition_key"].to_pylist() == ["k0", "k0", "k1", "key-1"]


def test_several_shapes(check):
    shapes = lambdarrow.by("$.t", {"a": {"a": "int64"}, "b": {"b": "utf8"}}, other="json")
    loads = [{"t": "a", "a": 1}, {"t": "b", "b": "x"}, {"t": "b", "b": "y"}, {"q": 1}, {"t": "a", "a": 2}]
    event = typed_event(loads[:2], loads[2], loads[3:])
    batch = kinesis.to_arrow(event, payload=shapes, columns=["data", "partition_key", "event_id"])
    check(batch)
    assert batch.shapes == {"a": 2, "b": 2, "other": 1}
    parts = batch.split()
    for part in parts.values():
        check(part)
    assert [(row["data"]["a"], row["partition_key"]) for row in parts["a"]] == [(1, "k0"), (2, "k1")]
    assert [(row["data"]["b"], row["partition_key"]) for row in parts["b"]] == [("x", "k1"), ("y", "key-1")]
    assert [row["event_id"][-2:] for row in parts["b"]] == [events.sequence(at)[-2:] for at in (0, 1)]
    parts["b"].fail([0], "no")
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": events.sequence(0)}]}


def test_values_that_do_not_fit(check):
    event = typed_event([{"n": 1}, {"n": "x"}, {"n": "y"}], {"n": "z"}, [{"n": 2}])
    batch = kinesis.to_arrow(event, payload={"n": "int64"}, on_mismatch="rescue", columns=["data", "partition_key"])
    check(batch)
    assert batch["data.n"].to_pylist() == [1, None, None, None, 2]
    assert batch["_rescued"].to_pylist() == [None, {"$.n": '"x"'}, {"$.n": '"y"'}, {"$.n": '"z"'}, None]
    assert batch.rescued == {"$.n": 3}
    assert kinesis.to_arrow(event, payload={"n": "int64"}, on_mismatch="null")["data.n"].to_pylist() == [
        1, None, None, None, 2]


def test_schemas_are_inferred_from_users():
    event = typed_event([{"n": 1}, {"n": 2.5, "s": "x"}], {"b": True})
    plain = events.event_of({"n": 1}, {"n": 2.5, "s": "x"}, {"b": True})
    assert lambdarrow.infer_schema(event) == lambdarrow.infer_schema(plain)


# --- failures ---------------------------------------------------------------------------------------

GROUPS = [[{"n": 1}, {"n": 2}], {"n": 3}, [{"n": 4}, {"n": "x"}, {"n": 5}], [{"n": 6}], {"n": "y"}, [{"n": 7}, b"{"]]
FAILED = {2: ("expected_integer", " → $[1].n"), 4: ("expected_integer", " → $.n"), 5: ("unexpected_end", " → $[1]")}
NUMBERS = {0: [1, 2], 1: [3], 3: [6]}


def rows_left(mode):
    """(record, number) of each row of GROUPS."""
    left = []
    for at in range(len(GROUPS)):
        if at in FAILED and mode == "stop":
            break
        left += [(at, None)] * (mode == "null") if at in FAILED else [(at, n) for n in NUMBERS[at]]
    return left


@pytest.mark.parametrize("mode", ["collect", "stop", "null"])
@pytest.mark.parametrize("columns", [None, ["data", "partition_key"], ["data.n", "user_record_index"]], ids=str)
def test_a_user_record_that_fails_fails_its_record(mode, columns, check):
    event = typed_event(*GROUPS)
    batch = kinesis.to_arrow(event, payload={"n": "int64"}, on_error=mode, columns=columns)
    check(batch)
    assert [(record, value and value["n"]) for record, value in zip(batch.record_index, batch["data"], strict=True)
            ] == rows_left(mode)
    failed = list(FAILED)[: 1 if mode == "stop" else None]
    records = json.loads(event)["Records"]
    for failure, at in zip(batch.failures, failed, strict=True):
        reason, path = FAILED[at]
        assert (failure.index, failure.reason) == (at, reason)
        assert failure.path == f"$.Records[{at}].kinesis.data{path}"
        assert failure.item_identifier == events.sequence(at)
        assert json.loads(failure.raw) == records[at]
        # Into the string of the event, and into what it decodes to.
        text = records[at]["kinesis"]["data"]
        assert event[failure.offset :].startswith(text.encode())
        value = base64.b64decode(text)[failure.inner_offset :]
        assert value.startswith({2: b'"x"', 4: b'"y"'}.get(at, b""))
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": events.sequence(at)} for at in failed]}
    if mode == "null":
        assert [text is not None for text in batch[CORRUPT]] == [at in FAILED for at, _ in rows_left(mode)]
    with pytest.raises(DecodeError) as caught:
        kinesis.to_arrow(event, payload={"n": "int64"})
    assert facts(caught.value) == facts(batch.failures[0])


@pytest.mark.parametrize("mode", ["collect", "stop", "null"])
def test_a_message_that_is_none_fails_its_record(mode, check):
    event = events.event_of(b"1", FIRST, BROKEN, SECOND, b"2")
    batch = kinesis.to_arrow(event, on_error=mode, columns=kpl.ALL)
    check(batch)
    (failure,) = batch.failures
    assert (failure.index, failure.reason) == (2, "invalid_aggregate")
    assert failure.path == "$.Records[2].kinesis.data → $[1]"
    rows = kpl.kinesis_rows(events.event_of(b"1", FIRST, SECOND, b"2"), ["data", "partition_key"])
    rows = rows[:4] if mode == "stop" else rows
    if mode == "null":
        rows.insert(4, {"data": None, "partition_key": None})
    keys_of = {2: "key-3", 3: "key-4"}
    ours = [{"data": row["data"], "partition_key": row["partition_key"]} for row in batch]
    for row in rows[-1:] if mode != "stop" else []:     # its key follows its number in the event
        row["partition_key"] = keys_of[3]
    assert ours == rows
    with pytest.raises(DecodeError, match="the digest is right"):
        kinesis.to_arrow(event)


@pytest.mark.parametrize("at", range(6))
def test_a_failure_at_each_user_leaves_nothing(at, check):
    loads = [{"n": number} for number in range(5)]
    loads.insert(at, {"n": []})
    for before in ([], [[{"n": 8}]], [{"n": 9}]):
        batch = kinesis.to_arrow(typed_event(*before, loads, {"n": 7}), payload={"n": "int64"}, on_error="collect")
        check(batch)
        assert batch["data.n"].to_pylist()[-1] == 7 and batch.num_rows == len(before) + 1
        assert [one.path for one in batch.failures] == [f"$.Records[{len(before)}].kinesis.data → $[{at}].n"]


def test_what_fails_beside_the_data_takes_all_users_along(check):
    """Whether it comes before the data or behind it."""
    for name in ("partitionKey", "approximateArrivalTimestamp", "sequenceNumber"):
        records = [events.record(FIRST, 0), events.record(SECOND, 1, **{name: True}), events.record(b"x", 2)]
        for whole in (records, list(map(events.reversed_keys, records))):
            batch = kinesis.to_arrow(events.event(whole), on_error="collect", columns=kpl.ALL)
            check(batch)
            assert batch.record_index.to_pylist() == [0, 0, 0, 2]
            assert [one.index for one in batch.failures] == [1]
            assert batch["partition_key"].to_pylist() == ["a", "b", "a", "key-2"]


def test_a_handler_fails_a_row_and_with_it_the_record():
    batch = kinesis.to_arrow(MIXED)
    batch.fail([1, 3, 6, 8], "no")
    assert [failure.index for failure in batch.handler_failures] == [1, 3, 5]
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": events.sequence(at)} for at in (1, 3, 5)]}
    masked = kinesis.to_arrow(MIXED)
    masked.fail([at == 9 for at in range(10)], "no")
    assert masked.response() == {"batchItemFailures": [{"itemIdentifier": events.sequence(7)}]}


def test_what_is_not_asked_for_is_not_looked_at():
    """Neither a payload that does not fit its type, nor bad base64; but how many users there are is."""
    event = typed_event([{"n": "x"}, {"n": 1}], {"n": "y"})
    batch = kinesis.to_arrow(event, payload={"n": "int64"}, columns=["partition_key"])
    assert batch["partition_key"].to_pylist() == ["k0", "k1", "key-1"]
    for text in ("no base64!", "84maw!", "84mawgAAA", "84maw"):
        batch = kinesis.to_arrow(events.event([events.record(text), events.record(FIRST, 1)]), columns=["event_id"])
        assert batch.record_index.to_pylist() == [0, 1, 1, 1]


def test_a_key_that_is_no_text():
    data = packed(content(1, b"\xff") + user(b"1"))
    batch = kinesis.to_arrow(events.event_of(b"x", data), on_error="collect")
    assert [(one.index, one.reason) for one in batch.failures] == [(1, "invalid_utf8")]
    assert kinesis.to_arrow(events.event_of(b"x", data), columns=["data"])["data"].to_pylist() == [b"x", b"1"]


def test_a_limit_of_rows_counts_users():
    event = events.event_of(b"x", FIRST, b"y")
    assert kinesis.to_arrow(event, limits={"rows": 5}).num_rows == 5
    with pytest.raises(DecodeError) as caught:
        kinesis.to_arrow(event, limits={"rows": 3})
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("payload", ["json", {"a": "int64"}], ids=str)
def test_packed_bytes_where_json_was_declared_are_named(payload):
    with pytest.raises(DecodeError, match="Kinesis Producer Library"):
        kinesis.to_arrow(typed_event([{"a": 1}]), payload=payload, deaggregate=False)


# --- the range of a shard ---------------------------------------------------------------------------


def hash_of(key):
    return int.from_bytes(hashlib.md5(key.encode()).digest(), "big")


TOP = 2**128 - 1
RANGE_USERS = [("a", b"0"), ("b", b"1"), ("é", b"2"), ("a", b"3", "0"), ("a", b"4", str(TOP)), ("b", b"5", str(2**127)),
               ("b", b"6", "00012"), ("", b"7")]


def own_hash(user):
    return int(user[2]) if len(user) > 2 else hash_of(user[0])


@pytest.mark.parametrize("columns", [["data"], ["data", "explicit_hash_key", "sub_sequence_number", "partition_key"]])
def test_users_of_another_shard_are_dropped(columns, check):
    event = events.event_of(b"plain", kpl.aggregate(*RANGE_USERS), b"plain too")
    hashes = sorted({own_hash(user) for user in RANGE_USERS})
    bounds = [(0, TOP), (0, 0), (TOP, TOP), (0, 2**127 - 1), (2**127, TOP), (13, 2**127)]
    bounds += [(low + a, high + b) for low, high in zip(hashes[1:], hashes[2:], strict=False)
               for a, b in itertools.product((-1, 0, 1), (-1, 0)) if low + a <= high + b]
    rows = kpl.kinesis_rows(event, columns)
    for first, last in bounds:
        batch = kinesis.to_arrow(event, columns=columns, hash_key_range=(first, last))
        check(batch)
        mine = [first <= own_hash(user) <= last for user in RANGE_USERS]
        kept = [True, *mine, True]
        # A user keeps its number, whoever else is dropped.
        assert batch.to_pylist() == [row for row, keep in zip(rows, kept, strict=True) if keep], (first, last)
        assert batch.failures == ()


def test_a_record_whose_users_are_all_another_shards_leaves_no_row(check):
    event = events.event_of(FIRST, b"x", FIRST)
    batch = kinesis.to_arrow(event, hash_key_range=(6, 7), on_error="null")
    check(batch)
    assert batch["data"].to_pylist() == [b"x"] and batch["partition_key"].to_pylist() == ["key-1"]
    assert batch.response() == {"batchItemFailures": []}


@pytest.mark.parametrize("hash_key, sound", [
    (str(TOP), True), ("0" * 50 + "7", True), (str(TOP + 1), False), (str(2**128 * 10), False), ("9" * 60, False),
    ("", False), ("-1", False), ("1x", False), (" 1", False), ("٣", False),
])
def test_hash_keys_that_are_numbers_or_not(hash_key, sound):
    event = events.event_of(kpl.aggregate(("k", b"1", hash_key)), b"x")
    batch = kinesis.to_arrow(event, hash_key_range=(0, TOP), on_error="collect")
    assert [one.reason for one in batch.failures] == [] if sound else ["invalid_aggregate"]
    assert batch["data"].to_pylist() == ([b"1"] if sound else []) + [b"x"]
    # Where no range is asked for, a hash key is text.
    assert kinesis.to_arrow(event, columns=["explicit_hash_key"])["explicit_hash_key"].to_pylist() == [hash_key, None]


def test_payloads_of_another_shard_are_not_looked_at():
    event = events.event_of(kpl.aggregate(("a", b'{"n":1}', "5"), ("a", b"no JSON", "9")))
    batch = kinesis.to_arrow(event, payload={"n": "int64"}, hash_key_range=[0, 8])
    assert batch["data"].to_pylist() == [{"n": 1}]


# --- Firehose ---------------------------------------------------------------------------------------


def delivered(*datas, metadata=True):
    """A Firehose event; every second record came through a stream, unless there is no `metadata`."""
    records = []
    for at, data in enumerate(datas):
        record = {"recordId": f"id-{at}", "approximateArrivalTimestamp": 1_700_000_000_000 + at,
                  "data": base64.b64encode(data).decode()}
        if metadata and at % 2 == 0:
            record["kinesisRecordMetadata"] = {
                "sequenceNumber": events.sequence(at), "subsequenceNumber": 0, "partitionKey": f"key-{at}",
                "shardId": "shardId-000000000000", "approximateArrivalTimestamp": 1_700_000_000_000,
            }
        records.append(record)
    return json.dumps({"invocationId": "i", "deliveryStreamArn": "arn", "region": "r", "records": records}).encode()


def delivered_rows(event):
    rows = []
    for index, record in enumerate(json.loads(event)["records"]):
        metadata = record.get("kinesisRecordMetadata") or {}
        common = {"record_id": record["recordId"], "record_index": index}
        common["sequence_number"] = metadata.get("sequenceNumber")
        data = base64.b64decode(record["data"])
        rows += [common | own for own in kpl.own_columns(data, metadata.get("partitionKey"))]
    return rows


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_firehose_unpacks_too(metadata, reverse, check):
    datas = [b"plain", b"no stream", FIRST, SECOND, EMPTY, b"after", SINGLE, b"last"]
    names = ["record_id", "record_index", "sequence_number", *kpl.OWN]
    for one in (datas, datas[2:], datas[:2], datas[-1:]):
        event = delivered(*one, metadata=metadata)
        if reverse:
            event = json.dumps(events.reversed_keys(json.loads(event))).encode()
        batch = firehose.to_arrow(event, columns=names)
        check(batch)
        assert batch.to_pylist() == [{name: row[name] for name in names} for row in delivered_rows(event)]
        for name in names:
            alone = firehose.to_arrow(event, columns=[name])
            assert alone.to_pylist() == [{name: row[name]} for row in delivered_rows(event)]
    assert firehose.to_arrow(delivered(FIRST), deaggregate=False)["data"].to_pylist() == [FIRST]


def test_firehose_as_the_library_reads_it():
    """It knows records that came through a stream."""
    event = delivered(FIRST, b"skipped", SINGLE, b"skipped", b"plain")
    records = [one for one in json.loads(event)["records"] if "kinesisRecordMetadata" in one]
    theirs = [
        (one["kinesis"]["recordId"], one["kinesis"]["partitionKey"], base64.b64decode(one["kinesis"]["data"]))
        for one in kpl.deaggregator.deaggregate_records(records)
    ]
    ours = firehose.to_arrow(event, columns=["record_id", "partition_key", "data"])
    assert [tuple(row.values()) for row in ours if row["data"] != b"skipped"] == theirs


@pytest.mark.parametrize("mode", ["collect", "stop", "null"])
def test_firehose_answers_for_records(mode):
    event = delivered(FIRST, BROKEN, b"plain", EMPTY)
    batch = firehose.to_arrow(event, on_error=mode)
    answer = firehose.response(batch, [b"<" + (data or b"") + b">" for data in batch["data"]])
    results = [one["result"] for one in answer["records"]]
    assert [one["recordId"] for one in answer["records"]] == [f"id-{at}" for at in range(4)]
    assert results[:2] == ["Ok", "ProcessingFailed"]
    assert base64.b64decode(answer["records"][0]["data"]) == b"<1><22><>"
    # The row behind the broken record is held back, and must come again; what made no row is dropped.
    assert results[2:] == ["ProcessingFailed" if mode == "stop" else "Ok", "Dropped"]


# --- answers of GetRecords --------------------------------------------------------------------------

GET_RECORDS = lambdarrow.Envelope("Records", {
    "SequenceNumber": "utf8", "Data": "binary", "PartitionKey": "utf8",
    "ApproximateArrivalTimestamp": {"type": "timestamp[ms, UTC]", "epoch": "s"},
}, payload="Data", identifier="SequenceNumber", ordered=True)


def answer_of(*datas):
    return json.dumps({"NextShardIterator": "n", "MillisBehindLatest": 0, "Records": [
        {"SequenceNumber": str(at), "Data": base64.b64encode(data).decode(), "PartitionKey": f"key-{at}",
         "ApproximateArrivalTimestamp": 1.5} for at, data in enumerate(datas)
    ]}).encode()


@pytest.mark.parametrize("inner", ["binary", "utf8", {"n": "int64"}], ids=str)
def test_an_envelope_with_packed_records(inner, check):
    """By the word `aggregate`: a row a user; the record's own fields are repeated."""
    loads = [b'{"n":1}', b'{"n":2}', b'{"n":3}', b'{"n":4}']
    datas = [loads[0], kpl.aggregate(("a", loads[1]), ("b", loads[2])), loads[3]]
    batch = GET_RECORDS.to_arrow(answer_of(*datas), payload=schema.aggregate(inner))
    check(batch)
    read = {"binary": bytes, "utf8": bytes.decode}.get(inner if isinstance(inner, str) else "", json.loads)
    assert batch["Data"].to_pylist() == [read(load) for load in loads]
    assert batch["SequenceNumber"].to_pylist() == ["0", "1", "1", "2"]
    assert batch.metadata == {"NextShardIterator": "n", "MillisBehindLatest": 0}
    for name in ("SequenceNumber", "PartitionKey"):
        alone = GET_RECORDS.to_arrow(answer_of(*datas), payload=schema.aggregate(inner), columns=[name])
        assert alone.num_rows == 4
    failing = GET_RECORDS.to_arrow(answer_of(*datas, BROKEN), payload=schema.aggregate("binary"), on_error="collect")
    assert failing.response() == {"batchItemFailures": [{"itemIdentifier": "3"}]}


# --- memory under fire ------------------------------------------------------------------------------


def test_mutated_events_are_rows_or_errors(guarded):
    """Bytes changed anywhere, the digest made right again or not: never a crash, and what is read is what it says."""
    rng = random.Random(11)
    users = [(f"k{at % 3}", b"data %d" % at, str(at) if at % 2 else None) for at in range(6)]
    whole = kpl.aggregate(*users)
    run = kinesis.Decoder(on_error="collect", columns=kpl.OWN, hash_key_range=(0, TOP))
    other = kinesis.Decoder(on_error="null", payload={"n": "int64"})
    read = failed = 0
    for number in range(1500):
        message = bytearray(whole[4:-16])
        for _ in range(rng.randrange(1, 4)):
            message[rng.randrange(len(message))] = rng.choice([0, 1, 2, 8, 10, 26, 127, 128, 255, rng.randrange(256)])
        data = packed(bytes(message), None if number % 3 else whole[-16:])
        event = events.event_of(b"before", data, whole)
        batch = run.to_arrow(guarded(event))
        assert batch.num_rows >= 7
        other.to_arrow(guarded(event))
        mine = [row for row, record in zip(batch, batch.record_index, strict=True) if record == 1]
        if batch.failures:
            failed += 1
            assert [one.index for one in batch.failures] == [1] and not mine
        else:
            read += 1
            assert mine == kpl.own_columns(data, "key-1")
    assert min(read, failed) > 200


def test_threads_share_a_decoder_of_packed_records():
    import threading

    run = kinesis.Decoder(columns=kpl.ALL)
    plain = events.event_of(*[b"%d" % at for at in range(30)])
    wanted = {event: kpl.kinesis_rows(event) for event in (MIXED, plain)}
    wrong = []

    def work(seed):
        chance = random.Random(seed)
        for _ in range(30):
            event = chance.choice([MIXED, plain])
            if run.to_arrow(event).to_pylist() != wanted[event]:
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
