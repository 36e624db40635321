"""What is said of a record that cannot be decoded: reason, path, offsets, identifier."""

import json

import pytest
from conftest import CORRUPT, SOURCES, by_source, facts, raised

# --- one fault, one place ---------------------------------------------------------------------------
# (path to the value in its record, its JSON text, the reason, how far into that text the offset points)

PLACES = {
    "kinesis": [
        (["eventID"], b"5", "expected_string", 0),
        (["eventID"], b"[1]", "expected_string", 0),
        (["awsRegion"], b"true", "expected_string", 0),
        (["eventSourceARN"], b"{}", "expected_string", 0),
        (["kinesis"], b"5", "expected_object", 0),
        (["kinesis"], b'"x"', "expected_object", 0),
        (["kinesis"], b"[]", "expected_object", 0),
        (["kinesis", "partitionKey"], b"-1.5", "expected_string", 0),
        (["kinesis", "sequenceNumber"], b"1", "expected_string", 0),
        (["kinesis", "kinesisSchemaVersion"], b"1.0", "expected_string", 0),
        (["kinesis", "encryptionType"], b"false", "expected_string", 0),
        (["kinesis", "data"], b"5", "expected_string", 0),
        (["kinesis", "data"], b"{}", "expected_string", 0),
        (["kinesis", "approximateArrivalTimestamp"], b'"1"', "expected_number", 0),
        (["kinesis", "approximateArrivalTimestamp"], b"1.0001", "not_exact", 0),
        (["kinesis", "approximateArrivalTimestamp"], b"1e40", "out_of_range", 0),
        (["kinesis", "partitionKey"], b'"a\xffb"', "invalid_utf8", None),
        (["kinesis", "partitionKey"], b'"a\xc3"', "invalid_utf8", None),
        (["kinesis", "partitionKey"], b'"\xc0\x80"', "invalid_utf8", None),
        (["kinesis", "partitionKey"], b'"\xed\xa0\x80"', "invalid_utf8", None),
        (["kinesis", "partitionKey"], b'"\xf4\x90\x80\x80"', "invalid_utf8", None),
        (["eventID"], b'"a long text before the bad byte, longer than any block \xe2\x82"', "invalid_utf8", None),
        (["awsRegion"], b'"\xff"', "invalid_utf8", None),
        (["kinesis", "partitionKey"], b'"\\ud800"', "lone_surrogate", None),
        (["kinesis", "partitionKey"], b'"a\\udfffb"', "lone_surrogate", None),
        (["kinesis", "partitionKey"], b'"\\ud83d\\ud83d\\ude00"', "lone_surrogate", None),
        (["awsRegion"], b'"\\uDC00"', "lone_surrogate", None),
        (["kinesis", "data"], b'"\\ud800AAA"', None, None),
        (["kinesis", "data"], b'"QU-D"', "invalid_base64", 3),
        (["kinesis", "data"], b'"_UJD"', "invalid_base64", 1),
        (["kinesis", "data"], b'"QU D"', "invalid_base64", 3),
        (["kinesis", "data"], b'"QUJD\\nUJ"', "invalid_base64", None),
        (["kinesis", "data"], b'"QUJ\xc3\xa9QUI"', "invalid_base64", None),
        (["kinesis", "data"], b'"QUJDQ"', "base64_length", None),
        (["kinesis", "data"], b'"QUI"', "base64_padding", None),
        (["kinesis", "data"], b'"QUJDQQ"', "base64_padding", None),
        (["kinesis", "data"], b'"A==="', "base64_padding", None),
        (["kinesis", "data"], b'"===="', "base64_padding", None),
        (["kinesis", "data"], b'"QQ==QUJD"', "invalid_base64", None),
        (["kinesis", "data"], b'"QQ=Q"', "invalid_base64", None),
        (["kinesis", "data"], b'"QR=="', "base64_spare_bits", 2),
        (["kinesis", "data"], b'"QUF="', "base64_spare_bits", 3),
        (["kinesis", "data"], b'"QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQR=="', "base64_spare_bits", None),
    ],
    "sqs": [
        (["messageId"], b"5", "expected_string", 0),
        (["receiptHandle"], b"[1]", "expected_string", 0),
        (["awsRegion"], b"true", "expected_string", 0),
        (["eventSourceARN"], b"{}", "expected_string", 0),
        (["attributes"], b"5", "expected_object", 0),
        (["attributes"], b'"x"', "expected_object", 0),
        (["attributes"], b"[]", "expected_object", 0),
        (["attributes", "SenderId"], b"-1.5", "expected_string", 0),
        (["attributes", "MessageGroupId"], b"1", "expected_string", 0),
        (["attributes", "ApproximateReceiveCount"], b"1", "expected_string", 0),
        (["attributes", "SentTimestamp"], b"1545082649183", "expected_string", 0),
        (["attributes", "SentTimestamp"], b"{}", "expected_string", 0),
        (["messageAttributes"], b"5", "expected_object", 0),
        (["messageAttributes"], b"[]", "expected_object", 0),
        (["messageAttributes", "a"], b"5", "expected_object", 0),
        (["messageAttributes", "a", "dataType"], b"{}", "expected_string", 0),
        (["messageAttributes", "a", "stringListValues"], b'"x"', "expected_array", 0),
        (["messageAttributes", "a", "binaryListValues"], b"{}", "expected_array", 0),
        (["messageAttributes", "a", "binaryValue"], b"5", "expected_string", 0),
        (["messageAttributes", "a", "binaryValue"], b'"QU-D"', "invalid_base64", 3),
        (["messageAttributes", "a", "binaryValue"], b'"QUJDQ"', "base64_length", None),
        (["messageAttributes", "a", "binaryValue"], b'"QUI"', "base64_padding", None),
        (["messageAttributes", "a", "binaryValue"], b'"QR=="', "base64_spare_bits", 2),
        (["messageAttributes", "a", "binaryValue"], b'"QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQR=="',
         "base64_spare_bits", None),
        (["body"], b"5", "expected_string", 0),
        (["body"], b"{}", "expected_string", 0),
        (["body"], b'["x"]', "expected_string", 0),
        (["md5OfBody"], b"false", "expected_string", 0),
        (["body"], b'"a\xffb"', "invalid_utf8", None),
        (["body"], b'"a\xc3"', "invalid_utf8", None),
        (["body"], b'"\xc0\x80"', "invalid_utf8", None),
        (["body"], b'"\xed\xa0\x80"', "invalid_utf8", None),
        (["body"], b'"\xf4\x90\x80\x80"', "invalid_utf8", None),
        (["receiptHandle"], b'"a long text before the bad byte, longer than any block \xe2\x82"', "invalid_utf8", None),
        (["awsRegion"], b'"\xff"', "invalid_utf8", None),
        (["messageAttributes", "a", "stringValue"], b'"\xff"', "invalid_utf8", None),
        (["body"], b'"\\ud800"', "lone_surrogate", None),
        (["body"], b'"a\\udfffb"', "lone_surrogate", None),
        (["body"], b'"\\ud83d\\ud83d\\ude00"', "lone_surrogate", None),
        (["awsRegion"], b'"\\uDC00"', "lone_surrogate", None),
        (["messageAttributes", "a", "stringValue"], b'"\\ud800"', "lone_surrogate", None),
    ],
    "firehose": [
        (["recordId"], b"5", "expected_string", 0),
        (["recordId"], b"[1]", "expected_string", 0),
        (["approximateArrivalTimestamp"], b'"1"', "expected_number", 0),
        (["approximateArrivalTimestamp"], b"1.5", "not_exact", 0),
        (["approximateArrivalTimestamp"], b"1e40", "out_of_range", 0),
        (["kinesisRecordMetadata"], b"5", "expected_object", 0),
        (["kinesisRecordMetadata"], b'"x"', "expected_object", 0),
        (["kinesisRecordMetadata"], b"[]", "expected_object", 0),
        (["kinesisRecordMetadata", "partitionKey"], b"-1.5", "expected_string", 0),
        (["kinesisRecordMetadata", "sequenceNumber"], b"1", "expected_string", 0),
        (["kinesisRecordMetadata", "shardId"], b"{}", "expected_string", 0),
        (["data"], b"5", "expected_string", 0),
        (["data"], b"{}", "expected_string", 0),
        (["kinesisRecordMetadata", "partitionKey"], b'"a\xffb"', "invalid_utf8", None),
        (["kinesisRecordMetadata", "partitionKey"], b'"\xed\xa0\x80"', "invalid_utf8", None),
        (["recordId"], b'"a long text before the bad byte, longer than any block \xe2\x82"', "invalid_utf8", None),
        (["kinesisRecordMetadata", "shardId"], b'"\xff"', "invalid_utf8", None),
        (["kinesisRecordMetadata", "partitionKey"], b'"\\ud800"', "lone_surrogate", None),
        (["recordId"], b'"\\ud83d\\ud83d\\ude00"', "lone_surrogate", None),
        (["kinesisRecordMetadata", "shardId"], b'"\\uDC00"', "lone_surrogate", None),
        (["data"], b'"\\ud800AAA"', None, None),
        (["data"], b'"QU-D"', "invalid_base64", 3),
        (["data"], b'"QU D"', "invalid_base64", 3),
        (["data"], b'"QUJDQ"', "base64_length", None),
        (["data"], b'"QUI"', "base64_padding", None),
        (["data"], b'"QQ==QUJD"', "invalid_base64", None),
        (["data"], b'"QR=="', "base64_spare_bits", 2),
    ],
    "logs": [
        (["id"], b"5", "expected_string", 0),
        (["id"], b"[1]", "expected_string", 0),
        (["timestamp"], b'"1"', "expected_number", 0),
        (["timestamp"], b"1.5", "not_exact", 0),
        (["timestamp"], b"1e40", "out_of_range", 0),
        (["message"], b"5", "expected_string", 0),
        (["message"], b"{}", "expected_string", 0),
        (["message"], b'["x"]', "expected_string", 0),
        (["extractedFields"], b"5", "expected_object", 0),
        (["extractedFields"], b"[]", "expected_object", 0),
        (["extractedFields", "a"], b"5", "expected_string", 0),
        (["extractedFields", "a"], b"{}", "expected_string", 0),
        (["message"], b'"a\xffb"', "invalid_utf8", None),
        (["message"], b'"a\xc3"', "invalid_utf8", None),
        (["message"], b'"\xf4\x90\x80\x80"', "invalid_utf8", None),
        (["message"], b'"a long text before the bad byte, longer than any block \xe2\x82"', "invalid_utf8", None),
        (["extractedFields", "a"], b'"\xff"', "invalid_utf8", None),
        (["message"], b'"\\ud800"', "lone_surrogate", None),
        (["message"], b'"a\\udfffb"', "lone_surrogate", None),
        (["extractedFields", "a"], b'"\\ud83d\\ud83d\\ude00"', "lone_surrogate", None),
    ],
    "dynamodb": [
        (["eventID"], b"5", "expected_string", 0),
        (["awsRegion"], b"true", "expected_string", 0),
        (["eventSourceARN"], b"{}", "expected_string", 0),
        (["userIdentity"], b'"root"', "expected_object", 0),
        (["userIdentity", "type"], b"[]", "expected_string", 0),
        (["dynamodb"], b"5", "expected_object", 0),
        (["dynamodb"], b'"x"', "expected_object", 0),
        (["dynamodb"], b"[]", "expected_object", 0),
        (["dynamodb", "SequenceNumber"], b"1", "expected_string", 0),
        (["dynamodb", "SizeBytes"], b'"26"', "expected_integer", 0),
        (["dynamodb", "SizeBytes"], b"2.6", "expected_integer", 0),
        (["dynamodb", "SizeBytes"], b"9223372036854775808", "out_of_range", 0),
        (["dynamodb", "ApproximateCreationDateTime"], b'"1480642020"', "expected_number", 0),
        (["dynamodb", "ApproximateCreationDateTime"], b"1.0000001", "not_exact", 0),
        (["dynamodb", "ApproximateCreationDateTime"], b"1e40", "out_of_range", 0),
        (["dynamodb", "NewImage"], b"5", None, 0),
        (["dynamodb", "NewImage"], b"[]", None, 0),
        (["dynamodb", "OldImage"], b'"x"', None, 0),
        (["dynamodb", "Keys"], b"true", None, 0),
        (["dynamodb", "NewImage", "v"], b"5", "invalid_attribute", 0),
        (["dynamodb", "NewImage", "v"], b"null", "invalid_attribute", 0),
        (["dynamodb", "NewImage", "v"], b"{}", "invalid_attribute", 0),
        (["dynamodb", "NewImage", "v"], b'{"N":5}', "invalid_attribute", 5),
        (["dynamodb", "NewImage", "v"], b'{"BOOL":"true"}', "invalid_attribute", 8),
        (["dynamodb", "NewImage", "v"], b'{"NULL":false}', "invalid_attribute", 8),
        (["dynamodb", "NewImage", "v"], b'{"X":"x"}', "invalid_attribute", 1),
        (["dynamodb", "NewImage", "v"], b'{"S":"a","N":"1"}', "invalid_attribute", 9),
        (["dynamodb", "NewImage", "v"], b'{"N":"x"}', "invalid_number", 5),
        (["dynamodb", "NewImage", "v"], b'{"N":"NaN"}', "invalid_number", 5),
        (["dynamodb", "NewImage", "v"], b'{"N":""}', "invalid_number", 5),
        (["dynamodb", "NewImage", "v"], b'{"N":"1E126"}', "out_of_range", 5),
        (["dynamodb", "NewImage", "v"], b'{"N":"123456789012345678901234567890123456789"}', "out_of_range", 5),
        (["dynamodb", "NewImage", "v"], b'{"B":"QU-D"}', "invalid_base64", 8),
        (["dynamodb", "NewImage", "v"], b'{"B":"QUI"}', "base64_padding", None),
        (["dynamodb", "OldImage", "v"], b'{"B":"QR=="}', "base64_spare_bits", 7),
        (["dynamodb", "Keys", "v"], b'{"SS":"x"}', "invalid_attribute", 6),
        (["eventID"], b'"a long text before the bad byte, longer than any block \xe2\x82"', "invalid_utf8", None),
        (["awsRegion"], b'"\xff"', "invalid_utf8", None),
        (["eventID"], b'"\\ud800"', "lone_surrogate", None),
        (["userIdentity", "principalId"], b'"a\\udfffb"', "lone_surrogate", None),
        (["awsRegion"], b'"\\uDC00"', "lone_surrogate", None),
    ],
}


