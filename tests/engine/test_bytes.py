"""Words that read the bytes of a layer: codec, fork, magic, drop, digest. What gzip does, test_logs_plan tests."""

import gzip
import hashlib
import json
import zlib

import pytest
from engine.plans import Batch, b64, decode, decoder, event_of, records, rows_of, text_of, values_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import schema
from lambdarrow.schema import (
    Field,
    base64,
    codec,
    digest,
    drop,
    fork,
    int_,
    list_,
    magic,
    map_,
    or_else,
    parse,
    plain_bytes,
    same_digest,
    string,
    struct,
    text_bytes,
    utf8,
)


def quoted(*contents):
    """base64 of each as a JSON string."""
    return [json.dumps(b64(content)) for content in contents]


def failures(batch):
    return [(failure.index, failure.reason, failure.path) for failure in batch.failures]


# --- codec ------------------------------------------------------------------------------------------


def backwards(data, limit):
    return data[::-1]


def reversed_by(inner, function=backwards, **kw):
    return base64(codec(inner, function, refused="invalid_pointer", **kw))


def test_a_codec_is_given_the_bytes_and_what_is_left_of_the_limit():
    seen = []

    def doubled(data, limit):
        seen.append((data, limit))
        return data * 2

    texts = [*quoted(b"ab", b""), "null", *quoted(b"cde")]
    made = values_of(reversed_by(text_bytes(), doubled), *texts, limits={"max_inflated": 10})
    assert made == ["abab", "", None, "cdecde"]
    assert seen == [(b"ab", 10), (b"", 6), (b"cde", 6)]
    assert all(type(data) is bytes for data, _ in seen)


@pytest.mark.parametrize(
    "answer, reason",
    [
        (None, "invalid_pointer"),
        (False, "inflated_limit"),
        (b"x" * 10, "inflated_limit"),
        (b"x" * 8, None),
        (b"", None),
    ],
)
def test_what_a_codec_answers(answer, reason):
    """Ten bytes in all, of which the first and the last record need one each."""
    word = reversed_by(text_bytes(), lambda data, limit: answer if data == b"poison" else data)
    event = event_of(quoted(b"a", b"poison", b"c"))
    batch = decode(records(Field("v", word)), event, on_error="collect", limits={"max_inflated": 10})
    assert failures(batch) == ([(1, reason, "$[1].v → $")] if reason else [])
    assert batch["v"].to_pylist() == ["a", *([] if reason else [answer.decode()]), "c"]


@pytest.mark.parametrize("reason", ["invalid_gzip", "invalid_pointer", "unexpected_value"])
def test_the_reason_of_a_refusal_is_the_words_own(reason):
    word = base64(codec(text_bytes(), lambda data, limit: None, refused=reason))
    batch = decode(records(Field("v", word)), event_of(quoted(b"x")), on_error="collect")
    assert [failure.reason for failure in batch.failures] == [reason]


@pytest.mark.parametrize("on_error", ["raise", "collect", "stop", "null"])
@pytest.mark.parametrize("wrap", [lambda word: word, or_else, list_], ids=["bare", "or_else", "list"])
def test_what_a_codec_raises_is_raised(on_error, wrap):
    class Broken(Exception):
        pass

    def broken(data, limit):
        if data == b"poison":
            raise Broken(data)
        return data

    run = decoder(records(Field("v", wrap(reversed_by(text_bytes(), broken)))), on_error=on_error)
    as_list = "[{}]" if wrap is list_ else "{}"
    texts = [as_list.format(text) for text in quoted(b"good", b"poison", b"more")]
    with pytest.raises(Broken, match="poison"):
        run.decode(event_of(texts))
    # The decoder is none the worse.
    assert run.decode(event_of([texts[0], texts[2]])).num_rows == 2


def test_an_event_whose_codec_raises_leaves_nothing_in_a_batch_that_is_fed():
    def broken(data, limit):
        return data if data else 1 // 0

    run = decoder(records(Field("v", reversed_by(text_bytes(), broken))))
    assert run.feed(event_of(quoted(b"one"))) == 1
    with pytest.raises(ZeroDivisionError):
        run.feed(event_of(quoted(b"two", b"")))
    assert run.feed(event_of(quoted(b"three"))) == 2
    rows = run.finish()
    assert (rows.num_rows, rows.n_events) == (2, 2)


