"""The bodies of SQS messages: text with every kind of escape, JSON in it, and the digest of it."""

import hashlib
import json
import time

import events
import pyarrow as pa
import pytest
from conftest import facts
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import sqs

# --- bodies -----------------------------------------------------------------------------------------

BODIES = {
    "empty": '""',
    "each short escape": '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    "hexadecimal of both cases": '"\\u00e9\\u00E9\\u20aC\\uFFFD\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff"',
    "surrogate pairs": '"\\ud83d\\ude00\\uD83D\\uDE00\\ud800\\udc00\\udbff\\udfff"',
    "raw of every width": '"a\u00e9\u20ac\U0001f600\u007f\u0080\u07ff\u0800\uffff\U00010000\U0010ffff"',
    "an escaped backslash before what looks like an escape": '"\\\\u00e9\\\\n\\\\\\\\ud800"',
    "what XML 1.0 has not": '"\\u0001\\u000b\\u001f"',
    "JSON": json.dumps(json.dumps({"a": [json.dumps({"b": '"\\'})]})),
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("before", [0, 1, 14, 15, 16, 17, 31, 32, 33, 64])
def test_a_body_of_every_kind_of_escape(guarded, text, before):
    text = '"' + "x" * before + text[1:-1] * 3 + "y" * before + '"'
    event = events.with_text(["body"], text.encode(), events.sqs_message())
    for payload in (None, "utf8"):
        assert sqs.to_arrow(guarded(event), payload=payload)["body"].to_pylist() == [json.loads(text)]
    # The same text, escaped once more, as JSON in the body.
    event = events.with_text(["body"], json.dumps(text).encode(), events.sqs_message())
    assert sqs.to_arrow(guarded(event), payload="json")["body"].to_pylist() == [text]
    event = events.with_text(["body"], json.dumps('{"v":' + text + "}").encode(), events.sqs_message())
    assert sqs.to_arrow(guarded(event), payload={"v": "utf8"})["body.v"].to_pylist() == [json.loads(text)]


@pytest.mark.parametrize("escape", ["\\u00e9", "\\ud83d\\ude00", "\\n", "\\\\", "\\u0041", '\\"', "\\u20ac"])
def test_a_body_that_is_all_escapes(check, escape):
    text = '"' + escape * 100_000 + '"'
    expected = json.loads(text)
    event = events.with_text(["body"], text.encode(), events.sqs_message(md5OfBody=md5(expected)))
    batch = sqs.to_arrow(event, verify_md5=True)
    assert check(batch).column("body").to_pylist() == [expected]
    nested = events.with_text(["body"], json.dumps('{"v":' + text + "}").encode(), events.sqs_message())
    assert sqs.to_arrow(nested, payload={"v": "utf8"})["body.v"].to_pylist() == [expected]


def test_escapes_are_linear():
    """Eight times the escapes would take 64 times as long if each moved what came before it."""

    def best_of_many(count):
        event = events.with_text(["body"], b'"' + b"\\u00e9" * count + b'"', events.sqs_message())
        decoder, times = sqs.Decoder(), []
        for _ in range(15):
            begin = time.perf_counter()
            decoder.to_arrow(event)
            times.append(time.perf_counter() - begin)
        return min(times)

    assert best_of_many(400_000) < 24 * best_of_many(50_000)


@pytest.mark.parametrize("options", [{}, {"payload": "utf8"}, {"verify_md5": True}], ids=str)
def test_bodies_as_views(options):
    """What is longer than a view holds itself must lie in a buffer that outlives the event."""
    bodies = ["", "twelve bytes", "thirteen byte", 'a longer one, "\\\n \u00e9 \U0001f600', "plain, and long enough"]
    for given_as in (bytes, bytearray):
        event = given_as(events.sqs_event_of(*bodies))
        batch = sqs.to_arrow(event, string_type="string_view", **options)
        del event
        sqs.to_arrow(events.sqs_event_of("z" * 400))
        assert batch["body"].to_pylist() == bodies
        assert pa.schema(batch.schema).field("body").type == pa.string_view()


@given(st.lists(events.quoted(st.text(max_size=200)), max_size=5))
def test_bodies_are_what_json_says(texts):
    event = b'{"Records":[' + ",".join(f'{{"body":{text}}}' for text in texts).encode() + b"]}"
    expected = [json.loads(text) for text in texts]
    assert sqs.to_arrow(event)["body"].to_pylist() == expected
    assert sqs.to_arrow(event, payload="utf8")["body"].to_pylist() == expected


@pytest.mark.parametrize("data, says", [(b"", "empty"), (b"Obj\x01\x04", "Avro")])
@pytest.mark.parametrize("payload", ["json", {"a": "int64"}], ids=str)
def test_what_is_not_json_is_named(data, says, payload):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        sqs.to_arrow(events.sqs_event_of(data), payload=payload)
    assert says in str(caught.value)
    assert caught.value.path.startswith("$.Records[0].body")


# --- digests ----------------------------------------------------------------------------------------


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


TEXTS = {
    "nothing": "",
    "a": "a",
    "documented": "Test message.",
    "JSON": '{"n":1}',
    "Unicode": "caf\u00e9 \U0001f600",
    "escapes": '"\\/\b\f\n\r\t\0',
    # One block of the digest with its length, and the first text for which there is no room in it.
    "a block": "x" * 55,
    "a block and a byte": "x" * 56,
    "64": "x" * 64,
    "many": "x" * 10_000,
    "many escapes": "\u00e9" * 5_000,
}
OPTIONS = [{}, {"payload": "utf8"}, {"columns": ["message_id"]}, {"dialect": "plain"}]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_digest_is_of_the_text_once_unescaped(check, text, options):
    for written in (json.dumps(text, ensure_ascii=False), json.dumps(text), events.all_escaped(text)):
        for digest in (md5(text), md5(text).upper()):
            event = events.with_text(["body"], written.encode(), events.sqs_message(md5OfBody=digest))
            batch = sqs.to_arrow(event, verify_md5=True, **options)
            assert batch.to_pylist() == sqs.to_arrow(event, **options).to_pylist()
            check(batch)
        wrong = events.with_text(["body"], written.encode(), events.sqs_message(md5OfBody=md5(text + "x")))
        (failure,) = sqs.to_arrow(wrong, verify_md5=True, on_error="collect", **options).failures
        assert (failure.reason, failure.path) == ("digest_mismatch", "$.Records[0].md5OfBody")
        assert sqs.to_arrow(wrong, **options).num_rows == 1


DIGESTS = {
    "another": "0" * 32,
    "cut": md5("hello")[:-1],
    "longer": md5("hello") + "0",
    "empty": "",
    "no hexadecimal": "g" + md5("hello")[1:],
    "blanks": " " + md5("hello"),
    "a letter off": md5("hello")[:-1] + ("0" if md5("hello")[-1] != "0" else "1"),
}


@pytest.mark.parametrize("digest", DIGESTS.values(), ids=DIGESTS)
@pytest.mark.parametrize("turn", [list, events.reversed_keys], ids=["in order", "reversed"])
def test_a_wrong_digest_fails_its_message_alone(digest, turn):
    messages = [events.sqs_message(number=number) for number in range(3)]
    messages[1]["md5OfBody"] = digest
    event = events.event(turn(messages))
    batch = sqs.to_arrow(event, verify_md5=True, on_error="collect")
    assert batch.record_index.to_pylist() == [0, 2]
    (failure,) = batch.failures
    assert (failure.index, failure.reason, failure.path) == (1, "digest_mismatch", "$.Records[1].md5OfBody")
    assert failure.item_identifier == messages[1]["messageId"]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        sqs.to_arrow(event, verify_md5=True)
    assert facts(caught.value) == facts(failure)


@pytest.mark.parametrize("turn", [list, events.reversed_keys], ids=["in order", "reversed"])
def test_a_digest_that_is_not_there_is_a_failure(turn):
    """What was asked to be verified, and cannot be."""
    missing = events.without(events.sqs_message(), ["md5OfBody"])
    for message in (missing, events.sqs_message(md5OfBody=None), events.sqs_message(md5OfBody=5)):
        event = events.event(turn([message]))
        (failure,) = sqs.to_arrow(event, verify_md5=True, on_error="collect").failures
        assert failure.path == "$.Records[0].md5OfBody"
        assert sqs.to_arrow(event, columns=["body"]).num_rows == 1


@pytest.mark.parametrize("payload", [None, "utf8", "json", {"a": "int64"}], ids=str)
def test_a_body_that_is_not_there_has_no_digest(payload):
    null = events.changed(events.sqs_message(), ["body"], None)
    event = events.event([null, events.without(events.sqs_message(), ["body"])])
    batch = sqs.to_arrow(event, verify_md5=True, payload=payload)
    assert batch["body"].to_pylist() == [None, None]


def test_a_digest_is_of_the_whole_body_whatever_is_read_of_it():
    bodies = [b' {"n" : 1, "x": [2.50] } ', b'{"n":2}', b"null", b'"\xc3\xa9"']
    batch = sqs.to_arrow(events.sqs_event_of(*bodies[:3]), verify_md5=True, payload={"n": "int64"})
    assert batch["body"].to_pylist() == [{"n": 1}, {"n": 2}, None]
    batch = sqs.to_arrow(events.sqs_event_of(*bodies), verify_md5=True, payload="json", columns=["body"])
    assert batch["body"].to_pylist() == [body.decode().strip() if body != b"null" else None for body in bodies]


@given(st.lists(st.tuples(events.ANY_TEXT, st.sampled_from(["right", "right", "upper", "wrong"])), max_size=6))
def test_verified_are_those_whose_digest_is_hashlibs(cases):
    digests = {"right": md5, "upper": lambda text: md5(text).upper(), "wrong": lambda text: md5(text + "!")}
    messages = [
        events.sqs_message(text, number, md5OfBody=digests[how](text)) for number, (text, how) in enumerate(cases)
    ]
    batch = sqs.to_arrow(events.event(messages), verify_md5=True, on_error="collect")
    good = [number for number, (_, how) in enumerate(cases) if how != "wrong"]
    assert batch.record_index.to_pylist() == good
    assert batch["body"].to_pylist() == [cases[number][0] for number in good]
    assert batch["md5_of_body"].to_pylist() == [messages[number]["md5OfBody"] for number in good]
