"""Filters: by day, outlet, author and language, in both channels, in words; and what cannot be says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import Index
from indexes.types.article import new_article
from indexes.types.filters import EVERYTHING, Filter, ImpossibleFilter, read_filter

Add = Callable[..., list[str]]


def ferry(n: int, source: str, published: date | None, author: str = "", language: str = "en", url: str = "") -> object:
    text = f"The ferry to Aldmoor number {n} was late again, the harbour office said."
    authors = (author,) if author else ()
    return new_article(
        text, id=f"f{n}", title="Ferry late", source=source, published=published, authors=authors, language=language,
        url=url,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ferries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Not to be written to."""
    articles = (
        ferry(1, "Quay Chronicle", date(2024, 1, 31), "Ada Brook"),
        ferry(2, "Quay Chronicle", date(2024, 2, 1), "Ben Cole"),
        ferry(3, "Harbour Post", date(2024, 2, 29), "Ada Brook", url="https://news.harbour.example/3"),
        ferry(4, "Harbour Post", None, language="de"),
        ferry(5, "", date(2023, 6, 1), url="https://www.tides.example/5"),
    )
    with Index(tmp_path_factory.mktemp("ferries") / "home") as index:
        assert [outcome.kind for outcome in index.add(articles)] == ["added"] * 5
        yield index


def found(index: Index, question: str, where: Filter = EVERYTHING, **options: object) -> set[str]:
    words, said = read_filter(question)
    return {hit.article.id for hit in index.search(words, where=where.and_also(said), **options)}  # type: ignore[arg-type]


CASES = {
    "since:2024-02-01": {"f2", "f3"},
    "since:2024-02": {"f2", "f3"},
    "until:2024-01-31": {"f1", "f5"},
    "until:2023": {"f5"},
    "since:2024 until:2024-01": {"f1"},
    'source:"Quay Chronicle"': {"f1", "f2"},
    'source:"quay chronicle"': {"f1", "f2"},
    "source:harbour.example": {"f3"},
    "source:www.tides.example": {"f5"},
    'source:tides.example source:"Harbour Post"': {"f3", "f4", "f5"},
    'author:"ada brook"': {"f1", "f3"},
    'author:"Ada Brook" since:2024-02': {"f3"},
    "language:DE": {"f4"},
}


@pytest.mark.parametrize("words", CASES)
@pytest.mark.parametrize("channels", [("dense", "keyword"), ("dense",), ("keyword",)])
def test_a_filter_in_the_question_lets_through_exactly_what_it_says(
    words: str, channels: tuple[str, ...], ferries: Index
) -> None:
    assert found(ferries, f"which ferry was late? {words}", channels=channels) == CASES[words]


def test_a_filter_finds_what_many_nearer_passages_would_hide(index: Index, add: Add) -> None:
    add(*(ferry(n, "Common Daily", date(2024, 5, 1)) for n in range(300)), ferry(999, "Rare Weekly", date(2020, 1, 1)))
    for channel in ("dense", "keyword"):
        hits = index.search("ferry late", top=5, where=Filter(sources=("Rare Weekly",)), channels=(channel,))
        assert [hit.article.id for hit in hits] == ["f999"]


def test_a_filter_and_the_words_in_the_question_both_hold(ferries: Index) -> None:
    assert found(ferries, "ferry since:2024-02", Filter(authors=("Ada Brook",))) == {"f3"}


IMPOSSIBLE = {
    "source:bbc.co.uk": "no article here has the source 'bbc.co.uk'. There are: ",
    "source:Harbor": "There are: Harbour Post",
    'author:"Nobody Known"': "no article here has the author 'Nobody Known'",
    "language:fr": "no article here has the language 'fr'. There are: ",
    "since:2030": "no article here is since:2030-01-01; they run from 2023-06-01 to 2024-02-29",
    "until:1999": "no article here is until:1999-12-31",
    "since:2024-02 until:2024-01": "no day is both since 2024-02-01 and until 2024-01-31",
    "since:yesterday": "'yesterday' is not a day",
    "until:2024-13": "'2024-13' is not a day",
    "since:2024-02-30": "'2024-02-30' is not a day",
    'source:tides.example author:"Ada Brook"': "no article matches all of: source:tides.example author:",
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_an_impossible_filter_says_so(words: str, ferries: Index) -> None:
    with pytest.raises(ImpossibleFilter) as refused:
        found(ferries, f"which ferry was late? {words}")
    assert IMPOSSIBLE[words] in str(refused.value)


@pytest.mark.parametrize("question", ["What is the source: a person or a paper?", "Is it resource:rich?", "at 10:30?"])
def test_a_colon_alone_makes_no_filter(question: str) -> None:
    assert read_filter(question) == (question, EVERYTHING)


days = st.dates(date(1990, 1, 1), date(2050, 1, 1))
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)


@given(since=days, days=st.integers(0, 400), sources=st.lists(names, max_size=2), author=names)
def test_what_a_filter_prints_reads_back_as_the_same(since: date, days: int, sources: list[str], author: str) -> None:
    until = since + timedelta(days=days)
    where = Filter(since, until, tuple(sources), (f"{author} von {author}",), "en")
    assert read_filter(f"who was it? {where}") == ("who was it?", where)
