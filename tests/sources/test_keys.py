"""Keys in any order, repeated, missing, null, escaped: for every source what json makes of them."""

import json

import events
import oracle
import pytest
from conftest import by_source

# The order of keys is seen in JSON text, and only there.
DOCUMENTED = {"kinesis": None, "sqs": None, "dynamodb": {"Id": "int64", "Message": "utf8"}}


def test_reversed_keys_give_the_same_rows(source, check):
    payload = DOCUMENTED[source.name]
    whole = check(source.to_arrow(source.documented_event, payload=payload))
    turned = json.dumps(events.reversed_keys(json.loads(source.documented_event))).encode()
    assert turned.index(b"eventSourceARN") < turned.index(source.payload_path[-1].encode() + b'"')
    assert turned != source.documented_event
    assert check(source.to_arrow(turned, payload=payload)).equals(whole)
    for name in source.columns:
        one = check(source.to_arrow(turned, payload=payload, columns=[name]))
        assert one.column(name).to_pylist() == whole.column(name).to_pylist()


KINESIS = '{"kinesis":{"data":"QQ==","partitionKey":"p","sequenceNumber":"1"},"eventID":"a:1","awsRegion":"r"}'
SQS = '{"messageId":"1","body":"b","attributes":{"SenderId":"s","SentTimestamp":"1"},"awsRegion":"r"}'
DYNAMODB = '{"dynamodb":{"NewImage":{"a":{"S":"x"}},"SequenceNumber":"1"},"eventID":"a:1","awsRegion":"r"}'
REPEATED = {
    "kinesis": {
        "a text": '{"Records":[{"eventID":"x","eventID":"y"}]}',
        "null after text": '{"Records":[{"eventID":"x","eventID":null}]}',
        "text after null": '{"Records":[{"eventID":null,"eventID":"y"}]}',
        "an escaped key": '{"Records":[{"eventID":"x","\\u0065ventID":"y"}]}',
        "a constant": '{"Records":[{"awsRegion":"x","awsRegion":"y"},{"awsRegion":"x"}]}',
        "data": '{"Records":[{"kinesis":{"data":"QUJD","data":"","data":"QQ=="}}]}',
        "a time": '{"Records":[{"kinesis":{"approximateArrivalTimestamp":1,"approximateArrivalTimestamp":2}}]}',
        "the object whole": '{"Records":[{"kinesis":{"data":"QQ=="},"kinesis":{"partitionKey":"p"}}]}',
        "the object by null": '{"Records":[{"kinesis":{"data":"QQ==","sequenceNumber":"1"},"kinesis":null}]}',
        "Records": f'{{"Records":[{KINESIS},{KINESIS}],"Records":[{{"eventID":"z"}}]}}',
        "Records, emptied": f'{{"Records":[{KINESIS}],"Records":[]}}',
        "Records, escaped": f'{{"Records":[{KINESIS}],"\\u0052ecords":[{KINESIS},{KINESIS}]}}',
        "Records three times": f'{{"Records":[{KINESIS}],"Records":[{KINESIS},{KINESIS}],"Records":[{KINESIS}]}}',
    },
    "sqs": {
        "a text": '{"Records":[{"messageId":"x","messageId":"y"}]}',
        "null after text": '{"Records":[{"body":"x","body":null}]}',
        "text after null": '{"Records":[{"body":null,"body":"y"}]}',
        "an escaped key": '{"Records":[{"body":"x","b\\u006fdy":"y"}]}',
        "a constant": '{"Records":[{"awsRegion":"x","awsRegion":"y"},{"awsRegion":"x"}]}',
        "a count": '{"Records":[{"attributes":{"ApproximateReceiveCount":"1","ApproximateReceiveCount":"2"}}]}',
        "a time": '{"Records":[{"attributes":{"SentTimestamp":"1","SentTimestamp":"2","SentTimestamp":null}}]}',
        "the object whole": '{"Records":[{"attributes":{"SenderId":"x"},"attributes":{"SequenceNumber":"1"}}]}',
        "the object by null": '{"Records":[{"attributes":{"SenderId":"x","SentTimestamp":"1"},"attributes":null}]}',
        "the attributes whole": '{"Records":[{"messageAttributes":{"a":{}},"messageAttributes":{"b":{}}}]}',
        "the attributes by null": '{"Records":[{"messageAttributes":{"a":{}},"messageAttributes":null}]}',
        "an attribute": '{"Records":[{"messageAttributes":{"a":{"dataType":"x"},"b":{},"\\u0061":{}}}]}',
        "an attribute by null": '{"Records":[{"messageAttributes":{"a":{"stringValue":"x"},"b":{},"a":null}}]}',
        "a value": '{"Records":[{"messageAttributes":{"a":{"binaryValue":"QUJD","binaryValue":"QQ=="}}}]}',
        "a list": '{"Records":[{"messageAttributes":{"a":{"stringListValues":["x","y"],"stringListValues":["z"]}}}]}',
        "no list": '{"Records":[{"messageAttributes":{"a":{"stringListValues":["x"],"stringListValues":null}}}]}',
        "Records": f'{{"Records":[{SQS},{SQS}],"Records":[{{"messageId":"z"}}]}}',
        "Records, emptied": f'{{"Records":[{SQS}],"Records":[]}}',
        "Records, escaped": f'{{"Records":[{SQS}],"\\u0052ecords":[{SQS},{SQS}]}}',
        "Records three times": f'{{"Records":[{SQS}],"Records":[{SQS},{SQS}],"Records":[{SQS}]}}',
    },
    "dynamodb": {
        "a text": '{"Records":[{"eventID":"x","eventID":"y"}]}',
        "null after text": '{"Records":[{"eventID":"x","eventID":null}]}',
        "an escaped key": '{"Records":[{"eventID":"x","\\u0065ventID":"y"}]}',
        "a constant": '{"Records":[{"awsRegion":"x","awsRegion":"y"},{"awsRegion":"x"}]}',
        "a time": '{"Records":[{"dynamodb":{"ApproximateCreationDateTime":1,"ApproximateCreationDateTime":2.5}}]}',
        "a size": '{"Records":[{"dynamodb":{"SizeBytes":1,"SizeBytes":null}}]}',
        "an image": '{"Records":[{"dynamodb":{"NewImage":{"a":{"S":"x"}},"NewImage":{"b":{"N":"1"}}}}]}',
        "no image": '{"Records":[{"dynamodb":{"OldImage":{"a":{"S":"x"}},"OldImage":null}}]}',
        "a key": '{"Records":[{"dynamodb":{"Keys":{"a":{"S":"x"}},"Keys":null,"\\u004beys":{"a":{"S":"y"}}}}]}',
        "an identity": '{"Records":[{"userIdentity":{"type":"x","type":"y"},"userIdentity":{"principalId":"z"}}]}',
        "the object whole": '{"Records":[{"dynamodb":{"NewImage":{}},"dynamodb":{"OldImage":{}}}]}',
        "the object by null": '{"Records":[{"dynamodb":{"NewImage":{},"SequenceNumber":"1"},"dynamodb":null}]}',
        "Records": f'{{"Records":[{DYNAMODB},{DYNAMODB}],"Records":[{{"eventID":"z"}}]}}',
        "Records, emptied": f'{{"Records":[{DYNAMODB}],"Records":[]}}',
        "Records, escaped": f'{{"Records":[{DYNAMODB}],"\\u0052ecords":[{DYNAMODB},{DYNAMODB}]}}',
    },
}


