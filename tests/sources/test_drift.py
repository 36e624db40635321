"""on_mismatch: what becomes of values that do not fit, beside an oracle that knows json's values."""

import json
import time
from typing import Annotated

import events
import msgspec
import oracle
import pyarrow as pa
import pytest
from drift import decoded, expected, failed, step
from hypothesis import example, given

from lambdarrow import DecodeError, by, eventbridge, kinesis, s3, sns, sqs
from lambdarrow.schema import Field, explode, int_, items, list_, struct, utf8


def rescued(spec, *texts, **options):
    """Of each text: what the column holds, and what was rescued beside it."""
    batch = decoded(spec, *texts, **options)
    return [(row["data"], row["_rescued"]) for row in batch]


@given(events.astray_cases)
@example(({"a": "int8"}, ["[1]", "null", "5", '"a"', '{"a":{}}']))
@example(({"a": ["int8"]}, ['{"a":[300],"a":[1,"x"]}']))
@example(({"a": "map<utf8, int64>"}, ['{"a":{"b":1,"b":"x","":[]}}', '{"a":{"b":"x"},"a":{}}']))
def test_whatever_the_json_nothing_fails_and_nothing_is_lost(check, case):
    spec, texts = case
    column, maps, counts = expected(spec, texts)
    batch = decoded(spec, *texts)
    assert batch.failures == ()
    ours = check(batch)
    assert ours.schema.names == ["data", "_rescued"]
    oracle.assert_same(ours.select(["data"]), pa.record_batch([column], names=["data"]))
    assert [pairs and sorted(pairs) for pairs in ours.column("_rescued").to_pylist()] == [
        pairs and sorted(pairs) for pairs in maps
    ]
    assert batch.rescued == counts
    # The same without the texts.
    null = decoded(spec, *texts, policy="null")
    assert null.schema.names == ["data"]
    assert null.rescued == {}
    oracle.assert_same(check(null), ours.select(["data"]))


@given(events.astray_cases)
def test_nothing_is_rescued_exactly_where_nothing_would_have_failed(case):
    spec, texts = case
    strict = decoded(spec, *texts, policy="fail", on_error="collect")
    with_rescue = decoded(spec, *texts)
    unharmed = {at for at, row in enumerate(with_rescue) if row["_rescued"] is None}
    # An ill-typed value fails its record even where a later key replaces it; that is all that differs.
    kept = set(strict.record_index.to_pylist())
    assert kept <= unharmed
    repeats = [at for at, text in enumerate(texts) if json.dumps(_once(text)) != json.dumps(_pairs(text))]
    assert unharmed - kept <= set(repeats)
    assert [row["data"] for at, row in enumerate(with_rescue) if at in kept] == strict["data"].to_pylist()


def _pairs(text):
    return json.loads(text, object_pairs_hook=list)


def _once(text):
    return json.loads(text, object_pairs_hook=lambda pairs: [list(pair) for pair in dict(pairs).items()])


# --- where a value was, and what it was -------------------------------------------------------------


