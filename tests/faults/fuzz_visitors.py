"""Everybody that a server knows, each by what they send along: users of every role, keys of every scope, a widget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
from argon2 import PasswordHasher

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.permissions import Role, Scope
from assistant.desk import Desk
from tests.faults.newsroom import PAGE, PASSWORD

OWNER = "the owner of another session"
USERS = tuple(Role)
_QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def let_in(home: Path) -> dict[str, str]:
    """By visitor: the cookie or the key that the desk in ``home`` knows them by from now on."""
    with Desk(database_at(home / "desk.db"), auth="users", passwords=_QUICK) as desk:
        users = {str(role): desk.users.add(str(role), role, PASSWORD) for role in USERS}
        users[OWNER] = desk.users.add("owner", Role.READER, PASSWORD)
        known = {name: f"onrecord={desk.sessions.begin(user)}" for name, user in users.items()}
        for scope in Scope:
            known[f"a key to {scope}"] = desk.keys.add(str(scope), [scope])[0]
    return known


def visitors_at(url: str, known: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Those who are known, somebody with a token of the widget, and two who are not let in."""
    bearers = {name: secret for name, secret in known.items() if name.startswith("a key")}
    bearers["a key that is none"] = "onrecord_marker"
    if asking := known.get(f"a key to {Scope.ASK}"):
        bearers["a widget"] = _token(url, asking)
    users = {name: {"Cookie": known[name], "Origin": url} for name in known if name not in bearers}
    programs = {name: {"Authorization": f"Bearer {secret}"} for name, secret in bearers.items()}
    return {**users, **programs, "nobody": {"Origin": url}}


def _token(url: str, key: str) -> str:
    asked = httpx.post(
        f"{url}/api/v1/widget/tokens", json={"page": PAGE}, headers={"Authorization": f"Bearer {key}"}, timeout=60
    )
    return str(asked.raise_for_status().json()["token"])
