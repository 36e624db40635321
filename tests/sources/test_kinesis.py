"""The Kinesis envelope: columns, types, ways in, and equality with the oracle."""

import datetime as dt
import json
import mmap

import events
import oracle
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import kinesis

CONSTANT = [
    "event_name",
    "event_version",
    "event_source",
    "event_source_arn",
    "aws_region",
    "invoke_identity_arn",
    "kinesis_schema_version",
    "encryption_type",
]
DEFAULT = [
    "event_id",
    *CONSTANT,
    "partition_key",
    "sequence_number",
    "approximate_arrival_timestamp",
    "data",
]
ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/"

# The shape of AWS's documented examples, indented as there, with the keys that a tumbling window adds.
DOCUMENTED = json.dumps(
    {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "1",
                    "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                    "data": data,
                    "approximateArrivalTimestamp": arrival,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
                "awsRegion": "us-east-2",
                "eventSourceARN": "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
            }
            for data, arrival in [("SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==", 1545084650.987), ("", 1545084711)]
        ],
        "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
        "state": {"1": "state 1", "2": [None, 1.5]},
        "shardId": "shardId-000000000006",
        "isFinalInvokeForWindow": False,
    },
    indent=4,
).encode()


def columns_of(batch):
    return {name: batch[name].to_pylist() for name in batch.schema.names}


def test_a_documented_event(check):
    batch = kinesis.to_arrow(DOCUMENTED)
    ours = check(batch)
    oracle.assert_same(ours, oracle.decode(DOCUMENTED).batch)
    assert ours.column("data").to_pylist() == [b"Hello, this is a test.", b""]
    assert ours.column("approximate_arrival_timestamp").to_pylist() == [
        dt.datetime(2018, 12, 17, 22, 10, 50, 987_000, dt.UTC),
        dt.datetime(2018, 12, 17, 22, 11, 51, 0, dt.UTC),
    ]
    assert ours.column("encryption_type").null_count == 2


@given(st.data())
def test_the_table_is_what_json_and_base64_give(source, check, data):
    event = data.draw(source.drawn_events())
    for mode in ("collect", "stop", "null"):
        expected = source.expected(event, on_error=mode)
        batch = source.to_arrow(event, on_error=mode)
        oracle.assert_same(check(batch), expected.batch)
        assert [failure.index for failure in batch.failures] == [flaw.index for flaw in expected.flaws]
    try:
        expected = source.expected(event).batch
    except oracle.Refused as refused:
        with pytest.raises(lambdarrow.DecodeError) as caught:
            source.to_arrow(event)
        assert (caught.value.index, caught.value.path) == (refused.flaw.index, refused.flaw.path)
    else:
        oracle.assert_same(check(source.to_arrow(event)), expected)


@given(st.data())
def test_asked_columns_are_those_of_the_whole_table(source, check, data):
    event = data.draw(source.drawn_events())
    names = data.draw(st.lists(st.sampled_from(list(oracle.COLUMNS)), min_size=1, unique=True))
    expected = source.expected(event, columns=names, on_error="collect")
    batch = source.to_arrow(event, columns=names, on_error="collect")
    oracle.assert_same(check(batch), expected.batch)
    assert [failure.index for failure in batch.failures] == [flaw.index for flaw in expected.flaws]


# --- columns and types ------------------------------------------------------------------------------


def test_default_columns_and_types(check):
    schema = check(kinesis.to_arrow(DOCUMENTED)).schema
    assert schema.names == DEFAULT
    types = dict(zip(schema.names, schema.types, strict=True))
    for name in CONSTANT:
        assert types.pop(name) == pa.dictionary(pa.int32(), pa.utf8()), name
    assert types.pop("approximate_arrival_timestamp") == pa.timestamp("ms", "UTC")
    assert types.pop("data") == pa.binary()
    assert set(types.values()) == {pa.utf8()}
    assert all(field.nullable for field in schema)


@pytest.mark.parametrize("dialect, unit", [("plain", "ms"), ("spark", "us")])
def test_dialects_without_dictionaries(check, dialect, unit):
    ours = check(kinesis.to_arrow(DOCUMENTED, dialect=dialect))
    for name in CONSTANT:
        assert ours.schema.field(name).type == pa.utf8(), name
    assert ours.schema.field("approximate_arrival_timestamp").type == pa.timestamp(unit, "UTC")
    oracle_rows = oracle.decode(DOCUMENTED).batch.to_pylist()
    assert ours.to_pylist() == oracle_rows


