"""unmarshal and deserialize: what boto3's TypeDeserializer makes of an item, from a dict and from its text."""

import base64
import datetime as dt
import decimal
import json
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer
from dynamodb import (
    boto,
    boto_numbers,
    boto_reads,
    exact,
    form,
    int_float,
    item_meaning,
    items,
    items_of,
    number_texts,
    seeds,
    written,
)
from hypothesis import example, given
from hypothesis import strategies as st
from oracle import Wrong

from lambdarrow import DecodeError, _core
from lambdarrow.dynamodb import deserialize, unmarshal

ITEM = {
    "S": {"S": "text \U0001f381 \u20ac"},
    "n": {"N": "12.50"},
    "b": {"B": "AP8="},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "null": {"NULL": True},
    "texts": {"SS": ["a", "", "b"]},
    "numbers": {"NS": ["1", "2.5", "-3"]},
    "binaries": {"BS": ["", "QQ=="]},
    "list": {"L": [{"N": "1"}, {"L": []}, {"M": {}}, {"NULL": True}]},
    "map": {"M": {"S": {"S": "x"}, "": {"M": {"N": {"N": "1E+2"}}}}},
}
# What TypeDeserializer makes of it, written down once.
MADE = {
    "S": "text \U0001f381 \u20ac",
    "n": Decimal("12.50"),
    "b": b"\0\xff",
    "yes": True,
    "no": False,
    "null": None,
    "texts": {"a", "", "b"},
    "numbers": {Decimal(1), Decimal("2.5"), Decimal(-3)},
    "binaries": {b"", b"A"},
    "list": [Decimal(1), [], {}, None],
    "map": {"S": "x", "": {"N": Decimal("1E+2")}},
}


def fails(work, *arguments, **options):
    with pytest.raises(DecodeError) as caught:
        work(*arguments, **options)
    return caught.value


# --- equal to boto3 ---------------------------------------------------------------------------------


def test_all_ten_types():
    assert form(unmarshal(ITEM)) == form(unmarshal(json.dumps(ITEM))) == form(MADE) == form(boto(ITEM))


@given(items_of(boto_numbers), seeds)
def test_an_item_is_what_boto3_makes_of_it(item, seed):
    expected = form(boto(item))
    assert form(unmarshal(item)) == expected
    assert form(unmarshal(written(item, seed))) == expected


@given(items, seeds, st.sampled_from(["decimal", "int_float", "str"]), st.sampled_from(["bytes", "boto3"]))
def test_an_item_in_every_mode_on_both_roads(item, seed, numbers, binary):
    expected = form(item_meaning(item, numbers, Binary if binary == "boto3" else bytes))
    for given_as in (item, written(item, seed)):
        assert form(unmarshal(given_as, numbers=numbers, binary=binary)) == expected
        assert form(unmarshal(given_as, numbers=numbers, binary=binary, strict=True)) == expected


@given(items.filter(bool), seeds)
def test_deserialize_makes_of_each_value_what_unmarshal_has_for_it(item, seed):
    whole = unmarshal(item)
    for name, value in item.items():
        assert form(deserialize(value)) == form(deserialize(written(value, seed))) == form(whole[name])


@given(st.lists(items, max_size=3), seeds)
def test_a_list_of_items_is_a_list(several, seed):
    expected = [form(item_meaning(item)) for item in several]
    mixed = [written(item, seed) if (seed >> at) & 1 else item for at, item in enumerate(several)]
    for given_as in (several, tuple(several), mixed, [written(item, seed).decode() for item in several]):
        made = unmarshal(given_as)
        assert type(made) is list and list(map(form, made)) == expected


def test_whatever_bytes_are_in():
    text = json.dumps(ITEM, ensure_ascii=False)
    for given_as in (text, text.encode(), bytearray(text.encode()), memoryview(text.encode())):
        assert unmarshal(given_as) == MADE
    assert unmarshal(" \r\n\t" + text + "\n ") == MADE
    assert unmarshal("{ }") == unmarshal({}) == {}


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_dict_that_boto3s_client_made(kind):
    """There B holds bytes, and a set may be any collection."""
    item = {"b": {"B": kind(b"\0\xff")}, "bs": {"BS": [kind(b"x"), kind(b"")]}}
    assert form(unmarshal(item)) == form({"b": b"\0\xff", "bs": {b"x", b""}})
    assert form(unmarshal(item, binary="boto3")) == form({"b": Binary(b"\0\xff"), "bs": {Binary(b"x"), Binary(b"")}})


