"""Envelopes inside envelopes: SNS, S3 and EventBridge in SQS, JSON strings in Kinesis, against nested json.loads."""

import json
from pathlib import Path
from typing import NamedTuple

import events
import msgspec
import polars
import pyarrow as pa
import pytest
import stacks
from hypothesis import given
from hypothesis import strategies as st
from stacks import confirmation_body, eventbridge_body, s3_body, s3_record, sns_body

import lambdarrow
from lambdarrow import by, eventbridge, json_string, kinesis, s3, sns, sqs


class Order(msgspec.Struct):
    id: int
    note: str | None = None


def sqs_event(*bodies):
    """One message for each body: text, or a value that json writes."""
    return events.event([events.sqs_message(body, number) for number, body in enumerate(bodies)])


def validated(batch):
    ours = pa.record_batch(batch)
    ours.validate(full=True)
    return ours


def bodies_of(batch, check=validated):
    """The column `body` in the oracles' terms."""
    ours = check(batch)
    return [stacks.plainly(row) for row in ours.column(ours.schema.get_field_index("body")).to_pylist()]


# --- every stack ------------------------------------------------------------------------------------


def order_of(value):
    return {"id": value["id"], "note": value.get("note")}


def written_orders(value):
    return [order_of(json.loads(value))]


class Stack(NamedTuple):
    """What a queue's messages carry, how a test writes some, and the rows that their bodies mean."""

    payload: object
    write: object
    rows: object


ORDERS = st.fixed_dictionaries({"id": st.integers(-(2**63), 2**63 - 1)},
                               optional={"note": st.none() | events.ANY_TEXT, "other": events.ANY_TEXT})
RECORDS = st.lists(st.builds(s3_record, events.ANY_TEXT, st.integers(0, 999)), max_size=3)
S3_BODIES = RECORDS.map(lambda records: s3_body(*records)) | st.just(stacks.TEST_EVENT)
writings = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :\n")])})
STACKS = {
    "sns": (sns.notification(), events.ANY_TEXT.map(sns_body), stacks.sns_rows),
    "sns-order": (
        sns.notification(Order), ORDERS.map(sns_body), lambda text: stacks.sns_rows(text, written_orders)),
    "sns-json_string": (
        sns.notification(json_string({"id": "int64", "note": "utf8"})),
        ORDERS.map(json.dumps).map(lambda text: sns_body(json.dumps(text))),
        lambda text: stacks.sns_rows(text, lambda message: written_orders(json.loads(message)))),
    "s3": (s3.notification(), S3_BODIES, stacks.s3_rows),
    "s3-sns": (
        sns.notification(s3.notification()), S3_BODIES.map(sns_body),
        lambda text: stacks.sns_rows(text, stacks.s3_rows)),
    "eventbridge": (
        eventbridge.event(Order), ORDERS.map(eventbridge_body),
        lambda text: stacks.eventbridge_rows(text, order_of)),
    "eventbridge-sns": (
        sns.notification(eventbridge.event(Order)), ORDERS.map(eventbridge_body).map(sns_body),
        lambda text: stacks.sns_rows(text, lambda message: stacks.eventbridge_rows(message, order_of))),
    "json_string": (
        json_string({"id": "int64", "note": "utf8"}), ORDERS.map(json.dumps).map(json.dumps),
        lambda text: written_orders(json.loads(text))),
}
stack = pytest.mark.parametrize("stack", [Stack(*one) for one in STACKS.values()], ids=STACKS)


def rewritten(body, turned, how):
    """The body with the keys of every layer turned around and each layer written in its own way."""
    if isinstance(body, dict):
        body = {key: rewritten(value, turned, how) for key, value in body.items()}
        body = events.reversed_keys(body) if turned else body
    if isinstance(body, str) and body[:1] == "{" and body[-1:] == "}":
        try:
            return json.dumps(rewritten(json.loads(body), turned, how), **how)
        except ValueError:
            pass
    return body


@stack
@given(st.data())
def test_a_stack_is_what_nested_json_says(stack, data):
    bodies = data.draw(st.lists(stack.write, max_size=4))
    how = data.draw(writings)
    texts = [body if isinstance(body, str) else json.dumps(rewritten(body, data.draw(st.booleans()), how), **how)
             for body in bodies]
    batch = sqs.to_arrow(sqs_event(*texts), payload=stack.payload)
    rows = [stack.rows(text) for text in texts]
    assert bodies_of(batch) == [row for some in rows for row in some]
    # Whatever is around the rows is the message's, once for each of them.
    assert batch.record_index.to_pylist() == [at for at, some in enumerate(rows) for _ in some]
    for name in ("message_id", "md5_of_body", "sent_timestamp"):
        once = sqs.to_arrow(sqs_event(*texts), columns=[name])[name].to_pylist()
        assert batch[name].to_pylist() == [once[at] for at in batch.record_index.to_pylist()]


