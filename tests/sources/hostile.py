"""What tests of hostile input share: an event that has everything, many ways of decoding it, and what may come out."""

import functools

import pyarrow as pa

import examples
import lambdarrow

SPEC = {
    "id": "int64",
    "price": "decimal128(12, 2)",
    "at": "timestamp[ms, UTC]",
    "ok": "bool",
    "geo": {"lat": "float64", "name": "utf8"},
    "tags": ["dictionary<utf8>"],
    "attrs": "map<utf8, float32>",
    "raw": "json",
    "bin": "binary",
}
LOAD = (
    '{"id":-12,"price":"1.50","at":"2024-01-02T03:04:05.678+05:30","ok":true,"geo":{"lat":1.5e-7,"name":"caf\u00e9'
    '\\ud83d\\ude00"},"tags":["a",null,"\\n"],"attrs":{"x":0.1,"y":-0},"raw":[{"q":[]}, 1e5],"bin":"AP8=",'
    '"z":{"y":[1]}}'
).encode()


def rich(source):
    """An event in which every column has a value somewhere, with escapes and unknown keys."""
    return examples.everything(source, LOAD, b"{}")


# Beside the ways that every source has.
OWN_OPTIONS = {
    "kinesis": [],
    "sqs": [{"verify_md5": True}, {"verify_md5": True, "payload": SPEC, "on_error": "stop"}],
    "firehose": [{"deaggregate": False}],
    "logs": [
        {"payload": SPEC, "on_miss": "keep", "on_error": "null"},
        {"payload": SPEC, "on_miss": "null", "on_mismatch": "rescue", "on_error": "collect"},
    ],
    "dynamodb": [
        {"columns": ["op", "changed", "table_name"], "on_error": "collect"},
        {"payload": SPEC, "strict": True, "on_error": "null", "columns": ["changed", "new_image", "keys", "op"]},
        {"payload": lambdarrow.by_key("id", {"a": {"price": "utf8"}}, other="map<utf8, json>"), "on_error": "stop"},
    ],
}


@functools.cache
def decoders(source):
    """Decoders in every mode, of all columns and of few."""
    shapes = [(None, None), (SPEC, None), ("json", [source.payload]), (SPEC, [f"{source.payload}.geo", source.text])]
    options = [
        {"payload": payload, "on_error": mode, "columns": columns}
        for mode in ("raise", "collect", "stop", "null")
        for payload, columns in shapes
    ]
    made = [source.decoder(**one) for one in options + OWN_OPTIONS[source.name]]
    # Without a type of its items a decoder of DynamoDB looks at each batch before it decodes it.
    return made if source.carries == "bytes" else [*made, source.public.Decoder(on_error="collect")]


def result(decoder, event):
    """The batch, or None for a DecodeError; anything else is the test's failure."""
    try:
        return decoder.to_arrow(event)
    except lambdarrow.DecodeError as error:
        assert 0 <= error.offset <= len(event)
        assert error.reason in str(lambdarrow._core.REASONS) and error.path.startswith("$")
        return None


def validated(batch):
    ours = pa.record_batch(batch)
    ours.validate(full=True)
    return ours
