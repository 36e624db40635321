"""Kafka: columns of keys and values, headers, tombstones; which records Lambda is to deliver again, by partition."""

import base64
import json
import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, kafka
from lambdarrow.testing import event as built

EPOCH_MS = 1_740_000_000_000


def b64(data):
    return base64.b64encode(data).decode()


def record(offset, value=b"v", *, partition=0, topic="t", **changes):
    """One record as Lambda has it, the value as bytes or as on the wire; `...` leaves a key out."""
    made = {"topic": topic, "partition": partition, "offset": offset, "timestamp": EPOCH_MS + offset,
            "timestampType": "CREATE_TIME", "key": b64(b"k"),
            "value": b64(value) if isinstance(value, bytes) else value, "headers": []} | changes
    return {key: one for key, one in made.items() if one is not ...}


def event_of(*records, **top):
    batches = {}
    for one in records:
        batches.setdefault(f"{one['topic']}-{one['partition']}", []).append(one)
    return {"eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:us-east-1:1:cluster/c/1",
            "bootstrapServers": "b-1:9092,b-2:9092", "records": batches} | top


def identifiers(batch):
    return [one["itemIdentifier"] for one in batch.response()["batchItemFailures"]]


def at(partition, offset):
    return {"partition": partition, "offset": offset}


# --- columns ------------------------------------------------------------------------------------------


def test_the_schema():
    schema = pa.schema(kafka.Decoder())
    text = pa.dictionary(pa.int32(), pa.utf8())
    assert {field.name: field.type for field in schema} == {
        "topic": text, "partition": pa.int32(), "offset": pa.int64(), "timestamp": pa.timestamp("ms", "UTC"),
        "timestamp_type": text, "key": pa.binary(), "value": pa.binary(),
        "headers": pa.list_(pa.struct([("name", pa.utf8()), ("value", pa.binary())])),
        "schema_id": text, "schema_format": text, "event_source": text, "event_source_arn": text}
    assert all(field.nullable for field in schema)
    assert pa.schema(kafka.Decoder(dialect="plain")).field("topic").type == pa.utf8()


def test_every_column():
    sent = record(7, b"\xff", headers=[{"a": [1, -1, 255]}, {"a": []}, {"ü": [104, 105]}],
                  keySchemaMetadata={"schemaId": "5", "dataFormat": "AVRO"},
                  valueSchemaMetadata={"schemaId": "0a3d", "dataFormat": "JSON"})
    batch = kafka.to_arrow(event_of(sent), columns=[*kafka.SOURCE.columns, *kafka.SOURCE.on_request])
    row = batch.to_pylist()[0]
    assert row.pop("timestamp").timestamp() * 1000 == EPOCH_MS + 7
    assert row == {
        "topic": "t", "partition": 0, "offset": 7, "timestamp_type": "CREATE_TIME", "key": b"k", "value": b"\xff",
        "headers": [{"name": "a", "value": b"\x01\xff\xff"}, {"name": "a", "value": b""},
                    {"name": "ü", "value": b"hi"}],
        "schema_id": "0a3d", "schema_format": "JSON", "event_source": "aws:kafka",
        "event_source_arn": "arn:aws:kafka:us-east-1:1:cluster/c/1", "key_schema_id": "5", "key_schema_format": "AVRO",
        "bootstrap_servers": "b-1:9092,b-2:9092", "topic_partition": "t-0", "record_index": 0}


@pytest.mark.parametrize("key, wanted", [(..., None), (None, None), ("", b""), (b64(b"\x00"), b"\x00")])
def test_keys(key, wanted):
    assert kafka.to_arrow(event_of(record(0, key=key)))["key"].to_pylist() == [wanted]


@pytest.mark.parametrize("value, wanted", [(None, None), (..., None), ("", b""), (b64(b"x"), b"x")])
def test_tombstones_are_rows(value, wanted):
    batch = kafka.to_arrow(event_of(record(0, value=value), record(1)))
    assert batch["value"].to_pylist() == [wanted, b"v"]


