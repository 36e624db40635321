"""by_key: items of several shapes in one table, and a batch of each; beside Python that looks at the key itself."""

import json

import events
import msgspec
import pyarrow as pa
import pytest
from events_dynamodb import modified
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import by_key, dynamodb, dynamodb_answer, dynamodb_export, dynamodb_export_incremental

ORDER = {"sk": "utf8", "amount": "decimal128(9, 2)", "lines": [{"sku": "utf8"}]}
USER = {"sk": "utf8", "name": "utf8"}
SHAPES = by_key("sk", prefix={"ORDER#": ORDER, "USER#": USER}, other="json")
CLOSED = by_key("sk", prefix={"ORDER#": ORDER, "USER#": USER})
CASES = ["ORDER#", "USER#", "other"]


def order(number, **more):
    return {"pk": {"S": "C#1"}, "sk": {"S": f"ORDER#{number}"}, "amount": {"N": f"{number}.5"}, **more}


def user(name, **more):
    return {"pk": {"S": "C#1"}, "sk": {"S": f"USER#{name}"}, "name": {"S": name}, **more}


LINES = {"L": [{"M": {"sku": {"S": "a"}, "n": {"N": "1"}}}, {"NULL": True}]}
UNKNOWN = {"pk": {"S": "C#1"}, "sk": {"S": "CART#1"}, "x": {"BOOL": True}}
CHANGES = [
    (None, order(1, lines=LINES)), (order(1), order(2)), (user("ann"), None), (None, UNKNOWN), (None, None),
    (order(3), user("bob")), (UNKNOWN, order(4)), (user("bob"), user("bob")), (UNKNOWN, UNKNOWN),
]


def event_of(changes, **top):
    return events.event([modified(old, new, number) for number, (old, new) in enumerate(changes)], **top)


EVENT = event_of(CHANGES)


def case_of(item):
    if item is None:
        return None
    return next((case for case in CASES if item.get("sk", {}).get("S", "").startswith(case)), "other")


def value_of(item):
    """What the column of its case holds of it."""
    plain = dynamodb.unmarshal(item)
    if case_of(item) == "USER#":
        return {name: plain.get(name) for name in USER}
    lines = plain.get("lines")
    made = {"sk": plain["sk"], "amount": plain.get("amount")}
    return made | {"lines": lines and [line and {"sku": line["sku"]} for line in lines]}


def assert_image(got, item):
    """A struct with a field for each case, null but for the one that it is."""
    if item is None:
        assert got is None
        return
    case = case_of(item)
    assert [name for name, value in got.items() if value is not None] == [case]
    if case == "other":
        assert json.loads(got[case]) == {"pk": "C#1", "sk": "CART#1", "x": True}
    else:
        assert got[case] == value_of(item)


# --- which case -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
def test_each_image_is_of_its_case(check, dialect):
    batch = dynamodb.to_arrow(EVENT, image=SHAPES, dialect=dialect)
    check(batch)
    for row, (old, new) in zip(batch, CHANGES, strict=True):
        assert_image(row["new_image"], new)
        assert_image(row["old_image"], old)
    counts = [case_of(item) for pair in CHANGES for item in pair if item is not None]
    assert batch.shapes == {case: counts.count(case) for case in CASES}
    turned = dynamodb.to_arrow(events.reversed_keys(json.loads(EVENT)), image=SHAPES, dialect=dialect)
    assert turned.shapes == batch.shapes
    for case in CASES[:2]:
        assert turned[f"old_image.{case}"].to_pylist() == batch[f"old_image.{case}"].to_pylist()