EXAMPLES = {
    "sns": [sns_body("é\n\"", 1, Subject=None),
            sns_body("", 2, SequenceNumber="10000000000000000001", MessageAttributes={
                "é": {"Type": "String", "Value": "\u2028"}, "b": {"Type": "Binary", "Value": "Test"}, "no": {}})],
    "sns-order": [sns_body({"id": 1}), sns_body({"note": "x", "id": -1}, 1, MessageAttributes={})],
    "sns-json_string": [sns_body(json.dumps(json.dumps({"id": 1, "note": "\\\"é"})))],
    "s3": [s3_body(s3_record("a b+c/é€😀.txt"), s3_record("%2B", 1)), stacks.TEST_EVENT, s3_body(),
           s3_body(s3_record())],
    "s3-sns": [sns_body(s3_body(s3_record("a b+c/é€😀.txt"), s3_record("", 1))), sns_body(stacks.TEST_EVENT, 1),
               sns_body(s3_body(s3_record("😀", 2)), 2)],
    "eventbridge": [eventbridge_body({"id": 7}), eventbridge_body({"id": 8, "note": "é"}, 1, resources=[], **{
        "replay-name": "again"})],
    "eventbridge-sns": [sns_body(eventbridge_body({"id": 7}))],
    "json_string": [json.dumps(json.dumps({"id": 1})), json.dumps('{"id":2,"note":"\\ud83d\\ude00"}')],
}


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
@pytest.mark.parametrize("name", STACKS)
def test_a_stack_in_every_dialect(name, dialect, check):
    """Validated by pyarrow, given back by Parquet, keys in any order at every layer."""
    one = Stack(*STACKS[name])
    wanted = [row for body in EXAMPLES[name]
              for row in one.rows(body if isinstance(body, str) else json.dumps(body))]
    for turned in (False, True):
        event = json.loads(sqs_event(*[rewritten(body, turned, {}) for body in EXAMPLES[name]]))
        event = events.reversed_keys(event) if turned else event
        batch = sqs.to_arrow(json.dumps(event), payload=one.payload, dialect=dialect)
        assert bodies_of(batch, check) == wanted != []
    assert bodies_of(sqs.to_arrow(event, payload=one.payload, dialect=dialect)) == wanted
    decoder = sqs.Decoder(payload=one.payload, dialect=dialect)
    for message in event["Records"]:
        decoder.feed(json.dumps({"Records": [message]}))
    assert bodies_of(decoder.finish(), check) == wanted


# --- S3 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire, key", [
    ("Happy+Face.jpg", "Happy Face.jpg"), ("Happy%20Face.jpg", "Happy Face.jpg"), ("a%2Bb", "a+b"), ("a%2bb", "a+b"),
    ("%C3%A9", "é"), ("é", "é"), ("%F0%9F%98%80/%E2%82%AC", "😀/€"), ("é%C3%A9+", "éé "), ("", ""), ("+", " "),
    ("%00", "\0"), ("%", "%"), ("%zz", "%zz"), ("100%", "100%"), ("a%4", "a%4"), ("%2525", "%25"),
])
def test_keys_are_decoded_and_kept_as_sent(wire, key):
    for ascii_only in (True, False):
        body = json.dumps(s3_body(s3_record(key=wire)), ensure_ascii=ascii_only)
        (row,) = bodies_of(sqs.to_arrow(sqs_event(body), payload=s3.notification()))
        assert (row["key"], row["key_raw"]) == (key, wire)
        assert row["key"] == stacks.unquote_plus(wire)


@pytest.mark.parametrize("wire", ["%FF", "%C3", "a%C3+", "%ED%A0%80", "%F4%90%80%80"])
def test_a_key_that_decodes_to_no_utf8_fails_its_message(wire):
    event = sqs_event(s3_body(s3_record()), s3_body(s3_record(), s3_record(key=wire)), s3_body(s3_record()))
    batch = sqs.to_arrow(event, payload=s3.notification(), on_error="collect")
    assert batch.record_index.to_pylist() == [0, 2]
    (failure,) = batch.failures
    assert (failure.path, failure.reason) == ("$.Records[1].body → $.Records[1].s3.object.key", "invalid_utf8")


def test_a_test_event_makes_no_row_and_is_counted():
    event = sqs_event(stacks.TEST_EVENT, s3_body(s3_record()), events.reversed_keys(stacks.TEST_EVENT))
    batch = sqs.to_arrow(event, payload=s3.notification())
    assert (batch.num_rows, batch.shapes) == (1, {"s3:TestEvent": 2, "notification": 1})
    assert batch.response() == {"batchItemFailures": []}
    alone = sqs.to_arrow(sqs_event(stacks.TEST_EVENT), payload=s3.notification())
    assert (alone.num_rows, alone.failures, alone.shapes["s3:TestEvent"]) == (0, (), 1)
    nested = sqs.to_arrow(sqs_event(sns_body(stacks.TEST_EVENT)), payload=sns.notification(s3.notification()))
    assert (nested.num_rows, nested.shapes["s3:TestEvent"]) == (0, 1)