@pytest.mark.parametrize("value", [None, ...])
def test_tombstones_under_a_payload(value):
    batch = kafka.to_arrow(event_of(record(0, value=value), record(1, b'{"a":1}')), payload={"a": "int64"})
    assert batch["value"].to_pylist() == [None, {"a": 1}]
    flat = kafka.to_arrow(event_of(record(0, value=value), record(1, b'{"a":1}')), payload={"a": "int64"}, flatten=True)
    assert flat["a"].to_pylist() == [None, 1] and flat["offset"].to_pylist() == [0, 1]


@given(st.lists(st.lists(st.integers(-128, 255), max_size=8), max_size=4))
def test_headers_have_bytes_signed_or_not(values):
    batch = kafka.to_arrow(event_of(record(0, headers=[{f"h{at}": value} for at, value in enumerate(values)])))
    assert batch["headers"].to_pylist() == [
        [{"name": f"h{at}", "value": bytes(one % 256 for one in value)} for at, value in enumerate(values)]]


@pytest.mark.parametrize("headers, path", [
    ([{"a": [256]}], "[0].a[0]"), ([{"a": [0, -129]}], "[0].a[1]"), ([{"a": [1.5]}], "[0].a[0]"),
    ([{"a": "AA=="}], "[0].a"), ([{}, {"a": 1}], "[0]"), ([{"a": [], "b": []}], "[0]"), ([5], "[0]"), ({}, ""),
])
def test_bad_headers(headers, path):
    with pytest.raises(DecodeError) as caught:
        kafka.to_arrow(event_of(record(0), record(1, headers=headers)))
    assert caught.value.path.startswith(f"$.records.t-0[1].headers{path}") and caught.value.index == 1


# --- types of values and of keys ----------------------------------------------------------------------


def test_payload_and_key():
    event = event_of(record(0, b'{"id":5,"x":"y"}', key=b64(b'"k"')), record(1, b"{}", key=None))
    batch = kafka.to_arrow(event, payload={"id": "int64", "x": "utf8"}, key="json")
    assert batch["value"].to_pylist() == [{"id": 5, "x": "y"}, {"id": None, "x": None}]
    assert batch["key"].to_pylist() == ['"k"', None]
    batch = kafka.to_arrow(event, key="utf8", columns=["key", "value"])
    assert batch.to_pylist() == [{"key": '"k"', "value": b'{"id":5,"x":"y"}'}, {"key": None, "value": b"{}"}]
    batch = kafka.to_arrow(event, payload={"id": "int64", "x": "utf8"}, columns=["value.x", "offset"])
    assert batch.to_pylist() == [{"value": {"x": "y"}, "offset": 0}, {"value": {"x": None}, "offset": 1}]
    batch = kafka.to_arrow(event_of(record(0, key=b64(b'{"a":1}'))), key={"a": "int64"}, columns=["key.a"])
    assert batch["key.a"].to_pylist() == [1]


def test_flatten():
    event = event_of(record(0, b'{"id":5}'))
    assert kafka.to_arrow(event, payload={"id": "int64"}, flatten=True)["id"].to_pylist() == [5]
    assert kafka.to_arrow(event, key={"id": "int64"}, flatten=True, columns=["key"], on_error="collect").num_rows == 0
    with pytest.raises(ValueError, match="flatten=True would mix the fields of key, value"):
        kafka.to_arrow(event, payload={"id": "int64"}, key={"id": "int64"}, flatten=True)


def test_a_bad_key_and_a_bad_value_are_told_apart():
    event = event_of(record(0, b"{", key=b64(b"1")), record(1, b"{}", key=b64(b"x")), record(2, b"{}", key=b64(b"2")))
    batch = kafka.to_arrow(event, payload={"a": "utf8"}, key="int64", on_error="collect")
    assert [(failure.path, failure.item_identifier) for failure in batch.failures] == [
        ("$.records.t-0[0].value → $", "0"), ("$.records.t-0[1].key → $", "1")]
    assert batch["offset"].to_pylist() == [2]


def test_unknown_options():
    with pytest.raises(TypeError, match="kafka has no option 'fifo'"):
        kafka.Decoder(fifo="all")


# --- what Lambda is told ------------------------------------------------------------------------------

BAD = "QQ="
NAMES = ["t-0", "a.b-c_d-12", 'x"y\\z-3', "größe-0"]


