"""The word `aggregate`: the wire format of the Kinesis Producer Library, field by field, and what is not it.

Oracles: a plain reader of protobuf's encoding and protobuf itself (see aggregates.py).
"""

import contextlib
import gc
import gzip
import hashlib
import itertools
import json
import random
from base64 import b64decode

import aggregates as kpl
import pytest
from aggregates import Broken, content, hash_keys, integer, keys, packed, user, varint
from engine.plans import Batch, b64, decode, decoder, records, text_of
from hypothesis import example, given
from hypothesis import strategies as st

from lambdarrow import DecodeError, _core, schema
from lambdarrow.schema import Field, base64, counter, inherit, lines, plain_bytes, utf8

USERS = records(
    Field("id", utf8()),
    Field("v", base64(schema.aggregate(plain_bytes()))),
    Field(None, counter(), "record"),
)
RUN = decoder(USERS, on_error="collect")
OWN = ("partition_key", "v", "explicit_hash_key", "sub_sequence_number", "user_record_index")
# As in Kinesis: rows that nobody packed have their record's key.
KEYED = records(
    Field("key", utf8(size="small"), "_key", hidden=True),
    Field("v", base64(schema.aggregate(plain_bytes(), users=("partition_key",)))),
    Field(None, inherit("partition_key", "_key"), "_inherit"),
)


ROWS = {"order": ("v", "partition_key")}


def event_of(*datas):
    return text_of([{"id": str(at), "v": b64(data)} for at, data in enumerate(datas)])


def expected(data):
    """The rows of a record, or a reason for which it fails; keys are text, so they must be UTF-8."""
    try:
        return [dict(zip(OWN, own.values(), strict=True)) for own in kpl.own_columns(data, None)]
    except Broken:
        return "invalid_aggregate"
    except UnicodeDecodeError:
        return "invalid_utf8"


def found(data, run=RUN, place=bytes):
    """What is made of a record that stands between two others, in the same terms."""
    batch = Batch(run.decode(place(event_of(b"before", data, b"after"))), None)
    rows = [row for row in batch.to_pylist() if row.pop("record") == 1]
    ends = [row["v"] for row, record in zip(batch, batch.record_index, strict=True) if record != 1]
    assert ends == [b"before", b"after"]
    if batch.failures:
        assert not rows
        (failure,) = batch.failures
        assert failure.index == 1 and failure.path.startswith("$[1].v → $")
        return failure.reason
    return [{name: row[name] for name in OWN} for row in rows]


def assert_read(data, **options):
    rows, ours = expected(data), found(data, **options)
    # Of two faults, which one is met first is nobody's concern.
    assert ours == rows or (isinstance(rows, str) and ours in ("invalid_aggregate", "invalid_utf8"))


