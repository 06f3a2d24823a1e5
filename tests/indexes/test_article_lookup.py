"""All articles that mention a phrase, are about something or match a filter: counted, not estimated."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import Article, Filter, Index
from indexes.search.analysis import all_stems, has_in_a_row
from indexes.types.article import new_article
from indexes.types.filters import ImpossibleFilter
from tests.support.fast_index import HashedWords

Add = Callable[..., list[str]]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path / "home", model=HashedWords()) as opened:
        yield opened


def article(id: str, text: str, title: str = "", day: int = 0, **more: object) -> Article:
    published = date(2026, 3, day) if day else None
    return new_article(text, id=id, title=title, published=published, **more)  # type: ignore[arg-type]


def test_articles_come_newest_first_and_undated_ones_last(index: Index, add: Add) -> None:
    add(article("old", "A.", day=1), article("undated", "B."), article("new", "C.", day=9), article("mid", "D.", day=4))
    assert index.lookup().matching() == ["new", "mid", "old", "undated"]
    assert index.lookup().newest_first(["undated", "old", "gone", "new"]) == ["new", "old", "undated"]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("The witness was Hans Rell of Almsted.", True),
        ("Nobody believed HANS RELL’s account.", True),
        ("The letter was signed “Hans” Rell.", True),
        ("The witness, Hans\nRell, left the room.", True),
        ("Hans and Ida Rell were married in May.", False),
        ("Rell, Hans: a life in letters.", False),
        ("Everybody thanked Hans. Rell left without a word.", False),
        ("Everybody thanked Hans!\n\nRell left without a word.", False),
        ("A man called Hansen Rellstab was heard.", False),
    ],
)
def test_words_next_to_each_other_in_a_sentence_are_mentioned(
    index: Index, add: Add, text: str, mentions: bool
) -> None:
    add(article("a", text), article("other", "Hans was there. So was Ida Rell."))
    assert index.lookup().mentioning("Hans Rell") == (["a"] if mentions else [])


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("dry dock", "Both dry docks are empty."),
        ("No. 4 lock", "A tug sank at the No. 4 lock on Monday."),
        ("St. Paul", "The dome of St. Paul was lit."),
        ("Café Müller", "They met at the cafe Muller."),
        ("the bank of the river", "Reeds grow on the bank of the river."),
        ("J. Quist", "The note was from J. Quist himself."),
        ("25,000 crowns", "It cost 25,000 crowns."),
    ],
)
def test_inflection_accents_and_the_full_stops_of_abbreviations_do_not_matter(
    index: Index, add: Add, phrase: str, text: str
) -> None:
    add(article("a", text))
    assert index.lookup().mentioning(phrase) == ["a"]


def test_a_title_mentions_too_but_not_together_with_the_text(index: Index, add: Add) -> None:
    add(article("title", "It sank.", title="Tug Osprey lost"), article("both", "Osprey was its name.", title="The tug"))
    assert index.lookup().mentioning("tug Osprey") == ["title"]


def test_a_phrase_is_found_where_a_long_sentence_is_cut_into_passages(index: Index, add: Add) -> None:
    words = [f"word{n}" for n in range(900)]
    add(article("long", " ".join(words) + "."))
    assert index.store.count_passages(1) > 2
    lookup = index.lookup()
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(words)]
    assert [pair for pair in pairs if lookup.mentioning(pair) != ["long"]] == []


def test_removed_articles_and_words_of_earlier_versions_are_not_counted(index: Index, add: Add) -> None:
    add(article("a", "The ferry Aurora sank.", day=1), article("b", "The ferry Aurora was raised.", day=2))
    add(article("a", "The ferry Borealis sank.", day=1))
    lookup = index.lookup()
    assert (lookup.mentioning("ferry Aurora"), lookup.mentioning("ferry Borealis")) == (["b"], ["a"])
    index.remove(["b"])
    lookup = index.lookup()
    assert (lookup.mentioning("ferry Aurora"), lookup.mentioning("ferry"), lookup.matching()) == ([], ["a"], ["a"])


def test_a_filter_counts_the_articles_that_match_all_of_it(index: Index, add: Add) -> None:
    add(
        article("p1", "The tram is late.", day=1, source="Coast Daily", authors=("Ada Brook",)),
        article("p2", "The tram is new.", day=2, source="Coast Daily", authors=("Ben Cole", "Ada Brook")),
        article("p3", "The tram is red.", day=3, source="Hill Times", authors=("Ben Cole",)),
        article("p4", "The bus is red.", day=4, source="Coast Daily"),
    )
    lookup = index.lookup()
    assert lookup.matching(Filter(sources=("coast daily",))) == ["p4", "p2", "p1"]
    assert lookup.mentioning("tram", Filter(authors=("Ada Brook",))) == ["p2", "p1"]
    assert lookup.about("tram", Filter(since=date(2026, 3, 2), sources=("Coast Daily",))) == ["p2"]
    assert lookup.matching(Filter(since=date(2027, 1, 1))) == []
    assert lookup.authors() == {"Ada Brook", "Ben Cole"}
    with pytest.raises(ImpossibleFilter, match="Nemo"):
        lookup.mentioning("tram", Filter(authors=("Nemo",)))


def test_an_article_is_about_what_its_beginning_or_several_sentences_say(index: Index, add: Add) -> None:
    padding = "It rained all week and nobody went to the harbour. " * 8
    add(
        article("title", "It was a quiet night.", title="Thefts at the museum"),
        article("lead", f"A theft was discovered at the museum. {padding}"),
        article("twice", f"{padding}The museum called it a theft. Such thefts are rare."),
        article("aside", f"{padding}The museum had a theft once. The museum is closed."),
        article("half", f"The museum is open. {padding}"),
    )
    assert set(index.lookup().about("the museum theft") or ()) == {"title", "lead", "twice"}


def test_stop_words_alone_cannot_be_counted(index: Index, add: Add) -> None:
    add(article("a", "The Who played on."))
    assert index.lookup().mentioning("the Who") is None
    assert index.lookup().about("it") is None


def test_what_no_article_has_is_mentioned_by_none(index: Index, add: Add) -> None:
    add(article("a", "The ferry sank."))
    assert index.lookup().mentioning("ferry strike") == []
    assert index.lookup().about("zeppelin") == []


def test_nothing_is_counted_while_the_keyword_index_lags_behind(index: Index, add: Add) -> None:
    """Even if it holds as many passages as the articles."""
    add(article("a", "The ferry sank."), article("b", "The ferry was late."))
    behind = index.home / "behind"
    shutil.copytree(index.home / "keywords", behind)
    add(article("b", "The tram was late."))
    shutil.rmtree(index.home / "keywords")
    behind.rename(index.home / "keywords")
    with Index(index.home, model=HashedWords()) as opened:
        assert opened.lookup().mentioning("ferry") is None
        assert opened.lookup().matching() == ["a", "b"]
        opened.mend()
        assert opened.lookup().mentioning("ferry") == ["a"]


def test_in_postgresql_the_same_is_counted(database_url: str, tmp_path: Path) -> None:
    with Index(tmp_path / "home", model=HashedWords(), database_url=database_url) as opened:
        articles = (
            article("a", "The dry dock is flooded.", day=1, source="Coast Daily", authors=("Ada Brook",)),
            article("b", "Both dry docks leak.", day=2),
            article("c", "The dock is dry."),
        )
        assert [outcome.kind for outcome in opened.add(articles)] == ["added"] * 3
        opened.remove(["b"])
        lookup = opened.lookup()
        assert (lookup.mentioning("dry dock"), lookup.about("dry dock"), lookup.matching()) == (
            ["a"],
            ["a", "c"],
            ["a", "c"],
        )
        assert lookup.mentioning("dock", Filter(authors=("ada brook",), sources=("Coast Daily",))) == ["a"]
        assert lookup.authors() == {"Ada Brook"}


WORDS = st.sampled_from("dry docks dock the of ferry late Hans".split())
SENTENCES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(SENTENCES, min_size=1, max_size=5), phrase=st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
def test_as_many_are_found_as_reading_every_article_finds(
    texts: list[str], phrase: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Index(tmp_path_factory.mktemp("read") / "home", model=HashedWords()) as opened:
        list(opened.add(article(str(n), text) for n, text in enumerate(texts)))
        found = opened.lookup().mentioning(phrase)
        read = [str(n) for n, text in enumerate(texts) if has_in_a_row(text, all_stems(phrase))]
        assert found is None or found == read
