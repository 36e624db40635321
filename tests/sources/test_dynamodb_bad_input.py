"""What is no AttributeValue: one reason and one path for it, wherever it stands and whoever reads it."""

import json

import pytest
from conftest import CORRUPT
from dynamodb import DEPTH, decoded, event_of, event_of_texts, record
from events import event

from lambdarrow import DecodeError, dynamodb
from lambdarrow.dynamodb import deserialize, unmarshal

# Types that take the tag's values.
FITTING = {
    "S": ["utf8", "dictionary<utf8>", "large_utf8", {"type": "utf8", "coerce": "number"}],
    "N": ["int64", "float64", "decimal128(9, 2)", {"type": "timestamp[ms, UTC]", "epoch": "s"}],
    "B": ["binary", "large_binary"],
    "BOOL": ["bool"],
    "NULL": ["utf8", "int64", ["bool"], {"a": "utf8"}],
    "SS": [["utf8"], ["dictionary<utf8>"]],
    "NS": [["int64"], ["float32"]],
    "BS": [["binary"]],
    "L": [["utf8"], ["json"]],
    "M": [{"a": "utf8"}, "map<utf8, utf8>", "map<utf8, json>"],
}
# The text of an attribute; the reason; the path below it; the tag whose types may read it.
BAD = [
    ('{"S":"x","N":"1"}', "invalid_attribute", "", "S"),
    ('{"N":"1","S":"x"}', "invalid_attribute", "", "N"),
    ('{"S":"x","NULL":true}', "invalid_attribute", "", "S"),
    ('{"L":[],"M":{}}', "invalid_attribute", "", "L"),
    ('{"S":"x","x":1}', "invalid_attribute", "", "S"),
    ('{"Q":"x"}', "invalid_attribute", "", "S"),
    ('{"s":"x"}', "invalid_attribute", "", "S"),
    ('{"":"x"}', "invalid_attribute", "", "S"),
    ('{" S":"x"}', "invalid_attribute", "", "S"),
    ('{"SSS":["x"]}', "invalid_attribute", "", "SS"),
    ('{"Bool":true}', "invalid_attribute", "", "BOOL"),
    ('{"NULLS":true}', "invalid_attribute", "", "NULL"),
    ('{"S\\u0301":"x"}', "invalid_attribute", "", "S"),
    ('{"\\ud800":"x"}', "invalid_attribute", "", "S"),
    ('{"%s":"x"}' % ("S" * 1000), "invalid_attribute", "", "S"),
    ("{}", "invalid_attribute", "", "S"),
    ("{ }", "invalid_attribute", "", "M"),
    ("[]", "invalid_attribute", "", "L"),
    ('[{"S":"x"}]', "invalid_attribute", "", "L"),
    ('"x"', "invalid_attribute", "", "S"),
    ("5", "invalid_attribute", "", "N"),
    ("null", "invalid_attribute", "", "S"),
    ("true", "invalid_attribute", "", "BOOL"),
    ('{"S":5}', "invalid_attribute", "", "S"),
    ('{"S":null}', "invalid_attribute", "", "S"),
    ('{"S":["x"]}', "invalid_attribute", "", "S"),
    ('{"S":{"S":"x"}}', "invalid_attribute", "", "S"),
    ('{"N":5}', "invalid_attribute", "", "N"),
    ('{"N":-5.5e3}', "invalid_attribute", "", "N"),
    ('{"N":null}', "invalid_attribute", "", "N"),
    ('{"N":true}', "invalid_attribute", "", "N"),
    ('{"N":["5"]}', "invalid_attribute", "", "N"),
    ('{"N":"NaN"}', "invalid_number", "", "N"),
    ('{"N":"Infinity"}', "invalid_number", "", "N"),
    ('{"N":""}', "invalid_number", "", "N"),
    ('{"N":" 5 "}', "invalid_number", "", "N"),
    ('{"N":"5\\n"}', "invalid_number", "", "N"),
    ('{"N":"1_000"}', "invalid_number", "", "N"),
    ('{"N":"\\uff15"}', "invalid_number", "", "N"),
    ('{"N":"%s"}' % ("1" * 39), "out_of_range", "", "N"),
    ('{"N":"1E126"}', "out_of_range", "", "N"),
    ('{"N":"1E-131"}', "out_of_range", "", "N"),
    ('{"B":5}', "invalid_attribute", "", "B"),
    ('{"B":null}', "invalid_attribute", "", "B"),
    ('{"B":[65]}', "invalid_attribute", "", "B"),
    ('{"B":"Q"}', "base64_length", "", "B"),
    ('{"B":"QQ"}', "base64_padding", "", "B"),
    ('{"B":"QQ="}', "base64_padding", "", "B"),
    ('{"B":"QQ===="}', "base64_padding", "", "B"),
    ('{"B":"QR=="}', "base64_spare_bits", "", "B"),
    ('{"B":"Q Q="}', "invalid_base64", "", "B"),
    ('{"B":"-_-_"}', "invalid_base64", "", "B"),
    ('{"B":"\u20ac"}', "invalid_base64", "", "B"),
    ('{"BOOL":"true"}', "invalid_attribute", "", "BOOL"),
    ('{"BOOL":1}', "invalid_attribute", "", "BOOL"),
    ('{"BOOL":null}', "invalid_attribute", "", "BOOL"),
    ('{"NULL":false}', "invalid_attribute", "", "NULL"),
    ('{"NULL":"true"}', "invalid_attribute", "", "NULL"),
    ('{"NULL":null}', "invalid_attribute", "", "NULL"),
    ('{"NULL":1}', "invalid_attribute", "", "NULL"),
    ('{"SS":"x"}', "invalid_attribute", "", "SS"),
    ('{"SS":{}}', "invalid_attribute", "", "SS"),
    ('{"SS":null}', "invalid_attribute", "", "SS"),
    ('{"SS":[5]}', "invalid_attribute", "[0]", "SS"),
    ('{"SS":["a",null]}', "invalid_attribute", "[1]", "SS"),
    ('{"SS":["a",{"S":"b"}]}', "invalid_attribute", "[1]", "SS"),
    ('{"NS":[1]}', "invalid_attribute", "[0]", "NS"),
    ('{"NS":["1","x"]}', "invalid_number", "[1]", "NS"),
    ('{"NS":["1","2",""]}', "invalid_number", "[2]", "NS"),
    ('{"BS":["QQ==","!"]}', "invalid_base64", "[1]", "BS"),
    ('{"BS":[["QQ=="]]}', "invalid_attribute", "[0]", "BS"),
    ('{"L":{}}', "invalid_attribute", "", "L"),
    ('{"L":"x"}', "invalid_attribute", "", "L"),
    ('{"L":null}', "invalid_attribute", "", "L"),
    ('{"L":["x"]}', "invalid_attribute", "[0]", "L"),
    ('{"L":[{"S":"a"},5]}', "invalid_attribute", "[1]", "L"),
    ('{"L":[{"S":"a"},{}]}', "invalid_attribute", "[1]", "L"),
    ('{"L":[null]}', "invalid_attribute", "[0]", "L"),
    ('{"M":[]}', "invalid_attribute", "", "M"),
    ('{"M":null}', "invalid_attribute", "", "M"),
    ('{"M":"x"}', "invalid_attribute", "", "M"),
    ('{"M":{"a":"x"}}', "invalid_attribute", ".a", "M"),
    ('{"M":{"a":5}}', "invalid_attribute", ".a", "M"),
    ('{"M":{"a":null}}', "invalid_attribute", ".a", "M"),
    ('{"M":{"a":{"S":"x","N":"1"}}}', "invalid_attribute", ".a", "M"),
    ('{"M":{"a":{"M":{"b":{"L":[{"NS":["1","x"]}]}}}}}', "invalid_number", ".a.b[0][1]", None),
    ('{"M":{"a b":{"M":{"]":{"Q":1}}}}}', "invalid_attribute", '["a b"]["]"]', None),
]
IDS = [text[:50] for text, *_ in BAD]
GOOD = {"S": "x"}, {"N": "1"}


