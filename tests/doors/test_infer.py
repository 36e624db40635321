"""Schemas from samples: what is taken, what is skipped, what comes out, and that it reads the sample."""

import json
import pickle
import subprocess
import sys

import events
import events_firehose
import events_logs
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from samples import SAMPLES, assert_means, decoded, infer

import lambdarrow
from lambdarrow import kinesis, sqs
from lambdarrow._grammar import to_word
from lambdarrow._infer import Inference

# --- the contract -----------------------------------------------------------------------------------


@given(SAMPLES, st.booleans())
@example([{"a": 2**53 + 1}, {"a": 0.5}], False)
@example([{"a": {"\0": 1}}, {"a": {"b": 1}}], False)
def test_a_schema_reads_what_it_was_inferred_from(check, payloads, timestamps):
    found = infer(*payloads, timestamps=timestamps)
    assert (found.sampled, found.skipped) == (len(payloads), 0)
    batch = decoded(found, *payloads)
    check(batch)
    word = to_word(found.spec)
    try:
        values = batch["data"].to_pylist()
    except ValueError as error:
        assert "finer than datetime's microseconds" in str(error)
        return
    for got, payload in zip(values, payloads, strict=True):
        assert_means(got, payload, word)


@given(SAMPLES, st.randoms())
def test_the_order_of_payloads_changes_the_order_of_keys_at_most(payloads, random):
    mixed = list(payloads)
    random.shuffle(mixed)
    assert infer(*payloads).spec == infer(*mixed).spec


@given(st.lists(st.binary(max_size=12) | events.anything.map(str.encode), min_size=1, max_size=5))
def test_skipped_is_exactly_what_the_engine_refuses(payloads):
    """Whatever the bytes: what is not skipped decodes under the schema, what is fails under "json"."""
    batch = kinesis.to_arrow(events.event_of(*payloads), payload="json", on_error="collect")
    try:
        found = infer(*payloads)
    except ValueError:
        assert batch.num_rows == 0
        return
    assert (found.sampled, found.skipped) == (batch.num_rows, len(batch.failures))
    failed = {failure.index for failure in batch.failures}
    good = [payload for at, payload in enumerate(payloads) if at not in failed]
    word = to_word(found.spec)
    for got, payload in zip(decoded(found, *good)["data"].to_pylist(), good, strict=True):
        assert_means(got, json.loads(payload), word)


# --- what no schema reads ---------------------------------------------------------------------------


def nested(depth, innermost=b"1", opening=b"[", closing=b"]"):
    return opening * depth + innermost + closing * depth


POISON = [
    b"", b"{", b"not", b"NaN", b'{"a":-Infinity}', b"1 2", b"'a'", b'{"a":01}', b'"\x01"', b"\xff", b"\xef\xbb\xbf1",
    nested(129), nested(128, b"[]"), nested(129, b""),
    nested(128, b"{}"), nested(129, b"1", b'{"a":', b"}"), nested(100_000), nested(100_000, b""), b"[" * 100_000,
    b'{"a":1}\x00',
]
LONE = [b'"\\ud800"', b'{"a":["\\udc00\\ud800"]}', b'{"\\ud800":1}', b'[{"a":"\\uD83D\\u0020"}]']


@pytest.mark.parametrize("poison", POISON + LONE, ids=lambda poison: ascii(poison[:20]))
def test_what_no_schema_reads_is_skipped(poison):
    found = infer({"a": 1}, poison, {"b": "x"}, poison)
    assert found.spec == {"a": "int64", "b": "utf8"}
    assert (found.sampled, found.skipped) == (2, 2)
    with pytest.raises(ValueError, match="no payload is readable JSON; the first of 2: ") as caught:
        infer(poison, poison)
    # The engine has no column of text for a lone surrogate; a json column would keep its escape.
    said = "record 0: a lone surrogate" if poison in LONE else "$.Records[0].kinesis.data → $"
    assert said in str(caught.value)


def test_a_pair_of_surrogates_and_128_brackets_are_taken():
    assert infer(b'{"\\ud83d\\ude00":"\\ud83d\\ude00"}').spec == {"\U0001f600": "utf8"}
    assert infer(nested(128)).skipped == infer(nested(128, b"")).skipped == 0
    assert infer(b"[" + b"[]," * 200 + nested(127) + b"]").skipped == 0


def test_what_is_no_base64_is_skipped_too():
    event = events.event([events.record(), events.record("?!"), events.record(b'{"a":1}')])
    found = lambdarrow.infer_schema(event)
    assert (found.spec, found.sampled, found.skipped) == ({"a": "int64"}, 1, 2)


@pytest.mark.parametrize(("payload", "looks"), [
    (b"\x1f\x8b\x08\x00", "it looks like gzip: wrap the payload in lambdarrow.gzip"),
    (b"\xf3\x89\x9a\xc2x", "Kinesis Producer Library"),
    (b"", "the value is empty"),
    (b"hello", "not JSON"),
])
def test_no_json_says_what_it_looks_like(payload, looks):
    with pytest.raises(ValueError, match=looks):
        infer(payload, payload)


