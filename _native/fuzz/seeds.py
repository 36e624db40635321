"""Writes the first inputs of every target into a corpus: what is worth starting from."""

import json
import sys
from base64 import b64encode
from pathlib import Path

from plans import EVERY, cases  # first: makes lambdarrow importable without its native module

from lambdarrow import _synth, kinesis  # isort: skip
from lambdarrow._grammar import to_word  # isort: skip

DIVIDER = b"\x1e"

CLICKS = _synth.kinesis(3, seed=1)
INNER = {"a": 1, "b": "b", "c": ["c", "\u00e9"]}
EXTREMES = {
    "i8": -128, "i16": 32767, "i32": -(2**31), "i64": -(2**63), "u8": 255, "u16": 65535, "u32": 2**32 - 1,
    "u64": 2**64 - 1, "f32": 3.4e38, "f64": 1.7976931348623157e308, "bool": False, "utf8": "\U0001f381 \u0000 x" * 9,
    "large": "", "view": "twelve chars", "bin": "AAECAw==", "lbin": "", "date": "9999-12-31",
    "json": {"a": [1, {"b": None}]}, "uuid": "01234567-89ab-cdef-0123-456789ABCDEF", "ts": "1970-01-01T00:00:00Z",
    "tms": "2024-02-29T23:59:59.999+01:30", "tus": "0001-01-01 00:00:00.000001", "tns": "1677-09-21T00:12:43.145224193Z",
    "tassume": "2020-01-01T00:00", "es": 1480641523.477, "ems": 1, "ens": 10**18, "d12": "9999999999.99",
    "d38": 10**38 - 1, "d76": "-" + "9" * 38 + "." + "9" * 38, "dict": "repeats", "choice": "bl\u00fc", "few": 300,
    "list": [0, None, -1], "lists": [["a"], [], None, ["\u00e9", None]], "structs": [INNER, {}, None, {"b": None}],
    "dicts": ["x", "y", "x"], "map": {"": 1, "\u00e9": None}, "texts": {f"k{n}": "v" * n for n in range(20)},
    "maps": [{"a": ["b"]}, {}], "deep": {"a": {"b": {"x": "1.125", "y": [True, None]}}},
    "geo": {"lat": 1.5, "lon": -0.0, "more": INNER}, "must": {"n": 1, "m": ""}, 'quo"te': 1, "on\u00e9\nwire": "r",
    "": 7, "a_key_that_is_longer_than_thirty_two_bytes": True, "unknown": [[[[{}]]]],
}
TWICE = (b'{"texts":{"a":"1","b":"2","\\u0061":"longer than before","b":"3"},"i8":1,"i8":2,"lists":[["x"]],"lists":[[]],'
         b'"structs":[{},{"c":["q"],"c":null}],"structs":[{"a":3,"a":4}],"geo":{"lat":1},"geo":null,'
         b'"deep":{"k":{"l":{"x":1},"l":{"y":[true]}},"k":{"m":{"x":2.5}}}}')
