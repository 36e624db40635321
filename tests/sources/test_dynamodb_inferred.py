"""Images of a type that nobody gave: what each batch shows decides."""

import datetime as dt
import json
from decimal import Decimal

import oracle
import pyarrow as pa
import pytest
from dynamodb import event_of, event_of_texts, exact, record, seeds, written
from dynamodb_columns import array_of, cases, inferred_image, type_of
from events import event
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, dynamodb

N, S = {"N": "1"}, {"S": "x"}


def image(*items, **options):
    """The column of the new images, by pyarrow."""
    batch = dynamodb.to_arrow(event_of(*items), columns=["new_image"], **options)
    assert not batch.failures
    return pa.record_batch(batch).column(0)


def kind_of(*values, **options):
    """The type that these AttributeValues get, each the attribute v of an item, or None where it is not there."""
    return image(*[{} if value is None else {"v": value} for value in values], **options).type.field("v").type


def rows_of(*values, **options):
    return [row["v"] for row in image(*[{"v": value} for value in values], **options).to_pylist()]


def without_zeros(value):
    """The attributes with another number for each zero, which takes no digit, or one."""
    if isinstance(value, dict):
        return {key: _not_zero(inner) if key == "N" and isinstance(inner, str) else without_zeros(inner)
                for key, inner in value.items()}
    if isinstance(value, list):
        return [_not_zero(item) if isinstance(item, str) else without_zeros(item) for item in value]
    return value


def _not_zero(text):
    try:
        return "7" if exact(text) == (0, 0) else text
    except oracle.Wrong:
        return text


# --- any items --------------------------------------------------------------------------------------


@given(cases(), seeds)
def test_an_image_is_of_the_narrowest_type_that_holds_all_items(check, case, seed):
    images = without_zeros(case[1])
    spec = inferred_image(images)
    ours = check(dynamodb.to_arrow(event_of(*images), columns=["new_image"])).column(0)
    assert ours.type == type_of(spec)
    assert ours.equals(array_of(spec, images))
    # However it is spelt.
    text = event_of_texts(*[written(item, seed + at) for at, item in enumerate(images)])
    assert pa.record_batch(dynamodb.to_arrow(text, columns=["new_image"])).column(0).type == ours.type
    # The type is one that can be given, and gives the same.
    if not any(word in repr(spec) for word in ("json", "coerce")):
        again = dynamodb.to_arrow(event_of(*images), image=pa.schema(list(ours.type)), columns=["new_image"])
        assert pa.record_batch(again).column(0).equals(ours)


@given(cases(), st.integers(1, 3))
def test_events_that_are_fed_have_one_type(case, at):
    """As if they were one event."""
    images = case[1]
    decoder = dynamodb.Decoder(columns=["new_image"])
    for some in (images[:at], images[at:]):
        decoder.feed(event_of(*some))
    fed = pa.record_batch(decoder.finish())
    assert fed.equals(pa.record_batch(dynamodb.to_arrow(event_of(*images), columns=["new_image"])))


# --- numbers ----------------------------------------------------------------------------------------

NUMBERS = [
    (["5"], pa.int64()),
    (["-9223372036854775808", "9223372036854775807"], pa.int64()),
    (["0", "-0", "0.0", "0E99", "1.0", "1E2", "50E-1"], pa.int64()),
    (["9223372036854775808"], pa.decimal128(19, 0)),
    (["-9223372036854775809", "1"], pa.decimal128(19, 0)),
    (["0.5"], pa.decimal128(1, 1)),
    (["12.50"], pa.decimal128(3, 1)),
    (["12.50", "1000"], pa.decimal128(5, 1)),
    (["0.001", "100"], pa.decimal128(6, 3)),
    (["1E-38"], pa.decimal128(38, 38)),
    (["1E37"], pa.decimal128(38, 0)),
    (["1" * 38], pa.decimal128(38, 0)),
    (["1" * 19 + "." + "1" * 19], pa.decimal128(38, 19)),
    (["1" * 30, "0.00000001"], pa.decimal128(38, 8)),
    (["0.1" + "0" * 60], pa.decimal128(1, 1)),
    (["1" + "0" * 40, "1"], pa.utf8()),
    (["1" * 30, "0.000000001"], pa.utf8()),
    (["1E38"], pa.utf8()),
    (["1E-39"], pa.utf8()),
    (["1E125", "1E-130"], pa.utf8()),
]


