"""Words of text: lines, sequences of JSON, delimited fields and labelled ones, beside json and csv; and the words that
choose: either, magic of one struct."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from conftest import checked
from engine.plans import decode, decoder, records
from hypothesis import given
from hypothesis import strategies as st

from lambdarrow import DecodeError, schema
from lambdarrow.schema import (
    Field,
    counter,
    delimited,
    dictionary,
    either,
    int_,
    json_sequence,
    labelled,
    lines,
    list_,
    magic,
    parse,
    plain_bytes,
    string,
    struct,
    text_bytes,
    utf8,
)

CSV = {"separator": ",", "null": ""}


def in_records(word):
    return records(Field("v", string(word)))


def read(word, *texts, **options):
    """The rows that the word makes of these texts, each in a record of its own."""
    batch = decode(in_records(word), [{"v": text} for text in texts], **({"on_error": "raise"} | options))
    return batch["v"].to_pylist()


def failed(word, text, **options):
    """(reason, path in the text, offset in it) of the one record, between two that stay."""
    good = options.pop("good", "")
    batch = decode(in_records(word), [{"v": good}, {"v": text}, {"v": good}], on_error="collect", **options)
    (failure,) = batch.failures
    assert failure.index == 1 and set(batch.record_index.to_pylist()) <= {0, 2}
    assert failure.path.startswith("$[1].v → ")
    return failure.reason, failure.path.removeprefix("$[1].v → "), failure.inner_offset


def read_lines(word, text, **options):
    """What a word that has the records as its lines makes of bytes: (rows, failures by line, positions)."""
    text = text.encode() if isinstance(text, str) else text
    batch = decode(schema.fork(Field(None, word, "v")), text, **({"on_error": "collect"} | options))
    return batch["v"].to_pylist(), [(one.index, one.reason) for one in batch.failures], batch.record_index.to_pylist()


# --- lines of JSON ----------------------------------------------------------------------------------

LINE = {"a": "int64", "l": ["utf8"]}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ends = st.sampled_from(["\n", "\r\n", "\n\n", " \n\t", "\n\r\n \n"])


@given(st.lists(st.tuples(values, ends), max_size=6), st.booleans(), ends)
def test_json_lines_beside_json(pairs, last, before):
    text = before + "".join([json.dumps(value, ensure_ascii=False) + end for value, end in pairs])
    text = text if last or not pairs else text[: -len(pairs[-1][1])]
    expected = [json.loads(line) for line in text.split("\n") if line.strip()]
    assert expected == [value for value, _ in pairs]
    for word in (lines, json_sequence):
        rows = decode(in_records(word("json")), [{"v": text}])["v"].to_pylist()
        assert [None if one is None else json.loads(one) for one in rows] == expected
    found, problems, places = read_lines(lines("json", unit=True), text)
    assert [None if one is None else json.loads(one) for one in found] == expected
    assert problems == [] and places == list(range(len(expected)))


@given(
    st.lists(values, max_size=6), st.sampled_from(["", "\n", " ", "\x1e", "\n\x1e", "\x1e\x1e \x1e\r\n"]), st.booleans()
)
def test_a_sequence_beside_json(several, between, mark):
    """RFC 7464 has a mark before each, a line feed behind; but what stands for itself needs neither."""
    written = []
    for value in several:
        text = json.dumps(value)
        written.append(text if between or text[0] in '"[{' else text + " ")
    text = between.join(written) + ("\n" if mark else "")
    text = "\x1e" + text if mark else text
    found, problems, places = read_lines(json_sequence("json", unit=True), text)
    assert [None if one is None else json.loads(one) for one in found] == several
    assert problems == [] and places == list(range(len(several)))


def test_records_without_a_line_are_refused_none_is_lost():
    for word in (lines(LINE), json_sequence(LINE)):
        assert read(word, '{"a":1}\n{"a":2}', "", "\n \n", '{"a":3}') == [
            {"a": 1, "l": None},
            {"a": 2, "l": None},
            {"a": 3, "l": None},
        ]


@pytest.mark.parametrize(
    "text, line, reason",
    [
        ('{"a":1}\n{"a":"x"}\n{"a":3}', 1, "expected_integer"),
        ('{"a":1}\n{"a":2\n{"a":3}', 1, "unexpected_end"),
        ('{"a":1}\n{"a":\n2}\n{"a":3}', None, None),  # a line is all that a value has
        ('{"a":1} {"a":2}\n{"a":3}', 0, "trailing_bytes"),
        ('{"a":1}\nx\n{"a":3}', 1, "invalid_json"),
        ('{"a":1}\n\x1e\n{"a":3}', 1, "invalid_json"),
        ('{"a":1}\n[]\n{"a":3}', 1, "expected_object"),
        ('{"a":1}\n{"l":["x",5]}\n{"a":3}', 1, "expected_string"),
    ],
)
def test_a_line_that_fails_alone_and_with_its_record(text, line, reason):
    word = lines({"a": "int64", "l": ["utf8"]}, unit=True)
    found, problems, places = read_lines(word, text)
    if line is not None:
        assert problems == [(line, reason)]
        assert failed(lines(LINE), text, good='{"a":0}')[:1] == (reason,)
    assert [one["a"] for one in found] == [
        json.loads(one)["a"] for at, one in enumerate(text.split("\n")) if at in places
    ]
    assert found[-1] == {"a": 3, "l": None}
    nulls, _, _ = read_lines(word, text, on_error="null")
    assert [one and one["a"] for one in nulls].count(None) == len(problems)
    stopped, first, _ = read_lines(word, text, on_error="stop")
    assert stopped == found[: problems[0][0]] and first == problems[:1]


def test_a_broken_value_in_a_sequence_ends_all():
    """Nobody knows where it would go on; but a value that only has another type is one failure."""
    found, problems, places = read_lines(json_sequence(LINE, unit=True), '{"a":1}{"a":"x"}{"a":3}')
    assert ([one["a"] for one in found], problems, places) == ([1, 3], [(1, "expected_integer")], [0, 2])
    for text in ('{"a":1}{"a":2', '{"a":1}{"a":2]{"a":3}', '{"a":1},{"a":2}', '{"a":1}x'):
        with pytest.raises(DecodeError) as caught:
            read_lines(json_sequence(LINE, unit=True), text)
        assert caught.value.path.startswith("$[1]")
        assert failed(json_sequence(LINE), text, good="{}")[1].startswith("$[1]")


def test_the_mark_stands_between_values_only():
    assert failed(json_sequence(LINE), '{"a":\x1e1}', good="{}")[0] == "invalid_json"
    assert failed(lines(LINE), '\x1e{"a":1}', good="{}")[0] == "invalid_json"


def test_where_a_line_is_said_to_fail():
    text = '{"a":1}\r\n\r\n{"l":["x",\t5]}'
    assert failed(lines(LINE), text, good="{}") == ("expected_string", "$[1].l[1]", text.index("5"))
    assert failed(json_sequence(LINE), text, good="{}") == ("expected_string", "$[1].l[1]", text.index("5"))


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), min_size=1, max_size=9)),
    st.sampled_from(["\n", "\r\n", "\n\n", "\r\r\n"]),
    st.booleans(),
)
def test_lines_of_bytes(texts, end, last):
    """They are what they are, white space too, but for the line's own end."""
    text = end.join(texts) + (end if last else "")
    for word, as_it_is in ((text_bytes(), str), (plain_bytes(), str.encode)):
        if texts:
            assert read(lines(word), text) == [as_it_is(one) for one in texts]


