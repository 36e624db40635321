"""What an event means, said with json, base64, zlib, decimal and pyarrow only: slow, plain, and not ours.

A source is a table of its columns; what every source does with records, failures and rows stands here once.
"""

import zlib
from typing import NamedTuple

import pyarrow as pa

from . import attributes
from .compare import built
from .tree import NotJSON, parse
from .values import SIMPLE, Flaw, Word, Wrong, bytes_of, convert, epoch_of, map_of, text_of, word

CORRUPT = "_corrupt_record"


class Refused(Exception):
    """What `on_error="raise"` answers: the record that fails first."""

    def __init__(self, flaw):
        super().__init__(flaw)
        self.flaw = flaw


class Named(NamedTuple):
    """A record that Lambda is to deliver again; no identifier where it has none that can be read."""

    index: int
    identifier: str | None


class Decoded(NamedTuple):
    batch: pa.RecordBatch
    failures: tuple
    held_back: tuple

    def answer(self):
        """What a handler that has nothing to add returns."""
        named = [one.identifier for one in sorted(self.failures + self.held_back)]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in (named if all(named) else [""])]}


class Column(NamedTuple):
    """The keys from the record to a value, and what reads it. Of the payload's column: when no payload is asked for."""

    path: tuple
    word: Word


# --- layers -----------------------------------------------------------------------------------------


def utf8_of(node):
    return text_of(node).encode()


def inside(layer, inner, *, exact=False):
    """The JSON in the bytes of a layer; `exact`: without white space around it, and no null."""

    def read(node, event, path, flaws):
        data, own = layer(node), []
        try:
            tree = parse(data)
            if exact and (tree.kind == "null" or (tree.start, tree.end) != (0, len(data))):
                raise NotJSON("not the number alone")
        except NotJSON:
            flaws.append(Flaw(node.start + 1, "invalid_json", f"{path} → $"))
            return None
        value = convert(inner, tree, data, "$", own)
        flaws.extend(flaw._replace(offset=node.start + 1, path=f"{path} → {flaw.path}") for flaw in own)
        return value

    return Word(inner.type, read)


def as_text(layer):
    """The bytes of a layer, which must be UTF-8."""

    def read(node, *_):
        try:
            return layer(node).decode()
        except UnicodeDecodeError:
            raise Wrong("invalid_utf8") from None

    return Word(pa.utf8(), read)


# --- any source -------------------------------------------------------------------------------------