ONE = keys("k") + user(b"x")
UNKNOWN = {
    "varint": integer(9, 1 << 63),
    "fixed64": varint(9 << 3 | kpl.FIXED64) + b"\x0a" * 8,
    "bytes": content(9, b"\x0a\x01k"),
    "fixed32": varint(9 << 3 | kpl.FIXED32) + b"\x1a" * 4,
    "a large number": content(2**29 - 1, b"x"),
    "empty": content(9, b""),
}
SOUND = {
    "one": ONE,
    "two of one key": keys("k") + user(b"x") + user(b"y"),
    "keys of their own": keys("a", "b", "c") + user(b"1", 2) + user(b"2", 0) + user(b"3", 1),
    "hash keys": keys("a", "b") + hash_keys("0", "340282366920938463463374607431768211455") + user(b"1", 0, 1)
    + user(b"2", 1, 0),
    "a hash key among none": keys("a") + hash_keys("5") + user(b"1") + user(b"2", 0, 0) + user(b"3"),
    "a table of hash keys that nobody has": keys("a") + hash_keys("5", "6") + user(b"1"),
    "a table after the users": user(b"x", 1) + user(b"y", 0) + keys("a", "b"),
    "a table in pieces": keys("a") + user(b"x", 1) + hash_keys("1") + keys("b") + user(b"y", 0, 1) + hash_keys("2"),
    "a key twice in the table": keys("a", "a") + user(b"x") + user(b"y", 1),
    "empty data": keys("k") + user(b"") + user(b""),
    "an empty key": keys("") + user(b"x"),
    "an empty hash key": keys("k") + hash_keys("") + user(b"x", 0, 0),
    "a key of 256 characters": keys("é" * 256) + user(b"x"),
    "a key beyond ASCII": keys("\U0001f381 k", "\0") + user(b"x") + user(b"y", 1),
    "tags": keys("k") + user(b"x", more=content(4, content(1, b"tag") + content(2, b"value")))
    + user(b"y", more=content(4, b"")),
    "only tables": keys("a", "b") + hash_keys("1"),
    "only what nobody knows": content(7, b"x"),
    "data before its key": keys("k") + content(3, content(3, b"x") + integer(1, 0)),
    "data twice": keys("k") + content(3, integer(1, 0) + content(3, b"first") + content(3, b"last")),
    "data twice, the last empty": keys("k") + content(3, integer(1, 0) + content(3, b"first") + content(3, b"")),
    "a key twice": keys("a", "b") + content(3, integer(1, 0) + content(3, b"x") + integer(1, 1)),
    "a hash key twice": keys("a") + hash_keys("1", "2") + content(3, integer(1, 0) + integer(2, 1) + content(3, b"x")
                                                                + integer(2, 0)),
    "numbers in more bytes than they need": keys("k") + content(3, integer(1, 0, 10) + content(3, b"x")),
    "a length in more bytes than it needs": keys("k") + varint(3 << 3 | 2, 3) + varint(5, 5) + integer(1, 0)
    + content(3, b"x"),
    "data that looks packed": keys("k") + user(packed(ONE)),
    "128 keys": keys(*map(str, range(128))) + b"".join(user(b"x", at) for at in range(128)),
    "300 keys": keys(*map(str, range(300))) + b"".join(user(b"x", at) for at in range(0, 300, 7)),
    **{f"unknown in the message: {name}": text + ONE + text for name, text in UNKNOWN.items()},
    **{f"unknown in a user: {name}": keys("k") + user(b"x", more=text) for name, text in UNKNOWN.items()},
}
TOO_LONG = b"\x80" * 9 + b"\x02"
UNSOUND = {
    "no message": b"garbage!",
    "one byte": b"\x0a",
    "field number zero": ONE + b"\x00\x00",
    "a group": ONE + varint(9 << 3 | kpl.GROUP) + varint(9 << 3 | kpl.GROUP_END),
    "the end of a group": ONE + varint(9 << 3 | kpl.GROUP_END),
    "a group in a user": keys("k") + user(b"x", more=varint(9 << 3 | 3) + varint(9 << 3 | 4)),
    "a kind that there is not: 6": ONE + varint(9 << 3 | 6),
    "a kind that there is not: 7": ONE + varint(9 << 3 | 7) + b"\0" * 9,
    "no partition key table": user(b"x"),
    "a key out of range": keys("a", "b") + user(b"x", 2),
    "a key far out of range": keys("a", "b") + user(b"x", 2**64 - 1),
    "a key at 2^32": keys("a", "b") + user(b"x", 2**32),
    "a hash key out of range": keys("a") + hash_keys("1") + user(b"x", 0, 1),
    "a hash key without a table": keys("a") + user(b"x", 0, 0),
    "no key": keys("k") + content(3, content(3, b"x")),
    "no data": keys("k") + content(3, integer(1, 0)),
    "no user's fields": keys("k") + content(3, b""),
    "the second user is broken": ONE + user(b"y", 7),
    "the first user is broken": keys("k") + user(b"y", 7) + user(b"x"),
    "a key that is a number": integer(1, 5) + ONE,
    "a hash key that is a number": integer(2, 5) + ONE,
    "a user that is a number": ONE + integer(3, 5),
    "a user of fixed size": ONE + varint(3 << 3 | kpl.FIXED32) + b"abcd",
    "data that is a number": keys("k") + content(3, integer(1, 0) + integer(3, 5)),
    "data that is a number, then data": keys("k") + content(3, integer(1, 0) + integer(3, 5) + content(3, b"x")),
    "a key's place that is text": keys("k") + content(3, content(1, b"\0") + content(3, b"x")),
    "a place beyond 64 bits": keys("k") + content(3, b"\x08" + TOO_LONG + content(3, b"x")),
    "a place of eleven bytes": keys("k") + content(3, integer(1, 0, 11) + content(3, b"x")),
    "a length of eleven bytes": keys("k") + b"\x1a" + varint(5, 11) + integer(1, 0) + content(3, b"x"),
    "a length beyond 64 bits": ONE + b"\x1a" + TOO_LONG,
    "the largest length": ONE + b"\x1a" + varint(2**64 - 1) + b"x",
    "a length of 2^32": ONE + b"\x1a" + varint(2**32) + b"x",
    "a length of 2^63": ONE + b"\x4a" + varint(2**63) + b"x",
    "a field beyond 64 bits": ONE + TOO_LONG + b"x",
    "fixed64 cut short": ONE + varint(9 << 3 | kpl.FIXED64) + b"1234567",
    "fixed32 cut short": ONE + varint(9 << 3 | kpl.FIXED32) + b"123",
    "data longer than its user": keys("k") + content(3, integer(1, 0) + b"\x1a\x05" + b"x") + user(b"yyyyyyyy"),
}


