"""What changed in an item: the columns op and changed, and batch.changes(), beside what json and decimal compare."""

import base64
import json
import random
from decimal import Decimal

import events
import pyarrow as pa
import pytest
from events_dynamodb import change, modified, modified_event
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import DecodeError, by_key, dynamodb, dynamodb_export_incremental

VIEW = ["op", "approximate_creation_date_time", "sequence_number", "keys", "changed"]


def meaning(value):
    """What an AttributeValue means, so that two that mean the same are equal, and others are not.

    Of a set the members say what it is a set of; DynamoDB itself has none without.
    """
    ((tag, inner),) = value.items()
    one = {"N": Decimal, "B": base64.b64decode}.get(tag[0], lambda text: text)
    if tag in ("SS", "NS", "BS"):
        return tag if inner else "no members", frozenset(map(one, inner))
    if tag == "L":
        return tag, [meaning(item) for item in inner]
    if tag == "M":
        return tag, {key: meaning(item) for key, item in inner.items()}
    return tag, one(inner) if tag in ("S", "N", "B") else inner


def differing(old, new):
    """The names of the attributes that differ: in the new image's order, then those that are gone."""
    if old is None or new is None:
        return None
    found = [name for name in new if name not in old or meaning(old[name]) != meaning(new[name])]
    return found + [name for name in old if name not in new]


def changed(*pairs, **options):
    """The column `changed` of pairs of images, old and new."""
    batch = dynamodb.to_arrow(modified_event(*pairs), image="json", columns=["changed"], **options)
    return batch["changed"].to_pylist()


def images_event(*pairs):
    """An event of records whose images are these JSON texts, old and new."""
    text = b",".join(b'{"eventName":"MODIFY","dynamodb":{"NewImage":%s,"OldImage":%s}}' % (new.encode(), old.encode())
                     for old, new in pairs)
    return b'{"Records":[' + text + b"]}"


def changed_texts(*pairs):
    return dynamodb.to_arrow(images_event(*pairs), image="json", columns=["changed"])["changed"].to_pylist()


# --- two values -------------------------------------------------------------------------------------

