"""What importing costs and pulls in, each time in a fresh process."""

import base64
import gzip
import pkgutil
import subprocess
import sys

import pytest

import lambdarrow

DECODE = """
import lambdarrow
batch = lambdarrow.kinesis.to_arrow(b'{"Records":[{"eventID":"a","kinesis":{"data":"QQ=="}}]}')
assert batch.num_rows == 1
assert batch.__arrow_c_array__() is not None
"""
MODULES = "print(*sorted(sys.modules), sep='\\n')"
PUBLIC_MODULES = sorted(
    module.name for module in pkgutil.iter_modules(lambdarrow.__path__) if not module.name.startswith("_")
)
ATTRIBUTES = sorted(name for name in dir(lambdarrow) if not name.startswith("_"))
NAMES = sorted({*PUBLIC_MODULES, *ATTRIBUTES})
# Cython's own, without a file: the extension module makes it to give its tracebacks their line numbers.
MADE_BY_US = {"cython_runtime"}


def fresh(code):
    """The lines that a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", "import sys\n" + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def foreign(modules):
    return sorted(name for name in modules - MADE_BY_US if name.split(".")[0] != "lambdarrow")


def test_a_decode_imports_nothing_but_ourselves():
    bare = set(fresh(MODULES))
    ours = set(fresh(DECODE + MODULES))
    assert "lambdarrow._core" in ours and "sys" in bare
    assert foreign(ours - bare) == []


@pytest.mark.parametrize(
    "name", ["msgspec", "orjson", "pyarrow", "numpy", "typing", "dataclasses", "asyncio", "re"]
)
def test_what_must_never_come_along(name):
    assert fresh(DECODE + f"print({name!r} in sys.modules)") == ["False"]


def test_a_payload_in_words_imports_nothing_but_ourselves():
    """A schema in words is data; only a Struct class means msgspec, which its user has loaded already."""
    code = (
        DECODE
        + """
batch = lambdarrow.kinesis.to_arrow(
    b'{"Records":[{"kinesis":{"data":"eyJhIjoxfQ=="}}]}', payload={"a": "int64", "t": "timestamp[ms, UTC]"})
assert memoryview(batch["data.a"]).tolist() == [1]
"""
    )
    ours = set(fresh(code + MODULES)) - set(fresh(MODULES))
    assert len(ours) > 3
    assert foreign(ours) == []


# Every way from an event to a batch that needs nothing of others. The event is a message in SQS unless it is said.
SQS = """
import lambdarrow

def event(body):
    quoted = body.replace(chr(92), chr(92) * 2).replace('"', chr(92) + '"')
    return ('{"Records":[{"messageId":"1","body":"' + quoted + '","attributes":{"SentTimestamp":"1545082649183"},'
            '"eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:q"}]}').encode()

S3 = '{"Records":[{"eventTime":"1970-01-01T00:00:00.000Z","s3":{"object":{"key":"a+b","size":7}}}]}'
SNS = '{"Type":"Notification","Message":"' + S3.replace('"', chr(92) + '"') + '"}'
CHANGE = (b'{"Records":[{"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"},"n":'
          b'{"N":"2.5"},"t":{"SS":["x"]}},"OldImage":{"pk":{"S":"a"},"n":{"N":"1"},"t":{"SS":["x"]}}}}]}')
"""
WITHOUT_OTHERS = {
    "sqs": """
batch = lambdarrow.sqs.to_arrow(event("hello"))
assert batch["body"].to_pylist() == ["hello"]
""",
    "sqs, typed in words": """
words = {"id": "int64", "at": "timestamp[ms, UTC]", "tags": ["utf8"], "price": "decimal128(9, 2)"}
batch = lambdarrow.sqs.to_arrow(event('{"id":1,"at":"2024-01-02T03:04:05Z","price":1.5}'), payload=words)
assert memoryview(batch["body.id"]).tolist() == [1]
""",
    "sqs, verified and collected": """
batch = lambdarrow.sqs.to_arrow(event("{}"), payload={"id": "int64"}, verify_md5=True, on_error="collect")
assert batch.response() == {"batchItemFailures": [{"itemIdentifier": "1"}]}
assert batch.failures[0].path == "$.Records[0].md5OfBody"
""",
    "s3 in sqs": """
batch = lambdarrow.sqs.to_arrow(event(S3), payload=lambdarrow.s3.notification())
assert batch["body.key"].to_pylist() == ["a b"] and batch.shapes == {"notification": 1}
""",
    "s3 in sns in sqs": """
