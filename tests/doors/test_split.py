"""batch.split(): a batch of several shapes as a batch of each, for Kinesis and SQS."""

import json

import duckdb
import events
import nanoarrow
import oracle
import polars
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import by, kinesis, schema, sns, sqs

CLICK = {"type": "utf8", "x": "int64", "tags": ["utf8"]}
ORDER = {"type": "dictionary<utf8>", "y": "utf8", "lines": [{"n": "int32"}], "attributes": "map<utf8, int64>"}
SHAPES = by("$.type", {"click": CLICK, ("order", "refund"): ORDER, "ping": "json"}, other="json")
CLOSED = by("$.type", {"click": CLICK, "order": ORDER})

PAYLOADS = [
    {"type": "click", "x": 1, "tags": ["a", None, "b"]},
    {"type": "order", "y": "é" * 20, "lines": [{"n": 1}, {}], "attributes": {"k": 1, "j": None}},
    None,
    {"type": "view", "z": [1]},
    {"type": "click"},
    7,
    {"type": "refund", "lines": []},
    {"type": "ping"},
    {"type": "click", "x": -5, "tags": []},
]


def queued(*payloads):
    return events.sqs_event_of(*map(json.dumps, payloads))


FRONTS = [pytest.param(kinesis, events.event_of, id="kinesis"), pytest.param(sqs, queued, id="sqs")]
both = pytest.mark.parametrize("module, event_of", FRONTS)
OPTIONS = [{}, {"dialect": "plain"}, {"dialect": "spark"}, {"string_type": "string_view"}]


def case_of(payload):
    """Which part a payload belongs to, said in Python."""
    kind = payload.get("type") if isinstance(payload, dict) else None
    return {"click": "click", "order": "order", "refund": "order", "ping": "ping"}.get(kind, "other")


def value_in(case, payload):
    """What the part's payload column holds of it."""
    if payload is None:
        return None
    fields = {"click": ("type", "x", "tags"), "order": ("type", "y", "lines", "attributes")}.get(case)
    if fields is None:
        return json.dumps(payload)
    made = {name: payload.get(name) for name in fields}
    if made.get("lines"):
        made["lines"] = [{"n": line.get("n")} for line in made["lines"]]
    return made


def identifiers_of(batch, module):
    return batch[module.SOURCE.identifier].to_pylist()


def named(response):
    return [item["itemIdentifier"] for item in response["batchItemFailures"]]


# --- what a part holds ------------------------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@both
def test_each_part_holds_the_rows_of_its_case(module, event_of, options, check):
    batch = module.to_arrow(event_of(*PAYLOADS), payload=SHAPES, **options)
    payload = module.SOURCE.payload
    parts = batch.split()
    assert list(parts) == ["click", "order", "ping", "other"]
    assert batch.shapes == {"click": 3, "order": 2, "ping": 1, "other": 2}
    for case, part in parts.items():
        places = [at for at, one in enumerate(PAYLOADS) if case_of(one) == case]
        assert part.record_index.to_pylist() == places
        assert part.column_names == batch.column_names
        assert part[payload].to_pylist() == [value_in(case, PAYLOADS[at]) for at in places]
        for name in set(batch.column_names) - {payload}:
            whole = batch[name].to_pylist()
            assert part[name].to_pylist() == [whole[at] for at in places]
            assert part[name].type == batch[name].type
        if "string_type" not in options:
            check(part)


@both
def test_envelope_columns_are_the_filtered_ones_of_the_whole(module, event_of, check):
    batch = module.to_arrow(event_of(*PAYLOADS), payload=SHAPES)
    envelope = [name for name in batch.column_names if name != module.SOURCE.payload]
    whole = oracle.plain(batch.to_pyarrow()).select(envelope)
    for part in batch.split().values():
        rows = whole.take(pa.array(part.record_index.to_pylist(), pa.int32()))
        oracle.assert_same(check(part).select(envelope), rows)


def test_types_of_the_parts(check):
    parts = kinesis.to_arrow(events.event_of(*PAYLOADS), payload=SHAPES, columns=["data"]).split()
    types = {case: check(part).schema.field("data").type for case, part in parts.items()}
    lines = pa.list_(pa.field("item", pa.struct([("n", pa.int32())])))
    assert types == {
        "click": pa.struct([("type", pa.utf8()), ("x", pa.int64()), ("tags", pa.list_(pa.utf8()))]),
        "order": pa.struct([
            ("type", pa.dictionary(pa.int32(), pa.utf8())), ("y", pa.utf8()), ("lines", lines),
            ("attributes", pa.map_(pa.utf8(), pa.int64())),
        ]),
        "ping": pa.utf8(),
        "other": pa.utf8(),
    }
    for case, part in parts.items():
        assert pa.schema(part.schema).types == check(part).schema.types
        assert part["data"].to_pyarrow().type == types[case]


