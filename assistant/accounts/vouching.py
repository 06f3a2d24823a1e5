"""The role of a user whom a proxy or OIDC provider vouches for, from the groups it names."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from assistant.accounts.permissions import Role

if TYPE_CHECKING:
    from assistant.settings import Settings


def role_for(groups: Collection[str], settings: Settings) -> Role | None:
    """The highest role that one of ``groups`` gives, else the setting ``auth_role``. None: may not come in."""
    lists = (
        (Role.ADMIN, settings.admin_groups),
        (Role.EDITOR, settings.editor_groups),
        (Role.READER, settings.reader_groups),
    )
    given = (role for role, names in lists if not set(names).isdisjoint(groups))
    return next(given, None if settings.auth_role == "none" else Role(settings.auth_role))
