"""Events of an Application Load Balancer as Structs, and the answer to them
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from urllib.parse import unquote_plus

from msgspec import field

from ._base import Event, Payload
from ._http import Headers, Response, encoded, headers_of, mapping

__all__ = ["ALBEvent", "ALBResponse", "ELB", "RequestContext"]

Body = TypeVar("Body")


class ELB(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where the load balancer sends the request."""

    target_group_arn: str


class RequestContext(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the load balancer adds to the request."""

    elb: ELB


class ALBEvent(Event, Generic[Body], frozen=True, kw_only=True, omit_defaults=True, dict=True, rename="camel"):
    """A request, or a health check (whose ``user-agent`` is ``ELB-HealthChecker/2.0``). Headers and parameters have one
    value each, the last, or all of them where the target group says so; those of the other kind are absent, and their
    views empty.

    ``body`` is its text, empty where there is none, its bytes where it is base64, or of the type in ``ALBEvent[...]``,
    from JSON: it raises :class:`lambdarrow.DecodeError` when it is looked at and is not.
    """

    request_context: RequestContext
    http_method: str
    path: str
    """As the client sent it, URL-encoded."""
    query_string_parameters_raw: dict[str, str] | None = field(default=None, name="queryStringParameters")
    multi_value_query_string_parameters_raw: dict[str, list[str]] | None = field(
        default=None, name="multiValueQueryStringParameters")
    headers_raw: dict[str, str] | None = field(default=None, name="headers")
    multi_value_headers_raw: dict[str, list[str]] | None = field(default=None, name="multiValueHeaders")
    body_raw: str = field(name="body")
    is_base64_encoded: bool
    """Whether the body is base64: it is where it has a content-encoding, or a type other than text, JSON, JavaScript
    and XML."""

    if TYPE_CHECKING:
        @property
        def body(self) -> Body: ...
    else:
        body = Payload(Body, "body", "body_raw", base64="is_base64_encoded")

    @property
    def headers(self) -> Headers[str]:
        """Found whatever the case of their names."""
        return headers_of(self.headers_raw)

    @property
    def multi_value_headers(self) -> Headers[list[str]]:
        """The same, as lists."""
        return headers_of(self.multi_value_headers_raw)

    @property
    def query_string_parameters(self) -> dict[str, str]:
        """Names and values URL-decoded, ``+`` as a space: the wire's are as the client sent them. What is not UTF-8
        then has U+FFFD in its place. Of names that are equal when decoded, the last counts."""
        return {unquote_plus(name): unquote_plus(value)
                for name, value in mapping(self.query_string_parameters_raw).items()}

    @property
    def multi_value_query_string_parameters(self) -> dict[str, list[str]]:
        """The same, as lists; those of names that are equal when decoded are joined."""
        decoded: dict[str, list[str]] = {}
        for name, values in mapping(self.multi_value_query_string_parameters_raw).items():
            decoded.setdefault(unquote_plus(name), []).extend(map(unquote_plus, values))
        return decoded


class ALBResponse(Response, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The answer to :class:`ALBEvent`. It needs headers, in the form that the target group has."""

    status_description: str | None = None
    """The code and its phrase, like ``200 OK``."""
    multi_value_headers: dict[str, list[str]] | None = None
    """In place of ``headers``, where the event has its headers so."""

    @classmethod
    def of(cls, body: Any = None, status_code: int = 200, *, headers: dict[str, str] | None = None,
           multi_value_headers: dict[str, list[str]] | None = None, status_description: str | None = None) -> Self:
        """The answer that carries this: a str as it is; bytes as base64; None as nothing; any other object as JSON, its
        content-type ``application/json`` unless a header says otherwise. ``multi_value_headers``: of target groups with
        those, ``{}`` where there are none to be sent. ``status_description``: by default that of the code."""
        text, is_base64, content_type = encoded(body, headers, multi_value_headers)
        if multi_value_headers is None:
            headers = dict(headers or {}) if content_type is None else {**(headers or {}), "content-type": content_type}
        elif content_type is not None:
            multi_value_headers = {**multi_value_headers, "content-type": [content_type]}
        if status_description is None and status_code in _PHRASES:
            status_description = f"{status_code} {_PHRASES[status_code]}"
        return cls(status_code=status_code, status_description=status_description, headers=headers,
                   multi_value_headers=multi_value_headers, body=text, is_base64_encoded=is_base64)


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
