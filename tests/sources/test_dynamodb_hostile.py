"""Items that mean harm: whatever the bytes are, a result or a DecodeError, in time that grows as they do."""

import json
import os
import random
import re
import sys
import threading
import time

import pyarrow as pa
import pytest
from boto3.dynamodb.types import Binary
from conftest import checked
from dynamodb import decoded, event_of, event_of_texts, form, item_meaning, plain_item, record
from events import event
from hostile import result, validated

from lambdarrow import DecodeError, dynamodb
from lambdarrow.dynamodb import unmarshal

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
MUTATIONS = int(os.environ.get("LAMBDARROW_MUTATIONS", 100_000 if THOROUGH else 6_000))
SEED = int(os.environ.get("LAMBDARROW_SEED", 20_240_301))

ITEM = {
    "id": {"S": "caf\u00e9 \U0001f381 \\ \" \n"}, "n": {"N": "-12.50"}, "big": {"N": "1" * 38}, "i": {"N": "42"},
    "b": {"B": "AP8="},
    "yes": {"BOOL": True}, "no": {"BOOL": False}, "nil": {"NULL": True}, "ss": {"SS": ["a", "\u20ac"]},
    "ns": {"NS": ["1", "2.5E1"]},
    "bs": {"BS": ["QQ==", ""]}, "l": {"L": [{"N": "1"}, {"L": [{"S": ""}]}, {"M": {}}, {"NULL": True}]},
    "m": {"M": {"S": {"S": "x"}, "M": {"M": {"N": {"N": "0"}}}, "": {"L": []}}}, "at": {"S": "2024-01-02T03:04:05Z"},
    "lines": {"L": [{"M": {"sku": {"S": "x"}, "price": {"N": "1.5"}}}, {"M": {}}]},
    "attrs": {"M": {"a": {"N": "1"}, "b": {"N": "2"}}},
}
OLD = {**ITEM, "n": {"N": "-12.5"}, "i": {"N": "43"}, "ss": {"SS": ["\u20ac", "a"]}, "gone": {"S": ""}}
TAGS = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]
SPEC = {
    "id": "utf8", "n": "decimal128(12, 2)", "big": "decimal128(38, 0)", "i": "int8", "b": "binary", "yes": "bool",
    "no": "bool",
    "nil": "utf8", "ss": ["dictionary<utf8>"], "ns": ["float64"], "bs": ["binary"], "l": "json",
    "m": {"S": "utf8", "M": {"N": "uint64"}},
    "at": "timestamp[ms, UTC]", "lines": [{"sku": "utf8", "price": "decimal128(9, 2)"}], "attrs": "map<utf8, float32>",
}
KEYS = {"id": ITEM["id"], "i": ITEM["i"]}
EVENT = event([record(ITEM, 0, old=OLD, keys=KEYS), record(ITEM, 1, keys=KEYS), record(None, 2, old=OLD, keys={})])
ALL = [*dynamodb.SOURCE.columns, *dynamodb.SOURCE.on_request]


def decoders():
    made = [
        dynamodb.Decoder(image=image, on_error=mode, columns=columns)
        for mode in ("raise", "collect", "stop", "null")
        for image, columns in ((SPEC, None), (None, None), ("json", ALL), ("map<utf8, json>", ["new_image"]),
                               (SPEC, ["op", "changed", "new_image.m.M", "record_index"]))
    ]
    return [
        *made, dynamodb.Decoder(image=SPEC, strict=True, on_error="collect"),
        dynamodb.Decoder(strict=True, on_error="null"),
        dynamodb.Decoder(image=SPEC, on_mismatch="rescue", on_error="collect"),
        dynamodb.Decoder(image=SPEC, on_mismatch="null"),
        # No lists of structs: pyarrow's Parquet writer has no views in them.
        dynamodb.Decoder(image={"id": "utf8", "l": "json", "m": {"S": "utf8"}}, string_type="string_view",
                         lone_surrogates="replace", on_error="collect"),
        dynamodb.Decoder(image=SPEC, keys=("id", "i"), dialect="spark", on_error="collect"),
        dynamodb.Decoder(image=dynamodb.by_key("id", prefix={"c": SPEC, "d": "json"}, other="json"), on_error="null"),
    ]


@pytest.fixture(scope="module")
def every_way():
    return decoders()


MODES = [{}, {"numbers": "int_float", "strict": True}, {"numbers": "str", "binary": "boto3"}]


