"""The jobs of one big event of DynamoDB Streams: 2,000 changes, about 2.7 MB, orders of 13 attributes, 2,993 images.

And of items by themselves, as a handler has them that does not want columns.
"""

import json

import dynamodb_peers
import orders
import ours
import pytest
import simdjson_peer
from conftest import each, event_of, job, payloads_of

RECORDS = 2000
TYPED = "dynamodb: 2,000 records, 14 columns, images typed"
INFERRED = "dynamodb: 2,000 records, 14 columns, image types inferred"
OBJECTS = "dynamodb: 2,000 records, both images as Python objects, numbers Decimal"
OBJECTS_INT_FLOAT = "dynamodb: 2,000 records, both images as Python objects, numbers int and float"
# What ITEM says of the one item.
ATTRIBUTES, NUMBERS = 13, 11
ITEM = "dynamodb: one item of 13 attributes and 11 numbers, a dict"
TEXT = "dynamodb: one item of 13 attributes and 11 numbers, JSON text"
ITEMS = "dynamodb: 2,993 items of 11 numbers on average, each another dict"

OBJECT_PEERS = (
    dynamodb_peers.deserializer_images, dynamodb_peers.powertools_images, dynamodb_peers.msgspec_objects,
    dynamodb_peers.orjson_loads,
)
ITEM_PEERS = (dynamodb_peers.deserializer_item, dynamodb_peers.powertools_item)


@pytest.fixture(scope="module")
def event():
    return event_of("dynamodb", RECORDS)


@pytest.fixture(scope="module")
def images():
    return payloads_of("dynamodb", RECORDS)


@job(
    TYPED, ours.dynamodb_typed,
    dynamodb_peers.powertools, dynamodb_peers.deserializer_rows, dynamodb_peers.deserializer_table,
    dynamodb_peers.msgspec_objects, dynamodb_peers.msgspec_table, dynamodb_peers.orjson_loads,
)
def test_typed(measure, factory, event, images):
    measure(factory, event, RECORDS, images)


@pytest.mark.benchmark(group=TYPED)
def test_simdjson(foreign, event, tmp_path):
    simdjson_peer.run(simdjson_peer.DYNAMODB, foreign, event, RECORDS, tmp_path)


@job(
    INFERRED, ours.dynamodb_inferred,
    dynamodb_peers.powertools, dynamodb_peers.deserializer_rows, dynamodb_peers.deserializer_table_inferred,
)
def test_inferred(measure, factory, event, images):
    measure(factory, event, RECORDS, images)


@job(OBJECTS, ours.dynamodb_decode, ours.dynamodb_raw_images, ours.dynamodb_orjson_images, *OBJECT_PEERS)
def test_objects(measure, factory, event, images):
    measure(factory, event, RECORDS, images)


@job(
    OBJECTS_INT_FLOAT, ours.dynamodb_decode_int_float, ours.dynamodb_raw_images_int_float,
    ours.dynamodb_orjson_images_int_float, *OBJECT_PEERS,
)
def test_objects_int_float(measure, factory, event, images):
    measure(factory, event, RECORDS, images)


# Items


@pytest.fixture(scope="module")
def items(event):
    """All images as JSON has them."""
    changes = [record["dynamodb"] for record in json.loads(event)["Records"]]
    return [change[name] for change in changes for name in ("NewImage", "OldImage") if name in change]


@pytest.fixture(scope="module")
def item(items):
    """The first one that is as ITEM says."""
    return next(one for one in items if len(one) == ATTRIBUTES and numbers_in({"M": one}) == NUMBERS)


def numbers_in(attribute):
    (tag, value), = attribute.items()
    if tag in ("L", "M"):
        return sum(map(numbers_in, value if tag == "L" else value.values()))
    return len(value) if tag == "NS" else tag == "N"


def text_of(item):
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


@job(f"{ITEM}, numbers Decimal", ours.dynamodb_item, *ITEM_PEERS)
def test_item(measure, factory, item):
    measure(factory, text_of(item), 1, orders.item_of(item), given=json.loads)


@job(f"{ITEM}, numbers int and float", ours.dynamodb_item_int_float, *ITEM_PEERS)
def test_item_int_float(measure, factory, item):
    measure(factory, text_of(item), 1, orders.item_of(item), given=json.loads)


@job(f"{TEXT}, numbers Decimal", ours.dynamodb_item, dynamodb_peers.orjson_deserializer_item)
def test_item_of_text(measure, factory, item):
    measure(factory, text_of(item), 1, orders.item_of(item))


@job(f"{TEXT}, numbers int and float", ours.dynamodb_item_int_float, dynamodb_peers.orjson_deserializer_item)
def test_item_of_text_int_float(measure, factory, item):
    measure(factory, text_of(item), 1, orders.item_of(item))


# The same item once more finds its numbers made; these do not.


@job(f"{ITEMS}, numbers Decimal", *map(each, (ours.dynamodb_item, *ITEM_PEERS)))
def test_items(measure, factory, items):
    measure(factory, text_of(items), len(items), list(map(orders.item_of, items)), given=json.loads)


@job(f"{ITEMS}, numbers int and float", *map(each, (ours.dynamodb_item_int_float, *ITEM_PEERS)))
def test_items_int_float(measure, factory, items):
    measure(factory, text_of(items), len(items), list(map(orders.item_of, items)), given=json.loads)
