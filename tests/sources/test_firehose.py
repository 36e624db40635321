"""Firehose: packed and compressed records, and the answer that names every record, beside json and base64."""

import base64
import datetime as dt
import json

import events
import events_logs
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from events_firehose import event, event_of, record
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import _firehose, firehose, kinesis, logs

LIMIT = 6_291_556
AROUND = ["delivery_stream_arn", "invocation_id", "region", "source_kinesis_stream_arn"]
PACKED = [("key-1", b"one"), ("key-2", b"two", "340282366920938463463374607431768211455"), ("key-1", b"")]


def answered(data, result="Ok", **metadata):
    return {"result": result, "data": base64.b64encode(data).decode(), **metadata}


def ids(event):
    return [one.get("recordId") for one in json.loads(event)["records"]]


# --- records ----------------------------------------------------------------------------------------


def test_columns_and_types(check):
    ours = check(firehose.to_arrow(event_of(b"one", b"two")))
    assert ours.schema.names == [
        "record_id",
        "approximate_arrival_timestamp",
        "partition_key",
        "sequence_number",
        "shard_id",
        "data",
        *AROUND,
    ]
    types = dict(zip(ours.schema.names, ours.schema.types, strict=True))
    for name in ("shard_id", *AROUND):
        assert types.pop(name) == pa.dictionary(pa.int32(), pa.utf8()), name
    assert types.pop("approximate_arrival_timestamp") == pa.timestamp("ms", "UTC") and types.pop("data") == pa.binary()
    assert set(types.values()) == {pa.utf8()} and all(field.nullable for field in ours.schema)
    assert ours.column("approximate_arrival_timestamp").to_pylist()[0] == dt.datetime(
        2017, 10, 5, 15, 33, 44, 302_000, dt.UTC
    )
    assert ours.column("region").to_pylist() == ["us-east-1"] * 2


def test_direct_put_has_no_stream(check):
    whole = json.loads(event_of(b"one"))
    del whole["records"][0]["kinesisRecordMetadata"], whole["sourceKinesisStreamArn"]
    (row,) = check(firehose.to_arrow(whole)).to_pylist()
    assert [row[name] for name in ("partition_key", "sequence_number", "shard_id", "source_kinesis_stream_arn")] == [
        None
    ] * 4
    assert row["data"] == b"one"


@pytest.mark.parametrize("place", ["before", "behind"])
def test_what_stands_around_the_records_may_stand_behind_them(place, check):
    whole = json.loads(event_of(b"one", b"two"))
    records = whole.pop("records")
    turned = whole | {"records": records} if place == "before" else {"records": records} | whole
    assert (
        check(firehose.to_arrow(json.dumps(turned))).to_pylist()
        == firehose.to_arrow(event_of(b"one", b"two")).to_pylist()
    )


def test_packed_records(check):
    """Where a Kinesis stream feeds the delivery stream, and for direct puts too, which have no partition key."""
    whole = json.loads(
        event([record(kinesis.aggregate(PACKED), 0), record(b"plain", 1), record(kinesis.aggregate(PACKED[:1]), 2)])
    )
    columns = ["record_index", "partition_key", "explicit_hash_key", "sub_sequence_number", "user_record_index", "data"]
    batch = firehose.to_arrow(whole, columns=columns)
    assert [list(row.values()) for row in check(batch).to_pylist()] == [
        [0, "key-1", None, 0, 0, b"one"],
        [0, "key-2", PACKED[1][2], 1, 1, b"two"],
        [0, "key-1", None, 2, 2, b""],
        [1, "key-1", None, None, 0, b"plain"],
        [2, "key-1", None, 0, 0, b"one"],
    ]
    assert batch.record_index.to_pylist() == [0, 0, 0, 1, 2]
    del whole["records"][0]["kinesisRecordMetadata"], whole["records"][1]["kinesisRecordMetadata"]
    assert firehose.to_arrow(whole)["partition_key"].to_pylist() == ["key-1", "key-2", "key-1", None, "key-1"]
    kept = firehose.to_arrow(whole, deaggregate=False)
    assert kept["data"].to_pylist() == [kinesis.aggregate(PACKED), b"plain", kinesis.aggregate(PACKED[:1])]
    assert kept["partition_key"].to_pylist() == [None, None, "key-2"]