def item_of(text):
    """The text of an item whose attribute v has this text."""
    return '{"v":' + text + "}"


def failing(work, *arguments, **options):
    with pytest.raises(DecodeError) as caught:
        work(*arguments, **options)
    return caught.value


@pytest.mark.parametrize("text, reason, below, _", BAD, ids=IDS)
def test_objects_of_what_is_no_attribute(text, reason, below, _):
    """The same from the text and from the dict, in every mode."""
    for options in ({}, {"numbers": "int_float"}, {"numbers": "str", "strict": True}, {"binary": "boto3"}):
        error = failing(deserialize, text, **options)
        assert (error.reason, error.path) == (reason, "$" + below)
        assert error.index is None and 0 <= error.offset < len(text.encode())
        whole = f'{{"good":{{"S":"x"}},"v":{text}}}'
        error = failing(unmarshal, whole, **options)
        assert (error.reason, error.path) == (reason, "$.v" + below)
        if not isinstance(json.loads(text), str):  # a str is text to `deserialize`
            error = failing(deserialize, json.loads(text), **options)
            assert (error.reason, error.path, error.offset) == (reason, "$" + below, None)
        error = failing(unmarshal, json.loads(whole), **options)
        assert (error.reason, error.path) == (reason, "$.v" + below)
        error = failing(unmarshal, [{"v": {"S": "x"}}, whole], **options)
        assert (error.reason, error.path) == (reason, "$.v" + below)


