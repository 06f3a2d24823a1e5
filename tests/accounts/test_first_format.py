"""Turns that were kept in format 1 are read as they were, shown, and forgotten with the articles they quote."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from desks import FERRY, files_of, not_found, removed
from sqlalchemy import update

from assistant.accounts.errors import DeskDamaged
from assistant.accounts.schema import turns
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.history.erasure import REMOVED
from assistant.history.turn_codec import turn_from_json, turn_to_json
from assistant.types.answers import Answer, Answered, CitedSentence, NotFound, Notice
from assistant.types.citations import Citation, Near, cite
from assistant.types.claims import Claim, Disagreement, Stance, Voice
from assistant.types.index_state import Basis
from assistant.types.turns import Turn
from indexes.types.filters import Filter

STOPS, HULL = cite(FERRY, 0, 30), cite(FERRY, 31, 56)
PLACE = {
    "article_id": "ferry",
    "version": 1,
    "sha256": FERRY.sha256,
    "start": 0,
    "end": 30,
    "quote": "The ferry stops on 14 October.",
    "title": "Ferry to stop",
    "source": "Quay Chronicle",
    "published": "2026-10-02",
    "url": "",
}
"""As it was before there were authors and notes."""
OTHER = PLACE | {"start": 31, "end": 56, "quote": "Its hull needs new steel.", "authors": [], "source_note": ""}
FOUND: dict[str, Any] = {
    "kind": "answered",
    "question": "Why?",
    "short": "14 October",
    "sentences": [{"text": "It stops.", "citations": [PLACE, OTHER], "doubt": "the day"}],
    "writer": "tiny on this machine",
    "notice": "",
    "disagreement": {
        "said": [{"speaker": "Ida Orm", "stance": "asserted", "what": "it stops", "places": [PLACE, OTHER]}],
        "denied": [{"speaker": "the port", "stance": "denied", "what": "", "places": [OTHER]}],
    },
}
UNTITLED = {
    "id": "note",
    "version": 2,
    "sha256": "ab" * 32,
    "title": "",
    "url": "",
    "source": "",
    "authors": ["Jo Roe"],
    "published": None,
    "language": "en",
    "fetched_at": "2026-11-23T09:00:00+00:00",
    "beginning": "A note\non tides. High water is at six.",
    "start": 16,
    "passage": "High water is at six.",
}
HIT = {"passage_id": "note:2:0", "position": 0, "sentences": [[16, 37]], "score": 0.5, "rank": 1, "channels": ["dense"]}
NEAREST: dict[str, Any] = {
    "kind": "not_found",
    "question": "Why?",
    "notice": "The model was slow.",
    "nearest": [HIT | {"article": UNTITLED, "copies": [HIT | {"rank": 2, "article": UNTITLED, "copies": []}]}],
}
NOTICE = {"kind": "notice", "question": "Why?", "text": "There are no articles."}
BASIS = {
    "asked": "2026-11-23T09:30:00+00:00",
    "revision": 7,
    "articles": 3,
    "passages": 5,
    "model": "tiny",
    "model_sha256": "cd" * 32,
    "onrecord": "0.1.0",
}
WHERE = {"since": "2026-01-01", "until": None, "sources": ["Quay Chronicle"], "authors": [], "language": ""}


def first(answer: dict[str, Any], basis: dict[str, Any] | None = BASIS) -> str:
    kept = {"format": 1, "question": "Why?", "searched": "Why the ferry?", "where": WHERE, "remarks": ["A remark."]}
    return json.dumps(kept | {"answer": answer, "basis": basis})


def high_water(rank: int, *copies: Near) -> Near:
    label, quote = "A note on tides. High water is at six.", "High water is at six."
    citation = Citation("note", 2, "ab" * 32, 16, 37, quote, label, "", None, "", ("Jo Roe",))
    return Near("note:2:0", rank, 0.5, ("dense",), citation, copies)


ANSWERS: list[tuple[dict[str, Any], Answer]] = [
    (
        FOUND,
        Answered(
            "Why?",
            (CitedSentence("It stops.", (STOPS, HULL), "the day"),),
            "14 October",
            "tiny on this machine",
            disagreement=Disagreement(
                (Voice(Claim("Ida Orm", Stance.ASSERTED, "it stops", STOPS), (HULL,)),),
                (Voice(Claim("the port", Stance.DENIED, "", HULL)),),
            ),
        ),
    ),
    (NEAREST, NotFound("Why?", (high_water(1, high_water(2)),), "The model was slow.")),
    (NOTICE, Notice("Why?", "There are no articles.")),
]


@pytest.mark.parametrize(("kept", "answer"), ANSWERS, ids=["answered", "not found", "notice"])
def test_a_turn_of_the_first_format_is_read_as_it_was(kept: dict[str, Any], answer: Answer) -> None:
    basis = Basis(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), 7, 3, 5, "tiny", "cd" * 32, "0.1.0")
    where = Filter(since=date(2026, 1, 1), sources=("Quay Chronicle",))
    turn = turn_from_json(first(kept))
    assert turn == Turn("Why?", "Why the ferry?", answer, where, ("A remark.",), basis)
    assert turn_from_json(turn_to_json(turn)) == turn
    assert turn_from_json(first(kept, None)).basis is None


def test_what_it_quotes_is_forgotten_with_the_article(desk: Desk, ada: User, tmp_path: Path) -> None:
    conversation, one = desk.conversations.start(ada.id, not_found("Why?"))
    other = desk.conversations.add(ada.id, conversation.id, not_found("Why?"))
    with desk._database.writing() as db:
        for kept, answer in ((one, NEAREST), (other, FOUND)):
            db.execute(update(turns).where(turns.c.id == kept.id).values(json=first(answer)))
    desk.take_over(removed("ferry"))
    near, gone = (kept.turn.answer for kept in desk.conversations.turns(ada.id, conversation.id))
    assert (near, gone) == (ANSWERS[1][1], Notice("Why?", REMOVED))
    assert b"14 October" not in files_of(tmp_path)
    desk.take_over(removed("note"))
    assert b"High water" not in files_of(tmp_path)


@pytest.mark.parametrize("lost", ["answer", "where", "remarks"])
def test_a_turn_that_lacks_something_is_said_to_be_damaged(lost: str) -> None:
    kept = json.loads(first(FOUND))
    del kept[lost]
    with pytest.raises(DeskDamaged, match="a stored turn cannot be read"):
        turn_from_json(json.dumps(kept))