def test_a_packed_record_fails_whole(check):
    good, bad = b'{"a":1}', b'{"a":"x"}'
    whole = event([record(kinesis.aggregate([("k", good), ("k", bad), ("k", good)]), 0), record(good, 1)])
    batch = firehose.to_arrow(whole, payload={"a": "int64"}, on_error="collect")
    assert check(batch).column("data").to_pylist() == [{"a": 1}]
    assert [(one.index, one.item_identifier) for one in batch.failures] == [(0, ids(whole)[0])]
    assert [one["result"] for one in firehose.response(batch, [b"x"])["records"]] == ["ProcessingFailed", "Ok"]


def test_logs_through_firehose(check):
    bodies = [
        events_logs.body_of("a", '{"n":5}'),
        events_logs.body_of("x", messageType="CONTROL_MESSAGE"),
        events_logs.body_of("b"),
    ]
    whole = event_of(events_logs.compressed(bodies[0]), events_logs.compressed(bodies[1]), events.written(bodies[2]))
    batch = firehose.to_arrow(whole, payload=logs.subscription({"n": "int64"}), flatten=True)
    rows = check(batch).to_pylist()
    assert [(row["message"], row["message_text"], row["owner"]) for row in rows] == [
        (None, "a", "123456789123"),
        ({"n": 5}, None, "123456789123"),
        (None, "b", "123456789123"),
    ]
    assert batch.record_index.to_pylist() == [0, 0, 2]
    assert batch.shapes == {"DATA_MESSAGE": 2, "CONTROL_MESSAGE": 1}
    # A control message is no row, and so nothing to deliver.
    said = firehose.response(batch, [row["message_text"] or "?" for row in rows])["records"]
    assert said[0] | {"recordId": 0} == {"recordId": 0, **answered(b"a\n?\n")}
    assert (said[1]["result"], said[2]["result"]) == ("Dropped", "Ok")


# --- the answer -------------------------------------------------------------------------------------


class Click(msgspec.Struct):
    n: int


VALUES = [
    b"bytes",
    bytearray(b"array"),
    memoryview(b"view"),
    "text",
    "",
    b"",
    "\u00e9\n",
    {"a": [1, None]},
    Click(5),
    [1],
    5,
    None,
]
WRITTEN = [
    b"bytes",
    b"array",
    b"view",
    b"text\n",
    b"\n",
    b"",
    "\u00e9\n\n".encode(),
    b'{"a":[1,null]}\n',
    b'{"n":5}\n',
    b"[1]\n",
    b"5\n",
    b"null\n",
]


def test_values_of_every_kind():
    whole = event_of(*[b"x"] * len(VALUES))
    batch = firehose.to_arrow(whole)
    expected = {"records": [{"recordId": id, **answered(text)} for id, text in zip(ids(whole), WRITTEN, strict=True)]}
    for given_as in (VALUES, tuple(VALUES), iter(VALUES)):
        assert firehose.response(batch, given_as) == expected
    json.dumps(expected)


def test_columns_are_values():
    whole = event_of(b'{"a":1,"t":"x"}', b'{"a":2,"t":"y"}')
    batch = firehose.to_arrow(whole, payload={"a": "int64", "t": "utf8"})
    for values in (batch["data"], batch.to_pyarrow()["data"]):
        assert [base64.b64decode(one["data"]) for one in firehose.response(batch, values)["records"]] == [
            b'{"a":1,"t":"x"}\n',
            b'{"a":2,"t":"y"}\n',
        ]
    said = firehose.response(
        batch, batch["data.t"], result=pa.array(["Ok", "Dropped"]), partition_keys=[{"t": "x"}, None]
    )
    assert said["records"][0] == {"recordId": ids(whole)[0], **answered(b"x\n", metadata={"partitionKeys": {"t": "x"}})}
    assert said["records"][1]["result"] == "Dropped"
    batch = firehose.to_arrow(whole)
    assert [one["data"] for one in firehose.response(batch, batch["data"])["records"]] == [
        one["data"] for one in json.loads(whole)["records"]
    ]