NINES = "9" * 38
SAME = [
    ({"N": "1"}, {"N": "1.0"}), ({"N": "1"}, {"N": "1E0"}), ({"N": "100"}, {"N": "1e+2"}), ({"N": "0"}, {"N": "-0.00"}),
    ({"N": "0"}, {"N": "0E99"}), ({"N": ".5"}, {"N": "+00.50"}), ({"N": "5."}, {"N": "5"}),
    ({"N": "-12.5"}, {"N": "-1.25E1"}), ({"N": "1E125"}, {"N": "1" + "0" * 125}),
    ({"N": "1E-130"}, {"N": "0." + "0" * 129 + "1"}), ({"N": NINES}, {"N": NINES + ".000"}),
    ({"N": NINES}, {"N": "0." + NINES + "E38"}), ({"N": "1234567890123456789"}, {"N": "1234567890123456789.0"}),
    ({"N": "12345678901234567890"}, {"N": "1234567890123456789E1"}), ({"N": "1E40"}, {"N": "10000000000000000000E21"}),
    ({"SS": ["a", "b", "é"]}, {"SS": ["é", "a", "b"]}), ({"NS": ["1", "2.50", "3"]}, {"NS": ["3E0", "1.0", "2.5"]}),
    ({"BS": ["AA==", "AQ=="]}, {"BS": ["AQ==", "AA=="]}), ({"SS": []}, {"SS": []}),
    ({"M": {"a": {"N": "1"}, "b": {"S": "x"}}}, {"M": {"b": {"S": "x"}, "a": {"N": "1.0"}}}),
    ({"L": [{"N": "1"}, {"M": {"a": {"NS": ["1", "2"]}}}]}, {"L": [{"N": "1.0"}, {"M": {"a": {"NS": ["2", "1"]}}}]}),
    ({"M": {"M": {"M": {"M": {"S": "M"}}}}}, {"M": {"M": {"M": {"M": {"S": "M"}}}}}),
]
OTHER = [
    ({"N": "1"}, {"N": "2"}), ({"N": "1"}, {"N": "-1"}), ({"N": "1"}, {"N": "10"}), ({"N": "1E1"}, {"N": "1E2"}),
    ({"N": NINES}, {"N": NINES[:-1] + "8"}), ({"N": "1234567890123456789.1"}, {"N": "1234567890123456789.2"}),
    ({"N": "12345678901234567891"}, {"N": "12345678901234567892"}), ({"N": "1" + "0" * 36 + "1"}, {"N": "1E37"}),
    ({"N": "1" + "0" * 20 + "1"}, {"N": "1" + "0" * 21 + "1"}), ({"N": "0"}, {"N": "1E-130"}),
    ({"S": "1"}, {"N": "1"}), ({"S": "QQ=="}, {"B": "QQ=="}), ({"B": "QQ=="}, {"B": "QUE="}), ({"B": ""}, {"S": ""}),
    ({"S": "é"}, {"S": "e\u0301"}), ({"S": "a"}, {"S": "A"}), ({"S": ""}, {"S": "\0"}), ({"S": ""}, {"NULL": True}),
    ({"BOOL": True}, {"BOOL": False}), ({"BOOL": True}, {"N": "1"}), ({"BOOL": False}, {"NULL": True}),
    ({"SS": ["a"]}, {"SS": ["a", "b"]}), ({"SS": ["a", "b"]}, {"SS": ["ab"]}), ({"SS": ["a"]}, {"BS": ["a==="]}),
    ({"SS": ["1"]}, {"NS": ["1"]}), ({"SS": ["a"]}, {"L": [{"S": "a"}]}), ({"SS": []}, {"L": []}),
    ({"NS": ["1", "2"]}, {"NS": ["1", "-2"]}), ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}),
    ({"L": []}, {"M": {}}), ({"L": []}, {"L": [{"L": []}]}),
    ({"L": [{"L": [{"S": ""}]}]}, {"L": [{"L": []}, {"S": ""}]}),
    ({"M": {}}, {"M": {"a": {"NULL": True}}}), ({"M": {"a": {"S": "b"}}}, {"M": {"b": {"S": "a"}}}),
    ({"M": {"a": {"S": "x"}, "b": {"S": "y"}}}, {"M": {"a": {"S": "y"}, "b": {"S": "x"}}}),
    ({"M": {"a": {"N": "1"}, "b": {"N": "2"}}}, {"M": {"a": {"N": "1"}, "b": {"N": "3"}}}),
]
PAIRS = [(pair, True) for pair in SAME] + [(pair, False) for pair in OTHER]


@pytest.mark.parametrize("pair, same", PAIRS, ids=[json.dumps(pair)[:80] for pair, _ in PAIRS])
def test_values_are_compared_as_what_they_mean(pair, same):
    one, other = pair
    if "a===" not in json.dumps(pair):
        assert (meaning(one) == meaning(other)) == same
    for left, right in (pair, pair[::-1]):
        assert changed(({"k": left}, {"k": right})) == [[] if same else ["k"]]
        wrapped = [{"k": {"M": {"a b": {"L": [{"S": "x"}, value]}}}} for value in (left, right)]
        assert changed(tuple(wrapped)) == [[] if same else ["k"]]


def nested(depth, innermost, tag):
    value = innermost
    for _ in range(depth):
        value = {"M": {"a": value}} if tag == "M" else {"L": [value]}
    return {"v": value}


