"""Feedback as evaluation questions: lines of a questions.jsonl that ``onrecord evaluate`` reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from assistant.history.feedback import Feedback, Thumb
from indexes.types.errors import OnRecordError


class CannotExport(OnRecordError):
    """A file that cannot be written. Seen by whoever exports."""


def export(given: Iterable[Feedback], path: Path) -> int:
    """Writes all of it, in place of what the file held; how many questions those are.

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
    """A line of JSON for each."""
    return (json.dumps(question_of(one), ensure_ascii=False) + "\n" for one in given)


def question_of(given: Feedback) -> dict[str, Any]:
    """A thumb up vouches for what was cited; one down only says why, for a person to label."""
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