@pytest.mark.parametrize(
    "spec, text, value, found",
    [
        ({"a": [{"b": "int8"}]}, '{"a":[{"b":1},{},{"b":"x"}]}', {"a": [{"b": 1}, {"b": None}, {"b": None}]},
         {"$.a[2].b": '"x"'}),
        ([["int8"]], '[[1,300],5,[null,"x"],[]]', [[1, None], None, [None, None], []],
         {"$[0][1]": "300", "$[1]": "5", "$[2][1]": '"x"'}),
        ({"m": "map<utf8, int8>"}, '{"m":{"key":[],"any key":{},"é":"x","":300,"1":"y","a.b":"z","ok":1}}',
         {"m": {"key": None, "any key": None, "é": None, "": None, "1": None, "a.b": None, "ok": 1}},
         {"$.m.key": "[]", '$.m["any key"]': "{}", "$.m.é": '"x"', '$.m[""]': "300", "$.m.1": '"y"',
          '$.m["a.b"]': '"z"'}),
        ({"m": "map<utf8, list<struct<b: int8>>>"}, r'{"m":{"\u006b":[{"b":"x"},7],"j":8}}',
         {"m": {"k": [{"b": None}, None], "j": None}}, {"$.m.k[0].b": '"x"', "$.m.k[1]": "7", "$.m.j": "8"}),
        ("map<utf8, map<utf8, int8>>", '{"a":{"b c":"x"}}', {"a": {"b c": None}}, {'$.a["b c"]': '"x"'}),
        ({"a b": "int8", "c": {"type": "int8", "from": "C-1"}}, '{"a b":"x","C-1":"y"}', {"a b": None, "c": None},
         {'$["a b"]': '"x"', "$.C-1": '"y"'}),
        ("int8", " 300 ", None, {"$": "300"}),
        ({"a": "int8"}, ' [ {"a" : 1} ]\n', None, {"$": '[ {"a" : 1} ]'}),
    ],
    ids=repr,
)
def test_paths(spec, text, value, found, check):
    batch = decoded(spec, "null", text, text, "null")
    check(batch)
    assert [row["_rescued"] for row in batch] == [None, found, found, None]
    assert [row["data"] for row in batch] == [None, value, value, None]


@pytest.mark.parametrize(
    "raw",
    [
        '{ "x" : [1, 2.50e+1,"\\u0041\\/" ] , "x":null}',
        "[\t1\n]",
        "-0.000E-0",
        "123456789012345678901234567890",
        '"é\\u00e9"',
        '"\\ud800"',
        '["\\udc00\\ud800"]',
        '{"\\ud800":1}',
        "true",
        '"' + "x" * 100_000 + '"',
        "[" * 100 + "]" * 100,
    ],
)
def test_the_text_is_that_of_just_the_value_byte_for_byte(raw):
    assert rescued({"a": "int8", "b": "int8"}, f'{{"a": {raw} , "b":7}}') == [({"a": None, "b": 7}, {"$.a": raw})]


@pytest.mark.parametrize(
    "text, reason",
    [
        (b'{"a":"x","b":tru}', "invalid_json"),
        (b'{"a":"x","b":01}', "invalid_number"),
        (b'{"a":"x"', "unexpected_end"),
        (b'{"a":"\\x"}', "invalid_escape"),
        (b'{"a":[1,}', "invalid_json"),
        (b'{"a":NaN}', "invalid_json"),
        (b'{"a":"x"}}', "trailing_bytes"),
        (b"", "unexpected_end"),
        (b'{"a":"\xff"}', "invalid_utf8"),
        (b'{"a":{"\xc3":1}}', "invalid_utf8"),
        (b'{"a":{"b":["\xed\xa0\x80"]}}', "invalid_utf8"),
        (b'"\xff"', "invalid_utf8"),
        (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "too_deep"),
    ],
)
@pytest.mark.parametrize("on_error", ["collect", "null"])
def test_what_is_no_json_fails_its_record_and_leaves_no_trace(text, reason, on_error, check):
    """Also of the values that were rescued before the fault was found."""
    good = b'{"a":"good","b":"too"}'
    batch = decoded({"a": "int8", "b": "int8"}, good, text, good, on_error=on_error)
    check(batch)
    assert failed(batch) == [(1, reason)]
    found = {"$.a": '"good"', "$.b": '"too"'}
    assert batch["_rescued"].to_pylist() == ([found, found] if on_error == "collect" else [found, None, found])
    assert batch.rescued == {"$.a": 2, "$.b": 2}
    with pytest.raises(DecodeError):
        decoded({"a": "int8"}, text)


@pytest.mark.parametrize(
    "text, value, found",
    [
        ('{"a":"x","a":"y"}', {"a": None}, {"$.a": '"y"'}),
        ('{"a":"x","a":1}', {"a": 1}, None),
        ('{"a":1,"a":"x"}', {"a": None}, {"$.a": '"x"'}),
        (r'{"a":"x","\u0061":"z"}', {"a": None}, {"$.a": '"z"'}),
        ('{"a":"x","a":null}', {"a": None}, None),
    ],
)
def test_of_equal_keys_the_last_is_what_is_rescued(text, value, found):
    assert rescued({"a": "int8"}, text) == [(value, found)]


