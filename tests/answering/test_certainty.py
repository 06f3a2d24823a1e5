"""Right, or plainly unsure: what is shown as words, what as a sentence, and what is said where nothing was found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from assistant.assistant import Assistant
from assistant.types.answers import Answered, NotFound, Talk
from assistant.types.turns import Turn
from indexes import Index
from indexes.types.article import new_article

pytestmark = pytest.mark.slow

KREVEN = (
    "Oskar Brandl, the mayor of Kreven, denied on Friday that he had telephoned the owner of the brewery.\n\n"
    "The Kreven Courier had reported that Brandl called the brewery's owner, Lisel Tamm, on Tuesday and asked for a "
    "donation to his campaign. Brandl said there had been no such call.\n\n"
    "Tamm said that she would hand her telephone to the town's auditor."
)


@pytest.fixture(scope="module")
def asked(samples: Index) -> Assistant:
    assistant = Assistant(samples)
    assistant.today = lambda: date(2026, 11, 24)
    assistant.warm_up()
    return assistant


@pytest.fixture(scope="module")
def two_stories(tmp_path_factory: pytest.TempPathFactory, samples: Index) -> Iterator[Assistant]:
    """The sample articles on one denied call, and an article on another one."""
    with Index(tmp_path_factory.mktemp("stories")) as index:
        call = [samples.store.article(one) for one in samples.find("samples/call-1-report.html")[:1]]
        ids = [one for one in samples.store.article_ids(limit=200) if "call" in samples.store.article(one).origin]
        articles = [samples.store.article(one) for one in ids] or call
        list(index.add([*articles, new_article(KREVEN, id="kreven", title="Mayor of Kreven denies calling brewery")]))
        yield Assistant(index)


def ask(assistant: Assistant, *questions: str) -> Turn:
    """The last turn of a conversation."""
    turns: list[Turn] = []
    for question in questions:
        *_, turn = assistant.converse(question, turns=turns)
        turns.append(turn)
    return turns[-1]


def told(turn: Turn) -> str:
    assert isinstance(turn.answer, Answered), turn.answer
    return " ".join(turn.answer.told)


@pytest.mark.parametrize(
    ("earlier", "question", "words"),
    [
        ("who denied the call?", "who is petra holvig", "president Petra Holvig"),
        ("who is petra holvig", "where were the stolen astrolabes found?", "barn near Sallow Bridge"),
        ("Who won the Karsholm Masters?", "what brought down the tillpath network", "expired security certificate"),
        ("How many people were killed by Storm Odalys?", "who won the tour of the sandre", "Brannoch"),
    ],
)
def test_a_question_about_something_else_is_not_mixed_with_the_last(
    asked: Assistant, earlier: str, question: str, words: str
) -> None:
    turn = ask(asked, earlier, question)
    assert turn.searched == question
    assert words in told(turn)


def test_and_somebody_else_asks_the_last_question_again(asked: Assistant) -> None:
    turn = ask(asked, "who is petra holvig", "and Nadia Rell?")
    assert turn.searched == "who is Nadia Rell?"
    assert "spokeswoman Nadia Rell" in told(turn)


@pytest.mark.parametrize(
    "question",
    [
        "why did the payment network go down?",
        "how did the thieves get in?",
        "How effective is the vaccine?",
        "What did Stennard say?",
        "Did the call take place?",
    ],
)
def test_a_reason_a_manner_a_degree_or_a_statement_is_shown_as_sentences(asked: Assistant, question: str) -> None:
    answer = ask(asked, question).answer
    assert isinstance(answer, Answered)
    assert (answer.short, answer.certainty) == (None, "sentence")


def test_a_reason_is_told_from_another_article_of_the_story(asked: Assistant) -> None:
    assert "expired security certificate" in told(ask(asked, "why did the payment network go down?"))


def test_sure_of_the_words_they_stand_in_the_first_sentence(asked: Assistant) -> None:
    answer = ask(asked, "Who denied the call?").answer
    assert isinstance(answer, Answered)
    assert (answer.short, answer.certainty) == ("Tomas Verrin", "words")
    assert "Tomas Verrin" in answer.sentences[0].text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is the capital of Mongolia?", "No article mentions Mongolia."),
        ("What did Verrin say about Iceland?", "No article mentions Iceland. Articles mention Verrin."),
        ("Who won the election of 1987?", "No article mentions 1987."),
        (
            "When was Doorne released from prison?",
            "Articles mention Doorne, but I found no sentence that answers this.",
        ),
        (
            "How much does a haircut cost in Almsted?",
            "No article mentions “haircut”. Articles mention Almsted.",
        ),
    ],
)
def test_what_is_not_there_is_told_as_far_as_it_is_known(asked: Assistant, question: str, said: str) -> None:
    answer = ask(asked, question).answer
    assert isinstance(answer, NotFound), answer
    assert answer.text == said
    assert answer.nearest


@pytest.mark.parametrize(
    ("question", "meant", "words"),
    [
        ("who is verin", "who is Verrin", "Verrin"),
        ("what did Stenard say", "what did Stennard say", "Stennard"),
        ("where were the astrolabs from the musem found", "where were the astrolabs from the museum found", "barn"),
    ],
)
def test_a_misspelt_name_is_searched_as_what_it_means_and_it_is_said(
    asked: Assistant, question: str, meant: str, words: str
) -> None:
    turn = ask(asked, question)
    assert turn.searched == meant
    assert turn.remarks[0].startswith("Showing results for “")
    assert words in told(turn)


def test_two_questions_in_one_each_get_their_own_answer(asked: Assistant) -> None:
    answer = ask(asked, "Who won the Karsholm Masters, and how old is he?").answer
    assert isinstance(answer, Answered)
    (first, winner), (second, age) = answer.by_part
    assert first is not None
    assert second is not None
    assert (first.question, first.short) == ("Who won the Karsholm Masters?", "Dev Marchant")
    assert second.question == "how old is Dev Marchant?"
    assert "Marchant" in winner[0].text
    assert "17" in age[0].text


@pytest.mark.parametrize("said", ["hello", "thanks, that helps", "what can you do?", "👍", "asdfgh"])
def test_talk_gets_a_line_and_questions_that_this_archive_answers(asked: Assistant, said: str) -> None:
    answer = ask(asked, said).answer
    assert isinstance(answer, Talk)
    assert answer.text.strip()
    assert 0 < len(answer.starters) <= 3
    assert not answer.citations


def test_a_question_that_is_suggested_is_answered_with_the_words_of_whom_it_names(asked: Assistant) -> None:
    for question in asked.openings():
        answer = ask(asked, question).answer
        assert isinstance(answer, Answered), question


def test_after_thanks_a_pronoun_means_whom_it_meant_before(asked: Assistant) -> None:
    turn = ask(asked, "Who denied the call?", "thanks", "what did he say?")
    assert turn.searched == "what did Tomas Verrin say?"


@pytest.mark.parametrize(
    "question", ["who denied the call?", "who said there was no call?", "who called the brewery's owner?"]
)
def test_two_stories_are_not_merged_under_one_answer(two_stories: Assistant, question: str) -> None:
    answer = ask(two_stories, question).answer
    assert isinstance(answer, Answered)
    stories = {citation.article_id == "kreven" for citation in answer.citations}
    assert len(stories) == 1
    if answer.disagreement:
        voices = (*answer.disagreement.said, *answer.disagreement.denied)
        assert len({voice.claim.citation.article_id == "kreven" for voice in voices}) == 1


def test_a_filter_that_is_on_is_said(asked: Assistant) -> None:
    turn = ask(asked, "Who denied the call? until:2026-06")
    assert "Only articles until 30 June 2026." in turn.remarks
    nothing = ask(asked, "Who is Rhea Donnick? until:2020")
    assert "2020" in str(getattr(nothing.answer, "text", ""))


def test_what_happened_in_days_without_articles_is_not_answered_from_others(asked: Assistant) -> None:
    answer = ask(asked, "what happened yesterday?").answer
    assert not isinstance(answer, Answered)


def test_several_names_are_told_in_sentences_where_no_few_words_hold_them(asked: Assistant) -> None:
    assert "astrolabes" in told(ask(asked, "what items were stolen from the museum"))


def test_several_names_are_not_told_of_another_matter_than_the_one_asked_about(asked: Assistant) -> None:
    assert isinstance(ask(asked, "which villages lost power in the storm").answer, NotFound)


@pytest.mark.parametrize(
    "question", ["who says that it's over for the dunmarrow rowers?", "which clubs dont row any more, whats said?"]
)
def test_a_contraction_is_no_name_that_articles_must_have(asked: Assistant, question: str) -> None:
    answer = ask(asked, question).answer
    assert not isinstance(answer, NotFound) or not answer.text.startswith("No article mentions")
