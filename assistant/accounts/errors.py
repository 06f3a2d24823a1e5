"""The errors of the desk. Each message names what is affected and the next step."""

from __future__ import annotations

from indexes.types.errors import Damaged, OnRecordError


class DeskDamaged(Damaged):
    """The desk's database cannot be opened, or belongs to another version of On Record. Seen by the operator."""


class NoSuchUser(OnRecordError):
    """There is no user of this name. Seen by the operator, never when logging in."""


class UserExists(OnRecordError):
    """The name is already taken. Seen by the operator."""


class NotAcceptable(OnRecordError):
    """A name, password or text is too short, too long or not printable. Seen by the person who entered it."""


class LoginRefused(OnRecordError):
    """A login was refused. The message is the same whether the name exists or not."""


class TooManyAttempts(LoginRefused):
    """A login came too soon after failed ones; ``seconds`` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failed logins. Try again in {_in_words(seconds)}.")
        self.seconds = seconds


class NoSession(OnRecordError):
    """The session does not exist or has ended. Seen by the person who has to log in again."""


class NoSuchKey(OnRecordError):
    """There is no API key of this name that could be revoked. Seen by the operator."""


class KeyExists(OnRecordError):
    """A valid API key already has this name. Seen by the operator."""


class KeyRefused(OnRecordError):
    """The API key is unknown, revoked or expired. Seen by the program that sent it."""


class NoSuchConversation(OnRecordError):
    """This user has no such conversation, or no such turn. It looks the same if another user has it."""


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds" if seconds != 1 else "1 second"
    return f"{-(-seconds // 60)} minutes"