ITEM = {
    "pk": {"S": "ORDER#1"}, "sk": {"S": "2024-02-29T23:59:59.999Z"}, "kind": {"S": "order"}, "n": {"N": "-9223372036854775808"},
    "id": {"S": "01234567-89ab-cdef-0123-456789ABCDEF"}, "day": {"S": "9999-12-31"}, "small": {"N": "1.27E+2"},
    "big": {"N": "18446744073709551615"}, "f32": {"N": "3.4e38"}, "f64": {"N": "1E-130"}, "price": {"N": "+0012.50"},
    "wide": {"N": "9" * 38}, "at": {"N": "1480641523.477"}, "blob": {"B": "AAECAw=="}, "yes": {"BOOL": True},
    "any": {"L": [{"M": {"S": {"NS": ["1", ".5", "5."]}}}, {"NULL": True}]}, "view": {"S": "longer than twelve"},
    "tags": {"SS": ["new", "\u00e9"]}, "kinds": {"SS": ["a", "b"]}, "sizes": {"NS": ["1", "2.5"]}, "blobs": {"BS": ["", "QQ=="]},
    "lists": {"L": [{"NS": ["1"]}, {"L": []}, {"L": [{"N": "2"}, {"NULL": True}]}]},
    "lines": {"L": [{"M": {"sku": {"S": "x"}, "price": {"N": "1"}, "more": {"M": {}}}}, {"NULL": True}, {"M": {}}]},
    "customer": {"M": {"id": {"NULL": True}, "score": {"N": "1"}}}, "attrs": {"M": {"a": {"NS": ["0", "-0"]}, "b": {"L": []}}},
    "choice": {"S": "red"}, "few": {"N": "300"}, "text": {"N": "1E125"}, "string": {"S": "12"}, "S": {"S": "S"},
    "must": {"S": ""}, "unknown": {"Q": [1]},
}
OLD_ITEM = ITEM | {"n": {"N": "1"}, "price": {"N": "12.5"}, "tags": {"SS": ["\u00e9", "new"]}, "gone": {"S": "x"}}
WRONG_ITEM = {"pk": {"S": "USER#1"}, "name": {"S": "x"}, "n": {"N": "300"}, "tags": {"SS": ["a", "a"]}, "kinds": {"SS": []},
              "customer": {"M": {}}, "id": {"S": "x"}, "lines": {"L": [{"S": "x"}]}, "any": {"S": "a", "N": "1"}}
DEEP_ITEM = b'{"pk":{"S":"x"},"any":' + b'{"L":[' * 33 + b'{"S":""}' + b"]}" * 33 + b"}"
AGAIN_ITEM = (b'{"pk":{"S":"USER#","S":"ORDER#"},"n":{"N":"1"},"\\u006e":{"N":"2"},"tags":{"SS":["a"],"SS":[]},"lines":{"L":[]},'
              b'"lines":{"L":[{"M":{"sku":{"S":"a"},"sku":{"NULL":true}}}]},"\\u0070k":{"\\u0053":"\\u00e9"}}')
SUNK = [
    b"", b"{}", b"[]", b"null", b'{"Records":[]}', b'{"Records":null}', b'{"Records":[{}]}', b'{"Records":[null]}',
    b'{"Records":[{"id":"a","v":1},{"id":"b","v":{"x":"\\ud800"}},{"id":"c"}],"x":[1,2]}',
    b'{"Records":[{"id":"a"}],"Records":[{"id":"b"},{"id":"c"}],"\\u0052ecords":[]}',
    b'{"\xff1}', b"[" * 130 + b"]" * 130, b'{"Records":[{"v":' + b'{"a":' * 9 + b"1" + b"}" * 9 + b"}]}",
]


def _change(new, old=None):
    """One record of a stream, from the texts of its images."""
    images = b'"NewImage":%s' % new + (b',"OldImage":%s' % old if old else b"")
    return (b'{"id":"i","eventID":"e","eventName":"MODIFY","dynamodb":{"ApproximateCreationDateTime":1.5,"Keys":{"pk":{"S":"k"},'
            b'"n":{"N":"1"}},%s,"SequenceNumber":"7","SizeBytes":1},"Keys":{"pk":{"S":"k"}},%s}' % (images, images))


IMAGES = [json.dumps(one, ensure_ascii=False).encode() for one in (ITEM, OLD_ITEM, WRONG_ITEM)] + [DEEP_ITEM, AGAIN_ITEM, b"{}"]
STREAMS = [b'{"Records":[%s]}' % b",".join(_change(new, old) for new, old in zip(IMAGES, IMAGES[1:] + IMAGES[:1], strict=True)),
           *[b'{"Records":[%s]}' % _change(image) for image in IMAGES[3:]], b'{"Records":[%s]}' % _change(b"null", b"null"),
           _synth.dynamodb(2, seed=1)]
