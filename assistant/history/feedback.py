"""Feedback: a thumbs-up or thumbs-down for an answer, with a reason, and the answer at that time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select

from assistant.accounts.credentials import new_id
from assistant.accounts.database import Database
from assistant.accounts.errors import NotAcceptable
from assistant.accounts.schema import feedback
from assistant.types.turns import Turn
from indexes.types.article import normalise
from indexes.types.errors import OnRecordError

LONGEST_COMMENT = 1000


class Thumb(StrEnum):
    UP = "up"
    DOWN = "down"


class Reason(StrEnum):
    """Why. The first two go with a thumbs-up, the others with a thumbs-down; "other" needs a comment."""

    RIGHT = "right"
    WELL_SOURCED = "well sourced"
    WRONG = "wrong"
    BESIDE_THE_QUESTION = "beside the question"
    INCOMPLETE = "incomplete"
    OUTDATED = "outdated"
    MISSED = "the articles do say"
    OTHER = "other"


PRAISE = frozenset({Reason.RIGHT, Reason.WELL_SOURCED})


@dataclass(frozen=True)
class Cited:
    """A passage that an answer cited; the fields are as in :class:`assistant.types.citations.Citation`."""

    article_id: str
    version: int
    sha256: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Snapshot:
    """A turn at the time of the feedback. ``where`` is its filter as text; ``kind`` is that of its answer.

    ``revision`` is the index's at that time (:meth:`indexes.storage.store.Store.revision`).
    """

    question: str
    searched: str
    where: str
    kind: str
    short: str
    cited: tuple[Cited, ...]
    revision: int

    @property
    def digest(self) -> str:
        """A hash of the snapshot: 32 hex digits."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Feedback:
    """Feedback on an answer. ``user_id`` is None if the user has been removed, or if it came with an API key.

    ``turn_id`` is a stored turn's id or, for an answer outside any conversation, :attr:`Snapshot.digest`.
    """

    id: str
    user_id: str | None
    turn_id: str
    created: datetime
    thumb: Thumb
    reason: Reason | None
    comment: str
    snapshot: Snapshot


class Feedbacks:
    """All feedback. It outlives its conversation and its user."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    def give(
        self,
        user_id: str | None,
        turn_id: str,
        snapshot: Snapshot,
        thumb: Thumb,
        reason: Reason | None = None,
        comment: str = "",
    ) -> Feedback:
        """Stores feedback, replacing the user's earlier feedback on the same turn.

        Raises:
            NotAcceptable: reason and thumb contradict each other, or the comment is missing or too long.
        """
        comment = normalise(comment).strip()
        _check(thumb, reason, comment)
        given = Feedback(new_id(), user_id, turn_id, self._now(), thumb, reason, comment, snapshot)
        before = (feedback.c.user_id == user_id) & (feedback.c.turn_id == turn_id)
        with self._database.writing() as db:
            if user_id is not None:
                db.execute(delete(feedback).where(before))
            row = {"thumb": thumb.value, "reason": reason or "", "snapshot": snapshot_to_json(snapshot)}
            db.execute(insert(feedback).values(vars(given) | row))
        return given

    def list(self) -> list[Feedback]:
        """All feedback, oldest first."""
        with self._database.reading() as db:
            rows = db.execute(select(feedback).order_by(feedback.c.created, feedback.c.id))
            return [_feedback(row) for row in rows]

    def latest(self, limit: int, offset: int = 0) -> tuple[Sequence[Feedback], int]:
        """Up to ``limit`` entries, newest first, skipping ``offset``; and the total number."""
        newest = select(feedback).order_by(feedback.c.created.desc(), feedback.c.id).limit(limit).offset(offset)
        with self._database.reading() as db:
            total = db.scalar(select(func.count()).select_from(feedback)) or 0
            return [_feedback(row) for row in db.execute(newest)], total

    def thumbs(self, user_id: str, turn_ids: Sequence[str]) -> dict[str, Thumb]:
        """This user's thumbs for these turns, by turn id; turns without feedback are left out."""
        given = select(feedback.c.turn_id, feedback.c.thumb).where(feedback.c.user_id == user_id)
        with self._database.reading() as db:
            rows = db.execute(given.where(feedback.c.turn_id.in_(turn_ids)))
            return {turn_id: Thumb(thumb) for turn_id, thumb in rows}


