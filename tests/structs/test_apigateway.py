"""Requests of REST and WebSocket APIs, and of their authorizers: what is read is what was sent, and means it."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from events_http import CERTIFICATE, FOLDER, NOBODY, paths, rest, same, web_socket, without

import lambdarrow
from lambdarrow.events._base import UNSET, decode
from lambdarrow.events.apigateway import (
    APIGatewayAuthorizerRequestEvent,
    APIGatewayAuthorizerTokenEvent,
    APIGatewayProxyEvent,
)


class Order(msgspec.Struct):
    price: int


MAPPINGS = ["headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
            "pathParameters", "stageVariables"]


def name_of(key):
    """A key's name in Python, spelled without msgspec."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


# --- what was sent ------------------------------------------------------------------------------------

AUTHORIZERS = {
    "user pool": {"claims": {"sub": "0c1d", "cognito:groups": "admin", "email_verified": "true"}},
    "JWT": {"claims": {"sub": "0c1d"}, "scopes": ["read", "write"]},
    "HTTP API without one": {"claims": None, "scopes": None},
    "Lambda": {"principalId": "me", "integrationLatency": 583, "tier": 3, "beta": True, "note": "a b"},
}
SIGNED = NOBODY | {
    "accessKey": "AKIAEXAMPLE", "accountId": "123456789012", "caller": "AIDAEXAMPLE", "user": "AIDAEXAMPLE",
    "userArn": "arn:aws:iam::123456789012:user/me", "principalOrgId": "o-example",
}
POOLED = SIGNED | {
    "cognitoIdentityPoolId": "us-east-1:4f29", "cognitoIdentityId": "us-east-1:3f29",
    "cognitoAuthenticationType": "authenticated",
    "cognitoAuthenticationProvider": "cognito-idp.us-east-1.amazonaws.com/us-east-1_x,other",
}
FORMS = {
    "plain": rest(),
    "empty": rest(**dict.fromkeys(MAPPINGS), body=None),
    "older": rest({"requestTime": ..., "requestTimeEpoch": ..., "domainName": ..., "domainPrefix": ...},
                  multiValueHeaders=..., isBase64Encoded=...),
    "OpenAPI": rest({"operationName": "putOrder"}),
    "no authorizer": rest({"authorizer": None}),
    "IAM": rest({"identity": SIGNED}),
    "identity pool": rest({"identity": POOLED}),
    "API key": rest({"identity": NOBODY | {"apiKey": "k3y", "apiKeyId": "id"}}),
    "mutual TLS": rest({"identity": NOBODY | {"clientCert": CERTIFICATE}}),
    "no certificate": rest({"identity": NOBODY | {"clientCert": None}}),
    "private": rest({"identity": NOBODY | {"vpcId": "vpc-1", "vpceId": "vpce-1"}}),
    "console": rest({"stage": "test-invoke-stage", "identity": NOBODY | {"sourceIp": "test-invoke-source-ip"}}),
    "HTTP API": rest({"resourceId": None}, version="1.0"),
    "binary": rest(body="/+8=", isBase64Encoded=True),
    "connect": web_socket("CONNECT"),
    "message": web_socket("MESSAGE"),
    "disconnect": web_socket("DISCONNECT"),
    "connect with nulls": web_socket("CONNECT", identity=NOBODY, messageId=None, disconnectReason=None,
                                     disconnectStatusCode=None, authorizer=None),
    "message with nulls": web_socket("MESSAGE", error=None, integrationLatency=None, status=None, resourceId=None,
                                     resourcePath=None, accountId=None),
    "connect with a query": web_socket("CONNECT") | {
        "queryStringParameters": {"room": "1"}, "multiValueQueryStringParameters": {"room": ["1"]}},
} | {name: rest({"authorizer": authorizer}) for name, authorizer in AUTHORIZERS.items()}
each_form = pytest.mark.parametrize("sent", FORMS.values(), ids=FORMS)


@each_form
def test_an_event_writes_what_was_read(sent):
    same(sent, APIGatewayProxyEvent)


@each_form
def test_every_key_is_known(sent):
    decode(json.dumps(sent), APIGatewayProxyEvent, strict=True)


NEEDED = [("requestContext",), *[("requestContext", key) for key in ["apiId", "identity", "requestId", "stage"]],
          ("requestContext", "identity", "sourceIp")]


