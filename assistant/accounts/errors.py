"""What can go wrong at the desk, each with the thing it happened to and the next step."""

from __future__ import annotations

from indexes.types.errors import Damaged, OnRecordError


class DeskDamaged(Damaged):
    """The desk's database cannot be opened, or is one of another On Record. Seen by the operator."""


class NoSuchUser(OnRecordError):
    """A name that no user has. Seen by the operator, never at a login."""


class UserExists(OnRecordError):
    """A name that is taken. Seen by the operator."""


class NotAcceptable(OnRecordError):
    """A name, password or text that is too short, too long or not printable. Seen by whoever gave it."""


class LoginRefused(OnRecordError):
    """A login that was not let in. Its text is the same whether the name exists or not."""


class TooManyAttempts(LoginRefused):
    """A login that came too soon after others that failed; ``seconds`` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failed logins. Try again in {_in_words(seconds)}.")
        self.seconds = seconds


class NoSession(OnRecordError):
    """A session that was never there, or is over. Seen by whoever has to log in again."""


class NoSuchKey(OnRecordError):
    """A name that no valid API key has. Seen by the operator."""


class KeyExists(OnRecordError):
    """A name that a valid API key has already. Seen by the operator."""


class KeyRefused(OnRecordError):
    """An API key that is unknown, revoked or past its day. Seen by the program that sent it."""


class NoSuchConversation(OnRecordError):
    """A conversation, or a turn of one, that this user does not have. Another user's looks the same."""


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds" if seconds != 1 else "1 second"
    return f"{-(-seconds // 60)} minutes"
