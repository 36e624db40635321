"""Typical user code: both type checkers must pass it, and say what reveal_type expects."""

from typing import Any, reveal_type

import msgspec

import lambdarrow
from lambdarrow import events
from lambdarrow.events import (
    APIGatewayProxyEvent,
    APIGatewayV2ProxyEvent,
    APIGatewayV2ProxyResponse,
    CloudWatchLogsEvent,
    EventBridgeEvent,
    KafkaEvent,
    KinesisEvent,
    S3Event,
    ScheduledEvent,
    SNSEvent,
    SQSEvent,
    pipes,
)


class Click(msgspec.Struct):
    id: int
    price: float | None = None


def handler(event: dict[str, Any], context: object) -> object:
    batch = lambdarrow.kinesis.to_arrow(event, payload=Click, on_error="stop")
    prices = batch["data.price"].to_pylist()
    batch.fail([k for k, price in enumerate(prices) if price is None], "no price")
    for failure in batch.failures:
        print(failure.index, failure.item_identifier, failure.reason, failure.raw)
    return batch.response()


class Order(msgspec.Struct):
    order_id: str
    total: int = 0


def fetch(pointers: list[tuple[str, str]]) -> list[bytes | None]:
    return [None for bucket, key in pointers if bucket or key]


def queue(event: bytes) -> object:
    stack = lambdarrow.sns.notification(lambdarrow.s3.notification())
    lambdarrow.sqs.to_arrow(event, payload=stack, on_error="collect")
    decoder = lambdarrow.sqs.Decoder(payload=Order, verify_md5=True, fifo="all", pointer=fetch, on_mismatch="rescue")
    batch = decoder.to_arrow(event)
    rescued: dict[str, int] = batch.rescued
    shapes = lambdarrow.by("$.type", {"click": Click, "order": Order, 3: {"n": "int64"}}, other="json")
    parts = lambdarrow.kinesis.to_arrow(event, payload=shapes).split()
    for name, part in parts.items():
        print(name, part.num_rows, rescued, [failure.item_identifier for failure in batch.held_back])
    lambdarrow.kinesis.to_arrow(event, payload=lambdarrow.json_string(lambdarrow.eventbridge.event(Order)))
    return batch.response()


ITEMS = lambdarrow.Envelope(
    "$.items", {"id": {"type": "int64", "from": "ID"}, "body": "utf8", "at": lambdarrow.schema.counter()},
    event={"account": "utf8"}, payload="body", identifier="id",
)


def own(event: dict[str, Any]) -> int:
    return ITEMS.to_arrow(event, payload=Order, columns=["id", "body.total"]).num_rows + ITEMS.Decoder().feed(event)


def many(events: list[bytes]) -> int:
    decoder = lambdarrow.kinesis.Decoder(payload={"id": "int64"}, columns=["sequence_number", "data.id"])
    for event in events:
        decoder.feed(event)
    batch = decoder.finish()
    if batch is None:
        return 0
    rows: list[dict[str, Any]] = batch.to_pylist()
    return len(rows) + batch.num_rows + len(batch.schema.names)


def inferred(events: list[bytes]) -> str:
    schema = lambdarrow.infer_schema(iter(events), source="auto", sample=100, timestamps=True)
    lambdarrow.infer_schema(events[0])
    batch = lambdarrow.kinesis.to_arrow(events[0], payload=schema, flatten=True)
    counts: tuple[int, int, bool] = (schema.sampled, schema.skipped, schema.takes_null)
    spec: str | list[Any] | dict[str, Any] = schema.spec
    return f"{spec} {counts} {batch.num_rows} {schema.to_struct_source('Click')}"


try:
    lambdarrow.kinesis.to_arrow(b"{}")
except lambdarrow.DecodeError as error:
    index: int | None = error.index
    place: tuple[int | None, int | None, str, str] = (error.offset, error.inner_offset, error.path, error.reason)


# Structs. What each line says of a type, test_reveal.py reads from mypy.