# --- events, sources, the sample --------------------------------------------------------------------

TWO = events.event_of({"a": 1}, {"b": 2.5})
SPEC = {"a": "int64", "b": "float64"}


@pytest.mark.parametrize("event", [
    TWO, bytearray(TWO), memoryview(TWO), TWO.decode(), json.loads(TWO), [TWO], (TWO, TWO), [json.loads(TWO)],
    iter([TWO.decode()]), {TWO: 1}.keys(), (bytearray(one) for one in [TWO]),
], ids=lambda event: type(event).__name__)
def test_events_in_every_form(event):
    assert lambdarrow.infer_schema(event).spec == SPEC


@pytest.mark.parametrize("event", [None, 5, object()])
def test_what_is_no_event(event):
    with pytest.raises(TypeError, match="events are an event .* or an iterable of events, not"):
        lambdarrow.infer_schema(event)
    with pytest.raises(TypeError, match="an event is bytes"):
        lambdarrow.infer_schema([event])


def sqs_event(*bodies):
    return json.dumps({"Records": [
        {"messageId": str(at), "body": body, "eventSource": "aws:sqs"} for at, body in enumerate(bodies)
    ]}).encode()


def test_another_source():
    event = sqs_event('{"a":1}', '{"a":2.5,"b":"\\u00e9"}', "no", None, "\ud800", '{"a":null}')
    found = lambdarrow.infer_schema(event, source="sqs")
    assert (found.spec, found.sampled, found.skipped) == ({"a": "float64", "b": "utf8"}, 3, 2)
    batch = sqs.to_arrow(event, payload=found, on_error="collect", columns=["body"])
    assert [failure.index for failure in batch.failures] == [2, 4]
    assert batch["body"].to_pylist() == [
        {"a": 1.0, "b": None}, {"a": 2.5, "b": "é"}, None, {"a": None, "b": None}]


def test_messages_of_logs_and_records_of_firehose():
    """Lines that are not JSON are left out and counted, as are payloads."""
    texts = ['{"a":1}', '{"a":2.5,"b":"\u00e9"}', "START RequestId: x", '{"a":null}']
    for event, source in ((events_logs.event_of(*texts), lambdarrow.logs),
                          (events_firehose.event_of(*[text.encode() for text in texts]), lambdarrow.firehose)):
        for named in ("auto", source.SOURCE.name):
            found = lambdarrow.infer_schema(event, source=named)
            assert found.spec == {"a": "float64", "b": "utf8"} and found.skipped == 1
    batch = lambdarrow.logs.to_arrow(events_logs.event_of(*texts), message=found)
    assert batch["message"].to_pylist() == [
        {"a": 1.0, "b": None}, {"a": 2.5, "b": "\u00e9"}, None, {"a": None, "b": None}]
    assert batch["message_text"].to_pylist() == [None, None, texts[2], None]
    # A control message has none.
    control = events_logs.event_of("x", messageType="CONTROL_MESSAGE")
    assert lambdarrow.infer_schema([control, event]).spec == found.spec
    with pytest.raises(ValueError):
        lambdarrow.infer_schema(control)


@pytest.mark.parametrize("source", ["schema", "nope", "cli", "", None, "_core"])
def test_no_such_source(source):
    with pytest.raises(ValueError, match="source must be auto, dynamodb"):
        lambdarrow.infer_schema(TWO, source=source)


@pytest.mark.parametrize("sample", [0, -1, 1.5, "1", None])
def test_no_such_sample(sample):
    with pytest.raises(ValueError, match="sample must be an integer of at least 1"):
        lambdarrow.infer_schema(TWO, sample=sample)


def test_an_event_of_no_source_and_a_broken_one():
    with pytest.raises(ValueError, match="aws:ses"):
        lambdarrow.infer_schema([TWO, b'{"Records":[{"eventSource":"aws:ses"}]}'])
    with pytest.raises(lambdarrow.DecodeError):
        lambdarrow.infer_schema([TWO, TWO[:-5]])


def test_the_sample_ends_where_it_is_full():
    def endless():
        yield TWO
        while True:
            yield events.event_of({"c": True}, b"\xff", {"d": 1})

    for sample, spec, skipped in ((1, {"a": "int64"}, 0), (2, SPEC, 0), (3, SPEC | {"c": "bool"}, 0),
                                  (4, SPEC | {"c": "bool"}, 1), (5, SPEC | {"c": "bool", "d": "int64"}, 1)):
        found = lambdarrow.infer_schema(endless(), sample=sample)
        assert (found.spec, found.skipped, found.sampled + found.skipped) == (spec, skipped, sample)
    taken = iter([TWO, TWO])
    lambdarrow.infer_schema(taken, sample=2)
    assert list(taken) == [TWO]


