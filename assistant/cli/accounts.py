"""``onrecord users`` and ``onrecord keys``: who is let in, and which machines."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.accounts.permissions import Role, Scope
from assistant.cli.output import FAILED, USAGE, Json, complain, opened_desk, say, say_json
from assistant.text.wording import on_one_line

if TYPE_CHECKING:
    from datetime import datetime

    from assistant.accounts.api_keys import Key
    from assistant.accounts.audit import Entry
    from assistant.accounts.users import User
    from assistant.desk import Desk
    from assistant.history.feedback import Feedback

feedback = typer.Typer(help="What people thought of answers.", no_args_is_help=True)


@feedback.command("list")
def list_feedback(json: Json = False) -> None:
    """List thumbs up and down with their reasons, oldest first."""
    with opened_desk() as desk:
        for given in desk.feedback.list():
            if json:
                say_json(_feedback_json(given))
            else:
                why = " – ".join(part for part in (given.reason, on_one_line(given.comment)) if part)
                told = f"  ({why})" if why else ""
                say(f"{given.created:%Y-%m-%d}  {given.thumb:<5} {given.snapshot.searched}{told}")


@feedback.command("export")
def export_feedback(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, show_default=False)],
    json: Json = False,
) -> None:
    """Write feedback as questions for onrecord evaluate, in place of what FILE holds.

    A thumb up makes the cited articles relevant and the cited sentences right. A thumb down is a question with a note
    and without labels, for an editor to add them.
    """
    with opened_desk() as desk:
        from assistant.accounts.audit import Event
        from assistant.history.feedback import export

        count = export(desk.feedback.list(), file)
        desk.audit.note(Event.EXPORTED, size=count)
        if json:
            say_json({"questions": count, "file": str(file)})
        else:
            say(f"{count} {'question' if count == 1 else 'questions'} written to {file}")


def _feedback_json(given: Feedback) -> dict[str, Any]:
    from dataclasses import asdict

    kept = asdict(given)
    return {**kept, "created": given.created.isoformat(timespec="seconds")}


def audit(
    check: Annotated[bool, typer.Option("--check", help="Tell whether the log is as it was written.")] = False,
    known: Annotated[
        str, typer.Option(metavar="SEAL", help="With --check: a seal noted down before; its entry has to be there.")
    ] = "",
    json: Json = False,
) -> None:
    """List who logged in, added, removed, sent to a language model, and managed users and keys; oldest first.

    What it was is told by hash and size, never in words. With --check: exit code 1 if an entry was changed, removed or
    put in, else the last seal. Note it down elsewhere: who can write the whole log anew cannot make it lead to that.
    """
    with opened_desk() as desk:
        _settle(desk)
        if check:
            _check(desk, known, json)
            return
        names = {f"user {user.id}": user.name for user in desk.users.list()}
        for entry in desk.audit.entries():
            _say(entry, names.get(entry.who, entry.who), json)


def _settle(desk: Desk) -> None:
    """Has noted what was done to the articles while the desk could not be written."""
    from assistant.article_changes import settle
    from assistant.factory import open_index
    from assistant.settings import load_settings
    from indexes.types.errors import OnRecordError

    settings = load_settings()
    if settings.database_url.get_secret_value() or (settings.home / "onrecord.db").exists():
        try:
            with open_index(settings) as index:
                settle(index.store, desk)
        except OnRecordError as error:  # the log can be read all the same
            complain(f"onrecord: what was done to the articles lately may be missing: {error}")


def _check(desk: Desk, known: str, json: bool) -> None:
    problems, entries = desk.audit.problems(known), desk.audit.entries()
    seal = entries[-1].seal if entries else ""
    if json:
        say_json({"ok": not problems, "entries": len(entries), "seal": seal or None, "problems": problems})
    elif not problems:
        say(f"{len(entries)} entries, all as they were written. The last seal is {seal or 'none'}")
    for problem in [] if json else problems:
        complain(f"onrecord: the audit log is not as it was written: {problem}")
    if problems:
        raise typer.Exit(FAILED)


def _say(entry: Entry, who: str, json: bool) -> None:
    if json:
        say_json({**vars(entry), "at": entry.at.isoformat(), "name": who})
    else:
        what = f"{entry.what}  {entry.about[:16]}{'…' if len(entry.about) > 16 else ''}  {entry.size or ''}"
        say(f"{entry.at:%Y-%m-%d %H:%M:%S}  {who:<24}  {what}".rstrip())


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