def test_metadata_is_that_of_the_first_row():
    whole = event([record(kinesis.aggregate(PACKED), 0), record(b"plain", 1), record(b"last", 2)])
    batch = firehose.to_arrow(whole)
    keys = [{"day": "1"}, {"day": "2"}, None, None, {"day": "5"}]
    tables = [None, None, None, {"destinationTableName": "t"}, {"destinationTableName": "u", "operation": "delete"}]
    said = firehose.response(batch, list("abcde"), partition_keys=keys, otf=tables)["records"]
    assert [one.get("metadata") for one in said] == [
        {"partitionKeys": {"day": "1"}},
        {"otfMetadata": {"destinationTableName": "t"}},
        {"partitionKeys": {"day": "5"}, "otfMetadata": {"destinationTableName": "u", "operation": "delete"}},
    ]
    assert base64.b64decode(said[0]["data"]) == b"a\nb\nc\n"


verdicts = st.sampled_from(["Ok", "Dropped", "ProcessingFailed"])
loads = st.one_of(
    st.integers(0, 9).map(lambda n: b'{"a":%d}' % n),
    st.just(b"{"),
    st.just(b'{"a":"x"}'),
    st.lists(st.sampled_from([b'{"a":1}', b'{"a":2}', b"["]), min_size=1, max_size=3).map(
        lambda some: kinesis.aggregate([("k", one) for one in some])
    ),
)


@given(st.lists(loads, max_size=6), st.sampled_from(["collect", "null", "stop"]), st.data())
def test_every_record_once(loads, mode, data):
    whole = event_of(*loads)
    batch = firehose.to_arrow(whole, payload={"a": "int64"}, on_error=mode)
    n = batch.num_rows
    results = data.draw(st.lists(verdicts, min_size=n, max_size=n))
    values = data.draw(st.lists(st.binary(max_size=3) | st.text(max_size=3), min_size=n, max_size=n))
    told = data.draw(st.lists(st.integers(0, n - 1), max_size=1)) if n else []
    for row in told:
        batch.fail(row, "no")
    rows = list(batch.record_index)
    failed = (
        {one.index for one in batch.failures} | {one.index for one in batch.held_back} | {rows[row] for row in told}
    )
    assert set(rows) | failed == set(range(len(loads)))
    said = firehose.response(batch, values, result=results)
    assert list(said) == ["records"] and [one["recordId"] for one in said["records"]] == ids(whole)
    for index, (one, sent) in enumerate(zip(said["records"], json.loads(whole)["records"], strict=True)):
        mine = [row for row, of in enumerate(rows) if of == index]
        wanted = {results[row] for row in mine}
        if index in failed or len(wanted) > 1:
            assert one == {"recordId": sent["recordId"], "result": "ProcessingFailed", "data": sent["data"]}
        elif wanted == {"Ok"}:
            text = b"".join(
                [values[row].encode() + b"\n" if isinstance(values[row], str) else values[row] for row in mine]
            )
            assert one == {"recordId": sent["recordId"], **answered(text)}
        else:
            assert one == {"recordId": sent["recordId"], "result": wanted.pop(), "data": sent["data"]}


def test_records_that_make_no_row_are_dropped():
    whole = event_of(b'{"a":1}\n{"a":2}\n', b"\n", b"")
    batch = firehose.to_arrow(whole, payload=lambdarrow.lines({"a": "int64"}))
    assert batch.num_rows == 2
    said = firehose.response(batch, ["1", "2"])["records"]
    assert [one["result"] for one in said] == ["Ok", "Dropped", "Dropped"]
    assert base64.b64decode(said[0]["data"]) == b"1\n2\n"