@pytest.mark.parametrize("body, path, reason", [
    ('{"id":1}', "$.Records", "missing_field"),
    ("{}", "$.Records", "missing_field"),
    ('{"Event":"s3:Other"}', "$.Records", "missing_field"),
    ('{"Event":5}', "$.Records", "missing_field"),
    ("[]", "$", "expected_object"),
    ("7", "$", "expected_object"),
    ('"s3:TestEvent"', "$", "expected_object"),
    ('{"Records":{}}', "$.Records", "expected_array"),
    ('{"Records":null}', "$.Records", "unexpected_null"),
    ('{"Records":[null]}', "$.Records[0]", "unexpected_null"),
    ('{"Records":[{"s3":[]}]}', "$.Records[0].s3", "expected_object"),
    ('{"Records":[{"eventTime":"yesterday"}]}', "$.Records[0].eventTime", None),
    ("hello", "$", None),
    ("", "$", None),
])
def test_a_body_that_is_neither_fails_alone(body, path, reason):
    event = sqs_event(s3_body(s3_record()), body, stacks.TEST_EVENT)
    batch = sqs.to_arrow(event, payload=s3.notification(), on_error="collect")
    (failure,) = batch.failures
    assert failure.path == f"$.Records[1].body → {path}"
    assert reason is None or failure.reason == reason
    assert failure.item_identifier == json.loads(event)["Records"][1]["messageId"]
    assert batch.record_index.to_pylist() == [0]
    assert batch.shapes == {"s3:TestEvent": 1, "notification": 1}


def test_absent_parts_of_a_record_are_null(check):
    body = s3_body({}, {"s3": None}, {"s3": {"object": {"key": "a+b"}}, "eventName": None})
    batch = sqs.to_arrow(sqs_event(body), payload=s3.notification())
    assert bodies_of(batch, check) == stacks.s3_rows(json.dumps(body))


def test_columns_around_the_records_are_the_messages(check):
    event = sqs_event(s3_body(s3_record(), s3_record("x", 1)), s3_body(s3_record("y", 2)))
    records = json.loads(event)["Records"]
    repeated = pa.dictionary(pa.int32(), pa.utf8())
    for dialect, type in (("arrow", repeated), ("plain", pa.utf8())):
        columns = ["message_id", "body", "receipt_handle", "approximate_receive_count", "message_attributes",
                   "record_index"]
        ours = check(sqs.to_arrow(event, payload=s3.notification(), columns=columns, dialect=dialect))
        assert ours.schema.field("message_id").type == ours.schema.field("receipt_handle").type == type
        assert ours.column(0).to_pylist() == [records[at]["messageId"] for at in (0, 0, 1)]
        assert ours.column(3).to_pylist() == [1, 1, 1] and ours.column(4).to_pylist() == [[], [], []]
        assert ours.column(5).to_pylist() == [0, 0, 1]


def test_a_row_that_the_handler_fails_is_its_messages():
    event = sqs_event(s3_body(s3_record(), s3_record("x", 1)), s3_body(s3_record("y", 2)))
    for rows, places in (([1], [0]), ([0, 1], [0]), ([2], [1]), ([False, True, True], [0, 1])):
        batch = sqs.to_arrow(event, payload=s3.notification())
        batch.fail(rows, "not today")
        identifiers = [json.loads(event)["Records"][at]["messageId"] for at in places]
        assert batch.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


def test_records_may_be_a_list_of_structs_too(check):
    """`record()` is a word like any other; without `explode` a message is a row."""
    body = s3_body(s3_record("a b"), s3_record("c", 1))
    word = lambdarrow.schema.struct((lambdarrow.schema.Field("Records", lambdarrow.schema.list_(s3.record())),))
    ours = check(sqs.to_arrow(sqs_event(body), payload=word, columns=["body"]))
    (row,) = ours.column(0).to_pylist()
    assert [stacks.plainly(record) for record in row["Records"]] == stacks.s3_rows(json.dumps(body))


# --- poison -----------------------------------------------------------------------------------------


def text_of(event, index, key):
    """Where the content of the message's body begins in the event."""
    at = -1
    for _ in range(index + 1):
        at = event.index(b'"%s":"' % key, at + 1)
    return at + len(key) + 4


def test_poison_among_ten_thousand_loses_only_itself():
    bodies = [sns_body(s3_body(s3_record(f"{at} é", at)), at) for at in range(10_000)]
    bodies[7] = sns_body(s3_body(s3_record(size="big")), 7)
    event = sqs_event(*bodies)
    options = {"payload": sns.notification(s3.notification()), "columns": ["message_id", "body"]}
    batch = sqs.to_arrow(event, on_error="collect", **options)
    assert batch.record_index.to_pylist() == [at for at in range(10_000) if at != 7]
    assert batch["body.message.key"].to_pylist() == [f"{at} é" for at in range(10_000) if at != 7]
    (failure,) = batch.failures
    assert failure.path == "$.Records[7].body → $.Message → $.Records[0].s3.object.size"
    assert (failure.index, failure.reason) == (7, "expected_integer")
    assert failure.offset == text_of(event, 7, b"body")
    assert failure.inner_offset == bodies[7]["Message"].encode().index(b'"big"')
    assert json.loads(failure.raw)["messageId"] == failure.item_identifier
    for part in (failure.path, "record 7", f"byte {failure.offset}", f"byte {failure.inner_offset} of what"):
        assert part in str(failure)
    with pytest.raises(lambdarrow.DecodeError) as caught:
        sqs.to_arrow(event, **options)
    assert (caught.value.path, caught.value.offset) == (failure.path, failure.offset)
    assert (caught.value.index, caught.value.inner_offset) == (7, failure.inner_offset)


