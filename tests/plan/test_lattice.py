"""The type that JSON values have in common, case by case; and every type reads the values that it came from."""

import datetime as dt
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import assert_means, decoded, infer, parsed, tree

from lambdarrow import _lattice
from lambdarrow._grammar import to_word

# --- the lattice, case by case ----------------------------------------------------------------------

LATTICE = [
    # One kind of value.
    ([b"true", b"false"], "bool"),
    ([b"1", b"-1", b"9223372036854775807", b"-9223372036854775808"], "int64"),
    ([b"9223372036854775808", b"0"], "uint64"),
    ([b"18446744073709551615"], "uint64"),
    ([b"18446744073709551616"], "decimal128(38, 0)"),
    ([b"9223372036854775808", b"-1"], "decimal128(38, 0)"),
    ([b"-9223372036854775809"], "decimal128(38, 0)"),
    ([b"9" * 38, b"-" + b"9" * 38], "decimal128(38, 0)"),
    ([b"1" + b"0" * 38], "json"),
    ([b"-1" + b"0" * 38], "json"),
    ([b"9" * 5000], "json"),
    ([b"-" + b"9" * 5000, b"1"], "json"),
    ([b"1.5", b"1e3", b"-0.0", b"1E-400"], "float64"),
    ([b"1e400"], "json"),
    ([b"-1e400", b"1.5"], "json"),
    ([b'"a"', b'""'], "utf8"),
    # What two kinds have in common.
    ([b"1", b"1.5"], "float64"),
    ([b"9007199254740992", b"-9007199254740992", b"0.5"], "float64"),
    ([b"9007199254740993", b"0.5"], "json"),
    ([b"0.5", b"-9007199254740993"], "json"),
    ([b"1", b"1e400"], "json"),
    ([b'"1"', b"1"], "json"),
    ([b"true", b"1"], "json"),
    ([b"true", b'"true"'], "json"),
    ([b"[]", b"{}"], "json"),
    ([b"[1]", b"1"], "json"),
    ([b'{"a":1}', b'"a"'], "json"),
    # Nothing, or no more than null.
    ([b"null"], "json"),
    ([b"null", b"1"], "int64"),
    ([b"null", b'"a"'], "utf8"),
    ([b"{}"], "json"),
    ([b"{}", b"null"], "json"),
    ([b"[]"], ["json"]),
    ([b"[null]", b"null"], ["json"]),
    # Nested.
    ([b"[1,null]", b"[]", b"[2.5]"], ["float64"]),
    ([b'[1,"a"]'], ["json"]),
    ([b"[[],[[1]]]"], [[["int64"]]]),
    ([b'{"a":1,"c":"x"}', b"{}", b'{"b":true,"a":null}'], {"a": "int64", "c": "utf8", "b": "bool"}),
    ([b'[{"a":1},{"b":[]}]'], [{"a": "int64", "b": ["json"]}]),
    ([b'{"a":{"b":null}}', b'{"a":{"b":{}}}'], {"a": {"b": "json"}}),
    # Equal keys: the last is the value, but the engine types them all.
    ([b'{"a":1,"a":2}'], {"a": "int64"}),
    ([b'{"a":"x","a":2}'], {"a": "json"}),
    ([b'{"a":{"b":1},"a":{"c":2}}'], {"a": {"b": "int64", "c": "int64"}}),
    # Keys that look like options of the grammar, odd keys, and one that no Arrow name can be.
    ([b'{"type":"x","required":true}'], {"type": "utf8", "required": "bool"}),
    ([b'[{"type":"x"}]'], [{"type": "utf8"}]),
    ([b'{"":1,"a.b":2,"\\"":3,"a\\nb":4,"\\u00e9 ":5}'],
     {"": "int64", "a.b": "int64", '"': "int64", "a\nb": "int64", "\u00e9 ": "int64"}),
    ([b'{"a":{"b\\u0000":1},"c":1}'], {"a": "json", "c": "int64"}),
]
IDS = [f"{at}-{ascii(spec)}" for at, (_, spec) in enumerate(LATTICE)]


@pytest.mark.parametrize(("values", "spec"), LATTICE, ids=IDS)
@pytest.mark.parametrize("order", [1, -1], ids=["forth", "back"])
def test_the_lattice(values, spec, order, check):
    """As a field, where a type has no company, and in whatever order; and every type decodes what it came from."""
    payloads = [b'{"v":' + value + b"}" for value in values][::order]
    found = infer(*payloads)
    # A struct that would be taken for a type with options is wrapped.
    assert found.spec == {"v": {"type": spec} if isinstance(spec, dict) and "type" in spec else spec}
    assert (found.sampled, found.skipped, found.takes_null) == (len(values), 0, False)
    batch = decoded(found, *payloads)
    check(batch)
    word = to_word(found.spec)
    for got, payload in zip(batch["data"].to_pylist(), payloads, strict=True):
        assert_means(got, parsed(payload), word)


