"""DynamoDB Streams, its own side: times, identities, keys, view types, columns on request, types that a batch says.

What every source has is tested beside the others, what attributes mean in tests of their own.
"""

import contextlib
import datetime as dt
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import events
import pyarrow as pa
import pytest
from events_dynamodb import change, items, modified, modified_event
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import DecodeError, _synth, dynamodb

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def column(name, event, **options):
    return dynamodb.to_arrow(event, columns=[name], image="json", **options)[name].to_pylist()


# --- the envelope -----------------------------------------------------------------------------------

TIMES = ["0", "1480642020", "1480642020.0", "1480642020.123", "1480642020.123456", "1480642020.1234560000", "1.5e3",
         "148064202.0123456e1", "-1", "-0.000001", "253402300799.999999", "0e999", "1e-6"]


def test_times_are_exact():
    """Seconds times a million, by the text and not by a double."""
    event = b'{"Records":[%s]}' % b",".join(
        b'{"dynamodb":{"ApproximateCreationDateTime":%s}}' % text.encode() for text in TIMES)
    column = pa.record_batch(dynamodb.to_arrow(event, image="json")).column("approximate_creation_date_time")
    assert column.type == pa.timestamp("us", "UTC")
    assert column.cast(pa.int64()).to_pylist() == [int(Decimal(text) * 10**6) for text in TIMES]
    with pytest.raises(DecodeError, match="exact"):
        dynamodb.to_arrow(b'{"Records":[{"dynamodb":{"ApproximateCreationDateTime":148064202.0123456789e1}}]}')


@given(st.lists(st.integers(0, 2**33 * 10**6), min_size=1, max_size=20))
def test_fractions_of_seconds_that_doubles_would_round(micros):
    texts = [f"{at // 10**6}.{at % 10**6:06d}" for at in micros]
    event = "[" + ",".join(f'{{"dynamodb":{{"ApproximateCreationDateTime":{text}}}}}' for text in texts) + "]"
    times = column("approximate_creation_date_time", f'{{"Records":{event}}}')
    assert times == [EPOCH + dt.timedelta(microseconds=at) for at in micros]


def test_who_changed_it(check):
    """Deletions by time to live are the service's own; of others the stream does not say."""
    ttl = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    record = [change(number=number) for number in range(5)]
    for one, identity in zip(record, [ttl, None, {}, {"principalId": "me", "more": [1]}], strict=False):
        one["userIdentity"] = identity
    batch = dynamodb.to_arrow(events.event(record), image="json")
    kind = pa.dictionary(pa.int32(), pa.utf8())
    assert check(batch).schema.field("user_identity").type == pa.struct([("type", kind), ("principal_id", kind)])
    assert batch["user_identity"].to_pylist() == [
        {"type": "Service", "principal_id": "dynamodb.amazonaws.com"}, None, {"type": None, "principal_id": None},
        {"type": None, "principal_id": "me"}, None,
    ]
    assert batch["user_identity.principal_id"].to_pylist()[0] == "dynamodb.amazonaws.com"


@pytest.mark.parametrize("arn, name", [
    ("arn:aws:dynamodb:us-east-1:123456789012:table/Example-Table/stream/2016-12-01T00:00:00.000", "Example-Table"),
    ("arn:aws:dynamodb:us-east-1:123456789012:table/a.b_c-D", "a.b_c-D"), ("stream-ARN", None), ("", None), ("/", ""),
    (None, None),
])
def test_the_table_is_named_on_request(check, arn, name):
    event = events.event([change() | {"eventSourceARN": arn}, {}])
    batch = dynamodb.to_arrow(event, image="json", columns=["table_name", "event_source_arn"])
    assert check(batch).to_pylist() == [
        {"table_name": name, "event_source_arn": arn}, {"table_name": None, "event_source_arn": None}]
    assert column("table_name", event) == [name, None]


def test_columns_on_request_are_not_there_by_default():
    more = ["table_name", "record_index", "op", "changed"]
    batch = dynamodb.to_arrow(modified_event(({}, {})), image="json")
    assert not set(more) & set(batch.column_names)
    batch = dynamodb.to_arrow(modified_event(({}, {})), image="json", columns=[*more, "event_id"])
    assert batch.column_names == [*more, "event_id"]
    assert batch.to_pylist()[0] == {"table_name": "orders", "record_index": 0, "op": "modify", "changed": [],
                                    "event_id": "0" * 32}