@pytest.mark.parametrize("sent", [FORMS["plain"], FORMS["disconnect"]], ids=["rest", "web socket"])
def test_what_may_be_absent_is_not_written(sent):
    free = {"authorizer", *MAPPINGS}
    dropped = [path for path in paths(sent) if path not in NEEDED and not free & set(path[:-1])]
    assert len(dropped) > 12
    for path in dropped:
        same(without(sent, path), APIGatewayProxyEvent)


@pytest.mark.parametrize("path", NEEDED, ids=".".join)
def test_what_is_always_sent_must_be_there(path):
    with pytest.raises(lambdarrow.DecodeError, match=rf"missing required field `{path[-1]}`"):
        decode(json.dumps(without(rest(), path)), APIGatewayProxyEvent)


def test_unknown_keys_are_ignored():
    sent = rest({"new": {"a": 1}}, newer=[1])
    event = decode(json.dumps(sent), APIGatewayProxyEvent)
    assert json.loads(msgspec.json.encode(event)) == rest()


# --- what it means ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", MAPPINGS)
def test_mappings_are_those_of_the_wire_and_empty_where_null_or_absent(key):
    event, null, absent = (same(sent, APIGatewayProxyEvent)
                           for sent in [rest(), rest(**{key: None}), rest(**{key: ...})])
    name = name_of(key)
    assert getattr(event, name) == getattr(event, f"{name}_raw") == rest()[key]
    assert getattr(null, name) == getattr(absent, name) == {}
    assert getattr(null, f"{name}_raw") is None
    assert getattr(absent, f"{name}_raw") is UNSET


def test_headers_are_found_whatever_their_case():
    event = same(rest(), APIGatewayProxyEvent)
    assert event.headers["CONTENT-type"] == "application/json"
    assert "x-tag" in event.headers and event.headers.get("x-none", "no") == "no"
    assert event.multi_value_headers["x-TAG"] == ["one", "two"]
    with pytest.raises(KeyError):
        event.headers["x-none"]


def test_the_names_in_python_are_those_of_the_wire():
    event = same(FORMS["OpenAPI"], APIGatewayProxyEvent)
    sent = FORMS["OpenAPI"]["requestContext"]
    for key in sent.keys() - {"identity", "requestTime", "requestTimeEpoch"}:
        assert getattr(event.request_context, name_of(key)) == sent[key]
    for key, value in NOBODY.items():
        assert getattr(event.request_context.identity, name_of(key)) == value
    assert event.request_context.identity.api_key is UNSET
    assert (event.resource, event.path, event.http_method) == ("/orders/{id}", "/orders/17", "POST")


@pytest.mark.parametrize("text", ["10/Mar/2024:05:16:23 +0000", "29/Feb/2024:23:59:59 +0000",
                                  "01/Dec/1999:00:00:00 -0730"])
def test_request_time_is_what_strptime_says(text):
    made = same(rest({"requestTime": text}), APIGatewayProxyEvent).request_context
    assert made.request_time_raw == text
    assert made.request_time == datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")
    assert made.request_time.utcoffset() == datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").utcoffset()


