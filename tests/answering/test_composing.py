"""Questions about the archive, asked as any other: counted, listed, or said to have nothing."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.assistant import Assistant
from assistant.types.answers import Answered, NotFound, Notice
from indexes import Filter, Index

PER_ARMAND = [
    "Canal strike ends after 12 days with raise of 6.5 percent",
    "Oskeld and Corvane discussed canal tolls in secret phone call, sources say",
    "Police say five objects stolen in museum raid",
]
JUDITH_SAYLE = [
    "Oskeld and Corvane discussed canal tolls in secret phone call, sources say",
    "Ex-port chief Doorne jailed for five and a half years",
]


@pytest.fixture(scope="module")
def asked(samples: Index) -> Assistant:
    assistant = Assistant(samples)
    assistant.today = lambda: date(2026, 11, 24)
    assistant.warm_up()
    return assistant


@pytest.mark.parametrize(
    ("question", "said", "count"),
    [
        ("how many articles mention Petra Holvig?", "4 articles mention “Petra Holvig”.", 4),
        ("which articles mention the astrolabes?", "3 articles mention “astrolabes”.", 3),
        (
            'how many articles mention "expired security certificate"?',
            "1 article mentions “expired security certificate”.",
            1,
        ),
        ("list all articles from the Harbour Post", "4 articles here are from Harbour Post.", 4),
        (
            "how many articles have we published since September?",
            "5 articles here were published since 1 September 2026.",
            5,
        ),
        ("how many articles mention the strike in 2026", "5 articles published in 2026 mention “strike”.", 5),
        ("stories by Magda Ruyter from July 2026", "1 article by Magda Ruyter was published in July 2026.", 1),
        ("which articles since 5 May mention the ferry", "1 article published since 5 May 2026 mentions “ferry”.", 1),
        ("what did we publish on 6 July?", "3 articles here were published on 6 July 2026.", 3),
        (
            "how many stories did the Ledger run in July?",
            "1 article from Karsholm Ledger was published in July 2026.",
            1,
        ),
        ("articles mentioning Petra Holvig or Nadia Rell", "5 articles mention “Petra Holvig” or “Nadia Rell”.", 5),
        ("articles that mention the strike and the canal", "5 articles mention both “strike” and “canal”.", 5),
    ],
)
def test_the_archive_is_counted_and_what_was_counted_is_shown(
    asked: Assistant, question: str, said: str, count: int
) -> None:
    answer = asked.ask(question)
    assert isinstance(answer, Answered), answer
    assert (answer.short, answer.form) == (said, "list")
    assert len(answer.sections) == len(answer.sentences) == count


@pytest.mark.parametrize(
    ("question", "author", "titles"),
    [
        ("which of our articles are by Per Armand?", "Per Armand", PER_ARMAND),
        ("which of our articles are by Judith Sayle?", "Judith Sayle", JUDITH_SAYLE),
        ("how many articles did Judith Sayle write?", "Judith Sayle", JUDITH_SAYLE),
    ],
)
def test_the_articles_of_an_author_are_listed_newest_first_though_only_their_bylines_have_the_name(
    asked: Assistant, question: str, author: str, titles: list[str]
) -> None:
    answer = asked.ask(question)
    assert isinstance(answer, Answered), answer
    assert answer.short == f"{len(titles)} articles here are by {author}."
    assert [section.heading for section in answer.sections] == titles
    assert all(author in citation.authors for citation in answer.citations)


@pytest.mark.parametrize("question", ["which articles mention Petra Holvig?", "which articles mention the astrolabes?"])
def test_the_sentence_shown_of_an_article_has_the_words_asked_for(asked: Assistant, question: str) -> None:
    answer = asked.ask(question)
    assert isinstance(answer, Answered), answer
    words = question.split()[-1].rstrip("?")
    assert all(words in sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("how many articles mention Atlantis?", "No article mentions “Atlantis”."),
        ("how many articles are by Nobody Known?", "No author and no outlet here is called “Nobody Known”."),
        ("how many articles mention the strike in 2022", "No article published in 2022 mentions “strike”."),
        (
            "articles about rowing between 1 and 10 June",
            "Going by its words, no article published from 1 to 10 June 2026 is about rowing.",
        ),
        ("how many stories mention the phrase 'a golden ferry'?", "No article mentions “a golden ferry”."),
    ],
)
def test_what_no_article_has_is_said_without_extracts_that_look_like_an_answer(
    asked: Assistant, question: str, said: str
) -> None:
    answer = asked.ask(question)
    assert isinstance(answer, NotFound), answer
    assert answer.text == said
    assert not answer.nearest


def test_days_of_publication_and_a_filter_that_contradict_each_other_are_not_counted(asked: Assistant) -> None:
    answer = asked.ask("how many articles mention the strike in 2022?", Filter(since=date(2026, 1, 1)))
    assert isinstance(answer, Notice)
    assert "No day is both since 2026-01-01 and until 2022-12-31" in answer.text


@pytest.mark.parametrize("question", ["Who won the Lower Hask vote of 6 September 2026?", "Who was jailed in 2026?"])
def test_a_full_date_in_any_other_question_is_no_filter(asked: Assistant, question: str) -> None:
    *_, turn = asked.converse(question)
    assert not turn.where


def test_a_filter_narrows_what_is_counted_and_is_said(asked: Assistant) -> None:
    answer = asked.ask('how many articles mention Petra Holvig? source:"Karsholm Ledger"')
    assert isinstance(answer, Answered), answer
    assert answer.short == "1 article from Karsholm Ledger mentions “Petra Holvig”."
