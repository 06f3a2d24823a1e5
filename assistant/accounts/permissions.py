"""Permissions: which roles, and which scopes of an API key, may do what. One table and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.settings import Settings


class Role(StrEnum):
    """A user's role. Each role may do everything the previous one may."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


class Scope(StrEnum):
    """A scope of an API key. A key may do what its scopes name, and nothing else."""

    ASK = "ask"
    SEARCH = "search"
    READ = "read"
    CLAIMS = "claims"
    FEEDBACK = "feedback"
    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"
    METRICS = "metrics"


class Action(StrEnum):
    """What can be done. Conversations are always private: no role gives access to another user's."""

    ASK = "ask a question"
    SEARCH = "search"
    READ = "read an article"
    CLAIMS = "see who said what"
    CONVERSE = "keep conversations"
    GIVE_FEEDBACK = "give feedback"
    ADD = "add articles"
    EDIT = "say which outlet and article it is"
    REMOVE = "remove articles"
    FOLLOW = "follow feeds"
    SEE_FEEDBACK = "see and export feedback"
    METRICS = "see metrics"
    MANAGE_USERS = "manage users"
    MANAGE_KEYS = "manage API keys"


_READER = frozenset(
    {Action.ASK, Action.SEARCH, Action.READ, Action.CLAIMS, Action.CONVERSE, Action.GIVE_FEEDBACK},
)
_EDITOR = _READER | {Action.ADD, Action.EDIT, Action.REMOVE, Action.FOLLOW, Action.SEE_FEEDBACK}
_ADMIN = _EDITOR | {Action.METRICS, Action.MANAGE_USERS, Action.MANAGE_KEYS}

BY_ROLE: dict[Role, frozenset[Action]] = {Role.READER: _READER, Role.EDITOR: _EDITOR, Role.ADMIN: _ADMIN}
BY_SCOPE: dict[Scope, Action] = {
    Scope.ASK: Action.ASK,
    Scope.SEARCH: Action.SEARCH,
    Scope.READ: Action.READ,
    Scope.CLAIMS: Action.CLAIMS,
    Scope.FEEDBACK: Action.GIVE_FEEDBACK,
    Scope.ADD: Action.ADD,
    Scope.EDIT: Action.EDIT,
    Scope.REMOVE: Action.REMOVE,
    Scope.METRICS: Action.METRICS,
}


def may(who: Role | Iterable[Scope], action: Action) -> bool:
    """Whether a user with this role, or a key with these scopes, may perform the action."""
    if isinstance(who, Role):
        return action in BY_ROLE[who]
    return action in {BY_SCOPE[scope] for scope in who}


def role_for(groups: Collection[str], settings: Settings) -> Role | None:
    """The highest role that any of ``groups`` gives, else the setting ``auth_role``. None means no access."""
    lists = (
        (Role.ADMIN, settings.admin_groups),
        (Role.EDITOR, settings.editor_groups),
        (Role.READER, settings.reader_groups),
    )
    given = (role for role, names in lists if not set(names).isdisjoint(groups))
    return next(given, None if settings.auth_role == "none" else Role(settings.auth_role))