@pytest.mark.parametrize("item, case", [
    ({"sk": {"S": "A"}}, "A"), ({"sk": {"S": "AB"}}, "AB"), ({"sk": {"S": "B"}}, "A"), ({"sk": {"S": "a"}}, "other"),
    ({"sk": {"S": ""}}, "other"), ({"x": {"S": "A"}, "sk": {"S": "AB"}}, "AB"), ({"x": {"S": "A"}}, "other"),
    ({"sk": {"N": "1"}}, "other"), ({"sk": {"NULL": True}}, "other"), ({"sk": {"SS": ["A"]}}, "other"),
    ({"sk": {"B": "A"}}, None), ({"sk": {"M": {"S": {"S": "A"}}}}, "other"),
    ({"sk": {"S": "é\U0001f600"}}, "é\U0001f600"), ({}, "other"),
])
def test_values(item, case):
    cases = {("A", "B"): {"sk": "utf8"}, "AB": {"sk": "utf8"}, "é\U0001f600": {"sk": "utf8"}}
    shapes = by_key("sk", cases, other="json")
    for ascii_only in (False, True):
        event = json.dumps(json.loads(event_of([(None, item)])), ensure_ascii=ascii_only)
        batch = dynamodb.to_arrow(event, image=shapes, columns=["new_image"], on_error="collect")
        if case is None:
            assert [failure.reason for failure in batch.failures] != []
            continue
        (row,) = batch["new_image"].to_pylist()
        assert [name for name, value in row.items() if value is not None] == [case]
        assert {name for name, count in batch.shapes.items() if count} == {case}


@pytest.mark.parametrize("text, case", [
    ("ORDER#1", "ORDER#"), ("ORDER#X#1", "ORDER#"), ("ORDER", "ORD"), ("ORD", "ORD"), ("OR", ""), ("", ""), ("x", ""),
])
def test_the_first_prefix_that_fits(text, case):
    shapes = by_key("sk", prefix={"ORDER#": {"sk": "utf8"}, "ORDER#X": {"sk": "utf8"}, "ORD": {"sk": "utf8"},
                                  "": {"sk": "utf8"}})
    batch = dynamodb.to_arrow(event_of([(None, {"sk": {"S": text}})]), image=shapes)
    assert {name for name, count in batch.shapes.items() if count} == {case}


def test_the_key_may_stand_anywhere_and_twice():
    """As json has it: the last of equal keys."""
    texts = [b'{"name":{"S":"x"},"sk":{"S":"USER#1"}}', b'{"sk":{"S":"ORDER#1"},"name":{"S":"x"},"sk":{"S":"USER#1"}}',
             rb'{"name":{"S":"x"},"\u0073k":{"\u0053":"\u0055SER#1"}}',
             b'{ "sk" :\n{ "S" : "USER#1" } , "name":{"S":"x"} }']
    event = b'{"Records":[' + b",".join(b'{"dynamodb":{"NewImage":%s}}' % text for text in texts) + b"]}"
    batch = dynamodb.to_arrow(event, image=CLOSED)
    assert [row["USER#"] for row in batch["new_image"]] == [{"sk": "USER#1", "name": "x"}] * 4


def test_any_attribute_may_be_the_key():
    for name in ("sk", "a.b", "S", "é", "", 'q"'):
        shapes = by_key(name, {"u": {"n": "int64"}})
        batch = dynamodb.to_arrow(event_of([(None, {"n": {"N": "1"}, name: {"S": "u"}})]), image=shapes)
        assert batch["new_image.u.n"].to_pylist() == [1]


def test_cases_are_of_any_type_of_an_item():
    class User(msgspec.Struct):
        sk: str
        name: str

    shapes = by_key("sk", {"s": User, "a": pa.schema([("sk", pa.utf8())]), "m": "map<utf8, json>", "j": "json"})
    event = event_of([(None, {"sk": {"S": case}, "name": {"S": "x"}}) for case in "samj"])
    rows = dynamodb.to_arrow(event, image=shapes)["new_image"].to_pylist()
    assert [row[case] for row, case in zip(rows, "sam", strict=False)] == [
        {"sk": "s", "name": "x"}, {"sk": "a"}, {"sk": '"m"', "name": '"x"'}]
    assert json.loads(rows[3]["j"]) == {"sk": "j", "name": "x"}