@pytest.mark.parametrize("answer", ["text", 5, True, [b"x"]])
def test_a_codec_must_answer_bytes(answer):
    with pytest.raises(TypeError):
        values_of(reversed_by(text_bytes(), lambda data, limit: answer), *quoted(b"x"))


def test_a_reason_must_be_one_that_there_is():
    with pytest.raises(ValueError):
        decoder(records(Field("v", base64(codec(text_bytes(), backwards, refused="no_such_reason")))))


def test_when_says_which_bytes_are_encoded():
    word = reversed_by(text_bytes(), lambda data, limit: data.upper(), when=(b"z", b"yy"))
    contents = [b"zab", b"ab", b"yab", b"yyab", b"", b"z", b"y", b"az"]
    expected = [content.decode() for content in contents]
    for at in (0, 3, 5):
        expected[at] = expected[at].upper()
    assert values_of(word, *quoted(*contents)) == expected


@pytest.mark.parametrize("kind", ["list", "map"])
def test_codecs_inside_nested_columns(kind, check):
    inner = reversed_by(text_bytes())
    if kind == "list":
        word, values = list_(inner), [[b64(b"ab"), None], [], [b64(b"cd" * 99)]]
        expected = [["ba", None], [], ["dc" * 99]]
    else:
        word, values = map_(inner), [{"a": b64(b"ab"), "b": None}, {}, {"c": b64(b"cd")}]
        expected = [{"a": "ba", "b": None}, {}, {"c": "dc"}]
    batch = decode(records(Field("v", word)), [{"v": value} for value in values])
    check(batch)
    assert batch["v"].to_pylist() == expected


@pytest.mark.parametrize("first", ["base64", "string"])
def test_codecs_in_codecs(first):
    """Each is a layer: the path has an arrow for it, and the inner offset counts in the last one."""
    inner = codec(parse(struct((Field("A", int_(8)),))), backwards, refused="invalid_gzip")
    outer = codec(inner, lambda data, limit: data.upper(), refused="invalid_gzip")
    plan = records(Field("v", base64(outer) if first == "base64" else string(outer)))

    def wire(content):
        content = content[::-1].lower()
        return {"v": b64(content) if first == "base64" else content.decode()}

    assert rows_of(plan, [wire(b'{"A":1}'), wire(b'{"A": 22 }')]) == [{"v": {"A": 1}}, {"v": {"A": 22}}]
    event = text_of([wire(b'{"A":1}'), wire(b'{"A": "X"}')])
    (failure,) = decode(plan, event, on_error="collect").failures
    assert (failure.reason, failure.path) == ("expected_integer", "$[1].v → $ → $ → $.A")
    assert failure.inner_offset == 6
    assert event[failure.offset - 1 :].startswith(json.dumps(wire(b'{"A": "X"}')["v"]).encode())


def test_a_codec_that_decodes_with_the_decoder_that_called_it():
    def nested(data, limit):
        return str(run.decode(data).num_rows).encode() if data.startswith(b"[") else data

    run = decoder(records(Field("v", reversed_by(text_bytes(), nested))))
    inner = event_of(quoted(b"x", b"y"))
    plan = records(Field("v", reversed_by(text_bytes(), nested)))
    assert decode(plan, event_of(quoted(inner, b"z")))["v"].to_pylist() == ["2", "z"]
    assert Batch(run.decode(event_of(quoted(b"a", inner, inner, b"b"))), None)["v"].to_pylist() == ["a", "2", "2", "b"]


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_through_zlib(contents):
    def inflate(data, limit):
        return zlib.decompress(data)

    word = reversed_by(plain_bytes(), inflate)
    assert values_of(word, *quoted(*map(zlib.compress, contents))) == contents


def test_gzip_is_such_a_codec():
    word = schema.gzip(text_bytes())
    assert (word.op, word.options["refused"], word.options["when"]) == ("codec", "invalid_gzip", ())
    assert values_of(base64(word), *quoted(gzip.compress(b"content"))) == ["content"]
    maybe = codec(text_bytes(), word.options["function"], refused="invalid_gzip", when=(b"\x1f\x8b",))
    assert values_of(base64(maybe), *quoted(gzip.compress(b"content"), b"plain")) == ["content", "plain"]


# --- fork and drop ----------------------------------------------------------------------------------