def test_sets_and_lists_of_other_collections():
    item = {"s": {"SS": {"a", "b"}}, "t": {"NS": ("1", "2")}, "f": {"BS": frozenset([b"x"])}, "l": {"L": ({"S": "x"},)}}
    assert unmarshal(item) == {"s": {"a", "b"}, "t": {1, 2}, "f": {b"x"}, "l": ["x"]}


def test_the_input_stays_as_it_was():
    before = json.dumps(ITEM)
    unmarshal(ITEM)
    unmarshal(ITEM, numbers="int_float", binary="boto3")
    assert json.dumps(ITEM) == before


def test_equal_texts_are_equal_numbers_in_every_call():
    """Numbers and names that repeat are made once; another spelling is another object."""
    for _ in range(3):
        made = unmarshal({"a": {"N": "1.0"}, "b": {"N": "1.00"}, "c": {"N": "1.0"}, "d": {"N": "1"}})
        assert [str(value) for value in made.values()] == ["1.0", "1.00", "1.0", "1"]
    assert deserialize({"N": "1.0"}, numbers="str") == "1.0"
    assert form(deserialize({"N": "1.0"}, numbers="int_float")) == form(1)


def test_thousands_of_names_and_numbers():
    """More than are kept: nothing is mixed up where one takes another's place."""
    spelt = [f"{number}.{'0' * (number % 50)}" for number in range(5_000)]
    item = {f"name-{'x' * (number % 60)}-{number}": {"N": text} for number, text in enumerate(spelt)}
    for _ in range(2):
        for given_as in (item, json.dumps(item)):
            made = unmarshal(given_as)
            assert [str(value) for value in made.values()] == [str(Decimal(text)) for text in spelt]
            assert list(made) == list(item)


def test_decimals_do_not_depend_on_the_context():
    with decimal.localcontext() as context:
        context.prec = 3
        context.traps[decimal.Inexact] = context.traps[decimal.Rounded] = True
        for given_as in ({"N": "1" * 38}, '{"N":"%s"}' % ("1" * 38)):
            assert str(deserialize(given_as)) == "1" * 38


SAMPLES = [
    (f"{path.stem}-{index}-{image}", record["dynamodb"][image])
    for path in sorted((Path(__file__).parents[3] / "shared" / "samples").glob("dynamodb-*.json"))
    if "malformed" not in path.stem
    for index, record in enumerate(json.loads(path.read_bytes())["Records"])
    for image in ("Keys", "NewImage", "OldImage")
    if record["dynamodb"].get(image) is not None
]


@pytest.mark.skipif(not SAMPLES, reason="no sample events beside the repository")
@pytest.mark.parametrize("item", [item for _, item in SAMPLES], ids=[name for name, _ in SAMPLES])
def test_a_real_item_is_what_boto3_makes_of_it(item):
    assert form(unmarshal(item)) == form(unmarshal(json.dumps(item))) == form(boto(item))


# --- numbers ----------------------------------------------------------------------------------------



def short(text):
    return text if len(text) < 50 else f"{text[:10]}...{len(text)}"


SPELLINGS = [
    "0", "-0", "+0", "0.0", "-0.00", "0E5", "0e-20", "0E500", ".0", "0.", "5", "+5", "-5", "005", "-005.50", "5.", ".5",
    "+.5", "-.5e-3", "5.e1", "1E2", "1e+2", "1E-2", "1E002", "1e+0", "12.50", "100", "1.0", "1.5e1",
    "123456789012345678901",
    "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551616",
    "0.1",
    "1E-130", "-1E-130", "1E125", "9.9999999999999999999999999999999999999E+125", "-9." + "9" * 37 + "E125",
    "1234567895171680000000000000000000000000", "1" * 38, "1" * 38 + "0" * 87, "0." + "0" * 129 + "1", "0" * 300 + "7",
    "." + "1" * 38, "1" * 19 + "." + "1" * 19, "0." + "0" * 92 + "1" * 38, "1E-92",
    "1.50000000000000000000000000000000000000000",
    "0.10000000000000000000000000000000000001", "1" + "0" * 2000 + "E-2000", "0." + "0" * 2000 + "1E2001",
    "1e0000000000000000001",
    "10E-131", "0.01E127", "1.7976931348623157E125", "4.9E-130", "1E22", "1E23", "123456789012345678E4",
]