def test_string_views(check):
    long = "a key that is longer than twelve bytes, the part that a view holds itself"
    event = events.event(
        [
            events.record(number=0, partitionKey=""),
            events.record(number=1, partitionKey="twelve bytes"),
            events.record(number=2, partitionKey="thirteen byte"),
            events.record(number=3, partitionKey=long),
            events.record(number=4, partitionKey='escaped "\n\u00e9'),
            events.record(number=5, partitionKey=None),
        ]
    )
    plain = kinesis.to_arrow(event, dialect="plain")
    batch = kinesis.to_arrow(event, string_type="string_view", dialect="plain")
    ours = pa.record_batch(batch)
    ours.validate(full=True)
    for name in ["event_id", "partition_key", "sequence_number"]:
        assert ours.schema.field(name).type == pa.string_view(), name
    assert batch.to_pylist() == plain.to_pylist() == oracle.decode(event).batch.to_pylist()
    del event
    assert batch["partition_key"].to_pylist()[3] == long
    for given_as in (bytearray, memoryview):
        event = events.event([events.record(partitionKey=long)])
        batch = kinesis.to_arrow(given_as(event), string_type="string_view")
        assert batch["partition_key"].to_pylist() == [long]


@pytest.mark.parametrize(
    "names",
    [
        ["data"],
        ["sequence_number", "event_id"],
        list(reversed(DEFAULT)),
        ["record_index", "partition_key", "shard_id", "stream_name"],
    ],
)
def test_columns_come_in_the_order_asked(check, names):
    ours = check(kinesis.to_arrow(DOCUMENTED, columns=names))
    assert ours.schema.names == names
    # A tuple says the same.
    assert check(kinesis.to_arrow(DOCUMENTED, columns=tuple(names))).equals(ours)


def test_columns_on_request(check):
    batch = kinesis.to_arrow(DOCUMENTED, columns=["shard_id", "stream_name", "record_index", "event_id"])
    ours = check(batch)
    assert ours.column("shard_id").to_pylist() == ["shardId-000000000006"] * 2
    assert ours.column("stream_name").to_pylist() == ["lambda-stream"] * 2
    assert ours.column("record_index").to_pylist() == [0, 1]
    assert ours.schema.field("record_index").type == pa.int32()
    assert ours.column("event_id").to_pylist()[0].startswith("shardId-000000000006:49590")
    for name in ("shard_id", "stream_name"):
        alone = kinesis.to_arrow(DOCUMENTED, columns=[name])
        assert alone[name].to_pylist() == batch[name].to_pylist()


def test_what_is_not_asked_for_is_not_converted():
    event = events.event([events.record(data="not base64!", partitionKey="@", sequenceNumber=5)])
    event = event.replace(b'"@"', b'"\\ud800"')
    batch = kinesis.to_arrow(event, columns=["event_id", "approximate_arrival_timestamp"])
    assert batch.num_rows == 1
    assert batch.failures == ()


@pytest.mark.parametrize("names", [[], ["nope"], ["data.price"], ["event_id.x"], [""], ["data."]])
def test_columns_that_cannot_be(names):
    with pytest.raises(ValueError):
        kinesis.to_arrow(DOCUMENTED, columns=names)


@pytest.mark.parametrize(
    "options",
    [
        {"on_error": "ignore"},
        {"dialect": "sparc"},
        {"string_type": "text"},
        {"limits": {"no such limit": 1}},
        {"payload": "in64"},
    ],
)
def test_options_that_cannot_be(options):
    with pytest.raises(ValueError):
        kinesis.to_arrow(DOCUMENTED, **options)
    with pytest.raises(ValueError):
        kinesis.Decoder(**options)


# --- keys -------------------------------------------------------------------------------------------


def test_reversed_keys_give_the_same_rows(check):
    event = json.loads(DOCUMENTED)
    turned = json.dumps(events.reversed_keys(event)).encode()
    assert turned.index(b"eventSourceARN") < turned.index(b"kinesis") and turned != DOCUMENTED
    assert check(kinesis.to_arrow(turned)).equals(check(kinesis.to_arrow(DOCUMENTED)))
    for name in DEFAULT:
        one = kinesis.to_arrow(turned, columns=[name])
        assert one[name].to_pylist() == kinesis.to_arrow(DOCUMENTED)[name].to_pylist()