@both
def test_parts_without_rows(module, event_of, check):
    for payloads in ([], [PAYLOADS[0]], [None]):
        parts = module.to_arrow(event_of(*payloads), payload=SHAPES).split()
        assert {case: len(part) for case, part in parts.items() if len(part)} == (
            {case_of(payloads[0]): 1} if payloads else {}
        )
        for part in parts.values():
            check(part)
            assert len(part.record_index) == part.num_rows == len(part.to_pylist())


def test_nulls_go_where_unknown_shapes_go():
    """Also where there is no case for those: no row is lost."""
    columns = ["sequence_number", "data"]
    batch = kinesis.to_arrow(events.event_of(None, PAYLOADS[0], None), payload=CLOSED, columns=columns)
    parts = batch.split()
    rows = {case: part.record_index.to_pylist() for case, part in parts.items()}
    assert rows == {"click": [1], "order": [], "other": [0, 2]}
    assert parts["other"].column_names == ["sequence_number"]
    assert identifiers_of(parts["other"], kinesis) == [events.sequence(0), events.sequence(2)]
    assert list(kinesis.to_arrow(events.event_of(PAYLOADS[0]), payload=CLOSED).split()) == ["click", "order"]


@both
def test_parts_outlive_the_whole_and_are_made_anew_each_time(module, event_of):
    batch = module.to_arrow(event_of(*PAYLOADS), payload=SHAPES)
    first, second = batch.split(), batch.split()
    expected = {case: part.to_pylist() for case, part in first.items()}
    assert lambdarrow.concat([first["click"], second["click"]]).to_pylist() == expected["click"] * 2
    del batch, first
    assert {case: part.to_pylist() for case, part in second.items()} == expected


def test_other_libraries_read_a_part():
    part = sqs.to_arrow(queued(*PAYLOADS), payload=SHAPES, columns=["message_id", "body"]).split()["click"]
    assert polars.DataFrame(part)["body"].struct.field("x").to_list() == [1, None, -5]
    assert duckdb.sql("select sum(body.x), count(*) from part").fetchall() == [(-4, 3)]
    assert len(nanoarrow.Array(part)) == 3
    assert part["body.tags"].to_pylist() == [["a", None, "b"], None, []]
    assert part.to_pandas().shape == (3, 2)
    with pytest.raises(KeyError, match=r"body\.click"):
        part["body.click"]


# --- flatten and columns ----------------------------------------------------------------------------


def test_a_flattened_part_has_the_fields_of_its_case(check):
    columns = ["sequence_number", "data", "partition_key"]
    batch = kinesis.to_arrow(events.event_of(*PAYLOADS), payload=SHAPES, flatten=True, columns=columns)
    assert batch.column_names == ["sequence_number", "click", "order", "ping", "other", "partition_key"]
    parts = batch.split()
    names = {case: part.column_names for case, part in parts.items()}
    assert names == {
        "click": ["sequence_number", "type", "x", "tags", "partition_key"],
        "order": ["sequence_number", "type", "y", "lines", "attributes", "partition_key"],
        "ping": ["sequence_number", "ping", "partition_key"],
        "other": ["sequence_number", "other", "partition_key"],
    }
    for part in parts.values():
        check(part)
    assert parts["click"]["x"].to_pylist() == [1, None, -5]
    assert parts["order"]["lines"].to_pylist() == [[{"n": 1}, {"n": None}], []]
    assert parts["other"]["other"].to_pylist() == [None, json.dumps(PAYLOADS[3]), "7"]


def test_a_field_called_as_a_column_of_the_envelope_can_be_split_but_not_flattened():
    word = by("$.type", {"click": {"sequence_number": "utf8"}})
    event = events.event_of({"type": "click", "sequence_number": "own"})
    part = kinesis.to_arrow(event, payload=word).split()["click"]
    assert part["data.sequence_number"].to_pylist() == ["own"]
    with pytest.raises(ValueError, match="two columns are named 'sequence_number'"):
        kinesis.to_arrow(event, payload=word, flatten=True).split()