# Of the second message: (payload, body, path behind the body, the text of the innermost layer, what stands there).
FAULTS = {
    "sns's own field": (sns.notification(), sns_body("x", Timestamp=5), "$.Timestamp", None, b'5, "Sig'),
    "sns's type": (sns.notification(), sns_body("x", Type="Other"), "$.Type", None, b'"Other"'),
    "sns's message": (sns.notification(), sns_body("x", Message={}), "$.Message", None, b"{}, "),
    "an order in sns": (
        sns.notification(Order), sns_body('{"id": "é"}'), "$.Message → $.id", '{"id": "é"}', b'"\xc3\xa9"'),
    "no json in sns": (sns.notification(Order), sns_body('{"id": nix}'), "$.Message → $.id", '{"id": nix}', b"nix"),
    "a record in sns": (
        sns.notification(s3.notification()), sns_body('{"Records": [{}, {"s3": {"object": {"size": 1.5}}}]}'),
        "$.Message → $.Records[1].s3.object.size", '{"Records": [{}, {"s3": {"object": {"size": 1.5}}}]}', b"1.5"),
    "eventbridge's own field": (eventbridge.event(Order), eventbridge_body({"id": 1}, time=5), "$.time", None, b"5, "),
    "a detail": (eventbridge.event(Order), eventbridge_body({"id": 1.5}), "$.detail.id", None, b"1.5"),
    "a detail in sns": (
        sns.notification(eventbridge.event(Order)), sns_body('{"detail":{"id":null}}'), "$.Message → $.detail.id",
        '{"detail":{"id":null}}', b"null"),
    "a string in a string": (
        json_string(json_string(Order)), json.dumps(json.dumps(json.dumps({"id": True}))), "$ → $ → $.id",
        '{"id": true}', b"true"),
}


@pytest.mark.parametrize("payload, body, path, inner, there", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_placed_through_the_stack(payload, body, path, inner, there):
    event = sqs_event(body, body)
    text = json.loads(event)["Records"][1]["body"] if inner is None else inner
    for mode, rows in (("collect", []), ("stop", []), ("null", [0, 1])):
        batch = sqs.to_arrow(event, payload=payload, on_error=mode)
        failure = batch.failures[1]
        assert failure.path == f"$.Records[1].body → {path}"
        assert failure.offset == text_of(event, 1, b"body")
        assert failure.inner_offset == text.encode().index(there)
        assert batch.record_index.to_pylist() == rows
    with pytest.raises(lambdarrow.DecodeError) as caught:
        sqs.to_arrow(event, payload=payload)
    assert caught.value.path == f"$.Records[0].body → {path}"


def test_a_broken_record_takes_its_siblings_along():
    """The message is what can be delivered again, so it fails as one."""
    good, bad = s3_record("good"), s3_record("bad", size="x")
    event = sqs_event(s3_body(good, good), s3_body(good, bad, good), s3_body(good))
    for mode, rows in (("collect", [0, 0, 2]), ("stop", [0, 0]), ("null", [0, 0, 1, 2])):
        batch = sqs.to_arrow(event, payload=s3.notification(), on_error=mode, columns=["message_id", "body"])
        assert batch.record_index.to_pylist() == rows
        places = [1, 2] if mode == "stop" else [1]
        identifiers = [json.loads(event)["Records"][at]["messageId"] for at in places]
        assert batch.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}
    (corrupt,) = [text for text in batch["_corrupt_record"].to_pylist() if text is not None]
    assert json.loads(corrupt) == json.loads(event)["Records"][1]


# --- what is asked for ------------------------------------------------------------------------------


def test_columns_reach_through_the_layers(check):
    event = sqs_event(sns_body({"id": 1, "note": 5}), sns_body({"id": 2}, 1))
    payload = sns.notification({"id": "int64", "note": "utf8"})
    batch = sqs.to_arrow(event, payload=payload, columns=["body.message.id", "message_id", "body.topic_arn"])
    ours = check(batch)
    assert ours.schema.names == ["body", "message_id"]
    # What is not asked for is no failure: the note of the first is no text.
    assert ours.column(0).to_pylist() == [{"topic_arn": stacks.TOPIC, "message": {"id": at}} for at in (1, 2)]
    assert batch["body.message.id"].to_pylist() == [1, 2]
    s3_event = sqs_event(sns_body(s3_body(s3_record(), s3_record("x", 1))))
    batch = sqs.to_arrow(s3_event, payload=sns.notification(s3.notification()), columns=["body.message.event_time"])
    assert check(batch).column(0).to_pylist() == [
        {"message": {"event_time": stacks.moment(f"1970-01-01T00:00:0{at}.123Z")}} for at in (0, 1)]
    for name in ("body.nothing", "body.message.nothing", "body.message.id.nothing"):
        with pytest.raises(ValueError, match="columns"):
            sqs.to_arrow(event, payload=payload, columns=[name])


