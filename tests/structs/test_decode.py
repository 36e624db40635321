"""`lambdarrow.decode` and `detect`: the right Struct for every sample and for what only looks like one."""

import copy
import json
import pickle
from decimal import Decimal

import msgspec
import pytest
from faithful import FOLDER, b64

import lambdarrow
from lambdarrow import UnknownSource, events
from lambdarrow.events import apigateway, apigateway_v2, cognito, pipes, sns
from lambdarrow.events import kinesis as kinesis_structs

# What each sample is, by the beginning of its name: the longest that fits counts.
SAMPLES = {
    "alb": ("alb", "ALBEvent"), "apigw": ("apigateway", "APIGatewayProxyEvent"),
    "apigw-v2": ("apigateway_v2", "APIGatewayV2ProxyEvent"), "cloudwatch-alarm-sns": ("sns", "SNSEvent"),
    "cloudwatch-logs": ("logs", "CloudWatchLogsEvent"),
    "cognito-event-userpools-create-auth-challenge": ("cognito", "CreateAuthChallengeEvent"),
    "cognito-event-userpools-custommessage": ("cognito", "CustomMessageEvent"),
    "cognito-event-userpools-define-auth-challenge": ("cognito", "DefineAuthChallengeEvent"),
    "cognito-event-userpools-inbound-federation": ("cognito", "InboundFederationEvent"),
    "cognito-event-userpools-migrateuser": ("cognito", "UserMigrationEvent"),
    "cognito-event-userpools-postauthentication": ("cognito", "PostAuthenticationEvent"),
    "cognito-event-userpools-postconfirmation": ("cognito", "PostConfirmationEvent"),
    "cognito-event-userpools-preauthentication": ("cognito", "PreAuthenticationEvent"),
    "cognito-event-userpools-presignup": ("cognito", "PreSignUpEvent"),
    "cognito-event-userpools-pretokengen": ("cognito", "UnknownCognitoEvent"),
    "cognito-event-userpools-pretokengen-v2": ("cognito", "PreTokenGenerationV2Event"),
    "cognito-event-userpools-verify-auth-challenge": ("cognito", "VerifyAuthChallengeResponseEvent"),
    "dynamodb": ("dynamodb", "DynamoDBStreamEvent"), "kafka": ("kafka", "KafkaEvent"),
    "kinesis": ("kinesis", "KinesisEvent"), "kinesis-firehose": ("firehose", "FirehoseEvent"),
    "lambda-urls": ("function_url", "LambdaFunctionUrlEvent"), "s3": ("s3", "S3Event"), "sns": ("sns", "SNSEvent"),
    "sqs": ("sqs", "SQSEvent"),
}
# No events of ours, and what is said of them.
FOREIGN = {
    "cognito-event": "Cognito Sync", "kinesis-analytics-output-delivery-event": "applicationArn",
    "kinesis-analytics-output-delivery-response": "'records'", "kinesis-firehose-response": "'records'",
    "ses-s3-event": "'aws:ses'", "ses-sns-event": "'aws:ses'",
}
# The source is named before the JSON goes wrong.
BROKEN = {"dynamodb-event-malformed.2"}
PRESENT = sorted(path.stem for path in FOLDER.glob("*.json"))
OURS = [name for name in PRESENT if name not in FOREIGN and name not in BROKEN]
beside = pytest.mark.skipif(not PRESENT, reason="no sample events beside the repository")


def sample(name):
    return (FOLDER / f"{name}.json").read_bytes()


def document(made):
    return json.loads(msgspec.json.encode(made))


def each(names):
    return pytest.mark.parametrize("name", names or [pytest.param("", marks=beside)])


@each(OURS)
def test_every_sample_is_decoded_by_its_class(name):
    source, struct = SAMPLES[max((known for known in SAMPLES if name.startswith(known)), key=len)]
    raw = sample(name)
    assert lambdarrow.detect(raw) == source
    made = lambdarrow.decode(raw)
    assert type(made).__name__ == struct
    assert document(made) == json.loads(raw)