LINES = [b'{"Metadata":{"WriteTimestampMicros":{"N":"1700000000000000"}},"Keys":{"pk":{"S":"k"}},"NewImage":%s}\n' % image
         for image in IMAGES]
# Users of the Kinesis Producer Library: keys of their own, one without a hash key, one without data.
USERS = [("k", b'{"a":1,"n":2,"utf8":"x"}'), ("\u00e9", b"", "170141183460469231731687303715884105728"), ("k", b"{}\n{}", "7")]
MESSAGE = kinesis.aggregate(USERS)[4:-16]
LOGS = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/g", "subscriptionFilters": ["f"],
        "policyLevel": "ACCOUNT", "logEvents": [
            {"id": str(n), "timestamp": 1_700_000_000_000 + n, "message": text, "extractedFields": {"a": "b"}}
            for n, text in enumerate((
                '{"list":[{"a":1,"m":{}}],"a":"x"}', "no JSON", "END RequestId: 8f5\n", "",
                "REPORT RequestId: 8f5\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t",
                '{"time":"t","type":"platform.report","record":{"requestId":"8","metrics":{"durationMs":1.5}}}'))]}
LINE = b'{"i8":1,"utf8":"x","list":[1]}\n\r\n{"b":"y"}\n[1]'
EVENTS = {
    "items": STREAMS,
    "export": [b"".join(LINES), b"\n \n" + LINES[0] + b"\r\n{}\n" + LINES[5][:-1], b"\x1f\x8b\x02" + LINES[0] + LINES[4],
               b"\x1f\x8b\x00", b"{}\n{\n", b'{"Keys":{}}{"Keys":{}}'],
    "kinesis": [CLICKS],
    "packed": [json.dumps({"Records": [
        {"kinesis": {"partitionKey": "own", "sequenceNumber": "1", "data": b64encode(data).decode()}, "eventID": "s:1"}
        for data in (b"plain", kinesis.aggregate(USERS), b"")]}).encode()],
    "fields": [json.dumps({"Records": [
        {"id": "1", "v": "1,x,k,skipped,1700000000,true,2024-02-29,\"1.5\",1.5,[1],AAECAw==,,more", "ok": "x",
         "flag": "START a=1 b=2.5 c=x\td", "w": {"k": {"x": "x"}}},
        {"id": "2", "v": "-,\"a \"\"b\"\"\",x", "flag": "none", "w": [1]}, {"id": "3", "v": "x"}]}).encode()],
    "content": [json.dumps(LOGS).encode() * 2, b'\x1f\x8b\x01' + json.dumps(LOGS).encode(), LINE,
                b"2024-02-29T12:00:00.123Z START RequestId: x\n\tat line two\r\n2024-02-29T12:00:01Z \"q\" x"],
    "logs": [json.dumps({"before": 1, "awslogs": {"data": "eyJsb2dFdmVudHMiOltdfQ=="}, "after": {"x": []}}).encode()],
    "notices": [json.dumps({"x": 1, "Records": [
        {"messageId": "m1", "seen": 1, "bit": True, "flag": [{"a": "b"}], "on": [1], "body": json.dumps(
            {"Event": "e", "Records": [{"name": "n", "s3": {"key": "k", "size": 5, "flags": [1, -1]}}] * 3, "z": 1})},
        {"messageId": "m2", "body": json.dumps({"Records": [{"s3": {"key": "k", "size": 1}},
                                                            {"s3": {"size": None}}]})},
        {"messageId": "m3", "ok": "no number", "body": "{}"}]}).encode()],
    "topics": [json.dumps({"eventSource": "aws:kafka", "records": {"t-0": [
        {"offset": 1, "key": "a2V5", "value": "djE=", "headers": [{"h": [104, 105]}]}, {"offset": 2}], "t-1": []}}).encode()],
    "lone": [json.dumps(one).encode() for one in (
        {"id": "i", "headers": [{"a": [1, -1, 255]}, {"b\n": []}, None], "v": {"k": [{"x": "x"}, {}]}, "w": [-128, 0],
         "key": {"k": [7]}, "on": 1.5}, {"v": {}, "w": [256], "headers": [{"a": [], "b": []}]}, {"key": {"k": [300]}},
        {"v": {"a": 1, "b": 2}, "w": "QQ==", "on": True})],
    "kafka": [json.dumps({"eventSource": "aws:kafka", "records": {"t-0": [
        {"topic": "t", "partition": 0, "offset": 5, "timestamp": 1_700_000_000_000, "timestampType": "CREATE_TIME",
         "key": "QQ==", "value": "eyJhIjoxfQ==", "headers": [{"h": [104, -1]}],
         "valueSchemaMetadata": {"schemaId": "1", "dataFormat": "AVRO"}}, {"offset": 6, "value": None, "key": ""}],
        "a.b\"-1": [{"offset": "x", "headers": [{"h": [1], "i": []}]}]}}).encode()],
    "rabbitmq": [json.dumps({"eventSource": "aws:rmq", "rmqMessagesByQueue": {"q::/": [
        {"basicProperties": {"headers": {"h": {"bytes": [1]}}, "expiration": "60000", "bodySize": 5}, "data": "e30=",
         "redelivered": True}, {"basicProperties": {"expiration": "1.5"}}], "r::/": []}}).encode()],
    "keyed": [json.dumps({"eventSource": "x", "records": {"a": {"offset": 1}, "b\n": {"value": "!"}, "c": {}}}).encode()],
    "choices": [json.dumps({"Records": [
        {"v": {"meta": {"type": "order"}, "total": "12.5", "id": "01234567-89ab-cdef-0123-456789abcdef"}, "path": "a/b/c"},
        {"v": {"meta": {"type": "click"}, "x": 1.5}, "num": "12", "dec": 1.5, "extra": 1},
        {"v": {"meta": {"type": "none"}}, "w": {"t": "abc"}, "or": {"x": 1}, "soft": {"a": 300}, "path": ""}]}).encode()],
    "wide": [json.dumps({"Records": [{**{f"f{n}": f"{n}" for n in range(130)}, "inner": {f"k{n}": n for n in range(70)},
                                      "last": [{}, {"k69": 1}]}, {"f129": "last first", "f0": "x"}]}).encode()],
    "rootless": [json.dumps({"a": "a", "b": "eyJrIjp7IngiOiJ4In0sImoiOnt9LCJrIjp7fX0=", "c": [1], "d": ["eA==", "4oKs"],
                             "e": 1, "f": {}}).encode()],
}
PAYLOADS = {
    "logs": [json.dumps({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/g", "subscriptionFilters": ["f"],
                         "logEvents": [{"id": str(n), "timestamp": 1_700_000_000_000, "message": "m" * n,
                                        "extractedFields": {"a": "b"}} for n in range(4)]}).encode(),
             b'\x1f\x8b\x09{"logEvents":[{"id":"x"},{"id":1}],"messageType":"CONTROL_MESSAGE"}', b"\x1f\x8b\x00"],
    "changes": [b'{"eventID":"e","eventName":"INSERT","tableName":"t","userIdentity":null,"dynamodb":{'
                b'"ApproximateCreationDateTime":1700000000000%s,"Keys":{},"NewImage":%s,"SizeBytes":1}}' % (precision, image)
                for precision, image in zip(
                    [b"", b',"ApproximateCreationDateTimePrecision":"MICROSECOND"',
                     b',"ApproximateCreationDateTimePrecision":"MILLISECOND"', b',"ApproximateCreationDateTimePrecision":"?"',
                     b',"ApproximateCreationDateTime":null', b""], IMAGES, strict=True)],
    "subscription": [json.dumps(LOGS).encode(), json.dumps(LOGS | {"messageType": "CONTROL_MESSAGE"}).encode(),
                     b"\x1f\x8b\x09" + json.dumps(LOGS | {"messageType": "OTHER"}).encode(), b'{"logEvents":[{},null]}'],
    "packed": [MESSAGE, MESSAGE[:20], MESSAGE + b"\x0a\x01x\x22\x02\x0a\x00\x4d1234\x49" + b"8" * 8, b"\x1a\x04\x08\x00\x1a\x00\x0a\x00"],
    "users": [json.dumps(EXTREMES).encode(), LINE, b'{"detail-type":"a","detail":{"n":1}}', b'{"list":[]}{"a":"x"} [', b""],
    "fields": [b'2024-02-29T12:00:00 text\n- no time\n\r\n2024-02-29T12:00:01.5 "quoted"', b'1,2,x,"y', b'"",,-,""""', b"x y z"],
    "notices": [b'{"Records":[{"name":"n"}],"q":"\\u20ac"}', b'{"Records":[{"s3":{}}]}', b" null "],
}


