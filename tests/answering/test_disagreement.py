"""What some say and others deny: within one story, about the same statement, and each by its own speaker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.answering.disagreement import claims_about, disagreement, disagreement_on
from assistant.assistant import Assistant
from assistant.claims.extraction import ClaimReader
from assistant.types.answers import Answered, CitedSentence
from assistant.types.citations import cite
from assistant.types.claims import Disagreement, Stance, Voice
from indexes import Index
from indexes.types.article import new_article

PAYMENT = (
    "The Almsted Ledger reported on Monday that Mayor Lena Dorr had received a secret payment from Tern Works.\n\n"
    "Two people close to the company said the secret payment to Mayor Dorr was made in May."
)
DENIED = (
    "Mayor Lena Dorr denied that she had received a secret payment from Tern Works.\n\n"
    "A spokesperson for Tern Works said the Ledger's claims of a secret payment to Mayor Lena Dorr were wrong.\n\n"
    "The Harbour Ministry said it had not been informed of a payment to Mayor Dorr."
)
OTHER_STORY = (
    "Skipper Ove Brandt denied that he had received a secret payment from the Pellby Rowing Club.\n\n"
    "Coach Ida Moss called the report of a payment to Brandt false."
)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index(tmp_path_factory.mktemp("disagreement")) as index:
        texts = {"Secret payment to mayor": PAYMENT, "Mayor denies payment": DENIED, "Rower denies pay": OTHER_STORY}
        list(index.add(new_article(t, title=title, published=date(2026, 3, 2)) for title, t in texts.items()))
        yield index


@pytest.fixture(scope="module")
def voices(newsroom: Index, claim_reader: ClaimReader) -> list[Voice]:
    question = "Did Mayor Dorr receive a secret payment from Tern Works?"
    return claims_about(newsroom, claim_reader, question, newsroom.search(question, 10))


@pytest.fixture(scope="module")
def found(newsroom: Index, voices: list[Voice]) -> Disagreement:
    both = disagreement(newsroom, voices)
    assert both is not None
    return both


def by(voices: tuple[Voice, ...] | list[Voice]) -> set[str]:
    return {voice.claim.speaker for voice in voices}


def test_those_who_state_it_and_those_who_deny_it_stand_on_two_sides(found: Disagreement) -> None:
    assert "Almsted Ledger" in by(found.said)
    assert "Lena Dorr" in by(found.denied)
    assert not by(found.said) & by(found.denied)


def test_a_denial_of_another_story_is_not_set_against_it(found: Disagreement) -> None:
    assert not {"Ove Brandt", "Ida Moss"} & by((*found.said, *found.denied))


def test_not_to_have_been_informed_of_a_thing_does_not_deny_the_thing(found: Disagreement, voices: list[Voice]) -> None:
    assert "Harbour Ministry" in by(voices)
    assert "Harbour Ministry" not in by((*found.said, *found.denied))


def test_a_spokesperson_speaks_for_their_own_side(found: Disagreement) -> None:
    assert "spokesperson for Tern Works" in by(found.denied)


def test_a_claim_of_the_same_matter_bears_on_a_question_that_another_answers(
    claim_reader: ClaimReader, tmp_path: Path
) -> None:
    text = (
        "The duke's office has denied reports of a phone call between Duke Aron Vell and Premier Ida Moss.\n\n"
        "The Vellmark Foreign Ministry said that reports that it was informed of a conversation between Duke Vell and "
        "Premier Moss, as the Almsted Ledger had written in its Sunday edition, are false."
    )
    with Index(tmp_path) as index:
        list(index.add([new_article(text, title="Duke denies phone call")]))
        voices = claims_about(index, claim_reader, "the phone call", index.search("the phone call", 10))
    assert [voice.claim.stance for voice in voices] == [Stance.DENIED, Stance.DENIED]
    assert "Foreign Ministry" in voices[1].claim.speaker


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("The ministry denied that it was informed of the call.", "ministry"),
        ("Ana Kolbe, who leads the port agency, said it had not been informed.", "Ana Kolbe"),
        ("“We were never told of the leak,” said Piet Vann.", "Piet Vann"),
        ("The council said it was unaware of the plan.", "council"),
        ("A spokesperson for Harrow Foods said the union's claims were wrong.", "spokesperson for Harrow Foods"),
        ("A spokeswoman for Tern Rail, Ida Moss, said the inspectors' report was inaccurate.", "Ida Moss"),
    ],
)
def test_it_is_a_denial_and_nobody_confirms(claim_reader: ClaimReader, sentence: str, speaker: str) -> None:
    claims = claim_reader.claims(new_article(sentence))
    assert [(claim.speaker, claim.stance) for claim in claims] == [(speaker, Stance.DENIED)]


def ask(samples: Index, question: str) -> Answered:
    assistant = Assistant(samples)
    assistant.today = lambda: date(2026, 11, 24)
    answer = assistant.ask(question)
    assert isinstance(answer, Answered), answer
    return answer


@pytest.mark.parametrize(
    ("question", "begins", "later"),
    [
        ("How many workers joined the canal strike?", "4,200 (", "or 2,600 (Karsholm Ledger)."),
        ("How many people died in storm Odalys?", "Earlier: at least nine", "later: 14."),
        ("how many people died in the storm?", "Earlier: at least nine", "later: 14."),
        ("How many volunteers took part in the river fever trial?", "12,400 (", "or 14,200 (Meridian Courier)."),
    ],
)
def test_different_numbers_in_articles_of_one_story_are_told(
    samples: Index, question: str, begins: str, later: str
) -> None:
    answer = ask(samples, question)
    assert answer.disagreement is not None
    (numbers,) = answer.disagreement.numbers
    assert numbers.words.startswith(begins)
    assert numbers.words.endswith(later)
    assert not answer.disagreement.sides


def test_a_toll_that_rose_is_answered_with_the_newest_article_first(samples: Index) -> None:
    answer = ask(samples, "How many people died in storm Odalys?")
    assert "rose to 14" in answer.sentences[0].text
    assert answer.short in (None, "14")


@pytest.mark.parametrize(
    "question", ["Who denied the call?", "How did the canal strike end?", "How many locks were shut?"]
)
def test_numbers_of_which_the_answer_gives_none_are_not_told(samples: Index, question: str) -> None:
    disagreement = ask(samples, question).disagreement
    assert disagreement is None or not disagreement.numbers


def test_no_claim_is_read_where_only_numbers_differ(samples: Index) -> None:
    def claims() -> ClaimReader:
        raise AssertionError("nothing here is denied")

    hits = samples.search("How many people died in storm Odalys?", 10)
    early = [hit for hit in hits if "At least nine people were killed" in hit.text]
    late = [hit for hit in hits if "rose to 14" in hit.text]
    article, passage = early[0].article, early[0].passage
    cited = next(cite(article, s.start, s.end) for s in passage.sentences if "nine" in article.text[s.start : s.end])
    answer = Answered("?", (CitedSentence(cited.quote, (cited,)),))
    found = disagreement_on(samples, claims, answer, "?", [early[0], late[0]])
    assert found is not None
    assert [one.words for one in found.numbers] == ["Earlier: at least nine; later: 14."]
