"""Events of Cognito user pool triggers, one row each
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).

Columns, in order, all nullable; dictionary columns are ``dictionary<int32, utf8>`` (utf8 in the dialects ``plain`` and
``spark``):

======================================  ======================================================================
``trigger_source``                      dictionary
``user_pool_id``, ``region``            dictionary
``user_name``                           utf8
``user_attributes``                     map<utf8, utf8>; the truth values and numbers of test events as their text
``client_metadata``, ``validation_data``  map<utf8, utf8>
``request``                             JSON text, or what ``payload=`` makes of it: all of it, with the three above
``response``                            JSON text, as it came
``client_id``                           dictionary, of the app
``aws_sdk_version``, ``version``        dictionary
======================================  ======================================================================
"""

from . import _decoder
from ._source import Source
from .schema import Field, alone, dictionary, json, map_, object_, tee, utf8

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow
    from .schema import Word


def _envelope(request: "Word") -> "Word":
    caller = object_((
        Field("awsSdkVersion", dictionary(), "aws_sdk_version"),
        Field("clientId", dictionary(), "client_id"),
    ))
    asked = object_((
        Field("userAttributes", map_(utf8(coerce="number")), "user_attributes"),
        Field("validationData", map_(utf8()), "validation_data"),
        Field("clientMetadata", map_(utf8()), "client_metadata"),
    ))
    return alone(object_((
        Field("version", dictionary(coerce="number")),   # a number in one of AWS's test events
        Field("triggerSource", dictionary(), "trigger_source"),
        Field("region", dictionary()),
        Field("userPoolId", dictionary(), "user_pool_id"),
        Field("userName", utf8(), "user_name"),
        Field("callerContext", caller),
        Field("request", tee(Field(None, request, "request"), Field(None, asked))),
        Field("response", json()),
    ), nullable=False))


SOURCE = Source(
    "cognito", _envelope,
    payload="request", bare=json(), layer=None,
    columns=("trigger_source", "user_pool_id", "region", "user_name", "user_attributes", "client_metadata",
             "validation_data", "request", "response", "client_id", "aws_sdk_version", "version"),
)


class Decoder(_decoder.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