payload = lambdarrow.sns.notification(lambdarrow.s3.notification())
batch = lambdarrow.sqs.to_arrow(event(SNS), payload=payload)
assert memoryview(batch["body.message.size"]).tolist() == [7]
""",
    "eventbridge in sqs": """
payload = lambdarrow.eventbridge.event({"id": "int64"})
batch = lambdarrow.sqs.to_arrow(event('{"detail-type":"Order Placed","detail":{"id":5}}'), payload=payload)
assert memoryview(batch["body.detail.id"]).tolist() == [5]
""",
    "several shapes": """
payload = lambdarrow.by("$.Type", {"Notification": lambdarrow.sns.notification()}, other="json")
batch = lambdarrow.sqs.to_arrow(event(SNS), payload=payload)
assert list(batch.split()) == ["Notification", "other"]
""",
    "json in strings in kinesis": """
event = b'{"Records":[{"kinesis":{"data":"InsxfSI="}}]}'
batch = lambdarrow.kinesis.to_arrow(event, payload=lambdarrow.json_string({"a": "int64"}), on_error="collect")
assert len(batch.failures) == 1
""",
    "a claim check": """
body = '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"k"}]'
batch = lambdarrow.sqs.to_arrow(event(body), payload="json")
assert batch["payload_pointer.key"].to_pylist() == ["k"]
""",
    "dynamodb, typed in words": """
words = {"pk": "utf8", "n": "decimal128(9, 2)", "at": {"type": "timestamp[ms, UTC]", "epoch": "s"}, "t": ["utf8"]}
batch = lambdarrow.dynamodb.to_arrow(CHANGE, image=words, on_error="collect")
assert batch["new_image.pk"].to_pylist() == ["a"] and batch.response() == {"batchItemFailures": []}
""",
    "dynamodb, inferred and fed": """
decoder = lambdarrow.dynamodb.Decoder()
decoder.feed(CHANGE)
assert decoder.finish()["new_image.pk"].to_pylist() == ["a"]
batch = lambdarrow.dynamodb.to_arrow(CHANGE)
assert batch["keys.pk"].to_pylist() == ["a"]
""",
    "what changed": """
batch = lambdarrow.dynamodb.to_arrow(CHANGE, image={"pk": "utf8"}, on_mismatch="rescue").changes()
assert batch["op"].to_pylist() == ["modify"] and batch["changed"].to_pylist() == [["n"]]
""",
    "items of several shapes": """
image = lambdarrow.by_key("pk", prefix={"a": {"n": "float64"}}, other="json")
batch = lambdarrow.dynamodb.to_arrow(CHANGE, image=image)
assert memoryview(batch.split()["a"]["new_image.n"]).tolist() == [2.5]
""",
    "an export": """
line = b'{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}' + bytes([10])
batch = lambdarrow.dynamodb_export.to_arrow(line * 2, image={"n": "int64"}, flatten=True)
assert memoryview(batch["n"]).tolist() == [1, 1]
assert lambdarrow.dynamodb_export_incremental.to_arrow(b'{"Keys":{"pk":{"S":"a"}}}')["keys.pk"].to_pylist() == ["a"]
assert lambdarrow.dynamodb_answer.to_arrow(b'{"Items":[{"pk":{"S":"a"}}]}')["item.pk"].to_pylist() == ["a"]
""",
    "changes through kinesis": """
event = b'{"Records":[{"kinesis":{"data":"eyJkeW5hbW9kYiI6eyJOZXdJbWFnZSI6eyJhIjp7Ik4iOiIxIn19fX0="}}]}'
batch = lambdarrow.kinesis.to_arrow(event, payload=lambdarrow.dynamodb.record(image={"a": "int64"}))
assert memoryview(batch["data.new_image.a"]).tolist() == [1]
""",
    "firehose": """
event = b'{"deliveryStreamArn":"a","records":[{"recordId":"1","data":"eyJhIjoxfQ=="}]}'
batch = lambdarrow.firehose.to_arrow(event, payload={"a": "int64"})
assert memoryview(batch["data.a"]).tolist() == [1]
""",
    "lines of a file": """