@pytest.mark.parametrize(("values", "spec"), LATTICE, ids=IDS)
def test_a_payload_need_not_be_an_object(values, spec, check):
    found = infer(*values)
    # As a payload, utf8 would be the bytes, quotes and all.
    assert tree(to_word(found.spec)) == tree(to_word("json" if spec == "utf8" else spec))
    batch = decoded(found, *values)
    check(batch)
    assert found.takes_null == (b"null" in values)


def test_keys_stand_in_the_order_of_first_appearance():
    spec = infer({"b": 1, "a": 1}, {"z": 1, "b": 1}, {"a": 1, "c": {"y": 1}}, {"c": {"x": 1, "y": 2}}).spec
    assert list(spec) == ["b", "a", "z", "c"]
    assert list(spec["c"]) == ["y", "x"]


# --- times ------------------------------------------------------------------------------------------

TIMES = [
    (["2024-02-29T12:34:56Z"], "timestamp[s, UTC]"),
    (["2024-02-29T12:34Z", "2024-02-29 12:34:56+02", "2024-02-29t12:34:56-0130", "0001-01-02T00:00:00+23:59"],
     "timestamp[s, UTC]"),
    (["2024-02-29T12:34:56Z", "2024-02-29T12:34:56.5Z"], "timestamp[ms, UTC]"),
    (["2024-02-29T12:34:56.000Z"], "timestamp[ms, UTC]"),
    (["2024-02-29T12:34:56.1234+00:00"], "timestamp[us, UTC]"),
    (["2024-02-29T12:34:56.1234567z", "1678-01-01T00:00:00Z"], "timestamp[ns, UTC]"),
    (["9999-12-31T23:59:59.999999Z"], "timestamp[us, UTC]"),
    (["2024-02-29T12:34:56.123456789Z", None], "timestamp[ns, UTC]"),
    # Nanoseconds of a year that an int64 does not reach; finer digits; no offset; not in the calendar.
    (["2024-02-29T12:34:56.123456789Z", "9999-12-31T23:59:59Z"], "utf8"),
    (["1677-09-21T00:00:00.0000000Z"], "utf8"),
    (["2262-04-12T00:00:00.1234567Z"], "utf8"),
    (["2024-02-29T12:34:56.1234567890Z"], "utf8"),
    (["2024-02-29T12:34:56"], "utf8"),
    (["2023-02-29T12:34:56Z"], "utf8"),
    (["2024-02-29T24:00:00Z"], "utf8"),
    (["2024-02-29T23:59:60Z"], "utf8"),
    (["2024-02-29T12:34:56+24:00"], "utf8"),
    (["0001-01-01T00:00:00+01:00"], "utf8"),
    (["9999-12-31T23:59:59-01:00"], "utf8"),
    (["0000-01-01T00:00:00Z"], "utf8"),
    (["2024-02-29T12:34:56Z\n"], "utf8"),
    (["２024-02-29T12:34:56Z"], "utf8"),
    (["20240229T123456Z"], "utf8"),
    (["2024-02-29", "0001-01-01", "9999-12-31", None], "date32"),
    (["2023-02-29"], "utf8"),
    (["0000-02-28"], "utf8"),
    (["2024-02-29", "2024-02-29T12:34:56Z"], "utf8"),
    (["2024-02-29", "x"], "utf8"),
    (["2024-02-29T12:34:56Z", ""], "utf8"),
    (["2024-02-29", 1], "json"),
]


@pytest.mark.parametrize(("texts", "type"), TIMES, ids=[f"{type}-{ascii(texts[0])}" for texts, type in TIMES])
def test_times(texts, type, check):
    payloads = [{"v": text} for text in texts]
    found = infer(*payloads, timestamps=True)
    assert found.spec == {"v": type}
    check(decoded(found, *payloads))
    if type != "json":
        assert infer(*payloads).spec == {"v": "utf8"}


