"""A turn kept as JSON comes back as it was, in everything that is ever shown of it."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.accounts.errors import DeskDamaged
from assistant.history.turn_codec import turn_from_json, turn_to_json
from assistant.output.answer_models import turn_fields
from assistant.output.lines import answer_lines
from assistant.types.answers import Answer, Answered, CitedSentence, Form, NotFound, Notice, Part, Scope, Section
from assistant.types.citations import Citation, cite, near
from assistant.types.claims import Claim, Differing, Disagreement, Quantity, Stance, Voice
from assistant.types.index_state import Basis
from assistant.types.turns import Turn
from indexes import Article, Hit, Passage, Sentence
from indexes.types.article import new_article
from indexes.types.filters import Filter

TEXT = st.text(max_size=40)
"""Any text at all: NUL, lone surrogates and what turns the line round are in it."""
DAYS = st.none() | st.dates()


@st.composite
def articles(draw: st.DrawFn) -> Article:
    return Article(
        id=draw(TEXT),
        text=draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)) * draw(st.sampled_from([1, 5, 30])),
        title=draw(TEXT),
        url=draw(TEXT),
        source=draw(TEXT),
        authors=tuple(draw(st.lists(TEXT, max_size=2))),
        published=draw(DAYS),
        language=draw(TEXT),
        version=draw(st.integers(1, 9)),
        fetched_at=datetime(2026, 11, 23, 9, 0, 0, 5, UTC),
    )


@st.composite
def spans(draw: st.DrawFn, length: int) -> tuple[int, int]:
    start = draw(st.integers(0, length - 1))
    return start, draw(st.integers(start + 1, length))


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    article = draw(articles())
    return cite(article, *draw(spans(len(article.text))))


@st.composite
def hits(draw: st.DrawFn, copies: int = 2) -> Hit:
    article = draw(articles())
    start, end = draw(spans(len(article.text)))
    cut = draw(st.integers(start, end))
    pieces = [(start, cut), (cut, end)] if start < cut < end else [(start, end)]
    sentences = tuple(Sentence(*piece) for piece in pieces)
    passage = Passage(draw(TEXT), article.id, article.version, draw(st.integers(0, 99)), sentences)
    channels = tuple(draw(st.lists(st.sampled_from(["dense", "keyword"]), unique=True)))
    score = draw(st.floats(allow_nan=False, allow_infinity=False))
    others = tuple(draw(st.lists(hits(copies=0), max_size=copies)))
    return Hit(passage, article, score, draw(st.integers(1, 50)), channels, others)


CITED = st.lists(citations(), min_size=1, max_size=2).map(tuple)
VOICES = st.lists(
    st.builds(
        Voice,
        st.builds(Claim, TEXT, st.sampled_from(Stance), TEXT, citations()),
        st.lists(citations(), max_size=1).map(tuple),
    ),
    min_size=1,
    max_size=2,
).map(tuple)

QUANTITIES = st.builds(Quantity, st.integers(0, 9).map(float), TEXT, TEXT, citations())
SEVERAL = st.lists(QUANTITIES, min_size=2, max_size=3, unique_by=lambda one: one.value).map(tuple)
DIFFERING = st.lists(st.builds(Differing, SEVERAL, st.booleans()), max_size=1).map(tuple)


@st.composite
def groups(draw: st.DrawFn, sentences: int) -> dict[str, Any]:
    """The parts of an answer's question, the sections it is arranged in, or neither."""
    kind, *form = draw(st.sampled_from([("none",), ("parts",), *(("sections", one) for one in get_args(Form)[1:])]))
    if kind == "none":
        return {}
    ends = sorted(draw(st.lists(st.integers(0, sentences), max_size=2)))
    counts = [end - start for start, end in itertools.pairwise([0, *ends, sentences])]
    if kind == "parts":
        return {"parts": tuple(Part(draw(TEXT), draw(st.none() | TEXT), count) for count in counts)}
    days = st.none() | st.tuples(st.dates(), st.dates())
    sections = tuple(Section(draw(TEXT), count, draw(days), draw(st.booleans())) for count in counts)
    scope = draw(st.none() | st.builds(Scope, st.integers(1), st.integers(1), DAYS))
    return {"form": form[0], "sections": sections, "scope": scope}


