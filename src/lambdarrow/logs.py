"""CloudWatch Logs batches, of a subscription filter that invokes a function
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html): a row a log event.

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

========================  ======================================================================
``id``                    utf8, decimal digits (56)
``timestamp``             timestamp[ms, UTC]
``message``               utf8, or what ``message=`` makes of it
``message_text``          utf8, with ``message=``: the lines that are no such message; null otherwise
``extracted_fields``      map<utf8, utf8>, where the filter extracts fields
``message_type``, ``owner``, ``log_group``, ``log_stream``  dictionary
``subscription_filters``  list<dictionary>
``policy_level``          dictionary
========================  ======================================================================

On request (``columns=``): ``record_index``, int32, the position of the log event.

Options beside those of every decoder: ``message``, the type of messages that are JSON (any payload's), or a word of
bytes such as :func:`lambda_platform`; ``on_miss``, what becomes of a message that is none: ``"keep"``, its text is in
``message_text``; ``"null"``; ``"fail"``, it is a failure.

``CONTROL_MESSAGE``, by which CloudWatch Logs looks whether the function is there, makes no row and is counted in
``batch.metadata["control_messages"]``. An event that cannot be inflated raises: nothing of it is left to keep.
"""

from . import _decoder
from ._batch import Batch
from ._lower import n_levels
from ._source import Source, event_struct
from .schema import (
    PLACE,
    Field,
    base64,
    byte_word,
    counter,
    delimited,
    dictionary,
    either,
    explode,
    float_,
    gzip,
    int_,
    json_sequence,
    labelled,
    list_,
    magic,
    map_,
    object_,
    one_of,
    or_else,
    parse,
    renamed,
    rest,
    skip,
    string,
    struct,
    timestamp,
    unzipped,
    utf8,
)

