"""What docs/events.md says of each trigger is so, and its links lead somewhere."""

import json
import re
from pathlib import Path

import pytest

import lambdarrow
from lambdarrow import events, testing
from lambdarrow._detect import SOURCES

DOCS = Path(__file__).parents[2] / "docs"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
TABLE = (DOCS / "events.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in TABLE.splitlines()
        if line.startswith("| ") and "`detect`" not in line]
NAMES = [re.search(r"`(\w+)`", row[2])[1] for row in ROWS]


def links(text):
    return re.findall(r"\]\(([^)#]+)", text)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    found = links(page.read_text())
    assert found
    for link in found:
        assert link.startswith("https://") or (DOCS / link).exists(), link


def test_every_source_has_a_row():
    assert sorted(NAMES) == sorted(SOURCES)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_what_a_row_says(row):
    _, struct, detected, columns, answer, samples = row
    (name,) = re.findall(r"`(\w+)`", detected)
    (kind,) = re.findall(r"`(\w+)`", struct)
    event = testing.event(name)
    assert lambdarrow.detect(event) == name
    decoded = lambdarrow.decode(event)
    assert isinstance(decoded, getattr(events, kind))
    assert ("(T)" in struct) == bool(getattr(getattr(events, kind), "__parameters__", ()))
    assert lambdarrow.to_arrow(event).num_rows >= 1
    assert len(links(" ".join(row))) == (4 if answer != "–" else 3)
    for said in re.findall(r"`(\w+Response)`", answer):
        assert getattr(events, said)
    if "batchItemFailures" in answer:
        assert lambdarrow.batch(lambda record: None)(event) == {"batchItemFailures": []}
    if SAMPLES.is_dir():
        assert int(samples) == len([one for one in SAMPLES.glob("*.json") if said_by(one) == name])


def said_by(path):
    try:
        return lambdarrow.detect(json.loads(path.read_text()))
    except ValueError:
        return None


def test_the_handler_of_the_migration_page(monkeypatch):
    before, after = re.findall(r"```python\n(.*?)```", (DOCS / "migration.md").read_text(), re.S)
    booked = []
    event = testing.event("sqs", bodies=[{"id": 1, "total": 2.5}, {"id": 2}])
    for text in (before, after):
        names = {"book": lambda *what: booked.append(what)}
        exec(compile(text, "migration.md", "exec"), names)
        answer = names["handler"](event, None)
        assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}]}
    assert booked == [(1, 2.5)] * 2