@pytest.mark.parametrize("message", SOUND.values(), ids=SOUND)
def test_a_sound_message(message, check):
    data = packed(message)
    assert kpl.users_of(data) == kpl.by_protobuf(data)
    assert_read(data)
    check(decode(USERS, event_of(b"plain", data, data)))


@pytest.mark.parametrize("message", UNSOUND.values(), ids=UNSOUND)
def test_a_message_that_is_none_fails_its_record_whole(message):
    """Whatever came before the fault: no row of the record is left."""
    data = packed(message)
    assert expected(data) == "invalid_aggregate"
    assert_read(data)
    with pytest.raises(DecodeError) as caught:
        decode(USERS, event_of(b"plain", data))
    assert caught.value.reason == "invalid_aggregate"
    assert 4 <= caught.value.inner_offset <= len(data) - 16
    assert "the digest is right" in str(caught.value)


def test_the_fault_is_placed():
    broken = user(b"y", 7)
    data = packed(ONE + user(b"z") + broken)
    event = event_of(b"before", data)
    with pytest.raises(DecodeError) as caught:
        decode(USERS, event)
    error = caught.value
    assert (error.path, error.index) == ("$[1].v → $[2]", 1)
    assert event[error.offset :].startswith(b64(data).encode())
    # It points to the user record, behind the two bytes that announce it.
    assert data[error.inner_offset :].startswith(broken[2:])


def test_nothing_of_a_user_is_lost_where_the_reference_loses_it():
    """aws-kinesis-agg drops the rest of a record whose table lacks a key, and of keys gives one without a hash key the
    first: presence counts here."""
    data = packed(keys("a", "b") + hash_keys("7") + user(b"1") + user(b"2", 1, 0))
    assert [row["explicit_hash_key"] for row in found(data)] == [None, "7"]
    assert found(packed(keys("a") + user(b"1") + user(b"2", 1))) == "invalid_aggregate"


