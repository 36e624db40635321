"""What holds for every source: the table that json and base64 give, whatever goes in, whatever is asked for."""

import json
import mmap

import events
import oracle
import pyarrow as pa
import pytest
from conftest import assert_expected, assert_outcome
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import _synth


@given(st.data())
def test_the_table_is_what_json_and_base64_give(source, data):
    event = data.draw(source.drawn_events())
    for mode in ("collect", "stop", "null", "raise"):
        assert_outcome(source, event, on_error=mode)


@given(st.data())
def test_asked_columns_are_those_of_the_whole_table(source, data):
    event = data.draw(source.drawn_events())
    names = data.draw(st.lists(st.sampled_from(source.columns), min_size=1, unique=True))
    assert_outcome(source, event, columns=names, on_error="collect")


def test_a_large_event_equals_the_oracle(source, check):
    """Enough rows for every buffer to grow, dictionaries with many values and long runs."""
    text = "".join(map(chr, range(256))).encode()
    records = [
        events.changed(
            source.record(text * (number % 5), number, constant=f"r{number // 700}", text=f"k{number * 7919 % 1000}"),
            ["eventSource"], f"{number}",
        )
        for number in range(3_000)
    ]
    event = source.event(records)
    oracle.assert_same(check(source.to_arrow(event)), source.expected(event).batch)


# What made-up events carry, as a schema.
MADE = {
    "kinesis": _synth.CLICK,
    "sqs": _synth.CLICK,
    "dynamodb": {
        "pk": "utf8", "sk": "timestamp[s, UTC]",
        "customer": {"id": "utf8", "name": "dictionary<utf8>", "score": "int16"},
        "amount": "decimal128(12, 2)", "quantity": "uint8", "paid": "bool", "tags": ["utf8"], "sizes": ["int64"],
        "lines": [{"sku": "utf8", "price": "float64", "n": "int32"}], "signature": "binary", "note": "json",
        "version": "int64",
    },
    "firehose": _synth.CLICK,
    "logs": {"level": "dictionary<utf8>", "requestId": "utf8", "message": "utf8", "ms": "int32"},
}


@pytest.mark.parametrize("typed", [False, True], ids=["as it is", "typed"])
def test_what_producers_really_send(source, typed):
    event = getattr(_synth, source.name)(300, seed=11)
    payload = MADE[source.name] if typed else None
    expected = source.expected(event, payload=payload)
    assert expected.batch.num_rows == 300
    assert_expected(source.to_arrow(event, payload=payload), expected)


# --- columns and types ------------------------------------------------------------------------------


def test_columns_and_types(source, check):
    event = source.documented_event
    ours, expected = check(source.to_arrow(event)), source.expected(event).batch
    oracle.assert_same(ours, expected)
    # Dictionaries count too here.
    assert ours.schema.equals(source.schema)
    assert ours.schema.names == source.columns
    assert all(field.nullable for field in ours.schema)


@pytest.mark.parametrize("dialect", ["plain", "spark"])
def test_dialects_without_dictionaries(source, check, dialect):
    event = source.documented_event
    ours, expected = check(source.to_arrow(event, dialect=dialect)), source.expected(event).batch
    assert any(pa.types.is_dictionary(kind) for kind in source.schema.types)
    for name, kind in zip(source.schema.names, source.schema.types, strict=True):
        kind = pa.timestamp("us", "UTC") if pa.types.is_timestamp(kind) and dialect == "spark" else kind
        kind = oracle.undictionary(kind)
        assert ours.schema.field(name).type == kind, name
    assert ours.to_pylist() == expected.to_pylist()