@pytest.mark.parametrize("text", SPELLINGS, ids=short)
def test_a_number_in_this_spelling(text):
    digits, exponent = exact(text)
    for value in ({"N": text}, json.dumps({"N": text})):
        made = deserialize(value)
        assert form(made) == form(Decimal(text))
        assert Fraction(made) == digits * Fraction(10) ** exponent
        assert deserialize(value, numbers="str") == text
        assert form(deserialize(value, numbers="int_float")) == form(int_float(text))
    assert deserialize({"NS": [text]}) == {Decimal(text)}


@given(number_texts(), seeds)
def test_a_number_over_the_whole_grammar(text, seed):
    digits, exponent = exact(text)
    for value in ({"N": text}, written({"N": text}, seed)):
        made = deserialize(value)
        assert form(made) == form(Decimal(text))
        assert Fraction(made) == digits * Fraction(10) ** exponent
        assert form(deserialize(value, numbers="int_float")) == form(int_float(text))


def test_boto3_reads_these_spellings_alike():
    """The oracle of numbers is held against boto3 itself, wherever that takes one at all."""
    read = [text for text in SPELLINGS if boto_reads(text)]
    assert len(read) > len(SPELLINGS) // 2
    for text in read:
        assert form(TypeDeserializer().deserialize({"N": text})) == form(Decimal(text))


@pytest.mark.parametrize("text", ["1234567895171680000000000000000000000000", "1" * 38 + "0", "1" + "0" * 125,
                                  "0.5" + "0" * 60, "-" + "9" * 38 + "0" * 88])
def test_zeros_beyond_38_digits_that_boto3_refuses(text):
    """boto3#4693: valid, since they are not significant."""
    with pytest.raises(decimal.DecimalException):
        TypeDeserializer().deserialize({"N": text})
    for value in ({"N": text}, json.dumps({"N": text})):
        assert str(deserialize(value)) == text
    if "." not in text:
        assert deserialize({"N": text}, numbers="int_float") == int(text)


OUT_OF_RANGE = [
    "1" * 39, "0." + "1" * 39, "1" + "0" * 37 + ".1", "-" + "1" * 38 + ".1", "1E126", "-1E126", "10E125", "1E-131",
    "0.1E-130",
    "1" + "0" * 126, "0." + "0" * 130 + "1", "1E99999999999999999999", "1E-99999999999999999999", "9" * 39 + "E-10",
    "1." + "0" * 37 + "1", "1" * 5000,
]


@pytest.mark.parametrize("text", OUT_OF_RANGE, ids=short)
@pytest.mark.parametrize("mode", ["decimal", "int_float", "str"])
def test_a_number_that_dynamodb_cannot_hold(text, mode):
    with pytest.raises(Wrong, match="out_of_range"):
        exact(text)
    for value in ({"N": text}, json.dumps({"N": text})):
        assert fails(deserialize, value, numbers=mode).reason == "out_of_range"
    for value in ({"NS": ["1", text]}, json.dumps({"NS": ["1", text]})):
        error = fails(deserialize, value, numbers=mode)
        assert (error.reason, error.path) == ("out_of_range", "$[1]")


@given(number_texts(st.integers(39, 60)) | number_texts(magnitude=st.integers(126, 400) | st.integers(-400, -131)))
def test_numbers_that_dynamodb_cannot_hold(text):
    for value in ({"N": text}, json.dumps({"N": text})):
        assert fails(deserialize, value).reason == "out_of_range"


