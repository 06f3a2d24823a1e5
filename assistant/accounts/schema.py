"""The tables of the desk, the same in SQLite and PostgreSQL except for the audit log's triggers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DDL,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.types import TypeDecorator

from indexes.storage.upgrading import Schema


class Instant(TypeDecorator[datetime]):
    """A point in time: with a time zone in Python, in UTC without one in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


metadata = MetaData()


def _owner(ondelete: str, nullable: bool = False) -> Column[str]:
    return Column("user_id", String(32), ForeignKey("users.id", ondelete=ondelete), nullable=nullable)


about = Table("about", metadata, Column("name", String(32), primary_key=True), Column("value", Text, nullable=False))

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("auth", String(16), nullable=False),  # the setting auth under which this user was created
    Column("subject", String(512), nullable=False),
    Column("name", String(256), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password", String(256)),
    Column("created", Instant, nullable=False),
    UniqueConstraint("auth", "subject"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    _owner("CASCADE"),
    Column("created", Instant, nullable=False),
    Column("used", Instant, nullable=False),
    Index("sessions_by_user", "user_id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("expires", Instant),
    Column("used", Instant),
    Column("revoked", Instant),
)

attempts = Table(
    "attempts",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("hash", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", Instant, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner("CASCADE"),
    Column("title", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Index("conversations_by_user", "user_id", "updated"),
    Index("conversations_by_age", "updated"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("json", Text, nullable=False),
    Column("words", Text, nullable=False),
    UniqueConstraint("conversation_id", "position"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(32), primary_key=True),
    _owner("SET NULL", nullable=True),
    Column("turn_id", String(32), nullable=False),
    Column("created", Instant, nullable=False),
    Column("thumb", String(8), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("comment", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    UniqueConstraint("user_id", "turn_id"),
    Index("feedback_by_age", "created"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("who", String(64), nullable=False),  # an id, not a foreign key: an entry outlives its user
    Column("what", String(32), nullable=False),
    Column("about", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("seal", String(64), nullable=False),
)
AUDIT_TRIGGERS = {
    f"audit_{change}": f"CREATE TRIGGER audit_{change} BEFORE {change} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
    for change in ("UPDATE", "DELETE")
}
"""SQLite's triggers, by name, that make the audit log append-only, whatever bugs there are in our code."""
for _trigger in AUDIT_TRIGGERS.values():
    _made: Any = DDL(_trigger)  # type: ignore[no-untyped-call]
    event.listen(audit, "after_create", _made.execute_if(dialect="sqlite"))

desk_schema = Schema("desk", metadata, Path(__file__).parent / "migrations", {"0001_desk": ("about", "value")})