@pytest.mark.parametrize(
    "text, value, found",
    [
        ('{"l":[{"b":"x"},{"b":"y","b":2}],"l":[{"b":1},{"b":"z"}]}', {"l": [{"b": 1}, {"b": None}], "m": None},
         {"$.l[1].b": '"z"'}),
        ('{"l":[{"b":"x","b":"w"}],"m":{"k":"x"},"m":{"k":1}}', {"l": [{"b": None}], "m": {"k": 1}},
         {"$.l[0].b": '"w"'}),
        ('{"m":{"k":"x","k":"y","j":[],"k":2}}', {"l": None, "m": {"k": 2, "j": None}}, {"$.m.j": "[]"}),
        ('{"m":{"k":1,"j":"q","k":"x"},"l":[{"b":[]}],"l":null}', {"l": None, "m": {"k": None, "j": None}},
         {"$.m.k": '"x"', "$.m.j": '"q"'}),
        ('{"m":{"k":"x"},"m":5,"l":"x","l":[{"b":"x"}],"l":[]}', {"l": [], "m": None}, {"$.m": "5"}),
    ],
)
def test_a_later_key_voids_all_that_was_rescued_below_the_first(text, value, found):
    assert rescued({"l": [{"b": "int8"}], "m": "map<utf8, int8>"}, text) == [(value, found)]


def test_a_later_list_of_records_voids_what_was_rescued_in_the_first():
    first, second = events.event_of({"a": "x"}, {"a": "x"}), events.event_of({"a": 1}, {"a": "y"})
    both = first[:-1] + b"," + second[1:]
    batch = kinesis.to_arrow(both, payload={"a": "int8"}, on_mismatch="rescue", columns=["data"])
    assert batch["_rescued"].to_pylist() == [None, {"$.a": '"y"'}]


def test_a_value_that_is_rescued_as_a_whole_leaves_nothing_of_its_parts():
    class Closed(msgspec.Struct, forbid_unknown_fields=True):
        a: int | None = None

    class Outer(msgspec.Struct):
        o: Closed | None = None

    texts = ['{"o":{"a":"x","zz":1}}', '{"o":{"zz":1,"a":"x"}}', '{"o":{"a":"x"}}']
    assert rescued(Outer, *texts) == [
        ({"o": None}, {"$.o": texts[0][5:-1]}),
        ({"o": None}, {"$.o": texts[1][5:-1]}),
        ({"o": {"a": None}}, {"$.o.a": '"x"'}),
    ]


# --- many, and long ---------------------------------------------------------------------------------


def test_thousands_in_a_row(check):
    numbers = range(5000)
    text = json.dumps({"l": [f"v{at}" for at in numbers], "m": {f"k{at}": [at] for at in numbers}})
    batch = decoded({"l": ["int8"], "m": "map<utf8, int8>"}, "{}", text, "{}", text)
    check(batch)
    (found,) = {json.dumps(row) for row in batch["_rescued"].to_pylist() if row}
    values, entries = {f"$.l[{at}]": f'"v{at}"' for at in numbers}, {f"$.m.k{at}": f"[{at}]" for at in numbers}
    assert json.loads(found) == values | entries
    assert batch["data"].to_pylist()[1] == {"l": [None] * 5000, "m": {f"k{at}": None for at in numbers}}
    counts = batch.rescued
    assert (counts["$.l[]"], counts["$.m.k7"], len(counts)) == (10_000, 2, 5001)


@pytest.mark.parametrize("letter", ["k", "é", "日", "😀", " ", '"'])
def test_paths_of_long_keys_differ_and_are_text(letter, check):
    keys = [letter * length for length in (1, 40, *range(60, 80), 200, 5000)] + [letter * 200 + end for end in "ab"]
    text = json.dumps({"m": {key: "x" for key in keys}}, ensure_ascii=False)
    batch = decoded({"m": "map<utf8, int8>"}, text)
    (pairs,) = check(batch).column("_rescued").to_pylist()
    assert len({path for path, _ in pairs}) == len(pairs) == len(keys)
    assert all(path.startswith("$.m") and value == '"x"' for path, value in pairs)
    assert pairs[0][0] == "$.m" + step(letter)     # a quote has a backslash before it