@pytest.mark.parametrize("arguments, options", [
    (("sk",), {}), (("sk", {"a": "json"}), {"prefix": {"a": "json"}}), (("sk", {}), {}), (("sk",), {"prefix": {}}),
    (("sk", {"other": "json"}), {"other": "json"}), (("sk", {None: "json"}), {}), (("sk", {(): "json"}), {}),
    (("sk",), {"prefix": {5: "json"}}), (("sk", {"a": "int46"}), {}), (("sk", {"a\0": "json"}), {}),
], ids=repr)
def test_cases_that_cannot_be(arguments, options):
    with pytest.raises((ValueError, TypeError)):
        by_key(*arguments, **options)


@pytest.mark.parametrize("case", ["utf8", "int64", ["json"]], ids=repr)
def test_a_case_that_is_no_item(case):
    with pytest.raises(ValueError, match="an item is a struct, a map or json"):
        dynamodb.Decoder(image=by_key("sk", {"a": case}))


# --- what is of no case, or no item -----------------------------------------------------------------

BAD = [(None, order(1)), (None, UNKNOWN), (order(2), user("x")), (order(3, amount={"S": "x"}), None), (None, user("y"))]


@pytest.mark.parametrize("mode, rows", [("collect", [0, 2, 4]), ("stop", [0]), ("null", [0, 1, 2, 3, 4])])
def test_failures(check, mode, rows):
    batch = dynamodb.to_arrow(event_of(BAD), image=CLOSED, on_error=mode)
    check(batch)
    assert batch.record_index.to_pylist() == rows
    failures = [(1, "unexpected_value", "$.Records[1].dynamodb.NewImage"),
                (3, "unexpected_type", "$.Records[3].dynamodb.OldImage.amount")]
    found = [(failure.index, failure.reason, failure.path) for failure in batch.failures]
    assert found == failures[: 1 if mode == "stop" else 2]
    # What failed is of no case.
    shown = [BAD[row] for row in rows if row not in (1, 3)]
    counts = [case_of(item) for pair in shown for item in pair if item is not None]
    assert batch.shapes == {case: counts.count(case) for case in CASES[:2]}
    parts = batch.split()
    of = {case: [row for row in rows if row not in (1, 3) and case in map(case_of, BAD[row])] for case in CASES[:2]}
    assert {name: part.record_index.to_pylist() for name, part in parts.items()} == of | (
        {"other": [1, 3]} if mode == "null" else {})
    if mode == "null":
        assert [json.loads(text)["eventName"] for text in parts["other"]["_corrupt_record"]] == ["MODIFY"] * 2


@pytest.mark.parametrize("policy, rescued", [("null", {}), ("rescue", {"$.old_image.amount": 1})])
def test_values_that_do_not_fit_inside_a_case(policy, rescued):
    event = event_of([BAD[0], *BAD[2:]])
    batch = dynamodb.to_arrow(event, image=CLOSED, on_mismatch=policy)
    assert batch["old_image"].to_pylist()[2]["ORDER#"] == {"sk": "ORDER#3", "amount": None, "lines": None}
    assert batch.rescued == rescued


# --- parts ------------------------------------------------------------------------------------------


def test_a_change_is_in_the_parts_of_both_its_images(check):
    batch = dynamodb.to_arrow(EVENT, image=SHAPES)
    parts = batch.split()
    assert list(parts) == CASES
    of = {case: [row for row, pair in enumerate(CHANGES) if case in map(case_of, pair)] for case in CASES}
    of["other"] = sorted([*of["other"], 4])    # no image: no case
    assert {name: part.record_index.to_pylist() for name, part in parts.items()} == of
    whole = batch.to_pylist()
    for case, part in parts.items():
        ours = check(part)
        assert ours.schema.names == batch.column_names
        kind = pa.schema(batch.schema).field("new_image").type.field(case).type
        for name in ("new_image", "old_image"):
            assert ours.schema.field(name).type == kind
            values = [whole[row][name] for row in of[case]]
            assert part[name].to_pylist() == [value and value[case] for value in values]
        for name in set(batch.column_names) - {"new_image", "old_image"}:
            assert part[name].to_pylist() == [whole[row][name] for row in of[case]]


