"""Events of API Gateway's HTTP APIs (payload format 2.0), of their Lambda authorizers and of function URLs, as Structs;
and the answer to them
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from msgspec import field

from ._base import UNSET, Event, Payload, UnsetType, epoch_ms
from ._http import ClientCert, Headers, Response, Validity, common_log_time, encoded, headers_of, mapping

__all__ = ["APIGatewayV2AuthorizerEvent", "APIGatewayV2ProxyEvent", "APIGatewayV2ProxyResponse", "Authentication",
           "Authorizer", "ClientCert", "CognitoIdentity", "HTTP", "IAMAuthorizer", "JWTAuthorizer",
           "LambdaFunctionUrlEvent", "RequestContext", "Validity"]

Body = TypeVar("Body")


class HTTP(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The request's first line, and who sent it."""

    method: str
    path: str
    protocol: str
    """``HTTP/1.1``, say."""
    source_ip: str
    """The address of the TCP connection."""
    user_agent: str | None | UnsetType = UNSET


class JWTAuthorizer(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a token says that API Gateway has checked."""

    claims: dict[str, Any]
    """Text, as a rule: numbers and lists too are sent as that."""
    scopes: list[str] | None | UnsetType = UNSET
    """Those of the token; null where the route asks for none."""


class CognitoIdentity(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A caller whose credentials are those of an identity pool."""

    amr: list[str]
    """How the caller signed in."""
    identity_id: str
    identity_pool_id: str


class IAMAuthorizer(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who has signed the request."""

    access_key: str | None | UnsetType = UNSET
    account_id: str | None | UnsetType = UNSET
    caller_id: str | None | UnsetType = UNSET
    cognito_identity: CognitoIdentity | None | UnsetType = UNSET
    principal_org_id: str | None | UnsetType = UNSET
    user_arn: str | None | UnsetType = UNSET
    user_id: str | None | UnsetType = UNSET


class Authorizer(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the authorizer says of the caller: one of the three."""

    jwt: JWTAuthorizer | None | UnsetType = UNSET
    iam: IAMAuthorizer | None | UnsetType = UNSET
    lambda_: dict[str, Any] | None | UnsetType = field(default=UNSET, name="lambda")
    """The context that a Lambda authorizer has answered; null where it has none."""


class Authentication(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Of custom domain names with mutual TLS."""

    client_cert: ClientCert | None | UnsetType = UNSET


class RequestContext(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What API Gateway, or the function's URL, knows of a request."""

    account_id: str
    """The owner of the API; of a function URL the caller's account, ``anonymous`` where it needs no signature."""
    api_id: str
    """Of a function URL, the first label of its domain name."""
    authentication: Authentication | None | UnsetType = UNSET
    authorizer: Authorizer | None | UnsetType = UNSET
    """Absent where the route has none."""
    domain_name: str
    domain_prefix: str
    """The first label of the domain name."""
    http: HTTP
    request_id: str
    route_key: str | None = None
    """As that of the event."""
    stage: str | None = None
    """``$default`` for function URLs."""
    time_raw: str = field(name="time")
    time_epoch_raw: int = field(name="timeEpoch")

    @property
    def time(self) -> datetime:
        """When the request came; to the second. Raises DecodeError where the wire's text is no time."""
        return common_log_time(self.time_raw, "$.time")

    @property
    def time_epoch(self) -> datetime:
        """The same; the wire's milliseconds."""
        return epoch_ms(self.time_epoch_raw, "$.timeEpoch")


class _Request(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What events of requests and of their authorizers have in common. Mappings that are absent or null have empty
    views.
    """

    version: str
    """``2.0``."""
    route_key: str | None = None
    """The route's method and path, like ``GET /pets/{id}``, or ``$default``, as for function URLs."""
    raw_path: str
    """With the stage in front, unless that is ``$default``; without the API mapping of a custom domain name."""
    raw_query_string: str
    """As the client sent it, without the question mark; empty where there is none."""
    cookies: list[str] | None | UnsetType = UNSET
    """Those of the request, each as ``name=value``. Absent where there are none."""
    headers_raw: dict[str, str] = field(name="headers")
    query_string_parameters_raw: dict[str, str] | None | UnsetType = field(
        default=UNSET, name="queryStringParameters")
    path_parameters_raw: dict[str, str] | None | UnsetType = field(default=UNSET, name="pathParameters")
    stage_variables_raw: dict[str, str] | None | UnsetType = field(default=UNSET, name="stageVariables")
    request_context: RequestContext

    @property
    def headers(self) -> Headers[str]:
        """Found whatever the case of their names, which is lower on the wire. The values of one that came more than
        once have commas between them."""
        return headers_of(self.headers_raw)

    @property
    def query_string_parameters(self) -> dict[str, str]:
        """URL-decoded, as sent; the values of one that came more than once have commas between them."""
        return mapping(self.query_string_parameters_raw)

    @property
    def path_parameters(self) -> dict[str, str]:
        """What stands in the path for the names in the route."""
        return mapping(self.path_parameters_raw)

    @property
    def stage_variables(self) -> dict[str, str]:
        return mapping(self.stage_variables_raw)


class APIGatewayV2ProxyEvent(_Request, Generic[Body], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                             rename="camel"):
    """A request to an HTTP API. ``body`` is its text, its bytes where it is base64, or of the type in
    ``APIGatewayV2ProxyEvent[...]``, from JSON; None where there is none. It raises :class:`lambdarrow.DecodeError` when
    it is looked at and is not of that type.
    """

    body_raw: str | None | UnsetType = field(default=UNSET, name="body")
    is_base64_encoded: bool
    """Whether the body is base64: it is where it may be no text."""

    if TYPE_CHECKING:
        @property
        def body(self) -> Body | None: ...
    else:
        body = Payload(Body, "body", "body_raw", base64="is_base64_encoded")


class LambdaFunctionUrlEvent(APIGatewayV2ProxyEvent[Body], Generic[Body], frozen=True, kw_only=True, omit_defaults=True,
                             dict=True, rename="camel"):
    """A request to a function's URL: as one to an HTTP API, without routes, path parameters and stage variables. Its
    caller is known where the URL asks for signed requests: ``request_context.authorizer.iam``."""


class APIGatewayV2AuthorizerEvent(_Request, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a Lambda authorizer is asked: the request without its body
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
    """

    type: str
    """``REQUEST``."""
    route_arn: str
    """The route that is called."""
    identity_source: list[str] | None | UnsetType = UNSET
    """The values of what the authorizer has for its sources; null where it has none."""


class APIGatewayV2ProxyResponse(Response, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The answer to :class:`APIGatewayV2ProxyEvent` and :class:`LambdaFunctionUrlEvent`."""

    cookies: list[str] | None = None
    """Each what a ``set-cookie`` header would have."""

    @classmethod
    def of(cls, body: Any = None, status_code: int = 200, *, headers: dict[str, str] | None = None,
           cookies: list[str] | None = None) -> Self:
        """The answer that carries this: a str as it is; bytes as base64; None as nothing; any other object as JSON, its
        content-type ``application/json`` unless a header says otherwise."""
        text, is_base64, content_type = encoded(body, headers)
        if content_type is not None:
            headers = {**(headers or {}), "content-type": content_type}
        return cls(status_code=status_code, headers=headers, cookies=cookies, body=text,
                   is_base64_encoded=is_base64 or None)
