"""Events of API Gateway's REST and WebSocket APIs, of HTTP APIs with payload format 1.0, and of their Lambda
authorizers, as Structs; and the answer to them
(https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from msgspec import field

from ._base import UNSET, Event, Payload, UnsetType, epoch_ms
from ._http import ClientCert, Headers, Response, Validity, common_log_time, encoded, headers_of, mapping

__all__ = ["APIGatewayAuthorizerRequestEvent", "APIGatewayAuthorizerTokenEvent", "APIGatewayProxyEvent",
           "APIGatewayProxyResponse", "Authorizer", "ClientCert", "Identity", "RequestContext", "Validity"]

Body = TypeVar("Body")


class Authorizer(dict[str, Any]):
    """What the API's authorizer says of the caller, as sent. An authorizer that is a Lambda function adds keys of its
    own, whose values are text, numbers or booleans."""

    @property
    def principal_id(self) -> str | None:
        """The caller, by a Lambda authorizer; None by others."""
        return self.get("principalId")

    @property
    def integration_latency(self) -> int | None:
        """Milliseconds that a Lambda authorizer took; None by others."""
        return self.get("integrationLatency")

    @property
    def claims(self) -> dict[str, Any]:
        """Of the token, by a user pool of Cognito or a JWT authorizer; empty by others."""
        return self.get("claims") or {}

    @property
    def scopes(self) -> list[str]:
        """Of the token, by a JWT authorizer; empty by others, and for methods that need none."""
        return self.get("scopes") or []


class Identity(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who calls. Most of it is null unless the method asks for signed requests (IAM) or for an API key."""

    access_key: str | None | UnsetType = UNSET
    account_id: str | None | UnsetType = UNSET
    api_key: str | None | UnsetType = UNSET
    api_key_id: str | None | UnsetType = UNSET
    caller: str | None | UnsetType = UNSET
    """The principal that has signed the request, as ``user``."""
    client_cert: ClientCert | None | UnsetType = UNSET
    """Of custom domain names with mutual TLS."""
    cognito_authentication_provider: str | None | UnsetType = UNSET
    """The providers that the caller signed in with, a comma between them."""
    cognito_authentication_type: str | None | UnsetType = UNSET
    """``authenticated`` or ``unauthenticated``."""
    cognito_identity_id: str | None | UnsetType = UNSET
    cognito_identity_pool_id: str | None | UnsetType = UNSET
    principal_org_id: str | None | UnsetType = UNSET
    source_ip: str
    """The address of the TCP connection; ``test-invoke-source-ip`` where the console tests a method."""
    user: str | None | UnsetType = UNSET
    user_agent: str | None | UnsetType = UNSET
    user_arn: str | None | UnsetType = UNSET
    vpc_id: str | None | UnsetType = UNSET
    """Private APIs only, as ``vpce_id``."""
    vpce_id: str | None | UnsetType = UNSET
    """The VPC endpoint that the request came through."""


