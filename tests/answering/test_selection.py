"""Which sentences answer a question without a short answer: what is never one, and which come first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.selection import MOST, Relevance, candidates, chosen, relevance
from assistant.reader.answer_types import AnswerType
from assistant.reader.calibration import Question
from indexes import Hit, Index
from indexes.ingest.sentence_splitter import split_sentences
from indexes.search.analysis import stems
from indexes.types.article import new_article
from indexes.types.passages import Passage
from tests.support.fast_index import HashedWords

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

KINDS = (AnswerType.TOPIC, AnswerType.REASON, AnswerType.MANNER, AnswerType.STATEMENT, AnswerType.COMPARISON)
WORDS = "ferry quay harbour master Orm storm closed opened reported councillor because 1,200 crowns she the".split()

sentences = st.builds(
    lambda words, end: f"{' '.join(words).capitalize()}{end}",
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12),
    st.sampled_from([".", ".", ".", "?", ""]),
)
texts = st.lists(st.lists(sentences, min_size=1, max_size=5).map("\n".join), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index(tmp_path_factory.mktemp("selection"), model=HashedWords()) as index:
        yield index


def hits_of(texts: Sequence[str]) -> list[Hit]:
    """A hit for each of the texts, the first the best."""
    found = []
    for n, text in enumerate(texts):
        article = new_article(text, id=f"a{n}", title="The harbour")
        passage = Passage(f"a{n}:1:0", article.id, 1, 0, tuple(split_sentences(article.text)))
        found.append(Hit(passage, article, score=1.0 - n / 10, rank=n + 1, channels=()))
    return found


def found_for(
    index: Index, question: str, kind: AnswerType, texts: Sequence[str], speaker: str = ""
) -> tuple[Relevance, dict[str, float]]:
    """What the sentences of the texts are worth to the question, and a rarity of 1 for every word."""
    asked = Question(question, dict.fromkeys(stems(question), 1.0))
    relevant = relevance(index, asked, kind, candidates(index, hits_of(texts)), speaker)
    return relevant, dict.fromkeys(relevant.different_words, 1.0)


def told(index: Index, question: str, kind: AnswerType, texts: Sequence[str], speaker: str = "") -> list[str]:
    relevant, rarity = found_for(index, question, kind, texts, speaker)
    return [one.text for one in chosen(relevant, kind, rarity)]


@given(texts, st.data())
@settings(max_examples=100, deadline=None)
def test_a_candidate_is_a_sentence_of_its_article_and_no_candidate_comes_twice(
    index: Index, texts: list[str], data: st.DataObject
) -> None:
    hits = hits_of(texts)
    again = data.draw(st.lists(st.sampled_from(hits)))
    found = candidates(index, [*hits, *again])
    places = [(one.hit.article.id, one.span) for one in found]
    assert len(set(places)) == len(places)
    for one in found:
        assert one.sentence in split_sentences(one.hit.article.text)


@given(texts, st.sampled_from(KINDS), st.integers(1, MOST))
@settings(max_examples=100, deadline=None)
def test_what_is_chosen_stands_among_the_candidates_once_and_is_not_too_much(
    index: Index, texts: list[str], kind: AnswerType, most: int
) -> None:
    relevant, rarity = found_for(index, "the ferry in the storm", kind, texts, "Orm")
    found = chosen(relevant, kind, rarity, most)
    assert len(found) <= most
    assert all(one in relevant.found for one in found)
    places = [(one.hit.article.id, one.span) for one in found]
    assert len(set(places)) == len(places)
    assert found or relevant.best <= 0


@given(texts, st.sampled_from(KINDS))
@settings(max_examples=100, deadline=None)
def test_no_sentence_says_what_one_before_it_says(index: Index, texts: list[str], kind: AnswerType) -> None:
    relevant, rarity = found_for(index, "the ferry in the storm", kind, texts, "Orm")
    words = {(one.hit.article.id, one.span): held for one, held in zip(relevant.found, relevant.words, strict=True)}
    held = [words[one.hit.article.id, one.span] for one in chosen(relevant, kind, rarity)]
    for one, other in combinations([telling for telling in held if telling], 2):
        assert len(one & other) < 0.9 * len(one | other)


def test_nothing_found_is_nothing_chosen(index: Index) -> None:
    assert candidates(index, []) == []
    assert told(index, "the ferry", AnswerType.TOPIC, []) == []


CLOSED = "The ferry to Orrin Quay was closed by the harbour master on Monday."


@pytest.mark.parametrize(
    "no_statement",
    [
        "Will the ferry to Orrin Quay open again?",
        "“Will the ferry to Orrin Quay open again?”",
        "Ferry to Orrin Quay closed",
        "hide caption The ferry lies at Orrin Quay in the rain.",
        "3 of 12 Photos The ferry lies at Orrin Quay in the rain.",
        "The ferry.",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_captions_questions_headlines_and_fragments_are_never_chosen(
    index: Index, no_statement: str, kind: AnswerType
) -> None:
    assert told(index, "ferry to Orrin Quay", kind, [no_statement, CLOSED]) == [CLOSED]


def test_a_sentence_of_the_beginning_of_an_article_is_a_candidate_though_another_passage_was_found(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    later = "\n".join(f"Councillor number {n} spoke of the quay and of many other things that day." for n in range(60))
    with Index(tmp_path_factory.mktemp("leads"), model=HashedWords()) as index:
        list(index.add([new_article(f"{CLOSED}\n{later}", id="ferry", title="Orrin Quay")]))
        passages = index.store.passages_of("ferry", index.builder().number)
        last = Hit(passages[-1], index.store.article("ferry"), score=1.0, rank=1, channels=())
        assert CLOSED not in last.sentences
        assert CLOSED in [one.text for one in candidates(index, [last])]


ORM = "“The ferry will not sail this winter,” said Ida Orm."
OTHER = "“The ferry will not sail this winter,” said Per Lund."


@pytest.mark.parametrize("texts", [[ORM, OTHER], [OTHER, ORM]])
def test_a_statement_by_the_speaker_asked_for_comes_before_those_of_others(index: Index, texts: list[str]) -> None:
    question = "What did Ida Orm say about the ferry?"
    relevant, _ = found_for(index, question, AnswerType.STATEMENT, texts, "Ida Orm")
    assert relevant.first.text == ORM
    assert told(index, question, AnswerType.STATEMENT, texts, "Ida Orm")[0] == ORM


def test_the_sentence_after_a_speakers_counts_as_the_speakers_rather_than_one_far_from_it(index: Index) -> None:
    after, apart = "“We have no crew.”", "“We have no fuel.”"
    text = f"{ORM} {after}\nNobody on the quay had heard of it.\n{apart}"
    relevant, _ = found_for(index, "What did Ida Orm say?", AnswerType.STATEMENT, [text], "Ida Orm")
    scores = {one.text: one.score for one in relevant.found}
    assert scores[after] > scores[apart]


class AllAlike(HashedWords):
    """A model to which all texts mean the same."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        return super().embed(["the same"] * len(texts))


@pytest.mark.parametrize("kind", [AnswerType.TOPIC, AnswerType.REASON])
@pytest.mark.parametrize("pointing", ["They closed", "But men closed", "“It closed"])
def test_a_sentence_that_begins_with_a_pronoun_loses_to_one_that_stands_by_itself(
    tmp_path_factory: pytest.TempPathFactory, kind: AnswerType, pointing: str
) -> None:
    rest = "the ferry on Monday at noon."
    with Index(tmp_path_factory.mktemp("alike"), model=AllAlike()) as index:
        relevant, _ = found_for(index, "the ferry", kind, [f"{pointing} {rest}", f"Men closed {rest}"])
    assert relevant.first.text == f"Men closed {rest}"


def test_a_reason_that_is_worded_as_one_comes_first(index: Index) -> None:
    reason = "The ferry stopped on Monday because the quay was blocked."
    other = "The ferry stopped on Monday while the quay was blocked."
    assert told(index, "Why did the ferry stop?", AnswerType.REASON, [other, reason])[0] == reason
