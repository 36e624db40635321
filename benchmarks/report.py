"""The benchmarks' results as Markdown: a table a job, each contender beside us, and the bars we set.

    python benchmarks/report.py RESULTS.json

RESULTS.json is what ``pytest benchmarks --benchmark-json=RESULTS.json`` wrote.
"""

import json
import sys

# https://aws.amazon.com/lambda/pricing/ : x86, us-east-1, first tier; the price of requests is not in it.
DOLLARS_PER_GB_SECOND = 0.0000166667
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html : one vCPU at 1,769 MB.
GB_OF_ONE_VCPU = 1769 / 1024

OURS = "lambdarrow"

IMAGES = "dynamodb: 2,000 records, both images as Python objects"
ITEM = "dynamodb: one item of 13 attributes and 11 numbers"

LOGS = "logs: 50,000 log events, all columns"
PACKED_50 = "kinesis: 1,000 packed records of fifty users of 50 bytes"
PACKED_200 = "kinesis: 400 packed records of fifty users of 200 bytes"

# (what the job begins with, the contender, how many times our time its time should at least be). Of work that is a part
# of ours, less than once: 0.59 says that we take at most 1.7 times as long.
BARS = (
    ("kinesis: 8,000 records, all columns", "json.loads + Powertools data classes", 30),
    ("kinesis: 8,000 records, all columns", "msgspec typed envelope → pa.table of 6 columns", 6),
    ("kinesis: 8,000 records, all columns", "C++ simdjson On-Demand, documented", 2),
    ("kinesis: 8,000 records, all columns", "C++ simdjson On-Demand, tuned", 2),
    ("kinesis: 8,000 records, payload typed", "msgspec envelope + pyarrow.json, with 5 envelope columns", 6),
    ("kinesis: 8,000 records, payload typed", "msgspec envelope + pyarrow.json, payload columns only", 6),
    ("sqs: 6,000 messages, all columns", "json.loads + Powertools data classes", 25),
    ("sqs: 6,000 messages, all columns", "orjson + orjson body, rows of dicts", 10),
    ("sqs: 6,000 messages, all columns", "C++ simdjson On-Demand, documented", 1.5),
    ("sqs: 6,000 messages, all columns", "C++ simdjson On-Demand, tuned", 1.5),
    ("sqs: 6,000 messages, body typed", "orjson + orjson body → pa.Table.from_pylist, with 5 envelope columns", 7),
    ("dynamodb: 2,000 records, 14 columns, images typed", "orjson + TypeDeserializer, rows of dicts", 60),
    ("dynamodb: 2,000 records, 14 columns, images typed", "C++ simdjson On-Demand, documented", 1.5),
    ("dynamodb: 2,000 records, 14 columns, images typed", "C++ simdjson On-Demand, tuned", 1.5),
    ("dynamodb: 2,000 records, 14 columns, image types inferred", "orjson + TypeDeserializer, rows of dicts", 25),
    (f"{IMAGES}, numbers Decimal", "orjson + TypeDeserializer, both images", 10),
    (f"{IMAGES}, numbers int and float", "orjson + TypeDeserializer, both images", 15),
    (f"{ITEM}, a dict, numbers Decimal", "TypeDeserializer", 5),
    (f"{ITEM}, a dict, numbers int and float", "TypeDeserializer", 8),
    (LOGS, "json.loads + Powertools parse_logs_data", 8),
    (LOGS, "json.loads + Powertools data classes", 8),
    (LOGS, "orjson + pybase64 + isal + orjson → pa.Table.from_pylist of 3 columns", 4),
    (LOGS, "orjson + pybase64 + isal + orjson → pa.Table.from_pylist of 8 columns", 4),
    (LOGS, "libdeflate's inflate alone", 0.59),
    (PACKED_50, "json.loads + aws-kinesis-agg", 20),
    (PACKED_50, "json.loads + aws-kinesis-agg alone", 20),
    (PACKED_200, "MD5 alone", 0.5),
    ("structs: sqs, 1,000 messages, bodies as text", "msgspec alone, the same Struct", 0.87),
    ("structs: sqs, 1,000 messages, bodies as text", "json.loads + Powertools data classes", 5),
    ("structs: sqs, 1,000 messages, bodies as text", "json.loads + Powertools' pydantic models", 8),
    ("structs: sqs, 1,000 messages, bodies typed", "msgspec by hand", 0.87),
    ("structs: kinesis, 1,000 records, data as bytes", "msgspec alone, the same Struct", 0.87),
    ("structs: kinesis, 1,000 records, data as bytes", "json.loads + Powertools data classes", 5),
    ("structs: kinesis, 1,000 records, data as bytes", "json.loads + Powertools' pydantic models", 8),
    ("structs: kinesis, 1,000 records, data typed", "msgspec by hand", 0.87),
    ("kinesis: 10 records, all columns", "msgspec typed decode, 13 fields", 1),
    ("kinesis: 100 records, all columns", "msgspec typed decode, 13 fields", 2),
)


