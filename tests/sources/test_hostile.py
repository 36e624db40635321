"""Whatever the bytes are: a table or a DecodeError, and no read past their end."""

import base64
import ctypes
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import oracle
import pytest
from conftest import SOURCES, assert_expected, of
from hostile import LOAD, SPEC, decoders, result, rich, validated

import lambdarrow

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
# Of each source.
MUTATIONS = int(os.environ.get("LAMBDARROW_MUTATIONS", 100_000 if THOROUGH else 10_000))
SEED = int(os.environ.get("LAMBDARROW_SEED", 20_240_229))

# --- the memory around the input --------------------------------------------------------------------


@pytest.mark.parametrize("alignment", range(64))
def test_inputs_at_every_alignment_before_a_guard_page(source, guarded, alignment):
    whole = rich(source)
    for decoder in decoders(source):
        expected = decoder.to_arrow(whole).to_pylist()
        assert len(expected) == 2
        # Blanks at the end move the event itself to each distance from the page.
        for event in (whole, whole + b" " * alignment):
            for place in (None, alignment):
                assert decoder.to_arrow(guarded(event, place)).to_pylist() == expected


def test_the_event_has_everything(source):
    """What has no value anywhere is not tested here."""
    batch = source.to_arrow(rich(source))
    missing = [name for name in source.columns if all(value is None for value in batch[name])]
    assert missing == []


