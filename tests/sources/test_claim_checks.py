"""Bodies that lie in S3: the pointers of the Extended Clients, told apart, kept as a column, or fetched."""

import hashlib
import json

import events
import msgspec
import pytest
import stacks
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import json_string, s3, schema, sns, sqs

NEW = "software.amazon.payloadoffloading.PayloadS3Pointer"
OLD = "com.amazon.sqs.javamessaging.MessageS3Pointer"
COMPACT, BLANKS = (",", ":"), (", ", ": ")
PAYLOAD = {"a": "int64"}


def pointer(key="key", bucket="bucket", mark=NEW, separators=COMPACT, **how):
    return json.dumps([mark, {"s3BucketName": bucket, "s3Key": key}], separators=separators, **how)


def place(key="key", bucket="bucket"):
    return {"bucket": bucket, "key": key}


class Store:
    """A function for `pointer=`: what it was asked for, and what it answers, by key or by a function."""

    def __init__(self, answers):
        self.answers = answers
        self.calls = []

    def __call__(self, places):
        self.calls.append(places)
        answer = self.answers
        return [answer(*one) if callable(answer) else answer[one[1]] for one in places]


def decoded(bodies, store=None, **options):
    options = {"payload": PAYLOAD, "on_error": "collect", "pointer": store} | options
    return sqs.to_arrow(events.sqs_event_of(*bodies), **options)


def numbered(bucket, key):
    return f'{{"a":{len(key)}}}'