def place(path, text, *_):
    return f"{path}={text[:40]}"


def among_good_ones(source, path, text):
    """An event of a good record, one with that text at that path, and a good one; the second's own text."""
    one = source.with_text(path, text)
    record, good = (
        source.body(event)[len(f'{{"{source.records}":[') : -len("]}")]
        for event in (one, source.event([source.record(number=9)]))
    )
    return source.with_record(b",".join([good, record, good])), record


@by_source("path text reason within", PLACES, place)
def test_a_fault_is_named_and_placed(source, path, text, reason, within):
    event, record = among_good_ones(source, path, text)
    body = source.body(event)
    start = body.index(record) + record.index(b'"' + path[-1].encode() + b'":') + len(path[-1]) + 3
    assert body[start : start + len(text)] == text

    error = raised(source, event)
    assert isinstance(error, ValueError)
    assert error.index == 1
    assert error.path == source.record_at(1) + "." + ".".join(path)
    assert reason is None or error.reason == reason
    position = error.inner_offset if source.is_layered else error.offset
    assert (error.offset, error.inner_offset) == source.at(event, position)
    if within is None:
        assert start <= position < start + len(text)
    else:
        assert position == start + within
    for part in (error.path, "record 1", f"byte {error.offset}"):
        assert part in str(error)
    identifier = source.identifier_of(0)
    if path[-1] == source.identifier_path[-1] or path == [source.identifier_path[0]]:
        identifier = None
    assert_all_modes_say(source, event, record, facts(error), identifier)


