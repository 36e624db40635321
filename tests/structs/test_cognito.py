"""Events of Cognito user pools: the class of every trigger, documents that come back as they were, replies."""

import base64
import json
from pathlib import Path

import msgspec
import pytest

import lambdarrow
from lambdarrow.events import cognito

FOLDER = Path(__file__).parents[3] / "shared" / "samples"
SAMPLES = sorted(FOLDER.glob("cognito-event-userpools-*.json"))

USER = {"sub": "0b6c7f3e-0000-4000-8000-000000000000", "email": "nina@example.com", "email_verified": "true",
        "cognito:user_status": "CONFIRMED", "custom:plan": "größer"}
SESSION = [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None},
           {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "riddle-1"},
           {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True}]
GROUPS = {"groupsToOverride": ["staff", "chess"], "iamRolesToOverride": ["arn:aws:iam::111122223333:role/staff"],
          "preferredRole": "arn:aws:iam::111122223333:role/staff"}
NO_GROUPS = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
CIPHER = bytes(range(0, 256, 5))
META = {"device": "watch"}


def event(source, request, response=None, **changes):
    made = {
        "version": "1",
        "triggerSource": source,
        "region": "eu-central-1",
        "userPoolId": "eu-central-1_EXAMPLE01",
        "userName": "nina",
        "callerContext": {"awsSdkVersion": "aws-sdk-js-3.600.0", "clientId": "7examplec1ient"},
        "request": request,
    }
    return made | ({} if response is None else {"response": response}) | changes


def user(**more):
    return {"userAttributes": USER, **more}