class Source(NamedTuple):
    """`layer` gives the bytes that a payload stands in. `beside`: columns that a payload brings with it.
    `ordered`: Lambda starts again at the first failure. `group` and `queue` lead to what keeps an order of its own.
    `records`: the key of the list; `parents`: columns of what stands around it, the same for all rows. `bodies`: the
    JSON texts that the list stands in, each but the last of them void, and the path to them. `nothing`: whether what
    stands around the list says that it holds no rows, and nothing that is looked at.
    `typed`: the columns whose type the payload is, each with what makes a word of it, where they are items.
    """

    columns: dict
    payload: str
    layer: object
    identifier: tuple
    ordered: bool
    beside: dict = {}
    group: tuple = ()
    queue: tuple = ()
    records: str = "Records"
    parents: dict = {}
    bodies: object = lambda event: ([event], "$")
    nothing: object = lambda root: False
    typed: dict = {}

    def columns_of(self, payload, names):
        columns = {}
        for name, column in self.columns.items():
            columns[name] = column
            if name in self.typed:
                columns[name] = column._replace(word=self.typed[name]("json" if payload is None else payload))
            elif name == self.payload and payload is not None:
                inner = as_text(self.layer) if payload == "utf8" else inside(self.layer, word(payload))
                columns |= {name: column._replace(word=inner)} | self.beside
        columns |= self.parents
        return columns if names is None else {name: columns[name] for name in names}

    def schema(self, payload=None):
        """The types of the columns by default, dictionaries where they are."""
        columns = self.columns_of(payload, None)
        return pa.schema([(name, column.word.type) for name, column in columns.items()])

    def decode(self, event, *, payload=None, columns=None, on_error="raise"):
        """NotJSON, Refused, or the table with what failed and what has to wait."""
        columns = self.columns_of(payload, columns)
        own = {name: column for name, column in columns.items() if name not in self.parents}
        bodies, to_body = self.bodies(event)
        where = f"{to_body}.{self.records}"
        for body in bodies:
            root = parse(body)
            if self.nothing(root):
                lists, around = [[]], {}
                continue
            lists = _records(root, self.records, to_body)
            around, flaws = {}, []
            outer = {name: column for name, column in self.parents.items() if name in columns}
            _fill(around, {name: column.path for name, column in outer.items()}, outer, root, body, to_body, flaws)
            if on_error == "raise":
                # One pass over the text cannot know that a later list would void this one.
                for records in lists:
                    for index, record in enumerate(records):
                        found = _row(own, record, body, index, where)[1]
                        flaws += [flaw._replace(index=index) for flaw in found]
            if flaws:
                raise Refused(min(flaws, key=lambda flaw: flaw[:3]))
        records = lists[-1]
        read = [_row(own, record, body, index, where) for index, record in enumerate(records)]
        failed = [index for index, (_, flaws) in enumerate(read) if flaws]
        held = self._waiting(records, failed, on_error == "stop")
        if on_error == "stop" and self.ordered and failed:
            # Lambda comes back to the first of them and brings all the others again: they are not looked at.
            read, failed, held = read[: failed[0]], failed[:1], []
        rows = []
        for index, (row, flaws) in enumerate(read):
            if flaws:
                row = {CORRUPT: body[records[index].start : records[index].end].decode(errors="replace")}
            if index not in held and (on_error == "null" or not flaws):
                rows.append(row | around)
        fields = [(name, column.word.type) for name, column in columns.items()]
        if on_error == "null":
            fields.append((CORRUPT, pa.utf8()))
        arrays = [built([row.get(name) for row in rows], kind) for name, kind in fields]
        failures, waiting = (
            tuple(Named(index, lenient(records[index], self.identifier)) for index in some) for some in (failed, held)
        )
        return Decoded(pa.RecordBatch.from_arrays(arrays, names=[name for name, _ in fields]), failures, waiting)

    def _waiting(self, records, failed, everything):
        """The good records that come behind a failed one: all, or in a FIFO queue those of its group."""
        waiting = []
        for index, record in enumerate(records):
            before = [lenient(records[at], self.group) for at in failed if at < index]
            # Nobody knows what waits for a message whose group cannot be read.
            of_group = None in before or lenient(record, self.group) in before
            fifo = (lenient(record, self.queue) or "").endswith(".fifo")
            if index not in failed and before and (everything or (fifo and of_group)):
                waiting.append(index)
        return waiting


def _records(root, key, where):
    if root.kind != "object":
        raise Refused(Flaw(root.start, "expected_object", where))
    found = [child for name, child in root.value if name == key]
    if not found:
        raise Refused(Flaw(root.start, "missing_records", where))
    for child in found:
        if child.kind != "array":
            raise Refused(Flaw(child.start, "expected_array", f"{where}.{key}"))
    return [child.value for child in found]


def _row(columns, record, event, index, where):
    """(values by column, flaws) of one record."""
    path, flaws, row = f"{where}[{index}]", [], {}
    if record.kind == "object":
        _fill(row, {name: column.path for name, column in columns.items()}, columns, record, event, path, flaws)
    else:
        flaws.append(Flaw(record.start, "expected_object", path))
    return row, flaws


def _fill(row, paths, columns, node, event, path, flaws):
    """Each of several equal keys is read; the last one counts, for all that stands below it."""
    row.update(dict.fromkeys(paths))
    for key, child in node.value:
        below = {name: steps[1:] for name, steps in paths.items() if steps[0] == key}
        inner = {name: steps for name, steps in below.items() if steps}
        for name in below.keys() - inner.keys():
            row[name] = convert(columns[name].word, child, event, f"{path}.{key}", flaws)
        if inner and child.kind == "object":
            _fill(row, inner, columns, child, event, f"{path}.{key}", flaws)
        elif inner:
            row.update(dict.fromkeys(inner))
            if child.kind != "null":
                flaws.append(Flaw(child.start, "expected_object", f"{path}.{key}"))


def lenient(node, path):
    """The text that the last of these keys leads to, None where there is none: its faults are nobody's."""
    for key in path:
        found = [child for name, child in node.value if name == key] if node.kind == "object" else []
        if not found:
            return None
        node = found[-1]
    try:
        return text_of(node) if path else None
    except Wrong:
        return None


# --- the sources ------------------------------------------------------------------------------------

CONSTANT = SIMPLE["dictionary<utf8>"]
TEXT = SIMPLE["utf8"]


