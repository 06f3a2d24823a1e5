"""The second look, recency, and copies of one story."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from indexes import Hit, Index
from indexes.search import scoring
from indexes.search.analysis import stems
from indexes.storage import near_duplicates
from indexes.types.article import new_article

Add = Callable[..., list[str]]
WIRE = (
    "The lock keepers of the Osmund Canal went on strike on Monday after talks on their pay broke down.\n"
    "The union said that 4,200 workers had walked out, and that no barge would pass before Friday.\n"
    "The canal authority called the strike unlawful and said that it would go to court on Tuesday morning.\n"
    "Grain traders in the port of Senna warned that bread could become dearer within two weeks.\n"
)


def test_the_score_is_the_sum_that_is_documented() -> None:
    question = scoring.Question(("canal", "strike"), {"canal": 3.0, "strike": 1.0}, date(2024, 3, 31))
    got = scoring.score(question, ["canal", "news"], ["strike", "canal", "goe"], date(2024, 3, 1), cosine=0.4)
    recency = 0.2 * math.exp(-1) + 0.15 * math.exp(-30 / 365)
    assert got == pytest.approx(0.4 + 0.5 * (1 + 3 / 4) + 0.5 * 1 + 0.25 * 0 + recency)


def test_neighbouring_words_of_the_question_count_where_they_are_neighbours() -> None:
    question = scoring.Question(("canal", "strike"), {"canal": 1.0, "strike": 1.0})
    together = scoring.score(question, [], ["canal", "strike", "goe"], None, 0.0)
    apart = scoring.score(question, [], ["canal", "saw", "strike"], None, 0.0)
    assert together - apart == pytest.approx(0.25)


def test_a_question_that_names_a_year_is_not_about_these_days() -> None:
    today = date(2024, 3, 31)
    assert scoring.Question.of("Who won in 2019?", ["won"], {"won": 1.0}, today).today is None
    assert scoring.Question.of("Who won?", ["won"], {"won": 1.0}, today).today == today


def test_of_two_like_articles_the_recent_one_comes_first_when_the_day_is_known(index: Index, add: Add) -> None:
    old = new_article("The mayor opened the swimming pool.", id="a-old", published=date(2021, 5, 1))
    new = new_article("The mayor opened the swimming pool.", id="b-new", published=date(2024, 5, 1))
    add(old, new)
    undated = index.search("what did the mayor open?")[0]
    dated = index.search("what did the mayor open?", today=date(2024, 5, 3))[0]
    assert (undated.article.id, dated.article.id) == ("a-old", "b-new")


def test_words_are_kept_lower_cased_folded_and_stemmed() -> None:
    assert stems("The São Tomé elections' WINNERS were winning") == ["sao", "tome", "elect", "winner", "win"]
    assert stems("who is it") == ["who", "is", "it"]
    assert stems("…") == []


def wire(id: str, text: str, title: str = "Canal strike") -> object:
    return new_article(text, id=id, title=title, source=id)


def test_wire_copies_of_one_story_are_listed_under_the_best(index: Index, add: Add) -> None:
    other = "Bakers in Senna fear the canal strike.\nFlour is running short, said the guild of bakers on Wednesday."
    add(wire("a", WIRE), wire("b", WIRE), wire("c", f"SENNA, Monday.\n{WIRE}"), wire("d", other, "Bakers fear strike"))
    hits = index.search("how many workers are on strike at the canal?")
    assert [hit.article.id for hit in hits][1:] == ["d"]
    assert {hits[0].article.id, *(copy.article.id for copy in hits[0].copies)} == {"a", "b", "c"}
    assert [hit.rank for hit in hits] == [1, 2]


def test_copies_stay_copies_when_the_first_of_them_is_removed(index: Index, add: Add) -> None:
    add(wire("a", WIRE), wire("b", WIRE), wire("c", WIRE))
    index.remove(["a"])
    (hit,) = index.search("canal strike")
    assert [copy.article.id for copy in hit.copies] == ["c"]


def test_an_article_that_was_rewritten_is_no_copy_any_more(index: Index, add: Add) -> None:
    first, second = wire("a", WIRE), wire("b", WIRE)
    add(first, second)
    add(replace(second, text="The strike on the canal is over, and the first barges passed on Thursday night."))  # type: ignore[type-var]
    assert {hit.article.id for hit in index.search("canal strike")} == {"a", "b"}


def test_two_articles_on_one_event_in_other_words_are_two_stories(index: Index, add: Add) -> None:
    add(wire("a", WIRE), wire("b", "Barges lay still on Monday as lock keepers of the Osmund Canal refused to work."))
    assert len(set(near_duplicates.stories_of(index.store, {"a", "b"}).values())) == 2


def test_a_reranker_is_handed_more_than_is_asked_for_and_decides_the_order(index: Index, add: Add) -> None:
    add(*(new_article(f"Ship {n} left the harbour on day {n}.", id=f"ship{n}") for n in range(40)))
    handed: list[int] = []

    def backwards(question: str, hits: list[Hit]) -> list[Hit]:
        handed.append(len(hits))
        return hits[::-1]

    plain = index.search("which ship left?", top=30)
    turned = index.search("which ship left?", top=5, rerank=backwards)
    assert handed == [30]
    assert [hit.article.id for hit in turned] == [hit.article.id for hit in plain[::-1][:5]]
    assert [hit.rank for hit in turned] == [1, 2, 3, 4, 5]
