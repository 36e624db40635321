"""Tables exported to S3, whole and in part, and the answers of DynamoDB's API: beside Python's own json and gzip."""

import datetime as dt
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lambdarrow
from lambdarrow import DecodeError, archive, dynamodb_answer, dynamodb_export, dynamodb_export_incremental

CORRUPT = "_corrupt_record"


def line_of(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def item_of(number, **more):
    return {"pk": {"S": f"é{number}"}, "n": {"N": f"{number}"}, "tags": {"SS": ["a", "b"]}, **more}


ITEMS = [item_of(number) for number in range(5)]
LINES = [line_of({"Item": item}) for item in ITEMS]
WORDS = {"pk": "utf8", "n": "int64", "tags": ["utf8"]}
ROWS = [{"pk": f"é{number}", "n": number, "tags": ["a", "b"]} for number in range(5)]


def plainly(batch):
    """The items of a batch whose type is json."""
    return [text if text is None else json.loads(text) for text in batch["item"]]


# --- lines ------------------------------------------------------------------------------------------

FILES = {
    "lines": b"\n".join(LINES) + b"\n",
    "no end of the last line": b"\n".join(LINES),
    "CRLF": b"\r\n".join(LINES) + b"\r\n",
    "blank lines": b"\n\n" + b"\n \t\r\n\n".join(LINES) + b"\n\n  ",
    "white space around": b"\n".join(b" \t" + line + b"  " for line in LINES),
    "white space inside": b"\n".join(json.dumps(json.loads(line), ensure_ascii=True).encode() for line in LINES),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda text: gzip.compress(text, 0),
                                  lambda text: gzip.compress(text[:50]) + gzip.compress(text[50:])],
                         ids=["plain", "gzip", "stored", "two members"])
@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_row_a_line(check, pack, text):
    file = pack(text)
    for form in (file, bytearray(file), memoryview(file)):
        batch = dynamodb_export.to_arrow(form, image=WORDS)
        assert batch["item"].to_pylist() == ROWS
        assert batch.record_index.to_pylist() == [0, 1, 2, 3, 4]
        assert batch.failures == ()
    check(batch)
    assert plainly(dynamodb_export.to_arrow(file, image="json")) == ROWS
    inferred = dynamodb_export.to_arrow(file)
    assert inferred["item"].to_pylist() == ROWS
    assert check(inferred).schema.field("item").type == pa.struct(
        [("pk", pa.utf8()), ("n", pa.int64()), ("tags", pa.list_(pa.utf8()))])


@pytest.mark.parametrize("text", [b"", b"\n", b" \r\n\n\t", gzip.compress(b""), gzip.compress(b"\n\n")], ids=ascii)
def test_no_lines_no_rows(check, text):
    for options in ({}, {"image": WORDS}, {"image": "json", "columns": ["record_index"]}):
        batch = dynamodb_export.to_arrow(text, **options)
        assert (batch.num_rows, batch.failures) == (0, ())
        check(batch)


def test_a_line_may_come_as_str_or_dict():
    for form in (LINES[0].decode(), json.loads(LINES[0])):
        assert dynamodb_export.to_arrow(form, image=WORDS)["item"].to_pylist() == ROWS[:1]


