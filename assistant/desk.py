"""The desk: users, API keys, sessions, conversations, feedback and the audit log, over one database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from assistant.accounts.api_keys import Keys
from assistant.accounts.audit import Audit
from assistant.accounts.credentials import Passwords, secret_for
from assistant.accounts.database import Database
from assistant.accounts.login_throttle import Attempts, Logins
from assistant.accounts.sessions import SessionLife, Sessions
from assistant.accounts.users import Users
from assistant.history.conversations import Conversations
from assistant.history.feedback import Feedbacks
from assistant.history.relay import take_over
from indexes.periodic import Periodic
from indexes.storage.outbox import Change

LIFE = SessionLife(idle=timedelta(hours=12), longest=timedelta(days=14))
_DAY = 86_400


def _now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """Users, API keys, sessions, conversations, feedback and the audit log.

    ``auth`` is the way of logging in whose sessions are valid. Conversations in which nothing has been asked for
    ``keep_days`` are deleted; with 0, they are kept until someone deletes them.
    """

    def __init__(
        self,
        database: Database,
        *,
        auth: str = "none",
        life: SessionLife = LIFE,
        keep_days: int = 0,
        passwords: Passwords | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._database, self.keep_days = database, keep_days
        self._attempts = Attempts(database, now)
        self.audit = Audit(database, now)
        self.users = Users(database, passwords or Passwords(), now, self.audit)
        self.keys = Keys(database, now, self.audit)
        self.sessions = Sessions(database, auth, life, now)
        self.logins = Logins(self.users, self.sessions, self._attempts)
        self.conversations = Conversations(database, now)
        self.feedback = Feedbacks(database, now)
        self._daily = Periodic("desk-sweep", _DAY, self.sweep, "expired conversations could not be deleted")
        self.sweep()

    def secret(self, purpose: str) -> str:
        """A secret for signing, in hex. It stays the same for one ``purpose`` as long as the database exists."""
        return secret_for(self._database, purpose)

    def take_over(self, recorded: Callable[[], Sequence[Change]]) -> Sequence[Change]:
        """Logs changes to the articles, each exactly once, and erases removed articles. Returns those now in the log.

        ``recorded`` returns everything in the outbox. It is called when nobody else can be taking changes over.
        """
        with self._database.writing() as db:
            changes = recorded()
            take_over(db, self.audit, changes)
        if any(change.kind == "removed" for change in changes):
            self._database.wipe_or_warn()
        return changes

    def sweep(self) -> None:
        """Deletes expired conversations, sessions and login attempts."""
        with self._database.erasing() as db:
            self._attempts.sweep(db)
            self.sessions.sweep(db)
            if self.keep_days:
                self.conversations.sweep(db, self.keep_days)

    def tidy(self) -> None:
        """Wipes from the files what was deleted while it was still being read."""
        self._database.wipe()

    def sweep_daily(self) -> None:
        """Sweeps once a day in the background, until closed. For long-running processes."""
        self._daily.start()

    def close(self) -> None:
        self._daily.close()
        self._database.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