def test_flatten_lifts_the_fields_of_the_outermost_layer(check):
    event = sqs_event(sns_body(s3_body(s3_record(), s3_record("x", 1))))
    payload = sns.notification(s3.notification())
    batch = sqs.to_arrow(event, payload=payload, columns=["receipt_handle", "body"], flatten=True)
    ours = check(batch)
    whole = bodies_of(sqs.to_arrow(event, payload=payload))
    assert [stacks.plainly(row) for row in ours.drop_columns(["receipt_handle"]).to_pylist()] == whole
    assert ours.schema.names[0] == "receipt_handle" and len(whole) == 2
    records = sqs.to_arrow(sqs_event(s3_body(s3_record())), payload=s3.notification(), columns=["body"], flatten=True)
    assert [stacks.plainly(row) for row in check(records).to_pylist()] == [stacks.s3_row(s3_record())]
    # Both layers have a message_id, an aws_region: which is meant is for the caller to say.
    for one in (sns.notification(), s3.notification()):
        with pytest.raises(ValueError, match="two columns are named"):
            sqs.to_arrow(event, payload=one, flatten=True)


def test_other_consumers_read_a_stack():
    event = sqs_event(sns_body(s3_body(s3_record(), s3_record("x y", 1))), sns_body(s3_body(s3_record("é", 2)), 1))
    batch = sqs.to_arrow(event, payload=sns.notification(s3.notification()))
    frame = polars.DataFrame(batch)
    message = frame["body"].struct.field("message").struct
    assert message.field("key").to_list() == ["Happy Face.jpg", "x y", "é"]
    assert message.field("size").to_list() == [1024, 1025, 1026]
    records = json.loads(event)["Records"]
    assert frame["message_id"].to_list() == [records[at]["messageId"] for at in (0, 0, 1)]


# --- SNS --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type", ["SubscriptionConfirmation", "UnsubscribeConfirmation", "", "notification", 5])
def test_a_type_that_is_no_notification_fails(type):
    for body in (sns_body("x", Type=type), events.reversed_keys(sns_body("x", Type=type))):
        event = sqs_event(sns_body("a"), body, sns_body("b"))
        batch = sqs.to_arrow(event, payload=sns.notification(), on_error="collect")
        assert [row["message"] for row in bodies_of(batch)] == ["a", "b"]
        assert [failure.path for failure in batch.failures] == ["$.Records[1].body → $.Type"]


def test_several_types_of_messages_by_their_type(check):
    payload = by("$.Type", {"Notification": sns.notification(Order), "SubscriptionConfirmation": sns.confirmation(),
                            "UnsubscribeConfirmation": sns.confirmation()}, other="json")
    bodies = [sns_body({"id": 1}), confirmation_body(), '{"hello": 1}', "5", sns_body({"id": "x"}, 4), "null",
              confirmation_body(Type="UnsubscribeConfirmation", Token=None), sns_body({"id": 2}, 7)]
    event = sqs_event(*bodies)
    batch = sqs.to_arrow(event, payload=payload, on_error="collect")
    assert batch.shapes == {"Notification": 2, "SubscriptionConfirmation": 1, "UnsubscribeConfirmation": 1, "other": 2}
    assert [failure.path for failure in batch.failures] == ["$.Records[4].body → $.Message → $.id"]
    rows = bodies_of(batch, check)
    confirmed = {"type": "SubscriptionConfirmation", "message_id": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
                 "sequence_number": None, "topic_arn": stacks.TOPIC, "subject": None,
                 "message": "You have chosen to subscribe to the topic.",
                 "timestamp": stacks.moment("2012-04-26T20:45:04.751Z"), "signature_version": "1",
                 "signature": "EXAMPLEpH", "token": "2336412f37f", "message_attributes": None,
                 "signing_cert_url": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem",
                 "subscribe_url": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription"}
    left = confirmed | {"type": "UnsubscribeConfirmation", "token": None}
    first, last = (stacks.sns_rows(json.dumps(bodies[at]), written_orders)[0] for at in (0, 7))
    nothing = dict.fromkeys(["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation", "other"])
    assert rows == [
        nothing | {"Notification": first}, nothing | {"SubscriptionConfirmation": confirmed},
        nothing | {"other": '{"hello": 1}'}, nothing | {"other": "5"}, None,
        nothing | {"UnsubscribeConfirmation": left}, nothing | {"Notification": last}]

    parts = batch.split()
    assert list(parts) == list(nothing)
    places = {name: part.record_index.to_pylist() for name, part in parts.items()}
    assert places == {"Notification": [0, 7], "SubscriptionConfirmation": [1], "UnsubscribeConfirmation": [6],
                      "other": [2, 3, 5]}
    assert bodies_of(parts["Notification"], check) == [first, last]
    assert bodies_of(parts["SubscriptionConfirmation"], check) == [confirmed]
    assert bodies_of(parts["other"], check) == ['{"hello": 1}', "5", None]
    messages = json.loads(event)["Records"]
    for name, part in parts.items():
        assert part.column_names == batch.column_names
        assert part["message_id"].to_pylist() == [messages[at]["messageId"] for at in places[name]]
    # What a part's rows failed, the whole batch answers.
    parts["Notification"].fail([1], "sold out")
    identifiers = [messages[at]["messageId"] for at in (4, 7)]
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}
    with pytest.raises(ValueError):
        parts["Notification"].response()