def _in_logs(content, before=b"", after=b""):
    return b'{%s"awslogs":{"data":"%s"}%s}' % (before, b64encode(content), after)


# The smallest inputs of what was found here: (plan, choices, text), by what went wrong.
FOUND = {
    # Inflated text made the columns move: what `rest` had collected stayed where they had been.
    "rest-moves-with-its-column": (
        "logs", 0, _in_logs(b'\x1f\x8b\xff{"logEvents":[]}', b'"x":[1,2,3],', b',"y":"after"')),
    # A default made them move, and the text of the slot that was being read was not taken along.
    "default-moves-what-was-read": (
        "inline_every", 0, b'{"Records":[{"id":"%s"},{"id":"%s","v":{"structs":[{}]}}]}' % (b"i" * 2000, b"j" * 700)),
    # The same while the values of a map with equal keys were read again: its later keys were lost.
    "default-moves-keys": (
        "inline_defaults", 0, b'{"Records":[{"id":"1","v":{%s,"%s":{}}}]}' % (
            b",".join(b'"%s":{"y":[]}' % (b"%c" % n * 60) for n in b"abcdefghijklmnopqr"), b"k" * 60)),
    # The last record failed in its second child: the children that were undone still counted as rows.
    "undone-children-are-no-rows": (
        "notices", 0, b'{"Records":[{"messageId":"a","body":"{\\"Records\\":[{}]}"},{"messageId":"b","body":'
                      b'"{\\"Records\\":[{},{},{},{\\"s3\\":{\\"size\\":true}}]}"}]}'),
    "voided-children-are-no-rows": (
        "notices", 0, b'{"Records":[{"messageId":"a","body":"{\\"Records\\":[{},{}]}"}],"Records":[]}'),
    # What a failed record's row of nulls is at each level was looked up in the wrong order.
    "null-row-of-three-levels": (
        "notices", 0, b'{"Records":[{"messageId":"a","body":"{\\"Records\\":[%s]}"},{"messageId":"b","body":1}]}'
                      % b",".join([b"{}"] * 300)),
    # A key with a quote in it was expected as a byte that no JSON holds; not all input is JSON.
    "impossible-key": ("inline_every", 0, b'{"Records":[{"v":{"must":null,\xff1}}]}'),
    # An event that is a record has no text of a failed one, and its offset was left unset.
    "no-corrupt-text": ("rootless", 0, b'{"a":"x"}'),
    "bits-of-no-rows": ("notices", 0, b'{"Records":[]}'),
    # Memory ran out between a dictionary's two buffers.
    "dictionary-without-text": ("kinesis", 28 << 8, b'{"Records":[{"eventSource":"x"}]}'),
}


