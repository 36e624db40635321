"""Events of Cognito user pool triggers as Structs
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).

Cognito waits for the function and takes back the same event with its ``response`` filled in: ``event.reply(...)``. It
writes null for much of what it does not have, so that what may be absent may be null here.
"""

from typing import Any, Self

import msgspec
from msgspec import UNSET, UnsetType, field, structs

from ._base import Event, base64_of, bound
from ._base import decode as decode_as

__all__ = [
    "AccessTokenGeneration", "CallerContext", "ChallengeRequest", "ChallengeResult", "ClaimsAndScopeOverrideDetails",
    "ClaimsOverrideDetails", "CognitoEvent", "CreateAuthChallengeEvent", "CreateAuthChallengeRequest",
    "CreateAuthChallengeResponse", "CustomEmailSenderEvent", "CustomMessageEvent", "CustomMessageRequest",
    "CustomMessageResponse", "CustomSMSSenderEvent", "CustomSenderRequest", "DefineAuthChallengeEvent",
    "DefineAuthChallengeRequest", "DefineAuthChallengeResponse", "EmptyResponse", "FederatedAttributes",
    "GroupConfiguration", "InboundFederationEvent", "InboundFederationRequest", "InboundFederationResponse",
    "PostAuthenticationEvent", "PostAuthenticationRequest", "PostConfirmationEvent", "PreAuthenticationEvent",
    "PreAuthenticationRequest", "PreSignUpEvent", "PreSignUpRequest", "PreSignUpResponse", "PreTokenGenerationEvent",
    "PreTokenGenerationRequest", "PreTokenGenerationResponse", "PreTokenGenerationV2Event",
    "PreTokenGenerationV2Response", "TokenGeneration", "UnknownCognitoEvent", "UserMigrationEvent",
    "UserMigrationRequest", "UserMigrationResponse", "UserRequest", "VerifyAuthChallengeResponseEvent",
    "VerifyAuthChallengeResponseRequest", "VerifyAuthChallengeResponseResponse", "choose", "decode",
]


# What triggers have in common.