def images(tag):
    """Types that should all see the fault."""
    typed = [{"v": spec} for spec in FITTING[tag]] if tag else []
    return [None, "json", {"v": "json"}, "map<utf8, json>", *typed]


@pytest.mark.parametrize("text, reason, below, tag", BAD, ids=IDS)
def test_columns_of_what_is_no_attribute(text, reason, below, tag):
    """In every mode, of every type: the record fails, and the good ones around it stay."""
    good = '{"v":{"NULL":true}}'
    whole = event_of_texts(good, item_of(text), good)
    start = whole.index(item_of(text).encode()) + len(b'{"v":')
    at = start + failing(deserialize, text).offset
    path = "$.Records[1].dynamodb.NewImage.v" + below
    for image in images(tag):
        error = failing(dynamodb.to_arrow, whole, image=image)
        assert (error.reason, error.path, error.index, error.offset) == (reason, path, 1, at), image
        for mode, rows in (("collect", [0, 2]), ("stop", [0]), ("null", [0, 1, 2])):
            batch = dynamodb.to_arrow(whole, image=image, on_error=mode, columns=["new_image", "sequence_number"])
            assert batch.record_index.to_pylist() == rows, (image, mode)
            (failure,) = batch.failures
            assert (failure.reason, failure.path, failure.index, failure.offset) == (reason, path, 1, at)
            assert batch.response() == {"batchItemFailures": [{"itemIdentifier": "14055"}]}
            if mode == "null":
                assert batch["new_image"].to_pylist()[1] is None
                raw = batch[CORRUPT].to_pylist()
                assert raw[0] is raw[2] is None and text in raw[1]
                # Its identifier is null too: the whole record is.
                assert batch["sequence_number"].to_pylist()[1] is None


@pytest.mark.parametrize("text, reason, below, tag", BAD, ids=IDS)
def test_what_is_no_attribute_is_nobodys_fault_where_it_is_not_asked_for(text, reason, below, tag):
    whole = event_of_texts(f'{{"bad":{text},"v":{{"S":"x"}}}}')
    assert decoded({"v": "utf8"}, {"v": {"S": "x"}})["new_image"].to_pylist() == [{"v": "x"}]
    assert dynamodb.to_arrow(whole, image={"v": "utf8"})["new_image"].to_pylist() == [{"v": "x"}]
    assert dynamodb.to_arrow(whole, columns=["sequence_number"]).num_rows == 1


@pytest.mark.parametrize("text, reason, below, tag", BAD, ids=IDS)
def test_what_is_no_attribute_inside_a_list_and_a_map(text, reason, below, tag):
    for spec in [spec for spec in FITTING[tag] if isinstance(spec, str)] if tag else ["json"]:
        for outer, value, step in (
            ([spec], f'{{"L":[{{"NULL":true}},{text}]}}', "[1]"),
            (f"map<utf8, {spec}>", f'{{"M":{{"k":{text}}}}}', ".k"),
            ({"k": spec}, f'{{"M":{{"other":{{"S":""}},"k":{text}}}}}', ".k"),
        ):
            batch = dynamodb.to_arrow(event_of_texts(item_of(value)), image={"v": outer}, on_error="collect")
            (failure,) = batch.failures
            assert (failure.reason, failure.path) == (reason, f"$.Records[0].dynamodb.NewImage.v{step}{below}")


