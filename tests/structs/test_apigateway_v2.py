"""Requests of HTTP APIs and function URLs, and of their authorizers: what is read is what was sent, and means it."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import msgspec
import pytest
from events_http import CERTIFICATE, FOLDER, http_api, paths, same, without

import lambdarrow
from lambdarrow.events._base import UNSET, decode
from lambdarrow.events.apigateway_v2 import (
    APIGatewayV2AuthorizerEvent,
    APIGatewayV2ProxyEvent,
    LambdaFunctionUrlEvent,
)


class Order(msgspec.Struct):
    price: int


BOTH = pytest.mark.parametrize("type", [APIGatewayV2ProxyEvent, LambdaFunctionUrlEvent])
MAPPINGS = {"query_string_parameters": "queryStringParameters", "path_parameters": "pathParameters",
            "stage_variables": "stageVariables"}
SIGNED = {
    "accessKey": "AKIAEXAMPLE", "accountId": "111122223333", "callerId": "AIDAEXAMPLE", "cognitoIdentity": None,
    "principalOrgId": None, "userArn": "arn:aws:iam::111122223333:user/me", "userId": "AIDAEXAMPLE",
}
POOLED = SIGNED | {"cognitoIdentity": {"amr": ["authenticated"], "identityId": "us-east-1:3f29",
                                       "identityPoolId": "us-east-1:4f29"}, "principalOrgId": "o-example"}


def url(context_changes=(), **changes):
    """A request to a function's URL as the documentation has it, nulls and all."""
    context = {"accountId": "anonymous", "apiId": "abc123", "domainPrefix": "abc123", "routeKey": "$default",
               "domainName": "abc123.lambda-url.us-west-2.on.aws", "authentication": None} | dict(context_changes)
    return http_api(context, **{"routeKey": "$default", "pathParameters": None, "stageVariables": None} | changes)


FORMS = {
    "plain": http_api(),
    "without a body": http_api(body=..., cookies=..., queryStringParameters=..., pathParameters=..., stageVariables=...,
                               rawQueryString=""),
    "nulls": http_api({"authentication": None, "authorizer": None}, body=None, cookies=None,
                      queryStringParameters=None),
    "JWT": http_api({"authorizer": {"jwt": {"claims": {"sub": "0c1d", "exp": "1710051383"}, "scopes": ["read"]}}}),
    "JWT without scopes": http_api({"authorizer": {"jwt": {"claims": {}, "scopes": None}}}),
    "Lambda": http_api({"authorizer": {"lambda": {"tier": 3, "tags": ["a"], "beta": True, "note": None}}}),
    "Lambda without context": http_api({"authorizer": {"lambda": None}}),
    "IAM": http_api({"authorizer": {"iam": SIGNED}}),
    "identity pool": http_api({"authorizer": {"iam": POOLED}}),
    "mutual TLS": http_api({"authentication": {"clientCert": CERTIFICATE}}),
    "no certificate": http_api({"authentication": {"clientCert": None}}),
    "URL": url(),
    "signed URL": url({"accountId": "111122223333", "authorizer": {"iam": SIGNED}}),
    "URL without a route": url({"routeKey": ..., "stage": ...}, routeKey=...),
    "binary": http_api(body="/+8=", isBase64Encoded=True),
}
each_form = pytest.mark.parametrize("sent", FORMS.values(), ids=FORMS)


# --- what was sent ------------------------------------------------------------------------------------


@BOTH
@each_form
def test_an_event_writes_what_was_read(sent, type):
    same(sent, type)
    decode(json.dumps(sent), type, strict=True)


