"""coerce: numbers, truth values and epochs that a string holds, and text that a number may stand for."""

import json

import events
import oracle
import pyarrow as pa
import pytest
from drift import decoded, failed
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import kinesis


def coerced(kind, how, texts, **options):
    """Per text the value, or why not."""
    spec = {"v": {"type": kind, "coerce": how, **options}}
    loads = [b'{"v":' + (text if isinstance(text, bytes) else text.encode()) + b"}" for text in texts]
    batch = kinesis.to_arrow(events.event_of(*loads), payload=spec, flatten=True, columns=["data"], on_error="collect")
    reasons = dict(failed(batch))
    values = iter(batch["v"].to_pylist())
    return [reasons[at] if at in reasons else next(values) for at in range(len(texts))]


NUMBERS = ["0", "-0", "1", "-1", "127", "-128", "128", "01", "+1", "", " 1", "1 ", "1\n", "1.0", "1.5", "1e1", ".5",
           "5.", "-", "1e400", "-1e-400", "NaN", "Infinity", "0x10", "1_0", "true", "null", "x", '"1"', "1,2", "[1]",
           "9" * 40, "0." + "3" * 400, "1" * 300 + ".5"]


@pytest.mark.parametrize(
    "kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
)
def test_a_number_in_a_string_is_what_it_would_be_without_quotes(kind):
    """Or nothing, where it would not be JSON."""
    made = coerced(kind, "string", [json.dumps(text) for text in NUMBERS])
    bare = {}
    for text in NUMBERS:
        if oracle.NUMBER.fullmatch(text.encode()):
            (bare[text],) = coerced(kind, "string", [text])
            assert [bare[text]] == strictly(kind, text)
    for text, value in zip(NUMBERS, made, strict=True):
        if text in bare:
            assert repr(value) == repr(bare[text]), text
        else:
            assert isinstance(value, str), text  # a reason


def strictly(kind, text):
    """The same word without coerce."""
    batch = decoded({"v": kind}, f'{{"v":{text}}}', policy="fail", on_error="collect")
    return [failure.reason for failure in batch.failures] or batch["data.v"].to_pylist()


def test_strings_of_numbers_may_be_escaped():
    texts = [r'"\u0031\u0032"', r'"1\u00300"', r'"\u002d5"', r'"1\n"', r'"\ud800"', b'"1\xff"']
    made = coerced("int64", "string", texts)
    assert made == [12, 100, -5, "invalid_number", "lone_surrogate", "invalid_number"]
    assert coerced("float64", "string", [r'"1\u002e5"']) == [1.5]


def test_only_the_one_word_is_loose():
    spec = {"a": {"type": "int8", "coerce": "string"}, "b": "int8", "c": "utf8"}
    texts = ['{"a":"1","b":1,"c":"1"}', '{"b":"1"}', '{"c":1}', '{"a":[]}', '{"a":true}', '{"a":null}']
    batch = decoded(spec, *texts, policy="fail", on_error="collect")
    reasons = ["expected_integer", "expected_string", "expected_integer", "expected_integer"]
    assert failed(batch) == list(enumerate(reasons, 1))
    assert batch["data.a"].to_pylist() == [1, None]


def test_truth_in_a_string():
    good = {"true": True, '"true"': True, '"false"': False, r'"\u0074rue"': True, "null": None}
    bad = ['"TRUE"', '"1"', "1", '" true"', '"true "', '"truex"', '"t"', '""', '"null"', "[]", r'"\"true\""']
    assert coerced("bool", "string", [*good, *bad]) == [*good.values(), *["expected_bool"] * len(bad)]


EPOCHS = ["0", "1545082649", "1545082649183", "-5", "1545082649.183", "1.0", "1e3", "1e-3", "15e300", " 1", "1 ", "",
          "x", "2018-12-17T21:37:29Z"]


@pytest.mark.parametrize(
    "epoch, unit", [("s", "s"), ("s", "ms"), ("ms", "ms"), ("ms", "us"), ("us", "ns"), ("ns", "s")]
)
def test_epochs_in_a_string(epoch, unit):
    spec = {"v": {"type": f"timestamp[{unit}]", "coerce": "string", "epoch": epoch}}
    texts = [json.dumps({"v": text}) for text in EPOCHS]
    batch = decoded(spec, *texts, policy="fail", on_error="collect", flatten=True)
    moments = dict(zip(batch.record_index, batch.to_pyarrow().column("v").cast(pa.int64()).to_pylist(), strict=True))
    reasons = dict(failed(batch))
    for at, text in enumerate(EPOCHS):
        if not oracle.NUMBER.fullmatch(text.encode()):
            assert at in reasons, text
            continue
        try:
            assert moments.get(at) == oracle.timestamp_of(oracle.parse(text.encode()), unit, None, epoch)
        except oracle.Wrong as wrong:
            assert reasons[at] == wrong.args[0], text


@pytest.mark.parametrize("kind", ["utf8", "large_utf8", "utf8_view", "dictionary<utf8>"])
def test_text_of_a_number_is_as_it_is_written(kind):
    plain = ["1.50", "-0", "1e400", "123456789012345678901234567890.10E+05", "0", "true", "false"]
    assert coerced(kind, "number", [*plain, '"a\\u0041"', '"1"', "null"]) == [*plain, "aA", "1", None]
    assert coerced(kind, "number", ["{}", "[1]"]) == ["expected_string"] * 2
    assert coerced(kind, "number", ["01", "tru", "1.", "-", "NaN"]) == [
        "invalid_number", "invalid_json", "invalid_number", "invalid_number", "invalid_json"]


@given(st.lists(events.numbers | st.sampled_from(["true", "false", "null"]) | events.quoted(), max_size=8))
def test_any_numbers_as_text(texts):
    expected = []
    for text in texts:
        node = oracle.parse(text.encode())
        expected.append(node.value if node.kind == "string" else None if node.kind == "null" else text)
    spec = {"v": [{"type": "utf8", "coerce": "number"}]}
    for options in ({}, {"dialect": "plain"}, {"dialect": "spark"}, {"string_type": "string_view"}):
        batch = decoded(spec, f'{{"v":[{",".join(texts)}]}}', policy="fail", **options)
        assert batch["data.v"].to_pylist() == [expected]


def test_coerced_defaults_allowed_values_and_what_does_not_fit():
    spec = {
        "a": {"type": "int8", "coerce": "string", "default": "7"},
        "b": {"type": "utf8", "coerce": "number", "default": 1.5},
        "c": {"type": "int8", "coerce": "string", "values": [1, 2]},
    }
    assert decoded(spec, "{}", '{"a":"1","b":2,"c":"2"}', policy="fail")["data"].to_pylist() == [
        {"a": 7, "b": "1.5", "c": None}, {"a": 1, "b": "2", "c": 2}]
    found = [row["_rescued"] for row in decoded(spec, '{"a":"x"}', '{"b":[1]}', '{"c":"3"}', '{"a":1.5}')]
    assert found == [{"$.a": '"x"'}, {"$.b": "[1]"}, {"$.c": '"3"'}, {"$.a": "1.5"}]