def test_records_of_another_shard_are_dropped():
    whole = event_of(kinesis.aggregate([("k", b"x", "5")]), kinesis.aggregate([("k", b"y", str(2**127))]))
    batch = firehose.to_arrow(whole, hash_key_range=(0, 9))
    assert batch["data"].to_pylist() == [b"x"]
    assert [one["result"] for one in firehose.response(batch, batch["data"])["records"]] == ["Ok", "Dropped"]


def test_no_records():
    batch = firehose.to_arrow(event([]))
    assert firehose.response(batch, []) == {"records": []}


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda text: text.decode(), json.loads])
def test_every_form_of_event(form):
    whole = event_of(b"one", b"two")
    batch = firehose.to_arrow(form(whole))
    assert [one["recordId"] for one in firehose.response(batch, ["x", "y"])["records"]] == ids(whole)


def test_data_that_is_null_or_no_base64():
    whole = event([record(b"a", 0), record("*", 1), record(b"b", 2) | {"data": None}])
    batch = firehose.to_arrow(whole, on_error="collect")
    said = firehose.response(batch, ["x", "y"], result=["Ok", "Dropped"])["records"]
    assert [(one["result"], one["data"]) for one in said] == [
        ("Ok", "eAo="),
        ("ProcessingFailed", "*"),
        ("Dropped", ""),
    ]


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"data": ["x"]}, "data: 1 values for 2 rows"),
        ({"data": ["x"] * 3}, "data: 3 values for 2 rows"),
        ({"data": ["x"] * 2, "result": ["Ok"]}, "result: 1 values for 2 rows"),
        ({"data": ["x"] * 2, "result": "ok"}, "result"),
        ({"data": ["x"] * 2, "result": ["Ok", "Failed"]}, "Failed"),
        ({"data": ["x"] * 2, "partition_keys": [{}]}, "partition_keys: 1 values for 2 rows"),
        ({"data": ["x"] * 2, "otf": [None] * 3}, "otf: 3 values for 2 rows"),
    ],
)
def test_values_that_are_not_as_many_as_the_rows(arguments, said):
    batch = firehose.to_arrow(event_of(b"a", b"b"))
    with pytest.raises(ValueError, match=said):
        firehose.response(batch, **arguments)


def test_batches_that_answer_nothing():
    decoder = firehose.Decoder()
    decoder.feed(event_of(b"a"))
    for batch in (decoder.finish(), kinesis.to_arrow(events.event_of(b"a"))):
        with pytest.raises(ValueError, match="one event"):
            firehose.response(batch, ["x"])
    whole = firehose.to_arrow(
        event_of(b'{"k":"a"}', b'{"k":"b"}'), payload=lambdarrow.by("$.k", {"a": {"k": "utf8"}}, other="json")
    )
    for part in whole.split().values():
        with pytest.raises(ValueError, match="one event"):
            firehose.response(part, ["x"])


# --- the limit of 6 MB ------------------------------------------------------------------------------


def results(said):
    return [one["result"] for one in said["records"]]


@pytest.mark.parametrize("limit", [*range(400, 4000, 97), 10_000])
def test_an_answer_stays_below_a_limit(monkeypatch, limit):
    monkeypatch.setattr(_firehose, "LIMIT", limit)
    whole = event_of(*[b"x" * 300] * 6)
    batch = firehose.to_arrow(whole)
    keys = [{"customer": "\u00e9" * 20}] * 6
    said = firehose.response(batch, [b"y" * 300] * 6, partition_keys=keys)
    assert [one["recordId"] for one in said["records"]] == ids(whole)
    found = results(said)
    # Those that come again are the last ones, and no more of them than must.
    kept = found.count("Ok")
    assert found == ["Ok"] * kept + ["ProcessingFailed"] * (6 - kept)
    if kept:
        assert len(json.dumps(said)) <= limit
        assert all(one["data"] == "" and "metadata" not in one for one in said["records"][kept:])
    if limit >= 10_000:
        assert kept == 6