@pytest.mark.parametrize("key", [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"])
def test_a_key_that_is_no_text_fails_its_record(key):
    for message in (content(1, key) + user(b"x"), keys("k") + content(2, key) + user(b"x", 0, 0)):
        assert found(packed(message)) == expected(packed(message)) == "invalid_utf8"
    # What nobody points to is not looked at.
    assert_read(packed(content(1, key) + keys("k") + user(b"x", 1)))


NOT_PACKED = {
    "nothing": b"",
    "only the magic": kpl.MAGIC,
    "the magic and less than a digest": kpl.MAGIC + b"\0" * 15,
    "the magic and a wrong digest of nothing": kpl.MAGIC + b"\0" * 16,
    "no magic": ONE + hashlib.md5(ONE).digest(),
    "another magic": b"\xf3\x89\x9a\xc3" + ONE + hashlib.md5(ONE).digest(),
    "a byte before the magic": b"\0" + packed(ONE),
    "a byte behind the digest": packed(ONE) + b"\0",
    "the digest of something else": packed(ONE, hashlib.md5(b"").digest()),
    "no digest": kpl.MAGIC + ONE,
    "the digest of the magic too": packed(ONE, hashlib.md5(kpl.MAGIC + ONE).digest()),
    "the digest of an unsound message, wrong": packed(b"garbage!", bytes(16)),
}


@pytest.mark.parametrize("data", NOT_PACKED.values(), ids=NOT_PACKED)
def test_what_is_not_packed_is_a_row_as_it_is(data):
    assert expected(data) == [dict(zip(OWN, (None, data, None, None, 0), strict=True))]
    assert_read(data)


@pytest.mark.parametrize("at", range(16))
def test_each_byte_of_the_digest_counts(at):
    data = bytearray(packed(ONE))
    data[-1 - at] ^= 1 << at % 8
    assert_read(bytes(data))
    assert found(bytes(data))[0]["v"] == bytes(data)


WHOLE = (
    keys("first key", "k") + hash_keys("12345") + user(b"data of the first", 1, 0)
    + user(b"", 0, more=content(4, content(1, b"t"))) + UNKNOWN["fixed64"] + user(b"last")
)


def test_every_prefix_of_a_message_whose_digest_is_right(guarded):
    """At the end of a field it is a message, anywhere else it is none; never is anything read behind it."""
    reasons = []
    for end in range(1, len(WHOLE) + 1):
        assert_read(packed(WHOLE[:end]), place=guarded)
        reasons.append(isinstance(expected(packed(WHOLE[:end])), str))
    assert reasons.count(False) == 7 and not reasons[-1]


def test_every_prefix_of_a_user_whose_length_is_right(guarded):
    record = integer(1, 1) + integer(2, 0) + content(3, b"the data") + UNKNOWN["fixed32"]
    sound = 0
    for end in range(len(record) + 1):
        data = packed(keys("a", "b") + hash_keys("1") + content(3, record[:end]) + user(b"after"))
        assert_read(data, place=guarded)
        sound += not isinstance(expected(data), str)
    assert sound == 2


def test_every_prefix_of_the_bytes(guarded):
    data = packed(WHOLE)
    for end in range(len(data)):
        assert_read(data[:end], place=guarded)


def test_every_byte_of_a_message_with_another_value(guarded):
    for at in range(len(WHOLE)):
        for value in {WHOLE[at] ^ 1, WHOLE[at] ^ 0x80, 0, 0xFF} - {WHOLE[at]}:
            assert_read(packed(WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :]), place=guarded)


@given(kpl.messages())
@example(b"\x0a\x00")
def test_messages_as_protobuf_reads_them(message):
    data = packed(message)
    assert kpl.users_of(data) == kpl.by_protobuf(data)
    assert_read(data)


def mutated(rng, message):
    """A message with one to four edits: of bits, of bytes, of pieces that mean something here."""
    pieces = [b"\0", b"\x80", b"\xff" * 9, TOO_LONG, b"\x0a", b"\x12", b"\x1a", b"\x08\x01", *UNKNOWN.values(), ONE]
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(message) + 1)
        edit = rng.randrange(5)
        if edit == 0:
            message = message[:at] + bytes([rng.randrange(256)]) + message[at + 1 :]
        elif edit == 1 and at < len(message):
            message = message[:at] + bytes([message[at] ^ 1 << rng.randrange(8)]) + message[at + 1 :]
        elif edit == 2:
            message = message[:at] + rng.choice(pieces) + message[at + rng.choice((0, 0, 1, 5)) :]
        elif edit == 3:
            message = message[:at] + message[at + rng.randrange(1, 20) :]
        else:
            message = message[at:] + message[:at]
    return message or b"\0"


def test_mutated_messages_are_what_a_plain_reader_says(guarded):
    rng = random.Random(20_240_229)
    bases = [WHOLE, ONE, SOUND["hash keys"], SOUND["tags"], SOUND["128 keys"][:400]]
    outcomes = {str: 0, list: 0}
    for _ in range(4000):
        message = mutated(rng, rng.choice(bases))
        data = packed(message)
        outcomes[type(expected(data))] += 1
        assert_read(data, place=guarded)
        with contextlib.suppress(Broken):
            # Protobuf reads more than we do (groups; what has another kind than it should), but never less.
            users = kpl.users_of(data, strict=True)
            assert users == kpl.by_protobuf(data)
    assert min(outcomes.values()) > 300


def test_mutated_bytes_whose_digest_is_left_wrong(guarded):
    rng = random.Random(7)
    for _ in range(1500):
        data = mutated(rng, packed(WHOLE))
        assert_read(data, place=guarded)


# --- how the base64 stands in the event -------------------------------------------------------------


def valued(*texts):
    """An event of these JSON texts."""
    return ("[" + ",".join(f'{{"v":{text}}}' for text in texts) + "]").encode()


def encoded(data, escape):
    """The base64 of some bytes, those characters written in hexadecimal that `escape` names."""
    text = b64(data)
    return '"' + "".join(f"\\u{ord(c):04x}" if at in escape else c for at, c in enumerate(text)) + '"'