def assert_all_modes_say(source, event, record, error, identifier):
    """Of three records the second has failed: so say all modes, in what they list and in what rows they keep."""
    batch = source.to_arrow(event, on_error="collect")
    (failure,) = batch.failures
    assert facts(failure) == error
    assert failure.raw == record
    assert batch.record_index.to_pylist() == [0, 2]
    assert failure.item_identifier == identifier

    batch = source.to_arrow(event, on_error="stop")
    assert [facts(failure) for failure in batch.failures] == [error]
    assert batch.record_index.to_pylist() == [0]
    # Of a queue Lambda would delete what is neither a row nor named in the answer.
    assert [failure.index for failure in batch.held_back] == ([] if source.ordered else [2])

    batch = source.to_arrow(event, on_error="null")
    assert [facts(failure) for failure in batch.failures] == [error]
    assert batch.record_index.to_pylist() == [0, 1, 2]
    rows = batch.to_pylist()
    assert set(rows[1]) - {CORRUPT} and all(rows[1][name] is None for name in rows[1] if name != CORRUPT)
    assert rows[0][CORRUPT] is None and rows[0] == rows[2]


# (where, the string's content, reason, the path in it, the offset in it): a number in a string is a layer of its own.
NUMERALS = {
    "sqs": [
        ("ApproximateReceiveCount", "", "unexpected_end", 0),
        ("ApproximateReceiveCount", "x", None, 0),
        ("ApproximateReceiveCount", "1.0", "expected_integer", 0),
        ("ApproximateReceiveCount", "1e2", "expected_integer", 0),
        ("ApproximateReceiveCount", "true", "expected_integer", 0),
        ("ApproximateReceiveCount", "2147483648", "out_of_range", 0),
        ("ApproximateReceiveCount", "-2147483649", "out_of_range", 0),
        ("ApproximateReceiveCount", "1 ", "trailing_bytes", 1),
        ("ApproximateReceiveCount", "1\n", "trailing_bytes", 1),
        ("ApproximateReceiveCount", "01", None, None),
        ("ApproximateReceiveCount", " 1", None, 0),
        ("ApproximateReceiveCount", "+1", None, 0),
        ("ApproximateReceiveCount", "-", None, None),
        ("SentTimestamp", "1545082649183.5", "not_exact", 0),
        ("SentTimestamp", "9223372036854775808", "out_of_range", 0),
        ("SentTimestamp", "1e300", "out_of_range", 0),
        ("SentTimestamp", "2018-12-17", None, None),
        ("ApproximateFirstReceiveTimestamp", '"1"', None, 0),
        ("ApproximateFirstReceiveTimestamp", "[1]", None, 0),
        ("ApproximateFirstReceiveTimestamp", "1545082649183\0", "trailing_bytes", 13),
    ],
}