NEEDED = [(key,) for key in ["version", "rawPath", "rawQueryString", "headers", "requestContext",
                                "isBase64Encoded"]] + [
    ("requestContext", key)
    for key in ["accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "time", "timeEpoch"]] + [
    ("requestContext", "http", key) for key in ["method", "path", "protocol", "sourceIp"]]


def test_what_may_be_absent_is_not_written():
    sent = FORMS["identity pool"]
    free = {"headers", "cognitoIdentity", *MAPPINGS.values()}
    dropped = [path for path in paths(sent) if path not in NEEDED and not free & set(path[:-1])]
    assert len(dropped) > 12
    for path in dropped:
        same(without(sent, path), APIGatewayV2ProxyEvent)


@pytest.mark.parametrize("path", NEEDED, ids=".".join)
def test_what_is_always_sent_must_be_there(path):
    with pytest.raises(lambdarrow.DecodeError, match=rf"missing required field `{path[-1]}`"):
        decode(json.dumps(without(http_api(), path)), APIGatewayV2ProxyEvent)


def test_unknown_keys_are_ignored():
    event = decode(json.dumps(http_api({"new": {"a": 1}}, newer=[1])), APIGatewayV2ProxyEvent)
    assert json.loads(msgspec.json.encode(event)) == http_api()


# --- what it means ------------------------------------------------------------------------------------


@BOTH
def test_the_names_in_python_are_those_of_the_wire(type):
    event = same(http_api(), type)
    assert (event.version, event.route_key, event.raw_path) == ("2.0", "POST /orders/{id}", "/orders/17")
    assert event.cookies == ["a=1", "b=2"]
    context = event.request_context
    assert (context.account_id, context.api_id, context.stage) == ("123456789012", "r3pmxmplak", "$default")
    assert (context.domain_name.partition(".")[0], context.domain_prefix) == ("r3pmxmplak", "r3pmxmplak")
    assert (context.request_id, context.route_key) == ("JKJaXmPLvHcESHA=", "POST /orders/{id}")
    http = context.http
    assert (http.method, http.path, http.protocol, http.source_ip, http.user_agent) == tuple(
        http_api()["requestContext"]["http"].values())


@pytest.mark.parametrize("name, key", MAPPINGS.items())
def test_mappings_are_those_of_the_wire_and_empty_where_null_or_absent(name, key):
    event, null, absent = (same(sent, APIGatewayV2ProxyEvent)
                           for sent in [http_api(), http_api(**{key: None}), http_api(**{key: ...})])
    assert getattr(event, name) == getattr(event, f"{name}_raw") == http_api()[key]
    assert getattr(null, name) == getattr(absent, name) == {}
    assert getattr(null, f"{name}_raw") is None
    assert getattr(absent, f"{name}_raw") is UNSET


def test_headers_are_found_whatever_their_case():
    event = same(http_api(), APIGatewayV2ProxyEvent)
    assert event.headers["Content-Type"] == "application/json"
    assert "X-TAG" in event.headers and event.headers.get("x-none") is None


def test_parameters_are_those_of_the_raw_query():
    event = same(http_api(), APIGatewayV2ProxyEvent)
    wanted = {name: ",".join(values) for name, values in parse_qs(event.raw_query_string).items()}
    assert event.query_string_parameters == wanted


@pytest.mark.parametrize("text", ["10/Mar/2024:05:16:23 +0000", "12/Mar/2020:19:03:58+0000",
                                  "31/Dec/2031:23:59:59 +0545"])
def test_time_is_what_strptime_says(text):
    context = same(http_api({"time": text}), APIGatewayV2ProxyEvent).request_context
    assert context.time == datetime.strptime(text.replace(" ", ""), "%d/%b/%Y:%H:%M:%S%z")
    assert context.time_raw == text


def test_time_in_milliseconds():
    context = same(http_api(), APIGatewayV2ProxyEvent).request_context
    assert context.time_epoch == datetime(2024, 3, 10, 5, 16, 23, 196000, tzinfo=UTC)


def test_time_that_is_none_names_its_path():
    context = same(http_api({"time": "now"}), APIGatewayV2ProxyEvent).request_context
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = context.time
    assert (caught.value.path, caught.value.reason) == ("$.time", "invalid_timestamp")


def test_authorizers():
    def authorizer(form):
        return same(FORMS[form], APIGatewayV2ProxyEvent).request_context.authorizer

    assert authorizer("plain") is UNSET
    assert authorizer("nulls") is None
    assert authorizer("JWT").jwt.claims["sub"] == "0c1d" and authorizer("JWT").jwt.scopes == ["read"]
    assert authorizer("JWT without scopes").jwt.scopes is None
    assert authorizer("JWT").iam is authorizer("JWT").lambda_ is UNSET
    assert authorizer("Lambda").lambda_ == {"tier": 3, "tags": ["a"], "beta": True, "note": None}
    assert authorizer("Lambda without context").lambda_ is None
    iam = authorizer("identity pool").iam
    assert (iam.access_key, iam.account_id, iam.caller_id) == ("AKIAEXAMPLE", "111122223333", "AIDAEXAMPLE")
    assert (iam.user_arn, iam.user_id) == ("arn:aws:iam::111122223333:user/me", "AIDAEXAMPLE")
    assert (iam.principal_org_id, iam.cognito_identity.amr) == ("o-example", ["authenticated"])
    assert (iam.cognito_identity.identity_id, iam.cognito_identity.identity_pool_id) == (
        "us-east-1:3f29", "us-east-1:4f29")
    assert authorizer("signed URL").iam.cognito_identity is None


def test_a_certificate():
    made = same(FORMS["mutual TLS"], APIGatewayV2ProxyEvent).request_context.authentication.client_cert
    assert made.validity.not_before == datetime(2019, 5, 28, 12, 30, 2, tzinfo=UTC)
    assert made.validity.not_after == datetime(2121, 8, 5, 9, 36, 4, tzinfo=UTC)


# --- bodies -------------------------------------------------------------------------------------------


@BOTH
def test_a_body_is_text_or_bytes(type):
    assert same(http_api(body="é"), type).body == "é"
    data = bytes(range(256))
    assert same(http_api(body=base64.b64encode(data).decode(), isBase64Encoded=True), type).body == data
    assert same(http_api(body=None), type).body is same(http_api(body=...), type).body is None


@BOTH
def test_a_body_of_a_type(type):
    for sent in [http_api(), http_api(body=base64.b64encode(b'{"price": 3}').decode(), isBase64Encoded=True)]:
        event = same(sent, type[Order])
        assert event.body == Order(3) and event.body is event.body
        assert isinstance(event, type)
    assert same(http_api(body=...), type[Order]).body is None


@BOTH
@pytest.mark.parametrize("changes, path, reason", [
    ({"body": '{"price": 3'}, "$.body → $", "unexpected_end"),
    ({"body": "{}"}, "$.body → $.price", "missing_field"),
    ({"body": '{"price": null}'}, "$.body → $.price", "unexpected_null"),
    ({"body": "é", "isBase64Encoded": True}, "$.body", "invalid_base64"),
])
def test_a_body_that_is_not_names_its_path(changes, path, reason, type):
    event = same(http_api(**changes), type[Order])
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = event.body
    assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.parametrize("sent, path, reason", [
    (http_api(cookies="a=1"), "$.cookies", "expected_array"),
    (http_api({"timeEpoch": 1.5}), "$.requestContext.timeEpoch", "expected_integer"),
    (http_api({"authorizer": {"jwt": {"claims": []}}}), "$.requestContext.authorizer.jwt.claims", "expected_object"),
    (http_api(isBase64Encoded=None), "$.isBase64Encoded", "unexpected_null"),
])
def test_what_is_of_another_type_names_its_path(sent, path, reason):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        decode(json.dumps(sent), APIGatewayV2ProxyEvent)
    assert (caught.value.path, caught.value.reason) == (path, reason)


# --- authorizers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [["user1", "123"], None, ...], ids=["some", "null", "absent"])
def test_an_authorizer(source):
    arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request"
    sent = http_api({"authentication": {"clientCert": CERTIFICATE}}, body=..., isBase64Encoded=...)
    sent |= {"type": "REQUEST", "routeArn": arn}
    if source is not ...:
        sent["identitySource"] = source
    made = same(sent, APIGatewayV2AuthorizerEvent)
    decode(json.dumps(sent), APIGatewayV2AuthorizerEvent, strict=True)
    assert (made.type, made.route_arn) == ("REQUEST", arn)
    assert made.identity_source == (UNSET if source is ... else source)
    assert made.headers["X-Tag"] == "one,two"


# --- samples ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")
def test_samples():
    found = [*FOLDER.glob("apigw-v2-*.json"), *FOLDER.glob("lambda-urls-*.json")]
    assert {path.name.partition("-")[0] for path in found} == {"apigw", "lambda"}
    for path in found:
        sent = json.loads(path.read_bytes())
        type = LambdaFunctionUrlEvent if path.name.startswith("lambda") else APIGatewayV2ProxyEvent
        event = same(path.read_bytes(), type)
        decode(path.read_bytes(), type, strict=True)
        assert event.body == sent.get("body")
        assert event.request_context.time_epoch.timestamp() == sent["requestContext"]["timeEpoch"] / 1000
        assert event.request_context.time.tzinfo is UTC
