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

feedback = typer.Typer(help="Feedback on answers.", no_args_is_help=True)


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
    """Export feedback as questions for onrecord evaluate, overwriting FILE.

    A thumb up labels the cited articles as relevant and the cited sentences as correct. A thumb down becomes a question
    with a note and no labels, for an editor to add them.
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
    check: Annotated[bool, typer.Option("--check", help="Detect tampering with the log.")] = False,
    known: Annotated[
        str, typer.Option(metavar="SEAL", help="With --check: an earlier seal whose entry must still be in the log.")
    ] = "",
    json: Json = False,
) -> None:
    """List logins, changes to articles, text sent to a language model, and user and key management, oldest first.

    Content is identified by hash and size, never by its text. With --check: exit code 1 if an entry was changed,
    removed or inserted; otherwise prints the last seal. Store it elsewhere: someone who rewrites the whole log cannot
    reproduce that seal.
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


users = typer.Typer(help="Manage users and their roles.", no_args_is_help=True)
keys = typer.Typer(help="Manage API keys for programs.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


class _Auth(StrEnum):
    none = "none"
    users = "users"
    proxy = "proxy"
    oidc = "oidc"


@users.command("add")
def add_user(
    name: _Name,
    role: Annotated[Role, typer.Option(help="Their role.")] = Role.READER,
    json: Json = False,
) -> None:
    """Add a user. Prompts for the password, or reads it from standard input."""
    password = _password()
    with opened_desk() as desk:
        _report_user("added", desk.users.add(name, role, password), json)


@users.command("list")
def list_users(json: Json = False) -> None:
    """List users, including those authenticated by a proxy or provider."""
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
    """Remove a user with their sessions and conversations."""
    with opened_desk() as desk:
        _report_user("removed", desk.users.remove(name, auth.value), json)


@users.command("role")
def set_role(
    name: _Name,
    role: Annotated[Role, typer.Argument(help="Their new role.", show_default=False)],
    json: Json = False,
) -> None:
    """Change a user's role."""
    with opened_desk() as desk:
        _report_user("changed", desk.users.set_role(name, role), json)


@users.command("password")
def set_password(name: _Name, json: Json = False) -> None:
    """Change a user's password and end their sessions. Prompts for it, or reads it from standard input."""
    password = _password()
    with opened_desk() as desk:
        _report_user("changed", desk.logins.set_password(name, password), json)


@keys.command("add")
def add_key(
    name: _Name,
    scope: Annotated[list[Scope], typer.Option(help="What the key may do; may be repeated.", show_default=False)],
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="Days until it expires; by default, it is valid until revoked.")
    ] = None,
    json: Json = False,
) -> None:
    """Create an API key. It is printed once and not stored."""
    with opened_desk() as desk:
        text, key = desk.keys.add(name, scope, days)
        if json:
            say_json({**_key_json(key), "key": text})
        else:
            say(text)
            complain("Keep it now: it is not shown again.")


@keys.command("list")
def list_keys(json: Json = False) -> None:
    """List API keys by their first characters."""
    with opened_desk() as desk:
        for key in desk.keys.list():
            if json:
                say_json(_key_json(key))
            else:
                say(f"{key.id}_…  {key.name:<24} {' '.join(sorted(key.scopes))}  {_state(key)}")


@keys.command("revoke")
def revoke_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name or first characters.", show_default=False)],
    json: Json = False,
) -> None:
    """Revoke an API key immediately and permanently."""
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