def _epoch(epoch, unit="ms"):
    return Word(pa.timestamp(unit, "UTC"), lambda node, *_: epoch_of(node, unit, epoch))


KINESIS = Source(
    columns={
        "event_id": Column(("eventID",), TEXT),
        "event_name": Column(("eventName",), CONSTANT),
        "event_version": Column(("eventVersion",), CONSTANT),
        "event_source": Column(("eventSource",), CONSTANT),
        "event_source_arn": Column(("eventSourceARN",), CONSTANT),
        "aws_region": Column(("awsRegion",), CONSTANT),
        "invoke_identity_arn": Column(("invokeIdentityArn",), CONSTANT),
        "kinesis_schema_version": Column(("kinesis", "kinesisSchemaVersion"), CONSTANT),
        "encryption_type": Column(("kinesis", "encryptionType"), CONSTANT),
        "partition_key": Column(("kinesis", "partitionKey"), TEXT),
        "sequence_number": Column(("kinesis", "sequenceNumber"), TEXT),
        "approximate_arrival_timestamp": Column(("kinesis", "approximateArrivalTimestamp"), _epoch("s")),
        "data": Column(("kinesis", "data"), SIMPLE["binary"]),
    },
    payload="data",
    layer=bytes_of,
    identifier=("kinesis", "sequenceNumber"),
    ordered=True,
)

ATTRIBUTE = word(
    {
        "data_type": {"type": "utf8", "from": "dataType"},
        "string_value": {"type": "utf8", "from": "stringValue"},
        "binary_value": {"type": "binary", "from": "binaryValue"},
        "string_list_values": {"type": ["utf8"], "from": "stringListValues"},
        "binary_list_values": {"type": ["binary"], "from": "binaryListValues"},
    }
)
MILLISECONDS = inside(utf8_of, _epoch("ms"), exact=True)


def _no_pointer(node, *_):
    """Claim checks have tests of their own; no event that comes here may hold one."""
    assert node.kind != "string" or '["software.amazon' not in node.value and '["com.amazon' not in node.value


SQS = Source(
    columns={
        "message_id": Column(("messageId",), TEXT),
        "receipt_handle": Column(("receiptHandle",), TEXT),
        "body": Column(("body",), TEXT),
        "md5_of_body": Column(("md5OfBody",), TEXT),
        "md5_of_message_attributes": Column(("md5OfMessageAttributes",), TEXT),
        "event_source": Column(("eventSource",), CONSTANT),
        "event_source_arn": Column(("eventSourceARN",), CONSTANT),
        "aws_region": Column(("awsRegion",), CONSTANT),
        "approximate_receive_count": Column(
            ("attributes", "ApproximateReceiveCount"), inside(utf8_of, SIMPLE["int32"], exact=True)
        ),
        "sent_timestamp": Column(("attributes", "SentTimestamp"), MILLISECONDS),
        "approximate_first_receive_timestamp": Column(("attributes", "ApproximateFirstReceiveTimestamp"), MILLISECONDS),
        "sender_id": Column(("attributes", "SenderId"), CONSTANT),
        "sequence_number": Column(("attributes", "SequenceNumber"), TEXT),
        "message_group_id": Column(("attributes", "MessageGroupId"), TEXT),
        "message_deduplication_id": Column(("attributes", "MessageDeduplicationId"), TEXT),
        "aws_trace_header": Column(("attributes", "AWSTraceHeader"), TEXT),
        "dead_letter_queue_source_arn": Column(("attributes", "DeadLetterQueueSourceArn"), CONSTANT),
        "message_attributes": Column(("messageAttributes",), map_of(ATTRIBUTE)),
    },
    payload="body",
    layer=utf8_of,
    beside={
        "payload_pointer": Column(("body",), Word(pa.struct([("bucket", pa.utf8()), ("key", pa.utf8())]), _no_pointer))
    },
    identifier=("messageId",),
    ordered=False,
    group=("attributes", "MessageGroupId"),
    queue=("eventSourceARN",),
)

FIREHOSE = Source(
    columns={
        "record_id": Column(("recordId",), TEXT),
        "approximate_arrival_timestamp": Column(("approximateArrivalTimestamp",), _epoch("ms")),
        "partition_key": Column(("kinesisRecordMetadata", "partitionKey"), TEXT),
        "sequence_number": Column(("kinesisRecordMetadata", "sequenceNumber"), TEXT),
        "shard_id": Column(("kinesisRecordMetadata", "shardId"), CONSTANT),
        "data": Column(("data",), SIMPLE["binary"]),
    },
    payload="data",
    layer=bytes_of,
    identifier=("recordId",),
    ordered=False,
    records="records",
    parents={
        "delivery_stream_arn": Column(("deliveryStreamArn",), CONSTANT),
        "invocation_id": Column(("invocationId",), CONSTANT),
        "region": Column(("region",), CONSTANT),
        "source_kinesis_stream_arn": Column(("sourceKinesisStreamArn",), CONSTANT),
    },
)