THREE = fork(
    Field(None, text_bytes(), "text"),
    Field(None, plain_bytes(), "bytes"),
    Field(None, drop()),
    Field(None, parse(schema.json()), "json"),
)


def test_fork_reads_the_same_bytes_several_times(check):
    texts = ['" [1] "', r'"\u0035"', "null", '"\\"é\\""']
    batch = decode(records(Field("v", string(THREE))), event_of([text.encode() for text in texts]))
    check(batch)
    assert batch.to_pylist() == [
        {"text": " [1] ", "bytes": b" [1] ", "json": "[1]"},
        {"text": "5", "bytes": b"5", "json": "5"},
        {"text": None, "bytes": None, "json": None},
        {"text": '"é"', "bytes": '"é"'.encode(), "json": '"é"'},
    ]


def test_fork_fails_where_one_branch_does():
    batch = decode(records(Field("v", base64(THREE))), event_of(quoted(b"1", b"\xff", b"{", b"2")), on_error="collect")
    assert failures(batch) == [(1, "invalid_utf8", "$[1].v → $"), (2, "unexpected_end", "$[2].v → $")]
    assert batch["json"].to_pylist() == ["1", "2"]


def test_codecs_beside_each_other_in_a_fork():
    word = fork(
        Field(None, codec(text_bytes(), backwards, refused="invalid_gzip"), "back"),
        Field(None, codec(text_bytes(), lambda data, limit: data.upper(), refused="invalid_gzip"), "upper"),
        Field(None, text_bytes(), "same"),
    )
    assert rows_of(records(Field("v", base64(word))), [{"v": b64(b"ab")}, {"v": b64(b"c" * 300)}]) == [
        {"back": "ba", "upper": "AB", "same": "ab"},
        {"back": "c" * 300, "upper": "C" * 300, "same": "c" * 300},
    ]


@pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"x" * 1000])
def test_drop_looks_at_nothing(content):
    plan = records(Field("v", base64(drop())), Field("w", int_(8)))
    assert rows_of(plan, [{"v": b64(content), "w": 1}, {"w": 2}]) == [{"w": 1}, {"w": 2}]


# --- magic ------------------------------------------------------------------------------------------

KINDS = magic(
    (
        (b"\x1f\x8b", Field(None, schema.gzip(text_bytes()), "zipped")),
        ((b"A", b"BB"), Field(None, text_bytes(), "letters")),
        (b"AB", Field(None, text_bytes(), "never")),
        ((b"{", b"["), Field(None, parse(list_(int_(8))), "list")),
    ),
    Field(None, plain_bytes(), "other"),
)


@pytest.mark.parametrize(
    "content, name, value",
    [
        (gzip.compress(b"hi"), "zipped", "hi"),
        (b"A", "letters", "A"),
        (b"ABC", "letters", "ABC"),
        (b"BB", "letters", "BB"),
        (b"B", "other", b"B"),
        (b"BA", "other", b"BA"),
        (b"", "other", b""),
        (b"\x1f", "other", b"\x1f"),
        (b" [1]", "other", b" [1]"),
        (b"[1, 2]", "list", [1, 2]),
        (b"\xff", "other", b"\xff"),
    ],
)
def test_magic(content, name, value, check):
    event = event_of([*quoted(content), "null", *quoted(b"A", content)])
    batch = decode(records(Field("v", base64(KINDS))), event)
    check(batch)
    empty = dict.fromkeys(("zipped", "letters", "never", "list", "other"))
    assert batch.to_pylist() == [empty | {name: value}, empty, empty | {"letters": "A"}, empty | {name: value}]


def test_what_magic_chooses_may_fail():
    event = event_of(quoted(b"A\xff", b"{}", b"[1,300]", b"\x1f\x8b", b"A"))
    batch = decode(records(Field("v", base64(KINDS))), event, on_error="collect")
    assert failures(batch) == [
        (0, "invalid_utf8", "$[0].v → $"),
        (1, "expected_array", "$[1].v → $"),
        (2, "out_of_range", "$[2].v → $[1]"),
        (3, "invalid_gzip", "$[3].v → $"),
    ]
    assert batch["letters"].to_pylist() == ["A"]