def test_lines_of_bytes_that_fail_alone():
    data = b"good\n\xff\n\xc3\xa9\r\n"
    assert read_lines(lines(text_bytes(), unit=True), data) == (["good", "é"], [(1, "invalid_utf8")], [0, 2])


def test_lines_of_lines_and_of_layers():
    assert read(lines(parse({"a": "int64"})), '{"a":1}\n {"a":2} \r\n') == [{"a": 1}, {"a": 2}]
    word = lines(struct((Field("n", string(parse({"a": "int64"})), "n"), Field(None, counter(), "at"))))
    assert [one["n"]["a"] for one in read(word, '{"n":"{\\"a\\":1}"}\n{"n":"{\\"a\\":2}"}')] == [1, 2]


@pytest.mark.parametrize("rows", [2, 3])
def test_the_limit_of_rows(rows):
    for word, text in (
        (lines("json"), "1\n2\n3\n"),
        (json_sequence("json"), "1 2 3"),
        (delimited({"a": "utf8"}), "1\n2\n3"),
    ):
        if rows < 3:
            assert failed(word, text, limits={"rows": rows}, good="1")[0] == "too_large"
        else:
            batch = decode(in_records(word), [{"v": text}], limits={"rows": rows})
            assert batch.num_rows == 3


# --- delimited --------------------------------------------------------------------------------------