@pytest.mark.parametrize("escape", [*[{at} for at in range(9)], {0, 4}, set(range(8)), set(range(400)), {5}, {30}])
def test_escapes_in_the_base64(escape):
    datas = [packed(WHOLE), b"plain bytes", b"", kpl.MAGIC + b"no digest", b"8"]
    batch = decode(USERS, valued(*[encoded(data, escape) for data in datas]))
    rows = [{name: row[name] for name in OWN} for row in batch]
    assert rows == [row for data in datas for row in expected(data)]


@pytest.mark.parametrize("text", ["84maw" + "A" * 30 + "\\/", "84maw" + "A" * 31 + "\\/w==", "84ma\\/w=="])
def test_a_solidus_that_is_escaped(text):
    batch = decode(USERS, valued(f'"{text}"'))
    assert batch["v"].to_pylist() == [b64decode(text.replace("\\", ""))]


# The magic number's six bits, one by one: "84maw" and what the next character may be.
@pytest.mark.parametrize("text", [
    "", "8A==", "84k=", "84ma", "84mawg==", "84mawA==", "84mawwAA", "84mavw==", "94mawg==", "84mawgAA", "84mawgAAAA==",
])
def test_base64_that_begins_like_the_magic(text):
    data = b64decode(text)
    assert_read(data)
    assert found(data) == [dict(zip(OWN, (None, data, None, None, 0), strict=True))]


BAD_BASE64 = ["A", "84maw", "84mawg", "84mawg=", "84mawgA=A", "84mawh==", "84maw-AA", "84 mawgA", "=", "84maw\\n", "é"]


@pytest.mark.parametrize("text", BAD_BASE64)
def test_bad_base64_is_told_as_it_is_without_the_word(text):
    event = valued('"QQ=="', f'"{text}"', '"Qg=="')
    plain = decode(records(Field("v", base64(plain_bytes()))), event, on_error="collect")
    batch = decode(USERS, event, on_error="collect")
    assert [(one.reason, one.path, one.offset, one.inner_offset) for one in batch.failures] == [
        (one.reason, one.path, one.offset, one.inner_offset) for one in plain.failures
    ]
    assert len(batch.failures) == 1 and [row["v"] for row in batch] == [b"A", b"B"]


# --- sizes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 63, 64, 65, 10_000])
def test_any_number_of_users(n, check):
    data = packed(keys("a", "b") + b"".join(user(b"%d" % at, at % 2) for at in range(n)))
    batch = decode(USERS, event_of(b"before", data, b"after", data))
    check(batch)
    rows = [{name: row[name] for name in OWN} for row in batch]
    assert rows == expected(b"before") + expected(data) + expected(b"after") + expected(data)
    assert batch.record_index.to_pylist() == [0, *[1] * n, 2, *[3] * n]
    assert [row["id"] for row in batch] == [str(at) for at in batch.record_index]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 100_000])
def test_users_of_any_size(size, guarded):
    data = packed(keys("k" * min(size, 256) or "k") + user(bytes(size)) + user(b"y") + user(b"\xff" * size))
    assert_read(data, place=guarded)


def test_more_rows_than_the_limit_fail_the_record():
    data = packed(keys("k") + user(b"x") * 5)
    for rows, failed, values in ((5, [1], b"ab"), (6, [2], b"axxxxx"), (7, [], b"axxxxxb"), (8, [], b"axxxxxb")):
        batch = decode(USERS, event_of(b"a", data, b"b"), on_error="collect", limits={"rows": rows})
        assert [(failure.index, failure.reason) for failure in batch.failures] == [(at, "too_large") for at in failed]
        assert b"".join(batch["v"]) == values


# --- undo, modes, what stands deeper ----------------------------------------------------------------

TYPED = records(
    Field("v", base64(schema.aggregate({"n": "int64", "l": ["utf8"]}))),
    Field("z", schema.int_(8)),
    Field("id", utf8()),
)


def typed_event(*groups, z=1):
    return text_of([
        {"v": b64(packed(keys("k") + b"".join(user(load) for load in group))), "z": z, "id": str(at)}
        for at, group in enumerate(groups)
    ])


GOOD, BAD = b'{"n":1,"l":["a","b"]}', b'{"n":2,"l":["a",5]}'