FIRST = '{"kinesis":{"data":"QQ==","partitionKey":"p","sequenceNumber":"1"},"eventID":"a:1","awsRegion":"r"}'
REPEATED = {
    "a text": '{"Records":[{"eventID":"x","eventID":"y"}]}',
    "null after text": '{"Records":[{"eventID":"x","eventID":null}]}',
    "text after null": '{"Records":[{"eventID":null,"eventID":"y"}]}',
    "an escaped key": '{"Records":[{"eventID":"x","\\u0065ventID":"y"}]}',
    "a constant": '{"Records":[{"awsRegion":"x","awsRegion":"y"},{"awsRegion":"x"}]}',
    "data": '{"Records":[{"kinesis":{"data":"QUJD","data":"","data":"QQ=="}}]}',
    "a time": '{"Records":[{"kinesis":{"approximateArrivalTimestamp":1,"approximateArrivalTimestamp":2}}]}',
    "the object whole": '{"Records":[{"kinesis":{"data":"QQ=="},"kinesis":{"partitionKey":"p"}}]}',
    "the object by null": '{"Records":[{"kinesis":{"data":"QQ==","sequenceNumber":"1"},"kinesis":null}]}',
    "Records": f'{{"Records":[{FIRST},{FIRST}],"Records":[{{"eventID":"z"}}]}}',
    "Records, emptied": f'{{"Records":[{FIRST}],"Records":[]}}',
    "Records, escaped": f'{{"Records":[{FIRST}],"\\u0052ecords":[{FIRST},{FIRST}]}}',
    "Records three times": f'{{"Records":[{FIRST}],"Records":[{FIRST},{FIRST}],"Records":[{FIRST}]}}',
}


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED)
def test_the_last_of_equal_keys_counts(check, text):
    loaded = json.loads(text)
    event = text.encode()
    ours = check(kinesis.to_arrow(event))
    oracle.assert_same(ours, oracle.decode(event).batch)
    # The oracle itself is held against plain json.loads, which keeps only the last.
    oracle.assert_same(ours, oracle.decode(json.dumps(loaded).encode()).batch)


def test_an_ill_typed_value_fails_though_a_later_one_would_replace_it():
    event = b'{"Records":[{"eventID":5,"eventID":"y"},{"eventID":"z"}]}'
    batch = kinesis.to_arrow(event, on_error="collect")
    assert batch["event_id"].to_pylist() == ["z"]
    assert [failure.reason for failure in batch.failures] == ["expected_string"]


def test_a_second_Records_voids_failures_and_indexes_of_the_first():
    event = b'{"Records":[{"eventID":"a"},{"eventID":"b"}],"Records":[{"eventID":"c"}]}'
    batch = kinesis.to_arrow(event)
    assert batch.record_index.to_pylist() == [0]
    bad = b'{"Records":[{"eventID":"a"},{"eventID":5}],"Records":[{"eventID":"c"}]}'
    batch = kinesis.to_arrow(bad, on_error="collect")
    assert batch["event_id"].to_pylist() == ["c"]
    assert batch.record_index.to_pylist() == [0]


@pytest.mark.parametrize("record", ["{}", '{"kinesis":{}}', '{"kinesis":null}', '{"x":[1,{"kinesis":{}}]}'])
def test_missing_and_null_become_null(check, record):
    batch = kinesis.to_arrow(f'{{"Records":[{record}]}}'.encode())
    ours = check(batch)
    assert ours.to_pylist() == [dict.fromkeys(DEFAULT)]


def test_each_null_and_each_missing_key(check):
    seen = 0
    for outer, inner in [("kinesis", key) for key in events.record()["kinesis"]] + [
        (key, None) for key in events.record()
    ]:
        for absent in (True, False):
            whole = events.record()
            holder, key = (whole[outer], inner) if inner else (whole, outer)
            holder[key] = None
            if absent:
                del holder[key]
            event = events.event([events.record(number=1), whole])
            oracle.assert_same(check(kinesis.to_arrow(event)), oracle.decode(event).batch)
            seen += 1
    assert seen == 26


# --- times ------------------------------------------------------------------------------------------

TIMES = [
    ("0", 0),
    ("-0", 0),
    ("1", 1000),
    ("1480641523.477", 1480641523477),
    ("1480641523.4", 1480641523400),
    ("1480641523.47700000000000000000000", 1480641523477),
    ("1480641523.4769999", "not_exact"),
    ("1480641523.0005", "not_exact"),
    # Doubles times 1000 round these to something else.
    ("1138750.001", 1138750001),
    ("4503599627370.497", 4503599627370497),
    ("9007199254740.993", 9007199254740993),
    ("-1.001", -1001),
    ("1.480641523477e9", 1480641523477),
    ("1480641523477E-3", 1480641523477),
    ("0.001", 1),
    ("1e-3", 1),
    ("1e-4", "not_exact"),
    ("0e-999999999", 0),
    ("0e999999999999999999999", 0),
    ("1000e-3", 1000),
    ("9223372036854775.807", 2**63 - 1),
    ("-9223372036854775.808", -(2**63)),
    ("9223372036854775.808", "out_of_range"),
    ("-9223372036854775.809", "out_of_range"),
    ("1e300", "out_of_range"),
    ("1e99999999999999999999", "out_of_range"),
    ('"1480641523.477"', "expected_number"),
    ("true", "expected_number"),
    ("{}", "expected_number"),
    ("[]", "expected_number"),
]