NO_NUMBERS = [
    "", " ", " 5", "5 ", "5\n", "NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "-", "+", ".", "e5", ".e5", "-.",
    "5e", "5e+",
    "5E-", "+-5", "--5", "5-", "1 000", "1,5", "1_000", "0x10", "1.2.3", "1e1.5", "1e5e5", "five", "\uff15", "\u0665",
    "5\0", "\0",
    "\u221e", "1\u00a0", "true", "null", '"5"', "5d", "5f",
]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_text_that_is_no_number(text):
    """decimal itself would take some of these."""
    for mode in ("decimal", "int_float", "str"):
        for value in ({"N": text}, json.dumps({"N": text}), json.dumps({"N": text}, ensure_ascii=False)):
            assert fails(deserialize, value, numbers=mode).reason == "invalid_number"


@given(st.text("0123456789+-.eE", max_size=12) | st.text("0123456789+-.eE \u0664_x", max_size=6), seeds)
@example("1" * 39 + "e", 0)
def test_any_text_gets_the_grammars_verdict(text, seed):
    try:
        exact(text)
        expected = None
    except Wrong as wrong:
        expected = wrong.args[0]
    for value in ({"N": text}, written({"N": text}, seed)):
        if expected is None:
            assert deserialize(value, numbers="str") == text
        else:
            assert fails(deserialize, value, numbers="str").reason == expected


@pytest.mark.parametrize("length", [1, 7, 15, 16, 17, 19, 20, 31, 32, 33, 38])
def test_numbers_of_every_length_at_the_end_of_the_text(guarded, length):
    """What is looked at sixteen bytes at a time must end where the text does."""
    for tail in ("", ".5", "e1", "E-1", "."):
        text = "1" * min(length, 36) + tail
        for whole in (f'{{"N":"{text}"}}', f'{{"a":{{"N":"{text}"}}}}'):
            work = deserialize if whole.startswith('{"N"') else unmarshal
            made = work(guarded(whole.encode()))
            assert (made if work is deserialize else made["a"]) == Decimal(text)
            for end in range(len(whole)):
                fails(work, guarded(whole[:end].encode()))


# --- type= ------------------------------------------------------------------------------------------


class Line(msgspec.Struct):
    sku: str
    count: int


class Order(msgspec.Struct, rename={"order_id": "PK"}):
    order_id: str
    total: Decimal
    lines: list[Line]
    tags: set[str] = msgspec.field(default_factory=set)
    blob: bytes = b""
    ratio: float = 0.0
    at: dt.datetime | None = None
    note: str | None = None


ORDER = {
    "PK": {"S": "o-1"},
    "total": {"N": "12.50"},
    "lines": {"L": [{"M": {"sku": {"S": "x"}, "count": {"N": "2"}}}]},
    "tags": {"SS": ["new", "paid"]},
    "blob": {"B": "AP8="},
    "ratio": {"N": "0.1"},
    "at": {"S": "2024-01-02T03:04:05Z"},
    "note": {"NULL": True},
    "unknown": {"M": {}},
}


@pytest.mark.parametrize("given_as", [ORDER, json.dumps(ORDER)], ids=["dict", "text"])
def test_a_struct_of_an_item(given_as):
    made = unmarshal(given_as, type=Order, numbers="int_float")
    assert made == Order(order_id="o-1", total=Decimal("12.5"), lines=[Line("x", 2)], tags={"new", "paid"},
                         blob=b"\0\xff",
                         ratio=0.1, at=dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC))
    assert made == msgspec.convert(unmarshal(given_as, numbers="int_float"), Order)
    assert unmarshal([given_as, given_as], type=Order, numbers="int_float") == [made, made]


def test_decimals_in_a_struct_keep_their_digits():
    class Price(msgspec.Struct):
        value: Decimal

    assert str(unmarshal({"value": {"N": "12.50"}}, type=Price).value) == "12.50"
    assert unmarshal({"value": {"N": "1" * 38}}, type=dict[str, Decimal]) == {"value": Decimal("1" * 38)}


def test_an_item_that_is_not_of_the_type():
    with pytest.raises(msgspec.ValidationError, match="total"):
        unmarshal({"PK": {"S": "x"}, "lines": {"L": []}}, type=Order)
    with pytest.raises(msgspec.ValidationError, match="PK"):
        unmarshal({"PK": {"N": "5"}, "total": {"N": "1"}, "lines": {"L": []}}, type=Order)


