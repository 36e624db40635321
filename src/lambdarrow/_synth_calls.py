"""Made-up events that carry no batch, of one thing that has happened: a rule of EventBridge that matches, a request, a
trigger of Cognito, an alarm. Each is one event, however many records are asked for.
"""

import random
from datetime import timedelta
from urllib.parse import quote_plus, urlencode

from ._synth import _BEGIN_MS, _EPOCH, _NAMES, _PLAIN_TAGS, _TAGS, _iso, _maker, _uuid, _written
from ._synth import _utf8 as _json
from ._synth_events import _ACCOUNT, _MONTHS, _REGION, _SELDOM, _arn, _base64, _encode, _hex, _ip, _nothing

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0"


# EventBridge and schedules

_DETAIL_TYPES = ("Order Placed", "Cart Updated", "User Signed In")


def eventbridge(records=1, seed=0, payload=None):
    """One event of EventBridge as bytes, whatever ``records`` says. ``payload``: its detail, instead of a click."""
    rng = random.Random(seed)
    now = _BEGIN_MS + rng.randrange(10**6)
    event = _rule(rng, now, rng.choice(_DETAIL_TYPES), "com.example.shop", [f"order/{rng.randrange(10**6)}"],
                  _maker(payload)(rng, now)[1])
    return _encode({**event, "replay-name": "again"} if rng.random() < _SELDOM else event)


def scheduled(records=1, seed=0, payload=None):
    """One scheduled event as bytes, of a rule or of EventBridge Scheduler, whatever ``records`` says. ``payload``: its
    detail, instead of none."""
    rng = random.Random(seed)
    now = _BEGIN_MS + rng.randrange(10**6)
    scheduler = rng.random() < 0.5
    detail = ("{}" if scheduler else {}) if payload is None else _maker(payload)(rng, now)[1]
    source, arn = (("aws.scheduler", _arn("scheduler", "schedule/default/nightly")) if scheduler
                   else ("aws.events", _arn("events", "rule/nightly")))
    return _encode(_rule(rng, now, "Scheduled Event", source, [arn], detail))


def _rule(rng, now, detail_type, source, resources, detail):
    return {"version": "0", "id": _uuid(rng, now), "detail-type": detail_type, "source": source, "account": _ACCOUNT,
            "time": _iso(now, "s") + "Z", "region": _REGION, "resources": resources, "detail": detail}


# HTTP

_ROUTES = (("GET", "/items/{id}"), ("POST", "/items"), ("PUT", "/items/{id}"), ("POST", "/clicks"))
_API = "a1b2c3d4e5"


