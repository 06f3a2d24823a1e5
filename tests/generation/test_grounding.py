"""What a language model wrote is held to what it cites: planted faults are caught, faithful sentences pass."""

from __future__ import annotations

import pytest

from assistant.claims.extraction import ClaimReader
from assistant.generation.grounding import Checker, Given
from assistant.generation.numbers import figures
from assistant.generation.output_parser import Written, parsed, parsed_stream, says_nothing
from benchmarks.faults import count, totals
from indexes import Index
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import new_article

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checker(samples: Index, claim_reader: ClaimReader) -> Checker:
    return Checker(samples, claim_reader)


def test_planted_faults_are_caught_and_faithful_sentences_pass(checker: Checker) -> None:
    counts = count("test", checker)
    caught, planted = totals(counts)
    flagged, faithful = counts["faithful"]
    assert planted >= 100
    assert caught / planted >= 0.92
    assert flagged / faithful <= 0.05


TEXT = (
    "Transport Minister Ana Kolbe denied on Monday that 25 barges had been held for 18 months.\n\n"
    '"There is no list," Kolbe said. Shares in Lasko Lines fell 3.1 percent after the vote.'
)


def given() -> list[Given]:
    article = new_article(TEXT, title="")
    return [Given(n, article, span) for n, span in enumerate(split_sentences(article.text), start=1)]


@pytest.mark.parametrize(
    "written",
    [
        Written("Ana Kolbe denied that twenty-five barges had been held for 18 months.", (1,)),
        Written("The minister, Kolbe, said there is no list.", (1, 2)),
        Written('Kolbe said: "There is no list".', (2,)),
        Written("Lasko Lines shares fell by 3.1% after the vote.", (3,)),
    ],
)
def test_a_faithful_sentence_passes(checker: Checker, written: Written) -> None:
    assert checker.doubt(written, given()) == ""


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (Written("Ana Kolbe denied it.", ()), "cites no sentence"),
        (Written("Ana Kolbe denied it.", (1, 7)), "[7]"),
        (Written("Ana Kolbe denied that 35 barges had been held for 18 months.", (1,)), "35"),
        (Written("Ana Kolbe denied on Friday that 25 barges had been held.", (1,)), "fri"),
        (Written("Ana Kolbe confirmed that 25 barges had been held for 18 months.", (1,)), ""),
        (Written('Kolbe said: "There is no secret list".', (2,)), "secret"),
        (Written("Ona Kolbe denied that 25 barges had been held for 18 months.", (1,)), "Ona"),
        (Written("Shares in Lasko Lines rose 3.1 percent after the vote.", (3,)), "rose"),
        (Written("Shares in Lasko Lines fell 3.1 percent before the vote.", (3,)), "before"),
        (Written("The harbour was closed to all ships for the whole of the winter.", (3,)), "does not say so"),
    ],
)
def test_a_fault_is_named(checker: Checker, written: Written, why: str) -> None:
    doubt = checker.doubt(written, given())
    assert doubt
    assert why in doubt


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$7 billion", {7e9}),
        ("7bn dollars", {7e9}),
        ("twenty-five of 1,200", {25, 1200}),
        ("3.1%", {3.1}),
        ("at 11:20 p.m.", {1120}),
        ("one of them", set()),
        ("half a million", {0.5}),
    ],
)
def test_figures(text: str, values: set[float]) -> None:
    assert figures(text) == values


def test_marks_are_parsed_however_a_model_sets_them() -> None:
    text = "He denied it [1]. She agreed.[2][3] Both left [1, 4]. **They** met [2-4].\n- A point [5].\nNo mark."
    assert [(s.text, s.cited) for s in parsed(text)] == [
        ("He denied it.", (1,)),
        ("She agreed.", (2, 3)),
        ("Both left.", (1, 4)),
        ("They met.", (2, 3, 4)),
        ("A point.", (5,)),
        ("No mark.", ()),
    ]


def test_a_sentence_is_given_as_soon_as_the_next_begins_and_each_once() -> None:
    text = "He denied it [1]. She agreed [2]. Both left [3]."
    assert list(parsed_stream(iter(text))) == parsed(text)
    assert list(parsed_stream([text])) == parsed(text)


def test_thoughts_are_no_part_of_an_answer() -> None:
    assert parsed("<think>Perhaps [4].</think>He denied it [1].") == [Written("He denied it.", (1,))]


@pytest.mark.parametrize("text", ["NOT FOUND", "Not found.", "<think>hm</think>\n**NOT FOUND**"])
def test_a_model_may_say_that_there_is_nothing(text: str) -> None:
    assert says_nothing(text)