@by_source("key text reason inner", NUMERALS, place, [source for source in SOURCES if source.name in NUMERALS])
def test_a_fault_in_a_number_in_a_string_has_both_offsets(source, key, text, reason, inner):
    event, body = among_good_ones(source, ["attributes", key], json.dumps(text).encode())
    start = event.index(body) + body.index(f'"{key}":'.encode()) + len(key) + 4
    error = raised(source, event)
    assert (error.index, error.offset, error.path) == (1, start, f"{source.record_at(1)}.attributes.{key} → $")
    assert reason is None or error.reason == reason
    assert error.inner_offset == inner if inner is not None else 0 <= error.inner_offset <= len(text)
    assert_all_modes_say(source, event, body, facts(error), source.identifier_of(0))


# (payload text, path in it, reason, inner offset)
INNER = [
    (b'{"price":"1"}', "$.price", "expected_number", 9),
    (b' { "price" : true }', "$.price", "expected_number", 13),
    (b'{"geo":{"lat":1,"name":5}}', "$.geo.name", "expected_string", 23),
    (b'{"geo":[]}', "$.geo", "expected_object", 7),
    (b'{"tags":["a",{"b":1}]}', "$.tags[1]", "expected_string", 13),
    (b'{"tags":{}}', "$.tags", "expected_array", 8),
    (b'{"count":1.5}', "$.count", "expected_integer", 9),
    (b'{"count":9223372036854775808}', "$.count", "out_of_range", 9),
    (b'{"list":[{"n":1},{"n":"2"}]}', "$.list[1].n", "expected_integer", 22),
    (b"[]", "$", "expected_object", 0),
    (b"  7", "$", "expected_object", 2),
]
SPEC = {
    "price": "float64",
    "count": "int64",
    "geo": {"lat": "float64", "name": "utf8"},
    "tags": ["utf8"],
    "list": [{"n": "int64"}],
}