WINDOW = {"window": {"start": "2020-07-30T17:00:00Z", "end": "2020-07-30T17:05:00Z"}, "state": {"1": "state1"},
          "shardId": "shard123456789", "eventSourceARN": "stream-ARN", "isFinalInvokeForWindow": False,
          "isWindowTerminatedEarly": False}


@pytest.mark.parametrize("options", [{}, {"image": {"n": "int64"}}, {"columns": ["op"]}], ids=str)
def test_a_tumbling_window(options):
    event = events.event([change(b'{"n":1}')], **WINDOW)
    batch = dynamodb.to_arrow(event, **options)
    assert batch.metadata == WINDOW == batch.changes().metadata
    assert batch.response(state=batch.metadata["state"]) == {"batchItemFailures": [], "state": {"1": "state1"}}
    final = dynamodb.to_arrow(events.event([], **WINDOW | {"isFinalInvokeForWindow": True}), **options)
    assert (final.num_rows, final.metadata["isFinalInvokeForWindow"]) == (0, True)


# --- answers ----------------------------------------------------------------------------------------


def test_sequence_numbers_answer_for_records():
    records = [change(b'{"n":%d}' % number if number != 2 else b'{"n":"x"}', number) for number in range(5)]
    event = events.event(records)
    names = [record["dynamodb"]["SequenceNumber"] for record in records]

    def answer(*numbers):
        return {"batchItemFailures": [{"itemIdentifier": names[number]} for number in numbers]}

    stopped = dynamodb.to_arrow(event, image={"n": "int64"}, on_error="stop")
    assert stopped["new_image.n"].to_pylist() == [0, 1]
    assert stopped.response() == answer(2)
    collected = dynamodb.to_arrow(event, image={"n": "int64"}, on_error="collect")
    collected.fail([3], "no room")
    assert collected["new_image.n"].to_pylist() == [0, 1, 3, 4]
    assert collected.response() == answer(2, 4)
    assert collected.response(decode_failures=False) == answer(4)
    nulled = dynamodb.to_arrow(event, image={"n": "int64"}, on_error="null", columns=["op"])
    assert nulled.response() == answer()
    nulled.fail(2, "it is null")
    assert nulled.response() == answer(2)


# --- keys and view types ----------------------------------------------------------------------------

PK, SK = {"S": "ORDER#1"}, {"N": "7"}
ITEM = {"pk": PK, "sk": SK, "tags": {"SS": ["a"]}, "paid": {"BOOL": True}, "raw": {"B": "AQI="}}
WORDS = {"pk": "utf8", "sk": "int64", "tags": ["utf8"], "paid": "bool", "raw": "binary"}


def keyed(options):
    event = events.event([modified(None, ITEM, keys={"pk": PK, "sk": SK}, name="INSERT")])
    batch = dynamodb.to_arrow(event, columns=["keys"], **options)
    return pa.schema(batch.schema).field("keys").type, batch["keys"].to_pylist()[0]


@pytest.mark.parametrize("options, kind, value", [
    ({}, {"pk": pa.utf8(), "sk": pa.int64()}, {"pk": "ORDER#1", "sk": 7}),
    ({"image": WORDS}, {"pk": pa.utf8(), "sk": pa.int64(), "raw": pa.binary()},
     {"pk": "ORDER#1", "sk": 7, "raw": None}),
    ({"image": WORDS, "keys": ["pk"]}, {"pk": pa.utf8()}, {"pk": "ORDER#1"}),
    ({"image": WORDS, "keys": ("sk", "pk")}, {"sk": pa.int64(), "pk": pa.utf8()}, {"sk": 7, "pk": "ORDER#1"}),
    ({"keys": ["sk"]}, {"sk": pa.int64()}, {"sk": 7}),
    ({"keys": {"pk": "utf8", "sk": "decimal128(9, 2)"}}, {"pk": pa.utf8(), "sk": pa.decimal128(9, 2)},
     {"pk": "ORDER#1", "sk": Decimal("7.00")}),
    ({"image": {"pk": "utf8"}, "keys": {"sk": "float64"}}, {"sk": pa.float64()}, {"sk": 7.0}),
    ({"image": {"id": {"type": "utf8", "from": "pk", "required": True}}}, {"id": pa.utf8()}, {"id": "ORDER#1"}),
    ({"image": "json", "keys": {"pk": "utf8"}}, {"pk": pa.utf8()}, {"pk": "ORDER#1"}),
    ({"image": pa.schema([pa.field("pk", pa.utf8(), nullable=False), ("tags", pa.list_(pa.utf8()))])},
     {"pk": pa.utf8()}, {"pk": "ORDER#1"}),
], ids=str)
def test_keys_have_the_types_of_the_items(options, kind, value):
    assert keyed(options) == (pa.struct(kind), value)