def made(text, **options):
    """What unmarshal makes of the text, or None for a DecodeError; anything else is the test's failure."""
    try:
        return unmarshal(text, **options)
    except DecodeError as error:
        assert error.offset is None or 0 <= error.offset <= len(text)
        assert error.path.startswith("$")
        return None


# --- the ends of the input --------------------------------------------------------------------------


def test_the_event_has_everything(every_way):
    for decoder in every_way:
        batch = decoder.to_arrow(EVENT)
        assert batch.num_rows == 3 and not batch.failures
    assert dynamodb.to_arrow(EVENT, columns=["changed"])["changed"].to_pylist() == [["i", "gone"], None, None]


@pytest.mark.parametrize("number", range(0, 25, 2))
def test_every_prefix_of_an_event(guarded, every_way, number):
    decoder = every_way[number]
    for end in range(len(EVENT)):
        with pytest.raises(DecodeError) as caught:
            decoder.to_arrow(guarded(EVENT[:end]))
        assert caught.value.offset <= end
    assert decoder.to_arrow(guarded(EVENT)).num_rows == 3


@pytest.mark.parametrize("alignment", range(0, 64, 3))
def test_inputs_at_every_alignment_before_a_guard_page(guarded, every_way, alignment):
    text = json.dumps(ITEM, ensure_ascii=False).encode()
    for place in (None, alignment):
        assert form(unmarshal(guarded(text + b" " * alignment, place))) == form(item_meaning(ITEM))
    for decoder in every_way[:5]:
        expected = decoder.to_arrow(EVENT).to_pylist()
        assert decoder.to_arrow(guarded(EVENT + b" " * alignment, alignment)).to_pylist() == expected


def test_every_prefix_of_an_item(guarded):
    text = json.dumps(ITEM, ensure_ascii=False).encode()
    for end in range(len(text)):
        for options in MODES:
            with pytest.raises(DecodeError) as caught:
                unmarshal(guarded(text[:end]), **options)
            assert caught.value.offset <= end
    assert unmarshal(guarded(text)) == item_meaning(ITEM)


# --- mutations --------------------------------------------------------------------------------------

TOKENS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"false", b'"S"', b'"N":', b'"B"', b'"SS"',
    b'"NS"', b'"BS"',
    b'"BOOL"', b'"NULL":true', b'"L":[', b'"M":{', b'{"S":"x"}', b'{"N":"1"},', b'{"NULL":true}', b'{"L":[]}',
    b'{"M":{}}', b'"1E125"',
    b'"1e-131"', b'"NaN"', b'" "', b'"-0"', b'"."', b"\\ud800", b"\\u0000", b"\xff", b"\xc3", b"====", b"AAAA", b"  ",
    b"\n", b"9" * 40,
    b'"' + b"x" * 70 + b'"', b'"Keys":{}', b'"OldImage":{},', b'"NewImage":null,', b"{}", b"[]", b"\\u0053",
    b'"id":{"S":""},', b"]}",
]
PIECE = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+.\w]+|.', re.S)


class Mutator:
    """Edits of bytes, and of the pieces of JSON."""

    def __init__(self, seed, *bases):
        self.rng = random.Random(seed)
        self.bases = bases

    def __call__(self):
        return self.edited(self.rng.choice(self.bases))

    def edited(self, base):
        rng = self.rng
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            edit, at = rng.randrange(7), rng.randrange(len(base) + 1)
            if edit == 0:
                base = base[:at] + bytes([rng.randrange(256)]) + base[at + 1:]
            elif edit == 1:
                base = base[:at] + rng.choice(TOKENS) + base[at + rng.choice((0, 0, 1, 4)):]
            elif edit == 2:
                base = base[:at] + base[at + rng.randrange(1, 40):]
            else:
                pieces = PIECE.findall(base) or [b""]
                one, two = rng.randrange(len(pieces)), rng.randrange(len(pieces))
                if edit == 3:
                    pieces[one], pieces[two] = pieces[two], pieces[one]
                elif edit == 4:
                    pieces[one] = rng.choice(TOKENS)
                elif edit == 5:
                    pieces[one] = pieces[two]
                else:
                    del pieces[one:one + rng.randrange(1, 6)]
                base = b"".join(pieces)
        return base