# --- options ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("options, said", [
    ({"numbers": "float"}, "numbers must be one of decimal, int_float, int_decimal, str, not 'float'"),
    ({"numbers": None}, "numbers must be one of"),
    ({"numbers": ["decimal"]}, "numbers must be one of"),
    ({"binary": "base64"}, "binary must be one of bytes, boto3, not 'base64'"),
    ({"binary": bytes}, "binary must be one of"),
])
def test_options_that_do_not_exist(options, said):
    for work, value in ((unmarshal, {}), (deserialize, {"S": "x"}), (unmarshal, []), (unmarshal, b"{}")):
        if options == {"numbers": None} and work is unmarshal:
            continue    # its default, which depends on the type
        with pytest.raises(ValueError, match=said):
            work(value, **options)
    with pytest.raises(TypeError):
        unmarshal({}, number="decimal")


# --- sets -------------------------------------------------------------------------------------------

REPEATED = [
    ({"SS": []}, set()),
    ({"NS": []}, set()),
    ({"BS": []}, set()),
    ({"SS": ["a", "b", "a"]}, {"a", "b"}),
    ({"NS": ["1", "1.0"]}, {Decimal(1)}),
    ({"NS": ["1", "10E-1", "+1", "2"]}, {Decimal(1), Decimal(2)}),
    ({"NS": ["0", "-0"]}, {Decimal(0)}),
    ({"BS": ["QQ==", "QQ=="]}, {b"A"}),
]


@pytest.mark.parametrize("value, made", REPEATED, ids=[json.dumps(value) for value, _ in REPEATED])
def test_empty_sets_and_repeated_members_are_read_unless_strict(value, made):
    for given_as in (value, json.dumps(value)):
        assert deserialize(given_as) == made
        assert fails(deserialize, given_as, strict=True).reason == "repeated_member"
    inside = {"a": {"L": [{"NULL": True}, value]}}
    for given_as in (inside, json.dumps(inside)):
        assert unmarshal(given_as) == {"a": [None, made]}
        error = fails(unmarshal, given_as, strict=True)
        assert (error.reason, error.path) == ("repeated_member", "$.a[1]")


@pytest.mark.parametrize("value",
                         [{"SS": ["a", "A"]}, {"NS": ["1", "-1", "1.01"]}, {"BS": ["", "QQ=="]}, {"L": []}, {"M": {}},
                                   {"L": [{"N": "1"}, {"N": "1"}]}, {"SS": [""]}])
def test_strict_takes_what_is_a_set_or_none(value):
    for given_as in (value, json.dumps(value)):
        assert deserialize(given_as, strict=True) == deserialize(given_as)


# --- objects of others ------------------------------------------------------------------------------


class Refusing(Binary):
    """boto3's Binary as somebody has changed it."""

    at = 0

    def __init__(self, value):
        super().__init__(value)
        type(self).at -= 1
        if type(self).at == 0:
            raise ZeroDivisionError("no such binary")


BINARIES = {"a": {"B": "QQ=="}, "b": {"BS": ["QQ==", "Qg=="]}, "c": {"L": [{"M": {"d": {"B": ""}}}]}}


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_an_exception_of_a_binary_comes_through(own_binary, at):
    own_binary(Refusing)
    for given_as in (BINARIES, json.dumps(BINARIES)):
        for _ in range(3):
            Refusing.at = at
            with pytest.raises(ZeroDivisionError, match="no such binary"):
                unmarshal(given_as, binary="boto3")
            Refusing.at = 0
            assert len(unmarshal(given_as, binary="boto3")) == 3


def test_a_binary_that_unmarshals_itself(own_binary):
    """A maker of objects that is in use is not used again: the second call takes another."""
    inner, left = [], [0]

    class Nested(Binary):
        def __init__(self, value):
            super().__init__(value)
            if left[0]:
                left[0] -= 1
                inner.append(unmarshal(json.dumps(BINARIES), binary="boto3"))

    own_binary(Nested)
    expected = {"a": Binary(b"A"), "b": {Binary(b"A"), Binary(b"B")}, "c": [{"d": Binary(b"")}]}
    for given_as in (BINARIES, json.dumps(BINARIES)):
        left[0] = 6
        assert unmarshal(given_as, binary="boto3") == expected
    assert inner == [expected] * 12