@pytest.mark.parametrize("text", ["5", '"x"', "[]", "true", '[{"v":{"S":"x"}}]'])
def test_an_image_that_is_no_object(text):
    whole = event_of_texts("{}", text, '{"v":{"S":"x"}}')
    for image in (None, "json", {"v": "utf8"}, "map<utf8, utf8>"):
        batch = dynamodb.to_arrow(whole, image=image, on_error="collect")
        assert batch.record_index.to_pylist() == [0, 2]
        (failure,) = batch.failures
        assert failure.path == "$.Records[1].dynamodb.NewImage"
        assert failure.reason in ("expected_object", "invalid_attribute")
    assert failing(unmarshal, text).reason == "expected_object"
    assert failing(unmarshal, [json.loads(text)] if text != '"x"' else [text]).reason in (
        "expected_object", "invalid_attribute")


def test_an_image_that_is_null_is_not_there():
    whole = event_of_texts("null", '{"v":{"S":"x"}}')
    for image, rows in ((None, [None, {"v": "x"}]), ("json", [None, '{"v":"x"}']), ({"v": "utf8"}, [None, {"v": "x"}])):
        assert dynamodb.to_arrow(whole, image=image)["new_image"].to_pylist() == rows


# --- not JSON ---------------------------------------------------------------------------------------

NOT_JSON = [
    '{"S":"x",}', '{"S":"x"', '{"S":"\x01"}', '{"S":"\\x"}', '{"S":"\\u12"}', '{S:"x"}', '{"S" "x"}', '{"S":}',
    '{"N":"1"]',
    '{"L":[{"S":"x"},]}', '{"L":[,]}', '{"SS":["a",]}', '{"SS":["a" "b"]}', '{"BOOL":tru}', '{"BOOL":trueX}',
    '{"NULL":nul}',
    "{'S':'x'}", '{"M":{"a":{"S":"x"},}}', '{"M":{a:{"S":"x"}}}', '{"N":NaN}', '{"S":"x"}}', '{"S":"x"}]', "{", "",
    '{"', '{"S',
    '{"S":"',
    '{"N":"1\n"}', '{"N":"1\\"}', '{"B":"QQ==', '{"BS":["QQ=="',
]


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_not_json_fails_the_event(text):
    """Nothing behind it can be told apart."""
    with pytest.raises(ValueError):
        json.loads(text, parse_constant=int)
    error = failing(deserialize, text)
    assert 0 <= error.offset <= len(text)
    failing(unmarshal, item_of(text))
    whole = event_of_texts("{}", item_of(text), "{}")
    for image in (None, "json", {"v": "utf8"}, {"v": "json"}, {"v": ["utf8"]}, {"other": "utf8"}):
        failing(dynamodb.to_arrow, whole, image=image)
        for mode in ("collect", "stop", "null"):
            error = failing(dynamodb.to_arrow, whole, image=image, on_error=mode)
            assert error.reason in ("invalid_json", "unexpected_end", "control_character", "invalid_escape",
                                    "trailing_bytes"), image


@pytest.mark.parametrize("text", ["", " ", "\n", "{}x", '{} {"a":{}}', "nul", "\ufeff{}", "{}\0", "[", '"'])
def test_text_that_is_no_item(text):
    error = failing(unmarshal, text)
    assert error.reason in ("unexpected_end", "trailing_bytes", "expected_object") and error.path == "$"