def test_string_views(source, check):
    long = "a key that is longer than twelve bytes, the part that a view holds itself"
    texts = ["", "twelve bytes", "thirteen byte", long, 'escaped "\n\u00e9', None]
    event = source.event([source.record(number=number, text=text) for number, text in enumerate(texts)])
    plain = source.to_arrow(event, dialect="plain")
    batch = source.to_arrow(event, string_type="string_view", dialect="plain")
    ours = pa.record_batch(batch)
    ours.validate(full=True)
    kinds = source.schema
    # What is a dictionary in the dialect "arrow" may be either.
    whole = [name for name in source.columns if kinds.field(name).type == pa.utf8()]
    assert {source.identifier, source.text} <= set(whole)
    for name in whole:
        assert ours.schema.field(name).type == pa.string_view(), name
    assert batch.to_pylist() == plain.to_pylist() == oracle.rows(source.expected(event).batch)
    del event
    assert batch[source.text].to_pylist() == texts
    for given_as in (bytearray, memoryview):
        event = source.event([source.record(text=long)])
        batch = source.to_arrow(given_as(event), string_type="string_view")
        assert batch[source.text].to_pylist() == [long]


def test_columns_come_in_the_order_asked(source, check):
    for names in (
        [source.payload],
        [source.payload, source.constant],
        list(reversed(source.columns)),
        ["record_index", source.text, source.columns[-1]],
    ):
        ours = check(source.to_arrow(source.documented_event, columns=names))
        assert ours.schema.names == names
        # A tuple says the same.
        assert check(source.to_arrow(source.documented_event, columns=tuple(names))).equals(ours)


def test_record_index_on_request(source, check):
    ours = check(source.to_arrow(source.documented_event, columns=["record_index"]))
    assert ours.schema.field("record_index").type == pa.int32()
    assert ours.column("record_index").to_pylist() == [0, 1]


@pytest.mark.parametrize("names", [[], ["nope"], ["{payload}.price"], ["{text}.x"], [""], ["{payload}."]], ids=str)
def test_columns_that_cannot_be(source, names):
    with pytest.raises(ValueError):
        source.to_arrow(source.documented_event, columns=[name.format(**source._asdict()) for name in names])


@pytest.mark.parametrize(
    "options",
    [
        {"on_error": "ignore"},
        {"dialect": "sparc"},
        {"string_type": "text"},
        {"limits": {"no such limit": 1}},
        {"payload": "in64"},
        {"lone_surrogates": "ignore"},
    ],
    ids=str,
)
def test_options_that_cannot_be(source, options):
    with pytest.raises(ValueError):
        source.to_arrow(source.documented_event, **options)
    with pytest.raises(ValueError):
        source.decoder(**options)


# --- ways in ----------------------------------------------------------------------------------------


def test_every_kind_of_input_gives_the_same_rows(source, tmp_path):
    event = source.documented_event
    expected = source.to_arrow(event).to_pylist()
    assert len(expected) == 2
    file = tmp_path / "event.json"
    file.write_bytes(event)
    padded = b"x" * 3 + event + b"x" * 5
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for form in [
            bytearray(event),
            memoryview(event),
            memoryview(padded)[3:-5],
            mapped,
            event.decode(),
            json.loads(event),
        ]:
            assert source.to_arrow(form).to_pylist() == expected, type(form)


def test_a_str_with_every_width_of_character(source):
    for text in ("ascii", "caf\u00e9", "\u20ac", "\U0001f600", "a\u0301\U0010ffff"):
        event = source.event([source.record(text=text)])
        for form in (event, event.decode(), json.loads(event)):
            assert source.to_arrow(form)[source.text].to_pylist() == [text]


@pytest.mark.parametrize("event", [None, 5, 1.5, object(), {1, 2}], ids=repr)
def test_what_is_no_event_is_a_type_error(source, event):
    with pytest.raises(TypeError):
        source.to_arrow(event)


def test_a_buffer_that_is_not_contiguous(source):
    spread = memoryview(b"".join(bytes([byte, 0]) for byte in source.documented_event))[::2]
    try:
        batch = source.to_arrow(spread)
    except (TypeError, ValueError, BufferError):
        return
    assert batch.to_pylist() == source.to_arrow(source.documented_event).to_pylist()


