"""Who said what, in sentences made to be hard in one way each."""

from __future__ import annotations

import pytest

from assistant.answering.disagreement import claims_about, disagreement
from assistant.claims.extraction import ClaimReader
from assistant.claims.quotations import quotations
from indexes import Article, Index
from indexes.types.article import new_article

TEXT = """The minister and the bridge

Transport Minister Ana Kolbe denied on Monday that the Senna bridge was unsafe, calling the report "pure invention".

"There is no crack," she told reporters. "There has never been one."

The Quay Chronicle reported on Sunday that inspectors had found three cracks, citing two people close to it.

{extra}
"""


def said(claim_reader: ClaimReader, extra: str) -> list[tuple[str, str]]:
    """Speaker and stance of every claim in the last paragraph."""
    article = new_article(TEXT.format(extra=extra), title="The minister and the bridge")
    at = article.text.index(extra)
    return [(c.speaker, c.stance.value) for c in claim_reader.claims(article) if c.citation.start >= at]


@pytest.mark.parametrize(
    ("sentence", "speaker", "stance"),
    [
        ("She said the bridge would stay open.", "Ana Kolbe", "asserted"),
        ("The minister declined to say who had checked it.", "Ana Kolbe", "declined to comment"),
        ("Kolbe admitted that no one had looked since 2019.", "Ana Kolbe", "confirmed"),
        ("The newspaper said it stood by its report.", "Quay Chronicle", "confirmed"),
        ("“I would not drive over it,” said Ove Brandt, an engineer.", "Ove Brandt", "asserted"),
        ("According to the Chronicle, the ministry had known for a year.", "Quay Chronicle", "reported"),
        ("Grain traders in Almsted said they had heard nothing.", "Grain traders in Almsted", "asserted"),
        ("The harbour master, Ines Torvald, 51, would not comment.", "Ines Torvald", "declined to comment"),
        ("Ove Brandt, who built it, dismissed the report as false.", "Ove Brandt", "denied"),
        ("“Inspectors had looked twice,” the report said.", "Quay Chronicle", "reported"),
        ("The Foreign Ministry said it had not been told.", "Foreign Ministry", "denied"),
        ("The report was false, a spokesman for the ministry said.", "spokesman for the ministry", "denied"),
    ],
)
def test_the_speaker_and_the_stance_are_found(
    claim_reader: ClaimReader, sentence: str, speaker: str, stance: str
) -> None:
    assert (speaker, stance) in said(claim_reader, sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The storm claimed 41 lives.",
        "A court denied bail to two welders in May.",
        "Residents called the police at dawn.",
        "There have been nine confirmed cases of rust.",
        "The bridge was closed for an hour.",
    ],
)
def test_a_sentence_in_which_no_one_speaks_claims_nothing(claim_reader: ClaimReader, sentence: str) -> None:
    assert said(claim_reader, sentence) == []


def test_a_quotation_that_runs_on_belongs_to_who_is_quoted(claim_reader: ClaimReader) -> None:
    article = new_article(TEXT.format(extra="It rained."), title="The minister and the bridge")
    claims = {claim.citation.quote: claim for claim in claim_reader.claims(article)}
    assert claims['"There has never been one."'].speaker == "Ana Kolbe"


def test_every_claim_is_cited_to_the_letter(claim_reader: ClaimReader, samples: Index) -> None:
    for article_id in samples.store.article_ids():
        article = samples.store.article(article_id)
        for claim in claim_reader.claims(article):
            assert article.text[claim.citation.start : claim.citation.end] == claim.citation.quote
            assert claim.what in claim.citation.quote
            assert claim.speaker.strip()


def test_claims_of_a_part_are_those_of_the_whole_that_stand_there(claim_reader: ClaimReader, article: Article) -> None:
    whole = claim_reader.claims(article)
    for claim in whole:
        assert claim in claim_reader.claims(article, claim.citation.start, claim.citation.end)


def test_what_some_say_and_others_deny_stands_side_by_side(claim_reader: ClaimReader, samples: Index) -> None:
    question = "Did Oskeld and Corvane talk on the phone?"
    found = disagreement(samples, claims_about(samples, claim_reader, question, samples.search(question, 10)))
    assert found is not None
    assert "two people familiar with the matter" in {voice.claim.speaker for voice in found.said}
    assert "Tomas Verrin" in {voice.claim.speaker for voice in found.denied}


def test_where_no_one_denies_the_articles_do_not_disagree(claim_reader: ClaimReader, samples: Index) -> None:
    question = "Who won the Karsholm Masters?"
    assert disagreement(samples, claims_about(samples, claim_reader, question, samples.search(question, 10))) is None


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("He said “no” and “never”.", ["no", "never"]),
        ('A 12" pipe, she said, "is enough".', ["is enough"]),
        ("‘It isn’t over,’ he said. ‘The drivers’ union knows.’", ["It isn’t over,", "The drivers’ union knows."]),
        ("The workers' union and the drivers' union met.", []),
        ('"It goes on\n\nand ends," he said.', ["It goes on"]),
    ],
)
def test_quotations(text: str, quoted: list[str]) -> None:
    assert [text[q.start : q.end] for q in quotations(text)] == quoted
