"""Depth, digits, characters and keys by the million."""

import json

import pytest
from hostile import SPEC

import lambdarrow

MILLION = 1_000_000
DEEP = {
    "arrays": b"[" * MILLION,
    "objects": b'{"a":' * MILLION,
    "balanced": b"[" * MILLION + b"]" * MILLION,
    "both": b'[{"a":' * (MILLION // 2),
    "closing": b"]" * MILLION,
}


def at(source, path, text):
    """An event of a record that has that text at that path, and nothing else."""
    before = "".join(f'{{"{key}":' for key in path).encode()
    return source.with_record(before + text + b"}" * len(path))


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_million_brackets(source, text):
    broken = [
        text,
        *[
            source.text_event(one)
            for one in (
                text,
                b'{"Records":' + text + b"}",
                b'{"Records":[' + text + b"]}",
                b'{"x":' + text + b',"Records":[]}',
            )
        ],
        *[at(source, path, text) for path in (("x",), source.payload_path, source.text_path)],
        *[at(source, (key,), text) for key, value in source.record().items() if isinstance(value, dict)],
    ]
    for event in broken:
        with pytest.raises(lambdarrow.DecodeError):
            source.to_arrow(event, on_error="raise")


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_million_brackets_in_a_payload(carrier, text):
    for payload in (SPEC, "json", {"raw": "json"}, ["json"], "map<utf8, json>"):
        for load in (text, b'{"raw":' + text, b'{"x":' + text + b"}"):
            batch = carrier.to_arrow(carrier.event_of(load, b"null"), payload=payload, on_error="collect")
            assert [failure.index for failure in batch.failures] == [0]
            assert len(batch.failures[0].raw) == 65536


BRACKETS = pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")], ids=["array", "object"])
DEPTHS = [(1, True), (100, True), (200, False)]


@BRACKETS
def test_the_depth_limit(source, opening, closing):
    for depth, fits in DEPTHS:
        event = source.with_record(b'{"y":"e","x":' + opening * depth + b"1" + closing * depth + b"}")
        if fits:
            assert source.to_arrow(event).num_rows == 1
        else:
            with pytest.raises(lambdarrow.DecodeError, match="deep") as caught:
                source.to_arrow(event)
            assert caught.value.reason == "too_deep"


@BRACKETS
def test_the_depth_limit_in_a_payload(carrier, opening, closing):
    def nested(depth):
        return opening * depth + b"1" + closing * depth

    for depth, fits in DEPTHS:
        load = b'{"x":' + nested(depth) + b',"raw":' + nested(depth) + b"}"
        for payload in ("json", {"raw": "json"}, {"y": "utf8"}):
            batch = carrier.to_arrow(carrier.event_of(load), payload=payload, on_error="collect")
            assert [failure.reason for failure in batch.failures] == ([] if fits else ["too_deep"])
    load = b'{"raw":' + nested(900) + b"}"
    batch = carrier.to_arrow(carrier.event_of(load), payload={"raw": "json"}, limits={"depth": 1000})
    assert batch[f"{carrier.payload}.raw"].to_pylist() == [nested(900).decode()]


def digits_by_the_million():
    return {
        "ones": b"1" * MILLION,
        "minus": b"-" + b"9" * MILLION,
        "power of ten": b"1" + b"0" * MILLION,
        "small": b"0." + b"0" * MILLION + b"1",
        "trailing zeros": b"1." + b"0" * MILLION,
        "fraction": b"0." + b"3" * MILLION,
        "exponent": b"1e" + b"0" * MILLION + b"1",
        "huge exponent": b"1e" + b"9" * MILLION,
        "tiny exponent": b"1e-" + b"9" * MILLION,
    }


DIGITS = pytest.mark.parametrize("name, text", digits_by_the_million().items(), ids=digits_by_the_million())
EXACT = {"trailing zeros": 1, "exponent": 10}
TIMES = [("timestamp[ms, UTC]", {"epoch": "s"}), ("timestamp[ns, UTC]", {"epoch": "ms"})]


@DIGITS
def test_a_number_of_a_million_digits(carrier, name, text):
    load = b'{"v":' + text + b"}"
    for word in ("int64", "uint8", "float64", "float32", "decimal128(38, 10)", "decimal256(76, 20)"):
        batch = carrier.to_arrow(carrier.event_of(load), payload={"v": word}, on_error="collect")
        if word.startswith("float"):
            expected = None if name == "huge exponent" else float(text)
            expected = None if expected in (float("inf"), float("-inf")) else expected
            if word == "float32" and expected == 1 / 3:
                expected = 0.3333333432674408
        elif word.startswith("decimal"):
            expected = EXACT.get(name)
        else:
            expected = None
        assert batch[f"{carrier.payload}.v"].to_pylist() == ([] if expected is None else [expected]), word
        if expected is None:
            assert batch.failures[0].reason in ("out_of_range", "not_exact", "expected_integer", "too_large")
    for word in ("json", {"v": "json"}, {"w": "utf8"}):
        batch = carrier.to_arrow(carrier.event_of(load), payload=word)
        assert batch.num_rows == 1
    for word, extra in TIMES:
        batch = carrier.to_arrow(
            carrier.event_of(load), payload={"v": {"type": word} | extra}, on_error="collect"
        )
        assert batch.num_rows == (name in EXACT)


# Where a time stands, and how its number is written.
TIME = {
    "kinesis": (("kinesis", "approximateArrivalTimestamp"), b"%s"),
    "sqs": (("attributes", "SentTimestamp"), b'"%s"'),
    "dynamodb": (("dynamodb", "ApproximateCreationDateTime"), b"%s"),
    "firehose": (("approximateArrivalTimestamp",), b"%s"),
    "logs": (("timestamp",), b"%s"),
}


@DIGITS
def test_a_time_of_a_million_digits(source, guarded, name, text):
    path, wrapped = TIME[source.name]
    event = source.with_text(path, wrapped % text)
    batch = source.to_arrow(guarded(event), on_error="collect")
    assert batch.num_rows == (name in EXACT)
    assert source.to_arrow(event, columns=[source.constant]).num_rows == 1


def test_a_text_of_a_million_characters(source, check):
    for text in ("x" * MILLION, "\u00e9" * MILLION, '"\\' * (MILLION // 2)):
        event = source.event([source.record(json.dumps({"t": text}).encode(), text=text)])
        batch = source.to_arrow(event, payload={"t": "utf8"})
        assert check(batch).column(source.text).to_pylist() == [text]
        assert batch[f"{source.payload}.t"].to_pylist() == [text]


def test_a_map_with_too_many_keys(source):
    load = json.dumps({"m": {str(at): at for at in range(1_000)}}).encode()
    spec = {"m": "map<utf8, int64>"}
    assert len(source.to_arrow(source.event_of(load), payload=spec)[f"{source.payload}.m"].to_pylist()[0]) == 1_000
    tight = source.decoder(payload=spec, limits={"map_keys": 999}, on_error="collect")
    batch = tight.to_arrow(source.event_of(load))
    assert [failure.reason for failure in batch.failures] == ["too_many_keys"]