def test_an_answer_stays_below_the_limit_of_lambda():
    whole = event_of(*[b"x" * 1_000_000] * 4)
    batch = firehose.to_arrow(whole)
    said = firehose.response(batch, [b"y" * 2_000_000, b"y" * 2_000_000, b"y" * 2_000_000, b"y" * 100])
    assert len(json.dumps(said)) <= LIMIT
    assert results(said)[:2] == ["Ok"] * 2 and "Ok" not in results(said)[3:]
    assert len(said["records"][0]["data"]) == 2_666_668
    # Just below, and just above: the last one fails alone.
    size = (LIMIT - 1_000) // 8 * 3
    assert results(firehose.response(firehose.to_arrow(event_of(b"", b"")), [b"y" * size, b"z" * size])) == ["Ok", "Ok"]
    assert results(firehose.response(firehose.to_arrow(event_of(b"", b"")), [b"y" * size, b"z" * (size + 999)])) == [
        "Ok",
        "ProcessingFailed",
    ]


def test_failures_that_carry_their_data_count_too():
    """What comes again needs no data of its own where all of it would be too much."""
    whole = event_of(*[b"x" * 1_500_000] * 4)
    batch = firehose.to_arrow(whole)
    said = firehose.response(batch, [b""] * 4, result="ProcessingFailed")
    assert results(said) == ["ProcessingFailed"] * 4 and len(json.dumps(said)) <= LIMIT


# --- records of Amazon MSK ------------------------------------------------------------------------------

MSK = {
    "invocationId": "i", "sourceMSKArn": "arn:aws:kafka:us-east-1:123456789012:cluster/c/1",
    "deliveryStreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/d", "region": "us-east-1",
    "records": [
        {"recordId": "00000000000000000000000000000000000000000000000000000000000000",
         "approximateArrivalTimestamp": 1716369573887,
         "mskRecordMetadata": {"offset": "7", "partitionId": "1", "approximateArrivalTimestamp": 1716369573887},
         "kafkaRecordValue": "eyJOYW1lIjoiSGVsbG8ifQ=="},
        {"recordId": "1", "approximateArrivalTimestamp": 1716369573888,
         "mskRecordMetadata": {"offset": 8, "partitionId": 2}, "kafkaRecordValue": ""},
    ],
}
BOTH = [MSK, json.dumps(MSK), json.dumps(MSK).encode(), bytearray(json.dumps(MSK).encode()),
        memoryview(json.dumps(MSK, indent=4).encode()), dict(reversed(MSK.items())),
        json.dumps(MSK).replace("sourceMSKArn", "\\u0073ourceMSKArn"), {"long": "x" * 10_000, **MSK},
        {key: MSK[key] for key in sorted(MSK, key="sourceMSKArn".__eq__)},
        bytearray(json.dumps({**dict(reversed(MSK.items())), "long": "x" * 10_000}).encode()),
        bytearray(json.dumps({"records": MSK["records"], "long": "x" * 10_000, **MSK}).encode())]


@pytest.mark.parametrize("event", BOTH, ids=lambda event: type(event).__name__)
def test_the_records_of_a_topic_have_data(event):
    columns = ["record_id", "data", "partition_id", "offset", "source_msk_arn", "sequence_number"]
    assert firehose.to_arrow(event, columns=columns).to_pylist() == [
        {"record_id": record["recordId"], "data": data, "partition_id": partition, "offset": offset,
         "source_msk_arn": MSK["sourceMSKArn"], "sequence_number": None}
        for record, data, partition, offset in zip(
            MSK["records"], (b'{"Name":"Hello"}', b""), (1, 2), (7, 8), strict=True)]


def test_both_kinds_of_records_have_one_schema():
    for options in ({}, {"payload": {"Name": "utf8"}}, {"deaggregate": False}, {"dialect": "spark"}):
        decoder = firehose.Decoder(on_error="collect", **options)
        topic, stream = decoder.to_arrow(MSK), decoder.to_arrow(event_of(b"{}"))
        assert pa.record_batch(topic).schema == pa.record_batch(stream).schema == pa.schema(decoder)


