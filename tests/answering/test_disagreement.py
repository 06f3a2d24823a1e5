"""What some say and others deny: within one story, about the same statement, and each by its own speaker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.answering.disagreement import claims_about, disagreement
from assistant.claims.extraction import ClaimReader
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
