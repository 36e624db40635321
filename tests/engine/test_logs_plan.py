"""A private plan for CloudWatch Logs, before there is a module for it: no list of records, gzip, exploded parents.

It shows that the engine knows no source. The oracle is json, base64 and gzip.
"""

import base64 as b64_module
import gzip as gzip_module
import json
import tracemalloc
import zlib

import pyarrow as pa
import pytest
from engine.plans import b64, decode, decoder, packed, records, rows_of, text_of
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, schema
from lambdarrow.schema import (
    Field,
    base64,
    counter,
    dictionary,
    explode,
    gzip,
    int_,
    list_,
    map_,
    object_,
    parse,
    plain_bytes,
    timestamp,
    utf8,
)

EVENT = object_(
    (
        Field("id", utf8()),
        Field("timestamp", timestamp("ms", epoch="ms")),
        Field("message", utf8()),
        Field("extractedFields", map_(utf8()), "extracted_fields"),
        Field(None, counter(), "position"),
    ),
    nullable=False,
)
BODY = object_(
    (
        Field("messageType", dictionary(), "message_type"),
        Field("owner", dictionary()),
        Field("logGroup", utf8(), "log_group"),
        Field("logStream", utf8(), "log_stream"),
        Field("subscriptionFilters", list_(utf8()), "subscription_filters"),
        Field("logEvents", explode(EVENT, nullable=False), required=True),
        Field("policyLevel", utf8(), "policy_level"),
    ),
    nullable=False,
)
LOGS = object_(
    (
        Field(
            "awslogs",
            object_(
                (Field("data", base64(gzip(parse(BODY)), nullable=False), required=True),), nullable=False
            ),
            required=True,
        ),
    ),
    nullable=False,
)

PARENTS = {
    "messageType": "message_type",
    "owner": "owner",
    "logGroup": "log_group",
    "logStream": "log_stream",
    "subscriptionFilters": "subscription_filters",
    "policyLevel": "policy_level",
}


def logs(*messages, **parents):
    body = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/f",
        "logStream": "2024/[$LATEST]",
        "subscriptionFilters": ["one", "two"],
        "logEvents": [
            {"id": str(10**55 + at), "timestamp": 1700000000000 + at, "message": message}
            for at, message in enumerate(messages)
        ],
    }
    return body | parents


def delivered(body, compress=gzip_module.compress):
    data = compress(body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode())
    return json.dumps({"awslogs": {"data": b64_module.b64encode(data).decode()}}).encode()


def expected(event):
    """What json, base64 and gzip say is in a Logs event."""
    body = json.loads(gzip_module.decompress(b64_module.b64decode(json.loads(event)["awslogs"]["data"])))
    parents = {name: body.get(key) for key, name in PARENTS.items()}
    return [
        parents
        | {
            "id": each["id"],
            "ms": each["timestamp"],
            "message": each["message"],
            "extracted_fields": each.get("extractedFields"),
            "position": at,
        }
        for at, each in enumerate(body["logEvents"])
    ]


def found(batch):
    milliseconds = (
        batch.to_pyarrow().column("timestamp").cast(pa.timestamp("ms", "UTC")).cast("int64").to_pylist()
    )
    rows = batch.to_pylist()
    for row, at in zip(rows, milliseconds, strict=True):
        row["ms"] = at
        del row["timestamp"]
    return rows


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
@pytest.mark.parametrize("string_type", ["utf8", "string_view"])
@pytest.mark.parametrize(
    "messages", [[], ["one"], ["é", "", 'a "quoted"\nline'], [f"line {at}" for at in range(1000)]]
)
def test_logs(messages, dialect, string_type, check):
    event = delivered(logs(*messages))
    batch = decode(LOGS, event, dialect=dialect, string_type=string_type)
    check(batch)
    assert found(batch) == expected(event)
    assert batch.record_index.to_pylist() == [0] * len(messages)


def test_extracted_fields_and_a_control_message(check):
    body = logs("a", "b", messageType="CONTROL_MESSAGE", policyLevel="ACCOUNT_LEVEL_POLICY")
    body["logEvents"][1]["extractedFields"] = {"level": "ERROR", "@aws.region": "eu-west-1"}
    event = delivered(body)
    batch = decode(LOGS, event)
    check(batch)
    assert found(batch) == expected(event)


def test_keys_in_any_order(check):
    body = logs("a", "b", "c", policyLevel="x")
    event = delivered(dict(reversed(body.items())))
    batch = decode(LOGS, event)
    check(batch)
    assert found(batch) == expected(event)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=20), st.integers(0, 9)
)
def test_any_messages(messages, level):
    event = delivered(logs(*messages), lambda data: gzip_module.compress(data, level))
    assert found(decode(LOGS, event)) == expected(event)


def test_a_large_event_fills_more_than_its_own_bytes(check):
    """The content is a hundred times the event: the columns' room must follow the content."""
    event = delivered(logs(*["the same line over and over " * 10] * 5000))
    batch = decode(LOGS, event)
    assert len(event) * 20 < sum(map(len, batch["message"]))
    assert found(batch) == expected(event)