def test_the_limit_on_keys_of_a_map_loses_nothing():
    """What would have more of them is rescued as a whole."""
    texts = ['{"l":["a","b"]}', '{"l":["a","b","c"]}', '{"l":["a"],"m":["b","c"]}', '{"l":[],"m":{}}']
    found = [row["_rescued"] for row in decoded({"l": ["int8"], "m": ["int8"]}, *texts, limits={"map_keys": 2})]
    assert found[0] == {"$.l[0]": '"a"', "$.l[1]": '"b"'}
    assert found[1] == {"$.l": '["a","b","c"]'}
    assert found[2] == {"$.l[0]": '"a"', "$.m": '["b","c"]'}
    assert found[3] == {"$.m": "{}"}


# --- policies: of all, of a field -------------------------------------------------------------------


def test_fail_is_the_default():
    batch = kinesis.to_arrow(events.event_of({"a": "x"}, {"a": 1}), payload={"a": "int8"}, on_error="collect")
    assert failed(batch) == [(0, "expected_integer")]
    assert "_rescued" not in batch.column_names
    assert batch.rescued == {}


def test_null_keeps_the_rest():
    batch = decoded({"a": "int8", "l": ["int8"]}, '{"a":"x","l":[1,"y",300]}', "[]", '{"l":{}}', policy="null")
    assert batch["data"].to_pylist() == [{"a": None, "l": [1, None, None]}, None, {"a": None, "l": None}]


FIELDS = {
    "kept": {"type": "int8", "on_mismatch": "rescue"},
    "lost": {"type": "int8", "on_mismatch": "null"},
    "plain": "int8",
    "inside": {"type": {"x": "int8", "y": {"type": "int8", "on_mismatch": "null"}}, "on_mismatch": "rescue"},
    "items": [{"type": "int8", "on_mismatch": "rescue"}],
}


@pytest.mark.parametrize(
    "text, value, found",
    [
        ({"kept": "x"}, {}, {"$.kept": '"x"'}),
        ({"lost": "x"}, {}, None),
        # The policy of a struct is that of what is inside it, unless that says otherwise.
        ({"inside": {"x": "q", "y": "r"}}, {"inside": {"x": None, "y": None}}, {"$.inside.x": '"q"'}),
        ({"inside": 5}, {}, {"$.inside": "5"}),
        ({"items": [1, "x"]}, {"items": [1, None]}, {"$.items[1]": '"x"'}),
        ({"plain": "x"}, None, None),
        ({"items": 5}, None, None),
        ([], None, None),
    ],
)
def test_a_field_may_say_so_for_itself(text, value, found):
    batch = decoded(FIELDS, json.dumps(text), '{"plain":1}', policy="fail", on_error="collect")
    empty = dict.fromkeys(FIELDS)
    assert [row["data"] for row in batch] == [*([] if value is None else [empty | value]), empty | {"plain": 1}]
    assert batch["_rescued"].to_pylist() == [*([] if value is None else [found]), None]


@pytest.mark.parametrize("policy", ["null", "rescue"])
def test_a_field_may_have_another_policy_than_the_rest(policy):
    spec = {"a": {"type": "int8", "on_mismatch": policy}, "b": "int8"}
    other = {"null": "rescue", "rescue": "null"}[policy]
    batch = decoded(spec, '{"a":"x","b":"y"}', policy=other)
    assert batch["_rescued"].to_pylist() == [{"$.a": '"x"'} if policy == "rescue" else {"$.b": '"y"'}]


class Said(msgspec.Struct):
    a: Annotated[int, msgspec.Meta(extra={"on_mismatch": "rescue"})]
    b: Annotated[str, msgspec.Meta(extra={"on_mismatch": "null", "coerce": "number"})] = "q"
    c: Annotated[int | None, msgspec.Meta(extra={"coerce": "string"})] = None
    d: list[Annotated[int, msgspec.Meta(extra={"on_mismatch": "rescue"})]] = []


