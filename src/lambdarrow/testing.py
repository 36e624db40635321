"""Events for tests of one's own handlers, as a handler receives them: dicts that ``json`` writes.

``event("sqs", bodies=["hello", {"id": 1}])`` has AWS's shape around what is given, and is the same at each call. What
carries a payload takes text, bytes or anything that ``json`` writes, which is written down then.
"""

import gzip
import hashlib
import json
import random
from base64 import b64encode
from urllib.parse import quote_plus, urlencode

from . import _synth, _synth_calls, _synth_events

__all__ = ["event"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any

_NOW = _synth._BEGIN_MS
_STEP = 25      # milliseconds between two records


def event(source: str, /, **options: "Any") -> "dict[str, Any]":
    """An event of ``source`` with what ``options`` say in it. All have a default; those of each source:

    ``sqs``: ``bodies``, ``fifo`` (a FIFO queue), ``attributes`` (AWS's own, such as ``MessageGroupId``; a dict for all
    messages or a list with one for each), ``message_attributes`` (name → text, number or bytes).
    ``kinesis``: ``data``, ``partition_keys``. ``firehose``: ``data``. ``activemq``: ``data``. ``rabbitmq``: ``data``,
    ``queue``. ``kafka``: ``values`` (None is a tombstone), ``keys``, ``topic``, ``partition`` (a number, or a list with
    one for each record), ``headers`` (name → bytes).
    ``dynamodb``: ``changes``, a list of ``(name, old, new)`` where ``name`` is ``INSERT``, ``MODIFY`` or ``REMOVE`` and
    the items are plain Python (:func:`lambdarrow.dynamodb.marshal`) or None; ``keys``, the names of the key's
    attributes (the first one of the item, unless it is said). ``documentdb``: ``changes``, a list of
    ``(operation, document)``. ``logs``: ``messages``, ``log_group``, ``log_stream``. ``sns``: ``messages``,
    ``subject``, ``attributes`` (name → text or bytes). ``s3``: ``keys`` (as they are; the event has them encoded),
    ``bucket``, ``event_name``, ``size``.
    ``eventbridge``: ``detail``, ``detail_type``, ``source``, ``resources``. ``scheduled``: ``rule``.
    ``apigateway``, ``apigateway_v2``, ``function_url``, ``alb``: ``method``, ``path``, ``body`` (bytes go as base64),
    ``headers``, ``query`` (name → text, or a list of texts).
    ``cognito``: ``trigger_source``, ``user_attributes``, ``request`` (more keys of the request).
    ``cloudwatch``: ``alarm_name``, ``state``, ``previous_state``, ``reason``.

    Raises ``ValueError`` for a source, and ``TypeError`` for an option that is not among these.
    """
    build = _BUILDERS.get(source)
    if build is None:
        raise ValueError(f"no events of {source!r}; there are those of {', '.join(_BUILDERS)}")
    known = build.__kwdefaults__
    for name in options:
        if name not in known:
            raise TypeError(f"an event of {source} has no {name!r}; it has {', '.join(known)}")
    # As a handler has it, and nothing of it is in two places, or the caller's.
    made: dict[str, Any] = json.loads(_json(build(**options)))
    return made


def _bytes(value: "Any") -> bytes:
    """What a payload is on its way."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return (value if isinstance(value, str) else _json(value)).encode()


def _text(value: "Any") -> str:
    return value if isinstance(value, str) else _bytes(value).decode()


def _json(value: "Any") -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _base64(value: "Any") -> str:
    return b64encode(_bytes(value)).decode("ascii")


def _listed(name: str, values: "Any") -> "list[Any]":
    if isinstance(values, (str, bytes, bytearray, dict)):
        raise TypeError(f"{name}: a list, with one for each record, not {type(values).__name__}")
    return list(values)


def _each(name: str, values: "Any", n: int) -> "list[Any]":
    """One value for each of n records; what is no list is that of all."""
    if not isinstance(values, (list, tuple)):
        return [values] * n
    if len(values) != n:
        raise ValueError(f"{name}: {len(values)} for {n} records")
    return list(values)


def _made(source: str, n: int = 1) -> "Any":
    """An event to put values into."""
    return json.loads(getattr(_synth, source)(n))


# Batches


def _sqs(*, bodies: "Any" = ("hello",), fifo: bool = False, attributes: "Any" = None,
         message_attributes: "Any" = None) -> "Any":
    texts = [_text(body) for body in _listed("bodies", bodies)]
    made = _made("sqs", len(texts))
    said = _each("attributes", attributes, len(texts))
    for k, (message, text) in enumerate(zip(made["Records"], texts, strict=True)):
        at = str(_NOW + k * _STEP)
        system = {"ApproximateReceiveCount": "1", "SentTimestamp": at,
                  "SenderId": "AROAIWPX5BD2BHG722MW4:checkout", "ApproximateFirstReceiveTimestamp": at}
        if fifo:
            digest = hashlib.sha256(text.encode()).hexdigest()
            system |= {"SequenceNumber": str(18_849_496_460_467_696_128 + k * 256), "MessageGroupId": "group",
                       "MessageDeduplicationId": digest}
            message["eventSourceARN"] += ".fifo"
        message["body"] = text
        message["md5OfBody"] = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        message["attributes"] = {**system, **(said[k] or {})}
        message["messageAttributes"] = typed = _typed(message_attributes or {})
        message.pop("md5OfMessageAttributes", None)
        if typed:
            message["md5OfMessageAttributes"] = _synth._md5_of_attributes(typed)
    return made


def _typed(attributes: "dict[str, Any]") -> "dict[str, Any]":
    made = {}
    for name, value in attributes.items():
        if isinstance(value, bytes):
            said = {"binaryValue": _base64(value), "dataType": "Binary"}
        else:
            said = {"stringValue": str(value), "dataType": "String" if isinstance(value, str) else "Number"}
        made[name] = {**said, "stringListValues": [], "binaryListValues": []}
    return made


def _kinesis(*, data: "Any" = ("hello",), partition_keys: "Any" = "key") -> "Any":
    values = _listed("data", data)
    made = _made("kinesis", len(values))
    keys = _each("partition_keys", partition_keys, len(values))
    for k, record in enumerate(made["Records"]):
        record["kinesis"] |= {"partitionKey": keys[k], "data": _base64(values[k])}
    return made


def _firehose(*, data: "Any" = ("hello",)) -> "Any":
    values = _listed("data", data)
    made = _made("firehose", len(values))
    for record, value in zip(made["records"], values, strict=True):
        record["data"] = _base64(value)
    return made


def _dynamodb(*, changes: "Any" = (("INSERT", None, {"pk": "a"}),), keys: "Any" = None) -> "Any":
    from .dynamodb import marshal

    made = []
    for k, (name, old, new) in enumerate(_listed("changes", changes)):
        images = {key: marshal(item) for key, item in (("NewImage", new), ("OldImage", old)) if item is not None}
        if not images:
            raise ValueError(f"changes: {name} of neither an old nor a new item")
        item = next(iter(images.values()))
        names = list(item)[:1] if keys is None else _listed("keys", keys)
        change = {"ApproximateCreationDateTime": _NOW // 1000, "Keys": {key: item[key] for key in names}, **images,
                  "SequenceNumber": str(1405400000000002063282832 + k)}
        change["SizeBytes"] = len(_json(change))
        change["StreamViewType"] = "NEW_AND_OLD_IMAGES"
        made.append({"eventID": f"{k:032x}", "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
                     "awsRegion": "us-east-1", "dynamodb": change, "eventSourceARN": _synth._TABLE})
    return {"Records": made}


def _logs(*, messages: "Any" = ("hello",), log_group: str = "/aws/lambda/checkout",
          log_stream: str = "2025/02/19/[$LATEST]4f7cd4e0a8c94a3f") -> "Any":
    events = [{"id": f"{_NOW * 10**40 + k:056d}", "timestamp": _NOW + k * _STEP, "message": _text(message)}
              for k, message in enumerate(_listed("messages", messages))]
    body = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": log_group, "logStream": log_stream,
            "subscriptionFilters": ["to-lake"], "logEvents": events}
    return {"awslogs": {"data": _base64(gzip.compress(_json(body).encode(), mtime=0))}}


def _sns(*, messages: "Any" = ("hello",), subject: "str | None" = None, attributes: "Any" = None) -> "Any":
    texts = [_text(message) for message in _listed("messages", messages)]
    made = _made("sns", len(texts))
    typed = {name: {"Type": "Binary", "Value": _base64(value)} if isinstance(value, bytes)
             else {"Type": "String", "Value": str(value)} for name, value in (attributes or {}).items()}
    for record, text in zip(made["Records"], texts, strict=True):
        record["Sns"] |= {"Subject": subject, "Message": text, "MessageAttributes": typed}
    return made


def _s3(*, keys: "Any" = ("orders/1.json",), bucket: str = "bucket", event_name: str = "ObjectCreated:Put",
        size: int = 1024) -> "Any":
    names = _listed("keys", keys)
    made = _made("s3", len(names))
    for record, name in zip(made["Records"], names, strict=True):
        record["eventName"] = event_name
        record.pop("glacierEventData", None)
        record["s3"]["bucket"] |= {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}
        thing = {"key": quote_plus(name, safe="/")}
        if "ObjectRemoved" not in event_name:
            thing |= {"size": size, "eTag": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}
        record["s3"]["object"] = {**thing, "sequencer": record["s3"]["object"]["sequencer"]}
    return made


def _kafka(*, values: "Any" = ("hello",), keys: "Any" = None, topic: str = "topic", partition: "Any" = 0,
           headers: "Any" = None) -> "Any":
    sent = _listed("values", values)
    said = [{name: list(_bytes(value))} for name, value in (headers or {}).items()]
    batches: dict[str, list[Any]] = {}
    for k, (value, key, number) in enumerate(zip(
            sent, _each("keys", keys, len(sent)), _each("partition", partition, len(sent)), strict=True)):
        batch = batches.setdefault(f"{topic}-{number}", [])
        record = {"topic": topic, "partition": number, "offset": len(batch), "timestamp": _NOW + k * _STEP,
                  "timestampType": "CREATE_TIME"}
        if key is not None:
            record["key"] = _base64(key)
        batch.append({**record, "value": None if value is None else _base64(value), "headers": said})
    return {**_made("kafka"), "records": batches}


def _activemq(*, data: "Any" = ("hello",)) -> "Any":
    values = _listed("data", data)
    made = _made("activemq", len(values))
    for message, value in zip(made["messages"], values, strict=True):
        message |= {"data": _base64(value), "messageType": "jms/text-message" if isinstance(value, str)
                    else "jms/bytes-message"}
    return made


def _rabbitmq(*, data: "Any" = ("hello",), queue: str = "queue::/") -> "Any":
    rng = random.Random(0)
    messages = [_synth_events._rabbitmq_message(rng, _NOW + k * _STEP, _bytes(value))
                for k, value in enumerate(_listed("data", data))]
    return {**_made("rabbitmq"), "rmqMessagesByQueue": {queue: messages}}


def _documentdb(*, changes: "Any" = (("insert", {"id": 1}),)) -> "Any":
    rng = random.Random(0)
    made = [{"event": _synth_events._change(rng, _NOW + k * _STEP, k, operation, document)}
            for k, (operation, document) in enumerate(_listed("changes", changes))]
    return {**_made("documentdb"), "events": made}


# What is no batch


def _eventbridge(*, detail: "Any" = None, detail_type: str = "Order Placed", source: str = "com.example.shop",
                 resources: "Any" = ()) -> "Any":
    return _synth_calls._rule(random.Random(0), _NOW, detail_type, source, list(resources),
                              {} if detail is None else detail)


def _scheduled(*, rule: str = "nightly") -> "Any":
    arn = f"arn:aws:events:us-east-1:123456789012:rule/{rule}"
    return _synth_calls._rule(random.Random(0), _NOW, "Scheduled Event", "aws.events", [arn], {})


def _sent(body: "Any") -> "tuple[str | None, bool]":
    """A body as text, and whether that is base64."""
    if body is None:
        return None, False
    return (_base64(body), True) if isinstance(body, (bytes, bytearray, memoryview)) else (_text(body), False)


def _pairs(query: "Any") -> "list[tuple[str, str]]":
    return [(name, one) for name, value in (query or {}).items()
            for one in ([value] if isinstance(value, str) else value)]


def _lower(headers: "Any") -> "dict[str, str]":
    return {name.lower(): value for name, value in (headers or {}).items()}


def _apigateway(*, method: str = "GET", path: str = "/", body: "Any" = None, headers: "Any" = None,
                query: "Any" = None) -> "Any":
    event = json.loads(_synth_calls.apigateway(seed=_REST))
    text, is_base64 = _sent(body)
    headers, pairs = dict(headers or {}), _pairs(query)
    event |= {
        "resource": "/{proxy+}", "path": path, "httpMethod": method, "headers": headers or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": _synth_calls._several(pairs) or None,
        "pathParameters": {"proxy": path.lstrip("/")}, "stageVariables": None, "body": text,
        "isBase64Encoded": is_base64,
    }
    event["requestContext"] |= {"resourcePath": "/{proxy+}", "httpMethod": method, "path": f"/prod{path}",
                                "authorizer": None}
    return event


_REST = next(seed for seed in range(20) if b'"httpMethod"' in _synth_calls.apigateway(seed=seed))   # no WebSocket


def _v2(source: str, method: str, path: str, body: "Any", headers: "Any", query: "Any") -> "Any":
    event = _made(source)
    text, is_base64 = _sent(body)
    pairs = _pairs(query)
    for key in ("queryStringParameters", "pathParameters", "stageVariables", "cookies", "body"):
        event.pop(key, None)
    event |= {"rawPath": path, "rawQueryString": urlencode(pairs), "headers": _lower(headers),
              "isBase64Encoded": is_base64, "routeKey": "$default"}
    if pairs:
        event["queryStringParameters"] = {
            name: ",".join(values) for name, values in _synth_calls._several(pairs).items()}
    if text is not None:
        event["body"] = text
    context = event["requestContext"]
    context.pop("authorizer", None)
    context["routeKey"] = "$default"
    context["http"] |= {"method": method, "path": path}
    return event


def _apigateway_v2(*, method: str = "GET", path: str = "/", body: "Any" = None, headers: "Any" = None,
                   query: "Any" = None) -> "Any":
    return _v2("apigateway_v2", method, path, body, headers, query)


def _function_url(*, method: str = "GET", path: str = "/", body: "Any" = None, headers: "Any" = None,
                  query: "Any" = None) -> "Any":
    return _v2("function_url", method, path, body, headers, query)


def _alb(*, method: str = "GET", path: str = "/", body: "Any" = None, headers: "Any" = None,
         query: "Any" = None) -> "Any":
    text, is_base64 = _sent(body)
    # A load balancer hands parameters on as the client has written them.
    parameters = {quote_plus(name): quote_plus(value) for name, value in _pairs(query)}
    return {"requestContext": _made("alb")["requestContext"], "httpMethod": method, "path": path,
            "queryStringParameters": parameters, "headers": _lower(headers), "body": text or "",
            "isBase64Encoded": is_base64}


def _cognito(*, trigger_source: str = "PreSignUp_SignUp", user_attributes: "Any" = None,
             request: "Any" = None) -> "Any":
    # Those of one family have the same request and response.
    family = trigger_source.partition("_")[0]
    like = [trigger for trigger in _synth_calls._TRIGGERS if trigger.partition("_")[0] == family]
    if not like:
        families = ", ".join(trigger.partition("_")[0] for trigger in _synth_calls._TRIGGERS)
        raise ValueError(f"trigger_source: {trigger_source!r} is not one of {families} with what has happened")
    made = _synth_calls._trigger(random.Random(0), like[0], None)
    made["triggerSource"] = trigger_source
    made["request"] = {**made["request"], **(request or {})}
    if user_attributes is not None:
        made["request"]["userAttributes"] = dict(user_attributes)
    return made


def _cloudwatch(*, alarm_name: str = "errors", state: str = "ALARM", previous_state: str = "OK",
                reason: str = "Threshold Crossed") -> "Any":
    made = _synth_calls._alarm(random.Random(0), _NOW, alarm_name, state, previous_state)
    made["alarmData"]["state"]["reason"] = reason
    return made


_BUILDERS = {
    "sqs": _sqs, "kinesis": _kinesis, "dynamodb": _dynamodb, "logs": _logs, "firehose": _firehose, "s3": _s3,
    "sns": _sns, "eventbridge": _eventbridge, "scheduled": _scheduled, "kafka": _kafka, "activemq": _activemq,
    "rabbitmq": _rabbitmq, "documentdb": _documentdb, "apigateway": _apigateway, "apigateway_v2": _apigateway_v2,
    "function_url": _function_url, "alb": _alb, "cognito": _cognito, "cloudwatch": _cloudwatch,
}