payload = lambdarrow.lines({"a": "int64"})
batch = lambdarrow.content.to_arrow(b'{"a":1}' + bytes([10]) + b'{"a":x}', payload=payload, on_error="collect")
assert memoryview(batch["data.a"]).tolist() == [1]
payload = lambdarrow.delimited({"a": "int64", "b": "utf8"}, separator=",")
batch = lambdarrow.content.to_arrow(b'1,"x"', payload=payload)
assert batch["data.b"].to_pylist() == ["x"]
""",
    "logs that are not compressed": """
body = b'{"messageType":"DATA_MESSAGE","logEvents":[{"message":"END RequestId: x"}]}'
payload = lambdarrow.logs.delivered(lambdarrow.logs.lambda_platform())
batch = lambdarrow.content.to_arrow(body, payload=payload, flatten=False)
assert len(batch) == 1
""",
    "packed records": """
event = b'{"Records":[{"kinesis":{"data":"84mawgoBYQoBYhoFCAAaAXgaBQgBGgF5sAMZCa51iRypSs7C7M4xJQ=="}}]}'
batch = lambdarrow.kinesis.to_arrow(event)
assert batch["partition_key"].to_pylist() == ["a", "b"]
""",
    "a request": """
event = b'{"requestContext":{"http":{"method":"GET"}},"headers":{"a":"b"},"body":"eyJhIjoxfQ==","isBase64Encoded":true}'
for source in ("apigateway", "apigateway_v2", "function_url", "alb"):
    batch = getattr(lambdarrow, source).to_arrow(event, payload={"a": "int64"})
    assert memoryview(batch["body.a"]).tolist() == [1]
batch = lambdarrow.apigateway_v2.to_arrow(event)
assert batch["method"].to_pylist() == ["GET"]
""",
    "kafka": """