@pytest.mark.parametrize("place, dies", [("length - 1", False), ("length", True)])
def test_a_read_past_the_guarded_input_is_fatal(place, dies):
    code = f"""
import ctypes, sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
import conftest
length = 1000
view = conftest.Guarded()(b"x" * length)
ctypes.string_at(ctypes.addressof(ctypes.c_char.from_buffer(view)) + {place}, 1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == (-signal.SIGSEGV if dies else 0), done.stderr


def test_the_guard_is_as_near_as_it_says(guarded):
    event = b"x" * 1000
    for alignment in (None, 0, 1, 63):
        view = guarded(event, alignment)
        start = ctypes.addressof(ctypes.c_char.from_buffer(view))
        assert bytes(view) == event
        past = guarded.base + guarded.page + guarded.room - (start + len(event))
        if alignment == 0:
            assert start == guarded.base + guarded.page
        else:
            assert past == 0 if alignment is None else (past < 64 and start % 64 == alignment)


WAYS = [(source, decoder) for source in SOURCES for decoder in decoders(source)[:6]]


@pytest.mark.parametrize("source, decoder", WAYS, ids=[repr(decoder) for _, decoder in WAYS])
def test_every_prefix(guarded, source, decoder):
    event = rich(source)
    for end in range(len(event)):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decoder.to_arrow(guarded(event[:end]))
        assert caught.value.offset <= end
    assert decoder.to_arrow(guarded(event)).num_rows == 2


@pytest.mark.parametrize("mode", ["raise", "collect", "stop", "null"])
def test_every_prefix_of_what_is_compressed(guarded, layered, mode):
    body = layered.body(rich(layered))
    decoder = layered.decoder(payload=SPEC, on_error=mode)
    for end in range(len(body)):
        event = layered.text_event(body[:end])
        with pytest.raises(lambdarrow.DecodeError) as caught:
            decoder.to_arrow(guarded(event))
        assert caught.value.path.startswith(layered.path) and caught.value.inner_offset <= end
    assert decoder.to_arrow(guarded(layered.text_event(body))).num_rows == 2


def test_every_prefix_of_a_payload(carrier, guarded):
    for end in range(len(LOAD)):
        for payload in (SPEC, "json", {"none of these": "utf8"}):
            event = carrier.event_of(LOAD[:end])
            batch = carrier.to_arrow(guarded(event), payload=payload, on_error="collect")
            assert batch.num_rows == 0 and len(batch.failures) == 1, LOAD[:end]
            assert (batch.failures[0].inner_offset or 0) <= end


# Where base64 stands, and how its bytes are found in a batch.
BASE64 = {
    "kinesis": (("kinesis", "data"), lambda batch: batch["data"].to_pylist()),
    "sqs": (
        ("messageAttributes", "a", "binaryValue"),
        lambda batch: [row["a"]["binary_value"] for row in batch["message_attributes"]],
    ),
    "firehose": (("data",), lambda batch: batch["data"].to_pylist()),
    "dynamodb": (
        ("dynamodb", "NewImage", "v", "B"),
        lambda batch: [base64.b64decode(json.loads(text)["v"]) for text in batch["new_image"]],
    ),
}


@of([source for source in SOURCES if source.name in BASE64])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 1000])
def test_base64_with_one_wrong_byte_at_each_place(source, guarded, size):
    raw = bytes(at * 37 % 256 for at in range(size))
    path, found = BASE64[source.name]
    event = source.with_text(path, b'"' + base64.b64encode(raw) + b'"', payload=b"{}")
    decoder = source.decoder(on_error="collect")
    assert found(decoder.to_arrow(guarded(event))) == [raw]
    opening = f'"{path[-1]}":"'.encode()
    start = event.index(opening) + len(opening)
    end = event.index(b'"', start)
    places = range(start, end) if size < 100 else [*range(start, start + 70), *range(end - 70, end)]
    for place in places:
        for wrong in b"-_ .,@[`{\x7f\xff":
            batch = result(decoder, guarded(event[:place] + bytes([wrong]) + event[place + 1 :]))
            assert batch is None or batch.num_rows == 0, (place, wrong)
        shorter = result(decoder, guarded(event[:place] + event[place + 1 :]))
        assert shorter is None or shorter.num_rows == 0, place


# --- mutations --------------------------------------------------------------------------------------

TOKENS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"1e999",
    b'"Records":[', b"-0", b"\\ud800", b"\\u0000", b"\0", b"\xff", b"\xc3",
    b"\xf0\x9f\x98\x80", b"====", b"AAAA", b"{}", b"[]", b"  ", b"\n", b"9" * 40,
    b'"' + b"x" * 70 + b'"', b'\\"', b"/", b"]}",
]
VALUES = [b"null", b"1.5", b'"x"', b"[]", b"{}", b"false", b'"QUJD"', b"1480641523.4771"]
OWN_TOKENS = {
    "kinesis": [b'"kinesis":', b'"data":', b'"eventID":"x",', b'"sequenceNumber":"7",', b'"kinesis":{},'],
    "firehose": [
        b'"data":', b'"kinesisRecordMetadata":', b'"recordId":"7",', b'"region":"x",', b'"records":[],',
        b'"shardId":5,', b"84mawg",
    ],
    "logs": [
        b'"logEvents":', b'"message":', b'"id":"7",', b'"messageType":"CONTROL_MESSAGE",', b'"messageType":null,',
        b'"extractedFields":{"a":"b","a":null},', b'"subscriptionFilters":["x"],', b'\\\\"', b"\\\\\\\\",
    ],
    "sqs": [
        b'"attributes":', b'"body":', b'"messageId":"7",', b'"messageAttributes":{},', b'"a":{"binaryValue":"QQ=="},',
        b'"SentTimestamp":"1",', b'"-1"', b'\\\\"', b"\\\\\\\\", b"\\\\u00e9", b'"eventSourceARN":"a:b.fifo",',
        b'"MessageGroupId":"1",',
    ],
    "dynamodb": [
        b'"dynamodb":', b'"NewImage":', b'"OldImage":{},', b'"SequenceNumber":"7",', b'"S":', b'"N":"1"',
        b'{"N":"1.0"}', b'"NS":["1",".5"]', b'"BOOL":true', b'{"NULL":true}', b'"M":{', b'"L":[', b'"B":"QQ=="',
        b'"id":', b'"E+12',
        b'"ApproximateCreationDateTime":1.5,',
    ],
}
SMALL = {
    "kinesis": b'{"Records":[{"kinesis":{"data":"QQ=="},"eventID":"a"}]}',
    "sqs": b'{"Records":[{"body":"\\"","messageId":"a","attributes":{"SentTimestamp":"7"}}]}',
    "firehose": b'{"region":"r","records":[{"recordId":"a","data":"QQ=="}]}',
    "logs": b'{"messageType":"DATA_MESSAGE","logEvents":[{"id":"a","message":"\\"","timestamp":7}]}',
    "dynamodb": b'{"Records":[{"dynamodb":{"NewImage":{"id":{"N":"1"}},"OldImage":{"a":{"L":[]}}},"eventID":"a"}]}',
}
STRINGS = [b'"%s"' % text for text in b"S N B SS NS L M id tags raw \\u0053 1 -2.50 1E2 .5 QQ==".split() + [b""]]
PIECE = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+.\w]+|.', re.S)


class Mutator:
    """Texts that records stand in to start from, and what is put into them."""

    def __init__(self, source, rng):
        self.source = source
        self.rng = rng
        self.tokens = TOKENS + OWN_TOKENS[source.name]
        events = [rich(source), source.event_of(LOAD, b"{", LOAD), source.text_event('{"Records":[]}')]
        self.bases = [*map(source.body, events), SMALL[source.name]]

    def __call__(self):
        """An event with one to four edits, in the payload or around it; of compressed text before or after."""
        body = self.rng.choice(self.bases)
        if self.rng.randrange(4) == 0:
            if self.source.carries == "item":
                return self.respelt(body)
            return self.source.event_of(b"{}", self.edited(LOAD))
        if self.source.is_layered and self.rng.randrange(4) == 0:
            return self.edited(self.source.text_event(body))
        return self.source.text_event(self.edited(body))

    def respelt(self, base):
        """One or two strings are others: a tag, a number, a key; it is JSON all the same."""
        pieces = PIECE.findall(base)
        places = [at for at, piece in enumerate(pieces) if piece[:1] == b'"']
        for _ in range(self.rng.choice((1, 2))):
            if places:
                pieces[self.rng.choice(places)] = self.rng.choice(STRINGS)
        return b"".join(pieces)

    def edited(self, base):
        """One to four edits: of bytes, or of the pieces of JSON."""
        rng = self.rng
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            edit = rng.randrange(7)
            at = rng.randrange(len(base) + 1)
            if edit == 0:
                base = base[:at] + bytes([rng.randrange(256)]) + base[at + 1 :]
            elif edit == 1:
                base = base[:at] + rng.choice(self.tokens) + base[at + rng.choice((0, 0, 1, 4)) :]
            elif edit == 2:
                base = base[:at] + base[at + rng.randrange(1, 40) :]
            elif edit == 3:
                other = rng.choice(self.bases)
                base = base[:at] + other[rng.randrange(len(other)) :]
            else:
                pieces = PIECE.findall(base) or [b""]
                one, two = rng.randrange(len(pieces)), rng.randrange(len(pieces))
                if edit == 4:
                    pieces[one], pieces[two] = pieces[two], pieces[one]
                elif edit == 5:
                    pieces[one] = rng.choice(VALUES)
                else:
                    del pieces[one : one + rng.randrange(1, 6)]
                base = b"".join(pieces)
        return base


def test_mutations_give_a_table_or_a_decode_error(source, guarded, check):
    rng = random.Random(SEED)
    mutant = Mutator(source, rng)
    tables = errors = 0
    for number in range(MUTATIONS):
        event = mutant()
        decoder = rng.choice(decoders(source))
        note = f"LAMBDARROW_SEED={SEED}, mutation {number}: {event!r} by {decoder!r}"
        try:
            batch = result(decoder, guarded(event))
            if batch is None:
                errors += 1
                continue
            tables += 1
            assert batch.response()["batchItemFailures"] is not None
            if number % 50:
                validated(batch)
            else:
                check(batch)
        except Exception as error:
            raise AssertionError(note) from error
    assert tables > MUTATIONS // 20 and errors > MUTATIONS // 20


def test_mutations_get_the_oracles_verdict(source):
    rng = random.Random(SEED + 1)
    mutant = Mutator(source, rng)
    tables = failed = errors = 0
    for number in range(MUTATIONS // 10):
        event = mutant()
        try:
            event.decode()
            source.body(event).decode()
        except UnicodeDecodeError:
            continue  # what of it is skipped is not the oracle's to judge
        except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error):
            pass  # what should hold the records does not
        payload = rng.choice([None, {"id": "int64", "tags": ["utf8"], "raw": "json"}])
        options = {"payload": payload, "on_error": rng.choice(["raise", "raise", "collect", "stop", "null"])}
        note = f"LAMBDARROW_SEED={SEED}, mutation {number}: {event!r}, {options}"
        try:
            expected = source.expected(event, **options)
        except (oracle.NotJSON, oracle.Refused):
            errors += 1
            assert result(source.decoder(**options), event) is None, note
            continue
        tables += 1
        failed += bool(expected.failures)
        batch = result(source.decoder(**options), event)
        assert batch is not None, note
        try:
            assert_expected(batch, expected, validated)
        except AssertionError as error:
            raise AssertionError(note) from error
    assert min(tables, failed, errors) > MUTATIONS // 200


def test_a_buffer_that_another_thread_writes(source):
    """Decision 26: what was checked is what was copied, so the output is valid whatever it says."""
    records = [source.record(b"x" * 50, number, text="\u00e9" * 40) for number in range(300)]
    event = bytearray(source.event(records))
    original, done = bytes(event), threading.Event()

    def scribble():
        rng = random.Random(SEED)
        while not done.is_set():
            for _ in range(64):
                place = rng.randrange(len(event))
                event[place] = rng.choice(b'\xff"\\{}[]0')
                event[place] = original[place]
            # The decoder may have the GIL when it asks for it, and a byte that stays wrong for so long.
            event[place] = rng.choice(b'\xff"\\{}[]0')
            time.sleep(0)
            event[place] = original[place]

    decoder = source.decoder(on_error="collect")
    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        tables = broken = 0
        for _ in range(300):
            batch = result(decoder, event)
            broken += batch is None or batch.failures != ()
            if batch is not None:
                tables += 1
                validated(batch)
    finally:
        done.set()
        writer.join()
    # What is compressed may be broken each time.
    assert broken and (tables or source.is_layered)
