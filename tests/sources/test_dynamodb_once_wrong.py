"""What went wrong once in DynamoDB Streams, each by the smallest input that shows it."""

import gzip
import json
import subprocess
import sys

import events
import msgspec
import pytest
from conftest import facts
from events_dynamodb import change, modified, modified_event

import lambdarrow
from lambdarrow import (
    DecodeError,
    _synth,
    cli,
    dynamodb,
    dynamodb_answer,
    dynamodb_export,
    kinesis,
)


def images(*texts):
    """An event of records with these new images."""
    return '{"Records":[' + ",".join(f'{{"dynamodb":{{"NewImage":{text}}}}}' for text in texts) + "]}"


# --- types ------------------------------------------------------------------------------------------


class Order(msgspec.Struct):
    pk: str
    amount: float = 1.5
    currency: str = "EUR"
    lines: list[str] = []


@pytest.mark.parametrize("image", [
    Order, {"pk": "utf8", "amount": {"type": "float64", "default": 1.5}, "currency": {"type": "utf8", "default": "EUR"},
            "lines": {"type": ["utf8"], "default": []}}], ids=["a Struct", "words"])
def test_defaults_of_an_items_fields(image):
    """Decision 29: a default is run through the field's own type; it is no AttributeValue."""
    batch = dynamodb.to_arrow(images('{"pk":{"S":"a"}}', '{"pk":{"S":"b"},"amount":{"N":"2"}}'), image=image)
    assert batch["new_image"].to_pylist() == [
        {"pk": "a", "amount": 1.5, "currency": "EUR", "lines": []},
        {"pk": "b", "amount": 2.0, "currency": "EUR", "lines": []}]


@pytest.mark.parametrize("text", ["1E19", "127130271955159813e2", "12713027195515981300.0", "18446744073709551615.0"])
def test_integers_of_twenty_digits_in_any_spelling(text):
    batch = dynamodb.to_arrow(images(f'{{"n":{{"N":"{text}"}}}}'), image={"n": "uint64"})
    assert batch["new_image.n"].to_pylist() == [int(dynamodb.deserialize({"N": text}))]


# --- types that a batch itself says -----------------------------------------------------------------


def test_a_tag_that_stands_twice_is_two_tags():
    """By every road that sees both."""
    text = '{"w":{"N":"1","N":"2"},"z":{"S":"x"}}'
    for image in (None, "json", {"w": "int64"}, {"w": "json"}):
        (failure,) = dynamodb.to_arrow(images("{}", text), image=image, on_error="collect").failures
        assert (failure.reason, failure.path) == ("invalid_attribute", "$.Records[1].dynamodb.NewImage.w")
    with pytest.raises(DecodeError, match=r"\$\.w"):
        dynamodb.unmarshal(text)


def test_no_attribute_is_lost_behind_one_that_is_read():
    """The record is good, so that nobody would look for what is not there."""
    text, options = '{"\\udc00":{"N":"1"},"z":{"S":"x"}}', {"lone_surrogates": "replace"}
    given = {"z": "utf8"}
    assert dynamodb.to_arrow(images(text), image=given, **options)["new_image.z"].to_pylist() == ["x"]
    batch = dynamodb.to_arrow(images('{"z":{"NULL":true}}', text), on_error="collect", **options)
    assert batch.failures == ()
    assert batch["new_image.z"].to_pylist() == [None, "x"]


def test_a_failed_record_has_no_say_in_types():
    good, bad = '{"n":{"N":"1"}}', '{"n":{"S":"x"},"odd":{"S":"x"},"z":{"N":"bad"}}'
    batch = dynamodb.to_arrow(images(good, bad), on_error="collect")
    assert [failure.index for failure in batch.failures] == [1]
    assert batch["new_image"].to_pylist() == [{"n": 1}]


def test_an_event_that_cannot_be_fed_has_no_say_in_types():
    decoder = dynamodb.Decoder()
    decoder.feed(images('{"n":{"N":"1"}}'))
    with pytest.raises(DecodeError):
        decoder.feed(images('{"n":{"S":"x"},"odd":{"S":"x"}}')[:-1])
    assert decoder.finish()["new_image"].to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("event", [events.event([modified(None, None, keys={"pk": {"S": "a"}})]), b'{"Records":[]}'],
                         ids=["KEYS_ONLY", "no records"])
def test_named_keys_where_there_are_no_images(event):
    """What is asked for is right or wrong whatever a batch holds."""
    batch = dynamodb.to_arrow(event, keys=["pk"])
    assert batch["keys.pk"].to_pylist() == ["a"] * batch.num_rows


def test_columns_of_inferred_items():
    event = images('{"n":{"N":"1"},"m":{"S":"x"}}')
    batch = dynamodb.to_arrow(event, columns=["new_image.n"])
    assert batch["new_image"].to_pylist() == [{"n": 1}]


def test_flattening_an_export_whose_type_nobody_gave():
    batch = dynamodb_export.to_arrow(b'{"Item":{"n":{"N":"1"},"m":{"S":"x"}}}', flatten=True)
    assert batch.to_pylist() == [{"n": 1, "m": "x"}]