def gunzip(data):
    """The content of every member (RFC 1952); what follows the last one is ignored, as gzip does. ValueError."""
    content = b""
    while True:
        member = zlib.decompressobj(31)
        try:
            content += member.decompress(data)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if not member.eof:
            raise ValueError("the member is cut off")
        data = member.unused_data
        if not data.startswith(b"\x1f\x8b\x08"):
            return content


def _log_bodies(event):
    """The inflated data of each `awslogs`, and of each `data` in it."""
    root, found = parse(event), []
    if root.kind != "object":
        raise Refused(Flaw(root.start, "expected_object", "$"))
    for holder in [child for key, child in root.value if key == "awslogs"]:
        if holder.kind != "object":
            raise Refused(Flaw(holder.start, "expected_object", "$.awslogs"))
        data = [child for key, child in holder.value if key == "data"]
        if not data:
            raise Refused(Flaw(holder.start, "missing_field", "$.awslogs.data"))
        for child in data:
            try:
                found.append(gunzip(bytes_of(child)))
            except Wrong as wrong:
                raise Refused(Flaw(child.start, wrong.args[0], "$.awslogs.data")) from None
            except ValueError:
                raise Refused(Flaw(child.start, "invalid_gzip", "$.awslogs.data \u2192 $")) from None
    if not found:
        raise Refused(Flaw(root.start, "missing_field", "$.awslogs"))
    return found, "$.awslogs.data \u2192 $ \u2192 $"


def _is_control(root):
    return lenient(root, ("messageType",)) == "CONTROL_MESSAGE"


FILTERS = word(["dictionary<utf8>"])
LOGS = Source(
    columns={
        "id": Column(("id",), TEXT),
        "timestamp": Column(("timestamp",), _epoch("ms")),
        "message": Column(("message",), TEXT),
        "extracted_fields": Column(("extractedFields",), map_of(TEXT)),
    },
    payload="message",
    layer=utf8_of,
    identifier=("id",),
    ordered=False,
    records="logEvents",
    parents={
        "message_type": Column(("messageType",), CONSTANT),
        "owner": Column(("owner",), CONSTANT),
        "log_group": Column(("logGroup",), CONSTANT),
        "log_stream": Column(("logStream",), CONSTANT),
        "subscription_filters": Column(("subscriptionFilters",), FILTERS),
        "policy_level": Column(("policyLevel",), CONSTANT),
    },
    bodies=_log_bodies,
    nothing=_is_control,
)

ITEM = attributes.item("json")
DYNAMODB = Source(
    columns={
        "event_id": Column(("eventID",), TEXT),
        "event_name": Column(("eventName",), CONSTANT),
        "event_version": Column(("eventVersion",), CONSTANT),
        "event_source": Column(("eventSource",), CONSTANT),
        "event_source_arn": Column(("eventSourceARN",), CONSTANT),
        "aws_region": Column(("awsRegion",), CONSTANT),
        "approximate_creation_date_time": Column(
            ("dynamodb", "ApproximateCreationDateTime"), _epoch("s", "us")
        ),
        "sequence_number": Column(("dynamodb", "SequenceNumber"), TEXT),
        "size_bytes": Column(("dynamodb", "SizeBytes"), SIMPLE["int64"]),
        "stream_view_type": Column(("dynamodb", "StreamViewType"), CONSTANT),
        "user_identity": Column(
            ("userIdentity",),
            word({"type": "dictionary<utf8>", "principal_id": {"type": "dictionary<utf8>", "from": "principalId"}}),
        ),
        "keys": Column(("dynamodb", "Keys"), ITEM),
        "new_image": Column(("dynamodb", "NewImage"), ITEM),
        "old_image": Column(("dynamodb", "OldImage"), ITEM),
    },
    payload="new_image",
    layer=None,
    identifier=("dynamodb", "SequenceNumber"),
    ordered=True,
    typed={"keys": attributes.keys, "new_image": attributes.item, "old_image": attributes.item},
)