@pytest.mark.parametrize("texts, kind", NUMBERS, ids=[",".join(texts)[:40] for texts, _ in NUMBERS])
def test_numbers_get_the_narrowest_type_that_holds_them_all_exactly(texts, kind):
    values = [{"N": text} for text in texts]
    assert kind_of(*values) == kind_of(*values[::-1]) == kind_of(None, *values, {"NULL": True}, None) == kind
    assert kind_of({"NS": texts}) == kind_of({"L": values}) == pa.list_(kind)
    made = rows_of(*values)
    if kind == pa.utf8():
        assert made == texts
    else:
        assert made == list(map(Decimal, texts))


# --- other types ------------------------------------------------------------------------------------

TYPES = [
    ([S], pa.utf8()),
    ([{"S": "2024-01-02T03:04:05Z"}, {"S": "01234567-89ab-cdef-0123-456789abcdef"}], pa.utf8()),
    ([{"B": "QQ=="}], pa.binary()),
    ([{"BOOL": True}, {"BOOL": False}], pa.bool_()),
    ([{"SS": ["a"]}], pa.list_(pa.utf8())),
    ([{"NS": ["1"]}, {"NS": ["1.5"]}], pa.list_(pa.decimal128(2, 1))),
    ([{"BS": ["QQ=="]}], pa.list_(pa.binary())),
    ([{"L": [S]}, {"SS": ["a"]}, {"L": [{"NULL": True}]}], pa.list_(pa.utf8())),
    ([{"L": []}, {"L": [N]}], pa.list_(pa.int64())),
    ([{"SS": []}, {"L": [N]}], pa.list_(pa.int64())),
    ([{"L": [{"L": [N]}, {"L": []}]}], pa.list_(pa.list_(pa.int64()))),
    ([{"L": [{"M": {"a": N}}, {"M": {"b": S}}]}], pa.list_(pa.struct([("a", pa.int64()), ("b", pa.utf8())]))),
    ([{"M": {"a": N}}, {"M": {"b": {"M": {"c": S}}, "a": {"NULL": True}}}],
     pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.utf8())]))])),
]


@pytest.mark.parametrize("values, kind", TYPES, ids=[str(kind) for _, kind in TYPES])
def test_each_type(values, kind):
    assert kind_of(*values) == kind_of(*values, {"NULL": True}, None) == kind


# What has several types, or shows none: plain JSON.
JSON = [
    ([S, N], ['"x"', "1"]),
    ([N, {"BOOL": True}], ["1", "true"]),
    ([S, {"B": "QQ=="}], ['"x"', '"QQ=="']),
    ([{"L": [N, S]}], ['[1,"x"]']),
    ([{"L": [N]}, {"L": [S]}], ["[1]", '["x"]']),
    ([{"NS": ["1"]}, {"SS": ["a"]}], ["[1]", '["a"]']),
    ([{"L": [N]}, N], ["[1]", "1"]),
    ([{"L": [{"L": [N]}, {"L": [S]}]}], ['[[1],["x"]]']),
    ([{"M": {"a": N}}, S], ['{"a":1}', '"x"']),
    ([{"M": {}}], ["{}"]),
    ([{"L": [{"M": {}}]}], ["[{}]"]),
    ([{"L": [{"NULL": True}]}], ["[null]"]),
    ([{"NULL": True}], [None]),
    ([{"M": {"a\0": N}}], ['{"a\\u0000":1}']),
]


@pytest.mark.parametrize("values, texts", JSON, ids=[" and ".join(map(json.dumps, values)) for values, _ in JSON])
def test_what_has_no_one_type_is_json(values, texts):
    assert kind_of(*values) == pa.utf8()
    assert rows_of(*values) == texts
    assert kind_of(*values[::-1]) == pa.utf8()


def test_a_list_that_never_has_items_may_hold_anything():
    for value in ({"L": []}, {"SS": []}, {"NS": []}):
        assert kind_of(value) == pa.list_(pa.utf8()) and rows_of(value, {"NULL": True}) == [[], None]
    assert kind_of({"L": [{"L": []}]}) == pa.list_(pa.list_(pa.utf8()))


def test_only_the_place_that_differs_is_json():
    one = {"a": {"M": {"x": N, "y": {"L": [{"M": {"z": S}}]}}}, "b": N}
    other = {"a": {"M": {"x": S, "y": {"L": [{"M": {"z": N}}]}}}, "b": N}
    kind = image(one, other).type
    assert kind == pa.struct([
        ("a", pa.struct([("x", pa.utf8()), ("y", pa.list_(pa.struct([("z", pa.utf8())])))])), ("b", pa.int64()),
    ])
    assert image(one, other).to_pylist()[1] == {"a": {"x": '"x"', "y": [{"z": "1"}]}, "b": 1}


