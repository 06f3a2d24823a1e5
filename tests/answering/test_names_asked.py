"""Names that no article has are told from those that some have; slips are taken for what they mean."""

from __future__ import annotations

import pytest

from assistant.answering.names_asked import NamesAsked, names_asked, said_of
from assistant.conversation.spelling import corrected, corrections
from indexes import Index
from indexes.types.article import new_article

ARTICLES = (
    "Spokesman Tomas Verrin denied the call between Oskeld and Corvane.",
    "The museum in Port Lasko offers a reward for its three astrolabes, director Cosima Vell said.",
    "Rhea Stennard won the record jump in Quenby.",
)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index(tmp_path_factory.mktemp("names"))
    list(index.add(new_article(text, id=str(n)) for n, text in enumerate(ARTICLES)))
    return index


@pytest.mark.parametrize(
    ("question", "nowhere", "known"),
    [
        ("What is the capital of Mongolia?", ("Mongolia",), ()),
        ("What did Verrin say about Mongolia?", ("Mongolia",), ("Verrin",)),
        ("Who is Tomas Kallworth?", ("Tomas Kallworth",), ()),
        ("What did Verrin deny in 2019?", ("2019",), ("Verrin",)),
        ("Who denied the call?", (), ()),
        ("Is Oskeld's museum open?", (), ("Oskeld",)),
    ],
)
def test_a_name_or_year_that_no_article_has_is_nowhere(
    newsroom: Index, question: str, nowhere: tuple[str, ...], known: tuple[str, ...]
) -> None:
    found = names_asked(newsroom, question)
    assert (found.nowhere, found.known) == (nowhere, known)


def test_a_headline_written_all_in_capitals_names_nobody(newsroom: Index) -> None:
    assert names_asked(newsroom, "Who Purchased The Ferry Yesterday") == NamesAsked()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (NamesAsked(("Mongolia",)), "No article mentions Mongolia."),
        (
            NamesAsked(("Mongolia",), ("Verrin", "Oskeld")),
            "No article mentions Mongolia. Articles mention Verrin and Oskeld.",
        ),
        (NamesAsked((), (), ("holvig",)), "No article mentions “holvig”."),
        (NamesAsked((), ("Doorne",)), "Articles mention Doorne, but I found no sentence that answers this."),
        (NamesAsked(), "I found no sentence that answers this."),
    ],
)
def test_what_was_not_found_is_never_more_than_is_known(names: NamesAsked, said: str) -> None:
    assert said_of(names) == said


def test_an_article_is_on_a_name_if_it_has_a_form_of_it(newsroom: Index) -> None:
    names = NamesAsked((), ("Port Lasko", "Vell"))
    shares = [names.share_in(newsroom.store.article(str(n))) for n in range(3)]
    assert shares == [0.0, 1.0, 0.0]
    assert NamesAsked((), ("EU",)).share_in(newsroom.store.article("0")) == 1.0


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("who is verin", "who is Verrin"),
        ("what did Stenard win", "what did Stennard win"),
        ("what's Stenard's record", "what's Stennard's record"),
        ("how many astrolabs has the musem", "how many astrolabs has the museum"),
        ("what is the reword of the museum", "what is the reward of the museum"),
        ("what did corvanne say", "what did Corvane say"),
    ],
)
def test_a_slip_is_taken_for_the_word_that_articles_have(newsroom: Index, question: str, meant: str) -> None:
    assert corrected(question, corrections(newsroom, question)) == meant


@pytest.mark.parametrize(
    "question", ["Who purchased the call?", "What is the capital of Mongolia?", "asdfgh", "who is EZ"]
)
def test_a_word_of_the_language_or_near_none_is_no_slip(newsroom: Index, question: str) -> None:
    assert corrections(newsroom, question) == {}