def noted(**notes):
    return {f"lambdarrow:{key}": value for key, value in notes.items()}


SAID = pa.schema([
    pa.field("a", pa.int64(), metadata=noted(on_mismatch="rescue")),
    pa.field("b", pa.utf8(), metadata=noted(on_mismatch="null", coerce="number")),
    pa.field("c", pa.int64(), metadata=noted(coerce="string")),
    pa.field("d", pa.list_(pa.field("item", pa.int64(), metadata=noted(on_mismatch="rescue")))),
])
SAID_IN_WORDS = {
    "a": {"type": "int64", "on_mismatch": "rescue"},
    "b": {"type": "utf8", "on_mismatch": "null", "coerce": "number"},
    "c": {"type": "int64", "coerce": "string"},
    "d": [{"type": "int64", "on_mismatch": "rescue"}],
}


@pytest.mark.parametrize("spec", [Said, SAID, SAID_IN_WORDS], ids=["Struct", "Arrow", "words"])
def test_structs_arrow_schemas_and_words_say_it(spec):
    texts = ['{"a":"x","b":{},"c":"5","d":[1,"y"]}', '{"a":1,"b":1.50,"c":5,"d":[]}', '{"a":1,"b":"s","c":"x","d":[]}']
    batch = decoded(spec, *texts, policy="fail", on_error="collect")
    assert batch["data"].to_pylist() == [
        {"a": None, "b": None, "c": 5, "d": [1, None]}, {"a": 1, "b": "1.50", "c": 5, "d": []}]
    assert batch["_rescued"].to_pylist() == [{"$.a": '"x"', "$.d[1]": '"y"'}, None]
    assert failed(batch) == [(2, "invalid_number")]


def arrow(name, type, **options):
    return pa.schema([pa.field(name, type, **options)])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"payload": "json", "on_mismatch": "keep"}, "on_mismatch must be one of fail, null, rescue, not 'keep'"),
        ({"payload": {"a": {"type": "int8", "on_mismatch": "keep"}}}, "payload.a: on_mismatch is one of"),
        ({"payload": {"a": [{"type": "int8", "on_mismatch": True}]}}, r"payload.a\[\]: on_mismatch is one of"),
        ({"payload": arrow("a", pa.int8(), metadata=noted(on_mismatch="keep"))}, "payload.a: on_mismatch is one of"),
        ({"payload": arrow("a", pa.int8(), metadata=noted(coerce="number"))}, "payload.a: coerce"),
        # A null has no place in a column that Arrow was told has none.
        ({"payload": arrow("a", pa.int8(), nullable=False), "on_mismatch": "rescue"}, r"\$\.a: on_mismatch makes null"),
        ({"payload": arrow("l", pa.list_(pa.field("item", pa.int8(), nullable=False))), "on_mismatch": "null"},
         r"\$\.l\[\]: on_mismatch makes nulls"),
        ({"payload": {"_rescued": "int8"}, "on_mismatch": "rescue", "flatten": True}, "'_rescued'"),
    ],
)
def test_what_is_refused_when_the_plan_is_compiled(options, message):
    with pytest.raises(ValueError, match=message):
        kinesis.Decoder(**options)


# --- beside other options ---------------------------------------------------------------------------

TYPES = {"a": "int8", "m": "map<utf8, int8>", "t": "utf8", "l": [{"b": "dictionary<utf8>"}]}
LOST = '{"a":"x","m":{"k":"y"},"t":5,"l":[{"b":7},{"b":"ok"}]}'
FOUND = {"$.a": '"x"', "$.m.k": '"y"', "$.t": "5", "$.l[0].b": "7"}


@pytest.mark.parametrize(
    "options", [{"dialect": "plain"}, {"dialect": "spark"}, {"string_type": "string_view"}], ids=str
)
def test_dialects_and_views(options, check):
    batch = decoded(TYPES, LOST, "{}", **options)
    if "dialect" in options:
        check(batch)
    assert batch["_rescued"].to_pylist() == [FOUND, None]
    assert batch["data"].to_pylist()[0] == {"a": None, "m": {"k": None}, "t": None, "l": [{"b": None}, {"b": "ok"}]}
    assert batch["_rescued"].type == "map<utf8, utf8>"