@pytest.mark.parametrize("value",
                         [None, 5, 1.5, True, object(), {1: {"S": "x"}}, {b"a": {"S": "x"}}, {"a": ["S"]},
                          {"a": {"S": b"x"}},
                                   {"a": {b"S": "x"}}, {"a": {1: "x"}}, {"a": {"N": 5}}, {"a": {"N": b"5"}},
                          {"a": {"N": 5.0}},
                                   {"a": {"B": 5}}, {"a": {"SS": "ab"}}, {"a": {"SS": {"a": 1}}}, {"a": {"L": {"a"}}},
                                   {"a": {"L": "ab"}}, {"a": {"M": [("b", {"S": "x"})]}}, {"a": {"BOOL": 1}},
                          {"a": {"NULL": 1}},
                                   {"a": {"SS": iter(["a"])}}, {"a": {"NS": [5]}}, {"a": {"S": None}},
                          {"a": {"M": {1: {"S": "x"}}}}],
                         ids=repr)
def test_objects_that_json_would_not_have_made(value):
    error = failing(unmarshal, value)
    assert error.reason == "invalid_attribute" and error.path.startswith("$")
    assert error.offset is None


# --- text -------------------------------------------------------------------------------------------

SURROGATES = [
    (rb'{"S":"a\ud800"}', "utf8", ""),
    (rb'{"S":"\udc00\ud800"}', "dictionary<utf8>", ""),
    (rb'{"SS":["ok","\ud800x"]}', ["utf8"], "[1]"),
    (rb'{"M":{"a":{"S":"\udfff"}}}', {"a": "utf8"}, ".a"),
    (rb'{"M":{"\ud83d":{"S":"x"}}}', "map<utf8, utf8>", ""),
]


@pytest.mark.parametrize("text, spec, below", SURROGATES, ids=[repr(text) for text, _, _ in SURROGATES])
def test_half_a_surrogate_pair(text, spec, below):
    error = failing(deserialize, text)
    assert (error.reason, error.path) == ("lone_surrogate", "$" + below)
    # Without an attribute that can be read, the images are JSON.
    whole = event_of_texts('{"w":{"N":"1"}}', b'{"v":' + text + b"}", "{}")
    for image in ({"v": spec}, None):
        batch = dynamodb.to_arrow(whole, image=image, on_error="collect")
        (failure,) = batch.failures
        assert (failure.reason, failure.index) == ("lone_surrogate", 1)
        assert failure.path == "$.Records[1].dynamodb.NewImage.v" + below
    # JSON may hold it, as an escape.
    (column,) = dynamodb.to_arrow(whole, image={"v": "json"}, columns=["new_image"]).to_pylist()[1].values()
    assert rb"\ud" in column["v"].encode("ascii")


INVALID = [
    (b'{"S":"a\xff"}', "utf8", ""),
    (b'{"S":"\xc3"}', "dictionary<utf8>", ""),
    (b'{"S":"\xed\xa0\x80"}', "utf8", ""),
    (b'{"S":"\xc0\x80"}', "json", ""),
    (b'{"S":"\xf4\x90\x80\x80"}', "utf8", ""),
    (b'{"SS":["ok","\xe2\x82"]}', ["utf8"], "[1]"),
    (b'{"M":{"a":{"S":"' + b"x" * 40 + b'\xff"}}}', {"a": "utf8"}, ".a"),
    (b'{"M":{"\xff":{"S":"x"}}}', "map<utf8, utf8>", ""),
]


@pytest.mark.parametrize("text, spec, below", INVALID, ids=[repr(text) for text, _, _ in INVALID])
def test_text_that_is_no_utf8(text, spec, below):
    error = failing(deserialize, text)
    assert (error.reason, error.path) == ("invalid_utf8", "$" + below)
    whole = event_of_texts("{}", b'{"v":' + text + b"}", "{}")
    for image in ({"v": spec}, {"v": "json"}, "json", None):
        for mode, rows in (("collect", [0, 2]), ("stop", [0]), ("null", [0, 1, 2])):
            batch = dynamodb.to_arrow(whole, image=image, on_error=mode)
            assert [failure.reason for failure in batch.failures] == ["invalid_utf8"], image
            assert batch.record_index.to_pylist() == rows
        assert failing(dynamodb.to_arrow, whole, image=image).reason == "invalid_utf8"


@pytest.mark.parametrize("text", [b'{"N":"1\xff"}', b'{"B":"QQ\xff="}', b'{"NS":["\xc3"]}', b'{"\xff":"x"}'])
def test_bytes_that_no_number_holds(text):
    assert failing(deserialize, text).reason in ("invalid_number", "invalid_base64", "invalid_attribute")
    for image in (None, {"v": "json"}, "json"):
        batch = dynamodb.to_arrow(event_of_texts(b'{"v":' + text + b"}"), image=image, on_error="collect")
        assert len(batch.failures) == 1


