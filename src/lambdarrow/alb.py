"""Requests that an Application Load Balancer passes on, one row each
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

=============================================  ===========================================================
``http_method``                                dictionary
``path``                                       utf8, URL-encoded, as the client sent it
``headers``                                    map<utf8, utf8>; null where the target group has them as lists
``multi_value_headers``                        map<utf8, list<utf8>>; null where it has not
``query_string_parameters_raw``                map<utf8, utf8>, names and values URL-encoded, as the client sent them
``multi_value_query_string_parameters_raw``    map<utf8, list<utf8>>, the same
``body``                                       utf8, or what ``payload=`` makes of it
``is_base64_encoded``                          bool; where it is true, ``body`` is base64
``target_group_arn``                           dictionary
=============================================  ===========================================================

``payload=`` is the type of what the body says: of its text, or of the bytes where it is base64. The empty body of a
request that has none is a failure then.
"""

from . import _bodies, _decoder
from .schema import Field, alone, bool_, dictionary, list_, map_, object_, utf8

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(body: "Word") -> "Word":
    context = object_((Field("elb", object_((Field("targetGroupArn", dictionary(), "target_group_arn"),))),))
    return alone(object_((
        Field("requestContext", context),
        Field("httpMethod", dictionary(), "http_method"),
        Field("path", utf8()),
        # The names are URL-encoded too, and no word decodes those of a map: better neither than one of the two.
        Field("queryStringParameters", map_(utf8()), "query_string_parameters_raw"),
        Field("multiValueQueryStringParameters", map_(list_(utf8())), "multi_value_query_string_parameters_raw"),
        Field("headers", map_(utf8())),
        Field("multiValueHeaders", map_(list_(utf8())), "multi_value_headers"),
        Field("body", body),
        Field("isBase64Encoded", bool_(), "is_base64_encoded"),
    ), nullable=False))


SOURCE, _ENCODED = _bodies.sources(
    "alb", _envelope,
    columns=("http_method", "path", "headers", "multi_value_headers", "query_string_parameters_raw",
             "multi_value_query_string_parameters_raw", "body", "is_base64_encoded", "target_group_arn"),
)


class Decoder(_bodies.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, _ENCODED, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