event = b'{"records":{"t-0":[{"offset":5,"value":"eyJhIjoxfQ==","headers":[{"h":[1,-1]}]}]}}'
batch = lambdarrow.kafka.to_arrow(event, payload={"a": "int64"})
assert batch["headers"].to_pylist() == [[{"name": "h", "value": bytes([1, 255])}]]
batch.fail(0, "no")
assert batch.response() == {"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 5}}]}
""",
    "brokers and documents": """
batch = lambdarrow.activemq.to_arrow(b'{"messages":[{"data":"QQ==","expiration":0}]}')
assert batch["data"].to_pylist() == [b"A"]
batch = lambdarrow.rabbitmq.to_arrow(b'{"rmqMessagesByQueue":{"q::/":[{"data":"QQ=="}]}}')
assert batch["queue"].to_pylist() == ["q::/"]
batch = lambdarrow.documentdb.to_arrow(b'{"events":[{"event":{"fullDocument":{"a":1}}}]}', payload={"a": "int64"})
assert memoryview(batch["full_document.a"]).tolist() == [1]
""",
    "what is no batch": """
batch = lambdarrow.cognito.to_arrow(b'{"version":1,"triggerSource":"PreSignUp_SignUp"}')
assert batch["version"].to_pylist() == ["1"]
batch = lambdarrow.cloudwatch.to_arrow(b'{"alarmData":{"state":{"value":"OK"}}}')
assert batch["state_value"].to_pylist() == ["OK"]
batch = lambdarrow.scheduled.to_arrow(b'{"detail-type":"Scheduled Event","detail":{}}')
assert batch["detail"].to_pylist() == ["{}"]
""",
    "records of a topic in firehose": """
event = b'{"sourceMSKArn":"a","records":[{"recordId":"1","kafkaRecordValue":"QQ=="}]}'
batch = lambdarrow.firehose.to_arrow(event)
assert batch["data"].to_pylist() == [b"A"]
""",
    "an envelope of one's own": """
envelope = lambdarrow.Envelope("$.records.*[]", {"offset": "int64", "value": "binary"}, payload="value")
batch = envelope.to_arrow(b'{"records":{"t-0":[{"offset":1,"value":"e30="}]}}', payload={"id": "int64"})
assert batch["offset"].to_pylist() == [1]
""",
}


@pytest.mark.parametrize("name", WITHOUT_OTHERS)
def test_a_batch_imports_nothing_but_ourselves(name):
    """Neither msgspec, orjson, pyarrow, numpy nor typing, dataclasses, json, re: no module but those of the package."""
    exported = "\nassert batch.__arrow_c_array__() is not None and len(batch) == batch.num_rows\n"
    ours = set(fresh(SQS + WITHOUT_OTHERS[name] + exported + MODULES)) - set(fresh(MODULES))
    assert "lambdarrow._core" in ours
    assert foreign(ours) == []


LOGS = """
import lambdarrow
event = b'{"awslogs":{"data":"%s"}}'
batch = lambdarrow.logs.to_arrow(event, message={"a": "int64"})
assert memoryview(batch["message.a"]).tolist() == [1] and batch.metadata == {"control_messages": 0}
"""


def test_logs_import_what_inflates_and_no_more():
    body = b'{"messageType":"DATA_MESSAGE","logEvents":[{"message":"{\\"a\\":1}"}]}'
    code = LOGS % base64.b64encode(gzip.compress(body)).decode()
    ours = set(fresh(code + MODULES)) - set(fresh(MODULES))
    # metadata is the rest of the event, which json reads.
    json = set(fresh("import json\n" + MODULES))
    assert {name.split(".")[0] for name in foreign(ours - json)} - {"zlib", "deflate"} == set()


OBJECTS = """
import lambdarrow
ITEM = b'{"pk":{"S":"a"},"n":{"N":"2.50"},"b":{"B":"AP8="},"s":{"NS":["1"]}}'
"""


# What nobody needs for objects of an item.
NOT_FOR_OBJECTS = {"msgspec", "orjson", "boto3", "botocore", "pyarrow", "typing", "dataclasses", "re", "json", "base64"}


@pytest.mark.parametrize("options", ["", 'numbers="int_float"', 'numbers="str", strict=True'])
def test_objects_of_items_import_nothing_but_decimal(options):
    """And that not before somebody asks for objects: `import lambdarrow.dynamodb` is for those who want columns too."""
    came = "assert 'decimal' not in sys.modules\n"
    code = f"import lambdarrow.dynamodb\n{came}made = lambdarrow.dynamodb.unmarshal(ITEM, {options})\n"
    ours = set(fresh(OBJECTS + code + "assert made['b'] == bytes([0, 255])\n" + MODULES)) - set(fresh(MODULES))
    assert ours and not {name.split(".")[0] for name in foreign(ours)} & NOT_FOR_OBJECTS
    # strict compares the numbers of a set by their value, whatever is made of them.
    assert ("decimal" in ours) == (not options or "strict" in options)


@pytest.mark.parametrize("name", ["msgspec", "orjson", "pyarrow", "boto3", "decimal", "typing", "re", "json", "gzip"])
def test_what_dynamodb_does_not_bring_along(name):
    code = SQS + WITHOUT_OTHERS["dynamodb, typed in words"] + WITHOUT_OTHERS["what changed"]
    assert fresh(f"import lambdarrow.dynamodb\n{code}\nprint({name!r} in sys.modules)") == ["False"]


def test_the_package_alone_loads_no_native_code():
    assert fresh("import lambdarrow\nprint('lambdarrow._core' in sys.modules)") == ["False"]


KIND = (
    "print(name, type(value).__name__, getattr(value, '__module__', None), getattr(value, '__name__', None))"
)


def kinds(names, before=""):
    lines = [before]
    for name in names:
        lines.append(f"from lambdarrow import {name} as value; name = {name!r}; {KIND}")
    return sorted(fresh("\n".join(lines)))


def test_every_public_name_is_the_same_in_both_orders():
    """A submodule must not shadow a function of its name, nor the other way round."""
    assert {"kinesis", "DecodeError", "Batch"} <= set(NAMES)
    forth = kinds(NAMES)
    assert len(forth) == len(NAMES)
    assert kinds(reversed(NAMES)) == forth
    modules = "".join(f"import lambdarrow.{name}\n" for name in PUBLIC_MODULES)
    assert kinds(NAMES, modules) == forth
    attributes = "import lambdarrow\n" + "".join(
        f"name = {name!r}; value = lambdarrow.{name}; {KIND}\n" for name in reversed(ATTRIBUTES)
    )
    assert sorted(fresh(attributes)) == kinds(ATTRIBUTES)


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_alone(name):
    assert fresh(f"from lambdarrow import {name}\nprint('here')") == ["here"]
    if name in ATTRIBUTES:
        assert fresh(f"import lambdarrow\nlambdarrow.{name}\nprint('here')") == ["here"]


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError):
        getattr(lambdarrow, "no_such_source")  # noqa: B009
    assert lambdarrow.__version__
    assert set(getattr(lambdarrow, "__all__", NAMES)) <= {*NAMES, "__version__"}