class CallerContext(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who has called Cognito."""

    aws_sdk_version: str | None = None
    """``aws-sdk-unknown-unknown`` where Cognito cannot tell; absent in some test events, which have the next."""
    aws_sdk: str | None = None
    """In test events of AWS's pages only."""
    client_id: str
    """The app client; ``CLIENT_ID_NOT_APPLICABLE`` where an administrator has called."""


class UserRequest(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of requests about a user; the whole request of some."""

    user_attributes: dict[str, Any]
    """By name, those of the pool's own with ``custom:`` before it. Cognito sends text, also for ``email_verified``;
    test events may have a JSON boolean there."""
    client_metadata: dict[str, str] | None | UnsetType = UNSET
    """What the app has sent for the function; not every call of the API hands it on."""


class EmptyResponse(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Of triggers that have nothing to answer: the function returns, or raises to refuse."""


class CognitoEvent(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of all events of user pools. :func:`decode` chooses the class by ``trigger_source``, which is the name
    of a family, ``_``, and what the user or the administrator did."""

    version: str | int
    """Of the event's format: ``1``; ``2`` or ``3`` where token generation is configured so. Text from Cognito, a number
    in a test event of AWS's pages."""
    trigger_source: str
    region: str
    user_pool_id: str
    user_name: str
    """``ClientCredentials`` where a machine asks for a token."""
    caller_context: CallerContext
    request: Any
    response: Any

    @classmethod
    def __choose__(cls, text: Any) -> "type[CognitoEvent]":
        return choose(text) if cls is CognitoEvent else cls

    def reply(self, **fields: Any) -> Self:
        """The event to return: this one, with these fields of its ``response`` filled in and everything else as it
        came. Raises TypeError for a field that the response does not have, and for a value that is not of its type.
        Parts may be Structs or what JSON has for them.
        """
        return structs.replace(self, response=_filled(self, fields)) if fields else self


def _filled(event: CognitoEvent, fields: dict[str, Any]) -> Any:
    response = event.response
    known = response.__struct_fields__ if isinstance(response, Event) else ()
    for name in fields:
        if name not in known:
            there = ", ".join(known) or "nothing"
            raise TypeError(f"{type(event).__name__} has no {name!r} to reply with; there is {there}")
    sent = msgspec.to_builtins(structs.replace(response, **fields))
    try:
        # A misspelt key in a dict would be dropped without a word.
        msgspec.convert(sent, bound(type(response), strict=True))
    except msgspec.ValidationError as error:
        raise TypeError(f"{type(event).__name__} cannot reply with this: {error}") from None
    return msgspec.convert(sent, type(response))


# Signing up and in.


class PreSignUpRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who wants to sign up."""

    validation_data: dict[str, str] | None | UnsetType = UNSET
    """What the app has sent to be checked and then forgotten."""


class PreSignUpResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What Cognito does without asking the user; false where it is not said."""

    auto_confirm_user: bool | None | UnsetType = UNSET
    auto_verify_email: bool | None | UnsetType = UNSET
    """Only with an ``email`` among the attributes."""
    auto_verify_phone: bool | None | UnsetType = UNSET
    """Only with a ``phone_number`` among the attributes."""


class PreSignUpEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``PreSignUp_SignUp``, ``…_AdminCreateUser``, ``…_ExternalProvider``: raise, and the user is refused."""

    request: PreSignUpRequest
    response: PreSignUpResponse


class PostConfirmationEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``PostConfirmation_ConfirmSignUp``, ``…_ConfirmForgotPassword``: the user is there, or has a new password."""

    request: UserRequest
    response: EmptyResponse


class PreAuthenticationRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who wants to sign in."""

    validation_data: dict[str, str] | None | UnsetType = UNSET
    """The app's client metadata, under this name."""
    user_not_found: bool | None | UnsetType = UNSET
    """True for a user who is not in the pool, where its client hides that from the caller."""


class PreAuthenticationEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``PreAuthentication_Authentication``: raise, and the user is refused."""

    request: PreAuthenticationRequest
    response: EmptyResponse


class PostAuthenticationRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who has signed in."""

    new_device_used: bool | None | UnsetType = UNSET
    """Whether from a new device; said only where the pool remembers devices."""


class PostAuthenticationEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``PostAuthentication_Authentication``."""

    request: PostAuthenticationRequest
    response: EmptyResponse


class UserMigrationRequest(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The credentials of a user who is not in the pool yet."""

    password: str | None | UnsetType = UNSET
    """Not sent with ``UserMigration_ForgotPassword``."""
    validation_data: dict[str, str] | None | UnsetType = UNSET
    client_metadata: dict[str, str] | None | UnsetType = UNSET
    user_attributes: dict[str, Any] | None | UnsetType = UNSET
    """Nothing is known of the user yet: absent or null."""


class UserMigrationResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The user to make."""

    user_attributes: dict[str, Any] | None | UnsetType = UNSET
    """Text by name; to be answered always. With ``email_verified`` or ``phone_number_verified`` a password can be
    reset."""
    final_user_status: str | None | UnsetType = UNSET
    """``CONFIRMED``: the user signs in with the old password. ``RESET_REQUIRED``, and where nothing is said: it must be
    changed."""
    message_action: str | None | UnsetType = UNSET
    """``SUPPRESS``: no message of welcome is sent. ``RESEND``: it is sent again."""
    desired_delivery_mediums: list[str] | None | UnsetType = UNSET
    """``EMAIL``, ``SMS`` or both for the message of welcome; SMS where nothing is said."""
    force_alias_creation: bool | None | UnsetType = UNSET
    """True: an e-mail address or phone number that is another user's alias becomes this user's."""
    enable_sms_mfa: bool | None | UnsetType = field(default=UNSET, name="enableSMSMFA")
    """True: the user needs a code by SMS to sign in; needs a ``phone_number``."""


class UserMigrationEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``UserMigration_Authentication``, ``…_ForgotPassword``: raise, and the user stays unknown."""

    request: UserMigrationRequest
    response: UserMigrationResponse


class FederatedAttributes(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the identity provider says of the user; the first three with OIDC and social providers, the last with
    SAML."""

    token_response: dict[str, Any] | None | UnsetType = UNSET
    """The answer of the provider's token endpoint."""
    id_token: dict[str, Any] | None | UnsetType = UNSET
    """The claims of the provider's ID token."""
    user_info: dict[str, Any] | None | UnsetType = UNSET
    """The answer of the provider's user info endpoint."""
    saml_response: dict[str, Any] | None | UnsetType = UNSET
    """The attributes of the assertion, by their full names."""


class InboundFederationRequest(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A user whom an identity provider has signed in, before Cognito makes or updates the profile."""

    provider_name: str
    """The pool's name for it."""
    provider_type: str
    """``OIDC``, ``SAML``, ``Facebook``, ``Google``, ``SignInWithApple`` or ``LoginWithAmazon``."""
    attributes: FederatedAttributes


class InboundFederationResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The attributes to go on with."""

    user_attributes_to_map: dict[str, Any] | None | UnsetType = UNSET
    """In place of the provider's: what is not here is dropped. Empty: the provider's stay as they are."""


class InboundFederationEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``InboundFederation_ExternalProvider``."""

    request: InboundFederationRequest
    response: InboundFederationResponse


# Challenges of one's own.


class ChallengeResult(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A challenge that the user has answered in this session."""

    challenge_name: str
    """``CUSTOM_CHALLENGE``, ``SRP_A``, ``PASSWORD_VERIFIER``, ``SMS_MFA``, ``DEVICE_SRP_AUTH``, …"""
    challenge_result: bool
    """Whether the answer was right."""
    challenge_metadata: str | None | UnsetType = UNSET
    """The function's name for a challenge of its own."""


class ChallengeRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of requests about challenges."""

    user_not_found: bool | None | UnsetType = UNSET
    """True for a user who is not in the pool, where its client hides that from the caller: go on as if there was
    one."""


class DefineAuthChallengeRequest(ChallengeRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the user has answered so far."""

    session: list[ChallengeResult]
    """The latest last."""


class DefineAuthChallengeResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How to go on: with a challenge, or to one of the two ends."""

    challenge_name: str | None | UnsetType = UNSET
    """The next challenge."""
    issue_tokens: bool | None | UnsetType = UNSET
    """True: the user is signed in."""
    fail_authentication: bool | None | UnsetType = UNSET
    """True: the user is refused."""


class DefineAuthChallengeEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``DefineAuthChallenge_Authentication``."""

    request: DefineAuthChallengeRequest
    response: DefineAuthChallengeResponse


class CreateAuthChallengeRequest(ChallengeRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The challenge to make."""

    challenge_name: str
    """As it was defined: ``CUSTOM_CHALLENGE``."""
    session: list[ChallengeResult]
    """The latest last."""


class CreateAuthChallengeResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A challenge."""

    public_challenge_parameters: dict[str, str] | None | UnsetType = UNSET
    """For the app: the question."""
    private_challenge_parameters: dict[str, str] | None | UnsetType = UNSET
    """For the function that verifies only: the answer."""
    challenge_metadata: str | None | UnsetType = UNSET
    """The function's name for the challenge."""


class CreateAuthChallengeEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``CreateAuthChallenge_Authentication``."""

    request: CreateAuthChallengeRequest
    response: CreateAuthChallengeResponse


class VerifyAuthChallengeResponseRequest(ChallengeRequest, frozen=True, kw_only=True, omit_defaults=True,
                                         rename="camel"):
    """The user's answer."""

    private_challenge_parameters: dict[str, str] | None | UnsetType = UNSET
    """As the challenge was made."""
    challenge_answer: str


class VerifyAuthChallengeResponseResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The verdict."""

    answer_correct: bool | None | UnsetType = UNSET


class VerifyAuthChallengeResponseEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``VerifyAuthChallengeResponse_Authentication``."""

    request: VerifyAuthChallengeResponseRequest
    response: VerifyAuthChallengeResponseResponse


# Tokens.


class GroupConfiguration(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The groups and roles that tokens name."""

    groups_to_override: list[str] | None | UnsetType = UNSET
    iam_roles_to_override: list[str] | None | UnsetType = UNSET
    """ARNs."""
    preferred_role: str | None | UnsetType = UNSET
    """An ARN; null where no group has a role."""


class PreTokenGenerationRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Whom a token is for, and what would be in it."""

    group_configuration: GroupConfiguration | None | UnsetType = UNSET
    """Null where a machine asks."""
    scopes: list[str] | None | UnsetType = UNSET
    """Of the access token; sent with versions ``2`` and ``3``."""


class ClaimsOverrideDetails(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What to change in the ID token."""

    claims_to_add_or_override: dict[str, str] | None | UnsetType = UNSET
    claims_to_suppress: list[str] | None | UnsetType = UNSET
    """Names of claims; what is also added is suppressed."""
    group_override_details: GroupConfiguration | None | UnsetType = UNSET
    """In place of the groups in the request."""


class PreTokenGenerationResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Null where nothing is to change."""

    claims_override_details: ClaimsOverrideDetails | None | UnsetType = UNSET


class PreTokenGenerationEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``TokenGeneration_HostedAuth``, ``…_Authentication``, ``…_NewPasswordChallenge``, ``…_AuthenticateDevice``,
    ``…_RefreshTokens``, in version ``1``: the ID token only."""

    request: PreTokenGenerationRequest
    response: PreTokenGenerationResponse


class TokenGeneration(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What to change in a token."""

    claims_to_add_or_override: dict[str, Any] | None | UnsetType = UNSET
    """Any JSON values."""
    claims_to_suppress: list[str] | None | UnsetType = UNSET


class AccessTokenGeneration(TokenGeneration, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What to change in the access token."""

    scopes_to_add: list[str] | None | UnsetType = UNSET
    """Without a space in them."""
    scopes_to_suppress: list[str] | None | UnsetType = UNSET


class ClaimsAndScopeOverrideDetails(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What to change in both tokens."""

    id_token_generation: TokenGeneration | None | UnsetType = UNSET
    access_token_generation: AccessTokenGeneration | None | UnsetType = UNSET
    group_override_details: GroupConfiguration | None | UnsetType = UNSET
    """In place of the groups in the request."""


class PreTokenGenerationV2Response(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Null where nothing is to change."""

    claims_and_scope_override_details: ClaimsAndScopeOverrideDetails | None | UnsetType = UNSET


class PreTokenGenerationV2Event(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The same sources in version ``2`` or ``3``: the ID token and the access token. In version ``3`` also
    ``TokenGeneration_ClientCredentials``, where a machine asks, whose access token is the only one."""

    request: PreTokenGenerationRequest
    response: PreTokenGenerationV2Response


# Messages.


class CustomMessageRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the message must have in it."""

    code_parameter: str
    """The placeholder of the code, not the code itself: ``{####}``."""
    link_parameter: str | None | UnsetType = UNSET
    """The placeholder of a link to verify an e-mail address: ``{##Click Here##}``."""
    username_parameter: str | None | UnsetType = UNSET
    """The placeholder of the user's name; null but for users whom an administrator makes."""


class CustomMessageResponse(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The message; the pool's own where null."""

    sms_message: str | None | UnsetType = UNSET
    """At most 140 characters, the code included."""
    email_message: str | None | UnsetType = UNSET
    """At most 20,000 characters, perhaps HTML; only where the pool sends through SES as its developer."""
    email_subject: str | None | UnsetType = UNSET
    """At most 140 characters; as above."""


class CustomMessageEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``CustomMessage_SignUp``, ``…_AdminCreateUser``, ``…_ResendCode``, ``…_ForgotPassword``,
    ``…_UpdateUserAttribute``, ``…_VerifyUserAttribute``, ``…_Authentication``."""

    request: CustomMessageRequest
    response: CustomMessageResponse


class CustomSenderRequest(UserRequest, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the function is to send by itself."""

    type: str
    """``customEmailSenderRequestV1`` or ``customSMSSenderRequestV1``."""
    code_raw: str | None | UnsetType = field(default=UNSET, name="code")
    """Null in notifications of an account take-over."""

    @property
    def code(self) -> bytes | None:
        """The code, or a user's temporary password, as a message of the AWS Encryption SDK, whose key is in KMS; the
        wire's base64 as bytes. Raises DecodeError where it is none."""
        return base64_of(self.code_raw, "$.code")


class CustomEmailSenderEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``CustomEmailSender_SignUp``, ``…_Authentication``, ``…_ForgotPassword``, ``…_ResendCode``,
    ``…_UpdateUserAttribute``, ``…_VerifyUserAttribute``, ``…_AdminCreateUser``, ``…_AccountTakeOverNotification``.
    Cognito expects no answer."""

    request: CustomSenderRequest
    response: EmptyResponse | None | UnsetType = UNSET


class CustomSMSSenderEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``CustomSMSSender_SignUp``, ``…_Authentication``, ``…_ForgotPassword``, ``…_ResendCode``,
    ``…_UpdateUserAttribute``, ``…_VerifyUserAttribute``, ``…_AdminCreateUser``. Cognito expects no answer."""

    request: CustomSenderRequest
    response: EmptyResponse | None | UnsetType = UNSET


class UnknownCognitoEvent(CognitoEvent, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An event of a family that has no class here; request and response are as JSON has them, and so are the names
    that ``reply`` takes."""

    request: dict[str, Any] | None | UnsetType = UNSET
    response: dict[str, Any] | None | UnsetType = UNSET

    def reply(self, **fields: Any) -> Self:
        response = self.response if isinstance(self.response, dict) else {}
        return structs.replace(self, response=response | fields) if fields else self


# Which class an event is of.


class _Head(Event, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    trigger_source: str
    version: str | int


_FAMILIES: dict[str, type[CognitoEvent]] = {
    "CreateAuthChallenge_": CreateAuthChallengeEvent,
    "CustomEmailSender_": CustomEmailSenderEvent,
    "CustomMessage_": CustomMessageEvent,
    "CustomSMSSender_": CustomSMSSenderEvent,
    "DefineAuthChallenge_": DefineAuthChallengeEvent,
    "InboundFederation_": InboundFederationEvent,
    "PostAuthentication_": PostAuthenticationEvent,
    "PostConfirmation_": PostConfirmationEvent,
    "PreAuthentication_": PreAuthenticationEvent,
    "PreSignUp_": PreSignUpEvent,
    "TokenGeneration_": PreTokenGenerationEvent,
    "UserMigration_": UserMigrationEvent,
    "VerifyAuthChallengeResponse_": VerifyAuthChallengeResponseEvent,
}
_LATER: dict[tuple[str, str], type[CognitoEvent]] = {
    ("TokenGeneration_", "2"): PreTokenGenerationV2Event,
    ("TokenGeneration_", "3"): PreTokenGenerationV2Event,
}


def choose(text: Any) -> type[CognitoEvent]:
    """The class of an event, by its family and version."""
    # msgspec's tags are one a class, and a family has several: the tag is read first, by itself.
    head = decode_as(text, _Head)
    family = head.trigger_source[:head.trigger_source.find("_") + 1]
    return _LATER.get((family, str(head.version))) or _FAMILIES.get(family, UnknownCognitoEvent)


def decode(event: Any, strict: bool = False) -> CognitoEvent:
    """An event of a user pool (in any form that ``to_arrow`` takes) as the Struct of its family and version; one that
    no family here claims as :class:`UnknownCognitoEvent`. ``strict``: unknown keys are an error. Raises DecodeError.
    """
    made: CognitoEvent = decode_as(event, CognitoEvent, strict)
    return made