def content_of(source, event, index):
    """The byte after the opening quote of the record's payload, or of what it is compressed in."""
    if source.is_layered:
        index = 0
    at, opening = -1, b'"data":"' if source.is_layered else f'"{source.payload_path[-1]}":"'.encode()
    for _ in range(index + 1):
        at = event.index(opening, at + 1)
    return at + len(opening)


@pytest.mark.parametrize("load, path, reason, inner", INNER, ids=[load.decode() for load, *_ in INNER])
def test_a_fault_in_a_payload_has_both_offsets(carrier, load, path, reason, inner):
    event = carrier.event_of(b"{}", b'{"price":1}', load)
    error = raised(carrier, event, payload=SPEC)
    whole = f"{carrier.payload_at(2)} → {path}"
    assert facts(error) == (2, content_of(carrier, event, 2), inner, whole, reason)
    (failure,) = carrier.to_arrow(event, payload=SPEC, on_error="collect").failures
    assert facts(failure) == facts(error)
    assert failure.item_identifier == carrier.identifier_of(2)


BROKEN = [
    (b"", None),
    (b"   ", None),
    (b"{", None),
    (b'{"price":', None),
    (b'{"price":1', None),
    (b'{"price":1}}', "trailing_bytes"),
    (b'{"price":1} x', "trailing_bytes"),
    (b'{"price":1}\0', "trailing_bytes"),
    (b'{"price":01}', None),
    (b'{"price":1.}', None),
    (b'{"price":.5}', None),
    (b'{"price":+1}', None),
    (b'{"price":NaN}', None),
    (b'{"price":Infinity}', None),
    (b'{"price":tru}', None),
    (b"{'price':1}", None),
    (b'{"price":1,}', None),
    (b'{"price" 1}', None),
    (b"{price:1}", None),
    (b'{"tags":["a"}', None),
    (b'{"tags":["\\x"]}', "invalid_escape"),
    (b'{"tags":["\\u12g4"]}', "invalid_escape"),
    (b'{"tags":["a\nb"]}', "control_character"),
    (b'{"tags":["a\0b"]}', "control_character"),
    (b'{"tags":["\xff"]}', "invalid_utf8"),
    (b'{"unknown":"a\tb"}', "control_character"),
    (b'{"unknown":"\\q"}', "invalid_escape"),
    (b'{"unknown":[1,2}', None),
    (b'{"unknown":-}', None),
    (b"\xef\xbb\xbf{}", None),
    (b"nul", None),
]


@pytest.mark.parametrize("load, reason", BROKEN, ids=[ascii(load) for load, _ in BROKEN])
def test_a_payload_that_is_no_json_fails_its_record_alone(carrier, load, reason):
    if reason != "invalid_utf8":
        with pytest.raises(ValueError):
            json.loads(load.decode(), parse_constant=lambda word: int(word))
    event = carrier.event_of(b'{"price":1}', load, b'{"price":3}')
    for payload in (SPEC, "json"):
        batch = carrier.to_arrow(event, payload=payload, on_error="collect")
        assert batch.record_index.to_pylist() == [0, 2]
        (failure,) = batch.failures
        assert failure.index == 1
        assert failure.path.startswith(f"{carrier.payload_at(1)} → $")
        assert failure.offset == content_of(carrier, event, 1)
        assert 0 <= failure.inner_offset <= len(load)
        if reason:
            assert failure.reason == reason
        assert facts(raised(carrier, event, payload=payload)) == facts(failure)
