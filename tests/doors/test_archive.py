"""Files of events to one file of columns: what is read, what is written, what is said of failures."""

import base64
import gzip
import json
import subprocess
import sys

import events
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lambdarrow import DecodeError, _synth, archive, kinesis
from lambdarrow._detect import UnknownSource

UNKNOWN = b'{"Records":[{"messageId":"1","body":"x","eventSource":"aws:other"}]}'
BROKEN = b'{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":"AA'


def some(*numbers):
    """An event whose payloads are these numbers."""
    return events.event_of(*({"id": number} for number in numbers))


def ids(path):
    """The payloads' ids in an output, of whatever format."""
    table = pq.read_table(path) if str(path).endswith(".parquet") else pa.ipc.open_file(path).read_all()
    return [None if data is None else data["id"] for data in table["data"].to_pylist()]


@pytest.fixture
def convert(tmp_path):
    """Converts inputs given as bytes, typed {"id": int64}; the summary, and the ids that were written."""

    def run(*contents, name="out.parquet", **options):
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"in-{number}")
            paths[-1].write_bytes(content)
        output = tmp_path / name
        summary = archive.convert(paths, output, **{"payload": {"id": "int64"}, **options})
        assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []
        return summary, ids(output)

    return run


# --- what is read -----------------------------------------------------------------------------------


def indented(event, indent=2):
    return json.dumps(json.loads(event), indent=indent).encode()


@pytest.mark.parametrize(("content", "expected"), [
    (some(1, 2), [1, 2]),
    (some(1, 2) + b"\n", [1, 2]),
    (b"\xef\xbb\xbf" + some(1), [1]),
    (some(1) + b"\n" + some(2, 3) + b"\n", [1, 2, 3]),
    (some(1) + b"\r\n\r\n  \n" + some(2), [1, 2]),
    (b"\n\n" + some(1) + b"\n" + some(2), [1, 2]),
    (indented(some(1, 2)), [1, 2]),
    (indented(some(1, 2), indent="\t") + b"\n\n", [1, 2]),
    (indented(some(1, 2), indent=0), [1, 2]),
    (b"\xef\xbb\xbf\n" + indented(some(1)), [1]),
    (some(1, 2).replace(b"[", b"[\n").replace(b"]", b"\n]"), [1, 2]),  # a whole record on the second line
    (indented(some(1)).replace(b"\n", b"\r\n"), [1]),
    (b"", []),
    (b"\n\n", []),
], ids=range(14))
@pytest.mark.parametrize("zipped", [False, True])
def test_one_event_or_one_a_line(convert, content, expected, zipped):
    summary, found = convert(gzip.compress(content) if zipped else content, source="kinesis")
    assert found == expected
    assert (summary.rows, summary.failures) == (len(expected), 0)


def test_members_of_a_gzip_are_one_text(convert):
    assert convert(gzip.compress(some(1) + b"\n") + gzip.compress(some(2) + b"\n"))[1] == [1, 2]


def test_a_first_line_that_is_cut_off_does_not_take_the_others_with_it(convert):
    summary, found = convert(BROKEN + b"\n" + some(1) + b"\n" + some(2) + b"\n")
    assert found == [1, 2]
    [failure] = summary.first_failures
    assert (failure.line, failure.failure.reason, failure.failure.raw) == (1, "unexpected_end", BROKEN)


def test_a_first_line_of_noise_does_not_either(convert):
    summary, found = convert(b"hello\n" + some(1) + b"\n")
    assert (found, summary.failures, summary.first_failures[0].failure.reason) == ([1], 1, "unknown_source")


def test_files_in_order_and_every_form_of_them(convert):
    contents = [indented(some(1)), some(2) + b"\n" + some(3), gzip.compress(some(4))]
    summary, found = convert(*contents)
    assert found == [1, 2, 3, 4]
    texts = [contents[0], some(2), some(3), some(4)]
    assert (summary.events, summary.bytes) == (4, sum(map(len, texts)))


def test_one_path_is_enough(tmp_path):
    (tmp_path / "one").write_bytes(some(1))
    archive.convert(str(tmp_path / "one"), str(tmp_path / "out.parquet"), payload={"id": "int64"})
    assert ids(tmp_path / "out.parquet") == [1]


# --- what is written --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "dialect"), [("o.parquet", "arrow"), ("o.arrow", "plain"), ("o.FEATHER", "plain")])
def test_the_table_is_what_the_decoder_gives(tmp_path, name, dialect):
    made = [_synth.kinesis(50, seed) for seed in range(4)]
    (tmp_path / "in").write_bytes(b"\n".join(made))
    archive.convert(tmp_path / "in", tmp_path / name, payload=_synth.CLICK, flatten=True, batch_rows=60)
    decoder = kinesis.Decoder(payload=_synth.CLICK, flatten=True, dialect=dialect)
    expected = pa.concat_tables([pa.table(decoder.to_arrow(event)) for event in made])
    if dialect == "arrow":
        file = pq.ParquetFile(tmp_path / name)
        assert [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)] == [100, 100]
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        found = file.read()
    else:
        file = pa.ipc.open_file(tmp_path / name)
        assert file.num_record_batches == 2
        found = file.read_all()
    assert found.schema.equals(expected.schema)
    assert found.to_pylist() == expected.to_pylist()


