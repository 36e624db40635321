"""The default payload of the synthetic events, as msgspec Structs: what ``payload=Click`` means."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class Geo(Struct):
    lat: float
    lon: float
    country: str


class Click(Struct):
    id: int
    user_id: str
    ts: Annotated[datetime, Meta(extra={"arrow": "timestamp[ms, UTC]"})]
    event_type: str
    page: str
    price: float
    quantity: Annotated[int, Meta(extra={"arrow": "int32"})] | None
    geo: Geo
    tags: list[str]
    is_mobile: bool
