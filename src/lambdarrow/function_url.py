"""Requests to the URLs of functions, one row each (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).

Columns: those of :mod:`lambdarrow.apigateway_v2`, of which ``path_parameters`` and ``stage_variables`` are null, and
``route_key`` and ``stage`` are ``$default``. ``account_id`` is the caller's, or ``anonymous``.
"""

from . import _bodies, _decoder
from .apigateway_v2 import sources

__all__ = ["SOURCE", "Decoder", "to_arrow"]

TYPE_CHECKING = False  # typing costs a cold start 4 ms; type checkers read this name as true
if TYPE_CHECKING:
    from typing import Unpack

    from ._types import Options, ToArrow

SOURCE, _ENCODED = sources("function_url")


class Decoder(_bodies.Decoder):
    __doc__ = _decoder.Decoder.__doc__
    __slots__ = ()

    def __init__(self, **options: "Unpack[Options]") -> None:
        super().__init__(SOURCE, _ENCODED, **options)


to_arrow: "ToArrow" = _decoder.front(Decoder)