@pytest.mark.parametrize("options", [
    {"image": "json"}, {"keys": "json"}, {"image": {"tags": ["utf8"], "paid": "bool"}}], ids=str)
def test_keys_of_which_no_type_is_known_are_json(options):
    assert keyed(options) == (pa.utf8(), '{"pk":"ORDER#1","sk":7}')


def test_required_fields_of_an_item_are_not_required_of_its_key():
    image = {"pk": "utf8", "n": {"type": "int64", "required": True}}
    event = events.event([modified(None, {"pk": PK, "n": SK}, keys={"pk": PK})])
    assert dynamodb.to_arrow(event, image=image)["keys"].to_pylist() == [{"pk": "ORDER#1", "n": None}]


@pytest.mark.parametrize("options", [
    {"image": WORDS, "keys": ["tags"]}, {"image": WORDS, "keys": ["nope"]}, {"image": WORDS, "keys": ["pk", "paid"]},
    {"image": "json", "keys": ["pk"]}, {"image": WORDS, "keys": []}, {"image": WORDS, "keys": "pk"},
    {"image": WORDS, "keys": ["int64", 5]}, {"image": WORDS, "keys": "int64"}, {"image": "int64"}, {"image": ["int64"]},
    {"image": "utf8"}, {"image": {}}, {"image": lambdarrow.schema.gzip("json")}, {"flatten": True, "image": WORDS},
    {"columns": ["new_image.nope"], "image": WORDS}, {"columns": ["keys.tags"], "image": WORDS},
    {"columns": ["item"]}, {"columns": []},
], ids=str)
def test_types_that_cannot_be(options):
    for use in (dynamodb.Decoder, lambda **options: dynamodb.to_arrow(modified_event(({}, {})), **options)):
        with pytest.raises((ValueError, TypeError)):
            use(**options)