@pytest.mark.parametrize("month", range(1, 13))
def test_request_time_knows_every_month(month):
    # Not strftime: its names are those of the locale.
    name = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * month - 3:3 * month]
    made = decode(json.dumps(rest({"requestTime": f"02/{name}/2024:03:04:05 +0100"})), APIGatewayProxyEvent)
    assert made.request_context.request_time == datetime(2024, month, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize("text", [
    "", "2024-03-10T05:16:23Z", "10/Mrz/2024:05:16:23 +0000", "30/Feb/2024:05:16:23 +0000", "10/Mar/2024:05:16:23",
    "10/Mar/2024:25:16:23 +0000", "10/Mar/2024:05:16:23 +0000 ", "١٠/Mar/2024:05:16:23 +0000",
    "10/Mar/2024:05:16:23 GMT",
])
def test_request_time_that_is_none_names_its_path(text):
    made = same(rest({"requestTime": text}), APIGatewayProxyEvent).request_context
    with pytest.raises(lambdarrow.DecodeError, match=r"^\$\.requestTime: ") as caught:
        _ = made.request_time
    assert caught.value.reason == "invalid_timestamp"


def test_times_in_milliseconds():
    made = same(web_socket("CONNECT"), APIGatewayProxyEvent).request_context
    assert made.request_time_epoch == datetime(2024, 2, 9, 18, 23, 28, 941000, tzinfo=UTC)
    assert made.connected_at == datetime(2024, 2, 9, 18, 23, 27, 396000, tzinfo=UTC)
    older = same(FORMS["older"], APIGatewayProxyEvent).request_context
    assert older.request_time is older.request_time_epoch is older.connected_at is None


def test_a_certificate():
    made = same(FORMS["mutual TLS"], APIGatewayProxyEvent).request_context.identity.client_cert
    assert (made.subject_dn, made.serial_number) == (CERTIFICATE["subjectDN"], "a1:b2:c3")
    assert (made.issuer_dn, made.client_cert_pem) == (CERTIFICATE["issuerDN"], CERTIFICATE["clientCertPem"])
    for got, text in [(made.validity.not_before, made.validity.not_before_raw),
                      (made.validity.not_after, made.validity.not_after_raw)]:
        assert got == datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


def test_a_certificate_without_its_times():
    broken = CERTIFICATE | {"validity": {"notBefore": "2019-05-28", "notAfter": "Feb 30 12:30:02 2019 GMT"}}
    made = same(rest({"identity": NOBODY | {"clientCert": broken}}), APIGatewayProxyEvent).request_context.identity
    for name, path in [("not_before", r"\$\.notBefore"), ("not_after", r"\$\.notAfter")]:
        with pytest.raises(lambdarrow.DecodeError, match=path):
            getattr(made.client_cert.validity, name)


@pytest.mark.parametrize("form, principal, latency, claims, scopes", [
    ("user pool", None, None, AUTHORIZERS["user pool"]["claims"], []),
    ("JWT", None, None, {"sub": "0c1d"}, ["read", "write"]),
    ("HTTP API without one", None, None, {}, []),
    ("Lambda", "me", 583, {}, []),
])
def test_authorizers(form, principal, latency, claims, scopes):
    made = same(FORMS[form], APIGatewayProxyEvent).request_context.authorizer
    assert made == AUTHORIZERS[form]
    assert (made.principal_id, made.integration_latency, made.claims, made.scopes) == (
        principal, latency, claims, scopes)


@pytest.mark.parametrize("form", ["plain", "no authorizer", "IAM", "message"])
def test_no_authorizer(form):
    assert same(FORMS[form], APIGatewayProxyEvent).request_context.authorizer is None


def test_web_sockets():
    connected, message, gone = (same(web_socket(kind), APIGatewayProxyEvent).request_context
                                for kind in ["CONNECT", "MESSAGE", "DISCONNECT"])
    assert {made.connection_id for made in (connected, message, gone)} == {"LXkGTxmplPcCJQw="}
    assert [made.route_key for made in (connected, message, gone)] == ["$connect", "shout", "$disconnect"]
    assert [made.message_id for made in (connected, message, gone)] == [UNSET, "LXkGUdxmpPcCJQw=", UNSET]
    assert [made.message_direction for made in (connected, message, gone)] == ["IN"] * 3
    assert (gone.event_type, gone.disconnect_status_code, gone.disconnect_reason) == ("DISCONNECT", 1001, "Going away")


# --- bodies -------------------------------------------------------------------------------------------


def test_a_body_is_text_or_bytes():
    assert same(rest(body="é"), APIGatewayProxyEvent).body == "é"
    data = bytes(range(256))
    sent = rest(body=base64.b64encode(data).decode(), isBase64Encoded=True)
    assert same(sent, APIGatewayProxyEvent).body == data
    assert same(web_socket("MESSAGE"), APIGatewayProxyEvent).body == '{"price": 3}'


@pytest.mark.parametrize("type", [APIGatewayProxyEvent, APIGatewayProxyEvent[Order], APIGatewayProxyEvent[str]],
                         ids=["plain", "typed", "str"])
@pytest.mark.parametrize("sent", [rest(body=None), rest(body=...), rest(body=None, isBase64Encoded=True)],
                         ids=["null", "absent", "null in base64"])
def test_no_body(sent, type):
    assert same(sent, type).body is None


@pytest.mark.parametrize("sent", [
    rest(), rest(body=base64.b64encode(b'{"price": 3}').decode(), isBase64Encoded=True), web_socket("MESSAGE"),
], ids=["text", "base64", "web socket"])
def test_a_body_of_a_type(sent):
    event = same(sent, APIGatewayProxyEvent[Order])
    assert event.body == Order(3) and event.body is event.body
    assert isinstance(event, APIGatewayProxyEvent)
    assert same(sent, APIGatewayProxyEvent[dict[str, int]]).body == {"price": 3}
    assert same(sent, APIGatewayProxyEvent[str]).body == '{"price": 3}'


def test_bytes_are_asked_for_and_sent():
    sent = rest(body=base64.b64encode(b"\xff\xef").decode(), isBase64Encoded=True)
    assert same(sent, APIGatewayProxyEvent[bytes]).body == b"\xff\xef"


def test_bytes_are_asked_for_and_text_is_sent():
    assert same(rest(), APIGatewayProxyEvent[bytes]).body == b'{"price": 3}'


@pytest.mark.parametrize("changes, type, path, reason", [
    ({"body": "{"}, APIGatewayProxyEvent[Order], "$.body → $", "unexpected_end"),
    ({"body": ""}, APIGatewayProxyEvent[Order], "$.body → $", "unexpected_end"),
    ({"body": '{"price": "3"}'}, APIGatewayProxyEvent[Order], "$.body → $.price", "expected_integer"),
    ({"body": "/+8", "isBase64Encoded": True}, APIGatewayProxyEvent, "$.body", "base64_padding"),
    ({"body": "/+9=", "isBase64Encoded": True}, APIGatewayProxyEvent, "$.body", "base64_spare_bits"),
    ({"body": "/w==", "isBase64Encoded": True}, APIGatewayProxyEvent[str], "$.body → $", "invalid_utf8"),
], ids=["truncated", "empty", "wrong type", "padding", "spare bits", "no UTF-8"])
def test_a_body_that_is_not_names_its_path(changes, type, path, reason):
    event = same(rest(**changes), type)
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = event.body
    assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.parametrize("sent, path, reason", [
    (rest(headers={"a": 1}), "$.headers[...]", "expected_string"),
    (rest(multiValueHeaders={"a": "b"}), "$.multiValueHeaders[...]", "expected_array"),
    (rest({"requestTimeEpoch": "1710047783123"}), "$.requestContext.requestTimeEpoch", "expected_integer"),
    (rest({"identity": NOBODY | {"sourceIp": None}}), "$.requestContext.identity.sourceIp", "unexpected_null"),
    (rest(isBase64Encoded="false"), "$.isBase64Encoded", "expected_bool"),
])
def test_what_is_of_another_type_names_its_path(sent, path, reason):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decode(json.dumps(sent), APIGatewayProxyEvent)
    assert (caught.value.path, caught.value.reason) == (path, reason)


# --- authorizers --------------------------------------------------------------------------------------

ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/GET/orders"


def asked(**changes):
    """The request that an authorizer is asked about."""
    sent = rest({"requestTime": ..., "requestTimeEpoch": ..., "protocol": ..., "extendedRequestId": ...,
                 "identity": {"apiKey": "k3y", "sourceIp": "192.0.2.7", "clientCert": CERTIFICATE}},
                body=..., isBase64Encoded=..., pathParameters={}, stageVariables={})
    return {"type": "REQUEST", "methodArn": ARN} | sent | changes


def test_an_authorizer_of_tokens():
    sent = {"type": "TOKEN", "methodArn": ARN, "authorizationToken": "Bearer abc"}
    made = same(sent, APIGatewayAuthorizerTokenEvent)
    assert (made.type, made.method_arn, made.authorization_token) == tuple(sent.values())
    for key in sent:
        with pytest.raises(lambdarrow.DecodeError, match=f"`{key}`"):
            decode(json.dumps(without(sent, [key])), APIGatewayAuthorizerTokenEvent)


@pytest.mark.parametrize("sent", [
    asked(),
    asked(version="1.0", identitySource="user1,123", authorizationToken="user1,123"),
    asked(identitySource=None, authorizationToken=None),
    web_socket("CONNECT") | {"type": "REQUEST", "methodArn": ARN},
], ids=["REST", "HTTP API", "no source", "web socket"])
def test_an_authorizer_of_requests(sent):
    sent.pop("isBase64Encoded", None)
    made = same(sent, APIGatewayAuthorizerRequestEvent)
    decode(json.dumps(sent), APIGatewayAuthorizerRequestEvent, strict=True)
    assert (made.type, made.method_arn, made.headers) == ("REQUEST", ARN, sent["headers"])
    assert made.stage_variables == {}


# --- samples ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")
def test_samples():
    found = [path for path in FOLDER.glob("apigw-*.json") if "-v2-" not in path.name]
    assert found
    for path in found:
        sent = json.loads(path.read_bytes())
        event = same(path.read_bytes(), APIGatewayProxyEvent[dict])
        decode(path.read_bytes(), APIGatewayProxyEvent, strict=True)
        assert event.body == json.loads(sent["body"])
        assert event.request_context.authorizer.principal_id == "admin"
        epoch = sent["requestContext"]["requestTimeEpoch"]
        assert event.request_context.request_time.timestamp() == epoch // 1000