FLOW = {
    "version": "int32",
    "account_id": "utf8",
    "interface_id": "dictionary<utf8>",
    "srcaddr": "utf8",
    "dstaddr": "utf8",
    "srcport": "uint16",
    "dstport": "uint16",
    "protocol": "uint8",
    "packets": "int64",
    "bytes": "int64",
    "start": {"type": "timestamp[s, UTC]", "epoch": "s"},
    "end": {"type": "timestamp[s, UTC]", "epoch": "s"},
    "action": "dictionary<utf8>",
    "log_status": "dictionary<utf8>",
}
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples.html
FLOWS = """\
2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK
2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK
2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA
2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA
2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 \
34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK
"""


def test_flow_logs():
    expected = []
    for line in FLOWS.splitlines():
        texts = [None if text == "-" else text for text in line.split(" ")]
        row = dict(zip(FLOW, texts, strict=True))
        for name, spec in FLOW.items():
            if row[name] is not None and "int" in str(spec):
                row[name] = int(row[name])
            elif row[name] is not None and isinstance(spec, dict):
                row[name] = dt.datetime.fromtimestamp(int(row[name]), dt.UTC)
        expected.append(row)
    assert read(delimited(FLOW), FLOWS) == expected
    assert read(delimited(FLOW), FLOWS.replace("\n", "\r\n")) == expected
    few = {name: FLOW[name] if name in ("dstport", "log_status") else None for name in FLOW}
    assert read(delimited(few), FLOWS) == [{name: row[name] for name in ("dstport", "log_status")} for row in expected]


# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
ALB = {
    "type": "dictionary<utf8>",
    "time": "timestamp[us, UTC]",
    "elb": "utf8",
    "client": "utf8",
    "target": "utf8",
    "request_processing_time": "float64",
    "target_processing_time": "float64",
    "response_processing_time": "float64",
    "elb_status_code": "int16",
    "target_status_code": "int16",
    "received_bytes": "int64",
    "sent_bytes": "int64",
    "request": "utf8",
    "user_agent": "utf8",
    "ssl_cipher": "utf8",
    "ssl_protocol": "utf8",
}
ALBS = (
    "http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 "
    '0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:x\n'
    "https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 -1 502 - 0 57 "
    '"GET https://www.example.com:443/?q=""a b"" HTTP/1.1" "-" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2\n'
)


def test_access_logs():
    at = dt.datetime(2018, 7, 2, 22, 23, 0, 186641, dt.UTC)
    elb = "app/my-loadbalancer/50dc6c495c0c9188"
    assert [list(row.values()) for row in read(delimited(ALB), ALBS)] == [
        [
            "http",
            at,
            elb,
            "192.168.131.39:2817",
            "10.0.0.1:80",
            0.0,
            0.001,
            0.0,
            200,
            200,
            34,
            366,
            "GET http://www.example.com:80/ HTTP/1.1",
            "curl/7.46.0",
            None,
            None,
        ],
        # A "-" between quotes is the text.
        [
            "https",
            at,
            elb,
            "192.168.131.39:2817",
            None,
            -1.0,
            -1.0,
            -1.0,
            502,
            None,
            0,
            57,
            'GET https://www.example.com:443/?q="a b" HTTP/1.1',
            "-",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "TLSv1.2",
        ],
    ]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), max_size=6) | st.sampled_from(
    ["", ",", '"', '""', 'a"b', '"a', 'a"', '",', ' "x"', "-", " ", "\t", "é,é", '"' * 9]
)


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(",;|\t "),
)
def test_csv_beside_csv(rows, quoting, end, separator):
    file = io.StringIO()
    csv.writer(file, quoting=quoting, lineterminator=end, delimiter=separator).writerows(rows)
    text = file.getvalue()
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) == rows
    word = delimited({"a": "utf8", "b": "large_utf8", "c": "dictionary<utf8>"}, separator=separator, null="")
    expected = [[None if cell == "" and quoting == csv.QUOTE_MINIMAL else cell for cell in row] for row in rows]
    assert [list(row.values()) for row in read(word, text)] == expected
    assert [list(row.values()) for row in read(word, text.removesuffix(end))] == expected


