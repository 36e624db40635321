"""DocumentDB's Structs against json: every operation of a change stream."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from faithful import refusal, round_trip, strict_trip, without
from msgspec import UNSET

from lambdarrow.events.documentdb import DocumentDBEvent


class Order(msgspec.Struct):
    id: dict[str, str] = msgspec.field(name="_id")
    anyField: str


KEY = {"_id": {"$oid": "63eeb6e7d418cd98afb1c1d7"}}
DOCUMENT = KEY | {"anyField": "sampleValue"}


def change(operation, **more):
    return {
        "_id": {"_data": "0163eeb6e7000000090100000009000041e1"},
        "clusterTime": {"$timestamp": {"t": 1676588775, "i": 9}},
        "documentKey": KEY,
        "ns": {"db": "shop", "coll": "orders"},
        "operationType": operation,
    } | more


UPDATE = {"updatedFields": {"email": "a@example.com", "a.b": 1}, "removedFields": ["phone"],
          "truncatedArrays": [{"field": "times", "newSize": 36}]}
CHANGES = {
    "insert": change("insert", fullDocument=DOCUMENT),
    "update": change("update", updateDescription=UPDATE),
    "update-looked-up": change("update", updateDescription=without(UPDATE, "truncatedArrays"), fullDocument=DOCUMENT),
    "update-of-what-is-gone": change("update", updateDescription={"truncatedArrays": None}, fullDocument=None),
    "replace": change("replace", fullDocument=DOCUMENT),
    "delete": change("delete"),
    "drop": without(change("drop"), "documentKey"),
    "dropDatabase": without(change("dropDatabase", ns={"db": "shop"}), "documentKey"),
    "rename": without(change("rename", to={"db": "shop", "coll": "old"}), "documentKey"),
    "invalidate": {key: change("invalidate")[key] for key in ("_id", "clusterTime", "operationType")},
}


def event(*changes):
    return {"eventSourceArn": "arn:aws:rds:us-east-1:123456789012:cluster:shop",
            "events": [{"event": one} for one in changes], "eventSource": "aws:docdb"}


@pytest.mark.parametrize("sent", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("type", [DocumentDBEvent, DocumentDBEvent[Any], DocumentDBEvent[Order]],
                         ids=["plain", "any", "typed"])
def test_every_operation_comes_back_equal(sent, type):
    made = strict_trip(event(sent), type)
    (one,) = made
    assert len(made) == 1
    assert one == made.events[0].event
    assert one.operation_type == sent["operationType"]
    assert one.cluster_time == datetime(2023, 2, 16, 23, 6, 15, tzinfo=UTC)
    assert one.cluster_time_raw.timestamp.i == 9
    assert one.id.data == sent["_id"]["_data"]
    assert one.document_key == sent.get("documentKey")


def test_documents():
    made = [round_trip(event(sent), DocumentDBEvent).records[0].full_document for sent in CHANGES.values()]
    assert made == [sent.get("fullDocument", UNSET) for sent in CHANGES.values()]
    (one,) = round_trip(event(CHANGES["insert"]), DocumentDBEvent[Order])
    assert one.full_document == Order(KEY["_id"], "sampleValue")
    (one,) = round_trip(event(CHANGES["update-of-what-is-gone"]), DocumentDBEvent[Order])
    assert one.full_document is None
    error = refusal(event(change("insert", fullDocument=KEY)), DocumentDBEvent[Order])
    assert error.path == "$.events[0].event.fullDocument.anyField"


def test_what_an_update_says():
    (one,) = round_trip(event(CHANGES["update"]), DocumentDBEvent)
    said = one.update_description
    assert (said.updated_fields, said.removed_fields) == (UPDATE["updatedFields"], ["phone"])
    assert (said.truncated_arrays[0].field, said.truncated_arrays[0].new_size) == ("times", 36)
    (one,) = round_trip(event(CHANGES["rename"]), DocumentDBEvent)
    assert (one.ns.coll, one.to.coll) == ("orders", "old")


def test_what_lambda_always_sends_must_be_there():
    for key in ("_id", "operationType"):
        error = refusal(event(without(CHANGES["insert"], key)), DocumentDBEvent)
        assert error.path == f"$.events[0].event.{key}"
        assert f"`{key}`" in str(error)
    error = refusal(event(change("insert", clusterTime={"$timestamp": {"t": "x", "i": 1}})), DocumentDBEvent)
    assert error.path == "$.events[0].event.clusterTime.$timestamp.t"
    assert refusal(without(event(), "events"), DocumentDBEvent).path == "$.events"