OFFSETS = st.one_of(
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+23:59", "-23:59", "+05", "-0330", "+24:00", "+1", ""]),
    st.builds("{}{:02d}{}{:02d}".format, st.sampled_from("+-"), st.integers(0, 25), st.sampled_from([":", "", "."]),
              st.integers(0, 61)),
)
TIME_TEXTS = st.builds(
    "{:04d}-{:02d}-{:02d}{}{:02d}:{:02d}{}{}".format,
    st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32), st.sampled_from("Tt T_"), st.integers(0, 25),
    st.integers(0, 61), st.sampled_from(["", ":00", ":59", ":60", ":00.1", ":59.999", ":01.", ":30.123456",
                                         ":30.123456000", ":30.1234560", ":00.9999999999"]),
    OFFSETS,
)
DAY_TEXTS = st.builds("{:04d}-{:02d}-{:02d}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))


@given(st.lists(TIME_TEXTS, min_size=1, max_size=3) | st.lists(DAY_TEXTS, min_size=1, max_size=3))
def test_a_time_that_is_inferred_is_the_time_that_is_decoded(texts):
    payloads = [{"v": text} for text in texts]
    found = infer(*payloads, timestamps=True)
    batch = decoded(found, *payloads)
    values = pa.record_batch(batch)["data"].field("v")
    if pa.types.is_timestamp(values.type):
        assert values.type.tz == "UTC"
        instants = [dt.datetime.fromisoformat(text.upper()) for text in texts]
        assert values.cast(pa.timestamp("us", "UTC"), safe=False).to_pylist() == instants
    elif pa.types.is_date(values.type):
        assert values.to_pylist() == [dt.date.fromisoformat(text) for text in texts]
    else:
        assert values.to_pylist() == texts


# --- objects whose keys are data --------------------------------------------------------------------


def prices(n_objects, n_keys, value):
    """Objects of three keys of very many."""
    return [{f"k{(at * 3 + k) % n_keys}": value for k in range(3)} for at in range(n_objects)]


@pytest.mark.parametrize(("payloads", "type"), [
    (prices(100, 201, 1.5), "map<utf8, float64>"),
    (prices(100, 200, 1.5), dict),
    (prices(100, 201, 2**63), "map<utf8, uint64>"),
    ([*prices(100, 201, 1), {"k1": 2.5}, {"k2": None}, {}], "map<utf8, float64>"),
    ([*prices(100, 201, 1), {"k\0": 1, "": 1}], "map<utf8, int64>"),
    # No type for all values but json: the text is kept, and with it the keys of tomorrow.
    ([*prices(100, 201, 1), {"k1": "x"}], "json"),
    (prices(100, 201, [1]), "json"),
    (prices(100, 201, None), "json"),
    # Many keys that are often there are fields; but a thousand are enough.
    ([{f"k{k}": 1 for k in range(201)}] * 20, dict),
    ([{f"k{k}": 1 for k in range(1000)}], dict),
    ([{f"k{k}": 1 for k in range(1001)}], "map<utf8, int64>"),
    ([{f"k{k}": {} for k in range(1001)}], "json"),
], ids=lambda value: str(value) if not isinstance(value, list) else "")
def test_keys_that_are_data(payloads, type, check):
    wrapped = [{"v": payload} for payload in payloads]
    found = infer(*wrapped)
    assert isinstance(found.spec["v"], dict) if type is dict else found.spec["v"] == type
    batch = decoded(found, *wrapped)
    check(batch)
    word = to_word(found.spec)
    for got, payload in zip(batch["data"].to_pylist(), wrapped, strict=True):
        assert_means(got, payload, word)


def test_a_map_beyond_the_engines_limit_is_json(monkeypatch):
    monkeypatch.setattr(_lattice, "_MOST_IN_MAP", 1001)
    assert infer({str(k): 1 for k in range(1001)}).spec == "map<utf8, int64>"
    assert infer({str(k): 1 for k in range(1002)}).spec == "json"


# --- depth ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_what_nests_deep_is_json(opening, closing, check):
    deep, deeper = (opening * depth + b"1" + closing * depth for depth in (_lattice.DEEPEST, 128))
    for payload, innermost in ((deep, "int64"), (deeper, "json")):
        spec = infer(payload).spec
        batch = decoded(spec, payload)
        check(batch)
        value, wanted = batch["data"].to_pylist()[0], json.loads(payload)
        for _ in range(_lattice.DEEPEST):
            spec, value, wanted = [one[0] if isinstance(one, list) else one["a"] for one in (spec, value, wanted)]
        assert spec == innermost
        assert (json.loads(value) if innermost == "json" else value) == wanted


def test_what_json_does_not_make_is_a_fault_of_ours():
    with pytest.raises(TypeError, match="json makes no set"):
        _lattice.Place().see({1}, times=False)