@pytest.mark.parametrize("on_error", ["raise", "collect", "stop", "null"])
@pytest.mark.parametrize(
    "event, reason, path",
    [
        (b"", "unexpected_end", "$"),
        (b"{}", "missing_field", "$.awslogs"),
        (b'{"awslogs":{"data":null}}', "unexpected_null", "$.awslogs.data"),
        (b'{"awslogs":{"data":"A"}}', "base64_length", "$.awslogs.data"),
        (b'{"awslogs":{"data":"AAAA"}}', "invalid_gzip", "$.awslogs.data → $"),
        (delivered(b"{"), "unexpected_end", "$.awslogs.data → $ → $"),
        (
            delivered({"logEvents": [{}, {"message": 5}]}),
            "expected_string",
            "$.awslogs.data → $ → $.logEvents[1].message",
        ),
        (delivered({}), "missing_field", "$.awslogs.data → $ → $.logEvents"),
        (delivered(logs("a")) + b"x", "trailing_bytes", "$"),
    ],
)
def test_the_event_is_what_fails(event, reason, path, on_error):
    with pytest.raises(DecodeError) as caught:
        decode(LOGS, event, on_error=on_error)
    assert (caught.value.reason, caught.value.path) == (reason, path)


def test_the_corrupt_column_of_a_good_event_is_null():
    assert decode(LOGS, delivered(logs("a", "b")), on_error="null")["_corrupt_record"].to_pylist() == [
        None,
        None,
    ]


# --- the word gzip ----------------------------------------------------------------------------------

BYTES = records(Field("v", base64(gzip(plain_bytes()))))
CONTENT = b"what is inside " * 50
WHOLE = gzip_module.compress(CONTENT, mtime=0)


def gunzipped(data, **options):
    batch = decode(BYTES, [{"v": b64(data)}, {"v": None}], on_error="collect", **options)
    assert batch["v"].to_pylist()[-1] is None
    return batch.failures[0].reason if batch.failures else batch["v"][0]


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, bytes(range(256)) * 5000])
@pytest.mark.parametrize("members", [1, 2, 5])
def test_every_member_counts(content, members):
    assert gunzipped(gzip_module.compress(content) * members) == content * members


def test_a_header_with_everything_in_it():
    """RFC 1952: extra field, name, comment and header CRC, in this order."""
    header = b"\x1f\x8b\x08\x1e" + bytes(6) + b"\x03\0abc" + b"name\0" + b"comment\0"
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
    assert gunzipped(header + WHOLE[10:]) == CONTENT


@pytest.mark.parametrize(
    "rest", [b"\0", b"\0\0\0", b"\0" * 600, b"trailing", b"tra", b"\xff" * 4, b"\x1f", b"\0" * 20 + b"x"]
)
def test_what_follows_the_members_is_ignored(rest):
    assert gunzipped(WHOLE + rest) == CONTENT
    assert gunzipped(WHOLE * 2 + rest) == CONTENT * 2


@pytest.mark.parametrize("cut", [0, 1, 9, 10, 17, 18, len(WHOLE) - 9, len(WHOLE) - 8, len(WHOLE) - 1])
def test_truncated(cut):
    """Where the size would be stands something else, which may say more than the limit."""
    reasons = ("invalid_gzip", "inflated_limit")
    assert gunzipped(WHOLE[:cut]) in reasons
    if cut > 3:
        assert gunzipped(WHOLE + WHOLE[:cut]) in reasons


@pytest.mark.parametrize("at", [0, 1, 2, 3, 12, len(WHOLE) - 8, len(WHOLE) - 5, len(WHOLE) - 4])
def test_damaged(at):
    """Magic, method, flags, the deflate stream, CRC32, ISIZE."""
    broken = bytearray(WHOLE)
    broken[at] ^= 0xE1
    with pytest.raises(zlib.error):
        zlib.decompress(bytes(broken), 31)
    assert gunzipped(bytes(broken)) == "invalid_gzip"


@pytest.mark.parametrize("limit", [1, len(CONTENT) - 1])
def test_over_the_limit(limit):
    assert gunzipped(WHOLE, limits={"max_inflated": limit}) == "inflated_limit"
    assert gunzipped(gzip_module.compress(b"x") + WHOLE, limits={"max_inflated": limit}) == "inflated_limit"


def test_at_the_limit():
    assert gunzipped(WHOLE, limits={"max_inflated": len(CONTENT)}) == CONTENT
    assert gunzipped(WHOLE * 2, limits={"max_inflated": 2 * len(CONTENT)}) == CONTENT * 2


def test_the_limit_is_one_for_all_layers_of_an_event():
    batch = decode(
        BYTES, [{"v": b64(WHOLE)}] * 3, on_error="collect", limits={"max_inflated": 2 * len(CONTENT)}
    )
    assert batch["v"].to_pylist() == [CONTENT] * 2
    assert [failure.reason for failure in batch.failures] == ["inflated_limit"]


@pytest.mark.parametrize("claims", [None, 5, 0])
def test_a_bomb_costs_no_more_than_the_limit(claims):
    """An honest one is refused by its trailer, a lying one where it passes the limit."""
    bomb = gzip_module.compress(bytes(32 << 20))
    if claims is not None:
        bomb = bomb[:-4] + claims.to_bytes(4, "little")
    run = decoder(BYTES, on_error="collect", limits={"max_inflated": 1000})
    event = text_of([{"v": b64(bomb)}])
    tracemalloc.start()
    rows = run.decode(event)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [failure[0] for failure in rows.failures] == ["inflated_limit"]
    assert peak < 1 << 20


def test_gzip_in_gzip():
    plan = records(
        Field("v", base64(gzip(gzip(parse(object_((Field("a", utf8()), Field("b", int_(8)))))))), "v")
    )
    inner = gzip_module.compress(json.dumps({"a": "x" * 5000, "b": 1}).encode())
    assert rows_of(plan, [{"v": packed(inner)}] * 3) == [{"a": "x" * 5000, "b": 1}] * 3


def test_a_failure_says_that_a_payload_looks_like_gzip():
    batch = decode(records(Field("v", base64(parse(schema.json())))), [{"v": b64(WHOLE)}], on_error="collect")
    assert "gzip" in str(batch.failures[0])