@each(OURS)
def test_all_roads_are_equal(name):
    raw = sample(name)
    parsed = json.loads(raw)
    made = lambdarrow.decode(raw)
    forms = (raw.decode(), bytearray(raw), memoryview(raw), parsed, json.dumps(parsed, indent=3), b"\n" + raw)
    for form in forms:
        assert lambdarrow.detect(form) == lambdarrow.detect(raw)
        for again in (lambdarrow.decode(form), lambdarrow.decode(form, type(made))):
            assert type(again) is type(made)
            # Images are kept as the text that was sent, blanks and all.
            assert again == made or name.startswith("dynamodb") and document(again) == document(made)


@each(OURS)
def test_strict_finds_what_is_not_known(name):
    parsed = json.loads(sample(name))
    assert lambdarrow.events.unknown(parsed, lambdarrow.decode(parsed, strict=True)) == {}
    with pytest.raises(lambdarrow.DecodeError) as caught:
        lambdarrow.decode(parsed | {"new": 1}, strict=True)
    assert (caught.value.reason, caught.value.path) == ("unknown_field", "$.new")


@each(OURS)
def test_what_was_decoded_can_be_pickled_and_copied(name):
    for strict in (False, True):
        made = lambdarrow.decode(sample(name), strict=strict)
        for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
            assert again == made and type(again) is type(made)
            assert msgspec.json.encode(again) == msgspec.json.encode(made)


@each([name for name in PRESENT if name in FOREIGN])
def test_what_is_not_ours_is_refused_by_name(name):
    for road in (lambdarrow.detect, lambdarrow.decode, lambdarrow.to_arrow):
        with pytest.raises(UnknownSource, match=FOREIGN[name]):
            road(sample(name))


@each([name for name in PRESENT if name in BROKEN])
def test_what_is_broken_is_refused_by_its_place(name):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        lambdarrow.decode(sample(name))
    assert caught.value.reason == "unexpected_end" and caught.value.offset > 0


# --- look-alikes ------------------------------------------------------------------------------------------

QUEUE = {"messageId": "1", "receiptHandle": "r", "body": "{}", "attributes": {}, "messageAttributes": {},
         "eventSource": "aws:sqs"}
NOTIFICATION = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "a"}}}]}
RULE = {"version": "0", "id": "1", "detail-type": "Object Created", "source": "aws.s3", "account": "1",
        "time": "2024-01-02T03:04:05Z", "region": "r", "resources": [], "detail": {"bucket": {"name": "b"}}}
REQUEST = {"version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "", "headers": {},
           "isBase64Encoded": False}