# For each family: its class, its sources, and requests and responses: as full as they get, null, and bare.
FAMILIES = [
    (cognito.PreSignUpEvent, ["PreSignUp_SignUp", "PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider"], [
        (user(validationData={"captcha": "7"}, clientMetadata=META),
         {"autoConfirmUser": True, "autoVerifyEmail": False, "autoVerifyPhone": False}),
        (user(validationData=None, clientMetadata=None),
         {"autoConfirmUser": None, "autoVerifyEmail": None, "autoVerifyPhone": None}),
        ({"userAttributes": {}}, {}),
    ]),
    (cognito.PostConfirmationEvent, ["PostConfirmation_ConfirmSignUp", "PostConfirmation_ConfirmForgotPassword"], [
        (user(clientMetadata=META), {}), (user(clientMetadata=None), {}), (user(), {}),
    ]),
    (cognito.PreAuthenticationEvent, ["PreAuthentication_Authentication"], [
        (user(validationData=META, userNotFound=False), {}), (user(validationData=None), {}),
        ({"userAttributes": {}, "userNotFound": True}, {}),
    ]),
    (cognito.PostAuthenticationEvent, ["PostAuthentication_Authentication"], [
        (user(newDeviceUsed=True, clientMetadata=META), {}), (user(newDeviceUsed=None), {}), (user(), {}),
    ]),
    (cognito.DefineAuthChallengeEvent, ["DefineAuthChallenge_Authentication"], [
        (user(session=SESSION, clientMetadata=META, userNotFound=False),
         {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}),
        (user(session=[]), {"challengeName": None, "issueTokens": None, "failAuthentication": None}),
        (user(session=[], userNotFound=True), {}),
    ]),
    (cognito.CreateAuthChallengeEvent, ["CreateAuthChallenge_Authentication"], [
        (user(challengeName="CUSTOM_CHALLENGE", session=SESSION, clientMetadata=META, userNotFound=False),
         {"publicChallengeParameters": {"question": "2 + 2"}, "privateChallengeParameters": {"answer": "4"},
          "challengeMetadata": "sum"}),
        (user(challengeName="CUSTOM_CHALLENGE", session=[]),
         {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}),
        (user(challengeName="CUSTOM_CHALLENGE", session=[]), {}),
    ]),
    (cognito.VerifyAuthChallengeResponseEvent, ["VerifyAuthChallengeResponse_Authentication"], [
        (user(privateChallengeParameters={"answer": "4"}, challengeAnswer="5", clientMetadata=META, userNotFound=False),
         {"answerCorrect": False}),
        (user(privateChallengeParameters=None, challengeAnswer=""), {"answerCorrect": None}),
        (user(challengeAnswer="5"), {}),
    ]),
    (cognito.UserMigrationEvent, ["UserMigration_Authentication", "UserMigration_ForgotPassword"], [
        ({"password": "secret", "validationData": META, "clientMetadata": META},
         {"userAttributes": USER, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
          "desiredDeliveryMediums": ["EMAIL", "SMS"], "forceAliasCreation": False, "enableSMSMFA": True}),
        ({"password": None, "validationData": None, "clientMetadata": None, "userAttributes": None},
         {"userAttributes": None, "finalUserStatus": None, "messageAction": None, "desiredDeliveryMediums": None,
          "forceAliasCreation": None, "enableSMSMFA": None}),
        ({}, {}),
    ]),
    (cognito.CustomMessageEvent, [
        "CustomMessage_SignUp", "CustomMessage_AdminCreateUser", "CustomMessage_ResendCode",
        "CustomMessage_ForgotPassword", "CustomMessage_UpdateUserAttribute", "CustomMessage_VerifyUserAttribute",
        "CustomMessage_Authentication",
    ], [
        (user(codeParameter="{####}", linkParameter="{##Click Here##}", usernameParameter="{username}",
              clientMetadata=META),
         {"smsMessage": "{####}", "emailMessage": "<b>{####}</b>", "emailSubject": "Hi"}),
        ({"userAttributes": {"phone_number_verified": True, "email_verified": False}, "codeParameter": "{####}",
          "linkParameter": None, "usernameParameter": None},
         {"smsMessage": None, "emailMessage": None, "emailSubject": None}),
        (user(codeParameter="{####}"), {}),
    ]),
    (cognito.PreTokenGenerationEvent, [
        "TokenGeneration_HostedAuth", "TokenGeneration_Authentication", "TokenGeneration_NewPasswordChallenge",
        "TokenGeneration_AuthenticateDevice", "TokenGeneration_RefreshTokens",
    ], [
        (user(groupConfiguration=GROUPS, clientMetadata=META, scopes=["openid"]),
         {"claimsOverrideDetails": {"claimsToAddOrOverride": {"plan": "b"}, "claimsToSuppress": ["email"],
                                    "groupOverrideDetails": GROUPS}}),
        (user(groupConfiguration=NO_GROUPS), {"claimsOverrideDetails": None}),
        (user(groupConfiguration={}),
         {"claimsOverrideDetails": {"claimsToAddOrOverride": None, "claimsToSuppress": None,
                                    "groupOverrideDetails": None}}),
        (user(), {}),
    ]),
    (cognito.CustomEmailSenderEvent, [
        "CustomEmailSender_SignUp", "CustomEmailSender_Authentication", "CustomEmailSender_ForgotPassword",
        "CustomEmailSender_ResendCode", "CustomEmailSender_UpdateUserAttribute",
        "CustomEmailSender_VerifyUserAttribute", "CustomEmailSender_AdminCreateUser",
        "CustomEmailSender_AccountTakeOverNotification",
    ], [
        (user(type="customEmailSenderRequestV1", code=base64.b64encode(CIPHER).decode(), clientMetadata=META), None),
        (user(type="customEmailSenderRequestV1", code=None, clientMetadata=None), {}),
        (user(type="customEmailSenderRequestV1"), None),
    ]),
    (cognito.CustomSMSSenderEvent, [
        "CustomSMSSender_SignUp", "CustomSMSSender_Authentication", "CustomSMSSender_ForgotPassword",
        "CustomSMSSender_ResendCode", "CustomSMSSender_UpdateUserAttribute", "CustomSMSSender_VerifyUserAttribute",
        "CustomSMSSender_AdminCreateUser",
    ], [
        (user(type="customSMSSenderRequestV1", code=base64.b64encode(CIPHER).decode()), None),
        (user(type="customSMSSenderRequestV1", code=None), {}),
    ]),
    (cognito.InboundFederationEvent, ["InboundFederation_ExternalProvider"], [
        ({"providerName": "Our OIDC", "providerType": "OIDC", "attributes": {
            "tokenResponse": {"access_token": "eyA", "expires_in": "3600"},
            "idToken": {"sub": "u", "email_verified": True},
            "userInfo": {"given_name": "Nina"}}}, {"userAttributesToMap": {"given_name": "Nina"}}),
        ({"providerName": "Our SAML", "providerType": "SAML", "attributes": {
            "samlResponse": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "Nina"}}},
         {"userAttributesToMap": {}}),
        ({"providerName": "G", "providerType": "Google", "attributes": {
            "tokenResponse": None, "idToken": None, "userInfo": None, "samlResponse": None}},
         {"userAttributesToMap": None}),
        ({"providerName": "G", "providerType": "Google", "attributes": {}}, {}),
    ]),
    (cognito.UnknownCognitoEvent, ["PreTokenGen", "PasskeyHint_Authentication", "PreSignUp", ""], [
        (user(anything=[1, {"a": None}]), {"claimsOverrideDetails": {"claimsToSuppress": ["email"]}}),
        ({}, {}),
    ]),
]
V2_SOURCES = [*next(sources for cls, sources, _ in FAMILIES if cls is cognito.PreTokenGenerationEvent),
              "TokenGeneration_ClientCredentials"]
