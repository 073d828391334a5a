"""The user directory (a Cognito user pool): accounts are made, moved and switched off there too. Our own record of a
member acts at once; the directory is where passwords and second factors are kept."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.errors import Invalid

_EXISTS = "UsernameExistsException"
_UNKNOWN = "UserNotFoundException"
# What a person typed and Cognito does not take.
_TYPED = ("InvalidParameterException", "CodeDeliveryFailureException")


class Directory:
    """One user pool. The groups in it are named like the roles; `username` is the account's sub."""

    def __init__(self, cognito: Any, pool: str) -> None:
        self._cognito = cognito
        self._pool = pool

    def invite(self, email: str, name: str, *, role: str, agency: str, unit: str) -> str:
        """Makes an account and has its owner written to; gives its sub. An account that is there already is left as it is
        (see `move`). Raises Invalid for an address that nobody can be written to at."""
        told = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        told += _attributes(name, role, agency, unit)
        try:
            made = self._cognito.admin_create_user(
                UserPoolId=self._pool, Username=email, UserAttributes=told, DesiredDeliveryMediums=["EMAIL"]
            )["User"]
            attributes = made["Attributes"]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _TYPED:
                raise Invalid(
                    "An invitation cannot be sent there.", details={"email": "not a usable address"}
                ) from error
            if code != _EXISTS:
                raise
            made = self._cognito.admin_get_user(UserPoolId=self._pool, Username=email)
            attributes = made["UserAttributes"]
        sub = next((each["Value"] for each in attributes if each["Name"] == "sub"), made["Username"])
        return str(sub)

    def move(self, username: str, name: str, *, role: str, agency: str, unit: str, was: str) -> None:
        """Gives the account a role and office; `was` is the role it had, "" when none."""
        pool = {"UserPoolId": self._pool, "Username": username}
        self._cognito.admin_update_user_attributes(**pool, UserAttributes=_attributes(name, role, agency, unit))
        if was != role:
            self._cognito.admin_add_user_to_group(**pool, GroupName=role)
        if was and was != role:
            self._cognito.admin_remove_user_from_group(**pool, GroupName=was)

    def disable(self, username: str) -> None:
        """Switches the account off and ends its sessions with the directory."""
        self._cognito.admin_disable_user(UserPoolId=self._pool, Username=username)
        self._cognito.admin_user_global_sign_out(UserPoolId=self._pool, Username=username)

    def enable(self, username: str) -> None:
        """Switches the account on again."""
        self._cognito.admin_enable_user(UserPoolId=self._pool, Username=username)


def is_unknown(error: ClientError) -> bool:
    """Whether the directory has no such account (a system's client has none)."""
    return bool(error.response["Error"]["Code"] == _UNKNOWN)


def _attributes(name: str, role: str, agency: str, unit: str) -> list[dict[str, str]]:
    told = {"name": name, "custom:role": role, "custom:agency": agency, "custom:unit": unit}
    return [{"Name": key, "Value": value} for key, value in told.items()]