def test_nothing_failed():
    assert kafka.to_arrow(event_of(record(0))).response() == {"batchItemFailures": []}
    assert kafka.to_arrow({"records": {}}).response() == {"batchItemFailures": []}


def test_the_lowest_of_each_partition():
    event = event_of(record(5), record(6, value=BAD), record(7, value=BAD), record(2, partition=1),
                     record(9, partition=2, value=BAD), record(1, partition=3, topic="u", value=BAD))
    batch = kafka.to_arrow(event, on_error="collect")
    assert identifiers(batch) == [at("t-0", 6), at("t-2", 9), at("u-3", 1)]
    assert all(type(one["offset"]) is int for one in identifiers(batch))
    assert [failure.item_identifier for failure in batch.failures] == ["6", "7", "9", "1"]
    assert batch.response(decode_failures=False) == {"batchItemFailures": []}


@pytest.mark.parametrize("name", NAMES)
def test_partitions_are_called_what_the_event_calls_them(name):
    event = {"records": {name: [record(3, value=BAD)], "other-0": [record(0)]}}
    for text in (event, json.dumps(event), json.dumps(event, ensure_ascii=False),
                 json.dumps(event).replace('"records"', '"r\\u0065cords"')):
        assert identifiers(kafka.to_arrow(text, on_error="collect")) == [at(name, 3)]
        batch = kafka.to_arrow(text, on_error="collect", columns=["value"])
        batch.fail(0, "no")
        assert identifiers(batch) == [at(name, 3), at("other-0", 0)]


def test_an_escaped_name_is_the_same_partition():
    first, second = (json.dumps(record(offset, BAD)) for offset in (4, 2))
    text = f'{{"records":{{"t-0":[{first}],"\\u0074-0":[{second}]}}}}'
    assert identifiers(kafka.to_arrow(text, on_error="collect")) == [at("t-0", 2)]


def test_what_the_handler_failed():
    event = event_of(record(5), record(6, value=BAD), record(7), record(2, partition=1), record(3, partition=1))
    batch = kafka.to_arrow(event, on_error="collect")
    offsets = batch["offset"].to_pylist()
    batch.fail(offsets.index(5), "no")
    batch.fail(offsets.index(3), "no")
    assert identifiers(batch) == [at("t-0", 5), at("t-1", 3)]
    assert {(failure.item_identifier, failure.reason) for failure in batch.handler_failures} == {
        ("5", "no"), ("3", "no")}
    batch = kafka.to_arrow(event, on_error="collect")
    batch.fail([row == 7 for row in batch["offset"]], "no")
    assert identifiers(batch) == [at("t-0", 6)]


def test_rows_of_nulls_can_be_failed_too():
    batch = kafka.to_arrow(event_of(record(5), record(6, value=BAD)), on_error="null")
    assert batch["offset"].to_pylist() == [5, None]
    batch.fail(1, "no")
    assert identifiers(batch) == [at("t-0", 6)]


@pytest.mark.parametrize("offset", [None, ..., "x", "", -1, 1.5, [], 1e300])
def test_a_failed_record_without_an_offset_fails_all(offset):
    """Nothing less says where to start again; an empty identifier makes Lambda deliver the whole batch."""
    bad = record(5, BAD)
    bad["offset"] = offset
    if offset is ...:
        del bad["offset"]
    batch = kafka.to_arrow(event_of(record(4, BAD), bad, record(6)), on_error="collect")
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": ""}]}


# --- stop ---------------------------------------------------------------------------------------------


def test_stop_ends_each_partition_by_itself():
    event = event_of(record(0), record(1, value=BAD), record(2), record(3, value=BAD), record(0, partition=1),
                     record(1, partition=1), record(7, partition=2, value=BAD), record(8, partition=2))
    batch = kafka.to_arrow(event, on_error="stop")
    assert [(row["partition"], row["offset"]) for row in batch.to_pylist()] == [(0, 0), (1, 0), (1, 1)]
    assert [failure.item_identifier for failure in batch.failures] == ["1", "3", "7"]
    assert [failure.item_identifier for failure in batch.held_back] == ["2", "8"]
    assert identifiers(batch) == [at("t-0", 1), at("t-2", 7)]
    batch.fail(1, "no")
    assert identifiers(batch) == [at("t-0", 1), at("t-2", 7), at("t-1", 0)]