def test_a_flattened_payload_is_rescued_by_the_same_paths(check):
    batch = decoded(TYPES, LOST, "5", flatten=True)
    check(batch)
    assert batch.column_names == ["a", "m", "t", "l", "_rescued"]
    assert batch["_rescued"].to_pylist() == [FOUND, {"$": "5"}]
    assert batch["m"].to_pylist() == [{"k": None}, None]


def test_what_is_not_asked_for_is_not_rescued():
    batch = decoded(TYPES, LOST, columns=["data.a", "data.l", "partition_key"])
    assert batch.column_names == ["data", "partition_key", "_rescued"]
    assert batch["_rescued"].to_pylist() == [{path: FOUND[path] for path in ("$.a", "$.l[0].b")}]
    assert decoded(TYPES, LOST, columns=["partition_key"]).column_names == ["partition_key"]


def test_lone_surrogates_that_are_replaced_need_no_rescue():
    text = '{"t":"a\\ud800","a":"\\udc00"}'
    assert rescued(TYPES, text)[0][1] == {"$.t": '"a\\ud800"', "$.a": '"\\udc00"'}
    batch = decoded(TYPES, text, lone_surrogates="replace")
    assert batch["data.t"].to_pylist() == ["a\ufffd"]
    assert batch["_rescued"].to_pylist() == [{"$.a": '"\\udc00"'}]


def test_several_events_in_one_batch(check):
    decoder = kinesis.Decoder(payload=TYPES, columns=["data"], on_mismatch="rescue", on_error="collect")
    for payloads in ([LOST, "{}"], [], ["{"], ["{}", LOST, LOST]):
        decoder.feed(events.event_of(*map(str.encode, payloads)))
    batch = decoder.finish()
    check(batch)
    assert batch["_rescued"].to_pylist() == [FOUND, None, None, FOUND, FOUND]
    assert batch.rescued == {"$.a": 3, "$.m.k": 3, "$.t": 3, "$.l[].b": 3}


def test_choices(check):
    shapes = {"click": {"x": "int8"}, "order": {"y": {"type": "int8", "coerce": "string"}}}
    texts = ['{"k":"click","x":"q"}', '{"k":"order","y":"5"}', '{"k":"order","y":"r"}', '{"k":"?"}', "7", "null"]
    batch = decoded(by("$.k", shapes), *texts)
    check(batch)
    assert batch["_rescued"].to_pylist() == [{"$.x": '"q"'}, None, {"$.y": '"r"'}, {"$": texts[3]}, {"$": "7"}, None]
    assert batch.shapes == {"click": 1, "order": 2}
    with_other = decoded(by("$.k", shapes, other={"k": "int8"}), *texts)
    assert with_other["_rescued"].to_pylist()[3:] == [{"$.k": '"?"'}, {"$": "7"}, None]
    assert with_other.shapes == {"click": 1, "order": 2, "other": 2}
    assert {case: part["_rescued"].to_pylist() for case, part in with_other.split().items()} == {
        "click": [{"$.x": '"q"'}], "order": [None, {"$.y": '"r"'}], "other": [{"$.k": '"?"'}, {"$": "7"}, None]}


def test_layers_inside_have_one_map():
    """SNS in SQS: what is rescued is the message's, by its path in the whole stack."""
    body = {"Type": "Notification", "Message": json.dumps({"a": "x", "m": {"k": "y"}})}
    batch = sqs.to_arrow(events.sqs_event_of(json.dumps(body)), payload=sns.notification(TYPES), on_mismatch="rescue",
                         columns=["body.message"])
    assert batch["_rescued"].to_pylist() == [{"$.Message.a": '"x"', "$.Message.m.k": '"y"'}]
    event = {"source": "s", "detail": {"a": "x"}}
    batch = sqs.to_arrow(events.sqs_event_of(json.dumps(event)), payload=eventbridge.event({"a": "int8"}),
                         on_mismatch="rescue", columns=["body"])
    assert batch["_rescued"].to_pylist() == [{"$.detail.a": '"x"'}]
    assert batch["body.source"].to_pylist() == ["s"]