def test_mutations_of_events_give_a_table_or_a_decode_error(guarded, every_way):
    mutant = Mutator(SEED, EVENT, event_of(ITEM), event_of({"id": {"S": "c"}, "l": ITEM["l"]}, {}))
    tables = errors = failed = 0
    for number in range(MUTATIONS):
        text = mutant() if number % 2 else event_of_texts("{}", revalued(mutant.rng, ITEM), mutant.edited(SMALL))
        if number % 4 == 0:
            text = event_of_texts(revalued(mutant.rng, ITEM), SMALL, revalued(mutant.rng, ITEM))
        decoder = mutant.rng.choice(every_way)
        try:
            batch = result(decoder, guarded(text))
            if batch is None:
                errors += 1
                continue
            tables += 1
            failed += bool(batch.failures)
            assert batch.response()["batchItemFailures"] is not None
            (validated if number % 30 else checked)(batch)
        except Exception as error:
            raise AssertionError(f"LAMBDARROW_SEED={SEED}, mutation {number}: {text!r} by {decoder!r}") from error
    assert min(tables, errors, failed) > MUTATIONS // 20


VALUES = [None, True, False, 5, "x", "", "5", "NaN", "QQ==", "Q", [], {}, ["1", "1.0"], [5], ["x"], {"S": "x"},
          {"N": "1E125"},
          {"N": 1}, {"NULL": True}, {"NULL": False}, {"BOOL": "true"}, {"L": [{"N": "-0"}]}, {"M": {"": {"B": ""}}},
          {"Q": "x"},
          {"S": "x", "N": "1"}, {"SS": []}, {"NS": ["2", "02"]}, {"BS": ["QQ=="]}, [{"S": "x"}], {"M": []}, {"L": {}}]


def revalued(rng, value):
    """The text of the value, somewhere in which another value stands."""
    holder = value = json.loads(json.dumps(value))
    while True:
        at = rng.choice(list(holder)) if isinstance(holder, dict) else rng.randrange(len(holder))
        inner = holder[at]
        if not isinstance(inner, (dict, list)) or not inner or rng.randrange(3) == 0:
            if isinstance(holder, dict) and rng.randrange(3) == 0:
                holder[rng.choice([*TAGS, "x"])] = holder.pop(at)
            else:
                holder[at] = rng.choice(VALUES)
            return json.dumps(value).encode()
        holder = inner


class Twice(Exception):
    """A key that comes again, where the two roads need not agree."""


def _once(pairs):
    if len(dict(pairs)) < len(pairs):
        raise Twice
    return dict(pairs)


def _no_constant(name):
    raise ValueError(name)


def loaded(text):
    """The item as json reads it; None where it is none."""
    try:
        value = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, UnicodeDecodeError):
        return None
    return value


def is_text(value):
    """Whether no string in it holds half a surrogate pair, or NUL."""
    text = json.dumps(value, ensure_ascii=False)
    return not any("\ud800" <= c <= "\udfff" for c in text) and "\\u0000" not in text


SMALL = json.dumps({"a": {"N": "1.5"}, "b": {"L": [{"S": "x"}, {"NS": ["1", "2"]}]},
                    "c": {"M": {"d": {"B": "QQ=="}}}}).encode()


def test_mutations_of_items_get_one_verdict_from_text_dicts_and_columns(guarded):
    """What is an item is the same whoever reads it, and so is what it holds."""
    mutant = Mutator(SEED + 1, json.dumps(ITEM, ensure_ascii=False).encode(), SMALL, SMALL)
    column = dynamodb.Decoder(image="json", columns=["new_image"])
    good = bad = 0
    for number in range(MUTATIONS):
        text = mutant() if number % 2 else revalued(mutant.rng, ITEM)
        options = mutant.rng.choice(MODES)
        note = f"LAMBDARROW_SEED={SEED}, mutation {number}: {text!r}, {options}"
        try:
            ours = made(guarded(text), **options)
            value = loaded(text)
            if value is None:
                assert ours is None
            if not isinstance(value, dict) or not is_text(value):
                continue
            parsed = made(value, **options)
            assert (ours is None) == (parsed is None)
            batch = result(column, event_of(value))
            if options.get("strict"):
                continue
            assert (batch is None) == (ours is None)
            bad += ours is None
            if ours is not None:
                good += 1
                assert form(ours) == form(parsed) == form(item_meaning(value, options.get("numbers", "decimal"),
                                                                       Binary if "binary" in options else bytes))
                assert json.loads(batch["new_image"].to_pylist()[0], parse_float=str, parse_int=str) is not None
                assert plain_item(value).keys() == json.loads(batch["new_image"].to_pylist()[0]).keys()
        except Twice:
            continue
        except Exception as error:
            raise AssertionError(note) from error
    assert min(good, bad) > MUTATIONS // 50


# --- sizes ------------------------------------------------------------------------------------------