def snapshot_of(turn: Turn, revision: int) -> Snapshot:
    """What is stored of a turn with feedback on it."""
    answer = turn.answer
    cited = tuple(Cited(c.article_id, c.version, c.sha256, c.start, c.end, c.quote) for c in answer.citations)
    return Snapshot(turn.question, turn.searched, str(turn.where), answer.kind, answer.short or "", cited, revision)


def snapshot_to_json(snapshot: Snapshot) -> str:
    """The snapshot as it is stored: JSON in ASCII."""
    return json.dumps(asdict(snapshot))


def snapshot_from_json(text: str) -> Snapshot:
    """The snapshot that :func:`snapshot_to_json` stored."""
    kept = json.loads(text)
    return Snapshot(**kept | {"cited": tuple(Cited(**cited) for cited in kept["cited"])})


def _check(thumb: Thumb, reason: Reason | None, comment: str) -> None:
    if reason and (thumb is Thumb.UP) != (reason in PRAISE):
        raise NotAcceptable(f"{reason.value!r} is not a reason for a thumbs-{thumb.value}. Choose another.")
    if reason is Reason.OTHER and not comment:
        raise NotAcceptable("the reason “other” needs a comment that says more.")
    if len(comment) > LONGEST_COMMENT:
        raise NotAcceptable(f"a comment may have at most {LONGEST_COMMENT} characters; this one has {len(comment)}.")


def _feedback(row: Any) -> Feedback:
    snapshot = snapshot_from_json(row.snapshot)
    thumb, reason = Thumb(row.thumb), Reason(row.reason) if row.reason else None
    return Feedback(row.id, row.user_id, row.turn_id, row.created, thumb, reason, row.comment, snapshot)


class CannotExport(OnRecordError):
    """The file cannot be written. Seen by the person who exports."""


def export(given: Iterable[Feedback], path: Path) -> int:
    """Writes feedback to ``path`` as JSON lines, replacing its content. Returns the number of lines.

    Raises:
        CannotExport: the file cannot be written.
    """
    lines = list(exported(given))
    try:
        path.write_text("".join(lines), encoding="utf-8", errors="replace")
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise CannotExport(f"{path} cannot be written: {reason}. Name another file.") from None
    return len(lines)


def exported(given: Iterable[Feedback]) -> Iterator[str]:
    """A line of JSON for each, in the format of evaluation questions."""
    return (json.dumps(question_of(one), ensure_ascii=False) + "\n" for one in given)


def question_of(given: Feedback) -> dict[str, Any]:
    """Feedback as an evaluation question. A thumbs-up confirms what was cited, which becomes its labels; a thumbs-down
    only gives a reason, for a person to label it by."""
    shot = given.snapshot
    question = {"id": given.id, "question": shot.searched, "asked": given.created.date().isoformat()}
    if given.thumb is not Thumb.UP or not shot.cited:
        return question | {"note": _note(given)}
    labels: dict[str, Any] = {
        "relevant": list(dict.fromkeys(cited.article_id for cited in shot.cited)),
        "sentences": list(dict.fromkeys(cited.quote for cited in shot.cited)),
    }
    return question | ({"answer": [shot.short]} if shot.short else {}) | labels | {"note": _note(given)}


def _note(given: Feedback) -> str:
    shot = given.snapshot
    why = f": {given.reason}" if given.reason else ""
    parts = [f"thumb {given.thumb}{why}", given.comment, f"filter {shot.where}" if shot.where else ""]
    typed = f"typed as {shot.question!r}" if shot.question != shot.searched else ""
    return "; ".join(part for part in (*parts, typed, shot.kind.replace("_", " ")) if part)