def jobs_of(results):
    """{job: its rows}, the biggest event first; what timed itself or was skipped ends its job."""
    jobs = {}
    for one in results["benchmarks"]:
        row = {**one["extra_info"], "median": one["stats"]["median"], "best": one["stats"]["min"]}
        jobs.setdefault(one["group"], []).append(row)
    for row in results["foreign"]:
        jobs.setdefault(row["group"], []).append(row)
    biggest_first = sorted(jobs, key=lambda job: -max(row.get("records", 0) for row in jobs[job]))
    return {job: jobs[job] for job in biggest_first}


def our_row(rows):
    """The row that the others are compared with; None where our own benchmark did not run."""
    return next((row for row in rows if row["label"] == OURS and "median" in row), None)


def table(rows):
    """The rows of one job as the lines of a Markdown table."""
    ours = our_row(rows)
    yield "| contender | median ms | best ms | ns/record | GB/s | / ours | $ per million batches |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        if "skipped" in row:
            yield f"| {row['label']} | skipped: {row['skipped']} | | | | | |"
            continue
        seconds = row["median"]
        dollars = seconds * GB_OF_ONE_VCPU * DOLLARS_PER_GB_SECOND * 1e6
        cells = (
            f"{seconds * 1e3:.4g}",
            f"{row['best'] * 1e3:.4g}",
            f"{seconds * 1e9 / row['records']:,.0f}",
            f"{row['bytes'] / seconds / 1e9:.2f}",
            bold_if_lost(row, ours),
            f"{dollars:.3g}",
        )
        yield f"| {row['label']} | " + " | ".join(cells) + " |"


def bold_if_lost(row, ours):
    """Its median in ours; a row that we lose is not to be overlooked."""
    if ours is None:
        return "-"
    times = row["median"] / ours["median"]
    return f"{times:.2f}×" if times >= 1 else f"**{times:.2f}×**"


def bars(jobs):
    """Each bar against each contender that it is about."""
    yield "| job | against | wanted | medians | bests | |"
    yield "|---|---|--:|--:|--:|---|"
    for job, contender, wanted in BARS:
        found = [
            (group, row, our_row(rows))
            for group, rows in jobs.items()
            for row in rows
            if group.startswith(job) and row["label"] == contender
        ]
        if not found:
            yield f"| {job} | {contender} | {wanted}× | not run | | |"
        for group, row, ours in found:
            said = f"| {group} | {row['label']} | {wanted}×"
            if "skipped" in row or ours is None:
                yield f"{said} | skipped: {row.get('skipped', 'ours did not run')} | | |"
                continue
            times = row["median"] / ours["median"]
            verdict = "met" if times >= wanted else "**missed**"
            yield f"{said} | {times:.2f}× | {row['best'] / ours['best']:.2f}× | {verdict} |"


def report(results):
    """All lines of the report."""
    jobs = jobs_of(results)
    if not jobs:
        raise SystemExit("no benchmark in this file")
    machine = results["machine_info"]
    cpu = machine.get("cpu", {}).get("brand_raw", machine.get("processor"))
    yield f"{cpu}, {machine['python_implementation']} {machine['python_version']}, one core."
    yield "*/ ours*: its median in ours; bold is a row that we lose. Where the ratio of the bests tells"
    yield "another story than that of the medians, the machine was busy, and the run is worth repeating."
    for group, rows in jobs.items():
        yield from ("", f"### {group}", "")
        yield from table(rows)
    yield from ("", "### Bars", "")
    yield from bars(jobs)
    yield from ("", "### Loops", "")
    # Once each: a contender may stand in several jobs, and ours has a loop for each job.
    for label, loop in dict.fromkeys((row["label"], row["loop"]) for rows in jobs.values() for row in rows):
        yield f"- *{label}*: {loop}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join(report(json.load(file))))