numbers = st.tuples(
    st.integers(-128, 127),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.decimals(-9999, 9999, places=2),
    st.dates(dt.date(1, 1, 1)),
    st.integers(0, 2**31),
)


@given(st.lists(st.tuples(numbers, st.booleans()), min_size=1, max_size=4))
def test_every_scalar_between_quotes_or_not(rows):
    spec = {
        "i": "int8",
        "f": "float64",
        "b": "bool",
        "d": "decimal128(8, 2)",
        "day": "date32",
        "at": {"type": "timestamp[ms, UTC]", "epoch": "s"},
    }
    word = delimited(spec, **CSV)
    text = ""
    for row, quoted in rows:
        cells = [str(row[0]), repr(row[1]), str(row[2]).lower(), f"{row[3]:.2f}", row[4].isoformat(), str(row[5])]
        text += ",".join([f'"{cell}"' if quoted else cell for cell in cells]) + "\n"
    assert [list(row.values()) for row in read(word, text)] == [
        [*row[:5], dt.datetime.fromtimestamp(row[5], dt.UTC)] for row, _ in rows
    ]


def test_the_other_scalars():
    uid = "a0b1c2d3-0000-1111-2222-333344445555"
    spec = {
        "u": schema.uuid(),
        "b": "binary",
        "j": "json",
        "t": "timestamp[us, UTC]",
        "naive": "timestamp[s]",
        "u64": "uint64",
        "f": "float32",
        "d": "decimal256(40, 1)",
    }
    text = f'{uid} QUI= {{"a":1}} 2024-02-29T01:02:03.000004+01:00 2024-02-29T01:02:03 18446744073709551615 0.5 1e30'
    row = read(delimited(spec), text)[0]
    assert (str(row["u"]), row["b"]) == (uid, b"AB")
    assert json.loads(row["j"]) == '{"a":1}'  # the JSON of a text is a text
    assert row["t"] == dt.datetime(2024, 2, 29, 0, 2, 3, 4, dt.UTC) and row["naive"] == dt.datetime(
        2024, 2, 29, 1, 2, 3
    )
    assert (row["u64"], row["f"], row["d"]) == (2**64 - 1, 0.5, Decimal("1e30"))


@pytest.mark.parametrize(
    "kind, text, reason",
    [
        ("int8", "128", "out_of_range"),
        ("int8", "1.0", "expected_integer"),
        ("int8", "05", "invalid_number"),
        ("int8", "5x", "trailing_bytes"),
        ("int8", "x", None),
        ("int8", "null", None),
        ("int8", '""', None),
        ("uint8", "-1", None),
        ("int64", "9223372036854775808", "out_of_range"),
        ("int64", "[5]", "expected_integer"),
        ("int64", "+5", None),
        ("int64", "1_000", "trailing_bytes"),
        ("int64", "{", None),
        ("int64", '"""5"""', None),
        ("float64", "1e999", "out_of_range"),
        ("float64", "NaN", None),
        ("float64", "inf", None),
        ("float64", ".5", None),
        ("bool", "True", None),
        ("bool", "1", "expected_bool"),
        ("bool", "null", None),
        ("bool", "truex", None),
        ("bool", "t", None),
        ("decimal128(4, 2)", "100", "out_of_range"),
        ("decimal128(4, 2)", "0.001", "not_exact"),
        ("date32", "2023-02-29", None),
        ("date32", "20240229", None),
        ("timestamp[ms, UTC]", "2024-02-29", None),
        ("timestamp[s, UTC]", "2024-02-29T00:00:00.5Z", "not_exact"),
        ("binary", "QUI", "base64_padding"),
        ("binary", "Q*==", "invalid_base64"),
        (schema.uuid(), "x", "invalid_uuid"),
        ({"type": "timestamp[s, UTC]", "epoch": "s"}, "x", None),
        ({"type": "utf8", "nullable": False}, "-", "unexpected_null"),
        ("utf8", '"x', "unexpected_end"),
        ("utf8", '"x"y', "invalid_field"),
        ("utf8", '"', "unexpected_end"),
        ("utf8", '"x""', "unexpected_end"),
    ],
)
def test_a_field_that_is_no_such_thing(kind, text, reason):
    word = delimited({"first": "utf8", "it": kind, "last": "utf8"})
    line = f"a {text} z"
    got = failed(word, line)
    assert reason in (None, got[0]) and got[1] == "$[0][1]", got
    assert got[2] is None or got[2] >= 2
    # Alone under `unit`, where the lines around it stay.
    words = delimited({"first": "utf8", "it": kind, "last": "utf8"}, unit=True)
    found, problems, places = read_lines(words, f"{line}\n\n{line}")
    assert found == [] and [at for at, _ in problems] == [0, 1] and places == []
    if isinstance(kind, str) and "utf8" not in kind:
        loose = delimited({"first": "utf8", "it": schema.or_else(schema.value_word(kind)), "last": "utf8"})
        assert read(loose, line) == [{"first": "a", "it": None, "last": "z"}]