def test_keys_have_the_fields_of_all_cases(check):
    kinds = {"a": {"pk": "utf8", "n": "int64", "x": "utf8"}, "b": {"pk": "utf8", "x": "binary", "l": ["utf8"]}}
    record = modified(None, {"pk": {"S": "a"}}, keys={"pk": {"S": "a"}, "x": {"S": "QQ=="}})
    batch = dynamodb.to_arrow(events.event([record]), image=by_key("pk", kinds))
    # Of what has two types the key is plain JSON.
    assert check(batch).schema.field("keys").type == pa.struct([("pk", pa.utf8()), ("n", pa.int64()), ("x", pa.utf8())])
    assert batch["keys"].to_pylist() == [{"pk": "a", "n": None, "x": '"QQ=="'}]
    assert batch.split()["a"]["keys"].to_pylist() == batch["keys"].to_pylist()
    named = dynamodb.to_arrow(events.event([record]), image=by_key("pk", kinds), keys=["pk"])
    assert named["keys"].to_pylist() == [{"pk": "a"}]


def test_a_stream_of_keys_alone_has_no_cases():
    event = event_of([(None, None)] * 3)
    for image in (SHAPES, CLOSED):
        batch = dynamodb.to_arrow(event, image=image)
        assert set(batch.shapes.values()) == {0}
        parts = batch.split()
        assert {name: len(part) for name, part in parts.items() if len(part)} == {"other": 3}
        assert parts["other"]["sequence_number"].to_pylist() == batch["sequence_number"].to_pylist()


@pytest.mark.parametrize("columns, names", [
    (["new_image"], ["new_image"]), (["sequence_number", "old_image"], ["sequence_number", "old_image"]),
    (["new_image.ORDER#.amount", "event_id"], ["new_image", "event_id"]),
    (["old_image.ORDER#", "new_image.USER#.name", "changed"], ["old_image", "new_image", "changed"]),
])
def test_columns_narrow_the_cases(check, columns, names):
    batch = dynamodb.to_arrow(EVENT, image=SHAPES, columns=columns)
    assert check(batch).schema.names == names
    whole = dynamodb.to_arrow(EVENT, image=SHAPES)
    for column in columns:
        if column.startswith(("new_image.", "old_image.")):
            assert batch[column].to_pylist() == whole[column].to_pylist()
    for part in batch.split().values():
        check(part)


def test_what_has_no_cases_cannot_be_split():
    for options in ({}, {"image": ORDER}, {"image": SHAPES, "columns": ["event_id", "changed"]}):
        with pytest.raises(ValueError, match=r"split\(\)"):
            dynamodb.to_arrow(event_of([(None, order(1))]), **options).split()


def test_the_whole_answers_for_its_parts():
    batch = dynamodb.to_arrow(event_of(CHANGES), image=SHAPES)
    names = batch["sequence_number"].to_pylist()
    parts = batch.split()
    parts["ORDER#"].fail([2], "a change of both")
    parts["USER#"].fail(parts["USER#"].record_index.to_pylist().index(5), "told twice")
    parts["other"].fail(-1, "the last")
    assert [failure.index for failure in batch.handler_failures] == [5, 8]
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": names[at]} for at in (5, 8)]}
    with pytest.raises(ValueError):
        parts["USER#"].response()


def test_events_that_are_fed(check):
    decoder = dynamodb.Decoder(image=SHAPES)
    for changes in (CHANGES[:3], [], CHANGES[3:]):
        decoder.feed(event_of(changes))
    batch = decoder.finish()
    singles = dynamodb.to_arrow(EVENT, image=SHAPES)
    assert batch.shapes == singles.shapes
    for name, part in batch.split().items():
        check(part)
        assert part["new_image"].to_pylist() == singles.split()[name]["new_image"].to_pylist()