@pytest.mark.parametrize("view, new, old", [
    ("KEYS_ONLY", None, None), ("NEW_IMAGE", ITEM, None), ("OLD_IMAGE", None, ITEM),
    ("NEW_AND_OLD_IMAGES", ITEM, ITEM),
], ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("image", [None, "json", WORDS, "map<utf8, json>"], ids=str)
def test_images_are_null_where_the_stream_has_none(check, view, new, old, image):
    keys = {"pk": PK, "sk": SK}
    record = modified(old, new, keys=keys)
    record["dynamodb"]["StreamViewType"] = view
    batch = dynamodb.to_arrow(events.event([record] * 2), image=image)
    check(batch)
    for name, wire in (("new_image", new), ("old_image", old)):
        assert [value is None for value in batch[name]] == [wire is None] * 2
    assert batch["stream_view_type"].to_pylist() == [view] * 2
    if image is None:
        assert batch["keys"].to_pylist() == [{"pk": "ORDER#1", "sk": 7}] * 2


def test_an_empty_image_is_not_null(check):
    event = modified_event(({}, {}), (None, {}))
    assert [row["old_image"] for row in dynamodb.to_arrow(event, image="json")] == ["{}", None]
    batch = dynamodb.to_arrow(event, image={"n": "int64"})
    assert check(batch).column("old_image").to_pylist() == [{"n": None}, None]
    assert batch["new_image"].to_pylist() == [{"n": None}] * 2


# --- columns in the images --------------------------------------------------------------------------


def test_dotted_columns_reach_into_each_image(check):
    old, new = {"n": {"N": "1"}, "m": {"M": {"a": {"S": "x"}}}}, {"n": {"N": "2"}, "m": {"S": "no map"}}
    image = {"n": "int64", "m": {"a": "utf8"}, "pk": "utf8"}
    event = modified_event((old, new))
    batch = dynamodb.to_arrow(event, image=image, columns=["new_image.n", "old_image.m.a", "keys.pk", "old_image.n"])
    assert check(batch).to_pylist() == [
        {"new_image": {"n": 2}, "old_image": {"m": {"a": "x"}, "n": 1}, "keys": {"pk": "ORDER#0"}}]
    # What is not asked for is not converted, and is no failure.
    with pytest.raises(DecodeError) as caught:
        dynamodb.to_arrow(event, image=image, columns=["new_image"])
    assert (caught.value.path, caught.value.reason) == ("$.Records[0].dynamodb.NewImage.m", "unexpected_type")


def test_the_wire_names_of_fields():
    image = {"amount": {"type": "decimal128(9, 2)", "from": "Amount"}, "a.b": "utf8", "N": "int64", "S": {"S": "utf8"}}
    item = {"Amount": {"N": "1.5"}, "a.b": {"S": "dots"}, "N": {"N": "5"}, "S": {"M": {"S": {"S": "x"}}}}
    batch = dynamodb.to_arrow(events.event([modified(None, item)]), image=image)
    assert batch["new_image"].to_pylist() == [{"amount": Decimal("1.50"), "a.b": "dots", "N": 5, "S": {"S": "x"}}]
    assert batch["new_image.a.b"].to_pylist() == ["dots"]
    assert batch["new_image.S.S"].to_pylist() == ["x"]


def test_escaped_keys_and_tags_are_what_they_mean():
    image = b'{"\\u006e":{"\\u004e":"\\u0031"},"l":{"\\u004c":[{"\\u0053\\u0053":["\\u0061"]}]}}'
    event = b'{"Records":[{"dynamodb":{"New\\u0049mage":' + image + b"}}]}"
    wanted = {"n": 1, "l": [["a"]]}
    for options in ({}, {"image": {"n": "int64", "l": [["utf8"]]}}):
        assert dynamodb.to_arrow(event, **options)["new_image"].to_pylist() == [wanted]
    assert json.loads(column("new_image", event)[0]) == wanted
    assert dynamodb.unmarshal(image) == {"n": 1, "l": [{"a"}]}


# --- types that the batch says ----------------------------------------------------------------------


def feed(decoder, *events):
    rows = [decoder.feed(event) for event in events]
    return rows, decoder.finish()


def test_what_is_fed_has_one_type_for_all(check):
    one = modified_event(({"n": {"N": "1"}}, {"n": {"N": "2"}}))
    two = modified_event((None, {"n": {"N": "2.5"}, "m": {"S": "x"}}), (None, {"m": {"NULL": True}}))
    decoder = dynamodb.Decoder()
    for _ in range(2):
        rows, batch = feed(decoder, one, b'{"Records":[]}', two)
        assert rows == [1, 1, 3]
        check(batch)
        assert batch["new_image"].to_pylist() == [
            {"n": Decimal("2.0"), "m": None}, {"n": Decimal("2.5"), "m": "x"}, {"n": None, "m": None}]
        assert batch.record_index.to_pylist() == [0, 0, 1]
        assert batch.metadata == [{}, {}, {}]
    # A batch of one event has only what that event has.
    assert decoder.to_arrow(one)["new_image"].to_pylist() == [{"n": 2}]
    assert decoder.finish() is None


def test_what_cannot_be_fed_leaves_nothing():
    good = modified_event((None, {"n": {"N": "1"}}))
    broken = good[:-2]
    decoder = dynamodb.Decoder()
    decoder.feed(good)
    for wrong in (broken, b"", b"{}", b"[]"):
        with pytest.raises(DecodeError):
            decoder.feed(wrong)
    decoder.feed(good)
    assert decoder.finish()["new_image"].to_pylist() == [{"n": 1}] * 2


@pytest.mark.parametrize("mode, kept", [("collect", [0, 2]), ("stop", [0]), ("null", [0, 1, 2])])
def test_a_record_that_is_no_item_fails_alone_and_types_nothing(mode, kept):
    event = events.event([change(b'{"n":1}'), change(b"{}", 1, NewImage={"n": {"N": "x"}, "odd": {"S": "x"}}),
                          change(b'{"n":2}', 2)])
    batch = dynamodb.to_arrow(event, on_error=mode)
    assert batch.record_index.to_pylist() == kept
    assert [(failure.index, failure.path) for failure in batch.failures] == [(1, "$.Records[1].dynamodb.NewImage.n")]
    assert [row["new_image"] and row["new_image"]["n"] for row in batch] == [[1, None, 2][row] for row in kept]
    with pytest.raises(DecodeError, match="NewImage.n"):
        dynamodb.to_arrow(event)


def test_a_decoder_meets_more_types_than_it_keeps():
    decoder = dynamodb.Decoder()
    for _ in range(2):
        for number in range(100):
            name = f"a{number}"
            assert decoder.to_arrow(modified_event((None, {name: {"N": "1"}})))["new_image"].to_pylist() == [{name: 1}]


def test_an_event_is_looked_at_twice_and_its_buffer_may_be_any():
    event = _synth.dynamodb(50, seed=3)
    expected = dynamodb.to_arrow(event).to_pylist()
    assert len(expected) == 50
    for form in (bytearray(event), memoryview(event), event.decode(), json.loads(event)):
        assert dynamodb.to_arrow(form).to_pylist() == expected
    decoder = dynamodb.Decoder()
    for form in (bytearray(event), json.loads(event)):
        decoder.feed(form)
        form.clear()    # what was fed is the decoder's own
    assert decoder.finish().to_pylist() == expected * 2


@given(st.lists(items(), min_size=1, max_size=4))
def test_what_is_inferred_reads_what_json_reads(texts):
    """The same records are good, and fail at the same place, whether their types are looked for or not."""
    event = '{"Records":[' + ",".join(f'{{"dynamodb":{{"NewImage":{text}}}}}' for text in texts) + "]}"
    plain = dynamodb.to_arrow(event, image="json", on_error="collect", columns=["new_image"])
    inferred = dynamodb.to_arrow(event, on_error="collect", columns=["new_image"])
    assert [failure.index for failure in inferred.failures] == [failure.index for failure in plain.failures]
    assert inferred.num_rows == plain.num_rows
    pa.record_batch(inferred).validate(full=True)


# --- threads ----------------------------------------------------------------------------------------


def in_threads(work, threads=4):
    """work(0) … work(3), at once; the first error is the test's."""
    gate = threading.Barrier(threads)

    def start(number):
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(start, number) for number in range(threads)]]