@pytest.mark.parametrize("text, expected", TIMES, ids=[text for text, _ in TIMES])
@pytest.mark.parametrize("dialect, factor", [("arrow", 1), ("spark", 1000)])
def test_arrival_times_are_exact(text, expected, dialect, factor):
    event = events.with_text(["kinesis", "approximateArrivalTimestamp"], text.encode())
    batch = kinesis.to_arrow(event, on_error="collect", dialect=dialect)
    if dialect == "spark" and isinstance(expected, int) and abs(expected) > (2**63 - 1) // 1000:
        expected = "out_of_range"
    if dialect == "spark" and text in ("1480641523.4769999", "1480641523.0005", "1e-4"):
        # These are whole microseconds or not, which is not what this table is about.
        return
    if isinstance(expected, str):
        assert [failure.reason for failure in batch.failures] == [expected]
        assert batch.num_rows == 0
        return
    assert batch.failures == ()
    column = pa.record_batch(batch).column("approximate_arrival_timestamp")
    assert column.cast(pa.int64()).to_pylist() == [expected * factor]


# --- ways in and out --------------------------------------------------------------------------------


def test_every_kind_of_input_gives_the_same_rows(tmp_path):
    expected = kinesis.to_arrow(DOCUMENTED).to_pylist()
    assert len(expected) == 2
    file = tmp_path / "event.json"
    file.write_bytes(DOCUMENTED)
    padded = b"x" * 3 + DOCUMENTED + b"x" * 5
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for event in [
            bytearray(DOCUMENTED),
            memoryview(DOCUMENTED),
            memoryview(padded)[3:-5],
            mapped,
            DOCUMENTED.decode(),
            json.loads(DOCUMENTED),
        ]:
            assert kinesis.to_arrow(event).to_pylist() == expected, type(event)


def test_a_str_with_every_width_of_character():
    for key in ("ascii", "caf\u00e9", "\u20ac", "\U0001f600", "a\u0301\U0010ffff"):
        event = events.event([events.record(partitionKey=key)])
        for form in (event, event.decode(), json.loads(event)):
            assert kinesis.to_arrow(form)["partition_key"].to_pylist() == [key]


@pytest.mark.parametrize("event", [None, 5, 1.5, object(), {1, 2}], ids=repr)
def test_what_is_no_event_is_a_type_error(event):
    with pytest.raises(TypeError):
        kinesis.to_arrow(event)


def test_a_buffer_that_is_not_contiguous():
    spread = memoryview(b"".join(bytes([byte, 0]) for byte in DOCUMENTED))[::2]
    try:
        batch = kinesis.to_arrow(spread)
    except (TypeError, ValueError, BufferError):
        return
    assert batch.to_pylist() == kinesis.to_arrow(DOCUMENTED).to_pylist()


@pytest.mark.parametrize("text", ['{"Records":[]}', '{ "Records" : [ ] }', '{"a":1,"Records":[],"b":[]}'])
def test_no_records_is_an_empty_table(check, text):
    batch = kinesis.to_arrow(text.encode())
    ours = check(batch)
    assert (ours.num_rows, batch.num_rows, ours.schema.names) == (0, 0, DEFAULT)
    assert batch.to_pylist() == [] and batch.failures == () and batch.record_index.to_pylist() == []
    assert ours.schema == pa.record_batch(kinesis.to_arrow(DOCUMENTED)).schema


def test_metadata_is_the_rest_of_the_event():
    loaded = json.loads(DOCUMENTED)
    del loaded["Records"]
    assert kinesis.to_arrow(DOCUMENTED).metadata == loaded
    assert kinesis.to_arrow(json.loads(DOCUMENTED)).metadata == loaded
    assert kinesis.to_arrow(b'{"Records":[]}').metadata == {}
    assert kinesis.to_arrow(b'{"b":{"Records":5},"Records":[],"a":"\\u00e9"}').metadata == {
        "b": {"Records": 5},
        "a": "\u00e9",
    }


