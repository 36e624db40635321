"""Requests as API Gateway, function URLs and load balancers pass them on: builders for the cases of a table."""

import json
from pathlib import Path

import msgspec

from lambdarrow.events._base import decode

FOLDER = Path(__file__).parents[2] / "shared" / "samples"

CERTIFICATE = {
    "clientCertPem": "-----BEGIN CERTIFICATE-----\nMIIEZTCCAk0CAQEwDQ",
    "subjectDN": "C=NO,O=Example,CN=client",
    "issuerDN": "C=NO,O=Example,CN=authority",
    "serialNumber": "a1:b2:c3",
    "validity": {"notBefore": "May 28 12:30:02 2019 GMT", "notAfter": "Aug  5 09:36:04 2121 GMT"},
}
# What REST APIs send of a caller who need not be known.
NOBODY = {
    "cognitoIdentityPoolId": None, "accountId": None, "cognitoIdentityId": None, "caller": None,
    "sourceIp": "192.0.2.7", "principalOrgId": None, "accessKey": None, "cognitoAuthenticationType": None,
    "cognitoAuthenticationProvider": None, "userArn": None, "userAgent": "curl/8.5.0", "user": None,
}


def same(raw, type):
    """The event as a Struct of this type, which writes what was read."""
    text = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    event = decode(text, type)
    assert json.loads(msgspec.json.encode(event)) == json.loads(text)
    return event


def paths(value, path=()):
    """The way to every value in a document that is in an object."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths(inner, (*path, key))


def without(value, path):
    """The document without the key at the end of the path."""
    key, *rest = path
    if rest:
        return value | {key: without(value[key], rest)}
    return {name: inner for name, inner in value.items() if name != key}


def context(changes, **known):
    """A request's context; what is changed to ... is left out."""
    return {name: value for name, value in (known | changes).items() if value is not ...}


def rest(context_changes=(), **changes):
    """A request to a REST API, in the order that it is sent in."""
    made = {
        "resource": "/orders/{id}",
        "path": "/orders/17",
        "httpMethod": "POST",
        "headers": {"Accept": "*/*", "Content-Type": "application/json", "X-Tag": "two"},
        "multiValueHeaders": {"Accept": ["*/*"], "Content-Type": ["application/json"], "X-Tag": ["one", "two"]},
        "queryStringParameters": {"size": "2 m", "all": "no"},
        "multiValueQueryStringParameters": {"size": ["2 m"], "all": ["yes", "no"]},
        "pathParameters": {"id": "17"},
        "stageVariables": {"table": "orders"},
        "requestContext": context(
            dict(context_changes), resourceId="a1b2c3", resourcePath="/orders/{id}", httpMethod="POST",
            extendedRequestId="JKJaXmPLvHcESHA=", requestTime="10/Mar/2024:05:16:23 +0000", path="/prod/orders/17",
            accountId="123456789012", protocol="HTTP/1.1", stage="prod", domainPrefix="70ixmpl4fl",
            requestTimeEpoch=1710047783123, requestId="77375676-xmpl-4b79-853a-f982474efe18", identity=NOBODY,
            domainName="70ixmpl4fl.execute-api.us-east-2.amazonaws.com", deploymentId="d3p10y", apiId="70ixmpl4fl"),
        "body": '{"price": 3}',
        "isBase64Encoded": False,
    }
    return context(changes, **made)


def web_socket(kind, **changes):
    """What happens to a connection: CONNECT, MESSAGE or DISCONNECT."""
    route = {"CONNECT": "$connect", "MESSAGE": "shout", "DISCONNECT": "$disconnect"}[kind]
    known = {
        "routeKey": route, "eventType": kind, "extendedRequestId": "LXkGUxmplPcFX1g=",
        "requestTime": "09/Feb/2024:18:23:28 +0000", "messageDirection": "IN", "stage": "dev",
        "connectedAt": 1707503007396, "requestTimeEpoch": 1707503008941, "identity": {"sourceIp": "192.0.2.1"},
        "requestId": "LXkGUxmplPcFX1g=", "domainName": "abcd1234.execute-api.us-east-1.amazonaws.com",
        "connectionId": "LXkGTxmplPcCJQw=", "apiId": "abcd1234",
    }
    headers = {"Host": "abcd1234.execute-api.us-east-1.amazonaws.com", "Sec-WebSocket-Version": "13"}
    made = {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    if kind == "MESSAGE":
        made, known = {"body": '{"price": 3}'}, known | {"messageId": "LXkGUdxmpPcCJQw="}
    if kind == "DISCONNECT":
        known |= {"disconnectStatusCode": 1001, "disconnectReason": "Going away"}
    return made | {"requestContext": context(changes, **known), "isBase64Encoded": False}


def http_api(context_changes=(), **changes):
    """A request to an HTTP API, payload format 2.0."""
    made = {
        "version": "2.0",
        "routeKey": "POST /orders/{id}",
        "rawPath": "/orders/17",
        "rawQueryString": "size=2%20m&all=yes&all=no",
        "cookies": ["a=1", "b=2"],
        "headers": {"accept": "*/*", "content-type": "application/json", "x-tag": "one,two"},
        "queryStringParameters": {"size": "2 m", "all": "yes,no"},
        "requestContext": context(
            dict(context_changes), accountId="123456789012", apiId="r3pmxmplak",
            domainName="r3pmxmplak.execute-api.us-east-2.amazonaws.com", domainPrefix="r3pmxmplak",
            http={"method": "POST", "path": "/orders/17", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7",
                  "userAgent": "curl/8.5.0"},
            requestId="JKJaXmPLvHcESHA=", routeKey="POST /orders/{id}", stage="$default",
            time="10/Mar/2024:05:16:23 +0000", timeEpoch=1710047783196),
        "body": '{"price": 3}',
        "pathParameters": {"id": "17"},
        "isBase64Encoded": False,
        "stageVariables": {"table": "orders"},
    }
    return context(changes, **made)


def load_balancer(**changes):
    """A request to a load balancer; its headers and parameters have one value each."""
    made = {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup"
                                                     "/orders/6d0ecf831eec9f09"}},
        "httpMethod": "POST",
        "path": "/orders/1%207",
        "queryStringParameters": {"size": "2%20m"},
        "headers": {"accept": "*/*", "content-type": "application/json"},
        "body": '{"price": 3}',
        "isBase64Encoded": False,
    }
    return context(changes, **made)