def orders(raw: bytes) -> list[int]:
    event = lambdarrow.decode(raw, SQSEvent[Order])
    reveal_type(event)  # R: lambdarrow.events.sqs.SQSEvent[user_code.Order]
    reveal_type(event.records[0].body)  # R: user_code.Order
    reveal_type(lambdarrow.decode(raw, SQSEvent[Order]).records[0].body)  # R: user_code.Order
    reveal_type(event.records[0].attributes.sent_timestamp)  # R: datetime.datetime | None
    return [record.body.total for record in event if record.message_id]


def streams(raw: bytes) -> None:
    for record in lambdarrow.decode(raw, KinesisEvent[Click]):
        reveal_type(record.data)  # R: user_code.Click
        reveal_type(record.kinesis.approximate_arrival_timestamp)  # R: datetime.datetime | None
    for change in lambdarrow.decode(raw, lambdarrow.dynamodb.Event[Order]):
        reveal_type(change.dynamodb.new_image)  # R: user_code.Order | None
    for topic in lambdarrow.decode(raw, KafkaEvent[Order, bytes]):
        reveal_type(topic.value)  # R: user_code.Order | None
        reveal_type((topic.key, topic.timestamp))  # R: tuple[bytes | None, datetime.datetime]
    for line in lambdarrow.decode(raw, CloudWatchLogsEvent[str]):
        reveal_type((line.message, line.timestamp))  # R: tuple[str, datetime.datetime]
    for message in lambdarrow.decode(raw, SNSEvent[Order]):
        reveal_type((message.message, message.sns.timestamp))  # R: tuple[user_code.Order, datetime.datetime]
    for put in lambdarrow.decode(raw, S3Event):
        reveal_type((put.key, put.event_time, put.s3.object.size))  # R: tuple[str, datetime.datetime, int | None]
    for piped in lambdarrow.decode(raw, list[pipes.KinesisRecord[Order]]):
        reveal_type(piped.data)  # R: user_code.Order


def requests(raw: dict[str, Any]) -> dict[str, Any]:
    event = lambdarrow.decode(raw, APIGatewayV2ProxyEvent[Order])
    reveal_type(event.body)  # R: user_code.Order | None
    reveal_type(event.headers["Host"])  # R: str
    reveal_type(event.request_context.time)  # R: datetime.datetime
    old = lambdarrow.decode(raw, APIGatewayProxyEvent[bytes])
    reveal_type(old.multi_value_headers.get("accept"))  # R: list[str] | None
    if old.body is None:
        return lambdarrow.events.APIGatewayProxyResponse.of(status_code=400).to_dict()
    return APIGatewayV2ProxyResponse.of({"id": event.body.order_id if event.body else None}).to_dict()


def others(raw: str) -> None:
    event = lambdarrow.decode(raw, EventBridgeEvent[Order])
    reveal_type((event.detail, event.time))  # R: tuple[user_code.Order, datetime.datetime]
    reveal_type(lambdarrow.decode(raw, ScheduledEvent).detail)  # R: dict[str, Any]
    reveal_type(lambdarrow.decode(raw))  # R: Any
    reveal_type(lambdarrow.detect(raw))  # R: str
    reveal_type(lambdarrow.to_arrow(raw))  # R: lambdarrow._batch.Batch
    reveal_type(events.unknown(raw, event))  # R: dict[str, Any]
    try:
        lambdarrow.decode(raw, strict=True)
    except lambdarrow.UnknownSource:
        raise
    except lambdarrow.DecodeError as error:
        reveal_type(error.offset)  # R: int | None


# Handlers.


@lambdarrow.batch(payload=Order, workers=4)
def book(record: Any) -> None:
    print(record.body.total)


@lambdarrow.batch
async def book_soon(record: Any, context: Any) -> None:
    print(record.message_id, context)


@lambdarrow.columns(payload=Order, on_error="collect")
def book_columns(batch: lambdarrow.Batch) -> None:
    batch.fail([0], "no")


def invoked(event: dict[str, Any]) -> None:
    reveal_type(book(event, None))  # R: dict[str, Any] | None
    try:
        book_soon(event)
    except lambdarrow.BatchFailed as failed:
        reveal_type((failed.errors, failed.response))  # R: tuple[dict[int, BaseException], dict[str, Any] | None]