@pytest.mark.parametrize("groups", [
    [[GOOD], [BAD], [GOOD, GOOD]], [[BAD]], [[GOOD, BAD, GOOD], [GOOD]], [[GOOD] * 20 + [BAD], [GOOD]], [[], [BAD], []],
], ids=range(5))
@pytest.mark.parametrize("mode", ["collect", "stop", "null"])
def test_a_user_that_fails_takes_its_record_along(groups, mode, check):
    batch = decode(TYPED, typed_event(*groups), on_error=mode)
    check(batch)
    failed = [at for at, group in enumerate(groups) if BAD in group]
    if mode == "stop" and failed:
        groups, failed = groups[: failed[0]], failed[:1]
    rows = []
    for at, group in enumerate(groups):
        rows += [at] * (len(group) if at not in failed else mode == "null")
    assert batch.record_index.to_pylist() == rows
    assert [failure.index for failure in batch.failures] == failed
    assert all(failure.path.endswith(".l[1]") for failure in batch.failures)
    for row, record in zip(batch, batch.record_index, strict=True):
        assert row["v"] == (None if record in failed else {"n": 1, "l": ["a", "b"]})
        assert row["id"] == (None if record in failed else str(record))


def test_a_record_that_fails_behind_its_users_takes_them_along(check):
    event = typed_event([GOOD, GOOD], [GOOD], z="x") + b" "
    batch = decode(TYPED, event, on_error="collect")
    check(batch)
    assert batch.num_rows == 0 and [one.path for one in batch.failures] == ["$[0].z", "$[1].z"]


def test_the_last_of_equal_keys_counts():
    texts = [f'"{b64(data)}"' for data in (packed(keys("k") + user(GOOD) * 3), b'{"n":9}', packed(keys("k")))]
    for first, last in itertools.product([*texts, "null"], repeat=2):
        twice, once = valued(f'{first},"v":{last},"id":"x"'), valued(f'{last},"id":"x"')
        assert decode(TYPED, twice).to_pylist() == decode(TYPED, once).to_pylist()


LINES = records(
    Field("v", base64(schema.aggregate(lines({"n": "int64"})))), Field("id", utf8()), Field(None, counter(), "record"),
)


def test_lines_inside_users(check):
    loads = [b'{"n":1}\n{"n":2}\n', b"", b'{"n":3}']
    datas = [packed(keys("a", "b") + user(loads[0]) + user(loads[1]) + user(loads[2], 1)), loads[0], b""]
    batch = decode(LINES, event_of(*datas))
    check(batch)
    assert [(row["v"]["n"], row["partition_key"], row["user_record_index"], row["sub_sequence_number"], row["id"])
            for row in batch] == [
        (1, "a", 0, 0, "0"), (2, "a", 0, 0, "0"), (3, "b", 2, 2, "0"), (1, None, 0, None, "1"), (2, None, 0, None, "1"),
    ]
    with pytest.raises(DecodeError) as caught:
        decode(LINES, event_of(b"", packed(keys("a") + user(loads[0]) + user(loads[0] + b'{"n":""}\n'))))
    assert caught.value.path == "$[1].v → $[1][2].n"


# --- the key that a record lends to its rows --------------------------------------------------------


def keyed_event(*pairs, reverse=False):
    """Records of (key, bytes or None); a key of `...` is missing."""
    made = []
    for key, data in pairs:
        one = {"key": key, "v": None if data is None else b64(data)}
        if key is ...:
            del one["key"]
        made.append(dict(reversed(one.items())) if reverse else one)
    return text_of(made)


def keyed_rows(*pairs):
    return [
        {"v": own["data"], "partition_key": own["partition_key"]}
        for key, data in pairs
        for own in kpl.own_columns(data, None if key is ... else key)
    ]


PAIRS = [
    ("plain", b"1"), (None, b"2"), (..., b"3"), ("", b"4"), ("no data", None), (None, None),
    ("packed", packed(keys("own", "é") + user(b"5") + user(b"6", 1))), ("one user", packed(keys("") + user(b"7"))),
    ("no users", packed(keys("own"))), ("plain again", b"8"),
]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
@pytest.mark.parametrize("string_type", ["utf8", "string_view"])
def test_a_row_that_nobody_packed_has_its_records_key(reverse, dialect, string_type, check):
    rng = random.Random(5)
    for _ in range(30):
        pairs = [rng.choice(PAIRS) for _ in range(rng.randrange(1, 9))]
        batch = decode(KEYED, keyed_event(*pairs, reverse=reverse), dialect=dialect, string_type=string_type, **ROWS)
        check(batch)
        assert batch.to_pylist() == keyed_rows(*pairs), pairs