class RequestContext(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What API Gateway knows of a request. Of a WebSocket it has no method, path or resource, but the connection."""

    account_id: str | None | UnsetType = UNSET
    """The owner of the API. Absent for WebSockets."""
    api_id: str
    authorizer_raw: dict[str, Any] | None | UnsetType = field(default=UNSET, name="authorizer")
    deployment_id: str | None = None
    domain_name: str | None = None
    domain_prefix: str | None = None
    """The first label of the domain name."""
    extended_request_id: str | None | UnsetType = UNSET
    http_method: str | None | UnsetType = UNSET
    identity: Identity
    operation_name: str | None = None
    """Of methods that were given one, in OpenAPI say."""
    path: str | None | UnsetType = UNSET
    """Of the request, with the stage in front where the default domain name is used."""
    protocol: str | None = None
    """``HTTP/1.1``, say. Absent for WebSockets."""
    request_id: str
    request_time_raw: str | None = field(default=None, name="requestTime")
    request_time_epoch_raw: int | None = field(default=None, name="requestTimeEpoch")
    resource_id: str | None | UnsetType = UNSET
    resource_path: str | None | UnsetType = UNSET
    stage: str
    """``test-invoke-stage`` where the console tests a method."""

    # WebSockets only.

    connected_at_raw: int | None = field(default=None, name="connectedAt")
    connection_id: str | None = None
    """What messages to the client are sent to."""
    disconnect_reason: str | None | UnsetType = UNSET
    """As the side that closed says, perhaps empty. Null or absent but for ``DISCONNECT``."""
    disconnect_status_code: int | None | UnsetType = UNSET
    """Of the close frame (RFC 6455, 7.4). Null or absent but for ``DISCONNECT``."""
    error: str | None | UnsetType = UNSET
    """Null in the events that have it, as ``integration_latency`` and ``status``."""
    event_type: str | None = None
    """``CONNECT``, ``MESSAGE`` or ``DISCONNECT``."""
    integration_latency: str | int | None | UnsetType = UNSET
    message_direction: str | None = None
    """``IN``."""
    message_id: str | None | UnsetType = UNSET
    """Null or absent but for ``MESSAGE``."""
    route_key: str | None = None
    """``$connect``, ``$disconnect``, ``$default`` or a route of the API's own."""
    status: str | int | None | UnsetType = UNSET

    @property
    def authorizer(self) -> Authorizer | None:
        """What the authorizer says; None where there is none."""
        sent = self.authorizer_raw
        return Authorizer(sent) if isinstance(sent, dict) else None

    @property
    def request_time(self) -> datetime | None:
        """When API Gateway got the request; to the second. Absent for authorizers."""
        return common_log_time(self.request_time_raw, "$.requestTime")

    @property
    def request_time_epoch(self) -> datetime | None:
        """The same; the wire's milliseconds."""
        return epoch_ms(self.request_time_epoch_raw, "$.requestTimeEpoch")

    @property
    def connected_at(self) -> datetime | None:
        """When the connection was made; the wire's milliseconds. WebSockets only."""
        return epoch_ms(self.connected_at_raw, "$.connectedAt")


class _Request(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What events of requests and of their authorizers have in common. API Gateway sends null for an empty mapping;
    the views are empty then, and where it is absent.
    """

    version: str | None = None
    """``1.0``; HTTP APIs only."""
    resource: str | None = None
    """The path of the API's resource, like ``/{proxy+}``. Absent for WebSockets, as ``path`` and ``http_method``."""
    path: str | None = None
    """Without the stage, but with the API mapping of a custom domain name."""
    http_method: str | None = None
    headers_raw: dict[str, str] | None | UnsetType = field(default=UNSET, name="headers")
    multi_value_headers_raw: dict[str, list[str]] | None | UnsetType = field(default=UNSET, name="multiValueHeaders")
    query_string_parameters_raw: dict[str, str] | None | UnsetType = field(
        default=UNSET, name="queryStringParameters")
    multi_value_query_string_parameters_raw: dict[str, list[str]] | None | UnsetType = field(
        default=UNSET, name="multiValueQueryStringParameters")
    path_parameters_raw: dict[str, str] | None | UnsetType = field(default=UNSET, name="pathParameters")
    stage_variables_raw: dict[str, str] | None | UnsetType = field(default=UNSET, name="stageVariables")
    request_context: RequestContext

    @property
    def headers(self) -> Headers[str]:
        """The last value of each header, found whatever the case of its name."""
        return headers_of(self.headers_raw)

    @property
    def multi_value_headers(self) -> Headers[list[str]]:
        """All values of each header, as lists."""
        return headers_of(self.multi_value_headers_raw)

    @property
    def query_string_parameters(self) -> dict[str, str]:
        """The last value of each parameter."""
        return mapping(self.query_string_parameters_raw)

    @property
    def multi_value_query_string_parameters(self) -> dict[str, list[str]]:
        """All values of each parameter."""
        return mapping(self.multi_value_query_string_parameters_raw)

    @property
    def path_parameters(self) -> dict[str, str]:
        """What stands in the path for the names in ``resource``."""
        return mapping(self.path_parameters_raw)

    @property
    def stage_variables(self) -> dict[str, str]:
        return mapping(self.stage_variables_raw)


class APIGatewayProxyEvent(_Request, Generic[Body], frozen=True, kw_only=True, omit_defaults=True, dict=True,
                           rename="camel"):
    """A request to a REST API (or an HTTP API with payload format 1.0), or what happens to a WebSocket. ``body`` is its
    text, its bytes where it is base64, or of the type in ``APIGatewayProxyEvent[...]``, from JSON; None where there is
    none. It raises :class:`lambdarrow.DecodeError` when it is looked at and is not of that type.
    """

    body_raw: str | None | UnsetType = field(default=UNSET, name="body")
    is_base64_encoded: bool | None = None
    """Whether the body is base64: it is where its type is one of the API's binary media types."""

    if TYPE_CHECKING:
        @property
        def body(self) -> Body | None: ...
    else:
        body = Payload(Body, "body", "body_raw", base64="is_base64_encoded")


class APIGatewayAuthorizerTokenEvent(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a Lambda authorizer of the kind TOKEN is asked
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html).
    """

    type: str
    """``TOKEN``."""
    method_arn: str
    """The method that is called."""
    authorization_token: str
    """The header that the authorizer has for its source, as the client sent it."""


class APIGatewayAuthorizerRequestEvent(_Request, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a Lambda authorizer of the kind REQUEST is asked: the request without its body; of a WebSocket, its
    ``$connect``. HTTP APIs ask so with payload format 1.0.
    """

    type: str
    """``REQUEST``."""
    method_arn: str
    """The method, or the route, that is called."""
    identity_source: str | None | UnsetType = UNSET
    """The values of what the authorizer has for its sources, a comma between them; HTTP APIs only."""
    authorization_token: str | None | UnsetType = UNSET
    """The same."""


class APIGatewayProxyResponse(Response, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The answer to :class:`APIGatewayProxyEvent`. ``is_base64_encoded`` counts for binary media types of the API."""

    multi_value_headers: dict[str, list[str]] | None = None
    """Sent beside ``headers``, whose value for the same name it replaces."""

    @classmethod
    def of(cls, body: Any = None, status_code: int = 200, *, headers: dict[str, str] | None = None,
           multi_value_headers: dict[str, list[str]] | None = None) -> Self:
        """The answer that carries this: a str as it is; bytes as base64; None as nothing; any other object as JSON, its
        content-type ``application/json`` unless a header says otherwise."""
        text, is_base64, content_type = encoded(body, headers, multi_value_headers)
        if content_type is not None:
            headers = {**(headers or {}), "content-type": content_type}
        return cls(status_code=status_code, headers=headers, multi_value_headers=multi_value_headers, body=text,
                   is_base64_encoded=is_base64 or None)
