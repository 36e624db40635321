"""Requests to API Gateway's REST APIs and to HTTP APIs with payload format 1.0, and what happens to WebSockets, one row
each (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

=========================================  ===============================================================
``request_time_epoch``                     timestamp[ms, UTC]
``request_id``                             utf8
``http_method``, ``resource``              dictionary; null for WebSockets, as ``path``
``path``                                   utf8
``headers``                                map<utf8, utf8>
``multi_value_headers``                    map<utf8, list<utf8>>
``query_string_parameters``                map<utf8, utf8>
``multi_value_query_string_parameters``    map<utf8, list<utf8>>
``path_parameters``, ``stage_variables``   map<utf8, utf8>
``body``                                   utf8, or what ``payload=`` makes of it
``is_base64_encoded``                      bool; where it is true, ``body`` is base64
``source_ip``, ``user_agent``              utf8, of the caller
``authorizer``                             JSON text, as the authorizer has it
``account_id``, ``api_id``, ``stage``, ``domain_name``, ``protocol``, ``resource_id``, ``resource_path``  dictionary
``connection_id``                          utf8; WebSockets only, as all below
``connected_at``                           timestamp[ms, UTC]
``event_type``, ``route_key``              dictionary
``message_id``                             utf8
``disconnect_status_code``                 int32
``disconnect_reason``                      utf8
=========================================  ===============================================================

On request (``columns=``): ``version``, ``domain_prefix``, ``deployment_id``, ``operation_name``,
``message_direction``, dictionaries; ``extended_request_id``, ``request_time_raw`` (as web servers' logs have it), utf8;
``identity``, JSON text.

``payload=`` is the type of what the body says: of its text, or of the bytes where it is base64.
"""

from . import _bodies, _decoder
from .schema import Field, alone, bool_, dictionary, int_, json, list_, map_, object_, tee, timestamp, utf8

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(body: "Word") -> "Word":
    caller = object_((Field("sourceIp", utf8(), "source_ip"), Field("userAgent", utf8(), "user_agent")))
    context = object_((
        Field("resourceId", dictionary(), "resource_id"),
        Field("authorizer", json()),
        Field("resourcePath", dictionary(), "resource_path"),
        Field("operationName", dictionary(), "operation_name"),
        Field("routeKey", dictionary(), "route_key"),
        Field("disconnectStatusCode", int_(32), "disconnect_status_code"),
        Field("messageId", utf8(), "message_id"),
        Field("eventType", dictionary(), "event_type"),
        Field("extendedRequestId", utf8(), "extended_request_id"),
        Field("requestTime", utf8(), "request_time_raw"),
        Field("messageDirection", dictionary(), "message_direction"),
        Field("disconnectReason", utf8(), "disconnect_reason"),
        Field("stage", dictionary()),
        Field("connectedAt", timestamp("ms", epoch="ms"), "connected_at"),
        Field("accountId", dictionary(), "account_id"),
        Field("protocol", dictionary()),
        Field("domainPrefix", dictionary(), "domain_prefix"),
        Field("requestTimeEpoch", timestamp("ms", epoch="ms"), "request_time_epoch"),
        Field("requestId", utf8(), "request_id"),
        Field("identity", tee(Field(None, json(), "identity"), Field(None, caller))),
        Field("domainName", dictionary(), "domain_name"),
        Field("deploymentId", dictionary(), "deployment_id"),
        Field("connectionId", utf8(), "connection_id"),
        Field("apiId", dictionary(), "api_id"),
    ))
    return alone(object_((
        Field("version", dictionary()),
        Field("resource", dictionary()),
        Field("path", utf8()),
        Field("httpMethod", dictionary(), "http_method"),
        Field("headers", map_(utf8())),
        Field("multiValueHeaders", map_(list_(utf8())), "multi_value_headers"),
        Field("queryStringParameters", map_(utf8()), "query_string_parameters"),
        Field("multiValueQueryStringParameters", map_(list_(utf8())), "multi_value_query_string_parameters"),
        Field("pathParameters", map_(utf8()), "path_parameters"),
        Field("stageVariables", map_(utf8()), "stage_variables"),
        Field("requestContext", context),
        Field("body", body),
        Field("isBase64Encoded", bool_(), "is_base64_encoded"),
    ), nullable=False))


SOURCE, _ENCODED = _bodies.sources(
    "apigateway", _envelope,
    columns=(
        "request_time_epoch", "request_id", "http_method", "resource", "path", "headers", "multi_value_headers",
        "query_string_parameters", "multi_value_query_string_parameters", "path_parameters", "stage_variables", "body",
        "is_base64_encoded", "source_ip", "user_agent", "authorizer", "account_id", "api_id", "stage", "domain_name",
        "protocol", "resource_id", "resource_path", "connection_id", "connected_at", "event_type", "route_key",
        "message_id", "disconnect_status_code", "disconnect_reason",
    ),
    on_request=("version", "domain_prefix", "deployment_id", "operation_name", "message_direction",
                "extended_request_id", "request_time_raw", "identity"),
)


class Decoder(_bodies.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, _ENCODED, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
