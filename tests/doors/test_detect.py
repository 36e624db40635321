"""Which source an event is: from the bytes, with json as the oracle of where the source is named."""

import contextlib
import json

import events
import events_firehose
import events_logs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import _detect
from lambdarrow._detect import SOURCES, UnknownSource, detect

KINESIS = events.event([events.record()])
# What names a source in the records of its events.
KNOWN = {"aws:dynamodb": "dynamodb", "aws:kinesis": "kinesis", "aws:sqs": "sqs", "aws:s3": "s3"}
# Keys that only events of that source have.
KEYS = {"awslogs": "logs", "deliveryStreamArn": "firehose", "triggerSource": "cognito", "alarmData": "cloudwatch"}
NESTED = {"a": [1, {"b": '}]"\\'}, None, True], "eventSource": {"eventSource": "aws:sqs"}}


def records(*items, **top):
    return json.dumps({**top, "Records": list(items)})


@pytest.mark.parametrize("event", [
    KINESIS,
    bytearray(KINESIS),
    memoryview(KINESIS),
    KINESIS.decode(),
    json.loads(KINESIS),
    json.dumps(json.loads(KINESIS), indent=4).encode(),
    json.dumps(events.reversed_keys(json.loads(KINESIS))),
    KINESIS.replace(b"eventSource", b"\\u0065ventSource").replace(b'"Records"', b'"\\u0052ecords"'),
    records(events.record(), window=NESTED, state=[NESTED], isFinalInvokeForWindow=False, n=-1.5e3),
    records(None, [], {"eventSource": None}, {}, events.record()),
    records({"x": 'aws:sqs", "eventSource": "aws:sqs', "y": "\\", **events.record()}),
], ids=lambda event: type(event).__name__)
def test_kinesis_is_known_in_every_form(event):
    assert detect(event) == "kinesis"


def test_every_source_of_the_table_can_be_imported():
    assert {*KNOWN.values(), *KEYS.values()} < set(SOURCES)
    for name in SOURCES:
        assert __import__(f"lambdarrow.{name}", fromlist=("",)).SOURCE.name == name


def test_nothing_is_read_after_the_source_is_named():
    begin = KINESIS.index(b'"aws:kinesis"') + len(b'"aws:kinesis"')
    assert detect(KINESIS[:begin] + b"\xff this is no JSON") == "kinesis"


def test_every_shorter_beginning_is_unknown():
    begin = KINESIS.index(b'"aws:kinesis"') + len(b'"aws:kinesis"')
    for length in range(begin):
        with pytest.raises(UnknownSource):
            detect(KINESIS[:length])


@pytest.mark.parametrize(("event", "said"), [
    (records({"messageId": "1", "body": "{}", "eventSource": "aws:other"}),
     "'aws:other'; known is aws:dynamodb, aws:kinesis, aws:sqs"),
    (records({"EventSource": "aws:other"}), "'aws:other'"),
    ('{"eventSource":"aws:other","records":{}}', "'aws:other'; known is"),
    ('[{"eventSource":"aws:other"}]', "'aws:other'; known is"),
    ('{"awslog":{"data":"H4sI"}}', "its keys: 'awslog'"),
    ('{"b":1,"a":2,"c":3,"d":4,"e":5,"f":6}', "its keys: 'b', 'a', 'c', 'd', 'e', …"),
    ('{"Records":[]}', "its keys: 'Records'"),
    ("{}", "its keys: none"),
    ("[1]", "not a JSON object"),
    ("hello", "not a JSON object"),
    ("", "before the text ends"),
    ("  ", "before the text ends"),
    ('{"Records":[{"eventSource"', "before the text ends"),
    ('{"Records":' + "[" * 1_000_000, "before the text ends"),
    (records({"eventSource": "x" * 10_000}), "'" + "x" * 60 + "'"),
    (records({"kinesis": {"eventSource": "aws:kinesis"}, "eventSource": "other"}), "'other'"),
    ('{"\\ud800\\x":1}', "its keys"),
])
def test_what_is_not_known_is_named(event, said):
    with pytest.raises(UnknownSource) as caught:
        detect(event)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Records", "eventSource", "k", '"', "\\"]) | st.text(max_size=3), inner, max_size=3),
    max_leaves=12)