RESCUING = {"on_mismatch": "rescue"}


def test_rows_out_of_a_list(check):
    """Rescued in the rows, each has its own; rescued in what is repeated, that is repeated as well."""
    item = struct((Field("n", int_(64, **RESCUING)), Field("l", list_(int_(8, **RESCUING)))))
    word = struct((Field("id", utf8()), Field("items", explode(item))))
    text = '{"id":"a","items":[{"n":"1"},{"n":2,"l":[1,"x"]},{"n":3}]}'
    batch = decoded(word, text, '{"items":[{"n":[]}]}', policy="fail")
    check(batch)
    assert batch["_rescued"].to_pylist() == [{"$.items.n": '"1"'}, {"$.items.l[1]": '"x"'}, None, {"$.items.n": "[]"}]
    assert batch.rescued == {"$.items.n": 2, "$.items.l[]": 1}
    word = struct((Field("id", utf8(**RESCUING)), Field("items", explode(struct((Field("n", int_(64)),))))))
    texts = ['{"id":5,"items":[{"n":1},{"n":2}]}', '{"id":5,"items":[]}', '{"id":"s","items":[{}]}']
    batch = decoded(word, *texts, policy="fail")
    check(batch)
    assert batch["_rescued"].to_pylist() == [{"$.id": "5"}, {"$.id": "5"}, None]


# --- what must not be rescued, and what must not be lost --------------------------------------------

POLICIES = pytest.mark.parametrize("policy", ["null", "rescue"])
FITS = json.dumps({"a": 1})
STACKS = {
    "sns": (sns.notification({"a": "int8"}), {"Type": "Notification", "TopicArn": "t", "Message": FITS}, "TopicArn"),
    "eventbridge": (eventbridge.event({"a": "int8"}), {"source": "s", "detail": {"a": 1}}, "source"),
}


@POLICIES
@pytest.mark.parametrize("stack", STACKS)
def test_fields_of_aws_own_envelopes_always_fail(stack, policy):
    word, body, field = STACKS[stack]
    event = events.sqs_event_of(json.dumps(body), json.dumps(body | {field: 5}), json.dumps(body))
    batch = sqs.to_arrow(event, payload=word, on_mismatch=policy, on_error="collect")
    assert [failure.index for failure in batch.failures] == [1]
    assert batch.record_index.to_pylist() == [0, 2]


NO_NOTIFICATIONS = [{}, {"Records": {}}, {"Records": [{"awsRegion": 5}]}, 7]


@POLICIES
@pytest.mark.parametrize("body", NO_NOTIFICATIONS, ids=str)
def test_a_message_that_is_no_s3_notification_is_not_lost(body, policy):
    """Not in the rows, it must be in the failures: else it is deleted from the queue."""
    event = events.sqs_event_of(json.dumps({"Records": [{}]}), json.dumps(body))
    batch = sqs.to_arrow(event, payload=s3.notification(), on_mismatch=policy, on_error="collect")
    assert set(batch.record_index.to_pylist()) | {failure.index for failure in batch.failures} == {0, 1}


@POLICIES
@pytest.mark.parametrize("text", ['{"id":"a","items":5}', "7"])
def test_what_does_not_fit_where_rows_should_be_is_not_lost(text, policy):
    word = struct((Field("id", utf8(on_mismatch="fail")), Field("items", explode(int_(8, on_mismatch="fail")))))
    batch = decoded(word, '{"items":[1]}', text, policy=policy, on_error="collect")
    assert set(batch.record_index.to_pylist()) | {failure.index for failure in batch.failures} == {0, 1}


@POLICIES
def test_a_field_that_fails_fails_the_payload_whatever_the_policy_of_the_rest(policy):
    strict = {"type": "int8", "on_mismatch": "fail"}
    spec = {"a": strict, "o": {"x": strict}, "b": "int8"}
    texts = ['{"a":"x"}', '{"o":{"x":"y"}}', '{"b":"z"}', '{"a":1,"o":{}}']
    assert failed(decoded(spec, *texts, policy=policy, on_error="collect")) == [
        (0, "expected_integer"), (1, "expected_integer")]