@pytest.mark.parametrize("options, names", [
    ({"columns": ["record_index", "item"]}, ["record_index", "item"]), ({"columns": ["item.n"]}, ["item"]),
    ({"flatten": True}, ["pk", "n", "tags"]), ({"flatten": True, "columns": ["item.tags", "item.pk"]}, ["pk", "tags"]),
    ({"flatten": True, "columns": ["record_index", "item"]}, ["record_index", "pk", "n", "tags"]),
], ids=str)
def test_columns(check, options, names):
    batch = dynamodb_export.to_arrow(FILES["lines"], image=WORDS, **options)
    assert sorted(check(batch).schema.names) == sorted(names)
    for row, expected in zip(batch.to_pylist(), ROWS, strict=True):
        items = row if options.get("flatten") else row.get("item", {})
        assert {key: value for key, value in items.items() if key != "record_index"}.items() <= expected.items() or (
            items["tags"] == expected["tags"])
    if "record_index" in names:
        assert batch["record_index"].to_pylist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("options", [
    {"keys": ["pk"]}, {"columns": ["keys"]}, {"columns": ["item.nope"], "image": WORDS}, {"image": "utf8"},
    {"columns": ["changed"]}, {"strict": True, "verify_md5": True}, {"flatten": True, "image": "json"},
], ids=str)
def test_options_that_an_export_has_not(options):
    with pytest.raises((TypeError, ValueError)):
        dynamodb_export.to_arrow(LINES[0], **options)


# --- bad lines --------------------------------------------------------------------------------------

BAD = [
    (b"{", "unexpected_end", "$[1]"), (b"x", "invalid_json", "$[1]"), (b"5", "expected_object", "$[1]"),
    (b"[]", "expected_object", "$[1]"), (b"null", "unexpected_null", "$[1]"), (b"{}", "missing_field", "$[1].Item"),
    (b'{"item":{}}', "missing_field", "$[1].Item"), (b'{"Item":5}', None, "$[1].Item"),
    (LINES[1][:-1], "unexpected_end", "$[1]"), (LINES[1] + b"}", "trailing_bytes", "$[1]"),
    (LINES[1] + b" " + LINES[1], "trailing_bytes", "$[1]"), (LINES[1] + b",", "trailing_bytes", "$[1]"),
    (LINES[1][:20], None, None), (b"\xef\xbb\xbf" + LINES[1], "invalid_json", "$[1]"),
    (b'{"Item":{"n":{"N":"x"}}}', "invalid_number", "$[1].Item.n"),
    (b'{"Item":{"n":{"N":"1","S":"x"}}}', "invalid_attribute", "$[1].Item.n"),
    (b'{"Item":{"n":5}}', "invalid_attribute", "$[1].Item.n"),
    (b'{"Item":{"n":{"S":"no number"}}}', "unexpected_type", "$[1].Item.n"),
    (b'{"Item":{"pk":{"S":"\xff"}}}', "invalid_utf8", "$[1].Item.pk"),
    (b'{"Item":{"pk":{"S":"a\tb"}}}', "control_character", None), (b"\0", "invalid_json", "$[1]"),
]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("bad, reason, path", BAD, ids=[ascii(bad[:30]) for bad, *_ in BAD])
def test_a_bad_line_fails_alone(check, bad, reason, path, packed):
    text = LINES[0] + b"\n" + bad + b"\r\n\n" + LINES[2]
    start = len(LINES[0]) + 1
    file = gzip.compress(text) if packed else text
    batch = dynamodb_export.to_arrow(file, image=WORDS, on_error="collect")
    (failure,) = batch.failures
    assert batch["item"].to_pylist() == [ROWS[0], ROWS[2]]
    assert batch.record_index.to_pylist() == [0, 2]
    assert (failure.index, failure.raw.strip(), failure.item_identifier) == (1, bad.strip(), None)
    assert reason is None or failure.reason == reason
    assert path is None or failure.path == path
    at = failure.inner_offset if packed else failure.offset
    assert start <= at <= start + len(bad) + 1
    assert (failure.offset if packed else failure.inner_offset) == (0 if packed else None)
    # The other modes say the same of it.
    assert [row["item"] for row in dynamodb_export.to_arrow(file, image=WORDS, on_error="stop")] == ROWS[:1]
    nulled = dynamodb_export.to_arrow(file, image=WORDS, on_error="null")
    check(nulled)
    assert nulled["item"].to_pylist() == [ROWS[0], None, ROWS[2]]
    assert nulled[CORRUPT].to_pylist()[::2] == [None, None]
    assert nulled[CORRUPT].to_pylist()[1].strip() == bad.decode(errors="replace").strip()
    with pytest.raises(DecodeError) as caught:
        dynamodb_export.to_arrow(file, image=WORDS)
    assert (caught.value.index, caught.value.reason) == (1, failure.reason)
    assert caught.value.path.endswith(failure.path)