__all__ = ["SOURCE", "Decoder", "delivered", "exported", "lambda_platform", "subscription", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any, Unpack

    from ._types import LogsOptions, LogsToArrow, Payload
    from .events.logs import CloudWatchLogsEvent
    from .schema import Word

ON_MISS = ("keep", "null", "fail")
_DATA, _CONTROL = "DATA_MESSAGE", "CONTROL_MESSAGE"


def _check(on_miss: str) -> None:
    if on_miss not in ON_MISS:
        raise ValueError(f"on_miss must be one of {', '.join(ON_MISS)}, not {on_miss!r}")


def _message(inner: "Word", on_miss: str = "keep") -> "Word":
    """The word of a message, from the word of its bytes."""
    _check(on_miss)
    if n_levels(inner):
        raise ValueError("message: a log event is one row, and these words make rows of its message")
    if on_miss == "keep" and inner.op == "parse" and inner.children[0].op == "or_else":
        inner = inner.but(children=inner.children[0].children)  # what is no such message at all is kept, not null
    word = string(inner)
    if on_miss == "keep":
        return either(Field(None, word, PLACE), Field(None, utf8(), "message_text"))
    return or_else(word) if on_miss == "null" else word


def _fields(message: "Word", *, unit: bool) -> "tuple[Field, ...]":
    """What a subscription sends, inflated."""
    event = [
        Field("id", utf8()),
        Field("timestamp", timestamp("ms", epoch="ms")),
        Field("message", message),
        Field("extractedFields", map_(utf8()), "extracted_fields"),
    ]
    if unit:
        event.append(Field(None, counter(), "record_index"))
    return (
        Field("messageType", dictionary(), "message_type"),
        Field("owner", dictionary()),
        Field("logGroup", dictionary(), "log_group"),
        Field("logStream", dictionary(), "log_stream"),
        Field("subscriptionFilters", list_(dictionary()), "subscription_filters"),
        Field("policyLevel", dictionary(), "policy_level"),
        Field("logEvents", explode(object_(event, nullable=False), unit=unit, nullable=False), required=True),
    )


def _unless_control(word: "Word") -> "Word":
    """What a subscription sends: nothing is looked at in its control messages, which are counted."""
    return one_of(("messageType",), ((_CONTROL, Field(None, skip(), _CONTROL)),), other=Field(None, word, PLACE),
                  counted=True, names=(_CONTROL, _DATA), first=True, nullable=False)


def _envelope(message: "Word", on_miss: str = "keep") -> "Word":
    _check(on_miss)
    body = object_(_fields(message, unit=True), nullable=False)
    data = base64(gzip(parse(_unless_control(body))), nullable=False)
    return object_((
        Field("awslogs", object_((Field("data", data, required=True),), nullable=False), required=True),
        Field(None, rest(), "_metadata"),
    ), nullable=False)


def _struct(message: "Payload | None", on_miss: str) -> "Word":
    """What a subscription sends, as the struct that a payload is."""
    word = utf8() if message is None else _message(byte_word(message), on_miss)
    return _unless_control(struct(_fields(word, unit=False), nullable=False))


def subscription(message: "Payload | None" = None, *, on_miss: str = "keep") -> "Word":
    """What a subscription sends to a Kinesis stream or to Firehose, as the payload of its records: gzip, or plain JSON
    where Firehose has inflated it. A row for each log event, the columns around it repeated; the struct has the columns
    of :mod:`lambdarrow.logs`. ``batch.shapes`` counts the control messages, which make no row.
    """
    return unzipped(parse(_struct(message, on_miss)))


def delivered(message: "Payload | None" = None, *, on_miss: str = "keep") -> "Word":
    """What Firehose writes of them to a bucket: one behind the other, gzipped one by one or all together or not at all,
    as the payload of :mod:`lambdarrow.content`: ``content.to_arrow(data, payload=logs.delivered(), flatten=True)``.
    """
    return unzipped(json_sequence(_struct(message, on_miss)))


def exported() -> "Word":
    """A file that CloudWatch Logs exports to a bucket
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html), gzipped, as the payload of
    :mod:`lambdarrow.content`: of each line ``timestamp`` (timestamp[ms, UTC]) and ``message`` (utf8). The further lines
    of a message that has several have no timestamp, and are messages of their own.
    """
    return unzipped(delimited({"timestamp": timestamp("ms"), "message": utf8()}, null="", rest=True, lead=True))


_PLATFORM = (
    # name, type, label in text, path in JSON
    ("request_id", utf8, " RequestId: ", ("requestId",)),
    ("version", utf8, " Version: ", ("version",)),
    ("status", utf8, "\tStatus: ", ("status",)),
    ("error_type", utf8, "\tError Type: ", ("errorType",)),
    ("duration_ms", float_, "\tDuration: ", ("metrics", "durationMs")),
    ("billed_duration_ms", int_, "\tBilled Duration: ", ("metrics", "billedDurationMs")),
    ("memory_size_mb", int_, "\tMemory Size: ", ("metrics", "memorySizeMB")),
    ("max_memory_used_mb", int_, "\tMax Memory Used: ", ("metrics", "maxMemoryUsedMB")),
    ("init_duration_ms", float_, "\tInit Duration: ", ("metrics", "initDurationMs")),
    ("restore_duration_ms", float_, "\tRestore Duration: ", ("metrics", "restoreDurationMs")),
    ("billed_restore_duration_ms", int_, "\tBilled Restore Duration: ", ("metrics", "billedRestoreDurationMs")),
)
_EVENTS = {"platform.start": "START", "platform.runtimeDone": "END", "platform.report": "REPORT"}


def lambda_platform() -> "Word":
    """The lines that Lambda itself writes to a function's log, as ``message=``: ``START``, ``END``, ``REPORT``, as text
    (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html) and in the JSON log format
    (``platform.start``, ``platform.runtimeDone``, ``platform.report``). All other lines are no such message.

    A struct: ``type`` (dictionary: ``START``, ``END``, ``REPORT``), ``request_id``, ``version``, ``status``,
    ``error_type`` (utf8), ``duration_ms``, ``init_duration_ms``, ``restore_duration_ms`` (float64),
    ``billed_duration_ms``, ``billed_restore_duration_ms``, ``memory_size_mb``, ``max_memory_used_mb`` (int64).
    """
    def typed(kind):
        return kind() if kind is utf8 else kind(64)

    text = [("", Field(None, dictionary(), "type"))]
    text += [(label, Field(None, typed(kind), name)) for name, kind, label, _ in _PLATFORM]
    metrics = [Field(path[1], typed(kind), name) for name, kind, _, path in _PLATFORM if path[0] == "metrics"]
    record = [Field(path[0], typed(kind), name) for name, kind, _, path in _PLATFORM if len(path) == 1]
    line = struct((
        Field("type", renamed(_EVENTS, closed=True, nullable=False), required=True),
        Field("record", object_((*record, Field("metrics", object_(metrics))), nullable=False), required=True),
    ))
    begins = [f"{event} RequestId: " for event in _EVENTS.values()]
    json = Field(None, parse(line), PLACE)
    return magic(((b"{", json),), Field(None, labelled(text, begins=begins), PLACE), shared=True)


SOURCE = Source(
    "logs", _envelope,
    payload="message", bare=utf8(), layer=_message, beside=("message_text",),
    columns=("id", "timestamp", "message", "extracted_fields", "message_type", "owner", "log_group", "log_stream",
             "subscription_filters", "policy_level"),
    on_request=("record_index",),
    identifier="id", identifier_path=("id",), options=("on_miss",),
)


class LogsBatch(Batch):
    """A batch of CloudWatch Logs."""

    __slots__ = ()

    @property
    def metadata(self) -> "dict[str, Any] | list[dict[str, Any]]":
        """``control_messages``: how many events were none of logs, but asked whether the function is there."""
        found = super().metadata
        if not isinstance(found, dict):
            return found
        # A case of the user's own may have the same name.
        counts = [counts[0] for (_, _, cases), counts in zip(self._rows.source.cases, self._rows.cases, strict=True)
                  if counts and tuple([name for name, _ in cases]) == (_CONTROL, _DATA)]
        return {**found, "control_messages": sum(counts)}


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()
    _batch_type = LogsBatch

    def __init__(self, **options: "Unpack[LogsOptions]") -> None:
        options = dict(options)
        if "message" in options:
            options["payload"] = options.pop("message")
        if options.get("on_miss", "keep") != "keep" and "message_text" in (options.get("columns") or ()):
            raise ValueError('columns: message_text is what on_miss="keep" keeps')
        super().__init__(SOURCE, **options)


to_arrow: "LogsToArrow" = _decoder.front(Decoder)

if TYPE_CHECKING:
    Event = CloudWatchLogsEvent
else:
    __getattr__ = event_struct(__name__, "CloudWatchLogsEvent")