@pytest.mark.parametrize("tag", ["L", "M"])
def test_values_are_compared_down_to_the_depth_that_dynamodb_has(tag):
    for depth in (0, 1, 5, 31, 32):
        one, same, other = (nested(depth, {"N": text}, tag) for text in ("1", "1.0", "2"))
        assert changed((one, same), (one, other)) == [[], ["v"]]
    # What is deeper is no value of DynamoDB's: it is not compared, and its bytes differ.
    assert changed((nested(33, {"N": "1"}, tag), nested(33, {"N": "1.0"}, tag))) == [["v"]]
    # What has the same bytes is the same, whatever it says.
    assert changed((nested(33, {"N": "1"}, tag),) * 2) == [[]]


SPELT = [
    ('{"a":{"S":"x"}}', '{ "a" :\n{ "S" : "x" }\t}'),
    ('{"a":{"S":"é"}}', r'{"a":{"S":"\u00e9"}}'),
    ('{"a":{"S":"/\\n"}}', r'{"a":{"S":"\/\u000a"}}'),
    ('{"a":{"S":"😀"}}', r'{"\u0061":{"\u0053":"\ud83d\ude00"}}'),
    ('{"é\\"":{"N":"1"}}', r'{"\u00e9\u0022":{"N":"\u0031"}}'),
    ('{"a":{"B":"+/+/"}}', r'{"a":{"B":"\u002b\/+\/"}}'),
    ('{"a":{"M":{"b":{"NS":["1","2"]}}}}', r'{"a":{"M":{"\u0062":{"NS":["2",  "\u0031"]}}}}'),
    ('{"a":{"BOOL":true},"b":{"NULL":true}}', '{"b":{"NULL" :true},"a":{"BOOL": true }}'),
    ('{"":{"L":[]}}', '{"":{"L":[ ]}}'),
]


@pytest.mark.parametrize("one, other", SPELT)
def test_equal_images_that_are_written_otherwise(one, other):
    assert json.loads(one) == json.loads(other) or "NS" in one
    assert changed_texts((one, other), (other, one)) == [[], []]


# --- two images -------------------------------------------------------------------------------------


def test_names_of_what_is_new_gone_or_other():
    a, b, c = {"S": "a"}, {"S": "b"}, {"N": "1"}
    assert changed(
        ({"x": a}, {"x": a}), ({}, {}), ({}, {"x": a}), ({"x": a}, {}), ({"x": a, "y": b}, {"x": b, "y": b}),
        ({"z": a, "y": a, "x": a}, {"w": a, "x": b, "v": a}), ({"x": c, "y": c}, {"y": c, "x": c}),
    ) == [[], [], ["x"], ["x"], ["x"], ["w", "x", "v", "z", "y"], []]


@pytest.mark.parametrize("name", ["", "a.b", "é", 'q"\\', "\0", "\U0001f600", "N", "dynamodb", "x" * 70])
def test_names_are_any_text(name):
    old, new = {name: {"S": "a"}, "b": {"S": "b"}}, {name: {"S": "c"}, "b": {"S": "b"}}
    ascii_only = json.dumps(json.loads(modified_event((old, new))))
    for event in (modified_event((old, new)), ascii_only):
        batch = dynamodb.to_arrow(event, image="json", columns=["changed"])
        assert batch["changed"].to_pylist() == [[name]]


@pytest.mark.parametrize("old, new, names", [
    ('{"a":{"N":"1"},"a":{"N":"2"}}', '{"a":{"N":"2"}}', []),
    ('{"a":{"N":"1"},"a":{"N":"2"}}', '{"a":{"N":"1"}}', ["a"]),
    ('{"a":{"N":"2"}}', '{"a":{"N":"1"},"a":{"N":"2"}}', []),
    ('{"a":{"N":"2"}}', r'{"a":{"N":"1"},"\u0061":{"N":"2"}}', []),
    ('{"a":{"N":"1"},"b":{"S":"x"},"a":{"N":"2"}}', '{"b":{"S":"x"},"a":{"N":"2"}}', []),
    ('{"a":{"N":"1"},"a":{"N":"1"},"a":{"S":"1"}}', '{"a":{"S":"1"},"a":{"N":"1"}}', ["a"]),
    ('{"a":{"N":"1"},"a":{"N":"2"}}', "{}", ["a"]),
    ("{}", '{"a":{"N":"1"},"a":{"N":"2"}}', ["a"]),
])
def test_the_last_of_equal_names_counts(old, new, names):
    assert names == differing(json.loads(old), json.loads(new))
    assert changed_texts((old, new)) == [names]