def test_one_decoder_infers_for_four_threads():
    """Each batch has a type of its own; the plans that were made for them are kept in one place."""
    decoder = dynamodb.Decoder()

    def work(thread):
        for turn in range(100):
            name = f"a{(thread + turn) % 90}"
            event = modified_event(*[({name: {"N": "0"}}, {name: {"N": str(number)}}) for number in range(4)])
            batch = decoder.to_arrow(event)
            assert batch["new_image"].to_pylist() == [{name: number} for number in range(4)]
            assert batch.changes()["changed"].to_pylist() == [[], [name], [name], [name]]
            assert dynamodb.unmarshal({name: {"N": "5"}}) == {name: 5}
        return True

    assert in_threads(work) == [True] * 4


def test_four_threads_feed_one_decoder_that_infers():
    decoder = dynamodb.Decoder()
    fed = [modified_event((None, {f"a{thread}": {"N": str(thread)}})) for thread in range(4)]

    def work(thread):
        for _ in range(10):
            decoder.feed(fed[thread])

    for _ in range(10):
        in_threads(work)
        batch = decoder.finish()
        values = [value for row in batch["new_image"] for value in row.values() if value is not None]
        assert sorted(values) == sorted(list(range(4)) * 10)


DECODERS = [
    {}, {"image": "map<utf8, json>", "columns": ["new_image"]}, {"image": {"l": [{"é": ["decimal128(20, 2)"]}]}},
]


