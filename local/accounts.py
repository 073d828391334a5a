"""Accounts of the local run beside the issuer's own users: who was invited into moto's user pool, and agencies' systems."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.cloud import Cloud
from local.oidc import User
from local.settings import REGION, STAGE


def systems_in(secrets: Path) -> dict[str, dict[str, str]]:
    """The clients of agencies' systems by id: `secret`, `agency`, `name`."""
    with secrets.open("rb") as file:
        return dict(tomllib.load(file).get("clients", {}))


def enter_systems(cloud: Cloud, systems: Mapping[str, Mapping[str, str]]) -> None:
    """Makes the members' records of agencies' systems, where there is a table for them."""
    from chalicelib.domain.lifecycle import Role
    from chalicelib.store.desk_table import DeskTable
    from chalicelib.store.members import Member, Members

    table = f"tanggap-{STAGE}-desk"
    if table not in cloud.client("dynamodb").list_tables()["TableNames"]:
        return
    members = Members(DeskTable(table, REGION))
    for client, told in systems.items():
        members.add(Member(sub=client, name=told["name"], role=Role.AGENCY, agency=told["agency"], system=True))


def invited(cloud: Cloud, pool: str) -> list[User]:
    """The users of the pool that are not switched off."""
    if not pool:
        return []
    users = cloud.client("cognito-idp").list_users(UserPoolId=pool)["Users"]
    return [_user({each["Name"]: each["Value"] for each in user["Attributes"]}) for user in users if user["Enabled"]]


def _user(told: Mapping[str, Any]) -> User:
    return User(
        id=told["email"],
        name=told.get("name", told["email"]),
        role=told.get("custom:role", ""),
        agency=told.get("custom:agency", ""),
        unit=told.get("custom:unit", ""),
        sub=told["sub"],
        email=told["email"],
    )