# --- EventBridge ------------------------------------------------------------------------------------


def test_details_of_several_types(check):
    payload = by("$.detail-type", {"Order Placed": eventbridge.event(Order), "Scheduled Event": eventbridge.event()})
    scheduled = {"detail-type": "Scheduled Event", "source": "aws.events"}
    bodies = [eventbridge_body({"id": 1}), eventbridge_body({}, 1, **scheduled), eventbridge_body("{}", 2, **scheduled),
              eventbridge_body({}, 3, **{"detail-type": "Unheard Of"})]
    batch = sqs.to_arrow(sqs_event(*bodies), payload=payload, on_error="collect")
    assert batch.shapes == {"Order Placed": 1, "Scheduled Event": 2}
    (failure,) = batch.failures
    assert failure.index == 3 and failure.path.startswith("$.Records[3].body → $")
    parts = batch.split()
    wanted = stacks.eventbridge_rows(json.dumps(bodies[0]), order_of)
    assert bodies_of(parts["Order Placed"], check) == wanted
    # The scheduler's detail is a string that looks like an object; its text is kept as it is.
    assert [row["detail"] for row in bodies_of(parts["Scheduled Event"])] == ["{}", '"{}"']


def test_s3_by_way_of_eventbridge_has_keys_that_are_not_encoded():
    detail = {"version": "0", "bucket": {"name": "b"}, "object": {"key": "a+b%2B", "size": 5}, "reason": "PutObject"}
    payload = eventbridge.event({"bucket": {"name": "utf8"}, "object": {"key": "utf8", "size": "int64"}})
    event = sqs_event(eventbridge_body(detail, **{"detail-type": "Object Created", "source": "aws.s3"}))
    (row,) = bodies_of(sqs.to_arrow(event, payload=payload))
    assert row["detail"] == {"bucket": {"name": "b"}, "object": {"key": "a+b%2B", "size": 5}}


# --- Kinesis ----------------------------------------------------------------------------------------


@given(st.lists(ORDERS, max_size=5), writings)
def test_kinesis_with_json_in_strings(orders, how):
    loads = [json.dumps(json.dumps(order, **how), **how).encode() for order in orders]
    batch = kinesis.to_arrow(events.event_of(*loads), payload=json_string(Order))
    assert batch["data"].to_pylist() == [order_of(json.loads(json.loads(load))) for load in loads]


def test_a_fault_in_a_string_in_kinesis():
    loads = [b'"{\\"id\\":1}"', b'"{\\"id\\":\\"\\u00e9\\"}"', b'{"id":1}', b'"{"', b"null", b'"null"']
    event = events.event_of(*loads)
    batch = kinesis.to_arrow(event, payload=json_string({"id": "int64"}), on_error="collect")
    assert batch["data"].to_pylist() == [{"id": 1}, None, None]
    paths = [(failure.index, failure.path, failure.inner_offset) for failure in batch.failures]
    assert paths == [
        (1, "$.Records[1].kinesis.data → $ → $.id", 6), (2, "$.Records[2].kinesis.data → $", 0),
        (3, "$.Records[3].kinesis.data → $ → $", 1)]
    assert [failure.offset for failure in batch.failures] == [text_of(event, at, b"data") for at in (1, 2, 3)]


SHAPES = [{"type": "click", "id": 1, "note": "c"}, {"id": 2, "type": "order"}, {"type": "no such"}, {"id": 1}, [], 5,
          None, {"type": 1}, {"type": None}, {"type": "click", "id": "x"}, {"type": "order", "id": 3}]


@pytest.mark.parametrize("turned", [False, True])
def test_several_shapes_on_one_stream(turned, check):
    payload = by("$.type", {"click": {"note": "utf8", "id": "int64"}, "order": Order}, other="json")
    values = events.reversed_keys(SHAPES) if turned else SHAPES
    event = events.event_of(*values)
    batch = kinesis.to_arrow(event, payload=payload, on_error="collect")
    assert [failure.path for failure in batch.failures] == ["$.Records[9].kinesis.data → $.id"]
    rows = check(batch).column("data").to_pylist()
    others = [2, 3, 4, 5, 7, 8]
    nothing = {"click": None, "order": None, "other": None}
    wanted = {0: nothing | {"click": {"note": "c", "id": 1}}, 1: nothing | {"order": {"id": 2, "note": None}},
              10: nothing | {"order": {"id": 3, "note": None}}, 6: None}
    wanted |= {at: nothing | {"other": json.dumps(values[at])} for at in others}
    assert rows == [wanted[at] for at in batch.record_index.to_pylist()] and len(rows) == 10
    assert batch.shapes == {"click": 1, "order": 2, "other": 6}
    parts = {name: part["sequence_number"].to_pylist() for name, part in batch.split().items()}
    places = {"click": [0], "order": [1, 10], "other": [2, 3, 4, 5, 6, 7, 8]}
    assert parts == {name: [events.sequence(at) for at in some] for name, some in places.items()}
    strict = by("$.type", {"click": "json", "order": "json"})
    failed = kinesis.to_arrow(event, payload=strict, on_error="collect").failures
    assert [failure.index for failure in failed] == others