# --- recognised -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [NEW, OLD])
@pytest.mark.parametrize("separators", [COMPACT, BLANKS, (" ,\n ", "\t: ")], ids=["compact", "blanks", "white"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_pointer_becomes_a_column_beside_a_null_body(mark, separators, turned, check):
    text = json.dumps([mark, events.reversed_keys({"s3BucketName": "b", "s3Key": "k"}) if turned else {
        "s3BucketName": "b", "s3Key": "k"}], separators=separators)
    batch = decoded(['{"a":1}', text, '{"a":null}', text])
    ours = check(batch)
    assert ours.column("body").to_pylist() == [{"a": 1}, None, {"a": None}, None]
    assert ours.column("payload_pointer").to_pylist() == [None, place("k", "b"), None, place("k", "b")]
    assert batch.failures == () and batch.response() == {"batchItemFailures": []}
    assert batch["payload_pointer.key"].to_pylist() == [None, "k", None, "k"]


@given(events.ANY_TEXT, events.ANY_TEXT, st.sampled_from([NEW, OLD]), st.sampled_from([COMPACT, BLANKS]), st.booleans())
def test_a_pointer_is_what_json_says(bucket, key, mark, separators, ascii_only):
    text = pointer(key, bucket, mark, separators, ensure_ascii=ascii_only)
    batch = decoded([text])
    assert batch.to_pylist()[0]["payload_pointer"] == place(key, bucket)
    store = Store(lambda *_: b'{"a":7}')
    assert decoded([text], store)["body"].to_pylist() == [{"a": 7}]
    assert store.calls == [[(bucket, key)]]


def test_the_column_comes_with_a_payload_and_on_request(check):
    bodies = ["hello", pointer(), "", "null"]
    event = events.sqs_event_of(*bodies)
    bare = sqs.to_arrow(event)
    assert "payload_pointer" not in bare.column_names
    assert bare["body"].to_pylist() == bodies
    asked = sqs.to_arrow(event, columns=["body", "payload_pointer"])
    assert check(asked).to_pylist() == [
        {"body": "hello", "payload_pointer": None}, {"body": None, "payload_pointer": place()},
        {"body": "", "payload_pointer": None}, {"body": "null", "payload_pointer": None}]
    alone = sqs.to_arrow(event, columns=["payload_pointer"])
    assert check(alone).column(0).to_pylist() == [None, place(), None, None]
    typed = sqs.to_arrow(event, payload="utf8")
    names = typed.column_names
    assert names[names.index("body") + 1] == "payload_pointer"
    assert typed["body"].to_pylist() == ["hello", None, "", "null"]
    narrow = sqs.to_arrow(event, payload="utf8", columns=["body"])
    assert narrow["body"].to_pylist() == ["hello", None, "", "null"]
    for dialect in ("plain", "spark"):
        other = sqs.to_arrow(event, payload="utf8", columns=["payload_pointer", "body"], dialect=dialect)
        assert check(other).column(0).to_pylist() == [None, place(), None, None]


class Order(msgspec.Struct):
    a: int


@pytest.mark.parametrize("payload", [PAYLOAD, Order, "json", ["int64"], "utf8", sns.notification(), json_string("json"),
                                     schema.gzip(schema.value_word("json"))], ids=str)
def test_whatever_the_payload_a_pointer_is_a_pointer(payload, check):
    batch = decoded([pointer(), pointer("other")], payload=payload)
    assert batch.failures == ()
    assert check(batch).column("body").to_pylist() == [None, None]
    assert batch["payload_pointer.key"].to_pylist() == ["key", "other"]


@pytest.mark.parametrize("text", [
    " " + pointer(), pointer().replace('["', '[ "'), pointer(mark=NEW + "s"), pointer(mark=NEW.lower()),
    f'["{NEW[:-1]}",{{}}]', f'"{NEW}"', f'[["{NEW}",{{}}]]', "[", "[]",
])
def test_what_only_looks_like_a_pointer_is_the_payloads_to_judge(text):
    batch = decoded([text, '{"a":1}'])
    assert [failure.index for failure in batch.failures] == [0]
    kept = decoded([text], payload="utf8")
    assert (kept["body"].to_pylist(), kept["payload_pointer"].to_pylist()) == ([text], [None])
    store = Store({})
    decoded([text], store)
    assert store.calls == []


# What begins like a pointer and is none. The function is asked for nothing that it cannot fetch.
MALFORMED = [
    f'["{NEW}",5]', f'["{NEW}",["bucket","key"]]', f'["{NEW}","key"]', f'["{NEW}",', f'["{NEW}"', f'["{NEW}" x]',
    f'["{NEW}"]]', pointer() + "x", pointer()[:-1], pointer()[:-1] + ",]", f'["{NEW}",{{"s3Key":"k",}}]',
]


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_pointer_fails_alone(text):
    for store in (None, Store(numbered)):
        batch = decoded(['{"a":1}', text, pointer("good"), '{"a":2}'], store)
        (failure,) = batch.failures
        assert failure.index == 1 and failure.path.startswith("$.Records[1].body → $")
        assert batch.record_index.to_pylist() == [0, 2, 3]
    assert store.calls == [[("bucket", "good")]]
    with pytest.raises(lambdarrow.DecodeError):
        decoded([text], on_error="raise")


def test_what_stands_behind_the_place_is_not_looked_at():
    text = f'["{NEW}",{{"s3Key":"k","extra":{{"a":[1]}},"s3BucketName":"b"}},{{"later":1}}] '
    assert decoded([text])["payload_pointer"].to_pylist() == [place("k", "b")]


def test_a_pointer_in_sns_is_text_like_any_other():
    """Only a message's own body is a claim check; those of SNS's Extended Client need raw message delivery."""
    store = Store({})
    body = json.dumps(stacks.sns_body(pointer()))
    for payload, message in ((sns.notification(), pointer()), (sns.notification("json"), pointer())):
        batch = decoded([body], store, payload=payload)
        assert batch["body.message"].to_pylist() == [message]
        assert batch["payload_pointer"].to_pylist() == [None]
    assert [failure.path for failure in decoded([body], store, payload=sns.notification(PAYLOAD)).failures] == [
        "$.Records[0].body → $.Message → $"]
    assert store.calls == []


# --- fetched ----------------------------------------------------------------------------------------


def test_one_call_for_all_pointers_in_the_order_in_which_they_appear(check):
    bodies = [pointer("ccc"), '{"a":0}', pointer("a"), pointer("ccc"), pointer("bb", "other"), "poison", pointer("a")]
    store = Store(numbered)
    batch = decoded(bodies, store)
    assert store.calls == [[("bucket", "ccc"), ("bucket", "a"), ("other", "bb")]]
    ours = check(batch)
    assert ours.column("body").to_pylist() == [{"a": at} for at in (3, 0, 1, 3, 2, 1)]
    assert batch["payload_pointer.key"].to_pylist() == ["ccc", None, "a", "ccc", "bb", "a"]
    assert [failure.index for failure in batch.failures] == [5]
    # The event as a dict takes the same road.
    again = sqs.to_arrow(json.loads(events.sqs_event_of(*bodies)), payload=PAYLOAD, pointer=store, on_error="collect")
    assert again.to_pylist() == batch.to_pylist() and len(store.calls) == 2


def test_without_a_pointer_nothing_is_fetched():
    def fetch(places):
        raise AssertionError(places)

    assert decoded(['{"a":1}', "poison"], fetch)["body"].to_pylist() == [{"a": 1}]
    assert decoded([], fetch).num_rows == 0
    with pytest.raises(lambdarrow.DecodeError):
        sqs.to_arrow(b'{"Records":[', payload=PAYLOAD, pointer=fetch)


S3_BODY = stacks.s3_body(stacks.s3_record("a b"), stacks.s3_record("c", 1))
CONTENTS = [
    (PAYLOAD, b'{"a":5}', {"a": 5}), (Order, '{"a":5}', {"a": 5}), (["int64"], bytearray(b"[1,2]"), [1, 2]),
    ("json", memoryview(b' {"\xc3\xa9":1}'), '{"é":1}'), ("utf8", "é€😀\0", "é€😀\0"), ("utf8", b"", ""),
    ("utf8", "", ""), ("utf8", pointer("again"), pointer("again")), (json_string(PAYLOAD), '"{\\"a\\":1}"', {"a": 1}),
    (PAYLOAD, "null", None),
]


@pytest.mark.parametrize("payload, content, value", CONTENTS, ids=repr)
def test_what_is_fetched_is_the_payload(payload, content, value, check):
    """Also a content that is a pointer itself is not followed."""
    batch = decoded([pointer()], Store({"key": content}), payload=payload)
    assert check(batch).column("body").to_pylist() == [value]
    assert batch["payload_pointer"].to_pylist() == [place()]


def test_a_stack_is_fetched_whole(check):
    for payload, content, column in ((s3.notification(), S3_BODY, "body.key"), (
            sns.notification(s3.notification()), stacks.sns_body(S3_BODY), "body.message.key")):
        bodies = [pointer(), json.dumps(content), pointer()]
        batch = decoded(bodies, Store({"key": json.dumps(content)}), payload=payload)
        check(batch)
        assert batch.record_index.to_pylist() == [0, 0, 1, 1, 2, 2]
        assert batch[column].to_pylist() == ["a b", "c"] * 3
        assert batch["payload_pointer"].to_pylist() == [place(), place(), None, None, place(), place()]


def test_contents_are_of_their_event_alone():
    contents = iter([b'{"a":1}', b'{"a":2}', b'{"a":3}'])
    decoder = sqs.Decoder(payload=PAYLOAD, pointer=lambda places: [next(contents) for _ in places])
    event = events.sqs_event_of(pointer())
    assert [decoder.to_arrow(event)["body.a"].to_pylist() for _ in range(3)] == [[1], [2], [3]]


@pytest.mark.parametrize("missing", [None, KeyError("key"), OSError("throttled")], ids=repr)
def test_what_could_not_be_fetched_is_its_messages_failure(missing):
    bodies = ['{"a":0}', pointer("gone"), pointer("here"), pointer("gone")]
    store = Store({"gone": missing, "here": b'{"a":1}'})
    batch = decoded(bodies, store)
    assert batch["body.a"].to_pylist() == [0, 1]
    assert [(failure.index, failure.path, failure.reason) for failure in batch.failures] == [
        (at, f"$.Records[{at}].body → $", "invalid_pointer") for at in (1, 3)]
    records = json.loads(events.sqs_event_of(*bodies))["Records"]
    assert [failure.item_identifier for failure in batch.failures] == [records[at]["messageId"] for at in (1, 3)]
    assert len(batch.response()["batchItemFailures"]) == 2
    stopped = decoded(bodies, store, on_error="stop")
    assert stopped["body.a"].to_pylist() == [0] and len(stopped.response()["batchItemFailures"]) == 3
    nulled = decoded(bodies, store, on_error="null")
    assert nulled["body"].to_pylist() == [{"a": 0}, None, {"a": 1}, None]
    assert [text is None for text in nulled["_corrupt_record"].to_pylist()] == [True, False, True, False]
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decoded(bodies, store, on_error="raise")
    assert (caught.value.index, caught.value.reason) == (1, "invalid_pointer")


def test_a_content_that_does_not_fit_is_its_messages_failure():
    event = events.sqs_event_of(pointer("good"), pointer("bad"), pointer("none"))
    store = Store({"good": b'{"a":1}', "bad": '{"é":0,"a":"x"}', "none": "no json"})
    batch = sqs.to_arrow(event, payload=PAYLOAD, pointer=store, on_error="collect")
    first, second = batch.failures
    assert (first.path, first.reason) == ("$.Records[1].body → $ → $.a", "expected_integer")
    assert first.offset == event.index(b'"body":"', event.index(b'"body":"') + 1) + len(b'"body":"')
    assert first.inner_offset == '{"é":0,"a":"x"}'.encode().index(b'"x"')
    assert (second.index, second.path) == (2, "$.Records[2].body → $ → $")
    assert decoded([pointer("x")], Store({"x": b"\xff"}), payload="utf8").failures[0].reason == "invalid_utf8"


@pytest.mark.parametrize("answers", [[], [b'{"a":1}'], [b'{"a":1}'] * 3, iter([b'{"a":1}'])], ids=repr)
@pytest.mark.parametrize("on_error", ["raise", "collect", "stop", "null"])
def test_an_answer_of_another_length_is_a_mistake_of_the_function(answers, on_error):
    with pytest.raises(ValueError, match="2 pointers"):
        decoded([pointer("x"), pointer("y")], lambda places: answers, on_error=on_error)


@pytest.mark.parametrize("make", [tuple, iter, list], ids=lambda make: make.__name__)
def test_an_answer_may_be_any_iterable(make):
    contents = [b'{"a":1}', '{"a":2}']
    batch = decoded([pointer("x"), pointer("y")], lambda places: make(contents))
    assert batch["body.a"].to_pylist() == [1, 2]


@pytest.mark.parametrize("on_error", ["raise", "collect", "stop", "null"])
def test_what_the_function_raises_reaches_the_caller(on_error):
    def fetch(places):
        raise PermissionError(places[0][1])

    with pytest.raises(PermissionError, match="secret"):
        decoded(['{"a":1}', pointer("secret")], fetch, on_error=on_error)


def test_the_limit_of_inflated_bytes_holds_for_contents():
    store = Store({"long": "x" * 101, "short": "y" * 100})
    batch = decoded([pointer("short"), pointer("long")], store, payload="utf8", limits={"max_inflated": 100})
    assert batch["body"].to_pylist() == ["y" * 100]
    assert [failure.index for failure in batch.failures] == [1]


def test_a_feeder_fetches_for_each_event():
    store = Store(numbered)
    decoder = sqs.Decoder(payload=PAYLOAD, pointer=store, on_error="collect")
    decoder.feed(events.sqs_event_of(pointer("a"), pointer("bb")))
    decoder.feed(events.sqs_event_of('{"a":0}'))
    decoder.feed(events.sqs_event_of(pointer("ccc"), pointer("a"), "poison"))
    batch = decoder.finish()
    assert store.calls == [[("bucket", "a"), ("bucket", "bb")], [("bucket", "ccc"), ("bucket", "a")]]
    assert batch["body.a"].to_pylist() == [1, 2, 0, 3, 1]
    assert [(failure.event, failure.index) for failure in batch.failures] == [(2, 2)]

    def broken(places):
        raise OSError("no")

    failing = sqs.Decoder(payload=PAYLOAD, pointer=broken)
    failing.feed(events.sqs_event_of('{"a":1}'))
    with pytest.raises(OSError):
        failing.feed(events.sqs_event_of('{"a":2}', pointer()))
    # An event that raises leaves nothing in it.
    assert failing.finish()["body.a"].to_pylist() == [1]


@pytest.mark.parametrize("with_fetch", [False, True])
def test_the_digest_is_of_the_pointer_as_it_was_sent(with_fetch):
    """The sender's MD5 is of the body that SQS has, which is the pointer."""
    right = events.sqs_message(pointer("x"), 0)
    wrong = events.sqs_message(pointer("x"), 1) | {"md5OfBody": hashlib.md5(b'{"a":1}').hexdigest()}
    plain = events.sqs_message('{"a":5}', 2)
    store = Store(numbered) if with_fetch else None
    batch = sqs.to_arrow(events.event([right, wrong, plain]), payload=PAYLOAD, pointer=store, verify_md5=True,
                         on_error="collect")
    assert batch["body"].to_pylist() == [{"a": 1} if with_fetch else None, {"a": 5}]
    assert batch["payload_pointer"].to_pylist() == [place("x"), None]
    assert [(failure.index, failure.reason) for failure in batch.failures] == [(1, "digest_mismatch")]


def test_a_message_that_was_not_fetched_holds_back_its_group():
    records = []
    for number, (body, group) in enumerate([(pointer("gone"), "a"), ('{"a":1}', "a"), ('{"a":2}', "b")]):
        record = events.sqs_message(body, number)
        record["attributes"]["MessageGroupId"] = group
        records.append(record | {"eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders.fifo"})
    batch = sqs.to_arrow(events.event(records), payload=PAYLOAD, pointer=Store({"gone": None}), on_error="collect")
    assert batch["body.a"].to_pylist() == [2]
    assert [failure.index for failure in batch.held_back] == [1]


def test_only_sqs_has_pointers():
    with pytest.raises(TypeError, match="pointer"):
        lambdarrow.kinesis.to_arrow(events.event([]), payload=PAYLOAD, pointer=Store({}))


# --- what the function is asked, and what its answers become ------------------------------------------


def test_a_place_is_asked_for_once_however_it_is_written():
    store = Store(numbered)
    bodies = [pointer("a"), pointer("bb"), pointer("a", mark=OLD), pointer("bb", separators=BLANKS)]
    batch = decoded(bodies, store)
    assert batch["body.a"].to_pylist() == [1, 2, 1, 2]
    assert store.calls == [[("bucket", "a"), ("bucket", "bb")]]


@pytest.mark.parametrize("inner", ["", ",null", ",{}", ',{"s3Key":"k"}', ',{"s3BucketName":null,"s3Key":"k"}',
                                   ',{"s3BucketName":"b","s3Key":5}', ",5"])
@pytest.mark.parametrize("fetched", [False, True])
def test_a_pointer_that_names_no_place_fails_and_is_not_asked_for(inner, fetched):
    store = Store(numbered)
    batch = decoded([f'["{NEW}"{inner}]'], store if fetched else None)
    assert (batch.num_rows, len(batch.failures)) == (0, 1)
    assert store.calls == []


def test_without_a_payload_the_body_is_what_was_fetched():
    batch = sqs.to_arrow(events.sqs_event_of("hello", pointer()), pointer=Store({"key": "far away"}))
    assert batch["body"].to_pylist() == ["hello", "far away"]


def test_nothing_is_fetched_for_columns_that_need_it_not():
    store = Store(numbered)
    for columns in (["message_id"], ["payload_pointer"]):
        assert decoded([pointer()], store, columns=columns).num_rows == 1
    assert store.calls == []


@pytest.mark.parametrize("answer", [5, [1, 2], {}, True], ids=repr)
def test_an_answer_that_is_no_content_is_not_taken_for_one(answer):
    """`bytes(5)` is five zeros."""
    try:
        batch = decoded([pointer()], Store({"key": answer}), payload="utf8")
    except TypeError:
        return
    assert len(batch.failures) == 1


def test_text_that_is_no_utf8_is_its_messages_failure():
    store = Store({"broken": '{"a":"\ud800"}', "fine": '{"a":1}'})
    batch = decoded([pointer("broken"), pointer("fine")], store, payload={"a": "json"})
    assert batch["body.a"].to_pylist() == ["1"]
    assert [failure.index for failure in batch.failures] == [0]
