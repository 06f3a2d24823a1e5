"""Logging in with a name and a password, slower and slower for whoever guesses."""

from __future__ import annotations

from assistant.accounts.errors import LoginRefused
from assistant.accounts.login_throttle import Attempt, Attempts
from assistant.accounts.naming import folded_name
from assistant.accounts.sessions import Sessions
from assistant.accounts.users import User, Users


class Logins:
    """The one way from a password to a user. ``token`` is that of a session, also of one that is over, or empty."""

    def __init__(self, users: Users, sessions: Sessions, attempts: Attempts) -> None:
        self._users, self._sessions, self._attempts = users, sessions, attempts

    def log_in(self, name: str, password: str, address: str, token: str = "") -> User:
        """The user, at the client ``address``, whose browser has the session ``token``; begin another for them.

        Raises:
            LoginRefused: name or password is wrong.
            TooManyAttempts: too many were, just now; nothing was looked up.
        """
        attempt = self._attempt(name, address, token)
        self._attempts.begin(attempt)
        user = self._users.with_password(name, password)
        if user is None:
            raise LoginRefused("that name and password do not belong together. Try again.")
        self._attempts.succeeded(attempt)
        return user

    def is_known(self, name: str, address: str, token: str = "") -> bool:
        """Whether this user logged in from ``address`` before, or in the browser that has ``token``."""
        return self._attempts.is_known(self._attempt(name, address, token))

    def set_password(self, name: str, password: str) -> User:
        """As :meth:`Users.set_password`; attempts that failed before no longer count against the name.

        Raises:
            NoSuchUser, NotAcceptable: as there.
        """
        user = self._users.set_password(name, password)
        self._attempts.forget_name(name)
        return user

    def _attempt(self, name: str, address: str, token: str) -> Attempt:
        owner = self._sessions.owner(token) if token else None
        is_theirs = owner is not None and folded_name(owner.name) == folded_name(name)
        return Attempt(name, address, token if is_theirs else "")