@pytest.mark.parametrize("match, cases, found", [
    ("value", {("a", "b"): "json", 5: "json", True: "json", 1.5: "json"}, {"a": 2, "5": 1, "true": 1, "1.5": 1}),
    ("prefix", {"b": "json", "a": "json"}, {"b": 1, "a": 2}),
], ids=["value", "prefix"])
def test_what_a_case_is_chosen_by(match, cases, found):
    values = [{"t": one} for one in ("a", "b", 5, True, 1.5, "abc", "", None, 1, False, "é")]
    batch = kinesis.to_arrow(events.event_of(*values), payload=by("$.t", cases, match=match, other="json"))
    assert batch.shapes == found | {"other": len(values) - sum(found.values())}


def test_a_case_may_be_chosen_by_a_key():
    payload = by("$", {"Type": sns.notification(Order), "detail-type": eventbridge.event(Order)}, match="key",
                 other="utf8")
    event = sqs_event(eventbridge_body({"id": 1}), sns_body({"id": 2}), '"hello"', '{"id":1}')
    batch = sqs.to_arrow(event, payload=payload, on_error="collect")
    assert batch.shapes == {"Type": 1, "detail-type": 1, "other": 1}
    assert [failure.index for failure in batch.failures] == [3]
    first, second, third = bodies_of(batch)
    assert (first["detail-type"]["detail"]["id"], second["Type"]["message"]["id"]) == (1, 2)
    assert third["other"] == "hello"


# --- samples ----------------------------------------------------------------------------------------

FOLDER = Path(__file__).parents[3] / "shared" / "samples"
S3_SAMPLES = [FOLDER / f"s3-{name}.json" for name in ("event", "glacier-event", "restore-event", "lifecycle-event")]
sampled = pytest.mark.skipif(not S3_SAMPLES[0].exists(), reason="no sample events beside the repository")


@sampled
@pytest.mark.parametrize("path", S3_SAMPLES, ids=[path.stem for path in S3_SAMPLES])
def test_s3_samples_as_bodies(path, check):
    text = path.read_text()
    wanted = stacks.s3_rows(text)
    assert len(wanted) == 1 and wanted[0]["key"] != wanted[0]["key_raw"]
    for body in (text, json.dumps(json.loads(text)), json.dumps(events.reversed_keys(json.loads(text)))):
        assert bodies_of(sqs.to_arrow(sqs_event(body), payload=s3.notification()), check) == wanted
        nested = sqs.to_arrow(sqs_event(sns_body(body)), payload=sns.notification(s3.notification()))
        assert [row["message"] for row in bodies_of(nested, check)] == wanted