@pytest.mark.parametrize("options", [{"payload": {"n": "int64"}}, {"payload": "json"}, {"verify_md5": True}], ids=str)
def test_options_of_other_sources_are_refused(options):
    for use in (lambda: dynamodb.to_arrow(images("{}"), **options), lambda: dynamodb_export.Decoder(**options)):
        with pytest.raises((TypeError, ValueError), match=next(iter(options))):
            use()


def test_a_decoder_that_infers_does_not_promise_a_type():
    """The schema of a decoder is documented as that of its batches."""
    import pyarrow as pa

    decoder = dynamodb.Decoder()
    batch = decoder.to_arrow(events.event([change(b'{"n":1}')]))
    try:
        promised = pa.schema(decoder)
    except (TypeError, ValueError):
        return  # it says that it cannot know
    assert promised == pa.schema(batch.schema)


# --- places -----------------------------------------------------------------------------------------


def test_the_path_of_an_escaped_key():
    with pytest.raises(DecodeError) as caught:
        dynamodb.to_arrow(images(r'{"\u0070k":{"N":"x"}}'), image="json")
    assert caught.value.path == "$.Records[0].dynamodb.NewImage.pk"


def test_the_path_of_text_that_is_no_utf8():
    event = images('{"a":{"S":"x"},"v":{"S":"@"}}').encode().replace(b"@", b"\xff")
    with pytest.raises(DecodeError) as caught:
        dynamodb.to_arrow(event, image="json")
    assert (caught.value.path, caught.value.reason) == ("$.Records[0].dynamodb.NewImage.v", "invalid_utf8")
    assert event.index(b'"v"') < caught.value.offset


def test_the_path_in_a_gzipped_export():
    file = gzip.compress(b'{"Item":{"n":{"N":"x"}}}')
    with pytest.raises(DecodeError) as caught:
        dynamodb_export.to_arrow(file, image={"n": "int64"})
    (failure,) = dynamodb_export.to_arrow(file, image={"n": "int64"}, on_error="collect").failures
    assert facts(failure) == facts(caught.value)


def test_a_damaged_export_is_not_told_to_be_wrapped_in_gzip():
    for file, options in ((gzip.compress(b"{}")[:-4], {}), (gzip.compress(b" " * 99), {"limits": {"max_inflated": 9}})):
        with pytest.raises(DecodeError) as caught:
            dynamodb_export.to_arrow(file, image="json", **options)
        assert "schema.gzip" not in str(caught.value)


# --- what changed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("old, new", [
    ('{"SS":["a","a"]}', '{"SS":["a"]}'), ('{"NS":["1","1.0","2"]}', '{"NS":["2","1"]}'),
    ('{"M":{"x":{"N":"1"},"x":{"N":"2"}}}', '{"M":{"x":{"N":"2"}}}'),
], ids=["a member twice", "a number twice", "a name twice"])
def test_sets_and_maps_are_compared_as_what_is_in_them(old, new):
    """As unmarshal reads them, and as the names of an item are."""
    assert dynamodb.deserialize(old) == dynamodb.deserialize(new)
    event = f'{{"Records":[{{"dynamodb":{{"OldImage":{{"v":{old}}},"NewImage":{{"v":{new}}}}}}}]}}'
    assert dynamodb.to_arrow(event, image="json", columns=["changed"])["changed"].to_pylist() == [[]]


@pytest.mark.parametrize("old, new", [
    ({"N": "x"}, {"N": "1"}), ({"N": "1"}, {"N": "x"}),
    ({"M": {"a": {"L": [{"N": "1"}]}}}, {"M": {"a": {"L": [{"N": "x"}]}}}),
])
def test_what_cannot_be_compared_has_changed(old, new):
    """If its bytes did: whether it is an attribute, the image's own type says."""
    batch = dynamodb.to_arrow(modified_event(({"v": old}, {"v": new}), ({"v": old}, {"v": old})), columns=["changed"])
    assert batch["changed"].to_pylist() == [["v"], []]


@pytest.mark.parametrize("mode", ["raise", "collect", "stop"])
def test_the_view_has_the_rows_of_its_batch_whatever_nobody_asked_for(mode):
    """An attribute that is no field of the type, of which only the comparison would know that it is wrong."""
    bad = ({"n": {"N": "1"}, "x": {"N": "bad"}}, {"n": {"N": "2"}, "x": {"N": "worse"}})
    good = ({"n": {"N": "1"}}, {"n": {"N": "2"}})
    batch = dynamodb.to_arrow(modified_event(good, bad, good), image={"n": "int64"}, on_error=mode)
    assert batch.record_index.to_pylist() == [0, 1, 2] and batch.failures == ()
    view = batch.changes()
    assert view.record_index.to_pylist() == [0, 1, 2]
    assert view["op"].to_pylist() == ["modify"] * 3


