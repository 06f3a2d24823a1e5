"""Reads turns that were stored in format 1, which is no longer written."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from assistant.text.wording import on_one_line
from assistant.types.answers import Answer, Answered, CitedSentence, NotFound, Notice
from assistant.types.citations import Citation, Near
from assistant.types.claims import Claim, Disagreement, Stance, Voice
from assistant.types.index_state import Basis
from assistant.types.turns import Turn
from indexes.types.filters import Filter

_Json = dict[str, Any]
_CITATIONS, _CITATION = TypeAdapter(tuple[Citation, ...]), TypeAdapter(Citation)
_BASIS, _FILTER = TypeAdapter(Basis), TypeAdapter(Filter)


def turn_from_first_format(kept: _Json) -> Turn:
    """The turn.

    Raises:
        KeyError, TypeError, ValueError: it is not in format 1.
    """
    basis = _BASIS.validate_python(kept["basis"]) if kept.get("basis") else None
    where, answer = _FILTER.validate_python(kept["where"]), _answer(kept["question"], kept["answer"])
    return Turn(kept["question"], kept["searched"], answer, where, tuple(kept["remarks"]), basis)


def _answer(question: str, kept: _Json) -> Answer:
    if kept["kind"] == "notice":
        return Notice(question, kept["text"])
    if kept["kind"] == "not_found":
        return NotFound(question, tuple(map(_near, kept["nearest"])), kept["notice"])
    sentences = tuple(
        CitedSentence(one["text"], _CITATIONS.validate_python(one["citations"]), one["doubt"])
        for one in kept["sentences"]
    )
    return Answered(
        question, sentences, kept["short"], kept["writer"], kept["notice"], _disagreement(kept["disagreement"])
    )


def _disagreement(kept: _Json | None) -> Disagreement | None:
    if kept is None:
        return None
    said, denied = (tuple(map(_voice, kept[side])) for side in ("said", "denied"))
    return Disagreement(said, denied)


def _voice(kept: _Json) -> Voice:
    citation, *also = _CITATIONS.validate_python(kept["places"])
    return Voice(Claim(kept["speaker"], Stance(kept["stance"]), kept["what"], citation), tuple(also))


def _near(kept: _Json) -> Near:
    """A passage. Format 1 stored the beginning of its article, which is used if there is no title."""
    article, passage = kept["article"], kept["article"]["passage"]
    start = article["start"]
    place = {
        **{name: article[name] for name in ("version", "sha256", "url", "source", "authors", "published")},
        "article_id": article["id"],
        "source_note": article.get("source_note", ""),
        "title": article["title"] or on_one_line(article["beginning"])[:80] or article["id"],
        "start": start,
        "end": start + len(passage),
        "quote": passage,
    }
    citation = _CITATION.validate_python(place)
    copies = tuple(map(_near, kept["copies"]))
    return Near(kept["passage_id"], kept["rank"], kept["score"], tuple(kept["channels"]), citation, copies)
