"""Requests of load balancers: what is read is what was sent, and means it."""

import base64
import json
from urllib.parse import parse_qs, parse_qsl

import msgspec
import pytest
from events_http import FOLDER, load_balancer, same, without

import lambdarrow
from lambdarrow.events._base import decode
from lambdarrow.events.alb import ALBEvent


class Order(msgspec.Struct):
    price: int


MANY = load_balancer(
    headers=..., queryStringParameters=...,
    multiValueHeaders={"accept": ["*/*"], "cookie": ["name1=value1", "name2=value2"]},
    multiValueQueryStringParameters={"size": ["2%20m"], "all": ["yes", "n%6F"]})
FORMS = {
    "one value": load_balancer(),
    "many values": MANY,
    "health check": load_balancer(httpMethod="GET", path="/", queryStringParameters={}, body="",
                                  headers={"user-agent": "ELB-HealthChecker/2.0"}),
    "binary": load_balancer(body="/+8=", isBase64Encoded=True),
}


@pytest.mark.parametrize("sent", FORMS.values(), ids=FORMS)
def test_an_event_writes_what_was_read(sent):
    event = same(sent, ALBEvent)
    decode(json.dumps(sent), ALBEvent, strict=True)
    assert event.request_context.elb.target_group_arn.endswith("6d0ecf831eec9f09")
    assert (event.http_method, event.path) == (sent["httpMethod"], sent["path"])


@pytest.mark.parametrize("path", [
    ("requestContext",), ("requestContext", "elb"), ("requestContext", "elb", "targetGroupArn"), ("httpMethod",),
    ("path",), ("body",), ("isBase64Encoded",)], ids=".".join)
def test_what_is_always_sent_must_be_there(path):
    with pytest.raises(lambdarrow.DecodeError, match=rf"missing required field `{path[-1]}`"):
        decode(json.dumps(without(load_balancer(), path)), ALBEvent)


def test_headers_of_one_value():
    event = same(load_balancer(), ALBEvent)
    assert event.headers["Content-Type"] == "application/json"
    assert event.multi_value_headers == {} and event.multi_value_headers_raw is None
    assert event.multi_value_query_string_parameters == {}


def test_headers_of_many_values():
    event = same(MANY, ALBEvent)
    assert event.multi_value_headers["Cookie"] == ["name1=value1", "name2=value2"]
    assert event.headers == {} and event.headers_raw is None
    assert event.query_string_parameters == {} and event.query_string_parameters_raw is None


@pytest.mark.parametrize("query", [
    "size=2%20m", "size=2+m", "size=2%2Bm", "a%26b=c%3Dd", "%C3%A9=%E2%82%AC", "bad=%FF", "half=%4", "flag=", "é=è",
    "twice=%2520",
])
def test_parameters_are_decoded(query):
    name, _, value = query.partition("=")
    [(wanted_name, wanted_value)] = parse_qsl(query, keep_blank_values=True)
    one = same(load_balancer(queryStringParameters={name: value}), ALBEvent)
    assert one.query_string_parameters == {wanted_name: wanted_value}
    assert one.query_string_parameters_raw == {name: value}
    many = same(MANY | {"multiValueQueryStringParameters": {name: [value, "x"]}}, ALBEvent)
    assert many.multi_value_query_string_parameters == {wanted_name: [wanted_value, "x"]}


def test_names_that_are_equal_when_decoded():
    sent = {"a+b": ["1"], "c": ["2"], "a%20b": ["3", "4"]}
    query = "&".join(f"{name}={value}" for name, values in sent.items() for value in values)
    many = same(MANY | {"multiValueQueryStringParameters": sent}, ALBEvent)
    assert many.multi_value_query_string_parameters == parse_qs(query)
    one = same(load_balancer(queryStringParameters={name: values[-1] for name, values in sent.items()}), ALBEvent)
    assert one.query_string_parameters == {"a b": "4", "c": "2"}


def test_a_body_is_text_or_bytes():
    assert same(load_balancer(), ALBEvent).body == '{"price": 3}'
    assert same(FORMS["health check"], ALBEvent).body == ""
    data = bytes(range(256))
    assert same(load_balancer(body=base64.b64encode(data).decode(), isBase64Encoded=True), ALBEvent).body == data


def test_a_body_of_a_type():
    for sent in [load_balancer(), load_balancer(body=base64.b64encode(b'{"price": 3}').decode(), isBase64Encoded=True)]:
        assert same(sent, ALBEvent[Order]).body == Order(3)


@pytest.mark.parametrize("changes, path, reason", [
    ({"body": ""}, "$.body → $", "unexpected_end"),
    ({"body": '{"price": 0.5}'}, "$.body → $.price", "expected_integer"),
    ({"body": "*", "isBase64Encoded": True}, "$.body", "invalid_base64"),
])
def test_a_body_that_is_not_names_its_path(changes, path, reason):
    event = same(load_balancer(**changes), ALBEvent[Order])
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = event.body
    assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")
def test_samples():
    found = list(FOLDER.glob("alb-*.json"))
    assert found
    for path in found:
        event = same(path.read_bytes(), ALBEvent)
        decode(path.read_bytes(), ALBEvent, strict=True)
        assert [event.headers.get("X-MyHeader"), *event.multi_value_headers.get("X-MyHeader", [])][-1] == "123"
        assert event.query_string_parameters | event.multi_value_query_string_parameters
