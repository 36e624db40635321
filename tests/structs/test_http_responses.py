"""Answers to requests over HTTP: what is sent, and that nothing else is."""

import base64
import json
from datetime import UTC, datetime

import msgspec
import pytest

from lambdarrow.events._base import decode
from lambdarrow.events.alb import ALBResponse
from lambdarrow.events.apigateway import APIGatewayProxyResponse
from lambdarrow.events.apigateway_v2 import APIGatewayV2ProxyResponse

ALL = [APIGatewayProxyResponse, APIGatewayV2ProxyResponse, ALBResponse]
each = pytest.mark.parametrize("type", ALL)
# What load balancers need beside the code.
NEEDED = {ALBResponse: {"headers": {}, "isBase64Encoded": False, "statusDescription": "200 OK"}}


class Order(msgspec.Struct):
    price: int
    when: datetime


ORDER = Order(3, datetime(2024, 3, 10, tzinfo=UTC))
ORDER_JSON = {"price": 3, "when": "2024-03-10T00:00:00Z"}


def sent(response):
    """What a handler returns, which is what every writer makes of the Struct."""
    made = response.to_dict()
    assert made == json.loads(json.dumps(made)) == json.loads(msgspec.json.encode(response))
    assert made == msgspec.to_builtins(response)
    # Strict decoding makes a class of its own.
    assert msgspec.structs.asdict(decode(json.dumps(made), type(response), strict=True)) == msgspec.structs.asdict(
        response)
    return made


@each
def test_only_what_is_set_is_sent(type):
    assert sent(type(status_code=204)) == {"statusCode": 204}
    assert sent(type(status_code=200, body="", headers={})) == {"statusCode": 200, "body": "", "headers": {}}


@each
def test_nothing(type):
    assert sent(type.of()) == {"statusCode": 200} | NEEDED.get(type, {})


@each
def test_text(type):
    assert sent(type.of("é", headers={"content-type": "text/plain"})) == {"statusCode": 200} | NEEDED.get(type, {}) | {
        "body": "é", "headers": {"content-type": "text/plain"}}
    assert sent(type.of("")).get("body") == ""


@each
@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_bytes(type, form):
    data = bytes(range(256))
    made = sent(type.of(form(data)))
    assert base64.b64decode(made["body"], validate=True) == data
    assert made["isBase64Encoded"] is True
    assert "content-type" not in made.get("headers", {})
    assert sent(type.of(b""))["body"] == ""


@each
@pytest.mark.parametrize("body, wanted", [
    (ORDER, ORDER_JSON), ([ORDER], [ORDER_JSON]), ({"a": None}, {"a": None}), ([], []), (0, 0), (False, False),
    (msgspec.Raw(b"null"), None), ({"é": "\N{SNOWMAN}"}, {"é": "\N{SNOWMAN}"}),
], ids=["Struct", "list", "dict", "empty", "zero", "false", "null", "text"])
def test_json(type, body, wanted):
    made = sent(type.of(body, 201))
    assert json.loads(made["body"]) == wanted
    assert made["statusCode"] == 201
    assert made["headers"] == {"content-type": "application/json"}
    assert made.get("isBase64Encoded", False) is False


@each
@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_the_type_of_json_is_what_is_given(type, name):
    headers = {name: "application/problem+json", "x-tag": "1"}
    assert sent(type.of({}, 400, headers=headers))["headers"] == headers
    assert headers == {name: "application/problem+json", "x-tag": "1"}


@each
def test_headers_that_are_given_are_kept(type):
    headers = {"x-tag": "1"}
    assert sent(type.of({}, headers=headers))["headers"] == {"x-tag": "1", "content-type": "application/json"}
    assert headers == {"x-tag": "1"}
    assert sent(type.of("", headers=headers))["headers"] == {"x-tag": "1"}


@each
def test_what_is_no_json(type):
    with pytest.raises(TypeError):
        type.of(object())


def test_headers_of_many_values_beside_others():
    made = sent(APIGatewayProxyResponse.of({}, headers={"a": "1"}, multi_value_headers={"set-cookie": ["a=1", "b=2"]}))
    assert made["multiValueHeaders"] == {"set-cookie": ["a=1", "b=2"]}
    assert made["headers"] == {"a": "1", "content-type": "application/json"}
    made = sent(APIGatewayProxyResponse.of({}, multi_value_headers={"Content-Type": ["text/json"]}))
    assert made == {"statusCode": 200, "body": "{}", "multiValueHeaders": {"Content-Type": ["text/json"]}}


def test_cookies():
    made = sent(APIGatewayV2ProxyResponse.of("hi", cookies=["a=1; Secure", "b=2"]))
    assert made == {"statusCode": 200, "body": "hi", "cookies": ["a=1; Secure", "b=2"]}


@pytest.mark.parametrize("given", [{}, {"set-cookie": ["a=1", "b=2"]}])
def test_headers_of_many_values_in_place_of_others(given):
    before = dict(given)
    made = sent(ALBResponse.of({}, multi_value_headers=given))
    assert made["multiValueHeaders"] == given | {"content-type": ["application/json"]}
    assert "headers" not in made and given == before
    assert sent(ALBResponse.of("", multi_value_headers=given))["multiValueHeaders"] == given


@pytest.mark.parametrize("code, wanted", [(200, "200 OK"), (404, "404 Not Found"), (503, "503 Service Unavailable")])
def test_what_a_code_means(code, wanted):
    assert sent(ALBResponse.of("", code))["statusDescription"] == wanted
    assert sent(ALBResponse.of("", code, status_description="499 Mine"))["statusDescription"] == "499 Mine"
    assert "statusDescription" not in sent(ALBResponse.of("", 599))
