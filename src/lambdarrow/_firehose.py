"""The answer to Firehose (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html)."""

from base64 import b64encode

from . import _decoder
from ._source import Source
from .schema import Field, explode, object_, utf8

OK, DROPPED, FAILED = "Ok", "Dropped", "ProcessingFailed"
LIMIT = 6_291_556   # bytes of an answer that Lambda takes


def _envelope(payload):
    record = object_((
        Field("recordId", utf8(), "record_id"),
        Field("data", payload, "data"),
        Field("kafkaRecordValue", utf8(), "kafka_record_value"),
    ), nullable=False)
    return object_((Field("records", explode(record, unit=True, nullable=False), required=True),), nullable=False)


# All records as they came.
_RECORDS = Source("firehose", _envelope, payload="data", bare=utf8(), layer=None,
                  columns=("record_id", "data", "kafka_record_value"))


def _bytes_of(value):
    """A row's data as bytes."""
    if isinstance(value, str):
        return value.encode() + b"\n"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    import msgspec

    return msgspec.json.encode(value) + b"\n"


def _values(values, n, what):
    """One value a row; what is None is None for all."""
    if values is None:
        return [None] * n
    made = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    if len(made) != n:
        raise ValueError(f"{what}: {len(made)} values for {n} rows")
    return made


def _sent(batch, key):
    """Of all records of the event what they are called, and their data, which stands at ``key``, as it came."""
    came = _decoder.Decoder(_RECORDS, on_error="collect", **batch._reading).to_arrow(batch._event)
    column = "kafka_record_value" if batch._of_topic else "data"
    names, data = came["record_id"].to_pylist(), came[column].to_pylist()
    if not came.failures and None not in names:
        return list(zip(names, data, strict=True))
    # Some are not as they should be, and are answered all the same.
    import json

    from ._event import as_buffer

    records = json.loads(bytes(as_buffer(batch._event)))["records"]
    return [(one.get("recordId"), one.get(key)) if isinstance(one, dict) else (None, None) for one in records]


def response(batch, data, result, partition_keys, otf):
    """See :func:`lambdarrow.firehose.response`."""
    whole = batch if batch._whole is None else batch._whole
    if batch is not whole or getattr(batch, "_event", None) is None:
        raise ValueError("a response answers one event, as to_arrow decoded it")
    n = batch.num_rows
    rows = {}   # of each record its rows
    for row, record in enumerate(batch.record_index):
        rows.setdefault(record, []).append(row)
    values = _values(data, n, "data")
    results = [result] * n if isinstance(result, str) else _values(result, n, "result")
    keys, tables = _values(partition_keys, n, "partition_keys"), _values(otf, n, "otf")
    unknown = set(results) - {OK, DROPPED, FAILED}
    if unknown:
        raise ValueError(f"result: {OK}, {DROPPED} or {FAILED}, not {sorted(unknown)[0]!r}")
    failed = {failure.index for failure in batch.failures + batch.handler_failures + batch.held_back}
    key = "kafkaRecordValue" if batch._of_topic else "data"    # the answer has it where the event has it
    answers = []
    for record, (name, sent) in enumerate(_sent(batch, key)):
        mine = rows.get(record, ())
        said = {results[row] for row in mine} if record not in failed else {FAILED}
        verdict = said.pop() if len(said) == 1 else FAILED if said else DROPPED
        answer = {"recordId": name, "result": verdict}
        if verdict == OK:
            answer[key] = b64encode(b"".join([_bytes_of(values[row]) for row in mine])).decode("ascii")
            metadata = {}
            if keys[mine[0]] is not None:
                metadata["partitionKeys"] = keys[mine[0]]
            if tables[mine[0]] is not None:
                metadata["otfMetadata"] = tables[mine[0]]
            if metadata:
                answer["metadata"] = metadata
        else:
            answer[key] = sent if isinstance(sent, str) else ""
        answers.append(answer)
    return {"records": _within(answers, key)}


def _within(answers, key):
    """The answers, the last ones failed where all of them would be too large."""
    import json

    def size(answer):
        return len(json.dumps(answer)) + len(", ")  # in ASCII, as the runtime may write it

    sizes = list(map(size, answers))
    total = len('{"records": []}') - len(", ") + sum(sizes)
    last_first = range(len(answers) - 1, -1, -1)
    # One that fits beside no other first, since without it the rest may.
    for k in [*[k for k in last_first if sizes[k] > LIMIT], *[k for k in last_first if sizes[k] <= LIMIT]]:
        if total <= LIMIT:
            break
        total -= sizes[k]
        answers[k] = {"recordId": answers[k]["recordId"], "result": FAILED, key: ""}
        total += size(answers[k])
    return answers