V2_FORMS = [
    (user(groupConfiguration=GROUPS, scopes=["openid", "shop/read"], clientMetadata=META),
     {"claimsAndScopeOverrideDetails": {
         "idTokenGeneration": {"claimsToAddOrOverride": {"n": 2, "deep": {"a": [1.5, None]}},
                               "claimsToSuppress": ["x"]},
         "accessTokenGeneration": {"claimsToAddOrOverride": {"n": 2}, "claimsToSuppress": ["email"],
                                   "scopesToAdd": ["shop/write"], "scopesToSuppress": ["openid"]},
         "groupOverrideDetails": GROUPS}}),
    ({"userAttributes": {}, "groupConfiguration": None, "scopes": ["shop/read"], "clientMetadata": META},
     {"claimsAndScopeOverrideDetails": None}),
    (user(groupConfiguration=NO_GROUPS, scopes=None),
     {"claimsAndScopeOverrideDetails": {"idTokenGeneration": None, "accessTokenGeneration": {}}}),
    (user(), {}),
]
CASES = [
    pytest.param(cls, event(source, request, response), id=f"{source}-{number}")
    for cls, sources, forms in FAMILIES
    for source in sources
    for number, (request, response) in enumerate(forms)
] + [
    pytest.param(cognito.PreTokenGenerationV2Event, event(source, request, response, version=version),
                 id=f"{source}-v{version}-{number}")
    for version in ("2", "3")
    for source in V2_SOURCES
    for number, (request, response) in enumerate(V2_FORMS)
]
every_event = pytest.mark.parametrize("cls, document", CASES)


def first(cls):
    """An event of the class, as full as it gets."""
    return cognito.decode(next(case.values[1] for case in CASES if case.values[0] is cls))


def test_every_event_class_has_a_case():
    assert {case.values[0] for case in CASES} == set(cognito.CognitoEvent.__subclasses__()) > set()


@every_event
@pytest.mark.parametrize("strict", [False, True])
def test_an_event_is_of_its_class_and_comes_back_as_it_was(cls, document, strict):
    got = cognito.decode(json.dumps(document).encode(), strict=strict)
    assert isinstance(got, cls) and (type(got) is cls or strict)
    assert json.loads(msgspec.json.encode(got)) == document
    assert got.to_dict() == document
    assert (got.trigger_source, got.user_name) == (document["triggerSource"], document["userName"])
    assert got.caller_context.client_id == document["callerContext"]["clientId"]


