"""Typical user code: both type checkers must pass it, and say what reveal_type expects."""

from typing import Any

import msgspec

import lambdarrow


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
