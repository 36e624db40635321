"""Which source an event comes from: a table, and a look that goes no further than it must."""

from . import _core

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from ._types import Event

# The step of a path that means any item of a list: the first one in which the rest is found.
ANY = None

# Where an event says what it is, and for each text there, what we call it. Of the records of a
# batch the first that says so speaks for all: Lambda never mixes sources.
_RECORDS = (
    ((b"Records", ANY, b"eventSource"),
     {"aws:dynamodb": "dynamodb", "aws:kinesis": "kinesis", "aws:sqs": "sqs", "aws:s3": "s3"}),
    ((b"Records", ANY, b"EventSource"), {"aws:sns": "sns"}),
)
_POLLED = {"aws:kafka": "kafka", "SelfManagedKafka": "kafka", "aws:mq": "activemq", "aws:amq": "activemq",
           "aws:rmq": "rabbitmq", "aws:docdb": "documentdb"}


# A list of records, without anything around it, is what EventBridge Pipes sends of these.
_PIPED = {"aws:dynamodb", "aws:kinesis", "aws:sqs", "aws:kafka", "SelfManagedKafka", "aws:amq", "aws:mq", "aws:rmq"}


def _polled(event):
    return _POLLED.get(_core.text_at(event, (b"eventSource",)))


def _http(event):
    """An HTTP request, by what its context has."""
    context = b"requestContext"
    if _core.text_at(event, (context, b"elb", b"targetGroupArn")) is not None:
        return "alb"
    if _core.text_at(event, (context, b"http", b"method")) is not None:
        domain = _core.text_at(event, (context, b"domainName")) or ""
        return "function_url" if ".lambda-url." in domain else "apigateway_v2"
    for path in ((context, b"connectionId"), (context, b"resourcePath"), (context, b"stage"), (context, b"resourceId")):
        if _core.text_at(event, path) is not None:
            return "apigateway"
    return None


def _rule(event):
    source = _core.text_at(event, (b"source",))
    if source is None:
        return None     # somebody's own JSON: EventBridge says where an event comes from
    scheduled = (_core.text_at(event, (b"detail-type",)) == "Scheduled Event"
                 and source in ("aws.events", "aws.scheduler"))
    return "scheduled" if scheduled else "eventbridge"


def _window(event):
    """The last invocation for a tumbling window may have no records, but it says which stream they would be of."""
    arn = _core.text_at(event, (b"eventSourceARN",)) or ""
    return {"kinesis": "kinesis", "dynamodb": "dynamodb"}.get(arn.split(":")[2]) if arn.count(":") > 2 else None


def _s3_test(event):
    return "s3" if _core.text_at(event, (b"Event",)) == "s3:TestEvent" else None


def _authorizer(event):
    return "apigateway" if _core.text_at(event, (b"type",)) in ("TOKEN", "REQUEST") else None


# Events that are told by a key: what they are, or who looks further.
_KEYS = {"awslogs": "logs", "deliveryStreamArn": "firehose", "triggerSource": "cognito", "alarmData": "cloudwatch",
         "requestContext": _http, "detail-type": _rule, "eventSource": _polled, "Service": _s3_test,
         "methodArn": _authorizer, "eventSourceARN": _window}
SOURCES = ("dynamodb", "kinesis", "sqs", "logs", "firehose", "s3", "sns", "eventbridge", "scheduled", "kafka",
           "activemq", "rabbitmq", "documentdb", "apigateway", "apigateway_v2", "function_url", "alb", "cognito",
           "cloudwatch")

# What is no event, and has to be named: files of lines.
FILES = ("dynamodb_export", "dynamodb_export_incremental")

# Further places, for saying what it is that we do not know.
_ELSEWHERE = ((b"Records", ANY, b"eventSource"), (b"Records", ANY, b"EventSource"), (b"eventSource",), (b"source",),
              (ANY, b"eventSource"))
_KEYS_SHOWN, _SHOWN = 5, 60


class UnknownSource(ValueError):
    """An event that is of no source in our table, or that does not say which."""


def with_columns(event: "Event") -> str:
    """As :func:`detect`, but only sources that have columns."""
    source = detect(event)
    if source not in SOURCES:
        raise UnknownSource(f"an event of {source}, which has Structs (lambdarrow.decode) and no columns")
    return source


def detect(event: "Event") -> str:
    """The name of the source that ``event`` (in any form that ``to_arrow`` takes) comes from: ``"kinesis"``, the module
    ``lambdarrow.kinesis``.

    Raises :class:`UnknownSource`, which says what was seen instead. Reads from the start to where
    the source is named; what comes after may be anything.
    """
    if type(event) is not bytes:
        from ._event import as_buffer

        event = bytes(as_buffer(event))
    try:
        for path, names in _RECORDS:
            seen = names.get(_core.text_at(event, path))
            if seen is not None:
                return seen
        # Who looks further begins at the start again, so each key is asked once, however often it stands there.
        asked = dict(_KEYS)
        seen = _core.by_key(event, lambda key: _told(event, asked.pop(key, None)))
        if seen is not None:
            return seen
        if _core.text_at(event, (ANY, b"eventSource")) in _PIPED:
            return "pipes"
        raise UnknownSource(_what_it_is(event))
    except IndexError:
        raise UnknownSource("no known source is named before the text ends") from None


def _told(event, seen):
    return seen(event) if callable(seen) else seen


def first_key(event, names):
    """Which of ``names`` is the first key of an event (bytes) that is among them, or None. What stands before it is
    stepped over; broken JSON is for the decoder to say.
    """
    try:
        return _core.by_key(event, lambda key: key if key in names else None)
    except IndexError:
        return None


def _what_it_is(event):
    for path in _ELSEWHERE:
        seen = _core.text_at(event, path)
        if seen is not None:
            if path[0] == b"Records" and seen.endswith(".amazonaws.com"):
                return f"a file of CloudTrail, of events of {seen[:_SHOWN]!r}: no event of Lambda"
            known = ", ".join([text for _, names in _RECORDS for text in names] + list(_POLLED))
            return f"the event comes from {seen[:_SHOWN]!r}; known is {known}"
    if event.lstrip(b" \t\r\n")[:1] != b"{":
        return "not a JSON object"
    keys = []
    _core.by_key(event, keys.append)
    if "datasetName" in keys:
        return "an event of Cognito Sync, which is none of ours"
    shown = ", ".join([repr(key[:_SHOWN]) for key in keys[:_KEYS_SHOWN]]) + (", …" if len(keys) > _KEYS_SHOWN else "")
    return f"the event does not say where it comes from; its keys: {shown or 'none'}"