def test_fields_stand_in_the_order_in_which_they_came():
    assert [field.name for field in image({"b": N, "a": N}, {"c": N, "a": N, "d": N}).type] == ["b", "a", "c", "d"]


def test_names_of_any_kind():
    item = {"": N, "a.b": N, "a b": N, '"': N, "\u20ac": N, "type": N, "from": N, "S": N, "x" * 64_000: N}
    assert [field.name for field in image(item).type] == list(item)
    assert list(image(item).to_pylist()[0].values()) == [1] * len(item)


def test_a_name_that_an_escape_spells():
    whole = event_of_texts(rb'{"\u0061":{"N":"1"},"b":{"S":"x"}}', b'{"a":{"N":"2.5"},"\\u0062":{"S":"y"}}')
    assert dynamodb.to_arrow(whole)["new_image"].to_pylist() == [
        {"a": 1, "b": "x"}, {"a": Decimal("2.5"), "b": "y"},
    ]


def test_no_item_at_all():
    assert image().type == pa.utf8() and len(image()) == 0
    assert image({}).type == pa.utf8() and image({}).to_pylist() == ["{}"]
    batch = dynamodb.to_arrow(event([record(None)]))
    assert batch["new_image"].to_pylist() == batch["old_image"].to_pylist() == [None]
    assert dynamodb.to_arrow(b'{"Records":[]}').num_rows == 0


# --- many keys --------------------------------------------------------------------------------------


def many(count, value=N):
    return {f"key-{number}": value for number in range(count)}


def test_a_thousand_keys_are_a_struct_and_more_are_a_map():
    assert image(many(1000)).type.num_fields == 1000
    assert image(many(1001)).type == pa.map_(pa.utf8(), pa.int64())
    assert image(many(600), {f"other-{name}": N for name in many(600)}).type == pa.map_(pa.utf8(), pa.int64())
    assert image(many(1001)).to_pylist() == [[(name, 1) for name in many(1001)]]


def test_values_of_a_map_have_one_type_or_are_json():
    assert image(many(1001, {"L": [N]})).type == pa.map_(pa.utf8(), pa.list_(pa.int64()))
    mixed = many(1001) | {"other": S}
    assert image(mixed).type == pa.map_(pa.utf8(), pa.utf8())
    assert image(mixed).to_pylist()[0][0] == ("key-0", "1") and image(mixed).to_pylist()[0][-1] == ("other", '"x"')


def test_maps_inside_an_item():
    kind = image({"id": N, "v": {"M": many(1001, S)}, "l": {"L": [{"M": many(1001)}]}}).type
    assert kind == pa.struct([("id", pa.int64()), ("v", pa.map_(pa.utf8(), pa.utf8())),
                              ("l", pa.list_(pa.map_(pa.utf8(), pa.int64())))])


def test_another_name_every_time():
    """A map that is used as one: its keys are other ones in every item."""
    kind = image(*[{"id": N,
                    "by_user": {"M": {f"user-{number}-{k}": N for k in range(4)}}} for number in range(300)]).type
    assert kind.field("by_user").type == pa.map_(pa.utf8(), pa.int64())


# --- where types come from ---------------------------------------------------------------------------


def test_both_images_have_one_type():
    whole = event([record({"v": N}, old={"w": S}), record({"w": {"S": "y"}}, 1, old={"v": {"N": "1.5"}})])
    ours = pa.record_batch(dynamodb.to_arrow(whole))
    assert ours.schema.field("new_image").type == ours.schema.field("old_image").type == pa.struct(
        [("v", pa.decimal128(2, 1)), ("w", pa.utf8())])


def test_keys_have_a_type_of_their_own():
    whole = event([record({"id": {"N": "1.5"}}, keys={"id": N, "sk": S}), record({"sk": N}, 1, keys={"id": N})])
    ours = pa.record_batch(dynamodb.to_arrow(whole))
    assert ours.schema.field("keys").type == pa.struct([("id", pa.int64()), ("sk", pa.utf8())])
    assert ours.schema.field("new_image").type == pa.struct([("id", pa.decimal128(2, 1)), ("sk", pa.int64())])


