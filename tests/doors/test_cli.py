"""The shell's door as a user meets it: arguments, streams, exit status."""

import gzip
import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import events
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lambdarrow
from lambdarrow import _synth, cli, kinesis
from lambdarrow._detect import FILES, SOURCES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PAYLOAD = '{"id": "int64"}'


def some(*numbers):
    return events.event_of(*({"id": number} for number in numbers))


@pytest.fixture
def shell(tmp_path, monkeypatch, capfd):
    """Runs a command line in an empty directory; (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        try:
            status = cli.main([str(word) for word in words])
        except SystemExit as left:
            status = left.code
        return (status, *capfd.readouterr())

    return run


# --- convert ----------------------------------------------------------------------------------------


def test_all_is_well(shell, tmp_path):
    (tmp_path / "in.ndjson").write_bytes(some(1, 2) + b"\n" + some(3) + b"\n")
    status, out, err = shell("convert", "in.ndjson", "-o", "out.parquet", "--payload", PAYLOAD)
    assert (status, out) == (0, "")
    assert err.startswith("out.parquet: 2 events, 3 rows, 0.00 MB in 0.")
    assert err.endswith(" MB/s), 0 failures\n")
    assert pq.read_table("out.parquet")["data"].to_pylist() == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_failures_are_told_and_counted(shell, tmp_path):
    bad = events.event_of({"id": 1}, {"id": "x"})
    (tmp_path / "in").write_bytes(b"\n".join([bad] * 12 + [b"{}"]))
    status, out, err = shell("convert", "in", "-o", "out.parquet", "--payload", PAYLOAD, "--failures", "failures")
    assert (status, out) == (1, "")
    *told, more, summary = err.splitlines()
    assert [line.split(":")[1] for line in told] == [str(number) for number in range(1, 11)]
    assert told[0].startswith("in:1: $.Records[1].kinesis.data → $.id: ")
    assert told[0].endswith(f" [expected_integer], item {events.sequence(1)}")
    assert more == "... and 3 more"
    assert summary.endswith(", 13 failures")
    assert len(Path("failures").read_text().splitlines()) == 13
    assert pq.read_table("out.parquet").num_rows == 12


def test_options_reach_the_decoder(shell, tmp_path):
    (tmp_path / "in").write_bytes(events.event_of({"id": 1, "p": 2.5}, {"id": "x"}))
    (tmp_path / "schema.json").write_text('{"id": "int64", "p": "float64"}')
    status, _, _ = shell(
        "convert", "in", "-o", "out.arrow", "--source", "kinesis", "--payload", "schema.json", "--flatten",
        "--columns", "event_source, data.p,data.id", "--on-error", "null", "--dialect", "spark",
        "--string-type", "string_view", "--batch-rows", "1")
    table = pa.ipc.open_file("out.arrow").read_all()
    expected = kinesis.to_arrow((tmp_path / "in").read_bytes(), payload={"id": "int64", "p": "float64"}, flatten=True,
                                columns=["event_source", "data.p", "data.id"], on_error="null", dialect="spark")
    assert status == 1
    assert table.schema.equals(pa.schema(expected))
    assert table.to_pylist() == expected.to_pylist()


def test_standard_input(shell, monkeypatch, tmp_path):
    class Stream:
        buffer = io.BufferedReader(io.BytesIO(some(1) + b"\n" + some(2)))

    monkeypatch.setattr(sys, "stdin", Stream)
    assert shell("convert", "-", "-o", "out.parquet")[0] == 0
    assert pq.read_table("out.parquet").num_rows == 2


def test_a_pipe_and_the_module(tmp_path):
    """`python -m lambdarrow`, fed by a pipe that has nothing to seek in."""
    ran = subprocess.run([sys.executable, "-m", "lambdarrow", "convert", "-", "-o", tmp_path / "out.parquet"],
                         input=some(1) + b"\n" + some(2), capture_output=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 2


@pytest.mark.parametrize("words", [
    ["in"], ["-o", "o.parquet"], ["in", "-o", "o.csv"], ["missing", "-o", "o.parquet"], [".", "-o", "o.parquet"],
    ["in", "-o", "missing/o.parquet"], ["in", "-o", "o.parquet", "--source", "other"],
    ["in", "-o", "o.parquet", "--payload", "{"], ["in", "-o", "o.parquet", "--payload", "missing.json"],
    ["in", "-o", "o.parquet", "--payload", "number.json"], ["in", "-o", "o.parquet", "--payload", "int65"],
    ["in", "-o", "o.parquet", "--columns", "nope"], ["in", "-o", "o.parquet", "--batch-rows", "0"],
    ["in", "-o", "o.arrow", "--dialect", "arrow"], ["in", "-o", "o.parquet", "--on-error", "skip"],
], ids=" ".join)
def test_what_cannot_be_run_is_status_2_and_leaves_nothing(shell, tmp_path, words):
    (tmp_path / "in").write_bytes(some(1))
    (tmp_path / "number.json").write_text("5")
    status, out, err = shell("convert", *words)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("lambdarrow")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "number.json"]


@pytest.mark.parametrize(("content", "words", "said"), [
    (some(1) + b"\n" + events.event_of({"id": "x"}), ["--on-error", "raise"], "in in, line 2"),
    (b'{"Records":[{"eventSource":"aws:other"}]}', [], "in:1: $: the event comes from 'aws:other'"),
    (b"\x1f\x8b\x08 no gzip", ["--on-error", "raise", "--source", "kinesis"], "in in, line 1"),
])
def test_what_fails_as_a_whole_is_status_1(shell, tmp_path, content, words, said):
    (tmp_path / "in").write_bytes(content)
    status, out, err = shell("convert", "in", "-o", "o.parquet", "--payload", PAYLOAD, *words)
    assert (status, out) == (1, "")
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_without_pyarrow_the_remedy_is_named(tmp_path):
    (tmp_path / "in").write_bytes(some(1))
    code = "import sys; sys.modules['pyarrow'] = None; from lambdarrow.cli import main; sys.exit(main(sys.argv[1:]))"
    run = [sys.executable, "-c", code]
    ran = subprocess.run([*run, "convert", "in", "-o", "o.parquet"], cwd=tmp_path, capture_output=True, text=True,
                         check=False)
    assert ran.returncode == 2
    assert ran.stderr == "lambdarrow: writing files takes pyarrow: pip install 'lambdarrow[cli]'\n"
    for other in (["explain"], ["infer", "in"], ["synth", "kinesis", "--records", "1"], ["--version"]):
        ran = subprocess.run([*run, *other], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")


# --- infer ------------------------------------------------------------------------------------------


def test_infer_prints_what_convert_takes(shell, tmp_path):
    (tmp_path / "in.json").write_bytes(events.event_of({"id": 1, "at": "2024-01-01T00:00:00Z"}, {"id": 2.5}))
    (tmp_path / "more.ndjson.gz").write_bytes(gzip.compress(some(3) + b"\n" + events.event_of({"é": [True]}) + b"\n"))
    status, out, err = shell("infer", "in.json", "more.ndjson.gz")
    assert (status, err) == (0, "")
    assert out == '{\n  "id": "float64",\n  "at": "utf8",\n  "é": [\n    "bool"\n  ]\n}\n'
    (tmp_path / "schema.json").write_text(out)
    assert shell("convert", "in.json", "more.ndjson.gz", "-o", "out.parquet", "--payload", "schema.json")[0] == 0
    assert pq.read_table("out.parquet")["data"].to_pylist() == [
        {"id": 1.0, "at": "2024-01-01T00:00:00Z", "é": None}, {"id": 2.5, "at": None, "é": None},
        {"id": 3.0, "at": None, "é": None}, {"id": None, "at": None, "é": [True]}]


def test_infer_has_options(shell, tmp_path):
    (tmp_path / "in").write_bytes(events.event_of({"at": "2024-01-01T00:00:00Z"}, {"on": "2024-01-01"}, {"id": 1}))
    status, out, _ = shell("infer", "in", "--source", "kinesis", "--sample", "2", "--timestamps")
    assert (status, json.loads(out)) == (0, {"at": "timestamp[s, UTC]", "on": "date32"})
    status, out, _ = shell("infer", "in", "--sample", "2", "--as", "struct")
    assert (status, out) == (0, "import msgspec\n\n\nclass Payload(msgspec.Struct):\n"
                                "    at: str | None = None\n    on: str | None = None\n")


def test_infer_says_what_it_left_out(shell, tmp_path):
    (tmp_path / "in").write_bytes(b"\n".join([some(1), b"{}", some(2)[:-3], events.event_of(b"\x1f\x8b", b"no")]))
    status, out, err = shell("infer", "in")
    assert (status, json.loads(out)) == (1, {"id": "int64"})
    nameless, cut_off, skipped, count = err.splitlines()
    assert nameless.startswith("in:2: $: the event does not say where it comes from")
    assert cut_off.startswith("in:3: $.Records") and cut_off.endswith(" [unexpected_end]")
    assert skipped.startswith("in:4: $.Records[0].kinesis.data → $: not JSON; it looks like gzip")
    assert count == "2 of 3 payloads were left out"


def test_infer_lists_ten_failures_and_counts_the_rest(shell, tmp_path):
    (tmp_path / "in").write_bytes(b"{}\n" * 12 + some(1))
    status, out, err = shell("infer", "in")
    assert (status, json.loads(out)) == (1, {"id": "int64"})
    assert [line.split(":")[1] for line in err.splitlines()[:-1]] == [str(number) for number in range(1, 11)]
    assert err.endswith("\n... and 2 more\n")


def test_infer_reads_no_further_than_the_sample(shell, tmp_path):
    (tmp_path / "in").write_bytes(some(1) + b"\n{}\n")
    assert shell("infer", "in", "--sample", "1") == (0, '{\n  "id": "int64"\n}\n', "")


@pytest.mark.parametrize(("content", "said"), [
    (b"", "lambdarrow: no payload in 0 events"),
    (b"{}", "lambdarrow: no payload in 0 events"),
    (b"\x1f\x8b\x08 no gzip", "lambdarrow: no payload in 0 events"),
    (b'{"Records":[{"eventSource":"aws:kinesis"}]}', "lambdarrow: no payload in 1 events"),
    (events.event_of(b"no"), "lambdarrow: no payload is readable JSON; the first of 1: $.Records[0].kinesis.data"),
])
def test_infer_from_nothing_is_status_1(shell, tmp_path, content, said):
    (tmp_path / "in").write_bytes(content)
    status, out, err = shell("infer", "in")
    assert (status, out) == (1, "")
    assert err.splitlines()[-1].startswith(said)


def test_what_synth_makes_is_inferred(shell, tmp_path):
    """But for what a person knows and a sample does not: that quantities are small."""
    (tmp_path / "in").write_text(shell("synth", "kinesis", "--records", "200")[1])
    status, out, _ = shell("infer", "in", "--timestamps")
    assert (status, json.loads(out)) == (0, _synth.CLICK | {"quantity": "int64"})


def test_infer_from_a_pipe():
    ran = subprocess.run([sys.executable, "-m", "lambdarrow", "infer", "-"], input=some(1) + b"\n" + some(2),
                         capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b'{\n  "id": "int64"\n}\n', b"")


# --- the shipped examples ---------------------------------------------------------------------------


def test_the_examples_hold_twelve_records_and_one_poison(shell):
    status, _, err = shell("convert", EXAMPLES / "clicks.json", EXAMPLES / "clicks.ndjson", "-o", "clicks.parquet",
                           "--payload", EXAMPLES / "click.schema.json", "--flatten")
    assert status == 1
    assert "clicks.ndjson:2: $.Records[1].kinesis.data → $.price: " in err
    assert "4 events, 11 rows" in err
    rows = pq.read_table("clicks.parquet").to_pylist()
    assert len({row["sequence_number"] for row in rows}) == 11
    assert all(row["price"] > 0 and row["geo"]["country"] for row in rows)


def test_the_examples_schema_is_the_one_that_synth_fills():
    assert json.loads((EXAMPLES / "click.schema.json").read_text()) == _synth.CLICK


# --- synth, explain, version ------------------------------------------------------------------------


# Sources whose events have no payload, and those whose events are one row each.
BARE = ("s3", "cloudwatch")
ALONE = ("eventbridge", "scheduled", "apigateway", "apigateway_v2", "function_url", "alb", "cognito", "cloudwatch")


@pytest.mark.parametrize("source", SOURCES)
def test_synth(shell, tmp_path, source):
    make = getattr(_synth, source)
    assert shell("synth", source, "--records", "3") == (0, make(3).decode() + "\n", "")
    payload = [] if source in BARE else ["--payload", PAYLOAD]
    _, out, _ = shell("synth", source, "--records", "2", "--seed", "5", "--events", "3", *payload)
    wanted = json.loads(PAYLOAD) if payload else None
    assert out.splitlines() == [make(2, seed, wanted).decode() for seed in (5, 6, 7)]
    (tmp_path / "in").write_text(out)
    assert shell("convert", "in", "-o", "out.parquet", *payload)[0] == 0
    assert pq.read_table("out.parquet").num_rows == (3 if source in ALONE else 6)
    if payload:
        status, found, err = shell("infer", "in")
        assert (status, err) == (0, "") and json.loads(found)
    else:
        status, found, err = shell("infer", "in")
        assert (status, found) == (1, "") and "no payload" in err
        assert shell("synth", source, "--payload", PAYLOAD)[0] == 2


def test_a_reader_that_has_enough_is_no_error():
    made = subprocess.Popen([sys.executable, "-m", "lambdarrow", "synth", "kinesis", "--events", "500"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert made.stdout.read(11) == b'{"Records":'
    made.stdout.close()
    assert (made.stderr.read(), made.wait()) == (b"", 0)
    made.stderr.close()


@pytest.mark.parametrize("source", SOURCES)
def test_explain_every_source(shell, source):
    assert shell("explain", source) == (0, getattr(lambdarrow, source).Decoder().explain(), "")


def test_explain(shell):
    assert shell("explain") == (0, kinesis.Decoder().explain(), "")
    status, out, _ = shell("explain", "kinesis", "--payload", '{"id": "int64", "p": "float64"}', "--columns", "data.p",
                           "--flatten", "--dialect", "plain", "--on-error", "null", "--string-type", "string_view")
    assert out == kinesis.Decoder(payload={"id": "int64", "p": "float64"}, columns=["data.p"], flatten=True,
                                  dialect="plain", on_error="null", string_type="string_view").explain()
    assert (status, out.splitlines()[-1]) == (0, "columns: p, _corrupt_record")


# --- exports of DynamoDB tables ----------------------------------------------------------------------

EXPORT = b"".join(b'{"Item":{"pk":{"S":"a%d"},"n":{"N":"%d.50"}}}\n' % (number, number) for number in range(3))


def test_an_export_has_to_be_named(shell, tmp_path):
    (tmp_path / "in.json.gz").write_bytes(gzip.compress(EXPORT))
    for words in (["convert", "in.json.gz", "-o", "out.parquet"], ["infer", "in.json.gz"]):
        status, out, err = shell(*words)
        assert (status, out) == (1, "") and "'Item'" in err
    assert not (tmp_path / "out.parquet").exists()
    status, _, err = shell("convert", "in.json.gz", "-o", "out.parquet", "--source", "dynamodb_export")
    assert status == 0 and err.startswith("out.parquet: 3 events, 3 rows")
    assert [json.loads(text) for text in pq.read_table("out.parquet")["item"].to_pylist()] == [
        {"pk": f"a{number}", "n": number + 0.5} for number in range(3)]


def test_the_schema_of_an_export_reads_it(shell, tmp_path):
    (tmp_path / "in.json.gz").write_bytes(gzip.compress(EXPORT))
    status, out, err = shell("infer", "in.json.gz", "--source", "dynamodb_export")
    assert (status, json.loads(out), err) == (0, {"pk": "utf8", "n": "decimal128(2, 1)"}, "")
    (tmp_path / "schema.json").write_text(out)
    status, _, _ = shell("convert", "in.json.gz", "-o", "out.parquet", "--source", "dynamodb_export", "--payload",
                         "schema.json", "--flatten")
    assert status == 0
    assert pq.read_table("out.parquet").to_pylist() == [
        {"pk": f"a{number}", "n": Decimal(f"{number}.5")} for number in range(3)]
    status, out, _ = shell("infer", "in.json.gz", "--source", "dynamodb_export", "--as", "struct")
    names = {}
    exec(out, names)
    batch = lambdarrow.dynamodb_export.to_arrow(EXPORT, image=names["Payload"])
    assert batch["item.n"].to_pylist() == [Decimal(f"{number}.5") for number in range(3)]


def test_what_failed_in_an_export_is_told_by_its_line(shell, tmp_path):
    (tmp_path / "in").write_bytes(b"\n" + EXPORT + b'{"Item":{"n":{"S":"x"}}}\n{"Item":')
    status, _, err = shell("convert", "in", "-o", "out.parquet", "--source", "dynamodb_export", "--payload",
                           '{"n": "float64"}', "--failures", "failed")
    assert status == 1
    assert [line.split(" ")[0] for line in err.splitlines()[:2]] == ["in:5:", "in:6:"]
    paths = [json.loads(line)["path"] for line in Path("failed").read_text().splitlines()]
    assert paths == ["$[0].Item.n", "$[0].Item"]
    assert pq.read_table("out.parquet").num_rows == 3


@pytest.mark.parametrize("source", FILES)
def test_explain_exports(shell, source):
    made = getattr(lambdarrow, source).Decoder(image={"pk": "utf8"})
    assert shell("explain", source, "--payload", '{"pk": "utf8"}') == (0, made.explain(), "")


def test_made_up_changes_to_a_file_and_back(shell, tmp_path):
    _, out, _ = shell("synth", "dynamodb", "--records", "40")
    (tmp_path / "in").write_text(out)
    _, found, _ = shell("infer", "in")
    (tmp_path / "order.json").write_text(found)
    columns = "op,changed,new_image.amount,keys.pk,table_name"
    assert shell("convert", "in", "-o", "out.parquet", "--payload", "order.json", "--columns", columns)[0] == 0
    whole = lambdarrow.dynamodb.to_arrow(out, image=json.loads(found), columns=columns.split(","))
    assert pq.read_table("out.parquet").to_pylist() == whole.to_pylist()


@pytest.mark.parametrize("words", [
    ["explain", "dynamodb", "--flatten", "--payload", '{"a":"utf8"}'], ["explain", "dynamodb", "--payload", "utf8"],
    ["explain", "dynamodb_answer"], ["synth", "dynamodb_export"], ["synth", "dynamodb", "--payload", "json"],
    ["explain", "dynamodb_export", "--columns", "keys"],
    ["synth", "kinesis", "--records", "0"], ["synth", "other"], ["synth"], ["explain", "other"],
    ["explain", "--columns", "nope"], ["explain", "--payload", "int65"], ["synth", "kinesis", "--payload", "int65"],
    [], ["decode"], ["infer"], ["infer", "missing"], ["infer", "."], ["infer", "-", "--sample", "0"],
    ["infer", "-", "--as", "avro"], ["infer", "-", "--source", "s3"],
], ids=" ".join)
def test_wrong_words_are_status_2(shell, words):
    status, out, err = shell(*words)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("lambdarrow")


def test_version(shell):
    assert shell("--version") == (0, f"lambdarrow {lambdarrow.__version__}\n", "")


@pytest.mark.parametrize(("text", "schema"), [
    ("json", "json"), ("utf8", "utf8"), ("list<int64>", "list<int64>"), (' {"a": "utf8"}', {"a": "utf8"}),
    ('["int64"]', ["int64"]), ('"utf8"', "utf8"), ("timestamp[ms, Europe/Berlin]", "timestamp[ms, Europe/Berlin]")])
def test_a_payload_in_words(text, schema):
    assert cli.payload_of(text) == schema


@pytest.mark.parametrize("command", ["convert", "infer"])
def test_a_list_of_a_pipe_has_no_columns(command, tmp_path, capsys):
    path = tmp_path / "pipes.json"
    path.write_text('[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]')
    rest = ["-o", str(tmp_path / "out.parquet")] if command == "convert" else []
    assert cli.main([command, str(path), *rest]) in (1, 2)
    assert "an event of pipes" in capsys.readouterr().err