a_record = st.dictionaries(st.sampled_from(["eventSource", "k", "\\", '"']),
                           st.sampled_from([*KNOWN, "aws:other"]) | anything, max_size=3)


@given(st.dictionaries(st.text(max_size=3), anything, max_size=2), st.lists(a_record | anything, max_size=3),
       st.sampled_from([None, 2]), st.booleans())
def test_the_same_as_json_finds(top, items, indent, ascii_only):
    event = {**top, "Records": items}
    named = [item["eventSource"] for item in items
             if isinstance(item, dict) and isinstance(item.get("eventSource"), str)]
    text = json.dumps(event, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    if named and named[0] in KNOWN:
        assert detect(text) == KNOWN[named[0]]
    else:
        with pytest.raises(UnknownSource):
            detect(text)


@given(st.binary(max_size=60) | st.text('{}[]",:\\ Records eventSource', max_size=60).map(str.encode))
def test_any_bytes_are_named_or_refused(text):
    with contextlib.suppress(UnknownSource):
        assert detect(text) in SOURCES


FIREHOSE = events_firehose.event_of(b"{}", {"deliveryStreamArn": "x", "awslogs": {}})


@pytest.mark.parametrize("event, name", [(events_logs.event_of("x"), "logs"), (FIREHOSE, "firehose")])
def test_logs_and_firehose_are_known_in_every_form(event, name):
    key = {name: key for key, name in KEYS.items()}[name].encode()
    forms = [event, bytearray(event), memoryview(event), event.decode(), json.loads(event),
             json.dumps(json.loads(event), indent=4), json.dumps(events.reversed_keys(json.loads(event))),
             event.replace(b'"' + key, b'"\\u%04x' % key[0] + key[1:]), b" \n" + event]
    for form in forms:
        assert detect(form) == name
    # Nothing is read behind the key, and no beginning before it says anything.
    end = event.index(b'"' + key + b'"') + len(key) + 3
    assert detect(event[:end] + b"\xff no JSON") == name
    for length in range(end - 1):
        with pytest.raises(UnknownSource):
            detect(event[:length])


@given(st.dictionaries(st.sampled_from([*KEYS, "awslogs ", "Records"]) | st.text(max_size=3), anything, max_size=4))
def test_the_first_of_these_keys_counts(top):
    text = json.dumps(top).encode("utf-8", "surrogatepass")
    found = [key for key in top if key in KEYS]
    items = top["Records"] if isinstance(top.get("Records"), list) else []
    named = [item.get("eventSource") for item in items if isinstance(item, dict)]
    named = [name for name in named if isinstance(name, str)]
    if named and named[0] in KNOWN:
        assert detect(text) == KNOWN[named[0]]
    elif found:
        assert detect(text) == KEYS[found[0]]
    else:
        with pytest.raises(UnknownSource):
            detect(text)


def test_keys_deeper_down_say_nothing():
    for event in ({"a": {"awslogs": {}}}, {"records": [{"deliveryStreamArn": "x"}]}, [{"awslogs": {}}], "awslogs"):
        with pytest.raises(UnknownSource):
            detect(json.dumps(event))


def test_events_without_records_are_told_by_a_key():
    assert detect('{"awslogs":{"data":"H4sI"}}') == "logs"
    assert detect('{"invocationId":"i","deliveryStreamArn":"a","region":"r","records":[]}') == "firehose"


def test_a_key_that_is_repeated_is_looked_into_once(monkeypatch):
    asked = []
    monkeypatch.setitem(_detect._KEYS, "Service", asked.append)
    with pytest.raises(UnknownSource):
        detect(b'{"Service": 1, "Service": 2, "Serv\\u0069ce": 3}')
    assert len(asked) == 1


def test_a_detail_type_alone_is_no_event_of_eventbridge():
    for event in ({"detail-type": "x"}, {"detail-type": "Scheduled Event", "source": None, "detail": {"source": "a"}}):
        with pytest.raises(UnknownSource, match="'detail-type'"):
            detect(event)
