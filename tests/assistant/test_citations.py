"""Every citation ever shown is verbatim at its offsets."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.assistant import Assistant
from assistant.types.answers import Answered, CitedSentence
from assistant.types.citations import cite
from indexes import Article, Hit, Index
from indexes.ingest.chunking import PassageSize, cut_passages
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import new_article

pytestmark = pytest.mark.slow

NASTY = st.sampled_from(
    [
        "é",
        "e\u0301",
        "\u05e9\u05dc\u05d5\u05dd.",
        "👩‍👩‍👧",
        "\u200f",
        "\x00",
        "\r\n",
        "\n\n",
        ". ",
        "“",
        "”",
        "U.S. ",
        "\ud800",
        "\ufeff",
        "- ",
    ]
)
TEXTS = st.lists(st.one_of(st.text(max_size=30), NASTY, st.just("The minister denied it. ")), max_size=40).map("".join)


@given(TEXTS, st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_every_sentence_of_any_article_is_quoted_verbatim(text: str, title: str) -> None:
    article = new_article(text, title=title)
    for sentence in split_sentences(article.text, title=article.title):
        citation = cite(article, sentence.start, sentence.end)
        assert article.text[citation.start : citation.end] == citation.quote
        assert citation.quote == citation.quote.strip() != ""
        assert citation.sha256 == hashlib.sha256(article.text.encode()).hexdigest()


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_passage_of_any_article_is_a_slice_of_its_text(text: str) -> None:
    article = new_article(text)
    for passage in cut_passages(article, PassageSize(20, 30), lambda texts: [len(t.split()) for t in texts]):
        hit = Hit(passage, article, 1.0, 1, ("dense",))
        assert hit.text == article.text[passage.start : passage.end]
        assert all(passage.start <= s.start < s.end <= passage.end for s in passage.sentences)


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (4, 2), (0, 1000)])
def test_a_span_that_is_not_in_the_article_cannot_be_cited(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no text from"):
        cite(new_article("A short text."), start, end)


def test_a_sentence_without_a_citation_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="without a citation"):
        CitedSentence("The minister resigned.", ())


def test_an_answer_without_a_sentence_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="NotFound"):
        Answered("Who resigned?", ())


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@settings(max_examples=15, deadline=None)
def test_every_citation_shown_for_any_articles_and_question_is_verbatim(texts: list[str], question: str) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as index:
        stored: dict[str, Article] = {}
        for outcome in index.add(new_article(text, id=f"a{n}") for n, text in enumerate(texts)):
            if outcome.kind == "added" and outcome.article is not None:
                stored[outcome.article.id] = outcome.article
        answer = Assistant(index).ask(question + " the minister denied it")
        for citation in answer.citations if isinstance(answer, Answered) else ():
            kept = index.store.article(citation.article_id, citation.version)
            assert kept.text == stored[citation.article_id].text
            assert kept.text[citation.start : citation.end] == citation.quote