@pytest.mark.parametrize(
    "asked, fields",
    [
        (["data.click.x"], {"click": ["x"], "order": None}),
        (["data.click.x", "data.order.y", "data.order.lines"], {"click": ["x"], "order": ["y", "lines"]}),
        (["data.order"], {"click": None, "order": list(ORDER)}),
    ],
)
def test_columns_narrow_the_cases(asked, fields, check):
    batch = kinesis.to_arrow(events.event_of(*PAYLOADS), payload=SHAPES, columns=["sequence_number", *asked])
    parts = batch.split()
    assert sorted(row for part in parts.values() for row in part.record_index.to_pylist()) == list(range(len(PAYLOADS)))
    for case, inner in fields.items():
        check(parts[case])
        places = [at for at, one in enumerate(PAYLOADS) if case_of(one) == case]
        assert parts[case].record_index.to_pylist() == places
        if inner is None:
            assert parts[case].column_names == ["sequence_number"]
        else:
            values = parts[case]["data"].to_pylist()
            expected = [value_in(case, PAYLOADS[at]) for at in places]
            assert values == [{name: one[name] for name in inner} for one in expected]


@pytest.mark.parametrize("options", [{}, {"payload": "json"}, {"payload": SHAPES, "columns": ["partition_key"]},
                                     {"payload": schema.list_(SHAPES), "on_error": "collect"}], ids=repr)
def test_what_has_no_shapes_cannot_be_split(options):
    with pytest.raises(ValueError, match=r"lambdarrow\.by"):
        kinesis.to_arrow(events.event_of(*PAYLOADS), **options).split()


def test_shapes_inside_an_envelope(check):
    """SNS in SQS: what the message is decides, and the envelope's fields are in every part."""
    bodies = [{"Type": "Notification", "MessageId": str(at), "Message": json.dumps(one)}
              for at, one in enumerate(PAYLOADS)]
    columns = ["message_id", "body.message_id", "body.message"]
    batch = sqs.to_arrow(queued(*bodies), payload=sns.notification(SHAPES), columns=columns)
    for case, part in batch.split().items():
        check(part)
        places = [at for at, one in enumerate(PAYLOADS) if case_of(one) == case]
        assert part["body"].to_pylist() == [
            {"message_id": str(at), "message": value_in(case, PAYLOADS[at])} for at in places
        ]


# --- the handler's failures -------------------------------------------------------------------------


@both
def test_the_whole_answers_for_its_parts(module, event_of):
    batch = module.to_arrow(event_of(*PAYLOADS), payload=SHAPES)
    identifiers = identifiers_of(batch, module)
    parts = batch.split()
    parts["click"].fail([0, 2], "no stock")
    parts["order"].fail([False, True], "no address")
    parts["other"].fail(-1, "what is it")
    assert named(batch.response()) == [identifiers[at] for at in (0, 5, 6, 8)]
    assert [failure.index for failure in parts["click"].handler_failures] == [0, 8]
    reasons = [failure.reason for failure in batch.handler_failures]
    assert reasons == ["no stock", "no stock", "no address", "what is it"]
    assert parts["ping"].handler_failures == ()
    # Once is enough, from wherever it is told.
    batch.split()["click"].fail(0, "again")
    batch.fail(0, "and again")
    assert len(batch.handler_failures) == 4
    for part in parts.values():
        with pytest.raises(ValueError, match="whole batch"):
            part.response()
    with pytest.raises(IndexError):
        parts["ping"].fail(1, "no such row")


@pytest.mark.parametrize("on_error", ["collect", "stop", "null"])
@both
def test_failures_to_decode_are_the_wholes(module, event_of, on_error, check):
    payloads = [PAYLOADS[0], {"type": "click", "x": "bad"}, PAYLOADS[1], {"type": "view"}, PAYLOADS[4]]
    batch = module.to_arrow(event_of(*payloads), payload=CLOSED, on_error=on_error)
    rows = {"collect": {"click": [0, 4], "order": [2]}, "stop": {"click": [0], "order": []},
            "null": {"click": [0, 4], "order": [2], "other": [1, 3]}}[on_error]
    parts = batch.split()
    assert {case: part.record_index.to_pylist() for case, part in parts.items()} == rows
    all_of_them = identifiers_of(module.to_arrow(event_of(*payloads)), module)
    failed = named(batch.response())
    assert failed[0] == all_of_them[1]
    for part in parts.values():
        check(part)
        assert part.failures == ()
    if on_error == "null":
        texts = parts["other"]["_corrupt_record"].to_pylist()
        assert [json.loads(text)["awsRegion"] for text in texts] == ["us-east-1"] * 2
        parts["other"].fail(0, "broken anyway")
        assert named(batch.response()) == failed
    parts["click"].fail(0, "no")
    assert named(batch.response()) == [all_of_them[0], *failed]