@st.composite
def grouped(draw: st.DrawFn) -> Answered:
    answer = draw(ANSWERED)
    return replace(answer, **draw(groups(len(answer.sentences))))


ANSWERED = st.builds(
    Answered,
    TEXT,
    st.lists(st.builds(CitedSentence, TEXT, CITED, TEXT), min_size=1, max_size=2).map(tuple),
    st.none() | TEXT,
    TEXT,
    TEXT,
    st.none() | st.builds(Disagreement, VOICES, VOICES, DIFFERING) | st.builds(Disagreement, numbers=DIFFERING),
)
ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Notice, TEXT, TEXT),
    st.builds(NotFound, TEXT, st.lists(hits().map(near), max_size=2).map(tuple), TEXT),
    grouped(),
)


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    first, last = draw(DAYS), draw(DAYS)
    if first and last:
        first, last = min(first, last), max(first, last)
    names = st.lists(TEXT, max_size=2).map(tuple)
    return Filter(first, last, draw(names), draw(names), draw(TEXT))


MOMENTS = st.datetimes(datetime(2020, 1, 1), timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
BASES = st.builds(Basis, MOMENTS, st.integers(0), st.integers(0), st.integers(0), TEXT, TEXT, TEXT)
TURNS = st.builds(
    lambda answer, *understood: Turn(answer.question, understood[0], answer, *understood[1:]),
    ANSWERS,
    TEXT,
    filters(),
    st.lists(TEXT, max_size=2).map(tuple),
    st.none() | BASES,
)


@settings(deadline=None, max_examples=300)
@given(TURNS)
def test_what_is_kept_comes_back(turn: Turn) -> None:
    assert turn_from_json(turn_to_json(turn)) == turn


@settings(deadline=None, max_examples=100)
@given(TURNS)
def test_what_came_back_is_kept_the_same_again(turn: Turn) -> None:
    kept = turn_to_json(turn)
    assert kept.isascii()
    assert turn_to_json(turn_from_json(kept)) == kept


@settings(deadline=None, max_examples=100)
@given(TURNS)
def test_what_came_back_is_shown_the_same(turn: Turn) -> None:
    back = turn_from_json(turn_to_json(turn))
    assert answer_lines(back.answer) == answer_lines(turn.answer)
    assert turn_fields(back, "q").json_dict() == turn_fields(turn, "q").json_dict()
    assert (back.where, back.remarks, back.gist, back.basis) == (turn.where, turn.remarks, turn.gist, turn.basis)


def test_a_passage_deep_in_an_article_keeps_its_offsets_and_the_hash_of_the_whole_text() -> None:
    text = "Untitled words. " * 100 + "The hull needs steel. " + "The rest. " * 100
    article = Article("a", text, published=date(2026, 1, 2))
    passage = Passage("a:1:0", "a", 1, 0, (Sentence(1600, 1621),))
    kept = turn_to_json(Turn("?", "?", NotFound("?", (near(Hit(passage, article, 0.5, 1, ("dense",))),))))
    assert len(kept) < 1200
    answer = turn_from_json(kept).answer
    assert isinstance(answer, NotFound)
    (found,) = answer.nearest
    assert found.citation == cite(article, 1600, 1621)
    assert (found.citation.quote, found.citation.title) == ("The hull needs steel.", article.label)
    assert found.citation.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_disagreement_kept_before_numbers_could_differ_is_read() -> None:
    article = new_article("The ferry stops. It does not.", id="ferry")
    said, denied = (
        Voice(Claim("Ida", stance, "", cite(article, 0, 16))) for stance in (Stance.ASSERTED, Stance.DENIED)
    )
    answer = Answered(
        "?", (CitedSentence("So.", (cite(article, 0, 16),)),), disagreement=Disagreement((said,), (denied,))
    )
    kept = json.loads(turn_to_json(Turn("?", "?", answer)))
    del kept["turn"]["disagreement"]["numbers"]
    assert turn_from_json(json.dumps(kept)).answer == answer


def test_a_turn_of_another_format_is_refused_in_words() -> None:
    with pytest.raises(DeskDamaged, match=r"format 3, not 2\. Update On Record"):
        turn_from_json('{"format": 3}')