def spent(work):
    """The least of three, in seconds of this process."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def sets(count):
    return {"s": {"SS": [f"member-{number}" for number in range(count)]},
            "n": {"NS": [str(number) for number in range(count)]}}


LARGE = {
    "attributes": lambda size: {f"attribute-{number}": {"N": str(number)} for number in range(size)},
    "members": sets,
    "items": lambda size: {"l": {"L": [{"M": {"a": {"N": "1"}, "b": {"S": "x"}}}] * size}},
    "keys of a map": lambda size: {"m": {"M": {f"key-{number}": {"S": "x"} for number in range(size)}}},
    "a long name": lambda size: {"x" * (size * 20): {"S": "y"}, "y" * (size * 20): {"N": "1"}},
    "a long text": lambda size: {"x": {"S": "\n\u20ac" * (size * 8)}, "b": {"B": "QUJD" * (size * 8)}},
    "long numbers": lambda size: {"n": {"L": [{"N": "0" * 2_000 + "1"}, {"N": "1." + "0" * (size * 10)}] * 2}},
    "empty lists": lambda size: {"l": {"L": [{"L": []}] * size}},
}
READERS = {
    "inferred": lambda whole, text, item: dynamodb.to_arrow(whole),
    "inferred, strict": lambda whole, text, item: dynamodb.to_arrow(whole, strict=True),
    "json": lambda whole, text, item: dynamodb.to_arrow(whole, image="json"),
    "map": lambda whole, text, item: dynamodb.to_arrow(whole, image="map<utf8, json>"),
    "changed": lambda whole, text, item: dynamodb.to_arrow(whole, columns=["changed"]),
    "text": lambda whole, text, item: unmarshal(text),
    "text, strict": lambda whole, text, item: unmarshal(text, strict=True, numbers="int_float"),
    "dict": lambda whole, text, item: unmarshal(item),
    "skipped": lambda whole, text, item: dynamodb.to_arrow(whole, image={"none of these": "utf8"}),
}


@pytest.mark.parametrize("kind", LARGE)
def test_time_grows_as_the_item_does(kind):
    """Sixteen times as much takes far less than the 256 times as long of what is quadratic."""
    for name, read in READERS.items():
        seconds = []
        for size in (1_000, 16_000) if kind != "attributes" else (400, 6_400):
            item = LARGE[kind](size)
            # The same attributes in another order, none of whose values has the same bytes.
            old = json.loads(json.dumps(dict(reversed(item.items()))).replace('"N": "', '"N": "0').replace('"S": "',
                                                                                                           '"S": " '))
            whole, text = event([record(item, old=old)]), json.dumps(item)
            seconds.append(spent(lambda whole=whole, text=text, item=item, read=read: read(whole, text, item)))
        assert seconds[1] < 100 * max(seconds[0], 0.0005), (name, seconds)


def test_an_item_of_400_kilobytes():
    """The most that DynamoDB holds."""
    item = {"id": {"S": "x"}, "text": {"S": "\u20ac" * 60_000}, "blob": {"B": "QUJD" * 30_000},
            "list": {"L": [{"N": str(number)} for number in range(9_000)]}}
    assert 400_000 < len(json.dumps(item, ensure_ascii=False).encode()) < 500_000
    assert unmarshal(item) == unmarshal(json.dumps(item)) == item_meaning(item)
    batch = checked(decoded(None, item, item))
    assert batch.column(0).to_pylist() == [{**item_meaning(item), "list": list(range(9_000))}] * 2


def test_an_item_of_ten_thousand_attributes():
    item = {f"attribute-{number}": {"N": str(number)} for number in range(10_000)}
    expected = {name: int(value["N"]) for name, value in item.items()}
    assert unmarshal(item) == unmarshal(json.dumps(item)) == expected
    # So many columns nobody wants: a map.
    batch = dynamodb.to_arrow(event_of(item, item), columns=["new_image"])
    assert pa.schema(batch.schema).field("new_image").type == pa.map_(pa.utf8(), pa.int64())
    assert batch["new_image"].to_pylist() == [expected] * 2
    typed = decoded(dict.fromkeys(list(item)[::-1], "int64"), item, {})
    assert typed["new_image"].to_pylist() == [dict(reversed(expected.items())), dict.fromkeys(expected)]
    few = decoded({"attribute-9999": "int16", "no": "utf8", "attribute-0": "int8"}, item)
    assert few["new_image"].to_pylist() == [{"attribute-9999": 9999, "no": None, "attribute-0": 0}]


def test_more_keys_in_a_map_than_the_limit():
    item = {"m": {"M": {f"key-{number}": {"N": "1"} for number in range(2_000)}}}
    whole = event_of({}, item)
    batch = dynamodb.to_arrow(whole, image={"m": "map<utf8, int64>"}, limits={"map_keys": 1_999}, on_error="collect")
    assert [(one.index, one.reason) for one in batch.failures] == [(1, "too_many_keys")]
    assert dynamodb.to_arrow(whole, image={"m": "map<utf8, int64>"}, limits={"map_keys": 2_000}).num_rows == 2


@pytest.mark.parametrize("length", [1, 31, 32, 33, 40, 41, 255, 256, 64 << 10, 65_536 + 1])
def test_one_name_of_many_bytes(length):
    name = "x" * length
    item = {name: {"S": "y"}, "m": {"M": {name: {"N": "1"}}}}
    assert unmarshal(item) == unmarshal(json.dumps(item)) == {name: "y", "m": {name: 1}}
    assert decoded(None, item)["new_image"].to_pylist() == [{name: "y", "m": {name: 1}}]
    assert decoded({name: "utf8"}, item)["new_image"].to_pylist() == [{name: "y"}]
    assert decoded({name + "y": "utf8", name[:-1]: "utf8"},
                   item)["new_image"].to_pylist() == [{name + "y": None, name[:-1]: None}]
    with pytest.raises(DecodeError) as caught:
        unmarshal(json.dumps({name: {"Q": 1}}))
    assert caught.value.path.startswith("$.x") and len(str(caught.value)) < 2 * length + 1_000


def test_attributes_that_are_named_like_types():
    item = {tag: {"S": tag} for tag in TAGS}
    nested = {"M": {"M": {"M": {"M": item}}}, "S": {"L": [{"M": {"S": {"S": "x"}}}]}}
    for one in (item, {"v": {"M": item}}, nested):
        assert unmarshal(one) == unmarshal(json.dumps(one)) == item_meaning(one)
        assert decoded(None, one)["new_image"].to_pylist() == [item_meaning(one)]
        assert json.loads(decoded("json", one)["new_image"].to_pylist()[0]) == item_meaning(one)
    assert decoded({"M": {"M": {"S": "utf8"}}}, nested)["new_image"].to_pylist() == [{"M": {"M": {"S": "S"}}}]


def test_attributes_that_nobody_asked_for_may_be_deep_and_large():
    deep = {"S": "x"}
    for _ in range(45):
        deep = {"M": {"a": {"L": [deep]}}} if depth_left(deep) else deep
    item = {"deep": deep, "large": {"S": "x" * 300_000}, "v": {"N": "1"}}
    batch = dynamodb.to_arrow(event_of(item), image={"v": "int8"})
    assert batch["new_image"].to_pylist() == [{"v": 1}]


def depth_left(value):
    """Whether its text has room below the limit on brackets."""
    return json.dumps(value).count("{") < 60


# --- threads ----------------------------------------------------------------------------------------


def in_threads(work, count=4):
    gate, errors = threading.Barrier(count), []

    def start(thread):
        gate.wait()
        try:
            work(thread)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(count)]
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


def test_four_threads_infer_with_one_decoder():
    decoder = dynamodb.Decoder(columns=["new_image"])
    many = [event_of(*[{f"v{thread}": {"N": str(number)},
                        "x": {"SS": ["a"] * thread}} for number in range(50)]) for thread in range(4)]
    expected = [pa.record_batch(dynamodb.to_arrow(one, columns=["new_image"])) for one in many]

    def work(thread):
        for number in range(100):
            at = (thread + number) % 4
            assert pa.record_batch(decoder.to_arrow(many[at])).equals(expected[at])

    in_threads(work)


def test_a_text_that_changes_while_objects_are_made_of_it(own_binary):
    """boto3's Binary is Python: whoever runs meanwhile may write to the buffer."""
    item = {f"k{number}": {"B": "QUJD"} if number % 2 else {"M": {"a": {"N": "12.5"},
                                                                  "b": {"S": "\u20ac"}}} for number in range(20)}
    text = bytearray(json.dumps(item, ensure_ascii=False).encode())
    original, rng = bytes(text), random.Random(SEED)

    class Scribbling(Binary):
        def __init__(self, value):
            super().__init__(value)
            if rng.randrange(20) == 0:
                text[rng.randrange(len(text))] = rng.choice(b'\xff"\\{}[]:,0Q')

    own_binary(Scribbling)
    done = failed = 0
    for _ in range(400):
        text[:] = original
        whole = made(text, binary="boto3")
        done += whole is not None
        failed += whole is None
    assert done and failed