# --- spelling ---------------------------------------------------------------------------------------

SPELT = [
    (rb'{"\u0053":"x"}', "x", "utf8"),
    (rb'{"\u0053\u0053":["x"]}', {"x"}, ["utf8"]),
    (rb'{"\u004e":"5"}', 5, "int64"),
    (rb'{"N":"\u0035"}', 5, "int64"),
    (rb'{"N":"1\u002e5\u0045\u002b1"}', 15, "int64"),
    (rb'{"\u004eULL":true}', None, "utf8"),
    (rb'{"BOO\u004c":true}', True, "bool"),
    (rb'{"B":"\u0041P8\u003d"}', b"\0\xff", "binary"),
    (rb'{"B":"+\/+\/"}', b"\xfb\xff\xbf", "binary"),
    (rb'{"BS":["\u0051Q=="]}', {b"A"}, ["binary"]),
    (rb'{"S":"\u00e9\ud83d\ude00\/"}', "\u00e9\U0001f600/", "utf8"),
    (b' \t\n\r{ \t\n\r"S" \t\n\r: \t\n\r"x" \t\n\r} \t\n\r', "x", "utf8"),
    (b'{"N" :\t"5"\n}', 5, "int64"),
    (b'{\r"BOOL"\r:\rtrue\r}', True, "bool"),
    (b'{"NULL" : true }', None, "int64"),
    (b'{"SS" : [ "a" , "b" ] }', {"a", "b"}, ["utf8"]),
    (b'{"NS":[\n"1"\n,\n"2"\n]}', {1, 2}, ["int64"]),
    (b'{ "L" : [ { "S" : "x" } , { "NULL" : true } ] }', ["x", None], ["utf8"]),
    (b'{"L":[ ]}', [], ["utf8"]),
    (b'{"M" : { "a" : { "S" : "x" } } }', {"a": "x"}, {"a": "utf8"}),
    (rb'{"M":{"\u0061":{"S":"x"}}}', {"a": "x"}, {"a": "utf8"}),
    (b'{"M":{"":{"S":"x"}}}', {"": "x"}, {"": "utf8"}),
    (b'{"M":{"S":{"S":"x"}}}', {"S": "x"}, {"S": "utf8"}),
    (b'{"M":{"M":{"M":{"M":{"N":"1"}}}}}', {"M": {"M": 1}}, {"M": {"M": "int64"}}),
    (b'{"M":{"a":{"S":"x"},"a":{"S":"y"}}}', {"a": "y"}, {"a": "utf8"}),
]


@pytest.mark.parametrize("text, made, spec", SPELT, ids=[repr(text) for text, _, _ in SPELT])
def test_other_spellings_of_what_is_one(text, made, spec):
    assert deserialize(text) == made
    assert unmarshal(b' { "v" :' + text + b"} ") == {"v": made}
    (row,) = dynamodb.to_arrow(event_of_texts(b'{"v":' + text + b"}"), image={"v": spec})["new_image"].to_pylist()
    assert (set(row["v"]) if isinstance(made, set) else row["v"]) == made
    inferred = dynamodb.to_arrow(event_of_texts(b'{"v":' + text + b"}"), columns=["new_image"])
    assert not inferred.failures


def test_an_attribute_without_a_name():
    """An empty name is one as any other."""
    item = {"": {"S": "x"}, "a": {"M": {"": {"N": "1"}}}}
    assert unmarshal(item) == unmarshal(json.dumps(item)) == {"": "x", "a": {"": 1}}
    made = [{"": "x", "a": {"": 1}}]
    assert decoded(None, item)["new_image"].to_pylist() == made
    assert decoded({"": "utf8", "a": {"": "int8"}}, item)["new_image"].to_pylist() == made
    error = failing(unmarshal, {"": {"M": {"": {"N": "x"}}}})
    assert error.path == '$[""][""]'
    assert failing(unmarshal, '{"":{"M":{"":{"N":"x"}}}}').path == '$[""][""]'