def test_each_batch_has_its_own_types():
    decoder = dynamodb.Decoder(columns=["new_image"])
    batches = [{"v": N}, {"v": S}, {"v": N}, {"w": N}, {"v": N}]
    kinds = [pa.record_batch(decoder.to_arrow(event_of(item))).schema.field(0).type for item in batches * 3]
    assert kinds == [image(item).type for item in batches] * 3


def test_more_types_than_are_kept():
    decoder = dynamodb.Decoder(columns=["new_image"])
    for _ in range(2):
        for number in range(150):
            assert decoder.to_arrow(event_of({f"v{number}": N}))["new_image"].to_pylist() == [{f"v{number}": 1}]


def test_dialects_of_what_is_inferred(check):
    item = {"n": {"N": "1" * 20}, "t": S, "l": {"L": [{"M": {"b": {"B": "QQ=="}}}]}}
    for dialect in ("plain", "spark"):
        check(dynamodb.to_arrow(event_of(item), dialect=dialect))
    views = image(item, string_type="string_view")
    assert views.type.field("t").type == pa.string_view()


def test_the_type_of_the_documented_event():
    whole = event([record({"Message": {"S": "New item!"}, "Id": {"N": "101"}}, keys={"Id": {"N": "101"}})])
    batch = dynamodb.to_arrow(whole)
    assert batch["new_image"].to_pylist() == [{"Message": "New item!", "Id": 101}]
    assert batch["keys"].to_pylist() == [{"Id": 101}]
    assert batch["approximate_creation_date_time"].to_pylist() == [dt.datetime(2016, 12, 2, 1, 27, tzinfo=dt.UTC)]


# --- strict, failures --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [{"SS": ["a", "a"]}, {"SS": []}, {"NS": ["1", "1.0"]}, {"NS": ["1E2", "100", "5"]},
                                   {"BS": ["QQ==", "QQ=="]}, {"L": [{"SS": ["a", "a"]}]}, {"M": {"x": {"NS": []}}}])
def test_strict_refuses_what_is_no_set(value):
    assert image({"v": value}).null_count == 0
    batch = dynamodb.to_arrow(event_of({"v": value}, {"v": value}), strict=True, on_error="collect")
    assert [one.reason for one in batch.failures] == ["repeated_member"] * 2


def test_strict_takes_sets():
    item = {"s": {"SS": ["a", "b"]}, "n": {"NS": ["1", "2.5"]}, "b": {"BS": ["QQ==", ""]}, "l": {"L": [N, N]}}
    assert image(item, strict=True).equals(image(item))


BROKEN = ['{"v":{"N":"1","S":"x"}}', '{"v":{"Q":"1"}}', '{"v":{"N":"NaN"}}', '{"v":5}', '{"v":{"N":""}}', '"x"']


@pytest.mark.parametrize("text", BROKEN)
def test_a_record_that_fails_beside_others(text):
    good = '{"v":{"N":"1"}}'
    for texts in ((good, text, good), (text, good, good), (good, good, text)):
        whole = event_of_texts(*texts)
        batch = dynamodb.to_arrow(whole, columns=["new_image"], on_error="collect")
        assert batch["new_image"].to_pylist() == [{"v": 1}] * 2
        assert [one.index for one in batch.failures] == [texts.index(text)]
        with pytest.raises(DecodeError) as caught:
            dynamodb.to_arrow(whole)
        assert caught.value.index == texts.index(text)
        # stop: the rows before it; null: a row of nulls.
        stopped = dynamodb.to_arrow(whole, columns=["new_image"], on_error="stop")
        assert stopped.num_rows == texts.index(text)
        kept = dynamodb.to_arrow(whole, columns=["new_image"], on_error="null")
        assert [row is None for row in kept["new_image"].to_pylist()] == [one == text for one in texts]


def test_an_event_that_is_broken_altogether():
    whole = event_of({"v": N}, {"v": S})
    for end in (0, 1, len(whole) // 2, len(whole) - 1):
        with pytest.raises(DecodeError):
            dynamodb.to_arrow(whole[:end])
        with pytest.raises(DecodeError):
            dynamodb.to_arrow(whole[:end], on_error="collect")
    # Nothing of it is left in the decoder.
    decoder = dynamodb.Decoder(columns=["new_image"], on_error="collect")
    for _ in range(3):
        with pytest.raises(DecodeError):
            decoder.to_arrow(whole[:-2])
        assert decoder.to_arrow(event_of({"w": N}))["new_image"].to_pylist() == [{"w": 1}]