def test_missing_fields_and_others():
    word = delimited({"a": "int64", "b": "utf8", "c": "utf8"})
    assert [list(row.values()) for row in read(word, "1\n1 x\n1 x y\n1 x y z z\n- - -\n1  y\n1 x ")] == [
        [1, None, None],
        [1, "x", None],
        [1, "x", "y"],
        [1, "x", "y"],
        [None] * 3,
        [1, "", "y"],
        [1, "x", ""],
    ]
    needed = delimited({"a": "int64", "b": {"type": "utf8", "nullable": False}})
    assert failed(needed, "1 x\n1", good="1 x")[:2] == ("unexpected_null", "$[1][1]")
    assert [
        list(row.values())
        for row in read(
            delimited({"a": "utf8", "b": "utf8"}, separator=",", null="NULL"), 'NULL,"NULL"\n,""\nNULLx,null'
        )
    ] == [[None, "NULL"], ["", ""], ["NULLx", "null"]]


def test_rest_is_all_that_is_left():
    word = delimited({"at": "int64", "text": "utf8"}, rest=True)
    assert [list(row.values()) for row in read(word, '1 a b  c \n2 "a b" c\n3 -\n4 \n5\n- x')] == [
        [1, "a b  c "],
        [2, '"a b" c'],
        [3, "-"],
        [4, ""],
        [5, None],
        [None, "x"],
    ]
    assert failed(word, "x y z")[1] == "$[0][0]"


def test_lead_gives_the_line_to_the_last_field():
    word = delimited({"at": "timestamp[ms, UTC]", "text": "utf8"}, null="", rest=True, lead=True)
    at = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    text = "@ first\n  and more\n\tat x\n@\n@x y\n{\n@  z".replace("@", "2024-01-02T03:04:05Z")
    assert [list(row.values()) for row in read(word, text)] == [
        [at, "first"],
        [None, "  and more"],
        [None, "\tat x"],
        [at, None],
        [None, "2024-01-02T03:04:05Zx y"],
        [None, "{"],
        [at, " z"],
    ]
    three = delimited({"n": "int64", "m": "int64", "text": "utf8"}, lead=True)
    assert [list(row.values()) for row in read(three, "1 2 x\nno line of it\n- 5 x\n1 2")] == [
        [1, 2, "x"],
        [None, None, "no line of it"],
        [None, None, "- 5 x"],
        [1, 2, None],
    ]
    assert failed(three, "1 x y", good="1 2 x")[1] == "$[0][1]"  # only the first field decides


@pytest.mark.parametrize(
    "fields, options",
    [
        ({}, {}),
        ({"a": None}, {}),
        ([("a", "utf8")], {}),
        ("utf8", {}),
        ({"a": "utf8"}, {"separator": ""}),
        ({"a": "utf8"}, {"separator": ", "}),
        ({"a": "utf8"}, {"separator": '"'}),
        ({"a": "utf8"}, {"separator": "\n"}),
        ({"a": "utf8"}, {"separator": "\r"}),
        ({"a": "utf8"}, {"separator": "é"}),
        ({"a": "utf8"}, {"separator": "\0"}),
        ({"a": "no type"}, {}),
        ({"a": {"type": "int64", "epoch": "s"}}, {}),
    ],
)
def test_delimited_is_refused(fields, options):
    with pytest.raises((TypeError, ValueError)):
        delimited(fields, **options)


