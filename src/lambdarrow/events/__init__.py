"""Events as msgspec Structs, one module a source. Nothing of them is imported before it is asked for."""

# Which module has a class, and which class an event of a source is.
_CLASSES = {
    "SQSEvent": "sqs", "KinesisEvent": "kinesis", "DynamoDBStreamEvent": "dynamodb", "CloudWatchLogsEvent": "logs",
    "S3Event": "s3", "SNSEvent": "sns", "APIGatewayProxyEvent": "apigateway",
    "APIGatewayV2ProxyEvent": "apigateway_v2", "LambdaFunctionUrlEvent": "apigateway_v2", "ALBEvent": "alb",
    "EventBridgeEvent": "eventbridge", "ScheduledEvent": "eventbridge", "CognitoEvent": "cognito",
    "CloudWatchAlarmEvent": "cloudwatch", "FirehoseEvent": "firehose", "KafkaEvent": "kafka",
    "ActiveMQEvent": "activemq", "RabbitMQEvent": "rabbitmq", "DocumentDBEvent": "documentdb",
    "APIGatewayProxyResponse": "apigateway", "APIGatewayV2ProxyResponse": "apigateway_v2", "ALBResponse": "alb",
    "FirehoseResponse": "firehose", "S3TestEvent": "s3", "BatchResponse": "responses",
}
_FUNCTIONS = {"unknown": "_unknown"}
_OF_SOURCE = {
    "sqs": "SQSEvent", "kinesis": "KinesisEvent", "dynamodb": "DynamoDBStreamEvent", "logs": "CloudWatchLogsEvent",
    "s3": "S3Event", "sns": "SNSEvent", "apigateway": "APIGatewayProxyEvent", "apigateway_v2": "APIGatewayV2ProxyEvent",
    "function_url": "LambdaFunctionUrlEvent", "alb": "ALBEvent", "eventbridge": "EventBridgeEvent",
    "scheduled": "ScheduledEvent", "cognito": "CognitoEvent", "cloudwatch": "CloudWatchAlarmEvent",
    "firehose": "FirehoseEvent", "kafka": "KafkaEvent", "activemq": "ActiveMQEvent", "rabbitmq": "RabbitMQEvent",
    "documentdb": "DocumentDBEvent",
}

__all__ = [*_CLASSES, *_FUNCTIONS]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Any

    from ._unknown import unknown as unknown
    from .activemq import ActiveMQEvent as ActiveMQEvent
    from .alb import ALBEvent as ALBEvent
    from .alb import ALBResponse as ALBResponse
    from .apigateway import APIGatewayProxyEvent as APIGatewayProxyEvent
    from .apigateway import APIGatewayProxyResponse as APIGatewayProxyResponse
    from .apigateway_v2 import APIGatewayV2ProxyEvent as APIGatewayV2ProxyEvent
    from .apigateway_v2 import APIGatewayV2ProxyResponse as APIGatewayV2ProxyResponse
    from .apigateway_v2 import LambdaFunctionUrlEvent as LambdaFunctionUrlEvent
    from .cloudwatch import CloudWatchAlarmEvent as CloudWatchAlarmEvent
    from .cognito import CognitoEvent as CognitoEvent
    from .documentdb import DocumentDBEvent as DocumentDBEvent
    from .dynamodb import DynamoDBStreamEvent as DynamoDBStreamEvent
    from .eventbridge import EventBridgeEvent as EventBridgeEvent
    from .eventbridge import ScheduledEvent as ScheduledEvent
    from .firehose import FirehoseEvent as FirehoseEvent
    from .firehose import FirehoseResponse as FirehoseResponse
    from .kafka import KafkaEvent as KafkaEvent
    from .kinesis import KinesisEvent as KinesisEvent
    from .logs import CloudWatchLogsEvent as CloudWatchLogsEvent
    from .rabbitmq import RabbitMQEvent as RabbitMQEvent
    from .responses import BatchResponse as BatchResponse
    from .s3 import S3Event as S3Event
    from .s3 import S3TestEvent as S3TestEvent
    from .sns import SNSEvent as SNSEvent
    from .sqs import SQSEvent as SQSEvent


def struct_of(source: str) -> "Any":
    """The class of a source's events. Raises TypeError for ``pipes``, whose events are lists."""
    if source not in _OF_SOURCE:
        raise TypeError(f"what {source} sends is a list of records, of no class of its own")
    return _named(_OF_SOURCE[source])


def _named(name: str) -> "Any":
    module = _CLASSES.get(name) or _FUNCTIONS.get(name)
    if module is None:
        raise AttributeError(f"module 'lambdarrow.events' has no attribute {name!r}")
    found = getattr(__import__(f"lambdarrow.events.{module}", fromlist=("",)), name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:
    __getattr__ = _named


def __dir__() -> list[str]:
    return sorted(__all__)
