"""What the README shows is what happens: its Python runs, and prints what it says."""

import base64
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README.read_text(), re.S)
PYTHON = [text for kind, text in BLOCKS if kind == "python"]


def _event(*payloads):
    return {"Records": [
        {"kinesis": {"sequenceNumber": str(k), "data": base64.b64encode(payload).decode()}}
        for k, payload in enumerate(payloads)
    ]}


def _defined(name):
    """The names that the README's block with ``def name`` defines."""
    text = next(text for text in PYTHON if f"def {name}(" in text)
    names = {}
    exec(compile(text, str(README), "exec"), names)
    return names


def test_every_block_is_tested():
    assert len(PYTHON) == 10


def test_the_first_example(capsys):
    exec(compile(PYTHON[0], str(README), "exec"), {})
    shown = next(text for kind, text in BLOCKS if kind == "text")
    assert capsys.readouterr().out == shown


def test_the_handler():
    handler = _defined("handler")["handler"]
    answer = handler(_event(b'{"id": 1, "price": 2.5}', b'{"id": 2}', b"{broken", b'{"id": 3, "price": 1}'), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}


def test_one_record_at_a_time():
    import events

    names = _defined("totals")
    event = events.sqs_event_of({"id": 1, "total": 2.5}, {"id": 2, "total": -1}, {"id": 3})
    assert names["totals"](event) == [2.5, -1, 0]
    failed = [{"itemIdentifier": json.loads(event)["Records"][1]["messageId"]}]
    for handler in (names["book"], names["book_columns"]):
        assert handler(event) == {"batchItemFailures": failed}


def test_moving_on():
    import lambdarrow

    sent = []
    batch = lambdarrow.kinesis.to_arrow(_event(b"1", b"no", b"3"), payload="json", on_error="collect")
    answer = _defined("move_on")["move_on"](batch, lambda *poison: sent.append(poison))
    assert answer == {"batchItemFailures": []}
    assert [(identifier, reason) for identifier, reason, _ in sent] == [("1", "invalid_json")]
    assert json.loads(sent[0][2])["kinesis"]["sequenceNumber"] == "1"


def test_stacks():
    import events

    order = {"n": "int64"}
    names = _defined("stacks")
    real, called = names["lambdarrow"].sqs.to_arrow, []
    inner = json.dumps({"n": 7, "Type": "Notification", "Message": '{"Event":"s3:TestEvent"}', "Event": "s3:TestEvent"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names["lambdarrow"].kinesis, "to_arrow", lambda event, **options: called.append(options))
        patch.setattr(names["lambdarrow"].sqs, "to_arrow", lambda event, **options: called.append(
            real(event, **options, on_error="collect").num_rows))
        names["stacks"](events.sqs_event_of(inner), order)
    # An order in SNS's Message is not there, and the test event makes no row.
    assert called[:6] == [1, 1, 1, 0, 0, 1]
    text = json.dumps(json.dumps({"n": 7})).encode()
    assert names["lambdarrow"].kinesis.to_arrow(events.event_of(text), **called[6])["data.n"].to_pylist() == [7]


def test_shapes():
    text = next(text for text in PYTHON if "def shapes(" in text)
    names = {}
    exec(compile("import lambdarrow\n" + text, str(README), "exec"), names)
    event = _event(b'{"type":"click","x":1}', b'{"type":"order","order_id":"a","total":"1.50"}', b'{"type":"refund"}')
    counts, totals, answer = names["shapes"](event)
    assert counts == {"click": 1, "order": 1, "other": 1}
    assert [str(total) for total in totals] == ["1.50"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_an_envelope_of_your_own():
    text = next(text for text in PYTHON if "KAFKA = " in text)
    names = {}
    exec(compile("import lambdarrow\n" + text, str(README), "exec"), names)
    value = base64.b64encode(b'{"id": 5}').decode()
    record = {"topic": "t", "partition": 0, "offset": 15, "timestamp": 1545084650987, "key": "aw==", "value": value}
    records = {"t-0": [record, record | {"value": None}]}
    event = {"eventSource": "aws:kafka", "eventSourceArn": "arn:x", "records": records}
    assert names["offsets"](event) == [
        {"topic": "t", "offset": 15, "value": {"id": 5}}, {"topic": "t", "offset": 15, "value": None}]
    whole = names["KAFKA"].to_arrow(event)
    assert whole["topic_partition"].to_pylist() == ["t-0", "t-0"]
    assert whole["event_source_arn"].to_pylist() == ["arn:x", "arn:x"]


def test_three_ways_into_arrow():
    import lambdarrow

    for library in ("pyarrow", "polars", "duckdb"):
        pytest.importorskip(library)
    batch = lambdarrow.kinesis.to_arrow(json.dumps(_event(b"1", b"2")))
    assert _defined("three_ways")["three_ways"](batch) == (2, 2, 2)


def test_dynamodb():
    def record(name, **images):
        return {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": {"Keys": {"id": {"S": "a"}}, **images}}

    old = {"id": {"S": "a"}, "sk": {"S": "ORDER#1"}, "amount": {"N": "5"}, "tags": {"SS": ["x"]}}
    new = {**old, "amount": {"N": "12.5"}}
    event = {"Records": [record("MODIFY", NewImage=new, OldImage=old), record("REMOVE", OldImage=old)]}
    names = _defined("orders")
    amounts, changes, item, totals = names["orders"](event)
    assert amounts == [Decimal("12.50"), None]
    assert [(change["op"], change["keys"], change["changed"]) for change in changes] == [
        ("modify", {"id": "a"}, ["amount"]), ("remove", {"id": "a"}, None)]
    assert item == {"id": "a", "sk": "ORDER#1", "amount": Decimal("12.5"), "tags": {"x"}}
    assert totals == [Decimal("12.5")]
    event["Records"][0]["dynamodb"]["NewImage"]["amount"] = {"N": "12"}
    assert names["one_table"](event) == {"ORDER#": 2, "USER#": 0, "other": 0}


def test_logs_and_packed_records():
    import gzip

    from lambdarrow import kinesis

    report = "REPORT RequestId: r\tDuration: 12.5 ms\tBilled Duration: 13 ms\t"
    lines = ['{"level":"INFO","ms":5}', report, "plain"]
    body = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": str(k), "timestamp": k, "message": line}
                                                         for k, line in enumerate(lines)]}
    packed = gzip.compress(json.dumps(body).encode())
    names = _defined("log_lines")
    assert names["log_lines"]({"awslogs": {"data": base64.b64encode(packed).decode()}}) == (
        3, [5, None, None], [None, 12.5, None])
    called = []
    real = kinesis.to_arrow
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinesis, "to_arrow", lambda event, **options: called.append(
            real(event, **options, on_error="collect").num_rows))
        event = _event(kinesis.aggregate([("a", b"{}"), ("b", b"{}\n{}")]), packed, b"10.0.0.1 5\n")
        names["packed"](event, {"n": "int8"})
    assert called == [4, 3, 3, 4, 4]