@pytest.mark.parametrize(
    "kind", [["int64"], {"a": "int64"}, "map<utf8, utf8>", string("json"), lines("json"), counter()]
)
def test_a_field_is_a_scalar(kind):
    with pytest.raises(ValueError):
        decoder(in_records(delimited({"a": kind})))


def test_a_line_without_an_end_in_quotes():
    """A quoted field ends on its line: nothing of the next one is taken for it."""
    found, problems, places = read_lines(delimited({"a": "utf8"}, unit=True), '"a\nb\n"c"\n')
    assert (found, problems, places) == ([{"a": "b"}, {"a": "c"}], [(0, "unexpected_end")], [1, 2])


# --- labelled ---------------------------------------------------------------------------------------

PLACE = labelled(
    [("", Field(None, dictionary(), "kind")), (" n=", Field(None, int_(64), "n")), (" s=", Field(None, utf8(), "s"))],
    begins=("A ", "BB "),
)


@pytest.mark.parametrize(
    "text, made",
    [
        ("A n=5 s=x", ["A", 5, "x"]),
        ("A s=x n=5\n", ["A", 5, "x"]),  # in any order
        ("BB ", ["BB", None, None]),
        ("A  n=-7\ts=no label", ["A", -7, None]),  # what stands before a label is part of it
        ("A s= n=1", ["A", 1, ""]),
        ("A n=1 n=2 s=a s=b", ["A", 1, "a"]),  # the first of several
        ("A xn=1  n=2", ["A", 2, None]),
        ("A s=\u00e9\u3000x", ["A", None, "\u00e9\u3000x"]),  # white space is what JSON has
        ('A s="a b"', ["A", None, '"a']),
    ],
)
def test_labelled(text, made):
    assert [list(row.values()) for row in read(PLACE, text, text)] == [made, made]


@pytest.mark.parametrize(
    "text, reason, path",
    [
        ("", "invalid_field", "$"),
        ("A", "invalid_field", "$"),
        ("a n=5", "invalid_field", "$"),
        ("B ", "invalid_field", "$"),
        (" A ", "invalid_field", "$"),
        ("A n=x", "expected_integer", "$. n="),
        ("A n=", "expected_integer", "$. n="),
        ("A n=5ms", "trailing_bytes", "$. n="),
        ("A n=9223372036854775808", "out_of_range", "$. n="),
    ],
)
def test_labelled_that_is_none(text, reason, path):
    got = failed(PLACE, text, good="A ")
    assert got[0] == reason and (got[1] == path or path != "$"), got


def test_labelled_without_a_beginning_takes_any_text():
    word = labelled([(":", Field(None, int_(8), "n")), ("none", Field(None, utf8(nullable=False), "t"))])
    assert read(word, "x:5 nonesuch") == [{"n": 5, "t": "such"}]
    assert failed(word, "x:5", good="none")[0] == "unexpected_null"


# --- either -----------------------------------------------------------------------------------------

DEEP = {
    "a": ["int64"],
    "m": "map<utf8, int64>",
    "k": "dictionary<utf8>",
    "o": {"b": ["utf8"], "n": "int64"},
    "last": "int64",
}
EITHER = records(
    Field("v", either(Field(None, schema.value_word(DEEP), "one"), Field(None, schema.json(), "other"))),
    Field("w", int_(64)),
)
fits = st.fixed_dictionaries(
    {},
    optional={
        "a": st.lists(st.integers(0, 9), max_size=3),
        "m": st.dictionaries(st.text(max_size=2), st.integers(0, 9), max_size=2),
        "k": st.sampled_from(["x", "y"]),
        "o": st.fixed_dictionaries({"b": st.lists(st.text(max_size=3), max_size=3)}),
        "last": st.integers(0, 9),
    },
)
stray = st.tuples(
    fits,
    st.sampled_from(
        [
            ("last", "x"),
            ("a", [1, "x"]),
            ("m", {"a": 1, "b": []}),
            ("o", {"b": ["x", 5]}),
            ("o", {"b": ["x"], "n": "y"}),
        ]
    ),
).map(lambda pair: pair[0] | {pair[1][0]: pair[1][1]})