@pytest.mark.parametrize("string_type", ["utf8", "string_view"])
@pytest.mark.parametrize("before", [0, 1, 7, 8, 9, 64, 500])
def test_the_first_packed_record_may_come_late(before, string_type, check):
    """Until then nothing is copied; then all rows so far get their keys, those of events before too."""
    plain = [pair for pair in PAIRS if pair[1] is None or not kpl.is_packed(pair[1])]
    events = [[plain[(at + number) % len(plain)] for number in range(at % 5)] for at in range(before)]
    for late in PAIRS[6:9]:
        run = decoder(KEYED, string_type=string_type, **ROWS)
        all_pairs = []
        for pairs in [*events, [plain[0], late, plain[1]], plain, [late]]:
            run.feed(keyed_event(*pairs))
            all_pairs += pairs
        batch = Batch(run.finish(), None)
        check(batch)
        assert batch.to_pylist() == keyed_rows(*all_pairs)
        # The next batch begins as if nothing had been.
        run.feed(keyed_event(*plain))
        assert Batch(run.finish(), None).to_pylist() == keyed_rows(*plain)


@pytest.mark.parametrize("mode", ["collect", "stop", "null"])
def test_a_first_packed_record_that_fails(mode, check):
    broken = packed(keys("own") + user(b"5") + user(b"6", 9))
    good = packed(keys("own") + user(b"5") + user(b"6"))
    pairs = [("a", b"1"), (None, b"2"), ("b", broken), ("c", b"3"), ("d", good), ("e", b"4")]
    run = decoder(KEYED, on_error=mode, **ROWS)
    for _ in range(2):
        run.feed(keyed_event(*pairs))
    with pytest.raises(DecodeError):
        run.feed(keyed_event(*pairs)[:-1])
    run.feed(keyed_event(*pairs[:2]))
    batch = Batch(run.finish(), None)
    check(batch)
    if mode == "collect":
        once = keyed_rows(*pairs[:2], *pairs[3:])
    elif mode == "stop":
        once = keyed_rows(*pairs[:2])
    else:
        once = [*keyed_rows(*pairs[:2]), {"v": None, "partition_key": None}, *keyed_rows(*pairs[3:])]
    rows = [{name: row[name] for name in ("v", "partition_key")} for row in batch]
    assert rows == once * 2 + keyed_rows(*pairs[:2])


def test_an_event_that_is_refused_leaves_the_keys_of_the_others():
    """Its first record is the batch's first packed one."""
    good = keyed_event(("a", b"1"), ("b", b"2"))
    packed_one = ("c", packed(keys("own") + user(b"x") + user(b"y")))
    for refused in (keyed_event(packed_one, ("d", b"3"))[:-1], keyed_event(("d", b"3"), packed_one) + b"x"):
        for between in (0, 1, 3):
            run = decoder(KEYED, **ROWS)
            for _ in range(between):
                run.feed(good)
            with pytest.raises(DecodeError):
                run.feed(refused)
            run.feed(good)
            assert Batch(run.finish(), None).to_pylist() == keyed_rows(("a", b"1"), ("b", b"2")) * (between + 1)


@given(st.lists(st.lists(st.tuples(st.none() | kpl.KEY_TEXTS, st.none() | st.binary(max_size=9) | kpl.messages().map(
    packed)), max_size=4), max_size=5))
def test_keys_of_any_events(events):
    run = decoder(KEYED, string_type="string_view" if len(events) % 2 else "utf8", **ROWS)
    for pairs in events:
        run.feed(keyed_event(*pairs))
    batch = run.finish()
    rows = [] if batch is None else Batch(batch, None).to_pylist()
    assert rows == keyed_rows(*[pair for pairs in events for pair in pairs])


# --- memory -----------------------------------------------------------------------------------------


def live():
    gc.collect()
    return _core.pool()[1]


POOR = {
    "users": (USERS, event_of(*[packed(WHOLE), b"plain"] * 20, packed(SOUND["300 keys"]))),
    "keys": (KEYED, keyed_event(*PAIRS * 8)),
    "typed": (TYPED, typed_event(*[[GOOD] * 9, [BAD], [GOOD]] * 8)),
    "lines": (LINES, event_of(*[packed(keys("k" * 300) + user(b'{"n":1}\n' * 9) * 9)] * 8)),
    "one late": (KEYED, keyed_event(*[("k" * 99, b"1")] * 400, PAIRS[6])),
}