@POLICIES
def test_a_missing_field_that_is_required_fails(policy):
    spec = {"id": {"type": "int8", "required": True}, "o": {"x": {"type": "int8", "required": True}}}
    texts = ["{}", '{"id":1}', '{"id":1,"o":{}}', '{"id":"x","o":{"x":"y"}}']
    batch = decoded(spec, *texts, policy=policy, on_error="collect")
    assert failed(batch) == [(0, "missing_field"), (2, "missing_field")]


@POLICIES
@pytest.mark.parametrize("kind, expected", [("utf8", ["plain text", '"quoted"', "5"]),
                                            ("binary", [b"plain text", b'"quoted"', b"5"])])
def test_a_payload_that_is_no_json_has_no_drift(kind, expected, policy):
    """`payload="utf8"` is the bytes as text, whatever else is asked for."""
    batch = decoded(kind, "plain text", '"quoted"', "5", policy=policy, on_error="collect")
    assert batch["data"].to_pylist() == expected


def test_keys_that_look_like_indices_are_counted_by_their_own_names():
    batch = decoded({"m": "map<utf8, list<int8>>"}, '{"m":{"a[0]":5,"a[1]":6,"b":["x","y"]}}')
    assert batch.rescued == {'$.m["a[0]"]': 1, '$.m["a[1]"]': 1, "$.m.b[]": 2}


@pytest.mark.parametrize(
    "spec, text, texts",
    [
        # A quote in a key.
        ("map<utf8, map<utf8, int8>>", r'{"p q":{"r s":"1"},"p q\"][\"r s":"2"}', ['"1"', '"2"']),
        # Places of an array that is read by position.
        (struct((Field("p", items(Field(None, int_(8), "x"), Field(None, int_(8), "y"))),)), '{"p":["1","2"]}',
         ['"1"', '"2"']),
    ],
    ids=["quote", "items"],
)
def test_two_values_have_two_paths(spec, text, texts):
    assert sorted(decoded(spec, text)["_rescued"].to_pylist()[0].values()) == sorted(texts)


def test_a_key_that_is_cut_off_is_not_taken_for_an_item():
    for length in range(1, 200):
        (row,) = decoded("map<utf8, list<int8>>", json.dumps({"k" * length: [0, "x"], "k" * (length + 1): 5}))
        assert sorted(row["_rescued"].values()) == ['"x"', "5"], length


@POLICIES
def test_an_ill_typed_default_is_refused_with_the_plan(policy):
    """It is no value of anybody's data; on_mismatch="fail" refuses it already."""
    with pytest.raises(ValueError, match="default"):
        decoded({"a": {"type": "int8", "default": "x"}}, "{}", policy=policy)


def test_a_value_that_is_repeated_is_counted_once():
    word = struct((Field("id", utf8(**RESCUING)), Field("items", explode(int_(8)))))
    batch = decoded(word, '{"id":5,"items":[1,2,3]}', '{"id":6,"items":[4]}', policy="fail")
    assert batch["_rescued"].to_pylist() == [{"$.id": "5"}] * 3 + [{"$.id": "6"}]
    assert batch.rescued == {"$.id": 2}


def test_repeated_keys_beside_many_rescued_values_cost_what_they_weigh():
    """The same members in two orders: where the repeats come last, each looks through all that was rescued before."""
    repeats, values = ",".join(['"a":""'] * 20_000), '"l":[' + ",".join(['""'] * 20_000) + "]"
    spent = []
    for text in (f"{{{repeats},{values}}}", f"{{{values},{repeats}}}"):
        event = events.event_of(text.encode())
        decoder = kinesis.Decoder(payload={"a": "int8", "l": ["int8"]}, on_mismatch="rescue", columns=["data"])
        decoder.to_arrow(event)
        begun = time.process_time()
        decoder.to_arrow(event)
        spent.append(time.process_time() - begun)
    assert spent[1] < 20 * spent[0]