@pytest.mark.parametrize("none", [[], [b'{"Records":[{"eventSource":"aws:kinesis"}]}'] * 3,
                                  events.event([events.record(None)])], ids=["no events", "no data", "null"])
def test_no_payload_at_all(none):
    with pytest.raises(ValueError, match=r"no payload in \d events"):
        lambdarrow.infer_schema(none)


def test_no_records_at_all():
    with pytest.raises(ValueError, match="no payload in 1 events"):
        lambdarrow.infer_schema(b'{"Records":[]}', source="kinesis")


def test_an_inference_goes_on_after_an_event_that_raises():
    inference = Inference()
    inference.add(events.event_of({"a": 1}))
    with pytest.raises(lambdarrow.DecodeError):
        inference.add(TWO[:-5])
    inference.add(events.event_of({"c": 1}))
    assert inference.schema().spec == {"a": "int64", "c": "int64"}


# --- the schema as an object ------------------------------------------------------------------------


def test_it_prints_as_what_the_shell_takes():
    found = infer({"a": 1, "é": [{"type": "x"}]})
    assert str(found) == repr(found) == """{
  "a": "int64",
  "é": [
    {
      "type": "utf8"
    }
  ]
}"""
    assert json.loads(str(found)) == found.spec


def test_it_is_a_frozen_value():
    one, same, other = infer({"a": 1}), infer({"a": 2}, b"no"), infer({"a": 1}, None)
    assert one == same != other
    assert hash(one) == hash(same)
    assert one != infer({"a": "x"}) and one != one.spec
    assert infer({"a": 1, "b": 1}) != infer({"b": 1, "a": 1})
    one.spec["b"] = "int64"
    assert one.spec == {"a": "int64"}
    for change in (lambda: setattr(one, "skipped", 1), lambda: delattr(one, "skipped")):
        with pytest.raises(AttributeError, match="frozen"):
            change()
    again = pickle.loads(pickle.dumps(other))
    assert again == other
    assert (again.sampled, again.skipped, again.takes_null) == (2, 0, True)


def test_equal_schemas_share_a_decoder():
    one, other = (kinesis.to_arrow(TWO, payload=infer({"a": a, "b": b}), flatten=True) for a, b in ((1, 1.5), (5, 0.5)))
    lambdarrow.concat([one, other])  # which refuses batches of different decoders


def test_it_is_an_arrow_schema():
    payload = {"id": 1, "price": 1.5, "tags": ["a"], "geo": {"lat": 1}, "any": None, "at": "2024-01-01T00:00:00Z"}
    found = infer(payload, timestamps=True)
    expected = pa.schema({
        "id": pa.int64(), "price": pa.float64(), "tags": pa.list_(pa.utf8()), "geo": pa.struct({"lat": pa.int64()}),
        "any": pa.utf8(), "at": pa.timestamp("s", "UTC")})
    assert pa.schema(found) == expected
    assert pa.field(found) == pa.field("payload", pa.struct(list(expected)))
    # "any" holds more than text, by its own words and by way of Arrow's.
    for schema in (found, pa.schema(found), pa.schema(list(pa.schema(found)))):
        assert decoded(schema, payload | {"any": [1]})["data.any"].to_pylist() == ["[1]"]


@pytest.mark.parametrize(("payload", "type"), [
    (b"[1]", pa.list_(pa.int64())), (b"1.5", pa.float64()), (b'"x"', pa.utf8()), (b"null", pa.utf8()),
    ({str(k): 1 for k in range(1001)}, pa.map_(pa.utf8(), pa.int64())),
], ids=lambda value: str(value)[:20])
def test_a_payload_that_is_no_object_is_an_arrow_field(payload, type):
    assert pa.field(infer(payload)) == pa.field("payload", type)
    with pytest.raises(pa.ArrowInvalid):
        pa.schema(infer(payload))


def test_polars_and_nanoarrow_read_it():
    polars, nanoarrow = pytest.importorskip("polars"), pytest.importorskip("nanoarrow")
    found = infer({"a": 1, "b": ["x"]})
    assert polars.Schema(found) == {"a": polars.Int64, "b": polars.List(polars.String)}
    assert [field.name for field in nanoarrow.Schema(found).fields] == ["a", "b"]


def test_every_door_for_payloads_takes_it():
    found = infer({"a": 1, "b": 2.5})
    batch = kinesis.to_arrow(TWO, payload=found, flatten=True, columns=["data.b"])
    assert batch.to_pylist() == [{"b": None}, {"b": 2.5}]
    assert kinesis.Decoder(payload=found).explain() == kinesis.Decoder(payload=found.spec).explain()


def test_inferring_needs_no_struct():
    code = f"""
import sys
import lambdarrow
assert not {{"json", "re", "lambdarrow._infer"}} & set(sys.modules)
print(lambdarrow.infer_schema({TWO!r}).spec)
print(sorted({{"msgspec", "typing", "pyarrow", "lambdarrow._structs"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines() == [str(SPEC), "[]"], done.stderr