def test_a_fifo_queue_waits_behind_what_a_part_failed():
    def message(number, group, payload):
        attributes = events.sqs_message()["attributes"] | {"MessageGroupId": group}
        return events.sqs_message(json.dumps(payload), number, eventSourceARN="arn:aws:sqs:us-east-1:1:orders.fifo",
                                  attributes=attributes)

    groups = "ababab"
    event = events.event([message(at, group, PAYLOADS[at % 2]) for at, group in enumerate(groups)])
    batch = sqs.to_arrow(event, payload=SHAPES)
    identifiers = identifiers_of(batch, sqs)
    batch.split()["click"].fail([0], "first of group a")
    assert named(batch.response()) == [identifiers[at] for at in (0, 2, 4)]


# --- several events ---------------------------------------------------------------------------------


@both
def test_a_batch_fed_by_several_events(module, event_of, check):
    decoder = module.Decoder(payload=SHAPES, on_error="collect")
    bad = {"type": "click", "x": "bad"}
    fed = [PAYLOADS[:3], [], [bad, *PAYLOADS[3:5]], PAYLOADS[5:]]
    for payloads in fed:
        decoder.feed(event_of(*payloads))
    batch = decoder.finish()
    where = [(event, at) for event, payloads in enumerate(fed) for at, one in enumerate(payloads) if one is not bad]
    parts = batch.split()
    for case, part in parts.items():
        check(part)
        rows = [at for at, one in enumerate(PAYLOADS) if case_of(one) == case]
        assert part.record_index.to_pylist() == [where[row][1] for row in rows]
        assert part[module.SOURCE.payload].to_pylist() == [value_in(case, PAYLOADS[row]) for row in rows]
        part.fail(range(len(rows)), case)
        assert [(failure.event, failure.index) for failure in part.handler_failures] == [where[row] for row in rows]
        assert part.metadata == batch.metadata
    assert len(batch.handler_failures) == len(PAYLOADS)


# --- any batch --------------------------------------------------------------------------------------

DRAWN = st.one_of(
    st.sampled_from(PAYLOADS),
    st.fixed_dictionaries({"type": st.sampled_from(["click", "order", "refund", "ping", "?", 1, None])},
                          optional={"x": st.integers(-5, 5), "y": st.text(max_size=30), "z": st.none()}),
    st.fixed_dictionaries({"type": st.just("order")}, optional={
        "lines": st.lists(st.fixed_dictionaries({}, optional={"n": st.integers(0, 9)}), max_size=3),
        "attributes": st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=3)}),
    st.integers(), st.text(max_size=3), st.none(),
)


@pytest.mark.parametrize("flatten", [False, True])
@both
@given(payloads=st.lists(DRAWN, max_size=12))
def test_the_parts_together_are_the_whole(module, event_of, flatten, payloads):
    name = module.SOURCE.payload
    batch = module.to_arrow(event_of(*payloads), payload=SHAPES, flatten=flatten)
    together = {}
    for case, part in batch.split().items():
        pa.record_batch(part).validate(full=True)
        for row, record in zip(part.to_pylist(), part.record_index.to_pylist(), strict=True):
            assert case_of(payloads[record]) == case
            expected = value_in(case, payloads[record])
            if not flatten:
                assert row.pop(name) == expected
            elif case in ("click", "order"):
                for field, value in expected.items():
                    assert row.pop(field) == value
            else:
                assert row.pop(case, None) == expected
            assert together.setdefault(record, row) is row
    envelope = [key for key in batch.column_names if key not in (name, "click", "order", "ping", "other")]
    whole = [{key: row[key] for key in envelope} for row in batch]
    assert [together[record] for record in range(len(payloads))] == whole


def test_a_part_counts_what_is_in_it():
    event = events.event_of({"type": "click", "x": "bad"}, {"type": "order", "y": 5}, {"type": "click", "x": []})
    batch = kinesis.to_arrow(event, payload=SHAPES, on_mismatch="rescue")
    parts = batch.split()
    assert batch.rescued == {"$.x": 2, "$.y": 1}
    assert {case: part.rescued for case, part in parts.items()} == {
        "click": {"$.x": 2}, "order": {"$.y": 1}, "ping": {}, "other": {}}


def test_the_shapes_of_a_part_can_be_asked_for():
    part = kinesis.to_arrow(events.event_of(*PAYLOADS), payload=SHAPES).split()["click"]
    assert set(part.shapes.values()) <= {0, 3}