def test_payloads_of_a_topic():
    batch = firehose.to_arrow(MSK, payload={"Name": "utf8"}, on_error="collect")
    assert batch["data.Name"].to_pylist() == ["Hello"]
    assert [failure.path for failure in batch.failures] == ["$.records[1].kafkaRecordValue → $"]


@pytest.mark.parametrize("on_error", ["collect", "stop", "null"])
def test_bytes_where_they_are_not_looked_for_are_a_failure(on_error):
    """They would be null otherwise, and nobody would miss them."""
    stream = json.loads(event_of(b"a", b"b"))
    stream["records"][1]["kafkaRecordValue"] = stream["records"][1].pop("data")
    topic = {**MSK, "records": [MSK["records"][0], {"recordId": "x", "data": "QQ=="}]}
    for sent, reason in ((stream, "unexpected_value"), (topic, "missing_field")):
        batch = firehose.to_arrow(sent, on_error=on_error)
        assert [(failure.path, failure.reason) for failure in batch.failures] == [
            ("$.records[1].kafkaRecordValue", reason)]
        assert batch["data"].to_pylist()[1:] == ([None] if on_error == "null" else [])
        with pytest.raises(lambdarrow.DecodeError):
            firehose.to_arrow(sent)
        assert len(firehose.response(batch, [b"y"] * batch.num_rows)["records"]) == 2
    assert firehose.to_arrow(stream, columns=["record_id"]).num_rows == 2


def test_the_answer_has_the_key_of_the_event():
    batch = firehose.to_arrow(MSK)
    assert firehose.response(batch, [{"a": 1}, b"\xff"], result=["Ok", "ProcessingFailed"]) == {"records": [
        {"recordId": MSK["records"][0]["recordId"], "result": "Ok", "kafkaRecordValue": "eyJhIjoxfQo="},
        {"recordId": "1", "result": "ProcessingFailed", "kafkaRecordValue": ""}]}
    batch = firehose.to_arrow(event_of(b"x"))
    assert set(firehose.response(batch, [b"y"])["records"][0]) == {"recordId", "result", "data"}


def test_kinds_are_not_fed_into_one_batch():
    stream = event_of(b"x")
    decoder = firehose.Decoder()
    for first, other, rows in ((MSK, stream, 2), (stream, MSK, 1)):
        decoder.feed(first)
        assert decoder.mixes(json.dumps(json.loads(other) if isinstance(other, bytes) else other).encode())
        with pytest.raises(ValueError, match="events of two forms cannot be fed into one batch"):
            decoder.feed(other)
        assert decoder.feed(first) == 2 * rows
        assert decoder.finish().num_rows == 2 * rows
        assert decoder.finish() is None


def test_a_file_of_both_kinds_is_converted(tmp_path):
    stream = event_of(b"x")
    lines = [stream, json.dumps(MSK).encode(), stream, stream, json.dumps(MSK).encode()]
    (tmp_path / "in").write_bytes(b"\n".join(lines))
    summary = lambdarrow.convert(tmp_path / "in", tmp_path / "out.parquet")
    assert (summary.events, summary.rows, summary.failures) == (5, 7, 0)
    assert pq.read_table(tmp_path / "out.parquet")["data"].to_pylist() == [
        b"x", b'{"Name":"Hello"}', b"", b"x", b"x", b'{"Name":"Hello"}', b""]


def test_a_record_that_is_too_large_by_itself_fails_alone(monkeypatch):
    monkeypatch.setattr("lambdarrow._firehose.LIMIT", 1000)
    batch = firehose.to_arrow(event([record(b"a", 0), record(b"b", 1), record(b"c", 2)]))
    said = firehose.response(batch, [b"x", b"y" * 1000, b"z"])["records"]
    assert [one["result"] for one in said] == ["Ok", "ProcessingFailed", "Ok"]