@sampled
def test_the_sns_sample_as_a_body(check):
    record = json.loads((FOLDER / "sns-event.json").read_text())["Records"][0]["Sns"]
    body = {{"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}.get(key, key): value
            for key, value in record.items()}
    wanted = stacks.sns_rows(json.dumps(body))
    assert wanted[0]["message_attributes"]["TestBinary"] == {"type": "Binary", "value": "TestBinary"}
    for one in (body, events.reversed_keys(body)):
        assert bodies_of(sqs.to_arrow(sqs_event(one), payload=sns.notification()), check) == wanted


# --- rows inside a payload --------------------------------------------------------------------------


def test_a_struct_around_rows_needs_no_arrow_library():
    word = lambdarrow.schema.struct((
        lambdarrow.schema.Field("s", lambdarrow.schema.utf8()),
        lambdarrow.schema.Field("r", lambdarrow.schema.explode("int64")),
    ))
    batch = kinesis.to_arrow(events.event_of({"s": "x", "r": [1, 2]}), payload=word)
    wanted = [{"s": "x", "r": 1}, {"s": "x", "r": 2}]
    assert validated(batch).column("data").to_pylist() == wanted
    assert batch["data"].to_pylist() == wanted
    assert "data" in repr(batch)


def test_columns_name_the_fields_of_a_record():
    """By the names that `s3.record()` lists, not by the wire's."""
    body = s3_body(s3_record("a b"), s3_record("c", 1))
    batch = sqs.to_arrow(sqs_event(body), payload=s3.notification(), columns=["body.key", "body.bucket_name"])
    assert batch["body.key"].to_pylist() == ["a b", "c"]
    nested = sqs.to_arrow(sqs_event(sns_body(body)), payload=sns.notification(s3.notification()),
                          columns=["message_id", "body.message.key"])
    assert nested["body.message.key"].to_pylist() == ["a b", "c"]
    with pytest.raises(ValueError, match="columns"):
        sqs.to_arrow(sqs_event(body), payload=s3.notification(), columns=["body.responseElements"])


NULLED = {"body": None}
VANISHING = {
    "a body that is null": (s3.notification(), "null", {}),
    "a null for a body": (s3.notification(), "", NULLED),
    "a pointer": (s3.notification(), '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b",'
                                     '"s3Key":"k"}]', {}),
    "a message that is null": (sns.notification(s3.notification()), sns_body("x", Message=None), {}),
    "a message whose text is null": (sns.notification(s3.notification()), sns_body("null"), {}),
    "raw message delivery": (sns.notification(s3.notification()), s3_body(s3_record()), {}),
}


@pytest.mark.parametrize("payload, body, changes", VANISHING.values(), ids=VANISHING)
def test_no_message_vanishes(payload, body, changes):
    """What makes no row and is no failure is deleted by the answer; only an empty list or a test event may be."""
    batch = sqs.to_arrow(events.event([events.sqs_message(body) | changes]), payload=payload, on_error="collect")
    seen = batch.num_rows + len(batch.failures)
    assert seen == 1


@pytest.mark.parametrize("policy", ["null", "rescue"])
def test_a_record_that_does_not_fit_does_not_vanish(policy):
    event = sqs_event(s3_body(s3_record(size="big")))
    batch = sqs.to_arrow(event, payload=s3.notification(), on_mismatch=policy, on_error="collect")
    assert [failure.path for failure in batch.failures] == ["$.Records[0].body → $.Records[0].s3.object.size"]


@pytest.mark.parametrize("policy", ["null", "rescue"])
@pytest.mark.parametrize("payload, body, path", [
    (sns.notification(Order), sns_body({"id": 1}, Type="Other"), "$.Type"),
    (sns.notification(Order), sns_body({"id": 1}, Timestamp="yesterday"), "$.Timestamp"),
    (eventbridge.event(Order), eventbridge_body({"id": 1}, time="yesterday"), "$.time"),
], ids=["type", "timestamp", "time"])
def test_fields_of_awss_own_envelopes_always_fail(policy, payload, body, path):
    batch = sqs.to_arrow(sqs_event(body), payload=payload, on_mismatch=policy, on_error="collect")
    assert [failure.path for failure in batch.failures] == [f"$.Records[0].body → {path}"]


@pytest.mark.parametrize("policy", ["null", "rescue"])
def test_a_message_that_is_no_json_takes_only_itself_along(policy):
    """As a body that is no JSON it may fail, or be a null of its own; what SNS says around it fits."""
    batch = sqs.to_arrow(sqs_event(sns_body("nix")), payload=sns.notification(Order), on_mismatch=policy,
                         on_error="collect")
    whole = [row["message_id"] for row in bodies_of(batch) if row is not None]
    assert len(batch.failures) + len(whole) == 1


def test_one_of_several_shapes_may_have_rows_of_its_own():
    """A queue to which S3 and others send; or, if that cannot be, an error that says so."""
    body = s3_body(s3_record("a b"), s3_record("c", 1))
    payload = by("$", {"Records": s3.notification()}, match="key", other="json")
    try:
        batch = sqs.to_arrow(sqs_event(body, '{"hello":1}'), payload=payload)
    except ValueError as error:
        assert "not a plan" not in str(error)
    else:
        assert batch.record_index.to_pylist() == [0, 0, 1]


def test_splitting_a_notification_leaves_its_column_whole():
    """It has cases that are counted, but no payload of several shapes."""
    batch = sqs.to_arrow(sqs_event(s3_body(s3_record())), payload=s3.notification(), columns=["message_id", "body"])
    try:
        parts = batch.split()
    except ValueError as error:
        assert "by(" in str(error)
    else:
        assert [part.column_names for part in parts.values() if part.num_rows] == [["message_id", "body"]]


def test_shapes_count_what_is_in_the_batch():
    """As in a stream, where what lies behind the first failure is not counted: it comes again."""
    payload = by("$.type", {"a": "json"}, other="json")
    loads = ['{"type":"a"}', "poison", '{"type":"a"}', "{}"]
    stream = kinesis.to_arrow(events.event_of(*[load.encode() for load in loads]), payload=payload, on_error="stop")
    queue = sqs.to_arrow(sqs_event(*loads), payload=payload, on_error="stop")
    assert queue["message_id"].to_pylist() == [events.sqs_message("")["messageId"]]
    assert queue.shapes == stream.shapes == {"a": 1, "other": 0}


def test_a_message_without_rows_does_not_wait():
    """It is counted, and there is nothing of it that could come too early."""
    event = sqs_event("poison", stacks.TEST_EVENT, s3_body(s3_record()))
    batch = sqs.to_arrow(event, payload=s3.notification(), on_error="stop")
    poison, _, waits = [message["messageId"] for message in json.loads(event)["Records"]]
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": one} for one in (poison, waits)]}
    assert batch.shapes == {"s3:TestEvent": 1, "notification": 0}