# --- keys that come again ---------------------------------------------------------------------------


def test_an_attribute_that_comes_again():
    """The last one counts, as json has it; the first must be one too."""
    text = '{"v":{"S":"a"},"w":{"N":"1"},"v":{"S":"b"}}'
    assert unmarshal(text) == {"v": "b", "w": 1}
    for image in ({"v": "utf8", "w": "int64"}, None):
        assert dynamodb.to_arrow(event_of_texts(text), image=image)["new_image"].to_pylist() == [{"v": "b", "w": 1}]
    bad = '{"v":{"S":5},"v":{"S":"b"}}'
    assert failing(unmarshal, bad).path == "$.v"
    assert failing(dynamodb.to_arrow, event_of_texts(bad), image={"v": "utf8"}).reason == "invalid_attribute"


def test_a_tag_that_comes_again():
    """json keeps the last of equal keys; of a type tag there is one."""
    for text, spec in (('{"S":"a","S":"b"}', "utf8"), ('{"L":[{"S":"a"}],"L":[]}', ["utf8"]),
                       ('{"M":{"x":{"S":"a"}},"M":{}}', "map<utf8, utf8>"), ('{"N":"1","N":"x"}', "int64"),
                       ('{"N":"1","N":"2","S":"x"}', "int64"), ('{"N":"1","N":5}', "int64")):
        for image in ({"v": spec}, {"v": "json"}, None):
            assert failing(dynamodb.to_arrow, event_of_texts(item_of(text)), image=image).reason == "invalid_attribute"
        assert failing(deserialize, text).reason == "invalid_attribute"


# --- depth ------------------------------------------------------------------------------------------


def nested(levels, kind="M", leaf='{"S":"x"}'):
    opening, closing = ('{"M":{"a":', "}}") if kind == "M" else ('{"L":[', "]}")
    return opening * levels + leaf + closing * levels


@pytest.mark.parametrize("kind", ["L", "M"])
def test_as_deep_as_may_be_and_no_deeper(kind):
    for leaf in ('{"S":"x"}', '{"SS":["x"]}', '{"L":[]}' if kind == "M" else '{"M":{}}'):
        levels = DEPTH - leaf.count("{}") - leaf.count("[]")
        good, bad = nested(levels, kind, leaf), nested(levels + 1, kind, leaf)
        step = ".a" if kind == "M" else "[0]"
        for value in (good, json.loads(good)):
            deserialize(value)
            unmarshal({"v": json.loads(good)})
            unmarshal(item_of(good))
        for value in (bad, json.loads(bad)):
            error = failing(deserialize, value)
            assert (error.reason, error.path.count(step)) == ("too_deep", DEPTH)
        for value in (item_of(bad), {"v": json.loads(bad)}):
            error = failing(unmarshal, value)
            assert (error.reason, error.path) == ("too_deep", "$.v" + step * DEPTH)
        whole = event_of_texts("{}", item_of(good), item_of(bad), "{}")
        for mode, rows in (("collect", [0, 1, 3]), ("stop", [0, 1]), ("null", [0, 1, 2, 3])):
            batch = dynamodb.to_arrow(whole, image={"v": "json"}, on_error=mode)
            assert [(one.index, one.reason) for one in batch.failures] == [(2, "too_deep")]
            assert batch.failures[0].path == "$.Records[2].dynamodb.NewImage.v" + step * DEPTH
            assert batch.record_index.to_pylist() == rows
        assert failing(dynamodb.to_arrow, whole, image={"v": "json"}).reason == "too_deep"


@pytest.mark.parametrize("levels", [33, 64, 100, 1000, 10_000, 100_000])
def test_far_too_deep(levels):
    """No recursion that the input drives."""
    for kind in "LM":
        text = nested(levels, kind)
        assert failing(deserialize, text).reason == failing(unmarshal, item_of(text)).reason == "too_deep"
        whole = event_of_texts(item_of(text))
        for image in ("json", {"v": "json"}, {"v": "utf8"}, {"w": "utf8"}, {"v": ["utf8"]}):
            try:
                batch = dynamodb.to_arrow(whole, image=image, on_error="collect")
                reasons = [failure.reason for failure in batch.failures]
            except DecodeError as error:
                reasons = [error.reason]
            if image != {"w": "utf8"} or levels > 128:
                assert reasons[0] in ("too_deep", "unexpected_type"), (image, levels)
    opened = '{"v":' + '{"L":[' * levels
    for text in (opened, opened[:-1], "[" * levels, '{"a":' * levels):
        failing(unmarshal, text)
        failing(deserialize, text)