def test_images_that_another_thread_writes_while_they_are_compared():
    """The colon behind a name comes and goes: an error, or a verdict, and no crash."""
    code = """
import threading, lambdarrow
image = b'{"k":{"S":"' + b"x" * 4_000_000 + b'"}}'
event = bytearray(b'{"Records":[{"dynamodb":{"NewImage":' + image + b',"OldImage":{"k":{"S":"y"}}}}]}')
colon = event.index(b'"k":') + 3
done = threading.Event()

def write():
    while not done.is_set():
        for _ in range(100):
            event[colon] = 33
            event[colon] = 58

decoder = lambdarrow.dynamodb.Decoder(image="json", columns=["changed"], on_error="collect")
writer = threading.Thread(target=write)
writer.start()
try:
    for _ in range(200):
        try:
            decoder.to_arrow(event)
        except lambdarrow.DecodeError:
            pass
finally:
    done.set()
    writer.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# --- answers and records ----------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [{}, {"ConsumedCapacity": {"TableName": "t"}}], ids=str)
def test_an_answer_of_get_item_without_an_item_has_no_row(answer):
    for options in ({}, {"image": {"pk": "utf8"}}):
        batch = dynamodb_answer.to_arrow(answer, **options)
        assert batch.to_pylist() == [] and batch.metadata == answer


def test_answers_of_get_item_that_are_fed():
    for options in ({}, {"image": {"pk": "utf8"}}):
        decoder = dynamodb_answer.Decoder(**options)
        assert [decoder.feed({"Item": {"pk": {"S": text}}}) for text in "ab"] == [1, 2]
        assert decoder.finish()["item.pk"].to_pylist() == ["a", "b"]


def test_a_schema_from_an_answer_of_get_item():
    assert lambdarrow.infer_schema({"Item": {"n": {"N": "1"}}}, source="dynamodb_answer").spec == {"n": "int64"}


@pytest.mark.parametrize("policy", ["null", "rescue"])
def test_records_in_a_stream_whose_values_do_not_fit(policy):
    load = {"dynamodb": {"NewImage": {"n": {"S": "x"}, "pk": {"S": "a"}}}}
    word = dynamodb.record(image={"n": "int64", "pk": "utf8"})
    batch = kinesis.to_arrow(events.event_of(load), payload=word, on_mismatch=policy)
    assert batch["data.new_image"].to_pylist() == [{"n": None, "pk": "a"}]


# --- schemas and made-up events ---------------------------------------------------------------------


def test_what_infer_leaves_out_is_counted(tmp_path, capsys):
    lines = b'{"Item":{"n":{"N":"1"}}}\n{"Item":\n{"Item":{"n":{"N":"x"}}}\n'
    found = lambdarrow.infer_schema(lines, source="dynamodb_export")
    assert (found.spec, found.sampled, found.skipped) == ({"n": "int64"}, 1, 2)
    (tmp_path / "in").write_bytes(lines)
    assert cli.main(["infer", str(tmp_path / "in"), "--source", "dynamodb_export"]) == 1
    assert "left out" in capsys.readouterr().err


def test_no_more_items_are_looked_at_than_the_sample():
    event = images('{"n":{"N":"1"}}', '{"n":{"N":"2"}}', '{"n":{"S":"x"}}')
    found = lambdarrow.infer_schema(event, source="dynamodb", sample=2)
    assert (found.spec, found.sampled) == ({"n": "int64"}, 2)


def test_records_without_an_image_are_nothing_to_infer_from():
    with pytest.raises(ValueError, match="no payload"):
        lambdarrow.infer_schema('{"Records":[{"dynamodb":{"Keys":{"pk":{"S":"a"}}}}]}', source="dynamodb")


def test_items_and_payloads_have_no_schema_in_common():
    """Other events that are mixed are read by what both have; here one would be dropped without a word."""
    with pytest.raises(ValueError):
        lambdarrow.infer_schema([_synth.kinesis(2), _synth.dynamodb(2)])


def test_a_struct_of_an_item_with_binary_reads_the_item():
    item = {"pk": {"S": "a"}, "raw": {"B": "AP8="}, "tags": {"SS": ["x"]}}
    names = {}
    exec(lambdarrow.infer_schema(events.event([modified(None, item)])).to_struct_source(), names)
    order = dynamodb.unmarshal(item, type=names["Payload"])
    assert (order.pk, order.raw, list(order.tags)) == ("a", b"\0\xff", ["x"])


@pytest.mark.parametrize("payload", [
    {"pk": "int64"}, {"sk": "binary"}, {"version": "utf8"}, {"v": "decimal256(50, 0)"}], ids=str)
def test_made_up_items_fit_their_type_whatever_it_is_called(payload):
    event = _synth.dynamodb(100, payload=payload)
    assert dynamodb.to_arrow(event, image=payload).num_rows == 100
    for record in json.loads(event)["Records"]:
        for name in record["dynamodb"].keys() & {"Keys", "NewImage", "OldImage"}:
            dynamodb.unmarshal(record["dynamodb"][name])
