"""Requests to API Gateway's HTTP APIs (payload format 2.0), one row each
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

=========================================  ===============================================================
``time_epoch``                             timestamp[ms, UTC]
``request_id``                             utf8
``method``                                 dictionary
``route_key``                              dictionary, ``GET /pets/{id}`` or ``$default``
``raw_path``, ``raw_query_string``         utf8, as the client sent them
``headers``, ``query_string_parameters``   map<utf8, utf8>; values of a name that came twice have commas between them
``cookies``                                list<utf8>
``path_parameters``, ``stage_variables``   map<utf8, utf8>
``body``                                   utf8, or what ``payload=`` makes of it
``is_base64_encoded``                      bool; where it is true, ``body`` is base64
``source_ip``, ``user_agent``              utf8, of the caller
``authorizer``                             JSON text: an object with ``jwt``, ``iam`` or ``lambda``
``account_id``, ``api_id``, ``stage``, ``domain_name``, ``protocol``  dictionary
=========================================  ===============================================================

On request (``columns=``): ``version``, ``domain_prefix``, dictionaries; ``path``, ``time_raw`` (as web servers' logs
have it), utf8; ``authentication`` (mutual TLS), JSON text.

``payload=`` is the type of what the body says: of its text, or of the bytes where it is base64.
"""

from . import _bodies, _decoder
from .schema import Field, alone, bool_, dictionary, json, list_, map_, object_, timestamp, utf8

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._source import Source
    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(body: "Word") -> "Word":
    http = object_((
        Field("method", dictionary()),
        Field("path", utf8()),
        Field("protocol", dictionary()),
        Field("sourceIp", utf8(), "source_ip"),
        Field("userAgent", utf8(), "user_agent"),
    ))
    context = object_((
        Field("accountId", dictionary(), "account_id"),
        Field("apiId", dictionary(), "api_id"),
        Field("authentication", json()),
        Field("authorizer", json()),
        Field("domainName", dictionary(), "domain_name"),
        Field("domainPrefix", dictionary(), "domain_prefix"),
        Field("http", http),
        Field("requestId", utf8(), "request_id"),
        Field("stage", dictionary()),
        Field("time", utf8(), "time_raw"),
        Field("timeEpoch", timestamp("ms", epoch="ms"), "time_epoch"),
    ))
    return alone(object_((
        Field("version", dictionary()),
        Field("routeKey", dictionary(), "route_key"),
        Field("rawPath", utf8(), "raw_path"),
        Field("rawQueryString", utf8(), "raw_query_string"),
        Field("cookies", list_(utf8())),
        Field("headers", map_(utf8())),
        Field("queryStringParameters", map_(utf8()), "query_string_parameters"),
        Field("requestContext", context),
        Field("pathParameters", map_(utf8()), "path_parameters"),
        Field("stageVariables", map_(utf8()), "stage_variables"),
        Field("body", body),
        Field("isBase64Encoded", bool_(), "is_base64_encoded"),
    ), nullable=False))


def sources(name: str) -> "tuple[Source, Source]":
    """The declarations under this name: function URLs send the same."""
    return _bodies.sources(
        name, _envelope,
        columns=(
            "time_epoch", "request_id", "method", "route_key", "raw_path", "raw_query_string", "headers",
            "query_string_parameters", "cookies", "path_parameters", "stage_variables", "body", "is_base64_encoded",
            "source_ip", "user_agent", "authorizer", "account_id", "api_id", "stage", "domain_name", "protocol",
        ),
        on_request=("version", "domain_prefix", "path", "time_raw", "authentication"),
    )


SOURCE, _ENCODED = sources("apigateway_v2")


class Decoder(_bodies.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, _ENCODED, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