@pytest.mark.parametrize("inner, expected", [
    ('{"NewImage":{"a":{"S":"x"}}}', None),
    ('{"OldImage":{"a":{"S":"x"}}}', None),
    ('{"NewImage":null,"OldImage":{}}', None),
    ('{"NewImage":{},"OldImage":null}', None),
    ("{}", None),
    ("null", None),
    ('{"OldImage":{},"NewImage":{}}', []),
    ('{"NewImage":{"a":{"S":"x"}},"OldImage":{},"NewImage":{}}', []),
    ('{"NewImage":{"a":{"S":"x"}},"OldImage":{},"NewImage":null}', None),
    (r'{"NewImage":{},"OldImage":{},"\u004eewImage":{"b":{"S":"x"}}}', ["b"]),
    ('{"NewImage":{"a":{"S":"x"}},"OldImage":{}},"dynamodb":{"NewImage":{}}', None),
    ('{"NewImage":{"a":{"S":"x"}},"OldImage":{}},"dynamodb":null', None),
    ('{"NewImage":{}},"dynamodb":{"NewImage":{"b":{"S":"x"}},"OldImage":{}}', ["b"]),
])
def test_null_where_an_image_is_missing(check, inner, expected):
    """Also behind a record that had both: nothing of it is left."""
    both = '{"dynamodb":{"NewImage":{"z":{"S":"x"}},"OldImage":{}}}'
    event = f'{{"Records":[{both},{{"dynamodb":{inner}}},{both}]}}'
    batch = dynamodb.to_arrow(event, image="json", columns=["changed"])
    assert batch["changed"].to_pylist() == [["z"], expected, ["z"]]
    check(batch)


def test_images_of_which_nothing_else_is_asked_are_not_converted():
    """Attributes that have the same bytes are not looked into; whether they fit their type is nobody's question."""
    image = {"n": {"N": "no number"}, "m": {"?": [1]}, "x": {"S": "a"}}
    pair = (image, image | {"x": {"S": "b"}})
    assert changed(pair) == [["x"]]
    batch = dynamodb.to_arrow(modified_event(pair), image={"n": "int64"}, columns=["op", "changed"])
    assert batch.to_pylist() == [{"op": "modify", "changed": ["x"]}]
    with pytest.raises(DecodeError):
        dynamodb.to_arrow(modified_event(pair), image={"n": "int64"}, columns=["new_image", "changed"])


@pytest.mark.parametrize("tag, one, other", [
    ("N", "x", "1"), ("N", "1E126", "1"), ("?", "x", "y"), ("BOOL", "true", True), ("NULL", False, True), ("L", {}, []),
    ("SS", ["a", 1], ["a"]), ("NS", ["1", "x"], ["1"]), ("M", {"a": 5}, {}),
])
def test_what_cannot_be_compared_has_changed(tag, one, other):
    for pair in ((one, other), (other, one)):
        event = modified_event(tuple({"k": {tag: value}} for value in pair))
        assert dynamodb.to_arrow(event, image="json", columns=["changed"])["changed"].to_pylist() == [["k"]]


# --- images that hypothesis draws -------------------------------------------------------------------