def test_bad_lines_at_either_end():
    for lines in ([b"{", LINES[0]], [LINES[0], b"{"], [b"{"], [b"{", b"{"], [b"", b"{", b"", LINES[0], b""]):
        batch = dynamodb_export.to_arrow(b"\n".join(lines), image=WORDS, on_error="collect")
        assert batch["item"].to_pylist() == ROWS[: lines.count(LINES[0])]
        assert len(batch.failures) == lines.count(b"{")


def test_an_inferred_type_is_that_of_good_lines():
    text = b"\n".join([LINES[0], b"{", b'{"Item":5}', LINES[1]])
    batch = dynamodb_export.to_arrow(text, on_error="collect")
    assert batch["item"].to_pylist() == ROWS[:2]
    assert [failure.index for failure in batch.failures] == [1, 2]


PIECES = st.sampled_from([*LINES, *LINES, b"", b"{", b'{"Item":{"n":{"S":"x"}}}', b"[1]", b" ", b'{"Item":{}}', b"\r"])


@given(st.lists(PIECES, max_size=12), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_lines_are_what_splitting_makes_of_them(lines, end, packed):
    text = end.join(lines)
    good, bad = [], []
    for index, line in enumerate(line for line in lines if line.strip()):
        try:
            value = json.loads(line)["Item"]
            plain = [{"pk": (value.get("pk") or {}).get("S"), "n": int(value["n"]["N"]) if "n" in value else None,
                      "tags": (value.get("tags") or {}).get("SS")}]
            good += plain
        except (ValueError, TypeError, KeyError):
            bad.append(index)
    batch = dynamodb_export.to_arrow(gzip.compress(text) if packed else text, image=WORDS, on_error="collect")
    assert batch["item"].to_pylist() == good
    assert [failure.index for failure in batch.failures] == bad


# --- gzip -------------------------------------------------------------------------------------------


def broken_gzip():
    whole = gzip.compress(FILES["lines"], mtime=0)
    wrong = bytearray(whole)
    wrong[-6] ^= 1     # the checksum
    size = bytearray(whole)
    size[-1] ^= 1
    return {"cut": whole[:-5], "half": whole[: len(whole) // 2], "header": whole[:2],
            "method": b"\x1f\x8b\x07" + whole[3:],
            "checksum": bytes(wrong), "size": bytes(size),
            "no gzip": b"\x1f\x8bhello", "second": whole + whole[:-9]}


@pytest.mark.parametrize("mode", ["raise", "collect", "stop", "null"])
@pytest.mark.parametrize("file", broken_gzip().values(), ids=broken_gzip())
def test_broken_gzip_is_the_whole_files(file, mode):
    for options in ({"image": WORDS}, {}):
        with pytest.raises(DecodeError) as caught:
            dynamodb_export.to_arrow(file, on_error=mode, **options)
        assert (caught.value.reason, caught.value.path, caught.value.index) == ("invalid_gzip", "$", None)
        decoder = dynamodb_export.Decoder(on_error=mode, **options)
        decoder.feed(LINES[0])
        with pytest.raises(DecodeError):
            decoder.feed(file)
        assert decoder.finish()["item"].to_pylist() == ROWS[:1]


def test_a_bomb_is_refused_at_the_limit():
    file = gzip.compress(b"\n" * 5_000_000 + LINES[0])
    assert len(file) < 10_000
    assert dynamodb_export.to_arrow(file, image=WORDS)["item"].to_pylist() == ROWS[:1]
    with pytest.raises(DecodeError) as caught:
        dynamodb_export.to_arrow(file, image=WORDS, limits={"max_inflated": 1_000_000})
    assert caught.value.reason == "inflated_limit"


# --- feeding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"image": WORDS}, {"image": WORDS, "flatten": True}], ids=str)
def test_feeding_line_by_line(check, options):
    decoder = dynamodb_export.Decoder(**options)
    assert [decoder.feed(line + b"\n") for line in LINES] == [1, 2, 3, 4, 5]
    batch = decoder.finish()
    check(batch)
    assert batch.to_pylist() == dynamodb_export.to_arrow(FILES["lines"], **options).to_pylist()
    assert batch.record_index.to_pylist() == [0] * 5


def test_feeding_files_of_every_kind(check):
    for options in ({}, {"image": WORDS}):
        decoder = dynamodb_export.Decoder(on_error="collect", **options)
        decoder.feed(FILES["CRLF"])
        decoder.feed(gzip.compress(b"\n".join([LINES[1], b"{", LINES[2]])))
        decoder.feed(b"")
        decoder.feed(LINES[3])
        batch = decoder.finish()
        check(batch)
        assert batch["item"].to_pylist() == [*ROWS, ROWS[1], ROWS[2], ROWS[3]]
        assert [(failure.event, failure.index) for failure in batch.failures] == [(1, 1)]
        assert batch.record_index.to_pylist() == [0, 1, 2, 3, 4, 0, 2, 0]


def test_a_large_export(check):
    lines = b"\n".join(line_of({"Item": item_of(number, text={"S": "x" * (number % 300)})}) for number in range(20_000))
    batch = dynamodb_export.to_arrow(gzip.compress(lines, 1))
    assert check(batch).num_rows == 20_000
    assert batch["item.n"].to_pylist() == list(range(20_000))
    assert [len(text) for text in batch["item.text"]] == [number % 300 for number in range(20_000)]


# --- incremental exports ----------------------------------------------------------------------------


def change_of(number, old=None, new=None, micros="1680109764000001"):
    line = {"Metadata": {"WriteTimestampMicros": {"N": micros}}, "Keys": {"pk": {"S": str(number)}}}
    return line | ({} if old is None else {"OldImage": old}) | ({} if new is None else {"NewImage": new})


CHANGES = [
    change_of(0, None, item_of(0)), change_of(1, item_of(1), item_of(1, n={"N": "1.0"}), "0"),
    change_of(2, item_of(2), item_of(3), "-1"), change_of(3, item_of(3), None, "253402300799999999"), change_of(4),
]
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("turned", [False, True])
def test_an_incremental_export(check, pack, turned):
    lines = [dict(reversed(change.items())) if turned else change for change in CHANGES]
    file = pack(b"\r\n".join(map(line_of, lines)))
    batch = dynamodb_export_incremental.to_arrow(file, image=WORDS)
    ours = check(batch)
    item = pa.struct([("pk", pa.utf8()), ("n", pa.int64()), ("tags", pa.list_(pa.utf8()))])
    assert ours.schema.equals(pa.schema([
        ("write_timestamp", pa.timestamp("us", "UTC")), ("keys", pa.struct([("pk", pa.utf8()), ("n", pa.int64())])),
        ("new_image", item), ("old_image", item)]))
    assert batch["write_timestamp"].to_pylist() == [
        EPOCH + dt.timedelta(microseconds=int(change["Metadata"]["WriteTimestampMicros"]["N"])) for change in CHANGES]
    assert batch["keys.pk"].to_pylist() == ["0", "1", "2", "3", "4"]
    assert batch["new_image"].to_pylist() == [ROWS[0], ROWS[1], ROWS[3], None, None]
    assert batch["old_image"].to_pylist() == [None, ROWS[1], ROWS[2], ROWS[3], None]
    more = dynamodb_export_incremental.to_arrow(file, columns=["changed", "record_index"])
    assert more["changed"].to_pylist() == [None, [], ["pk", "n"], None, None]
    assert more["record_index"].to_pylist() == [0, 1, 2, 3, 4]
    inferred = dynamodb_export_incremental.to_arrow(file)
    assert inferred["new_image"].to_pylist() == batch["new_image"].to_pylist()
    assert inferred["keys"].to_pylist() == [{"pk": str(number)} for number in range(5)]
    named = dynamodb_export_incremental.to_arrow(file, image=WORDS, keys=("pk",))
    assert named["keys"].to_pylist() == inferred["keys"].to_pylist()


@pytest.mark.parametrize("line, reason, path", [
    ({"Metadata": {}}, "missing_field", "$[1].Keys"),
    (change_of(1) | {"Metadata": 5}, "expected_object", "$[1].Metadata"),
    (change_of(1) | {"Metadata": {"WriteTimestampMicros": 5}}, "invalid_attribute",
     "$[1].Metadata.WriteTimestampMicros"),
    (change_of(1, micros="1.5"), "not_exact", "$[1].Metadata.WriteTimestampMicros"),
    (change_of(1, micros="9223372036854775808"), "out_of_range", "$[1].Metadata.WriteTimestampMicros"),
    (change_of(1, micros="x"), "invalid_number", "$[1].Metadata.WriteTimestampMicros"),
    (change_of(1) | {"Metadata": {"WriteTimestampMicros": {"S": "1"}}}, "unexpected_type",
     "$[1].Metadata.WriteTimestampMicros"),
    (change_of(1) | {"Keys": {"pk": {"N": "1"}}}, "unexpected_type", "$[1].Keys.pk"),
    (change_of(1, new={"n": {"N": "1.5"}}), "expected_integer", "$[1].NewImage.n"),
    (change_of(1, old={"tags": {"S": "x"}}), "unexpected_type", "$[1].OldImage.tags"),
])
def test_a_bad_change_fails_alone(line, reason, path):
    text = b"\n".join([line_of(CHANGES[0]), line_of(line), line_of(CHANGES[3])])
    batch = dynamodb_export_incremental.to_arrow(text, image=WORDS, on_error="collect")
    assert [(failure.index, failure.reason, failure.path) for failure in batch.failures] == [(1, reason, path)]
    assert batch["keys.pk"].to_pylist() == ["0", "3"]
    # Of what is not asked for nothing can be wrong; but a line is a change of a key.
    if path != "$[1].Keys":
        asked = dynamodb_export_incremental.to_arrow(text, image=WORDS, columns=["record_index"])
        assert asked["record_index"].to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("metadata", [{}, {"WriteTimestampMicros": {"NULL": True}}, None, {"other": [1]}], ids=str)
def test_a_change_need_not_say_when(metadata):
    line = change_of(1) | {"Metadata": metadata}
    assert dynamodb_export_incremental.to_arrow(line_of(line), image=WORDS)["write_timestamp"].to_pylist() == [None]
    del line["Metadata"]
    assert dynamodb_export_incremental.to_arrow(line_of(line), image=WORDS)["write_timestamp"].to_pylist() == [None]


def test_changes_are_of_streams():
    batch = dynamodb_export_incremental.to_arrow(line_of(CHANGES[0]))
    assert not hasattr(batch, "changes")
    with pytest.raises(ValueError, match="flatten"):
        dynamodb_export_incremental.to_arrow(line_of(CHANGES[0]), image=WORDS, flatten=True)


# --- answers ----------------------------------------------------------------------------------------

SCAN = {"Items": ITEMS, "Count": 5, "ScannedCount": 9, "LastEvaluatedKey": {"pk": {"S": "é4"}},
        "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5}}


@pytest.mark.parametrize("options", [{}, {"image": WORDS}, {"image": WORDS, "flatten": True}], ids=str)
def test_scan_and_query(check, options):
    for answer in (SCAN, dict(reversed(SCAN.items()))):
        for form in (answer, json.dumps(answer), line_of(answer), bytearray(line_of(answer))):
            batch = dynamodb_answer.to_arrow(form, **options)
            assert batch.to_pylist() == (ROWS if "flatten" in options else [{"item": row} for row in ROWS])
            assert batch.metadata == {key: value for key, value in SCAN.items() if key != "Items"}
            assert batch.record_index.to_pylist() == [0, 1, 2, 3, 4]
    check(batch)


@pytest.mark.parametrize("options", [{}, {"image": WORDS}, {"image": WORDS, "flatten": True}], ids=str)
def test_get_item(check, options):
    for answer in ({"Item": ITEMS[1], "ConsumedCapacity": {"a": 1}}, {"ConsumedCapacity": {"a": 1}, "Item": ITEMS[1]}):
        batch = dynamodb_answer.to_arrow(answer, **options)
        assert batch.to_pylist() == ([ROWS[1]] if "flatten" in options else [{"item": ROWS[1]}])
        assert batch.metadata == {"ConsumedCapacity": {"a": 1}}
        check(batch)


def test_no_items_and_a_null_one(check):
    for options in ({}, {"image": WORDS}):
        batch = dynamodb_answer.to_arrow({"Items": [], "Count": 0}, **options)
        assert check(batch).num_rows == 0 and batch.metadata == {"Count": 0}
        assert dynamodb_answer.to_arrow({"Item": None}, **options).to_pylist() == [{"item": None}]


def test_an_attribute_called_as_an_answers_key_is_an_attribute():
    item = {"Items": {"S": "x"}, "Item": {"N": "1"}}
    assert dynamodb_answer.to_arrow({"Item": item})["item"].to_pylist() == [{"Items": "x", "Item": 1}]
    answer = {"ConsumedCapacity": {"Item": {"Items": []}}, "Items": [item]}
    assert dynamodb_answer.to_arrow(answer)["item"].to_pylist() == [{"Items": "x", "Item": 1}]


@pytest.mark.parametrize("mode, rows", [("collect", [0, 2]), ("stop", [0]), ("null", [0, 1, 2])])
def test_an_item_that_does_not_fit_fails_alone(check, mode, rows):
    answer = {"Items": [ITEMS[0], item_of(1, n={"S": "x"}), ITEMS[2]], "Count": 3}
    batch = dynamodb_answer.to_arrow(answer, image=WORDS, on_error=mode)
    check(batch)
    assert batch.record_index.to_pylist() == rows
    (failure,) = batch.failures
    assert (failure.index, failure.path, failure.reason) == (1, "$.Items[1].n", "unexpected_type")
    with pytest.raises(DecodeError):
        dynamodb_answer.to_arrow(answer, image=WORDS)


@pytest.mark.parametrize("text", [b"", b"[]", b"5", b'{"Items":5}', b'{"Items":[5]}', b'{"Item":5}', b'{"Items":[{}]',
                                  b'{"Item":{"a":{"N":"x"}}}', b'{"Item":{}} x', b"{"], ids=ascii)
def test_what_is_no_answer(text):
    for options in ({}, {"image": "json"}):
        with pytest.raises(DecodeError):
            dynamodb_answer.to_arrow(text, **options)


def test_pages_that_are_fed(check):
    decoder = dynamodb_answer.Decoder()
    pages = [{"Items": ITEMS[:2], "LastEvaluatedKey": {"pk": {"S": "é1"}}}, {"Items": []}, {"Items": ITEMS[2:]}]
    assert [decoder.feed(json.dumps(page)) for page in pages] == [2, 2, 5]
    batch = decoder.finish()
    assert check(batch).column("item").to_pylist() == ROWS
    assert batch.metadata == [{"LastEvaluatedKey": {"pk": {"S": "é1"}}}, {}, {}]


# --- files ------------------------------------------------------------------------------------------


def convert(tmp_path, *texts, **options):
    """(the summary, the table) of files with these contents."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.json.gz")
        paths[-1].write_bytes(text)
    summary = archive.convert(paths, tmp_path / "out.parquet", **options)
    return summary, pq.read_table(tmp_path / "out.parquet")


def test_converting_an_export(tmp_path):
    texts = [gzip.compress(FILES["lines"]), FILES["CRLF"], b"", FILES["blank lines"]]
    summary, table = convert(tmp_path, *texts, source="dynamodb_export", payload=WORDS, flatten=True, batch_rows=4)
    assert table.to_pylist() == ROWS * 3
    assert (summary.rows, summary.failures) == (15, 0)
    summary, table = convert(tmp_path, *texts, source="dynamodb_export")
    assert [json.loads(text) for text in table["item"].to_pylist()] == ROWS * 3


@pytest.mark.parametrize("mode, rows", [("collect", [0, 2]), ("null", [0, None, 2]), ("stop", [0, 2])])
def test_converting_an_export_with_a_bad_line(tmp_path, mode, rows):
    """Each line is an event of its own, so that `stop` stops no other."""
    text = b"\n".join([LINES[0], b"", b'{"Item":{"n":{"S":"x"}}}', LINES[2], LINES[3][:-4]])
    summary, table = convert(tmp_path, gzip.compress(text), source="dynamodb_export", payload=WORDS, on_error=mode)
    wanted = [None if row is None else ROWS[row] for row in rows]
    assert table["item"].to_pylist()[: len(wanted)] == wanted
    assert summary.failures == 2
    first, second = summary.first_failures
    assert (first.line, first.failure.path, first.failure.reason) == (3, "$[0].Item.n", "unexpected_type")
    assert (second.line, second.failure.reason) == (5, "unexpected_end")
    with pytest.raises(DecodeError) as caught:
        convert(tmp_path, text, source="dynamodb_export", payload=WORDS, on_error="raise")
    assert any("line 3" in note for note in caught.value.__notes__)


def test_converting_changes(tmp_path):
    text = gzip.compress(b"\n".join(map(line_of, CHANGES)))
    columns = ["write_timestamp", "keys", "new_image", "changed"]
    summary, table = convert(tmp_path, text, source="dynamodb_export_incremental", payload=WORDS, columns=columns)
    whole = dynamodb_export_incremental.to_arrow(text, image=WORDS, columns=columns)
    assert table.to_pylist() == whole.to_pylist()
    assert (summary.events, summary.rows) == (5, 5)


def test_a_schema_from_an_export():
    found = lambdarrow.infer_schema(FILES["lines"], source="dynamodb_export")
    assert (found.spec, found.sampled) == (WORDS, 5)
    assert dynamodb_export.to_arrow(FILES["lines"], image=found)["item"].to_pylist() == ROWS
    found = lambdarrow.infer_schema(map(line_of, CHANGES), source="dynamodb_export_incremental")
    assert found.spec == WORDS
    lines = [LINES[0], line_of({"Item": item_of(1, n={"N": "12.50"})})]
    found = lambdarrow.infer_schema(lines, source="dynamodb_export")
    assert found.spec == WORDS | {"n": "decimal128(3, 1)"}
    assert dynamodb_answer.to_arrow(SCAN, image=lambdarrow.infer_schema(SCAN, source="dynamodb_answer"))[
        "item"].to_pylist() == ROWS


def test_values_that_do_not_fit_are_rescued(check):
    text = b"\n".join([LINES[0], line_of({"Item": item_of(1, n={"S": "x"}, tags={"L": [{"N": "1"}, {"S": "a"}]})})])
    batch = dynamodb_export.to_arrow(text, image=WORDS, on_mismatch="rescue")
    check(batch)
    assert batch["item"].to_pylist() == [ROWS[0], {"pk": "é1", "n": None, "tags": [None, "a"]}]
    assert batch.rescued == {"$.n": 1, "$.tags[]": 1}