@every_event
def test_every_road_gives_the_same_event(cls, document):
    text = json.dumps(document)
    wanted = cognito.decode(document)
    assert wanted == cognito.decode(text) == cognito.decode(text.encode()) == cognito.decode(memoryview(text.encode()))
    # Whichever key stands first: those that choose the class may be the last.
    assert wanted == cognito.decode(dict(sorted(document.items()))) == cognito.decode(dict(reversed(document.items())))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in SAMPLES])
@pytest.mark.parametrize("strict", [False, True])
def test_a_sample_comes_back_as_it_was(path, strict):
    got = cognito.decode(path.read_bytes(), strict=strict)
    assert json.loads(msgspec.json.encode(got)) == got.to_dict() == json.loads(path.read_bytes())
    # The one whose source is none of Cognito's.
    assert isinstance(got, cognito.UnknownCognitoEvent) == (got.trigger_source == "PreTokenGen")


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no sample events beside the repository")
def test_there_are_samples():
    assert len(SAMPLES) >= 14


def test_a_version_that_says_nothing_is_the_first():
    for version in ("1", "4", "string", "", 1):
        got = cognito.decode(event("TokenGeneration_HostedAuth", user(), {}, version=version))
        assert type(got) is cognito.PreTokenGenerationEvent
    assert type(cognito.decode(event("PreSignUp_SignUp", user(), {}, version="2"))) is cognito.PreSignUpEvent


def test_a_version_may_be_a_number():
    got = cognito.decode(event("TokenGeneration_HostedAuth", user(), {}, version=2))
    assert type(got) is cognito.PreTokenGenerationV2Event and got.version == 2


def test_the_caller_of_a_test_event():
    """AWS's page on custom messages has such a one: a number, and another name for the SDK."""
    document = event("CustomMessage_AdminCreateUser", user(codeParameter="####", usernameParameter="username"), {},
                     version=1, callerContext={"awsSdk": "aws-sdk-js", "clientId": "c"})
    got = cognito.decode(document, strict=True)
    assert got.to_dict() == document
    assert (got.caller_context.aws_sdk, got.caller_context.aws_sdk_version) == ("aws-sdk-js", None)


def test_a_source_that_a_family_gets_one_day_is_of_the_family():
    assert type(cognito.decode(event("PreSignUp_Passkey", user(), {}))) is cognito.PreSignUpEvent


def test_absent_null_and_said_are_three_things():
    said = [cognito.decode(event("PreSignUp_SignUp", user(**more), {})).request.validation_data
            for more in ({}, {"validationData": None}, {"validationData": {}})]
    assert said[0] is msgspec.UNSET and said[1] is None and said[2] == {}


def test_the_request_is_typed():
    request = first(cognito.DefineAuthChallengeEvent).request
    assert [one.challenge_result for one in request.session] == [True, False, True]
    assert request.session[1].challenge_metadata == "riddle-1"
    assert request.user_attributes == USER and request.client_metadata == META
    groups = first(cognito.PreTokenGenerationEvent).request.group_configuration
    assert groups.preferred_role == GROUPS["preferredRole"]
    assert first(cognito.InboundFederationEvent).request.attributes.id_token["email_verified"] is True


# --- the code ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [cognito.CustomEmailSenderEvent, cognito.CustomSMSSenderEvent])
def test_a_code_is_its_bytes(cls):
    request = first(cls).request
    assert request.code == CIPHER == base64.b64decode(request.code_raw)


@pytest.mark.parametrize("more", [{}, {"code": None}])
def test_no_code_is_none(more):
    got = cognito.decode(event("CustomEmailSender_AccountTakeOverNotification", user(type="t", **more)))
    assert got.request.code is None


