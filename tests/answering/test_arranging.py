"""How answers in sections are arranged, over the sample articles and with the models as shipped."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answering.arranging import BEFORE, FIGURES, HAPPENED, NEXT, SAID
from assistant.answering.same_story import same_story
from assistant.answering.selection import MOST
from assistant.assistant import Assistant
from assistant.types.answers import Answered, Section
from indexes import Index

BRIEFINGS = [
    "summarise the museum theft",
    "the canal strike",
    "river fever vaccine",
    "the phone call between Oskeld and Corvane",
    "tell me about Anselm Doorne",
]
STATEMENTS = {
    "what did Petra Holvig say?": "Petra Holvig",
    "what did Mira Talvane say?": "Mira Talvane",
    "what did Rell say about the call?": "Nadia Rell",
    "quote Verrin on the call": "Tomas Verrin",
}
TIMELINES = [
    "timeline of the Doorne trial",
    "timeline of the canal strike",
    "what happened when in the Pell election?",
]
COMPARISONS = {
    "compare Holvig and Stennard on the strike": ["Holvig", "Stennard"],
    "compare Marchant and Tansk": ["Marchant", "Tansk"],
    "differences between Vessen Bank and Quillmarsh": ["Vessen Bank", "Quillmarsh"],
}
LISTS = ["which articles mention the astrolabes?", "list all articles from the Harbour Post"]
OTHERS = ["why did the payment network go down?", "how did the thieves get in?"]
ALL = [*BRIEFINGS, *STATEMENTS, *TIMELINES, *COMPARISONS, *LISTS, *OTHERS]


@pytest.fixture(scope="module")
def asked(samples: Index) -> Assistant:
    assistant = Assistant(samples)
    assistant.today = lambda: date(2026, 11, 24)
    assistant.warm_up()
    return assistant


def answer(asked: Assistant, question: str) -> Answered:
    found = asked.ask(question)
    assert isinstance(found, Answered), found
    return found


def sections(found: Answered) -> list[Section]:
    return [section for section, _ in found.by_section if section]


@pytest.mark.parametrize("question", ALL)
def test_every_sentence_stands_in_its_article_to_the_letter_and_none_is_told_twice(
    asked: Assistant, question: str
) -> None:
    found = answer(asked, question)
    texts = [" ".join(sentence.text.split()).casefold() for sentence in found.sentences]
    assert len(set(texts)) == len(texts)
    for sentence in found.sentences:
        quotes = [citation.quote for citation in sentence.citations]
        assert sentence.text == quotes[0]
        for citation in sentence.citations:
            article = asked.index.store.article(citation.article_id, citation.version)
            assert article.text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("question", ALL)
def test_every_section_has_a_heading_of_its_own_and_sentences(asked: Assistant, question: str) -> None:
    found = answer(asked, question)
    headings = [section.heading for section in sections(found)]
    if found.form != "timeline":
        assert len(set(headings)) == len(headings)
    assert all(headings)
    assert all(section.sentences for section in sections(found))
    assert (found.form == "sentences") == (not headings)


@pytest.mark.parametrize("question", BRIEFINGS)
def test_a_briefing_begins_as_an_article_does_and_has_its_headings_in_order(asked: Assistant, question: str) -> None:
    found = answer(asked, question)
    assert found.form == "briefing"
    headings = [section.heading for section in sections(found)]
    assert headings == [one for one in (HAPPENED, FIGURES, SAID, NEXT, BEFORE) if one in headings]
    assert headings[0] == HAPPENED
    assert len(headings) > 1
    assert len(found.sentences) <= MOST
    first = found.sentences[0].citations[0]
    article = asked.index.store.article(first.article_id)
    assert len(article.text[: first.start].removeprefix(article.title).split()) < 30


@pytest.mark.parametrize("question", STATEMENTS)
def test_what_somebody_said_stands_under_that_speakers_full_name_and_nobody_elses(
    asked: Assistant, question: str
) -> None:
    found = answer(asked, question)
    assert found.form == "statements"
    assert [section.heading for section in sections(found)] == [STATEMENTS[question]]


@pytest.mark.parametrize("question", STATEMENTS)
def test_each_statement_is_the_speakers_by_the_claims_of_its_article(asked: Assistant, question: str) -> None:
    for sentence in answer(asked, question).sentences:
        one = sentence.citations[0]
        claims = [voice.claim for voice in asked.claims_in(one.article_id)]
        speakers = {claim.speaker.split()[-1] for claim in claims if claim.citation.start == one.start}
        assert speakers == {STATEMENTS[question].split()[-1]}


@pytest.mark.parametrize("question", TIMELINES)
def test_a_timeline_is_in_the_order_of_days_and_of_one_story(asked: Assistant, question: str) -> None:
    found = answer(asked, question)
    assert found.form == "timeline"
    days = [section.days for section in sections(found) if section.days]
    assert len(days) == len(found.sections) > 1
    assert days == sorted(days)
    about, *others = [asked.index.store.article(one.article_id) for one in found.citations]
    assert all(same_story(about, other) for other in others)


@pytest.mark.parametrize("question", COMPARISONS)
def test_a_comparison_has_its_two_sides_in_the_order_they_were_named(asked: Assistant, question: str) -> None:
    found = answer(asked, question)
    assert found.form == "comparison"
    assert [section.heading for section in sections(found)] == COMPARISONS[question]


@pytest.mark.parametrize("question", [*BRIEFINGS, *STATEMENTS, *TIMELINES, *COMPARISONS])
def test_its_scope_counts_at_least_what_is_cited(asked: Assistant, question: str) -> None:
    found = answer(asked, question)
    assert found.scope is not None
    cited = [asked.index.store.article(one.article_id) for one in found.citations]
    assert len({article.id for article in cited}) <= found.scope.articles
    assert len({article.outlet for article in cited if article.outlet}) <= found.scope.outlets


@pytest.mark.parametrize("question", OTHERS)
def test_a_reason_or_a_manner_is_told_without_headings(asked: Assistant, question: str) -> None:
    found = answer(asked, question)
    assert (found.form, found.sections) == ("sentences", ())