@pytest.mark.parametrize("options", [
    {"columns": ["sequence_number", "data.id"]}, {"dialect": "spark"}, {"string_type": "string_view"},
    {"on_error": "null"}, {"payload": "json"}, {"payload": None}, {"flatten": True}, {"dialect": "plain"},
], ids=str)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_the_decoders_options_reach_it(tmp_path, options, ending):
    (tmp_path / "in").write_bytes(some(1, 2))
    options = {"payload": {"id": "int64"}, **options}
    summary = archive.convert(tmp_path / "in", tmp_path / f"o.{ending}", **options)
    expected = pa.table(kinesis.to_arrow(some(1, 2), **{"dialect": "plain", **options}))
    read = pq.read_table if ending == "parquet" else lambda path: pa.ipc.open_file(path).read_all()
    found = read(tmp_path / f"o.{ending}")
    assert (summary.rows, found.to_pylist()) == (2, expected.to_pylist())


def test_a_batch_is_bounded_by_bytes_too(convert, monkeypatch):
    monkeypatch.setattr(archive, "_BATCH_BYTES", 3 * len(some(1)))
    summary, found = convert(b"\n".join(some(k) for k in range(7)), name="out.arrow")
    assert found == list(range(7))


def test_differing_dictionaries_are_refused_where_the_format_has_no_room_for_them(convert):
    with pytest.raises(ValueError, match="one dictionary a column"):
        convert(some(1), name="out.arrow", dialect="arrow")
    with pytest.raises(ValueError, match="parquet, .arrow or .feather"):
        convert(some(1), name="out.csv")


def test_without_a_row_the_columns_are_still_written(convert, tmp_path):
    assert convert(b"", source="kinesis")[1] == []
    assert pq.read_schema(tmp_path / "out.parquet").names[0] == "event_id"


@pytest.mark.parametrize("contents", [[], [b"\n"], [UNKNOWN], [b"hello", UNKNOWN + b"\n" + BROKEN[:20]]])
def test_without_a_known_source_nothing_is_written(convert, tmp_path, contents):
    with pytest.raises(UnknownSource, match="nothing is written") as caught:
        convert(*contents)
    assert not (tmp_path / "out.parquet").exists()
    lines = sum(len(content.split()) for content in contents)
    assert len(getattr(caught.value, "__notes__", [])) == lines


def test_a_run_that_raises_leaves_what_was_there(convert, tmp_path):
    (tmp_path / "out.parquet").write_bytes(b"as it was")
    (tmp_path / "failures").write_bytes(b"as it was")
    with pytest.raises(DecodeError):
        convert(some(1), BROKEN, on_error="raise", failures=tmp_path / "failures")
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "failures").read_bytes() == b"as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["failures", "in-0", "in-1", "out.parquet"]


def test_an_input_that_is_not_there_is_known_before_anything_is_read(tmp_path):
    (tmp_path / "in").write_bytes(some(1))
    with pytest.raises(FileNotFoundError, match="missing"):
        archive.convert([tmp_path / "in", tmp_path / "missing"], tmp_path / "o.parquet")
    with pytest.raises(IsADirectoryError):
        archive.convert([tmp_path / "in", tmp_path], tmp_path / "o.parquet")
    with pytest.raises(FileNotFoundError):
        archive.convert(tmp_path / "in", tmp_path / "missing" / "o.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(("options", "named"), [
    ({"source": "other"}, "source"), ({"batch_rows": 0}, "batch_rows"), ({"on_error": "skip"}, "on_error"),
    ({"dialect": "odd"}, "dialect"), ({"columns": ["data.nope"]}, "nope"), ({"payload": {"id": "int65"}}, "payload.id"),
])
def test_wrong_options_are_named(convert, options, named):
    with pytest.raises(ValueError, match=named):
        convert(some(1), **options)


# --- failures ---------------------------------------------------------------------------------------


def poisoned():
    """Four lines: good; two bad records among three; not an event at all; of another source."""
    mixed = events.event_of({"id": 2}, {"id": "x"}, b"{}garbage")
    return b"\n".join([some(1), mixed, BROKEN, UNKNOWN, some(3)]) + b"\n"