class Drawn:
    """Values, and the many ways to write each."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def number(self):
        rng = self.rng
        digits = rng.randrange(-(10 ** rng.choice([1, 3, 18, 19, 20, 38])) + 1, 10 ** rng.choice([1, 3, 19, 38]))
        return Decimal(digits).scaleb(rng.choice([0, 0, 0, -2, -19, 5, 60]))

    def value(self, depth=3):
        rng = self.rng
        tag = rng.choice(["S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"] + ["L", "M"] * 2 * (depth > 0))
        one = {"S": lambda: rng.choice(["", "a", "é", '"\\\n', "\U0001f600", "b" * 30]), "N": self.number,
               "B": lambda: rng.randbytes(rng.randrange(5))}.get(tag[0])
        if tag == "L":
            return tag, [self.value(depth - 1) for _ in range(rng.randrange(4))]
        if tag == "M":
            return tag, {key: self.value(depth - 1) for key in rng.sample(["a", "b", "é", "", "S"], rng.randrange(4))}
        if tag in ("SS", "NS", "BS"):
            return tag, list({one() for _ in range(rng.randrange(4))})
        return tag, one() if tag in ("S", "N", "B") else tag == "NULL" or rng.random() < 0.5

    def other(self, value):
        """Another value, mostly one that differs at one place deep inside."""
        tag, inner = value
        if tag in ("L", "M") and inner and self.rng.random() < 0.8:
            places = list(range(len(inner))) if tag == "L" else list(inner)
            place = self.rng.choice(places)
            copy = inner.copy()
            copy[place] = self.other(inner[place])
            return tag, copy
        return self.value(1)

    # Ways of writing: text is all that JSON allows, numbers and sets all that DynamoDB does.

    def write(self, value):
        tag, inner = value
        rng = self.rng
        if tag in ("L", "M"):
            if tag == "L":
                text = "[" + ",".join(map(self.write, inner)) + "]"
            else:
                pairs = rng.sample(list(inner.items()), len(inner))
                text = "{" + ",".join(f"{self.string(key)}:{self.write(item)}" for key, item in pairs) + "}"
        elif tag in ("SS", "NS", "BS"):
            text = "[" + ", ".join(self.scalar(tag[0], one) for one in rng.sample(inner, len(inner))) + "]"
        else:
            text = self.scalar(tag, inner)
        return f"{{{self.string(tag)}:{rng.choice(['', ' '])}{text}}}"

    def scalar(self, tag, inner):
        if tag == "N":
            return f'"{self.numeral(inner)}"'
        if tag == "B":
            return self.string(base64.b64encode(inner).decode())
        return self.string(inner) if tag == "S" else json.dumps(inner)

    def string(self, text):
        hard = self.rng.random() < 0.1
        return events.all_escaped(text) if hard else json.dumps(text, ensure_ascii=self.rng.random() < 0.5)

    def numeral(self, number):
        rng = self.rng
        sign, digits, exponent = number.as_tuple()
        digits = "".join(map(str, digits))
        match rng.randrange(4):
            case 0:
                text = format(Decimal(digits).scaleb(exponent), "f")
            case 1:
                text = f"{digits}E{exponent}"
            case 2:
                text = f"{digits[0]}.{digits[1:]}0e{exponent + len(digits) - 1}"
            case _:
                text = f"00.{digits}E{exponent + len(digits):+}"
        return ("-" if sign else rng.choice(["", "+"])) + text

    def pair(self):
        """The texts of two images: some attributes are the same, some are written otherwise, some are others."""
        rng, old, new = self.rng, [], []
        for key in rng.sample(["pk", "sk", "a", "é", "", "x.y", "N", "long " * 9], rng.randrange(7)):
            value = self.value()
            text = self.write(value)
            old.append((key, text))
            new.append((key, rng.choice([text, self.write(value), self.write(value), self.write(self.other(value))])))
        for image in (old, new):
            if image and rng.random() < 0.3:
                image.pop(rng.randrange(len(image)))
            if rng.random() < 0.3:
                rng.shuffle(image)
        return tuple("{" + ",".join(f"{self.string(key)}:{text}" for key, text in image) + "}" for image in (old, new))


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_changed_is_what_values_say(seed, count):
    drawn = Drawn(seed)
    pairs = [drawn.pair() for _ in range(count)]
    expected = [differing(json.loads(old), json.loads(new)) for old, new in pairs]
    assert changed_texts(*pairs) == expected
    event = images_event(*pairs)
    for road in (event.decode(), json.loads(event)):
        batch = dynamodb.to_arrow(road, image="map<utf8, json>", columns=["changed", "new_image"], on_error="collect")
        assert batch["changed"].to_pylist() == expected
    lines = b"\n".join(b'{"Keys":{},"OldImage":%s,"NewImage":%s}' % (old.encode(), new.encode()) for old, new in pairs)
    batch = dynamodb_export_incremental.to_arrow(lines, image="json", columns=["changed"])
    assert batch["changed"].to_pylist() == expected


def test_the_drawn_images_have_everything():
    """Both verdicts about equal bytes and others, for every type."""
    seen = set()
    for seed in range(400):
        old, new = map(json.loads, Drawn(seed).pair())
        for name in old.keys() & new.keys():
            tag = next(iter(old[name]))
            seen.add((tag, old[name] == new[name], meaning(old[name]) == meaning(new[name])))
    tags = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]
    assert {(tag, True, True) for tag in tags} | {(tag, False, False) for tag in tags} <= seen
    assert {(tag, False, True) for tag in ("N", "SS", "NS", "BS", "L", "M")} <= seen


# --- size -------------------------------------------------------------------------------------------


def test_a_hundred_thousand_attributes_in_another_order():
    """Each found by looking at every other would take hours."""
    old = {f"attribute {number}": {"N": str(number)} for number in range(100_000)}
    new = {name: {"N": f"{value['N']}.0"} for name, value in reversed(old.items())}
    new |= {"attribute 7": {"N": "8"}, "attribute 99999": {"S": "99999"}, "new": {"NULL": True}}
    assert changed((old, new)) == [["attribute 99999", "attribute 7", "new"]]


def test_many_attributes_of_which_all_changed(check):
    old = {f"a{number}": {"S": "x" * (number % 50)} for number in range(10_000)}
    new = {f"a{number}": {"S": "y" * (number % 50) + "z"} for number in range(10_000)}
    batch = dynamodb.to_arrow(modified_event((old, new), (new, new), (new, old)), image="json", columns=["changed"])
    assert check(batch).column("changed").to_pylist() == [list(new), [], list(new)]


def test_names_of_64_kilobytes(check):
    """Names that differ in their last character, by the dozen, in another order, escaped in one image."""
    names = ["é" * 32_767 + chr(0x61 + number) for number in range(12)]
    old = {name: {"N": "1"} for name in names}
    new = {name: {"N": "2" if name in names[:3] else "1.0"} for name in reversed(names)}
    event = modified_event((old, new))
    escaped = json.dumps(json.loads(event)).encode()
    assert len(escaped) > 2 * len(event)
    for text in (event, escaped):
        batch = dynamodb.to_arrow(text, image="json", columns=["changed", "op"])
        assert check(batch).column("changed").to_pylist() == [names[2::-1]]


def test_a_value_with_many_parts():
    members = [f"member {number}" for number in range(20_000)]
    old = {"s": {"SS": members}, "n": {"NS": list(map(str, range(20_000)))},
           "m": {"M": {name: {"L": [{"N": "1"}]} for name in members}}}
    new = {"s": {"SS": members[::-1]}, "n": {"NS": [f"{number}.0" for number in reversed(range(20_000))]},
           "m": {"M": {name: {"L": [{"N": "1E0"}]} for name in reversed(members)}}}
    other = {"s": {"SS": [*members[1:], "x"]}, "n": {"NS": [*map(str, range(1, 20_000)), "20000"]},
             "m": {"M": old["m"]["M"] | {"member 9": {"L": []}}}}
    assert changed((old, new), (old, other)) == [[], ["s", "n", "m"]]


# --- op ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["arrow", "plain", "spark"])
def test_op_is_what_happened(check, dialect):
    names = ["INSERT", "MODIFY", "REMOVE", "REMOVE", "Insert", "", None, "TRUNCATE", "é"]
    record = [change(number=number) | {"eventName": name} for number, name in enumerate(names)]
    batch = dynamodb.to_arrow(events.event(record), image="json", columns=["op", "event_name"], dialect=dialect)
    ours = check(batch)
    kind = pa.dictionary(pa.int32(), pa.utf8()) if dialect == "arrow" else pa.utf8()
    assert ours.schema.types == [kind, kind]
    assert batch["op"].to_pylist() == ["insert", "modify", "remove", "remove", *names[4:]]
    assert batch["event_name"].to_pylist() == names
    escaped = b'{"Records":[{"eventName":"\\u0049NSERT"},{}]}'
    assert dynamodb.to_arrow(escaped, image="json", columns=["op"])["op"].to_pylist() == ["insert", None]
    bad = b'{"Records":[{"eventName":5},{"eventName":"REMOVE"}]}'
    batch = dynamodb.to_arrow(bad, image="json", columns=["op"], on_error="collect")
    assert (batch["op"].to_pylist(), batch.failures[0].reason) == (["remove"], "expected_string")


# --- the view of a batch ----------------------------------------------------------------------------

ORDER = {"pk": "utf8", "n": "int64"}


def order(pk, n, **more):
    return {"pk": {"S": pk}, "n": {"N": str(n)}, **more}


def orders(*records, **top):
    return events.event(records, **top)


INSERTED = modified(None, order("a", 1), 0, {"pk": {"S": "a"}}, "INSERT")
MODIFIED = modified(order("a", 1), order("a", 2), 1, {"pk": {"S": "a"}})
TOUCHED = modified(order("a", 2), order("a", "2.0"), 2, {"pk": {"S": "a"}})
REMOVED = modified(order("a", 2), None, 3, {"pk": {"S": "a"}}, "REMOVE")
ILL_TYPED = modified(order("a", 2), order("a", "x"), 4, {"pk": {"S": "a"}})
STORY = orders(INSERTED, MODIFIED, TOUCHED, REMOVED)


@pytest.mark.parametrize("image", [None, "json", ORDER, "map<utf8, json>"], ids=str)
@pytest.mark.parametrize("road", [bytes, bytearray, bytes.decode, json.loads], ids=lambda road: road.__name__)
def test_changes_are_one_row_a_change(check, image, road):
    batch = dynamodb.to_arrow(road(STORY), image=image)
    whole = batch.to_pylist()
    for _ in range(2):
        view = batch.changes()
        ours = check(view)
        assert ours.schema.names == VIEW
        assert ours.schema.field("changed").type.value_type == pa.utf8()
        assert view["op"].to_pylist() == ["insert", "modify", "modify", "remove"]
        assert view["changed"].to_pylist() == [None, ["n"], [], None]
        for name in VIEW[1:4]:
            assert view[name].to_pylist() == batch[name].to_pylist(), name
            assert view[name].type == batch[name].type
        assert view.record_index.to_pylist() == [0, 1, 2, 3]
        assert view.failures == ()
    assert batch.to_pylist() == whole
    assert batch.response() == {"batchItemFailures": []}


@pytest.mark.parametrize("options", [{"dialect": "plain"}, {"dialect": "spark"}, {"string_type": "string_view"},
                                     {"columns": ["event_id"]}, {"columns": ["new_image.n", "changed"]}], ids=str)
def test_the_view_has_the_options_of_the_batch_but_its_own_columns(options):
    batch = dynamodb.to_arrow(STORY, image=ORDER, **options)
    view = batch.changes()
    ours = pa.record_batch(view)
    ours.validate(full=True)
    assert ours.schema.names == VIEW
    columns = {name: value for name, value in options.items() if name != "columns"}
    whole = dynamodb.to_arrow(STORY, image=ORDER, **columns, columns=VIEW)
    assert ours.equals(pa.record_batch(whole))


@pytest.mark.parametrize("records", [[], [INSERTED], [REMOVED, REMOVED]], ids=len)
def test_the_view_of_few_rows(check, records):
    for image in (None, ORDER):
        view = dynamodb.to_arrow(orders(*records), image=image).changes()
        check(view)
        assert view.num_rows == len(records) and view.column_names == VIEW


@pytest.mark.parametrize("mode, rows", [("collect", [0, 2]), ("stop", [0]), ("null", [0, 1, 2])])
@pytest.mark.parametrize("image", [{"pk": "utf8", "n": "int64"}, {"pk": "int64"}], ids=["one bad", "all bad"])
def test_the_rows_of_the_view_are_those_of_the_batch(check, image, mode, rows):
    event = orders(INSERTED, ILL_TYPED, REMOVED)
    batch = dynamodb.to_arrow(event, image=image, on_error=mode)
    if image == {"pk": "int64"}:
        rows = {"collect": [], "stop": [], "null": [0, 1, 2]}[mode]
    assert batch.record_index.to_pylist() == rows
    view = batch.changes()
    check(view)
    assert view.record_index.to_pylist() == rows
    if mode != "null":
        assert view["sequence_number"].to_pylist() == batch["sequence_number"].to_pylist()
        assert view["op"].to_pylist() == [["insert", "modify", "remove"][row] for row in rows]


def test_the_view_of_each_part():
    image = by_key("pk", {"a": ORDER, "b": {"pk": "utf8", "m": "utf8"}})
    to_b = modified(order("a", 2), {"pk": {"S": "b"}, "m": {"S": "x"}}, 1)
    of_b = modified(None, {"pk": {"S": "b"}}, 2, name="INSERT")
    gone = modified(None, None, 3, name="REMOVE")
    batch = dynamodb.to_arrow(orders(INSERTED, to_b, of_b, gone), image=image)
    parts = batch.split()
    whole = batch.changes().to_pylist()
    assert {name: part.record_index.to_pylist() for name, part in parts.items()} == {
        "a": [0, 1], "b": [1, 2], "other": [3]}
    for part in parts.values():
        view = part.changes()
        assert view.record_index.to_pylist() == part.record_index.to_pylist()
        assert view.to_pylist() == [whole[row] for row in part.record_index]
    assert whole[1]["changed"] == ["pk", "m", "n"]


@pytest.mark.parametrize("options", [{}, {"image": ORDER}], ids=["inferred", "typed"])
def test_a_batch_that_was_fed_has_the_columns_if_they_are_asked_for(options):
    decoder = dynamodb.Decoder(**options)
    decoder.feed(STORY)
    batch = decoder.finish()
    with pytest.raises(ValueError, match="when feeding, ask for columns="):
        batch.changes()
    decoder = dynamodb.Decoder(**options, columns=["op", "changed", "record_index"])
    for _ in range(3):
        decoder.feed(STORY)
    batch = decoder.finish()
    assert batch["op"].to_pylist() == ["insert", "modify", "modify", "remove"] * 3
    assert batch["changed"].to_pylist() == [None, ["n"], [], None] * 3
    # And its decoder goes on as any other.
    assert decoder.to_arrow(STORY)["changed"].to_pylist() == [None, ["n"], [], None]


def test_a_decoder_gives_each_batch_its_own_view():
    decoder = dynamodb.Decoder(image=ORDER)
    events_of = [orders(modified(order("a", 1), order("a", number), number)) for number in range(4)]
    batches = [decoder.to_arrow(event) for event in events_of]
    assert [batch.changes()["changed"].to_pylist() for batch in reversed(batches)] == [[["n"]], [["n"]], [[]], [["n"]]]


def test_other_sources_have_no_view():
    batch = lambdarrow.kinesis.to_arrow(events.event_of({"a": 1}))
    assert not hasattr(batch, "changes")