@pytest.mark.parametrize("text", ['{"Records":[]}', '{ "Records" : [ ] }', '{"a":1,"Records":[],"b":[]}'])
def test_no_records_is_an_empty_table(source, check, text):
    batch = source.to_arrow(source.text_event(text))
    ours = check(batch)
    assert (ours.num_rows, batch.num_rows, ours.schema.names) == (0, 0, source.columns)
    assert batch.to_pylist() == [] and batch.failures == () and batch.record_index.to_pylist() == []
    assert ours.schema == pa.record_batch(source.to_arrow(source.documented_event)).schema


def test_metadata_is_the_rest_of_the_event(source):
    rest = {"window": {"start": "2020-12-09T07:04:00Z"}, "state": {"1": "state 1", "2": [None, 1.5]}, "last": False}
    event = source.event_of(b"a", b"b", **rest)
    assert source.to_arrow(event).metadata == source.metadata(**rest)
    assert source.to_arrow(json.loads(event)).metadata == source.metadata(**rest)
    assert source.to_arrow(source.text_event('{"Records":[]}')).metadata == source.metadata()
    if not source.is_layered:
        text = '{"b":{"Records":5},"Records":[],"a":"\\u00e9"}'
        rest = {"b": {source.records: 5}, "a": "\u00e9"}
        assert source.to_arrow(source.text_event(text)).metadata == source.metadata(**rest)


def test_feeding_many_events_is_one_table(source, check):
    many = [
        source.event([source.record(b"x" * n, 10 * n + at, constant=f"of {n // 2}") for at in range(n)])
        for n in (3, 0, 1, 5)
    ]
    decoder = source.decoder()
    assert [decoder.feed(event) for event in many] == [3, 3, 4, 9]
    batch = decoder.finish()
    expected = [row for event in many for row in source.to_arrow(event).to_pylist()]
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
    assert empty.num_rows == 0 and check(empty).schema.names == source.columns


def test_an_event_that_cannot_be_fed_leaves_nothing(source):
    good = source.event([source.record(number=1)])
    broken = source.event([source.record(number=2), source.record(number=3)])[:-9]
    decoder = source.decoder(columns=[source.identifier])
    decoder.feed(good)
    with pytest.raises(lambdarrow.DecodeError):
        decoder.feed(broken)
    decoder.feed(good)
    assert decoder.finish()[source.identifier].to_pylist() == [source.identifier_of(1)] * 2


@given(st.lists(st.tuples(events.ANY_TEXT, events.ANY_TEXT), max_size=4))
def test_a_decoder_and_the_function_agree_on_bytes_str_and_dict(source, texts):
    loads = [json.dumps({"t": load}).encode() for _, load in texts]
    records = [source.record(load, number, text=texts[number][0]) for number, load in enumerate(loads)]
    event = source.event(records)
    expected = source.to_arrow(event, payload={"t": "utf8"}).to_pylist()
    assert [(row[source.text], row[source.payload]["t"]) for row in expected] == texts
    decoder = source.decoder(payload={"t": "utf8"})
    for form in (event, event.decode(), json.loads(event), bytearray(event)):
        assert decoder.to_arrow(form).to_pylist() == expected


# --- the batch --------------------------------------------------------------------------------------


def test_a_batch_is_usable_without_pyarrow(source):
    event = source.event_of(*[bytes([number]) * number for number in range(30)])
    batch = source.to_arrow(event)
    expected = oracle.rows(source.expected(event).batch)
    assert batch.num_rows == len(batch) == len(expected) == 30
    assert list(batch.schema.names) == source.columns
    assert batch.to_pylist() == list(batch) == expected
    for name in source.columns:
        assert len(batch[name]) == 30
        assert list(batch[name]) == batch[name].to_pylist() == [row[name] for row in expected]
    assert len(repr(batch)) < 20_000 and source.text in repr(batch)
    assert pa.schema(batch.schema) == pa.record_batch(batch).schema
    assert batch.to_pyarrow().equals(pa.record_batch(batch))
    assert isinstance(batch.to_pyarrow(), pa.RecordBatch)
    with pytest.raises(KeyError):
        batch["nope"]