def test_feeding_many_events_is_one_table(check):
    many = [
        events.event([events.record(b"x" * n, number=10 * n + at) for at in range(n)]) for n in (3, 0, 1, 5)
    ]
    many[2] = many[2].replace(b"us-east-1", b"eu-west-3")
    decoder = kinesis.Decoder()
    assert [decoder.feed(event) for event in many] == [3, 3, 4, 9]
    batch = decoder.finish()
    expected = [row for event in many for row in kinesis.to_arrow(event).to_pylist()]
    assert len(expected) == 9
    assert batch.to_pylist() == expected
    assert batch.record_index.to_pylist() == [0, 1, 2, 0, 0, 1, 2, 3, 4]
    assert batch.metadata == [{}] * 4
    check(batch)
    # The decoder is ready for the next batch, and keeps nothing of this one.
    decoder.feed(many[0])
    assert decoder.finish().to_pylist() == expected[:3]
    assert decoder.to_arrow(many[3]).to_pylist() == expected[4:]
    assert decoder.finish() is None
    decoder.feed(many[1])
    empty = decoder.finish()
    assert empty.num_rows == 0 and check(empty).schema.names == DEFAULT


def test_an_event_that_cannot_be_fed_leaves_nothing():
    good = events.event([events.record(number=1)])
    broken = events.event([events.record(number=2), events.record(number=3)])[:-9]
    decoder = kinesis.Decoder(columns=["sequence_number"])
    decoder.feed(good)
    with pytest.raises(lambdarrow.DecodeError):
        decoder.feed(broken)
    decoder.feed(good)
    assert decoder.finish()["sequence_number"].to_pylist() == [events.sequence(1)] * 2


@given(st.data())
def test_a_decoder_and_the_function_agree_on_bytes_str_and_dict(source, data):
    numbers = data.draw(st.lists(st.tuples(events.ANY_TEXT, st.binary(max_size=50)), max_size=4))
    records = [events.record(raw, number, partitionKey=key) for number, (key, raw) in enumerate(numbers)]
    event = events.event(records)
    expected = kinesis.to_arrow(event).to_pylist()
    assert [row["data"] for row in expected] == [raw for _, raw in numbers]
    decoder = kinesis.Decoder()
    for form in (event, event.decode(), json.loads(event), bytearray(event)):
        assert decoder.to_arrow(form).to_pylist() == expected


# --- the batch --------------------------------------------------------------------------------------


def test_a_batch_is_usable_without_pyarrow():
    event = events.event([events.record(bytes([number]) * number, number) for number in range(30)])
    batch = kinesis.to_arrow(event)
    expected = oracle.decode(event).batch
    assert batch.num_rows == len(batch) == 30
    assert list(batch.schema.names) == DEFAULT
    assert batch.to_pylist() == list(batch) == expected.to_pylist()
    assert columns_of(batch) == expected.to_pydict()
    for name in DEFAULT:
        assert len(batch[name]) == 30
        assert list(batch[name]) == expected.column(name).to_pylist()
    assert len(repr(batch)) < 20_000 and "partition_key" in repr(batch)
    assert pa.schema(batch.schema) == pa.record_batch(batch).schema
    assert batch.to_pyarrow().equals(pa.record_batch(batch))
    assert isinstance(batch.to_pyarrow(), pa.RecordBatch)
    with pytest.raises(KeyError):
        batch["nope"]


def test_fixed_width_columns_are_buffers():
    event = events.event([events.record(number=number) for number in range(5)])
    batch = kinesis.to_arrow(event, columns=["approximate_arrival_timestamp", "record_index", "event_id"])
    times = memoryview(batch["approximate_arrival_timestamp"])
    assert (times.itemsize, times.readonly, times.tolist()) == (8, True, [1480641523477] * 5)
    for index in (batch.record_index, batch["record_index"]):
        assert memoryview(index).tolist() == [*range(5)]
    del batch
    assert times.tolist() == [1480641523477] * 5
    with pytest.raises((TypeError, BufferError)):
        memoryview(kinesis.to_arrow(event)["event_id"])


def test_a_large_event_equals_the_oracle(check):
    """Enough rows for every buffer to grow, dictionaries with many values and long runs."""
    records = [
        events.record(bytes(range(256)) * (number % 5), number, partitionKey=f"k{number * 7919 % 1000}")
        | {"awsRegion": f"r{number // 700}", "eventVersion": f"{number}"}
        for number in range(3_000)
    ]
    event = events.event(records)
    oracle.assert_same(check(kinesis.to_arrow(event)), oracle.decode(event).batch)