def test_a_dict_that_is_far_too_deep():
    value = {"S": "x"}
    for _ in range(5_000):
        value = {"L": [value]}
    assert failing(deserialize, value).reason == "too_deep"
    while "L" in value:  # the interpreter itself would take it apart by recursion
        value = value["L"].pop()


# --- sets -------------------------------------------------------------------------------------------

SETS = [
    ({"SS": []}, ["utf8"], []),
    ({"NS": []}, ["int64"], []),
    ({"BS": []}, ["binary"], []),
    ({"SS": ["a", "b", "a"]}, ["utf8"], ["a", "b", "a"]),
    ({"SS": ["a", "a"]}, ["dictionary<utf8>"], ["a", "a"]),
    ({"SS": ["", ""]}, ["large_utf8"], ["", ""]),
    ({"NS": ["1", "1.0"]}, ["int64"], [1, 1]),
    ({"NS": ["1", "2", "10E-1"]}, ["decimal128(9, 2)"], [1, 2, 1]),
    ({"NS": ["100", "1E2"]}, ["float64"], [100.0, 100.0]),
    ({"NS": ["0", "-0"]}, ["int32"], [0, 0]),
    ({"BS": ["QQ==", "QUI=", "QQ=="]}, ["binary"], [b"A", b"AB", b"A"]),
]


@pytest.mark.parametrize("value, spec, made", SETS, ids=[json.dumps(value) for value, _, _ in SETS])
def test_sets_are_read_as_sent_and_refused_if_strict(value, spec, made):
    whole = event_of({"v": value}, {"v": {"NULL": True}})
    assert dynamodb.to_arrow(whole, image={"v": spec})["new_image.v"].to_pylist() == [made, None]
    batch = dynamodb.to_arrow(whole, image={"v": spec}, strict=True, on_error="collect")
    (failure,) = batch.failures
    assert (failure.reason, failure.path) == ("repeated_member", "$.Records[0].dynamodb.NewImage.v")
    for outer, inner in (([spec], {"L": [value]}), ({"s": spec}, {"M": {"s": value}})):
        batch = dynamodb.to_arrow(event_of({"v": inner}), image={"v": outer}, strict=True, on_error="collect")
        assert [one.reason for one in batch.failures] == ["repeated_member"]
    whole = event([record(None, old={"v": value})])
    assert failing(dynamodb.to_arrow, whole, image={"v": spec}, strict=True).path == "$.Records[0].dynamodb.OldImage.v"


def test_large_sets():
    members = [str(number) for number in range(20_000)]
    whole = event_of({"n": {"NS": members}, "s": {"SS": members}})
    twice = event_of({"n": {"NS": [*members, "7.0"]}, "s": {"SS": members}})
    for image in (None, {"n": ["int64"], "s": ["utf8"]}, {"n": ["decimal128(9, 2)"], "s": ["dictionary<utf8>"]}):
        assert len(dynamodb.to_arrow(whole, image=image, strict=True)["new_image.n"].to_pylist()[0]) == 20_000
        assert len(dynamodb.to_arrow(twice, image=image)["new_image.n"].to_pylist()[0]) == 20_001
        assert failing(dynamodb.to_arrow, twice, image=image, strict=True).reason == "repeated_member"


def test_strict_takes_lists_and_sets_of_different_members():
    item = {"l": {"L": [{"N": "1"}, {"N": "1"}]}, "e": {"L": []}, "s": {"SS": ["a", "A", ""]}, "n": {"NS": ["1", "-1"]}}
    spec = {"l": ["int64"], "e": ["utf8"], "s": ["utf8"], "n": ["int64"]}
    assert decoded(spec, item, strict=True)["new_image"].to_pylist() == decoded(spec, item)["new_image"].to_pylist()