@pytest.mark.parametrize("options", DECODERS, ids=str)
def test_an_image_that_another_thread_writes(options):
    """Whatever it reads, it is valid: what was checked is what was kept."""
    value = {"L": [{"M": {"é": {"NS": ["1", "2.50"]}, "b": {"B": "AP8="}, "n": {"N": "1E2"}}}, {"S": 'é"\n' * 9}]}
    event = bytearray(modified_event(*[({"l": value}, {"l": value, "m": value})] * 100))
    original, done = bytes(event), threading.Event()

    def scribble():
        rng = random.Random(7)
        while not done.is_set():
            for _ in range(50):
                place = rng.randrange(len(event))
                event[place] = rng.choice(b'\xff"\\{}[]0:,e.')
                event[place] = original[place]
            time.sleep(0)

    decoder = dynamodb.Decoder(on_error="collect", **options)
    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        tables = 0
        for _ in range(150):
            with contextlib.suppress(DecodeError):
                pa.record_batch(decoder.to_arrow(event)).validate(full=True)
                tables += 1
    finally:
        done.set()
        writer.join()
    assert tables


# --- size -------------------------------------------------------------------------------------------

DEEP = [('{"L":[' * 500_000, ""), ('{"M":{"a":' * 500_000, ""), ('{"L":[' * 100_000, "]}" * 100_000),
        ('{"M":{"a":' * 40, '{"N":"1"}' + "}}" * 40), ('{"L":[' * 33, '{"N":"1"}' + "]}" * 33)]


@pytest.mark.parametrize("opening, closing", DEEP, ids=range(len(DEEP)))
def test_what_is_too_deep_is_refused_by_every_road(opening, closing):
    value = opening + closing
    image = '{"v":' + value + "}"
    event = f'{{"Records":[{{"dynamodb":{{"NewImage":{image},"OldImage":{{"v":{{"N":"1"}}}}}}}}]}}'
    for options in ({}, {"image": "json"}, {"image": {"v": "json"}}, {"image": "map<utf8, json>"},
                    {"image": {"v": ["json"]}}):
        with pytest.raises(DecodeError):
            dynamodb.to_arrow(event, **options)
    with contextlib.suppress(DecodeError):  # where it is JSON at all
        assert dynamodb.to_arrow(event, columns=["changed"])["changed"].to_pylist() == [["v"]]
    with pytest.raises(DecodeError):
        dynamodb.unmarshal(image)
    if len(value) < 1000:
        batch = dynamodb.to_arrow(event, image="json", on_error="collect")
        assert [failure.reason for failure in batch.failures] == ["too_deep"]
        # Nobody's question: brackets are counted, and these are not too many.
        assert dynamodb.to_arrow(event, image={"w": "utf8"}).num_rows == 1


def test_an_item_of_400_kilobytes_and_one_of_ten_thousand_attributes(check):
    big = {"pk": PK, "text": {"S": "é" * 200_000}}
    wide = {f"attribute {number}": {"N": str(number)} for number in range(10_000)}
    event = events.event([modified(big, wide), modified(None, big), modified(wide, None)])
    batch = dynamodb.to_arrow(event)
    names = pa.schema(batch.schema).field("new_image").type
    # So many columns are of no use to anybody: a map.
    assert pa.types.is_map(names)
    assert dict(batch["new_image"].to_pylist()[0]) == {name: str(number) for number, name in enumerate(wide)}
    image = {"text": "utf8", **{name: "int64" for name in list(wide)[::100]}}
    ours = check(dynamodb.to_arrow(event, image=image))
    assert ours.column("new_image").field("attribute 9900").to_pylist() == [9900, None, None]
    assert ours.column("old_image").field("text").to_pylist() == ["é" * 200_000, None, None]


def test_a_name_of_64_kilobytes(check):
    name = "n" * 65_535
    event = modified_event((None, {name: {"N": "1"}}), (None, {name: {"N": "2"}}))
    batch = dynamodb.to_arrow(event)
    assert check(batch).column("new_image").to_pylist() == [{name: 1}, {name: 2}]
    assert dynamodb.to_arrow(event, image={name: "int8"})[f"new_image.{name}"].to_pylist() == [1, 2]
    bad = modified_event((None, {name: {"N": "x"}}))
    with pytest.raises(DecodeError) as caught:
        dynamodb.to_arrow(bad)
    assert len(str(caught.value)) < 200_000