DRAWN = st.one_of(
    st.none(), st.sampled_from([order(1), order(22, lines=LINES), user("ann"), user("é"), UNKNOWN]),
    st.fixed_dictionaries({"sk": st.fixed_dictionaries({"S": st.sampled_from(["ORDER#", "USER#x", "USER", ""])})}),
)


@given(st.lists(st.tuples(DRAWN, DRAWN), max_size=12))
def test_the_parts_together_are_the_whole(changes):
    batch = dynamodb.to_arrow(event_of(changes), image=SHAPES, columns=["sequence_number", "new_image", "old_image"])
    seen = []
    for case, part in batch.split().items():
        pa.record_batch(part).validate(full=True)
        for row, record in zip(part.to_pylist(), part.record_index.to_pylist(), strict=True):
            seen.append((record, case))
            for name, item in zip(("old_image", "new_image"), changes[record], strict=True):
                if case_of(item) != case:
                    assert row[name] is None
                elif case == "other":
                    assert json.loads(row[name]) == dynamodb.unmarshal(item)
                else:
                    assert row[name] == value_of(item)
    wanted = [(record, case) for record, pair in enumerate(changes)
              for case in ({*map(case_of, pair)} - {None} or {"other"})]
    assert sorted(seen) == sorted(wanted)


# --- the other ways that items come -----------------------------------------------------------------


ITEMS = [order(1, lines=LINES), UNKNOWN, user("ann"), order(2)]


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("module", [dynamodb_export, dynamodb_answer], ids=lambda module: module.SOURCE.name)
def test_exports_and_answers(check, module, flatten):
    if module is dynamodb_export:
        text = b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in ITEMS)
    else:
        text = json.dumps({"Items": ITEMS, "Count": 4}).encode()
    batch = module.to_arrow(text, image=SHAPES, flatten=flatten)
    assert check(batch).schema.names == (CASES if flatten else ["item"])
    assert batch.shapes == {"ORDER#": 2, "USER#": 1, "other": 1}
    parts = {name: check(part).to_pylist() for name, part in batch.split().items()}
    orders = [value_of(ITEMS[0]), value_of(ITEMS[3])]
    if flatten:
        assert parts["ORDER#"] == orders and parts["USER#"] == [{"sk": "USER#ann", "name": "ann"}]
        assert [json.loads(row["other"])["sk"] for row in parts["other"]] == ["CART#1"]
    else:
        assert [row["item"] for row in parts["ORDER#"]] == orders
        assert [json.loads(row["item"])["x"] for row in parts["other"]] == [True]


def test_an_incremental_export(check):
    lines = b"".join(json.dumps({"Keys": {"sk": new["sk"]}, "NewImage": new}).encode() + b"\n" for new in ITEMS)
    lines += json.dumps({"Keys": {}, "OldImage": user("x"), "NewImage": order(9)}).encode()
    batch = dynamodb_export_incremental.to_arrow(lines, image=SHAPES)
    parts = batch.split()
    assert {name: part.record_index.to_pylist() for name, part in parts.items()} == {
        "ORDER#": [0, 3, 4], "USER#": [2, 4], "other": [1]}
    assert check(parts["USER#"]).column("old_image").to_pylist() == [None, {"sk": "USER#x", "name": "x"}]


def test_in_the_payload_of_another_source():
    word = dynamodb.record(image=CLOSED)
    load = {"eventName": "MODIFY", "dynamodb": {"NewImage": order(1), "OldImage": user("ann")}}
    batch = lambdarrow.kinesis.to_arrow(events.event_of(load), payload=word, columns=["data"])
    assert batch.shapes == {"ORDER#": 1, "USER#": 1}
    parts = batch.split()
    assert parts["ORDER#"]["data.new_image"].to_pylist() == [value_of(order(1))]
    assert parts["ORDER#"]["data.old_image"].to_pylist() == [None]
    assert parts["USER#"]["data.old_image"].to_pylist() == [{"sk": "USER#ann", "name": "ann"}]
