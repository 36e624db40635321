"""Keys in any order, repeated, missing, null, escaped: for every source what json makes of them."""

import json

import events
import oracle
import pytest
from conftest import by_source

# The order of keys is seen in JSON text, and only there.
DOCUMENTED = {"kinesis": None, "sqs": None, "dynamodb": {"Id": "int64", "Message": "utf8"}}


def test_reversed_keys_give_the_same_rows(source, check):
    payload = DOCUMENTED.get(source.name)
    whole = check(source.to_arrow(source.documented_event, payload=payload))
    body = source.body(source.documented_event)
    turned = source.text_event(json.dumps(events.reversed_keys(json.loads(body))))
    assert list(json.loads(source.body(turned))) == list(reversed(json.loads(body)))
    assert turned != source.documented_event
    assert check(source.to_arrow(turned, payload=payload)).equals(whole)
    for name in source.columns:
        one = check(source.to_arrow(turned, payload=payload, columns=[name]))
        assert one.column(name).to_pylist() == whole.column(name).to_pylist()


KINESIS = '{"kinesis":{"data":"QQ==","partitionKey":"p","sequenceNumber":"1"},"eventID":"a:1","awsRegion":"r"}'
SQS = '{"messageId":"1","body":"b","attributes":{"SenderId":"s","SentTimestamp":"1"},"awsRegion":"r"}'
FIREHOSE = '{"recordId":"1","data":"QQ==","kinesisRecordMetadata":{"partitionKey":"p","shardId":"s"}}'
LOG = '{"id":"1","timestamp":1,"message":"m","extractedFields":{"a":"1"}}'
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
    "firehose": {
        "a text": '{"Records":[{"recordId":"x","recordId":"y"}]}',
        "null after text": '{"Records":[{"recordId":"x","recordId":null}]}',
        "text after null": '{"Records":[{"recordId":null,"recordId":"y"}]}',
        "an escaped key": '{"Records":[{"recordId":"x","\\u0072ecordId":"y"}]}',
        "a constant": '{"Records":[{"kinesisRecordMetadata":{"shardId":"x","shardId":"y"}}]}',
        "data": '{"Records":[{"data":"QUJD","data":"","data":"QQ=="}]}',
        "a time": '{"Records":[{"approximateArrivalTimestamp":1,"approximateArrivalTimestamp":2}]}',
        "the object whole": '{"Records":[{"kinesisRecordMetadata":{"shardId":"x","partitionKey":"p"},'
                            '"kinesisRecordMetadata":{"sequenceNumber":"1"}}]}',
        "the object by null": '{"Records":[{"kinesisRecordMetadata":{"partitionKey":"p"},'
                              '"kinesisRecordMetadata":null}]}',
        "around": '{"region":"x","Records":[{"recordId":"a"}],"region":"y"}',
        "around by null": '{"region":"x","region":null,"Records":[{"recordId":"a"}]}',
        "Records": f'{{"Records":[{FIREHOSE},{FIREHOSE}],"Records":[{{"recordId":"z"}}]}}',
        "Records, emptied": f'{{"Records":[{FIREHOSE}],"Records":[]}}',
        "Records, escaped": f'{{"Records":[{FIREHOSE}],"\\u0052ecords":[{FIREHOSE},{FIREHOSE}]}}',
        "Records three times": f'{{"Records":[{FIREHOSE}],"Records":[],"region":"r","Records":[{FIREHOSE}]}}',
    },
    "logs": {
        "a text": '{"Records":[{"message":"x","message":"y"}]}',
        "null after text": '{"Records":[{"message":"x","message":null}]}',
        "text after null": '{"Records":[{"message":null,"message":"y"}]}',
        "an escaped key": '{"Records":[{"message":"x","\\u006dessage":"y"}]}',
        "a time": '{"Records":[{"timestamp":1,"timestamp":2}]}',
        "the fields whole": '{"Records":[{"extractedFields":{"a":"1"},"extractedFields":{"b":"2"}}]}',
        "the fields by null": '{"Records":[{"extractedFields":{"a":"1"},"extractedFields":null}]}',
        "a field": '{"Records":[{"extractedFields":{"a":"1","b":"2","\\u0061":"3"}}]}',
        "around": '{"owner":"x","Records":[{"id":"a"}],"owner":"y"}',
        "around by null": '{"owner":"x","owner":null,"Records":[{"id":"a"}]}',
        "the filters": '{"subscriptionFilters":["a","b"],"subscriptionFilters":["c"],"Records":[{"id":"a"},{}]}',
        "no filters": '{"subscriptionFilters":["a","b"],"Records":[{"id":"a"},{}],"subscriptionFilters":null}',
        "a control message after all":
            '{"messageType":"DATA_MESSAGE","Records":[{"id":"a"}],"messageType":"CONTROL_MESSAGE"}',
        "no control message after all":
            '{"messageType":"CONTROL_MESSAGE","messageType":"DATA_MESSAGE","Records":[{"id":"a"}]}',
        "no kind after all": '{"messageType":"CONTROL_MESSAGE","Records":[{"id":"a"}],"messageType":null}',
        "Records": f'{{"Records":[{LOG},{LOG}],"Records":[{{"id":"z"}}]}}',
        "Records, emptied": f'{{"Records":[{LOG}],"Records":[]}}',
        "Records, escaped": f'{{"Records":[{LOG}],"\\u0052ecords":[{LOG},{LOG}]}}',
        "Records three times": f'{{"Records":[{LOG}],"Records":[{LOG},{LOG}],"Records":[{LOG}]}}',
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
    event = source.text_event(text)
    loaded = json.loads(source.body(event))
    ours = check(source.to_arrow(event))
    oracle.assert_same(ours, source.expected(event).batch)
    # The oracle itself is held against plain json.loads, which keeps only the last.
    oracle.assert_same(ours, source.expected(source.text_event(json.dumps(loaded))).batch)


def test_an_ill_typed_value_fails_though_a_later_one_would_replace_it(source):
    good = events.changed({}, source.constant_path, "z")
    replaced = events.written(events.changed({}, source.constant_path, "y")).replace(b'"y"', b'"y","@@":5')
    replaced = replaced.replace(b"@@", source.constant_path[-1].encode())
    turned = replaced.replace(b'"y"', b"@@").replace(b"5", b'"y"').replace(b"@@", b"5")
    for record in (replaced, turned):
        event = source.with_record(record + b"," + events.written(good))
        batch = source.to_arrow(event, on_error="collect")
        assert batch[source.constant].to_pylist() == ["z"]
        assert [failure.reason for failure in batch.failures] == ["expected_string"]


def test_a_second_Records_voids_failures_and_indexes_of_the_first(source):
    def record(text):
        return json.dumps(events.changed(events.changed({}, source.constant_path, text), source.text_path, text))

    a, b, c, bad = map(record, ("a", "b", "c", 5))
    batch = source.to_arrow(source.text_event(f'{{"Records":[{a},{b}],"Records":[{c}]}}'))
    assert batch.record_index.to_pylist() == [0]
    for mode in ("collect", "stop"):
        event = source.text_event(f'{{"Records":[{a},{bad}],"Records":[{c}]}}')
        batch = source.to_arrow(event, on_error=mode)
        assert batch[source.constant].to_pylist() == batch[source.text].to_pylist() == ["c"]
        assert batch.record_index.to_pylist() == [0]
        assert batch.failures == batch.held_back == ()


@pytest.mark.parametrize("inner", ["{}", "null", '{"x":[1,{"kinesis":{},"attributes":{},"dynamodb":{}}]}'])
def test_missing_and_null_become_null(source, check, inner):
    objects = ("kinesis", "attributes", "dynamodb", "kinesisRecordMetadata")
    for record in ("{}", "{" + ",".join(f'"{key}":{inner}' for key in objects) + "}", f'{{"x":{inner}}}'):
        ours = check(source.to_arrow(source.with_record(record.encode())))
        assert ours.to_pylist() == [dict.fromkeys(source.columns)]


def test_each_null_and_each_missing_key(source, check):
    paths = [(key,) for key in source.record()]
    paths += [(key, inner) for key, value in source.record().items() if isinstance(value, dict) for inner in value]
    assert {source.identifier_path, source.payload_path, source.text_path} <= set(paths)
    for path in paths:
        for whole in (events.changed(source.record(), path, None), events.without(source.record(), path)):
            event = source.event([source.record(number=1), whole])
            oracle.assert_same(check(source.to_arrow(event)), source.expected(event).batch)