def test_members_that_cannot_be_in_a_set(own_binary):
    class Unhashable(Binary):
        __hash__ = None

    own_binary(Unhashable)
    for given_as in ({"BS": ["QQ=="]}, '{"BS":["QQ=="]}'):
        with pytest.raises(TypeError, match="unhashable"):
            deserialize(given_as, binary="boto3")
        assert deserialize({"B": "QQ=="}, binary="boto3") == b"A"


# --- threads and memory -----------------------------------------------------------------------------


def test_four_threads_share_what_makes_the_objects():
    """Each call takes a maker of its own."""
    gate, errors = threading.Barrier(4), []
    several = [{"who": {"N": f"{thread}.5"}, f"key-{thread}": {"L": [{"B": "QQ=="}] * 20},
                **ITEM} for thread in range(4)]
    expected = [item_meaning(item) for item in several]
    texts = [json.dumps(item) for item in several]

    def work(thread):
        gate.wait()
        try:
            for _ in range(300):
                assert unmarshal(several[thread]) == unmarshal(texts[thread]) == expected[thread]
                assert unmarshal(texts[thread], binary="boto3") == expected[thread]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
    # As many are kept as may be in use again, and no more.
    assert all(len(kept) <= 4 for kept in _core.object_makers.values())


def _made_up(number):
    """An item none of whose names, texts and numbers has been there before."""
    return {
        f"name-{number}": {"N": f"{number}.{number}"},
        f"other-{number}": {"M": {f"inner-{number}": {"SS": [f"member-{number}"]}, "bad": {"NS": [str(number)]}}},
        "bytes": {"B": base64.b64encode(b"%d" % number).decode()},
        "long": {"S": "x" * 1000 + str(number)},
    }


@pytest.mark.parametrize("mode", ["decimal", "int_float", "str"])
def test_memory_stays_flat_over_a_thousand_items(mode):
    """Names and numbers that never come again, and items that fail in the middle."""
    import gc
    import tracemalloc

    def once(number):
        item = _made_up(number)
        broken = json.dumps(item)[:-3]
        unmarshal(item, numbers=mode)
        unmarshal(json.dumps(item), numbers=mode)
        item["bytes"]["B"] += "!"
        for given_as in (item, broken):
            fails(unmarshal, given_as, numbers=mode)

    for number in range(3_000):  # until all that is kept has been filled
        once(number)
    gc.collect()
    tracemalloc.start()
    try:
        once(0)
        before = tracemalloc.get_traced_memory()[0]
        for number in range(3_000, 4_000):
            once(number)
        gc.collect()
        # What is kept is a thousand numbers and a few hundred names, of other lengths each time.
        assert tracemalloc.get_traced_memory()[0] - before < 200_000
    finally:
        tracemalloc.stop()


def test_the_engines_memory_stays_flat_too():
    for number in range(50):
        unmarshal(json.dumps(_made_up(number)))
    before = _core.pool()
    for number in range(1_000):
        unmarshal(json.dumps(_made_up(number)))
    assert _core.pool() == before


def test_references_are_given_back():
    """Every container and every key that a failed walk left open."""
    name, text = "a name that nobody else has" * 2, "a text that nobody else has"
    item = {name: {"L": [{"M": {name: {"S": text}}}, {"SS": [text]}, {"N": "x"}]}}
    before = sys.getrefcount(name), sys.getrefcount(text)
    for _ in range(50):
        error = fails(unmarshal, item)
    del error
    good = {name: {"L": [{"M": {name: {"S": text}}}, {"SS": [text]}]}}
    kept = sys.getrefcount(name), sys.getrefcount(text)
    for _ in range(50):
        unmarshal(good)
    assert (sys.getrefcount(name), sys.getrefcount(text)) == kept
    del good
    assert sys.getrefcount(name) <= before[0] + 1 and sys.getrefcount(text) <= before[1] + 1