@given(
    st.lists(
        st.tuples(fits, st.just(True))
        | st.tuples(stray | values.filter(lambda v: not isinstance(v, dict)), st.just(False)),
        max_size=8,
    )
)
def test_either_leaves_nothing_of_the_first(cases):
    """What the first word had made before it failed is undone, in lists and maps and texts too."""
    batch = decode(EITHER, [{"v": value, "w": at} for at, (value, _) in enumerate(cases)])
    ours = checked(batch).to_pylist()
    assert [row["w"] for row in ours] == list(range(len(cases)))
    for row, (value, good) in zip(ours, cases, strict=True):
        if value is None:
            assert row["one"] is None and row["other"] is None
        elif good:
            one = row["one"]
            assert row["other"] is None
            made = {name: (dict(one[name]) if name == "m" and one[name] is not None else one[name]) for name in one}
            assert made == dict.fromkeys(DEEP) | value | (
                {"o": {"b": value["o"]["b"], "n": None}} if "o" in value else {}
            )
        else:
            assert row["one"] is None and json.loads(row["other"]) == value


def test_either_that_neither_takes():
    word = either(Field(None, int_(8), "one"), Field(None, utf8(), "other"))
    event = [{"v": 5}, {"v": 300}, {"v": "x"}, {"v": None}, {}, {"v": [1]}]
    batch = decode(records(Field("v", word)), event, on_error="collect")
    assert batch["one"].to_pylist() == [5, None, None, None] and batch["other"].to_pylist() == [None, "x", None, None]
    # What the second says of it.
    assert [(one.index, one.reason, one.path) for one in batch.failures] == [
        (1, "expected_string", "$[1].v"),
        (5, "expected_string", "$[5].v"),
    ]
    batch = decode(records(Field("v", word)), event, on_error="null")
    assert batch["one"].to_pylist() == [5, None, None, None, None, None]


@pytest.mark.parametrize("text", ['[{"v":tru}]', '[{"v":{"a":[1,}}]', '[{"v":{"a":[1]]}]', '[{"v":"\\x"}]', '[{"v":'])
def test_either_of_what_is_no_json(text):
    with pytest.raises(DecodeError):
        decode(EITHER, text.encode(), on_error="collect")


# --- magic of one struct ----------------------------------------------------------------------------


def shared(one, other):
    return magic(((b"{", Field(None, parse(one), schema.PLACE)),), Field(None, other, schema.PLACE), shared=True)


TEXT = labelled([("n=", Field(None, int_(64), "n")), ("s=", Field(None, utf8(), "s"))])


def test_alternatives_that_feed_one_struct(check):
    word = shared(struct((Field("s", utf8()), Field("n", int_(64)))), TEXT)
    texts = ['{"n":1,"s":"a"}', "n=2 s=b", '{"s":"c"}', "x", "{}", "n=5", '{"n":6}']
    batch = decode(in_records(word), [{"v": text} for text in texts])
    check(batch)
    assert [(row["n"], row["s"]) for row in batch["v"]] == [
        (1, "a"),
        (2, "b"),
        (None, "c"),
        (None, None),
        (None, None),
        (5, None),
        (6, None),
    ]
    batch = decode(in_records(word), [{"v": "n=x s=a"}, {"v": '{"n":1,"s":5}'}, {"v": "n=1"}], on_error="collect")
    assert check(batch).column("v").to_pylist() == [{"s": None, "n": 1}]
    assert [failure.index for failure in batch.failures] == [0, 1]


@pytest.mark.parametrize(
    "one",
    [
        struct((Field("s", utf8()), Field("n", int_(32)))),  # another type
        struct((Field("s", utf8(size="large")), Field("n", int_(64)))),
        struct((Field("s", list_(utf8())), Field("n", int_(64)))),  # no scalar
    ],
    ids=["type", "size", "list"],
)
def test_what_cannot_share_a_struct(one):
    with pytest.raises(ValueError, match="alternatives"):
        decoder(in_records(shared(one, TEXT)))