def _request(rng, payload):
    """What all requests have: when, the method, its route, path, path parameters, query, headers and body."""
    now = _BEGIN_MS + rng.randrange(10**9)
    method, route = rng.choice(_ROUTES)
    parameters = {"id": str(rng.randrange(10**6))} if "{id}" in route else None
    path = route.format(**(parameters or {}))
    query = [("tag", tag) for tag in rng.sample(_TAGS, rng.randrange(3))]
    body = None if method == "GET" and payload is None else _written(rng, _maker(payload)(rng, now)[1])
    headers = {
        "accept": "application/json",
        "host": f"{_API}.execute-api.{_REGION}.amazonaws.com",
        "user-agent": _AGENT,
        "x-amzn-trace-id": f"Root=1-{now // 1000:08x}-{_hex(rng, 24)}",
        "x-forwarded-for": _ip(rng),
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    if body is not None:
        headers = {**headers, "content-length": str(len(body.encode())), "content-type": "application/json"}
    return now, method, route, path, parameters, query, headers, body


def _common_log(ms):
    at = _EPOCH + timedelta(milliseconds=ms)
    return f"{at.day:02}/{_MONTHS[at.month - 1]}/{at.year}:{at:%H:%M:%S} +0000"


def _several(pairs):
    """From pairs to the values of each name."""
    made = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return made


def apigateway(records=1, seed=0, payload=None):
    """One request to a REST API, or one message of a WebSocket, as bytes, whatever ``records`` says. ``payload``: its
    body, instead of a click."""
    rng = random.Random(seed)
    if rng.random() < 0.2:
        return _encode(_websocket(rng, _written(rng, _maker(payload)(rng, _BEGIN_MS)[1])))
    now, method, route, path, parameters, query, headers, body = _request(rng, payload)
    identity = dict.fromkeys(("accessKey", "accountId", "apiKey", "apiKeyId", "caller", "cognitoAuthenticationProvider",
                              "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId",
                              "principalOrgId"))
    identity |= {"sourceIp": headers["x-forwarded-for"], "user": None, "userAgent": _AGENT, "userArn": None}
    return _encode({
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _several(query) or None,
        "pathParameters": parameters,
        "stageVariables": {"table": "clicks"} if rng.random() < 0.5 else None,
        "requestContext": {
            "resourceId": _hex(rng, 6),
            "authorizer": {"principalId": "shop", "integrationLatency": rng.randrange(200), "tenant": "blue"},
            "resourcePath": route,
            "httpMethod": method,
            "extendedRequestId": _base64(rng.randbytes(11)),
            "requestTime": _common_log(now),
            "path": f"/prod{path}",
            "accountId": _ACCOUNT,
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": _API,
            "requestTimeEpoch": now,
            "requestId": _uuid(rng, now),
            "identity": identity,
            "domainName": headers["host"],
            "deploymentId": _hex(rng, 6),
            "apiId": _API,
        },
        "body": body,
        "isBase64Encoded": False,
    })


def _websocket(rng, body):
    now = _BEGIN_MS + rng.randrange(10**9)
    connection = _base64(rng.randbytes(11))
    return {
        "requestContext": {
            "routeKey": "$default",
            "messageId": _base64(rng.randbytes(11)),
            "eventType": "MESSAGE",
            "extendedRequestId": _base64(rng.randbytes(11)),
            "requestTime": _common_log(now),
            "messageDirection": "IN",
            "stage": "prod",
            "connectedAt": now - rng.randrange(10**6),
            "requestTimeEpoch": now,
            "identity": {"sourceIp": _ip(rng)},
            "requestId": _uuid(rng, now),
            "domainName": f"{_API}.execute-api.{_REGION}.amazonaws.com",
            "connectionId": connection,
            "apiId": _API,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def apigateway_v2(records=1, seed=0, payload=None):
    """One request to an HTTP API as bytes, whatever ``records`` says. ``payload``: its body, instead of a click."""
    rng = random.Random(seed)
    now, method, route, path, parameters, query, headers, body = _request(rng, payload)
    event = _v2(rng, now, method, path, query, headers, body)
    event["routeKey"] = event["requestContext"]["routeKey"] = f"{method} {route}"
    context = event["requestContext"]
    context |= {"accountId": _ACCOUNT, "stage": "$default",
                "authorizer": {"jwt": {"claims": {"sub": _uuid(rng, now), "scope": "shop"}, "scopes": ["shop"]}}}
    if parameters is not None:
        event["pathParameters"] = parameters
    event["stageVariables"] = {"table": "clicks"}
    return _encode(event)


def function_url(records=1, seed=0, payload=None):
    """One request to a function's URL as bytes, whatever ``records`` says. ``payload``: its body, instead of a
    click."""
    rng = random.Random(seed)
    now, method, _, path, _, query, headers, body = _request(rng, payload)
    headers["host"] = f"{_API}{_hex(rng, 22)}.lambda-url.{_REGION}.on.aws"
    event = _v2(rng, now, method, path, query, headers, body)
    event["routeKey"] = event["requestContext"]["routeKey"] = event["requestContext"]["stage"] = "$default"
    event["requestContext"]["accountId"] = "anonymous"
    return _encode(event)


def _v2(rng, now, method, path, query, headers, body):
    domain = headers["host"]
    prefix = domain.partition(".")[0]
    event = {
        "version": "2.0",
        "routeKey": None,
        "rawPath": path,
        "rawQueryString": urlencode(query),
        "cookies": [f"session={_hex(rng, 16)}"],
        "headers": headers,
    }
    if query:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in _several(query).items()}
    event["requestContext"] = {
        "accountId": None,
        "apiId": prefix,
        "domainName": domain,
        "domainPrefix": prefix,
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": headers["x-forwarded-for"],
                 "userAgent": _AGENT},
        "requestId": _uuid(rng, now),
        "routeKey": None,
        "stage": None,
        "time": _common_log(now),
        "timeEpoch": now,
    }
    if body is not None:
        event["body"] = body
    return {**event, "isBase64Encoded": False}


def alb(records=1, seed=0, payload=None):
    """One request through an Application Load Balancer as bytes, whatever ``records`` says; headers and parameters one
    value each or as lists. ``payload``: its body, instead of a click."""
    rng = random.Random(seed)
    _, method, _, path, _, query, headers, body = _request(rng, payload)
    headers["host"] = f"shop-{_hex(rng, 8)}.{_REGION}.elb.amazonaws.com"
    query = [(quote_plus(name), quote_plus(value)) for name, value in query]
    group = _arn("elasticloadbalancing", f"targetgroup/clicks/{_hex(rng, 16)}")
    event = {"requestContext": {"elb": {"targetGroupArn": group}}, "httpMethod": method, "path": path}
    if rng.random() < 0.5:
        event |= {"queryStringParameters": dict(query), "headers": headers}
    else:
        event |= {"multiValueQueryStringParameters": _several(query),
                  "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    return _encode({**event, "body": body or "", "isBase64Encoded": False})


# Cognito and alarms

# Of each trigger what its request has beside the user's attributes, and the response as it comes.
_NO_CHALLENGE = {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}
_PASSED = [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}]
_TRIGGERS = {
    "PreSignUp_SignUp": ({"validationData": None, "clientMetadata": {"campaign": "sale"}},
                         {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}),
    "PostConfirmation_ConfirmSignUp": ({}, {}),
    "PreAuthentication_Authentication": ({"validationData": None}, {}),
    "PostAuthentication_Authentication": ({"newDeviceUsed": False}, {}),
    "DefineAuthChallenge_Authentication": (
        {"session": _PASSED}, {"challengeName": None, "issueTokens": None, "failAuthentication": None}),
    "CreateAuthChallenge_Authentication": (
        {"challengeName": "CUSTOM_CHALLENGE", "session": _PASSED}, _NO_CHALLENGE),
    "VerifyAuthChallengeResponse_Authentication": (
        {"privateChallengeParameters": {"answer": "5"}, "challengeAnswer": "5"}, {"answerCorrect": None}),
    "UserMigration_Authentication": (
        {"password": "correct horse", "validationData": None}, {"userAttributes": None, "forceAliasCreation": None,
                                                              "finalUserStatus": None, "messageAction": None,
                                                              "desiredDeliveryMediums": None}),
    "CustomMessage_SignUp": ({"codeParameter": "{####}", "linkParameter": "{##Click Here##}",
                              "usernameParameter": None},
                             {"smsMessage": None, "emailMessage": None, "emailSubject": None}),
    "TokenGeneration_Authentication": (
        {"groupConfiguration": {"groupsToOverride": ["buyers"], "iamRolesToOverride": [], "preferredRole": None}},
        {"claimsOverrideDetails": None}),
    "CustomEmailSender_SignUp": ({"type": "customEmailSenderRequestV1", "code": "AYADeGJk", "clientMetadata": None},
                                 {}),
    "InboundFederation_ExternalProvider": (
        {"providerName": "Example", "providerType": "OIDC",
         "attributes": {"idToken": {"sub": "1"}, "userInfo": {"email": "eve@example.com"}}},
        {"userAttributesToMap": {}}),
}
# Whose requests have no attributes of a user: there is none yet.
_WITHOUT_USER = ("UserMigration_Authentication", "InboundFederation_ExternalProvider")


def cognito(records=1, seed=0, payload=None):
    """One event of a user pool's trigger as bytes, whatever ``records`` says: which trigger, the seed decides.
    ``payload``: all of its request, instead of what Cognito sends."""
    rng = random.Random(seed)
    trigger = rng.choice(tuple(_TRIGGERS))
    return _encode(_trigger(rng, trigger, None if payload is None else _maker(payload)(rng, _BEGIN_MS)[1]))


def _trigger(rng, trigger, request):
    user = _uuid(rng, _BEGIN_MS)
    sent, response = _TRIGGERS[trigger]
    attributes = {"sub": user, "email_verified": rng.choice(("true", "false")), "cognito:user_status": "CONFIRMED",
                  "name": rng.choice(_NAMES), "email": f"u-{rng.randrange(10**6)}@example.com"}
    if request is None:
        request = sent if trigger in _WITHOUT_USER else {"userAttributes": attributes, **sent}
    return {"version": "1", "region": _REGION, "userPoolId": f"{_REGION}_Example01", "userName": user,
            "callerContext": {"awsSdkVersion": "aws-sdk-js-3.750.0", "clientId": _hex(rng, 26)},
            "triggerSource": trigger, "request": request, "response": response}


def cloudwatch(records=1, seed=0, payload=None):
    """One alarm that calls a function as bytes, whatever ``records`` says: of a metric, or a composite one. It carries
    no payload."""
    _nothing("cloudwatch", payload)
    rng = random.Random(seed)
    now = _BEGIN_MS + rng.randrange(10**9)
    return _encode(_alarm(rng, now, rng.choice(("errors", "latency", "checkout is down")), "ALARM", "OK",
                          composite=rng.random() < 0.3))


def _offset_time(ms):
    # As CloudWatch writes times: the offset has no colon.
    return _iso(ms, "ms") + "+0000"


def _alarm(rng, now, name, value, before, *, composite=False):
    arn = _arn("cloudwatch", f"alarm:{name}")
    if composite:
        configuration = {"description": "errors or latency", "alarmRule": "ALARM(errors) OR ALARM(latency)",
                         "actionsSuppressor": "deployment", "actionsSuppressorWaitPeriod": 120,
                         "actionsSuppressorExtensionPeriod": 180}
        data = {"triggeringAlarms": [{"arn": _arn("cloudwatch", "alarm:errors"), "state": {
            "value": value, "timestamp": _offset_time(now)}}]}
        suppressed = {"actionsSuppressedBy": "WaitPeriod",
                      "actionsSuppressedReason": "Actions suppressed by WaitPeriod"}
    else:
        metric = {"namespace": "AWS/Lambda", "name": "Errors", "dimensions": {"FunctionName": "checkout"}}
        configuration = {"description": rng.choice(_TAGS[:_PLAIN_TAGS]), "metrics": [
            {"id": "m1", "metricStat": {"metric": metric, "period": 60, "stat": "Sum", "unit": "Count"},
             "returnData": True}]}
        points = [float(rng.randrange(1, 40))]
        data = {"version": "1.0", "queryDate": _offset_time(now), "startDate": _offset_time(now - 60_000),
                "unit": "Count", "statistic": "Sum", "period": 60, "recentDatapoints": points, "threshold": 0.0}
        suppressed = {}
    return {
        "source": "aws.cloudwatch",
        "alarmArn": arn,
        "accountId": _ACCOUNT,
        "time": _offset_time(now),
        "region": _REGION,
        "alarmData": {
            "alarmName": name,
            "state": {"value": value, "reason": f"it went from {before} to {value}", "reasonData": _json(data),
                      "timestamp": _offset_time(now), **suppressed},
            "previousState": {"value": before, "reason": "nothing was wrong",
                              "timestamp": _offset_time(now - 3_600_000)},
            "configuration": configuration,
        },
    }
