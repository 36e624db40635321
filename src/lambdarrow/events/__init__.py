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
    "FirehoseResponse": "firehose",
}
_OF_SOURCE = {
    "sqs": "SQSEvent", "kinesis": "KinesisEvent", "dynamodb": "DynamoDBStreamEvent", "logs": "CloudWatchLogsEvent",
    "s3": "S3Event", "sns": "SNSEvent", "apigateway": "APIGatewayProxyEvent", "apigateway_v2": "APIGatewayV2ProxyEvent",
    "function_url": "LambdaFunctionUrlEvent", "alb": "ALBEvent", "eventbridge": "EventBridgeEvent",
    "scheduled": "ScheduledEvent", "cognito": "CognitoEvent", "cloudwatch": "CloudWatchAlarmEvent",
    "firehose": "FirehoseEvent", "kafka": "KafkaEvent", "activemq": "ActiveMQEvent", "rabbitmq": "RabbitMQEvent",
    "documentdb": "DocumentDBEvent",
}

__all__ = [*_CLASSES]


def struct_of(source):
    """The class of a source's events."""
    return __getattr__(_OF_SOURCE[source])


def __getattr__(name):
    if name not in _CLASSES:
        raise AttributeError(f"module 'lambdarrow.events' has no attribute {name!r}")
    found = getattr(__import__(f"lambdarrow.events.{_CLASSES[name]}", fromlist=("",)), name)
    globals()[name] = found
    return found


def __dir__():
    return sorted(__all__)