@by_source("text", REPEATED)
def test_the_last_of_equal_keys_counts(source, check, text):
    loaded = json.loads(text)
    event = text.encode()
    ours = check(source.to_arrow(event))
    oracle.assert_same(ours, source.expected(event).batch)
    # The oracle itself is held against plain json.loads, which keeps only the last.
    oracle.assert_same(ours, source.expected(json.dumps(loaded).encode()).batch)


def test_an_ill_typed_value_fails_though_a_later_one_would_replace_it(source):
    event = b'{"Records":[{"awsRegion":5,"awsRegion":"y"},{"awsRegion":"z"}]}'
    batch = source.to_arrow(event, on_error="collect")
    assert batch["aws_region"].to_pylist() == ["z"]
    assert [failure.reason for failure in batch.failures] == ["expected_string"]


def test_a_second_Records_voids_failures_and_indexes_of_the_first(source):
    a, b, c = (json.dumps(events.changed({"awsRegion": text}, source.text_path, text)) for text in "abc")
    batch = source.to_arrow(f'{{"Records":[{a},{b}],"Records":[{c}]}}')
    assert batch.record_index.to_pylist() == [0]
    for mode in ("collect", "stop"):
        batch = source.to_arrow(f'{{"Records":[{a},{{"awsRegion":5}}],"Records":[{c}]}}', on_error=mode)
        assert batch["aws_region"].to_pylist() == batch[source.text].to_pylist() == ["c"]
        assert batch.record_index.to_pylist() == [0]
        assert batch.failures == batch.held_back == ()


@pytest.mark.parametrize("inner", ["{}", "null", '{"x":[1,{"kinesis":{},"attributes":{},"dynamodb":{}}]}'])
def test_missing_and_null_become_null(source, check, inner):
    everything = f'{{"kinesis":{inner},"attributes":{inner},"dynamodb":{inner}}}'
    for record in ("{}", everything, f'{{"x":{inner}}}'):
        ours = check(source.to_arrow(f'{{"Records":[{record}]}}'.encode()))
        assert ours.to_pylist() == [dict.fromkeys(source.columns)]


def test_each_null_and_each_missing_key(source, check):
    paths = [(key,) for key in source.record()]
    paths += [(key, inner) for key, value in source.record().items() if isinstance(value, dict) for inner in value]
    assert {source.identifier_path, source.payload_path, source.text_path} <= set(paths)
    for path in paths:
        for whole in (events.changed(source.record(), path, None), events.without(source.record(), path)):
            event = events.event([source.record(number=1), whole])
            oracle.assert_same(check(source.to_arrow(event)), source.expected(event).batch)
