"""Logging in with a name and a password, slower and slower for whoever guesses."""

from __future__ import annotations

from assistant.desk.attempts import Attempts
from assistant.desk.errors import LoginRefused
from assistant.desk.users import User, Users


class Logins:
    """The one way from a password to a user."""

    def __init__(self, users: Users, attempts: Attempts) -> None:
        self._users, self._attempts = users, attempts

    def log_in(self, name: str, password: str, address: str) -> User:
        """The user, at the client ``address``; begin a session for them.

        Raises:
            LoginRefused: name or password is wrong.
            TooManyAttempts: too many were, just now; nothing was looked up.
        """
        self._attempts.begin(name, address)
        user = self._users.with_password(name, password)
        if user is None:
            raise LoginRefused("that name and password do not belong together. Try again.")
        self._attempts.succeeded(name, address)
        return user

    def set_password(self, name: str, password: str) -> User:
        """As :meth:`Users.set_password`; attempts that failed before no longer count against the name.

        Raises:
            NoSuchUser, NotAcceptable: as there.
        """
        user = self._users.set_password(name, password)
        self._attempts.forget_name(name)
        return user