def test_stop_without_failures_takes_nothing_away():
    batch = kafka.to_arrow(event_of(record(0), record(1), record(0, partition=1)), on_error="stop")
    assert batch.num_rows == 3 and not batch.held_back


class Cluster:
    """A model of Lambda's pollers of a topic: a batch has some records of each partition from where it stands; the
    answer says where each goes on. A record that fails too often is given up, as when retries are limited
    (https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html).
    """

    def __init__(self, partitions, rng, retries=3):
        self.partitions, self.rng, self.retries = partitions, rng, retries
        self.position = dict.fromkeys(partitions, 0)
        self.tries, self.given_up = {}, set()

    def batch(self):
        found = {}
        for name, records in self.partitions.items():
            rest = records[self.position[name]:][:self.rng.randrange(1, 6)]
            if rest:
                found[name] = rest
        return found

    def answered(self, batch, answer):
        again = {}
        for one in answer["batchItemFailures"]:
            identifier = one["itemIdentifier"]
            assert set(identifier) == {"partition", "offset"} and identifier["partition"] in batch
            again[identifier["partition"]] = identifier["offset"]
        for name, records in batch.items():
            offsets = [one["offset"] for one in records]
            if name not in again:
                self.position[name] += len(records)
                continue
            place = offsets.index(again[name])
            self.position[name] += place
            failed = name, again[name]
            self.tries[failed] = self.tries.get(failed, 0) + 1
            if self.tries[failed] > self.retries:
                self.given_up.add(failed)
                self.position[name] += 1


@pytest.mark.parametrize("on_error", ["stop", "collect"])
@given(seed=st.integers(0, 10**6))
def test_redelivery_from_the_lowest_offset_loses_nothing(on_error, seed):
    rng = random.Random(seed)
    partitions, poison, moody = {}, set(), {}
    for number in range(rng.randrange(1, 4)):
        name, offset, records = f"t.x-y-{number}", rng.randrange(100), []
        for _ in range(rng.randrange(12)):
            offset += rng.randrange(1, 4)   # compacted topics have gaps
            drawn = rng.random()
            records.append(record(offset, topic="t.x-y", partition=number,
                                  **({"value": BAD} if drawn < 0.15 else {})))
            if drawn < 0.15:
                poison.add((name, offset))
            elif drawn < 0.4:
                moody[name, offset] = rng.randrange(1, 3)   # fails so often before it is done
        partitions[name] = records
    cluster, done = Cluster(partitions, rng), {name: [] for name in partitions}
    while batch := cluster.batch():
        rows = kafka.to_arrow({"records": batch}, on_error=on_error,
                              columns=["topic_partition", "offset", "value"])
        failed, blocked = [], set()
        for at_row, row in enumerate(rows.to_pylist()):
            place = row["topic_partition"], row["offset"]
            if on_error == "stop" and place[0] in blocked:
                continue    # a handler that keeps the order ends its partition at its own failure too
            if moody.get(place, 0) > 0:
                moody[place] -= 1
                failed.append(at_row)
                blocked.add(place[0])
            else:
                done[place[0]].append(place[1])
        if failed:
            rows.fail(failed, "not now")
        cluster.answered(batch, rows.response())
    assert cluster.given_up == poison
    for name, records in partitions.items():
        good = [one["offset"] for one in records if (name, one["offset"]) not in poison]
        assert set(done[name]) == set(good)
        if on_error == "stop":
            # In order, and what was done before the failure is never done again behind it.
            assert done[name] == good


# --- the same of events made for tests ----------------------------------------------------------------


def test_self_managed():
    event = {**built("kafka", values=["a"]), "eventSource": "SelfManagedKafka"}
    del event["eventSourceArn"]
    assert kafka.to_arrow(event)["event_source_arn"].to_pylist() == [None]


def test_feeding_several_events():
    decoder = kafka.Decoder(on_error="collect")
    decoder.feed(event_of(record(0), record(1, value=BAD)))
    decoder.feed(event_of(record(5, partition=1)))
    batch = decoder.finish()
    assert batch["offset"].to_pylist() == [0, 5] and [failure.event for failure in batch.failures] == [0]
    with pytest.raises(ValueError, match="one event"):
        batch.response()