@pytest.mark.parametrize("word, event", POOR.values(), ids=POOR)
@pytest.mark.parametrize("mode", ["collect", "null"])
def test_refused_memory_is_an_error_and_leaks_nothing(word, event, mode):
    before = live()
    options = {"on_error": mode} | (ROWS if word is KEYED else {})
    run = decoder(word, **options)
    rows = Batch(run.decode(event), None).to_pylist()
    refused = 0
    for n in range(1, 2000):
        run = decoder(word, **options) if n % 2 else run
        _core.pool(fail_at=n)
        try:
            batch = Batch(run.decode(event), None)
        except MemoryError:
            refused += 1
        else:
            assert batch.to_pylist() == rows
            if refused and _core.pool(fail_at=0)[0] >= 0 and n > refused + 4:
                break
        finally:
            _core.pool(fail_at=0)
        batch = None
        assert Batch(run.decode(event), None).to_pylist() == rows
    else:
        raise AssertionError("allocations never ended")
    assert refused > 10
    del run, batch
    assert live() <= before


# --- inside other words -----------------------------------------------------------------------------

BROKEN = packed(keys("k") + user(b"1") + user(b"2", 5))


def test_a_packed_record_that_may_fail_is_one_null_row(check):
    word = records(Field("v", schema.or_else(base64(schema.aggregate({"n": "int64"})))), Field("id", utf8()))
    datas = [packed(keys("k") + user(GOOD) * 2), BROKEN, packed(keys("k") + user(GOOD) + user(b"{")), b"{", GOOD]
    batch = decode(word, event_of(*datas))
    check(batch)
    assert [(row["id"], row["v"] and row["v"]["n"], row["partition_key"]) for row in batch] == [
        ("0", 1, "k"), ("0", 1, "k"), ("1", None, None), ("2", None, None), ("3", None, None), ("4", 1, None),
    ]


def test_either_a_packed_record_or_text(check):
    word = records(Field("v", schema.either(
        Field(None, base64(schema.aggregate({"n": "int64"})), "typed"), Field(None, utf8(), "text"))))
    datas = [packed(keys("k") + user(GOOD) * 2), BROKEN, b"no JSON"]
    batch = decode(word, event_of(*datas))
    check(batch)
    assert [(row["typed"] and row["typed"]["n"], row["text"]) for row in batch] == [
        (1, None), (1, None), (None, b64(BROKEN)), (None, b64(b"no JSON")),
    ]


def test_compressed_around_and_inside(check):
    inside = [gzip.compress(GOOD, mtime=0), GOOD, gzip.compress(b'{"n":7}', mtime=0)]
    data = packed(keys("k") + b"".join(map(user, inside)))
    outer = records(Field("v", base64(schema.unzipped(schema.aggregate(schema.unzipped({"n": "int64"}))))))
    batch = decode(outer, event_of(data, gzip.compress(data, mtime=0), inside[0]))
    check(batch)
    assert [row["v"]["n"] for row in batch] == [1, 1, 7, 1, 1, 7, 1]
    assert batch.record_index.to_pylist() == [0, 0, 0, 1, 1, 1, 2]
    broken = packed(keys("k") + user(inside[0]) + user(inside[0][:-1]))
    (failure,) = decode(outer, event_of(data, broken), on_error="collect").failures
    assert (failure.reason, failure.index) == ("invalid_gzip", 1)


def test_packed_in_a_string_in_an_object_in_bytes(check):
    """The word stands wherever bytes do, not only where a record does."""
    inner = schema.parse(schema.object_((Field("b", base64(schema.aggregate("utf8")), "b"), Field("c", utf8()))))
    word = records(Field("v", schema.string(inner)), Field("id", utf8()))
    load = {"b": b64(packed(keys("k", "j") + user(b"x") + user(b"y", 1))), "c": "beside"}
    batch = decode(word, [{"v": json.dumps(load), "id": "1"}, {"v": json.dumps(load | {"b": "eg=="})}, {"v": None}])
    check(batch)
    assert [(row["b"], row["partition_key"], row["c"], row["id"]) for row in batch] == [
        ("x", "k", "beside", "1"), ("y", "j", "beside", "1"), ("z", None, "beside", None), (None, None, None, None),
    ]