@pytest.mark.parametrize("code, reason", [
    ("AAA", "base64_padding"), ("A===", "base64_padding"), ("AB==", "base64_spare_bits"), ("AA AA", "invalid_base64"),
    ("-_-_", "invalid_base64"), ("é", "invalid_base64"),
])
def test_a_code_that_is_no_base64_is_an_error(code, reason):
    got = cognito.decode(event("CustomEmailSender_SignUp", user(type="t", code=code)))
    with pytest.raises(lambdarrow.DecodeError) as caught:
        _ = got.request.code
    assert (caught.value.reason, caught.value.path) == (reason, "$.code")


# --- replies -----------------------------------------------------------------------------------------

REPLIES = [
    (cognito.PreSignUpEvent, {"auto_confirm_user": False, "auto_verify_email": True, "auto_verify_phone": True},
     {"autoConfirmUser": False, "autoVerifyEmail": True, "autoVerifyPhone": True}),
    (cognito.DefineAuthChallengeEvent, {"challenge_name": "CUSTOM_CHALLENGE", "issue_tokens": True,
                                        "fail_authentication": None},
     {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": True, "failAuthentication": None}),
    (cognito.CreateAuthChallengeEvent, {"public_challenge_parameters": {"q": "?"},
                                        "private_challenge_parameters": {"a": "!"}, "challenge_metadata": "m"},
     {"publicChallengeParameters": {"q": "?"}, "privateChallengeParameters": {"a": "!"}, "challengeMetadata": "m"}),
    (cognito.VerifyAuthChallengeResponseEvent, {"answer_correct": True}, {"answerCorrect": True}),
    (cognito.UserMigrationEvent, {"user_attributes": {"email": "n@example.com"}, "final_user_status": "RESET_REQUIRED",
                                  "message_action": "SUPPRESS", "desired_delivery_mediums": ["EMAIL"],
                                  "force_alias_creation": True, "enable_sms_mfa": False},
     {"userAttributes": {"email": "n@example.com"}, "finalUserStatus": "RESET_REQUIRED", "messageAction": "SUPPRESS",
      "desiredDeliveryMediums": ["EMAIL"], "forceAliasCreation": True, "enableSMSMFA": False}),
    (cognito.CustomMessageEvent, {"sms_message": "é {####}", "email_message": "<p>", "email_subject": "s"},
     {"smsMessage": "é {####}", "emailMessage": "<p>", "emailSubject": "s"}),
    (cognito.PreTokenGenerationEvent,
     {"claims_override_details": cognito.ClaimsOverrideDetails(
         claims_to_add_or_override={"k": "v"}, claims_to_suppress=["email"],
         group_override_details=cognito.GroupConfiguration(groups_to_override=["g"]))},
     {"claimsOverrideDetails": {"claimsToAddOrOverride": {"k": "v"}, "claimsToSuppress": ["email"],
                                "groupOverrideDetails": {"groupsToOverride": ["g"]}}}),
    (cognito.PreTokenGenerationV2Event,
     {"claims_and_scope_override_details": cognito.ClaimsAndScopeOverrideDetails(
         id_token_generation=cognito.TokenGeneration(claims_to_add_or_override={"k": [1, None]}),
         access_token_generation=cognito.AccessTokenGeneration(scopes_to_add=["a/b"], scopes_to_suppress=[]))},
     {"claimsAndScopeOverrideDetails": {"idTokenGeneration": {"claimsToAddOrOverride": {"k": [1, None]}},
                                        "accessTokenGeneration": {"scopesToAdd": ["a/b"], "scopesToSuppress": []}}}),
    (cognito.InboundFederationEvent, {"user_attributes_to_map": {"email": "n@example.com"}},
     {"userAttributesToMap": {"email": "n@example.com"}}),
    (cognito.UnknownCognitoEvent, {"claimsOverrideDetails": None, "more": [1]},
     {"claimsOverrideDetails": None, "more": [1]}),
]
NOTHING = [cognito.PostConfirmationEvent, cognito.PreAuthenticationEvent, cognito.PostAuthenticationEvent,
           cognito.CustomEmailSenderEvent, cognito.CustomSMSSenderEvent]
every_reply = pytest.mark.parametrize("cls, fields, response", REPLIES)


def test_every_event_class_has_a_reply():
    assert {cls for cls, _, _ in REPLIES} | set(NOTHING) == set(cognito.CognitoEvent.__subclasses__())


@every_reply
@pytest.mark.parametrize("strict", [False, True])
def test_a_reply_is_the_event_with_its_response(cls, fields, response, strict):
    for case in CASES:
        if case.values[0] is not cls:
            continue
        document = case.values[1]
        got = cognito.decode(document, strict=strict)
        made = got.reply(**fields)
        assert type(made) is type(got) and type(made.response) is type(got.response)
        wanted = document | {"response": document["response"] | response}
        assert json.loads(msgspec.json.encode(made)) == json.loads(json.dumps(made.to_dict())) == wanted
        assert got.to_dict() == document  # which the reply has left alone


@every_reply
def test_a_field_that_is_not_replied_stays_as_it_came(cls, fields, response):
    for name, wire in zip(fields, response, strict=True):
        got = first(cls)
        made = got.reply(**{name: fields[name]}).to_dict()["response"]
        assert made == got.to_dict()["response"] | {wire: response[wire]}


@pytest.mark.parametrize("cls", [case[0] for case in FAMILIES] + [cognito.PreTokenGenerationV2Event])
def test_a_reply_of_nothing_is_the_event(cls):
    got = first(cls)
    assert got.reply() == got and got.reply().to_dict() == got.to_dict()


@pytest.mark.parametrize("cls", NOTHING)
def test_where_there_is_nothing_to_reply_no_field_is_taken(cls):
    with pytest.raises(TypeError, match=f"^{cls.__name__} has no 'auto_confirm' to reply with; there is nothing$"):
        first(cls).reply(auto_confirm=True)


def test_a_field_that_is_not_there_is_named_with_those_that_are():
    there = "auto_confirm_user, auto_verify_email, auto_verify_phone"
    for name in ("autoConfirmUser", "user_name", "request"):
        with pytest.raises(TypeError, match=f"^PreSignUpEvent has no '{name}' to reply with; there is {there}$"):
            first(cognito.PreSignUpEvent).reply(**{name: True})


@pytest.mark.parametrize("cls, fields, path", [
    (cognito.PreSignUpEvent, {"auto_confirm_user": "yes"}, "$.autoConfirmUser"),
    (cognito.PreSignUpEvent, {"auto_confirm_user": 1}, "$.autoConfirmUser"),
    (cognito.UserMigrationEvent, {"desired_delivery_mediums": "SMS"}, "$.desiredDeliveryMediums"),
    (cognito.PreTokenGenerationEvent, {"claims_override_details": {"claimsToAddOrOverride": {"n": 1}}},
     "$.claimsOverrideDetails.claimsToAddOrOverride[...]"),
    # Keys of JSON are the wire's: these would be dropped without a word.
    (cognito.PreTokenGenerationEvent, {"claims_override_details": {"claims_to_suppress": []}},
     "$.claimsOverrideDetails"),
    (cognito.PreTokenGenerationV2Event,
     {"claims_and_scope_override_details": {"idTokenGeneration": {"scopesToAdd": []}}},
     "$.claimsAndScopeOverrideDetails.idTokenGeneration"),
])
def test_a_value_of_another_type_is_an_error(cls, fields, path):
    with pytest.raises(TypeError) as caught:
        first(cls).reply(**fields)
    assert str(caught.value).startswith(f"{cls.__name__} cannot reply with this: ")
    assert str(caught.value).endswith(f" - at `{path}`")


def test_parts_of_a_reply_may_be_json():
    made = first(cognito.PreTokenGenerationV2Event).reply(
        claims_and_scope_override_details={"accessTokenGeneration": {"scopesToAdd": ("a", "b")}})
    assert made.response.claims_and_scope_override_details.access_token_generation.scopes_to_add == ["a", "b"]


def test_an_unknown_event_without_a_response_gets_one():
    got = cognito.decode(event("PasskeyHint_Show", None))
    assert got.to_dict() == event("PasskeyHint_Show", None)
    assert got.reply(show=True).to_dict() == event("PasskeyHint_Show", None, {"show": True})


def test_events_are_frozen():
    with pytest.raises(AttributeError):
        first(cognito.PreSignUpEvent).response.auto_confirm_user = True


# --- errors ------------------------------------------------------------------------------------------


def test_keys_that_are_not_known_are_ignored_unless_strict():
    for place in ([], ["callerContext"], ["request"], ["response"], ["request", "groupConfiguration"]):
        document = json.loads(json.dumps(event("TokenGeneration_HostedAuth", user(groupConfiguration=GROUPS), {})))
        inner = document
        for key in place:
            inner = inner[key]
        wanted = cognito.decode(document)
        inner["new"] = 1
        assert cognito.decode(document) == wanted
        with pytest.raises(lambdarrow.DecodeError) as caught:
            cognito.decode(document, strict=True)
        assert caught.value.path == ".".join(["$", *place, "new"])


@pytest.mark.parametrize("document, path, reason", [
    ({}, "$.triggerSource", "missing_field"),
    (event(None, user(), {}), "$.triggerSource", "unexpected_null"),
    (event("PreSignUp_SignUp", user(), {}, version=None), "$.version", "unexpected_null"),
    (event("PreSignUp_SignUp", {}, {}), "$.request.userAttributes", "missing_field"),
    (event("PreSignUp_SignUp", user()), "$.response", "missing_field"),
    (event("PreSignUp_SignUp", user()) | {"response": None}, "$.response", "unexpected_null"),
    (event("PreSignUp_SignUp", user(), {"autoConfirmUser": "true"}), "$.response.autoConfirmUser", "expected_bool"),
    (event("PreSignUp_SignUp", user(), {}, callerContext={"awsSdkVersion": "c"}), "$.callerContext.clientId",
     "missing_field"),
    (event("DefineAuthChallenge_Authentication", user(session=[SESSION[0], {**SESSION[1], "challengeResult": 0}]), {}),
     "$.request.session[1].challengeResult", "expected_bool"),
    (event("CustomEmailSender_SignUp", user(type="t", code=5)), "$.request.code", "expected_string"),
    (event("PreTokenGen", [], {}), "$.request", "expected_object"),
    # Of Cognito Sync, which is another service.
    ({"version": 2, "eventType": "SyncTrigger", "region": "r", "identityPoolId": "p", "identityId": "i",
      "datasetName": "d", "datasetRecords": {"k": {"oldValue": "o", "newValue": "n", "op": "replace"}}},
     "$.triggerSource", "missing_field"),
])
def test_what_is_no_such_event_is_an_error_that_says_where(document, path, reason):
    for form in (document, json.dumps(document).encode()):
        with pytest.raises(lambdarrow.DecodeError) as caught:
            cognito.decode(form)
        assert (caught.value.reason, caught.value.path) == (reason, path)


@pytest.mark.parametrize("text, reason", [
    (b"", "unexpected_end"), (b"{", "unexpected_end"), (b"nul", "unexpected_end"),
    (b'{"triggerSource": "PreSignUp_SignUp"', "unexpected_end"), (b"tru,", "invalid_json"),
])
def test_what_is_no_json_is_an_error(text, reason):
    with pytest.raises(lambdarrow.DecodeError) as caught:
        cognito.decode(text)
    assert caught.value.reason == reason


def test_what_is_no_form_of_an_event_is_a_type_error():
    with pytest.raises(TypeError, match="not int"):
        cognito.decode(5)
