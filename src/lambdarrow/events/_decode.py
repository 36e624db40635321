"""Events as Structs, of a class that is given or that the event says."""

from collections.abc import Callable
from types import GenericAlias
from typing import Any

from .. import _core
from .._detect import ANY, detect
from .._event import as_buffer
from . import struct_of
from ._base import decode as as_struct


def decode(event: Any, type: Any, strict: bool) -> Any:
    """See :func:`lambdarrow.decode`."""
    text = as_buffer(event)
    return as_struct(text, _type_of(text) if type is None else type, strict)


def _type_of(text: Any) -> Any:
    source = detect(text)
    choose = _CHOICES.get(source)
    return struct_of(source) if choose is None else choose(bytes(text))


# Sources whose events are of several classes.


def _apigateway(text: bytes) -> Any:
    from . import apigateway

    if _core.text_at(text, (b"methodArn",)) is None:
        return apigateway.APIGatewayProxyEvent
    if _core.text_at(text, (b"type",)) == "TOKEN":
        return apigateway.APIGatewayAuthorizerTokenEvent
    return apigateway.APIGatewayAuthorizerRequestEvent


def _apigateway_v2(text: bytes) -> Any:
    from . import apigateway_v2

    asks = _core.text_at(text, (b"routeArn",)) is not None
    return apigateway_v2.APIGatewayV2AuthorizerEvent if asks else apigateway_v2.APIGatewayV2ProxyEvent


def _pipes(text: bytes) -> Any:
    from . import pipes

    record: Any = {
        "aws:dynamodb": pipes.DynamoDBRecord, "aws:kinesis": pipes.KinesisRecord, "aws:sqs": pipes.SQSRecord,
        "aws:kafka": pipes.KafkaRecord, "SelfManagedKafka": pipes.KafkaRecord, "aws:amq": pipes.ActiveMQMessage,
        "aws:mq": pipes.ActiveMQMessage, "aws:rmq": pipes.RabbitMQMessage,
    }[_core.text_at(text, (ANY, b"eventSource")) or ""]
    return GenericAlias(list, record)


def _s3(text: bytes) -> Any:
    from . import s3

    return s3.S3TestEvent if _core.text_at(text, (b"Event",)) == "s3:TestEvent" else s3.S3Event


_CHOICES: dict[str, Callable[[bytes], Any]] = {
    "apigateway": _apigateway, "apigateway_v2": _apigateway_v2, "pipes": _pipes, "s3": _s3,
}