def inputs():
    """(name, bytes) for the plan target: four bytes of choices, then the text."""
    every = [json.dumps(EXTREMES).encode(), json.dumps(EXTREMES, ensure_ascii=False).encode(), TWICE]
    every += _payloads()
    numbers = {case.name: number for number, case in enumerate(cases())}
    for name, (plan, choices, text) in FOUND.items():
        yield name, bytes([numbers[plan], choices & 255, choices >> 8, 0]) + text
    for number, case in enumerate(cases()):
        family = case.name.split("_")[0]
        texts = [*SUNK, *EVENTS.get(family, [])]
        if family == "inline":
            values = [b'{"k":{"x":"x"},"l":{},"k":{"y":[]}}', *(text for text in every if len(text) < 3000)]
            texts += [b'{"a":0,"Records":[{"id":"i","v":%s,"raw":[1,"\\n"]},{"id":"j"}],"z":1}' % text for text in values]
        for k, text in enumerate(texts):
            yield f"{case.name}-{k}", bytes([number, 0, 0, k]) + text
        yield f"{case.name}-fed", bytes([number, 0, 9, 0]) + DIVIDER.join(texts[2:4] + texts[-2:])
        if case.wrap:
            inside = [*PAYLOADS.get(family, every), b"", b"\x1f\x8b\x08", b"{}x", b"\xc3("]
            for k, text in enumerate(inside):
                yield f"{case.name}-in-{k}", bytes([number, 1, 0, 0]) + text
            yield f"{case.name}-in-fed", bytes([number, 3, 40, 5]) + DIVIDER.join(inside[:3])