def test_magic_of_a_strings_bytes():
    """The bytes are what the string says, escapes undone."""
    word = magic((("é".encode(), Field(None, text_bytes(), "accented")),), Field(None, drop()))
    assert rows_of(records(Field("v", string(word))), rb'[{"v":"\u00e9t\u00e9"},{"v":"ete"}]') == [
        {"accented": "été"},
        {"accented": None},
    ]


# --- digest and same_digest -------------------------------------------------------------------------


def digested(content, layer):
    """Records with a body, in that layer, beside what its MD5 ought to be."""
    body = layer(fork(Field(None, digest(), "_made", hidden=True), Field(None, content, "body")))
    return records(
        Field("body", body),
        Field("md5", utf8(size="small"), "md5"),
        Field(None, same_digest("_made", "md5", "md5OfBody"), hidden=True),
    )


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


SHOWN = {"order": ("body", "md5")}


@pytest.mark.parametrize("layer", [string, base64])
def test_a_right_digest_of_every_length(layer):
    texts = ["é\n😀x"[: at % 5] + "y" * at for at in [*range(201), 10_000, 100_000]]
    event = [{"body": text if layer is string else b64(text.encode()), "md5": md5(text)} for text in texts]
    event += [row | {"md5": row["md5"].upper()} for row in event]
    batch = decode(digested(text_bytes(), layer), event, **SHOWN)
    assert batch["body"].to_pylist() == texts * 2
    assert batch["md5"].to_pylist() == [row["md5"] for row in event]


@pytest.mark.parametrize(
    "sent",
    [md5("y"), "", None, md5("x")[:-1], md5("x") + "0", " " + md5("x")[1:], "g" * 32, md5("x")[:-1] + "G"],
)
def test_a_wrong_digest_fails_at_the_key_that_is_named(sent):
    event = [{"md5": md5("a"), "body": "a"}, {"body": "x", "md5": sent}, {"body": "b", "md5": md5("b")}]
    batch = decode(digested(text_bytes(), string), event, on_error="collect", **SHOWN)
    assert failures(batch) == [(1, "digest_mismatch", "$[1].md5OfBody")]
    assert batch["body"].to_pylist() == ["a", "b"]


def test_one_wrong_bit_in_any_place():
    right = bytearray(hashlib.md5(b"x").digest())
    event = []
    for bit in range(128):
        right[bit // 8] ^= 1 << bit % 8
        event.append({"body": "x", "md5": right.hex()})
        right[bit // 8] ^= 1 << bit % 8
    batch = decode(digested(text_bytes(), string), event, on_error="collect", **SHOWN)
    assert [failure.index for failure in batch.failures] == list(range(128))


def test_a_null_has_no_digest():
    event = [{"body": None, "md5": "nonsense"}, {"md5": md5("")}, {}, {"body": "", "md5": md5("")}]
    assert rows_of(digested(text_bytes(), string), event, **SHOWN) == [
        {"body": row.get("body"), "md5": row.get("md5")} for row in event
    ]


def test_the_digest_is_that_of_the_last_of_two_keys():
    event = f'[{{"body":"x","body":"é","md5":"{md5("x")}","md5":"{md5("é")}"}}]'
    assert rows_of(digested(text_bytes(), string), event.encode(), **SHOWN) == [{"body": "é", "md5": md5("é")}]


def test_the_digest_is_of_the_bytes_before_they_are_read():
    """A codec reads other bytes, JSON reads fewer: the digest is of what stands in the layer."""
    word = digested(codec(parse(int_(8)), backwards, refused="invalid_gzip"), base64)
    assert rows_of(word, [{"body": b64(b" 21 "), "md5": md5(" 21 ")}], **SHOWN)[0]["body"] == 12


def test_a_digest_is_a_column_of_sixteen_bytes(check):
    """Hidden where a source checks one, but a column like any other."""
    batch = decode(records(Field("v", base64(digest()))), event_of([*quoted(b"x"), "null", '""']))
    made = check(batch).column("v")
    assert str(made.type) == "fixed_size_binary[16]"
    assert made.to_pylist() == [hashlib.md5(b"x").digest(), None, hashlib.md5(b"").digest()]


def test_a_digest_as_python_objects():
    batch = decode(records(Field("v", base64(digest()))), event_of([*quoted(b"x"), "null"]))
    assert batch["v"].to_pylist() == [hashlib.md5(b"x").digest(), None]
    assert batch["v"].type == "fixed_size_binary[16]"
