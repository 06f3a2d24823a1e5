"""``onrecord users`` and ``onrecord keys``: who is let in, and which machines."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.accounts.permissions import Role, Scope
from assistant.cli.output import USAGE, Json, complain, opened_desk, say, say_json

if TYPE_CHECKING:
    from datetime import datetime

    from assistant.accounts.api_keys import Key
    from assistant.accounts.users import User

users = typer.Typer(help="Who may log in, and what they may do.", no_args_is_help=True)
keys = typer.Typer(help="API keys, for machines.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


class _Auth(StrEnum):
    none = "none"
    users = "users"
    proxy = "proxy"
    oidc = "oidc"


@users.command("add")
def add_user(
    name: _Name,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.READER,
    json: Json = False,
) -> None:
    """Add a user. Asks for the password, or reads it from standard input."""
    password = _password()
    with opened_desk() as desk:
        _report_user("added", desk.users.add(name, role, password), json)


@users.command("list")
def list_users(json: Json = False) -> None:
    """List users, those that a proxy or provider vouched for too."""
    with opened_desk() as desk:
        for user in desk.users.list():
            if json:
                say_json(_user_json(user))
            else:
                say(f"{user.name:<24} {user.role:<8} {user.auth}")


@users.command("remove")
def remove_user(
    name: _Name,
    auth: Annotated[_Auth, typer.Option(help="How they logged in.")] = _Auth.users,
    json: Json = False,
) -> None:
    """Remove a user, with sessions and conversations."""
    with opened_desk() as desk:
        _report_user("removed", desk.users.remove(name, auth.value), json)


@users.command("role")
def set_role(
    name: _Name,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.", show_default=False)],
    json: Json = False,
) -> None:
    """Give a user another role."""
    with opened_desk() as desk:
        _report_user("changed", desk.users.set_role(name, role), json)


@users.command("password")
def set_password(name: _Name, json: Json = False) -> None:
    """Give a user another password, and end their sessions. Asks for it, or reads it from standard input."""
    password = _password()
    with opened_desk() as desk:
        _report_user("changed", desk.logins.set_password(name, password), json)


@keys.command("add")
def add_key(
    name: _Name,
    scope: Annotated[list[Scope], typer.Option(help="What it is for. Again for one more.", show_default=False)],
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="Days it is valid; else until it is revoked.")
    ] = None,
    json: Json = False,
) -> None:
    """Make an API key. It is printed once and kept nowhere."""
    with opened_desk() as desk:
        text, key = desk.keys.add(name, scope, days)
        if json:
            say_json({**_key_json(key), "key": text})
        else:
            say(text)
            complain("Keep it now: it is not shown again.")


@keys.command("list")
def list_keys(json: Json = False) -> None:
    """List API keys, by how they begin."""
    with opened_desk() as desk:
        for key in desk.keys.list():
            if json:
                say_json(_key_json(key))
            else:
                say(f"{key.id}_…  {key.name:<24} {' '.join(sorted(key.scopes))}  {_state(key)}")


@keys.command("revoke")
def revoke_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, or how it begins.", show_default=False)],
    json: Json = False,
) -> None:
    """Revoke an API key, at once and for good."""
    with opened_desk() as desk:
        key = desk.keys.revoke(name)
        if json:
            say_json(_key_json(key))
        else:
            say(f"revoked    {key.name}")


def _password() -> str:
    """Asked for twice at a terminal, else a line of standard input; never an argument, which others could see."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        complain("onrecord: no password on standard input")
        raise typer.Exit(USAGE)
    return line


def _report_user(kind: str, user: User, json: bool) -> None:
    if json:
        say_json({"kind": kind, **_user_json(user)})
    else:
        say(f"{kind:<10} {user.name} ({user.role})")


def _user_json(user: User) -> dict[str, Any]:
    return {"name": user.name, "role": user.role, "auth": user.auth, "created": _moment(user.created)}


def _key_json(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created": _moment(key.created),
        "expires": _moment(key.expires),
        "used": _moment(key.used),
        "revoked": _moment(key.revoked),
    }


def _state(key: Key) -> str:
    if key.revoked:
        return f"revoked {key.revoked:%Y-%m-%d}"
    until = f"until {key.expires:%Y-%m-%d}" if key.expires else "until revoked"
    return f"{until}, " + (f"last used {key.used:%Y-%m-%d}" if key.used else "never used")


def _moment(when: datetime | None) -> str | None:
    return when.isoformat(timespec="seconds") if when else None