def test_all_failures_are_listed_in_order(convert, tmp_path):
    summary, found = convert(poisoned(), some(4), failures=tmp_path / "failures.ndjson")
    assert found == [1, 2, 3, 4]
    assert (summary.events, summary.rows, summary.failures) == (6, 4, 4)
    lines = [json.loads(line) for line in (tmp_path / "failures.ndjson").read_text().splitlines()]
    assert list(lines[0]) == [
        "file", "line", "index", "item_identifier", "offset", "inner_offset", "path", "reason", "raw"]
    assert [(line["line"], line["index"], line["item_identifier"], line["reason"]) for line in lines] == [
        (2, 1, events.sequence(1), "expected_integer"),
        (2, 2, events.sequence(2), "trailing_bytes"),
        (3, None, None, "unexpected_end"),
        (4, None, None, "unknown_source"),
    ]
    assert {line["file"] for line in lines} == {str(tmp_path / "in-0")}
    text = poisoned().split(b"\n")
    record = json.loads(base64.b64decode(lines[0]["raw"]))
    assert record == json.loads(text[1])["Records"][1]
    assert lines[0]["path"] == "$.Records[1].kinesis.data → $.id"
    data = json.loads(text[1])["Records"][1]["kinesis"]["data"].encode()
    assert lines[0]["offset"] == text[1].index(data)
    assert lines[0]["inner_offset"] == base64.b64decode(data).index(b'"x"')
    assert base64.b64decode(lines[2]["raw"]) == text[2]
    assert [str(failure)[:len(str(tmp_path / "in-0:2"))] for failure in summary.first_failures[:1]] == [
        str(tmp_path / "in-0:2")]


@pytest.mark.parametrize(("on_error", "expected"), [
    ("collect", [1, 2, 3]), ("stop", [1, 2, 3]), ("null", [1, 2, None, None, 3])])
def test_the_other_modes_go_on_as_well(convert, on_error, expected):
    summary, found = convert(poisoned(), on_error=on_error)
    assert found == expected
    assert summary.failures == (3 if on_error == "stop" else 4)


@pytest.mark.parametrize(("line", "error"), [
    (events.event_of({"id": "x"}), DecodeError), (BROKEN, DecodeError), (UNKNOWN, UnknownSource)])
def test_raise_says_where(convert, tmp_path, line, error):
    with pytest.raises(error) as caught:
        convert(some(1) + b"\n" + line + b"\n" + some(2), on_error="raise")
    assert caught.value.__notes__ == [f"in {tmp_path / 'in-0'}, line 2"]


def test_a_failure_is_placed_in_its_own_batch(convert, tmp_path):
    bad = events.event_of({"id": 0}, {"id": None}, {"id": "x"})
    summary, _ = convert(b"\n".join([some(1), bad] * 10), batch_rows=2, failures=tmp_path / "failures")
    lines = [json.loads(line)["line"] for line in (tmp_path / "failures").read_text().splitlines()]
    assert lines == list(range(2, 21, 2))
    assert (summary.failures, len(summary.first_failures)) == (10, 10)


def test_only_the_first_ten_are_kept(convert):
    summary, _ = convert(b"\n".join([some(1)] + [BROKEN] * 30))
    assert (summary.failures, [failure.line for failure in summary.first_failures]) == (30, list(range(2, 12)))


def test_raw_text_of_a_broken_event_is_capped(convert):
    summary, _ = convert(some(1) + b"\n" + BROKEN + b"A" * 100_000)
    assert len(summary.first_failures[0].failure.raw) == 64 << 10


@pytest.mark.parametrize(("cut", "whole"), [(lambda text: text[:-9], 40), (lambda text: text + b"garbage", 40)])
def test_a_gzip_that_breaks_off_gives_what_is_before(convert, cut, whole):
    text = b"".join(some(k) + b"\n" for k in range(whole))
    broken = cut(gzip.compress(text))
    summary, found = convert(broken, some(99))
    assert found[-1] == 99
    assert found[:-1] == list(range(len(found) - 1))
    assert len(found) > 1
    [failure] = summary.first_failures
    assert (failure.failure.reason, failure.failure.raw, failure.line) == ("unreadable", b"", len(found))
    with pytest.raises(archive.UnreadableInput):
        convert(broken, on_error="raise")


@pytest.mark.parametrize(("other", "said"), [
    (UNKNOWN, "'aws:other'"), (_synth.sqs(1), "an event of sqs among events of kinesis")], ids=["unknown", "sqs"])
def test_no_event_of_another_source_comes_out_as_nulls(convert, other, said):
    """What detecting only the first event would do."""
    summary, found = convert(some(1), other, some(2))
    assert (found, summary.failures) == ([1, 2], 1)
    assert said in str(summary.first_failures[0])


# --- what it costs ----------------------------------------------------------------------------------

PEAK = """
import resource, sys
from lambdarrow import archive
summary = archive.convert(sys.argv[1], sys.argv[2], source="kinesis", payload={"id": "int64"}, batch_rows=2000)
assert summary.failures == 0
print(summary.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_lines_are_streamed(tmp_path):
    """Eight times the events, the same peak."""
    line = _synth.kinesis(100, payload={"id": "int64"}) + b"\n"
    grown = {}
    for times in (100, 800):
        (tmp_path / "in").write_bytes(b"")
        with open(tmp_path / "in", "ab") as file:
            for _ in range(times):
                file.write(line)
        ran = subprocess.run([sys.executable, "-c", PEAK, tmp_path / "in", tmp_path / "o.parquet"], check=True,
                             capture_output=True, text=True)
        rows, peak = map(int, ran.stdout.split())
        assert rows == 100 * times
        grown[times] = peak * 1024
    # The input grew by 700 lines of 60 kB; a tenth of that is the allocators' to play with.
    assert grown[800] - grown[100] < 700 * len(line) / 10 + (8 << 20)
