"""The default payload of the synthetic events, as each contender declares it.

``Click`` is what ``payload=Click`` means. Of pyarrow, which not every contender has, nothing is imported until
it is asked for.
"""

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


class GeoValues(Struct, gc=False):
    lat: float
    lon: float
    country: str


class ClickValues(Struct, gc=False):
    """A click on its way into columns: ``ts`` as sent, since pyarrow reads a column of texts as times faster
    than msgspec makes datetimes of them."""

    id: int
    user_id: str
    ts: str
    event_type: str
    page: str
    price: float
    quantity: int | None
    geo: GeoValues
    tags: list[str]
    is_mobile: bool


def arrow_schema():
    import pyarrow as pa

    return pa.schema({
        "id": pa.int64(),
        "user_id": pa.utf8(),
        "ts": pa.timestamp("ms", "UTC"),
        "event_type": pa.utf8(),
        "page": pa.utf8(),
        "price": pa.float64(),
        "quantity": pa.int32(),
        "geo": pa.struct({"lat": pa.float64(), "lon": pa.float64(), "country": pa.utf8()}),
        "tags": pa.list_(pa.utf8()),
        "is_mobile": pa.bool_(),
    })


def arrow_reader():
    """pyarrow's reader of joined clicks with the schema given, so that it infers nothing."""
    import pyarrow as pa
    from pyarrow import json

    parse = json.ParseOptions(explicit_schema=arrow_schema(), unexpected_field_behavior="ignore")
    read = json.ReadOptions(use_threads=False, block_size=1 << 24)
    return lambda lines: json.read_json(pa.py_buffer(lines), read, parse)


def arrow_columns(clicks):
    """The columns of ``ClickValues``, made the fastest way that pyarrow has for each."""
    import pyarrow as pa

    geo = [click.geo for click in clicks]
    places = {
        "lat": pa.array([one.lat for one in geo], pa.float64()),
        "lon": pa.array([one.lon for one in geo], pa.float64()),
        "country": pa.array([one.country for one in geo], pa.utf8()),
    }
    return {
        "id": pa.array([click.id for click in clicks], pa.int64()),
        "user_id": pa.array([click.user_id for click in clicks], pa.utf8()),
        "ts": pa.array([click.ts for click in clicks], pa.utf8()).cast(pa.timestamp("ms", "UTC")),
        "event_type": pa.array([click.event_type for click in clicks], pa.utf8()),
        "page": pa.array([click.page for click in clicks], pa.utf8()),
        "price": pa.array([click.price for click in clicks], pa.float64()),
        "quantity": pa.array([click.quantity for click in clicks], pa.int32()),
        "geo": pa.StructArray.from_arrays(list(places.values()), list(places)),
        "tags": pa.array([click.tags for click in clicks], pa.list_(pa.utf8())),
        "is_mobile": pa.array([click.is_mobile for click in clicks], pa.bool_()),
    }
