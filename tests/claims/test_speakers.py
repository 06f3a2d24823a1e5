"""Who is taken for a speaker, and who is not, in short articles made to be hard in one way each."""

from __future__ import annotations

import pytest

from assistant.claims.extraction import ClaimReader
from assistant.claims.headlines import is_title_case
from assistant.claims.mentions import Mentions
from assistant.claims.speaker_phrases import may_speak
from indexes.types.article import new_article


def speakers(claim_reader: ClaimReader, text: str, title: str = "") -> list[str]:
    return [claim.speaker for claim in claim_reader.claims(new_article(text, title=title))]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Hours later, Ines Holt praised the crew, telling reporters that nobody was hurt.", "Ines Holt"),
        ("Gov. Ralf Senn (North Coast) said the road would open.", "Ralf Senn"),
        ("Senator Ida Moss visited the lock and says it is safe.", "Ida Moss"),
        ("The closure was first reported by the Quay Chronicle.", "Quay Chronicle"),
        ("The plan was first announced by Mayor Lena Dorr.", "Lena Dorr"),
        ("A tweet quoted Ove Brandt as saying the bridge would hold.", "Ove Brandt"),
        ("The Dock Workers' Union said the talks had failed.", "Dock Workers' Union"),
        ("The Canal and Lock Workers' Federation said it would strike.", "Canal and Lock Workers' Federation"),
        ("The New Almsted Herald reported that the mill had been sold.", "New Almsted Herald"),
        ("''I never sleep,'' Ms. Varga wrote. The novelist Helena Varga lives in Pellby.", "Helena Varga"),
        ("The report concluded that the dam was sound.", "report"),
        ("A spokesman for Tern Rail said the trains would run.", "spokesman for Tern Rail"),
        ("Ana Kolbe: “We will rebuild every house.”", "Ana Kolbe"),
    ],
)
def test_the_speaker_is_found(claim_reader: ClaimReader, text: str, speaker: str) -> None:
    assert speaker in speakers(claim_reader, text)


@pytest.mark.parametrize(
    "text",
    [
        "Holt won the three northern states that vote in June.",
        "Varga is adding a second floor to the mill.",
        "The champion maintains a narrow lead over Moss.",
        "Additional reporting by Piet Vann in Almsted.",
        "Piet Vann contributed reporting.",
        "The self-described poet lives in an alleged castle.",
        "He was said to be in Pellby, and all jokes were told.",
        "Brandt claimed his third victory of the season.",
        "The crew responded by closing the lock.",
        "I said the soup was cold.",
    ],
)
def test_no_one_speaks_where_nothing_is_said(claim_reader: ClaimReader, text: str) -> None:
    assert speakers(claim_reader, text) == []


def test_a_quotation_after_a_colon_is_the_introduced_speakers(claim_reader: ClaimReader) -> None:
    text = (
        "Ines Holt runs the port. She said it was full.\n\nOve Brandt issued this statement:\n\n"
        "“We have seen worse. We will see worse again.”"
    )
    assert speakers(claim_reader, text)[-2:] == ["Ove Brandt", "Ove Brandt"]


def test_a_quotation_far_from_the_last_claim_is_given_to_nobody(claim_reader: ClaimReader) -> None:
    text = (
        "Ines Holt said the port was full.\n\nThe weather was calm.\n\nBoats lay at anchor.\n\n"
        "“Nobody knows what will happen to the boats.”"
    )
    assert speakers(claim_reader, text) == ["Ines Holt"]


def test_a_quotation_with_words_before_it_is_not_the_last_speakers(claim_reader: ClaimReader) -> None:
    text = "Ines Holt said the port was full.\n\nA banner greeted them with “welcome to the harbour, dear guests”."
    assert speakers(claim_reader, text) == ["Ines Holt"]


def test_a_headline_in_title_case_gives_no_names_of_its_own() -> None:
    text = "Angry Mayor Lena Dorr Closes Harbour Tunnel\n\nLena Dorr closed it on Friday. Dorr said so."
    assert [one.name for one in Mentions(text).named] == ["Lena Dorr"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("Mayor Says Harbour Tunnel Will Close", True),
        ("Three Held After Night of Fires in Pellby", True),
        ("Mayor says the harbour tunnel will close", False),
        ("Ana Kolbe and Ove Brandt met", False),
    ],
)
def test_title_case(line: str, answer: bool) -> None:
    assert is_title_case(line) is answer


@pytest.mark.parametrize(
    "phrase",
    ["Ines Holt", "the ad", "two port officials", "police", "people briefed on the talks", "a spokesman for the bank"],
)
def test_a_phrase_that_may_speak(phrase: str) -> None:
    assert may_speak(phrase)


@pytest.mark.parametrize(
    "phrase",
    ["Hours later", "Since taking office", "then", "critical", "rushed them inside", "Holt voted on Friday", "Kolbe’s"],
)
def test_a_phrase_that_cannot_speak(phrase: str) -> None:
    assert not may_speak(phrase)
