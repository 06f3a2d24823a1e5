"""A timeline: which events it has, in which order, with which sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.evidence import Evidence
from assistant.answering.timeline import Entry, timeline
from indexes import Hit
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import new_article
from indexes.types.passages import Passage

TUESDAY = date(2024, 5, 14)


def told(
    text: str, score: float = 1.0, *, id: str = "", source: str = "Quay News", published: date | None = TUESDAY
) -> list[Evidence]:
    """The sentences of an article, each with the same score."""
    article = new_article(text, id=id or text[:40], title="Quay", source=source, published=published)
    article = replace(article, fetched_at=datetime(2024, 6, 1, 12, tzinfo=UTC))
    sentences = tuple(split_sentences(article.text))
    passage = Passage(f"{article.id}:1:0", article.id, 1, 0, sentences)
    hit = Hit(passage, article, score=score, rank=1, channels=())
    return [Evidence(sentence, hit, score) for sentence in sentences]


def shown(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.when.label, entry.evidence[0].text) for entry in entries]


OPENED = "The new quay was opened on May 6 by the harbour master."
CLOSED = "The old quay was closed in March after a storm."
FERRY = "A second ferry will start on Friday."


def test_the_earliest_event_comes_first() -> None:
    candidates = [*told(OPENED), *told(FERRY), *told(CLOSED)]
    assert shown(timeline(candidates)) == [("March 2024", CLOSED), ("6 May 2024", OPENED), ("17 May 2024", FERRY)]


def test_no_sentences_make_no_timeline() -> None:
    assert timeline([]) == []
    assert timeline(told("Nothing here says when it happened.", published=None)) == []


def test_an_event_told_by_two_outlets_is_one_entry_with_both_the_best_first() -> None:
    one = told("The harbour master opened the new quay on Monday, May 6.", 0.8, source="Harbour Herald")
    entries = timeline([*one, *told(OPENED, 0.9), *told(CLOSED, 0.7)])
    assert [len(entry.evidence) for entry in entries] == [1, 2]
    assert [one.hit.article.source for one in entries[1].evidence] == ["Quay News", "Harbour Herald"]


def test_different_events_of_a_day_stay_apart() -> None:
    entries = timeline([*told(OPENED), *told("On May 6 a lorry hit the town hall.", id="lorry")])
    assert [len(entry.evidence) for entry in entries] == [1, 1]


def test_the_same_words_on_another_day_are_another_event() -> None:
    entries = timeline([*told(OPENED), *told(OPENED.replace("May 6", "May 9"), id="again")])
    assert [entry.when.label for entry in entries] == ["6 May 2024", "9 May 2024"]


def test_sentences_that_are_alike_in_meaning_are_one_event() -> None:
    other = told("On May 6 boats moored at the jetty for the first time.", 0.5)
    assert len(timeline([*told(OPENED, 0.6), *other])) == 2
    assert len(timeline([*told(OPENED, 0.6), *other], alike=lambda one, other: 0.95)) == 1


def test_of_the_dates_of_one_event_the_most_precise_is_shown() -> None:
    vague = told("The new quay was opened in May by the harbour master.", 1.0, source="Harbour Herald")
    (entry,) = timeline([*vague, *told(OPENED, 0.9)])
    assert entry.when.label == "6 May 2024"
    assert entry.evidence[0].hit.article.source == "Harbour Herald"


def test_a_first_sentence_without_a_date_is_of_the_day_it_was_published() -> None:
    (entry,) = timeline(told("Thieves robbed the customs house. They took a safe full of coins."))
    assert (entry.when.label, entry.when.said, entry.when.resolved) == ("14 May 2024", "", True)
    assert entry.evidence[0].text == "Thieves robbed the customs house."


@pytest.mark.parametrize(
    "text",
    [
        "The quay is the longest of the whole coast.",
        "Who robbed the customs house at the quay?",
        "Customs house robbed",
    ],
)
def test_a_first_sentence_that_tells_no_event_has_no_day(text: str) -> None:
    assert timeline(told(text)) == []


def test_a_date_said_on_the_day_before_publication_replaces_that_of_publication() -> None:
    lead = told("Thieves robbed the customs house of the harbour.", 1.0)
    (entry,) = timeline([*lead, *told("Thieves robbed the customs house of the harbour on Monday.", 0.9)])
    assert (entry.when.said, entry.when.label) == ("Monday", "13 May 2024")


def test_a_place_and_a_date_alone_are_no_event() -> None:
    assert timeline(told("PELL, May 6, 2024 (Wire).")) == []


def test_what_is_much_less_relevant_is_left_out() -> None:
    assert shown(timeline([*told(OPENED, 0.9), *told(CLOSED, 0.3)])) == [("6 May 2024", OPENED)]


def test_no_more_than_asked_for_and_the_most_relevant_of_them() -> None:
    candidates = [*told(OPENED, 0.9), *told(CLOSED, 0.7), *told(FERRY, 0.8)]
    assert shown(timeline(candidates, most=2)) == [("6 May 2024", OPENED), ("17 May 2024", FERRY)]
    assert timeline(candidates, most=0) == []


def test_a_day_that_many_outlets_tell_of_goes_before_a_little_more_relevance() -> None:
    same = [one for outlet in ("Herald", "Mirror", "Wire") for one in told(OPENED, 0.8, id=outlet, source=outlet)]
    assert shown(timeline([*told(FERRY, 0.85), *same], most=1)) == [("6 May 2024", OPENED)]


def test_other_days_go_before_more_events_of_one_day() -> None:
    crowded = (
        "On May 6 a lorry hit the town hall. A choir sang in the market on May 6. "
        "Three dogs were lost in the forest on May 6. The baker sold his shop on May 6."
    )
    entries = timeline([*told(crowded, 0.9), *told(CLOSED, 0.8), *told(FERRY, 0.8)], most=3)
    assert [entry.when.label for entry in entries] == ["March 2024", "6 May 2024", "17 May 2024"]


@pytest.mark.parametrize("published", [date.min, date.max])
def test_any_day_of_publication_will_do(published: date) -> None:
    candidates = [*told(OPENED, published=published), *told("Thieves robbed the customs house.", published=published)]
    assert len(timeline([*candidates, *candidates])) == 2


@given(
    scores=st.lists(st.floats(-2, 2), min_size=3, max_size=3),
    most=st.integers(0, 5),
)
def test_any_scores_make_an_ordered_timeline(scores: list[float], most: int) -> None:
    candidates = [one for text, score in zip((OPENED, CLOSED, FERRY), scores, strict=True) for one in told(text, score)]
    days = [entry.when.start for entry in timeline(candidates, most)]
    assert days == sorted(days)
    assert len(days) <= most