def _payloads():
    """Values made up for the schema, as the benchmarks' are."""
    import random

    make = _synth._payload(to_word(EVERY))
    rng = random.Random(7)
    return [_synth._utf8(make(rng, 1_740_000_000_000)[1]).encode() for _ in range(4)]


KERNELS = {
    "text": [b'plain text of more than thirty-two bytes, then a quote" and more', b'\\u00e9\\ud83c\\udf81\\n\\"\\/"',
             b"\\ud800\\u0041", b" \t\r\n" * 12 + b"x", b"a" * 31 + b"\\", b"\xc3\xa9" * 20 + b'"'],
    "base64": [b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==", b"AA==", b"AAA=\"", b"AB==",
               b"A", b"AAAA=", b"AAAA" * 9 + b"\\/AA", b"A" * 31 + b"!"],
    "utf8": ["h\u00e9llo \u20ac \U0001f381 ".encode() * 4, b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80",
             b"a" * 31 + b"\xf0\x9f\x8e\x81", b"\xe2\x82"],
    "numbers": [b"0", b"-0", b"18446744073709551615", b"-9223372036854775808", b"1e400", b"4.9e-324", b"0.1", b"01", b"1.",
                b"2.2250738585072011e-308", b"9007199254740993", b"1" + b"0" * 30, b"123456789012345678901234567890.5e-5"],
    "decimals": [b"\x26\x00" + b"9" * 38, b"\x0c\x02-9999999999.99", b"\x4c\x26" + b"9" * 38 + b"." + b"9" * 38,
                 b"\x05\xfe12300", b"\x13\x00" + b"1" * 20, b"\x0a\x031.2340000e2"],
    "times": [b"\x00\x002024-02-29T23:59:59.999999999+23:59", b"\x01\x011970-01-01", b"\x02\x021969-12-31 23:59:59",
              b"\x03\x001677-09-21T00:12:43.145224192Z", b"\x03\x009999-12-31T00:00Z", b"\x11\x001480641523.477"],
}


def main(folder):
    made = 0
    targets = {"plan": inputs(), **{name: enumerate(texts) for name, texts in KERNELS.items()}}
    for target, pairs in targets.items():
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        for name, data in pairs:
            (place / f"seed-{name}").write_bytes(data)
            made += 1
    return made


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python seeds.py FOLDER")
    print(f"{main(Path(sys.argv[1]))} seeds in {sys.argv[1]}")
