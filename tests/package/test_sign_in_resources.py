"""The user pool of the stack: nobody makes an account or a role for themselves."""

import json
from typing import Any

import pytest

from chalicelib.domain.lifecycle import Role
from local.template import Resolver
from tests.package.test_resources import CHALICE, RESOURCES, of_type, statements

TEMPLATE: dict[str, Any] = json.loads((CHALICE / "resources.json").read_text())
POOL = RESOURCES["UserPool"]["Properties"]
CLIENT = RESOURCES["UserPoolClient"]["Properties"]
STAFF = {Role.ADMIN, Role.AGENCY, Role.VALIDATOR, Role.COUNTER, Role.ANALYST}


def test_accounts_are_made_by_admins_and_survive_the_stack() -> None:
    assert POOL["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert POOL["DeletionProtection"] == "ACTIVE"
    assert RESOURCES["UserPool"]["DeletionPolicy"] == "Retain"
    assert POOL["MfaConfiguration"] in ("OPTIONAL", "ON")
    assert POOL["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12


def test_no_user_writes_their_own_role_or_office() -> None:
    custom = {f"custom:{each['Name']}" for each in POOL["Schema"]}
    assert custom == {"custom:role", "custom:agency", "custom:unit"}
    assert not custom & set(CLIENT["WriteAttributes"])
    assert custom <= set(CLIENT["ReadAttributes"])


def test_the_desk_is_a_public_client_of_the_code_flow_only() -> None:
    assert CLIENT["GenerateSecret"] is False
    assert CLIENT["AllowedOAuthFlows"] == ["code"]
    assert CLIENT["CallbackURLs"] == [{"Fn::Sub": "${PublicUrl}/desk/callback"}]
    assert CLIENT["LogoutURLs"] == [{"Fn::Sub": "${PublicUrl}/desk/signed-out"}]
    assert not [flow for flow in CLIENT["ExplicitAuthFlows"] if "PASSWORD" in flow]
    assert CLIENT["TokenValidityUnits"]["IdToken"] == "hours"
    assert CLIENT["IdTokenValidity"] == CLIENT["AccessTokenValidity"] == 1


def test_every_role_of_the_staff_has_its_group() -> None:
    assert {group["GroupName"] for group in of_type("AWS::Cognito::UserPoolGroup").values()} == STAFF


def test_the_api_changes_accounts_of_this_pool_only() -> None:
    (statement,) = statements("api_handler", "cognito-idp:AdminCreateUser")
    assert statement["Resource"] == {"Fn::GetAtt": ["UserPool", "Arn"]}
    assert not [action for action in statement["Action"] if "Password" in action or "Delete" in action]


@pytest.mark.parametrize("issuer", ["", "https://masuk.kota.example"])
def test_the_pool_serves_unless_another_issuer_is_named(issuer: str) -> None:
    given = {"JwtIssuer": issuer, "JwtAudience": "a", "JwksUrl": "https://masuk.kota.example/keys"}
    given |= {"OidcAuthorizeUrl": "https://masuk.kota.example/in", "OidcClientId": "c"}
    resolver = Resolver(
        TEMPLATE,
        parameters=given,
        pseudo={"Region": "ap-southeast-3", "URLSuffix": "amazonaws.com", "AccountId": "1"},
        lookup=lambda logical, name: f"<{logical}>",
    )
    names = ("JWT_ISSUER", "JWT_AUDIENCE", "JWKS_URL", "OIDC_AUTHORIZE_URL", "OIDC_CLIENT_ID", "USER_POOL_ID")
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    told = [resolver.resolve(variables[name]) for name in names]
    if issuer:
        keys = "https://masuk.kota.example/keys"
        assert told == [issuer, "a", keys, "https://masuk.kota.example/in", "c", ""]
    else:
        pool = "https://cognito-idp.ap-southeast-3.amazonaws.com/<UserPool>"
        hosted = "https://<UserPoolDomain>.auth.ap-southeast-3.amazoncognito.com/oauth2/authorize"
        client = "<UserPoolClient>"
        assert told == [pool, client, f"{pool}/.well-known/jwks.json", hosted, client, "<UserPool>"]