CONTEXT = {"accountId": "1", "apiId": "a", "domainPrefix": "a", "requestId": "r", "routeKey": "$default",
           "stage": "$default", "time": "01/Jan/2024:00:00:00 +0000", "timeEpoch": 1,
           "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "::1", "userAgent": "u"}}
OF_API = CONTEXT | {"domainName": "a.execute-api.eu-west-1.amazonaws.com"}
OF_URL = CONTEXT | {"domainName": "a.lambda-url.eu-west-1.on.aws"}
OLD = {"resource": "/", "path": "/", "httpMethod": "GET",
       "requestContext": {"apiId": "a", "identity": {"sourceIp": "::1"}, "requestId": "r", "stage": "s",
                          "resourcePath": "/", "httpMethod": "GET"}}
TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2024-01-02T03:04:05.000Z", "Bucket": "b"}
LOOK_ALIKES = {
    "S3 in EventBridge": (RULE, "eventbridge", events.EventBridgeEvent),
    "S3 in SQS": ({"Records": [QUEUE | {"body": json.dumps(NOTIFICATION)}]}, "sqs", events.SQSEvent),
    "a schedule": (RULE | {"detail-type": "Scheduled Event", "source": "aws.events"}, "scheduled",
                   events.ScheduledEvent),
    "an event of one's own that is called so": (RULE | {"detail-type": "Scheduled Event", "source": "my.app"},
                                                "eventbridge", events.EventBridgeEvent),
    "an HTTP API": (REQUEST | {"requestContext": OF_API}, "apigateway_v2", events.APIGatewayV2ProxyEvent),
    "a function URL": (REQUEST | {"requestContext": OF_URL}, "function_url", events.LambdaFunctionUrlEvent),
    "a load balancer": (
        {"requestContext": {"elb": {"targetGroupArn": "a"}}, "httpMethod": "GET", "path": "/", "body": "",
         "isBase64Encoded": False}, "alb", events.ALBEvent),
    "a REST API": (OLD, "apigateway", events.APIGatewayProxyEvent),
    "an authorizer's token": ({"type": "TOKEN", "methodArn": "a", "authorizationToken": "t"}, "apigateway",
                              apigateway.APIGatewayAuthorizerTokenEvent),
    "an authorizer's request": (OLD | {"type": "REQUEST", "methodArn": "a"}, "apigateway",
                                apigateway.APIGatewayAuthorizerRequestEvent),
    "an authorizer's request of an HTTP API": (
        REQUEST | {"type": "REQUEST", "routeArn": "a", "requestContext": OF_API}, "apigateway_v2",
        apigateway_v2.APIGatewayV2AuthorizerEvent),
    "the test event of a bucket": (TEST_EVENT, "s3", events.S3TestEvent),
}


@pytest.mark.parametrize("event, source, struct", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_look_alikes(event, source, struct):
    for form in (event, json.dumps(event), json.dumps(dict(reversed(event.items()))).encode()):
        assert lambdarrow.detect(form) == source
        assert type(lambdarrow.decode(form)) is struct


@pytest.mark.parametrize("event, said", [
    ({"Records": [{"eventVersion": "1.08", "userIdentity": {"type": "Root"}, "eventSource": "s3.amazonaws.com"}]},
     "CloudTrail"),
    ({"version": 2, "eventType": "SyncTrigger", "datasetName": "d", "datasetRecords": {}}, "Cognito Sync"),
    ({"order": 7}, "'order'"), ({"source": "shop", "order": 7}, "'shop'"), ([{"order": 7}], "not a JSON object"),
    ([], "not a JSON object"), ({"requestContext": {"http": {}}}, "'requestContext'"),
], ids=["CloudTrail", "Cognito Sync", "one's own", "one's own source", "one's own list", "an empty list", "no request"])
def test_what_only_looks_like_an_event(event, said):
    for road in (lambdarrow.detect, lambdarrow.decode):
        with pytest.raises(UnknownSource, match=said):
            road(event)


def test_a_class_of_several_chooses_among_its_own():
    event = {"version": "1", "triggerSource": "PreSignUp_SignUp", "region": "r", "userPoolId": "p", "userName": "u",
             "callerContext": {"clientId": "c"}, "request": {"userAttributes": {}}, "response": {}}
    for made in (lambdarrow.decode(event), lambdarrow.decode(event, events.CognitoEvent), cognito.decode(event)):
        assert type(made) is cognito.PreSignUpEvent
    general = lambdarrow.decode(event, cognito.UnknownCognitoEvent)
    assert type(general) is cognito.UnknownCognitoEvent and general.request == {"userAttributes": {}}
    with pytest.raises(lambdarrow.DecodeError):
        lambdarrow.decode(event | {"request": {"userAttributes": {}, "new": 1}}, events.CognitoEvent, strict=True)


def test_what_has_no_columns_says_so():
    with pytest.raises(UnknownSource, match="an event of pipes"):
        lambdarrow.to_arrow([QUEUE])
    with pytest.raises(TypeError, match="pipes sends is a list"):
        events.struct_of("pipes")


# --- EventBridge Pipes --------------------------------------------------------------------------------------

STREAM = {"kinesisSchemaVersion": "1.0", "partitionKey": "p", "sequenceNumber": "1", "data": b64(b'{"id":7}'),
          "approximateArrivalTimestamp": 1545084650.987, "eventSource": "aws:kinesis", "eventVersion": "1.0",
          "eventID": "shardId-000000000006:1", "eventName": "aws:kinesis:record", "invokeIdentityArn": "i",
          "awsRegion": "r", "eventSourceARN": "a"}
TOPIC = {"topic": "t", "partition": 3, "offset": 2136, "timestamp": 1698221925140, "timestampType": "CREATE_TIME",
         "key": b64(b"k"), "value": b64(b'{"id":7}'), "headers": [{"task.id": [48]}], "eventSourceKey": "t-3"}
CHANGE = {"eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "r",
          "dynamodb": {"Keys": {"id": {"N": "7"}}, "SequenceNumber": "1", "SizeBytes": 1,
                       "StreamViewType": "KEYS_ONLY"},
          "eventSourceARN": "a"}
ACTIVE = {"messageID": "ID:1", "messageType": "jms/text-message", "data": b64(b'{"id":7}'), "connectionId": "c",
          "redelivered": False, "destination": {"physicalName": "q"}, "timestamp": 1598827811958, "brokerInTime": 1,
          "brokerOutTime": 2, "eventSource": "aws:amq", "eventSourceArn": "a", "eventSourceKey": "q"}
RABBIT = {"basicProperties": {"contentType": "text/plain"}, "redelivered": False, "data": b64(b'{"id":7}'),
          "eventSource": "aws:rmq", "eventSourceArn": "a", "eventSourceKey": "q::/"}
PIPED = {
    "sqs": (QUEUE, pipes.SQSRecord), "kinesis": (STREAM, pipes.KinesisRecord),
    "dynamodb": (CHANGE, pipes.DynamoDBRecord),
    "msk": (TOPIC | {"eventSource": "aws:kafka", "eventSourceArn": "a"}, pipes.KafkaRecord),
    "kafka": (TOPIC | {"eventSource": "SelfManagedKafka", "bootstrapServers": "smk://a:9092"}, pipes.KafkaRecord),
    "activemq": (ACTIVE, pipes.ActiveMQMessage), "rabbitmq": (RABBIT, pipes.RabbitMQMessage),
}


@pytest.mark.parametrize("record, struct", PIPED.values(), ids=PIPED)
def test_what_a_pipe_sends(record, struct):
    raw = json.dumps([record, record])
    assert lambdarrow.detect(raw) == "pipes"
    made = lambdarrow.decode(raw, strict=True)
    assert [type(one).__name__ for one in made] == [struct.__name__] * 2
    assert document(made) == json.loads(raw)
    assert document(lambdarrow.decode(json.loads(raw))) == document(lambdarrow.decode(raw, list[struct]))
    assert pickle.loads(pickle.dumps(made)) == made


class Order(msgspec.Struct):
    id: int


def test_payloads_of_a_pipe():
    (record,) = lambdarrow.decode([STREAM], list[pipes.KinesisRecord[Order]])
    assert record.data == Order(7) and record.approximate_arrival_timestamp.microsecond == 987000
    (record,) = lambdarrow.decode([PIPED["kafka"][0]], list[pipes.KafkaRecord[Order, bytes]])
    assert (record.value, record.key, record.bootstrap_servers) == (Order(7), b"k", ["smk://a:9092"])
    for message, struct in ((ACTIVE, pipes.ActiveMQMessage), (RABBIT, pipes.RabbitMQMessage)):
        assert lambdarrow.decode([message], list[struct[Order]])[0].data == Order(7)


# --- what is in Structs ---------------------------------------------------------------------------------------


def test_strict_reaches_into_payloads_that_are_ours():
    note = {"Type": "Notification", "MessageId": "1", "TopicArn": "t", "Message": '{"id":7}', "Timestamp": "x"}
    for more, known in (({}, True), ({"New": 1}, False)):
        raw = {"Records": [QUEUE | {"body": json.dumps(note | more)}]}
        type = events.SQSEvent[sns.SNSNotification[Order]]
        assert lambdarrow.decode(raw, type).records[0].body.message == Order(7)
        made = lambdarrow.decode(raw, type, strict=True)
        if known:
            assert made.records[0].body.message == Order(7)
            continue
        with pytest.raises(lambdarrow.DecodeError) as caught:
            made.records[0].body        # noqa: B018
        assert (caught.value.reason, caught.value.path) == ("unknown_field", "$.body → $.New")


@pytest.mark.parametrize("type", [
    events.SQSEvent, events.SQSEvent[Order], events.SQSEvent[list[Order] | Order | None],
    events.SQSEvent[dict[str, int]],
])
@pytest.mark.parametrize("strict", [False, True])
def test_filled_in_structs_can_be_pickled(type, strict):
    made = lambdarrow.decode({"Records": [QUEUE | {"body": '{"id":7}'}]}, type, strict=strict)
    seen = made.records[0].body
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert again == made and again.__class__ is made.__class__
        assert again.records[0].body == seen


def test_images_can_be_pickled_with_their_options():
    made = lambdarrow.dynamodb.decode({"Records": [CHANGE]}, numbers="str")
    again = pickle.loads(pickle.dumps(made))
    assert again == made and again.records[0].dynamodb.keys == {"id": "7"}


def test_an_unknown_key_that_is_called_as_records_are():
    with pytest.raises(lambdarrow.DecodeError) as caught:
        lambdarrow.decode({"records": [], "Records": [QUEUE]}, strict=True)
    assert (caught.value.reason, caught.value.path) == ("unknown_field", "$.records")


def test_what_no_field_has():
    raw = {"Records": [QUEUE | {"new": [1], "attributes": {"SenderId": "s", "Newer": "2"}}], "more": None}
    found = events.unknown(json.dumps(raw), lambdarrow.decode(raw))
    assert found == {"$.Records[0].new": [1], "$.Records[0].attributes.Newer": "2", "$.more": None}
    assert events.unknown([STREAM | {"new": 1}], lambdarrow.decode([STREAM])) == {"$[0].new": 1}
    # A detail is a payload, and the user's.
    detail = RULE | {"detail": {"id": 1, "more": 2}}
    assert events.unknown(detail, lambdarrow.decode(detail, events.EventBridgeEvent[Order])) == {}


def test_a_view_names_its_field_whatever_is_there():
    bad = {
        "time": (RULE | {"time": "x"}, lambda made: made.time, "$.time", "invalid_timestamp"),
        "ms": (REQUEST | {"requestContext": OF_API | {"timeEpoch": 1 << 62}},
               lambda made: made.request_context.time_epoch, "$.timeEpoch", "out_of_range"),
        "s": ({"Records": [{"eventSource": "aws:kinesis",
                            "kinesis": STREAM | {"approximateArrivalTimestamp": -1e300}}]},
              lambda made: made.records[0].kinesis.approximate_arrival_timestamp, "$.approximateArrivalTimestamp",
              "out_of_range"),
        "text": ({"Records": [QUEUE | {"attributes": {"SentTimestamp": "9" * 18}}]},
                 lambda made: made.records[0].attributes.sent_timestamp, "$.SentTimestamp", "out_of_range"),
        "count": ({"Records": [QUEUE | {"attributes": {"ApproximateReceiveCount": "one"}}]},
                  lambda made: made.records[0].attributes.approximate_receive_count, "$.ApproximateReceiveCount",
                  "invalid_json"),
    }
    for event, view, path, reason in bad.values():
        with pytest.raises(lambdarrow.DecodeError) as caught:
            view(lambdarrow.decode(event))
        assert (caught.value.path, caught.value.reason) == (path, reason)


def test_headers_are_read_only_and_of_any_case():
    headers = lambdarrow.decode(REQUEST | {"headers": {"Host": "h", "x": "1"}, "requestContext": OF_API}).headers
    assert headers["host"] == headers.get("HOST") == "h" and "hOST" in headers and headers.get("y", 0) == 0
    assert dict(headers) == headers == {"Host": "h", "x": "1"}
    assert json.loads(msgspec.json.encode(headers)) == {"Host": "h", "x": "1"}
    for change in (lambda: headers.pop("x"), lambda: headers.setdefault("y", "1"), lambda: headers.update(x="2"),
                   lambda: headers.__setitem__("x", "2"), lambda: headers.__delitem__("x"), headers.clear):
        with pytest.raises(TypeError, match="dict"):
            change()
    assert pickle.loads(pickle.dumps(headers)) == copy.copy(headers) == headers
    assert copy.copy(headers)["HOST"] == "h"


def test_each_source_has_its_event():
    for name in ("sqs", "kinesis", "dynamodb", "logs", "s3", "sns", "eventbridge", "scheduled", "firehose", "kafka"):
        module = __import__(f"lambdarrow.{name}", fromlist=("",))
        assert module.Event is events.struct_of(name)
        with pytest.raises(AttributeError, match=name):
            module.NoSuchName   # noqa: B018
    assert lambdarrow.kinesis.Event is kinesis_structs.KinesisEvent


def test_an_image_is_what_was_sent_whatever_is_written_there_later():
    sent = bytearray(json.dumps({"Records": [CHANGE]}).encode())
    made = lambdarrow.decode(sent)
    sent[:] = bytes(len(sent))
    assert made.records[0].dynamodb.keys == {"id": Decimal(7)}
