"""Suggests questions that the cited or newest articles can answer, from the claims in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.claims.extraction import ClaimReader
from assistant.text.control_characters import without_controls
from assistant.text.wording import on_one_line
from assistant.types.claims import Claim, Stance
from assistant.types.turns import Turn
from indexes import Article, Index

MOST = 3
_ARTICLES = 2
_LEAST_WORDS = 4
_BEGINNING = 6

_ASKS = {
    Stance.DENIED: "What did {speaker} deny?",
    Stance.CONFIRMED: "What did {speaker} confirm?",
    Stance.DECLINED: "What did {speaker} decline to say?",
    Stance.REPORTED: "What did {speaker} report?",
    Stance.ASSERTED: "What did {speaker} say?",
}


def suggestions(index: Index, reader: ClaimReader, turns: Sequence[Turn]) -> list[str]:
    """Up to three open questions that the last cited articles answer, each about another speaker."""
    if not turns:
        return []
    shown = " ".join(on_one_line(told) for turn in turns for told in turn.told)
    asked = " ".join(turn.searched for turn in turns).casefold()
    found = dict[str, str]()
    cited = dict.fromkeys((citation.article_id, citation.version) for citation in turns[-1].answer.citations)
    for article_id, version in list(cited)[:_ARTICLES]:
        article = index.store.article(article_id, version)
        for claim in reader.claims(article):
            new = on_one_line(claim.citation.quote) not in shown
            if new and _can_be_asked(claim) and _last(claim.speaker) not in asked:
                found.setdefault(claim.speaker, _question(claim, article.text))
    return list(found.values())[:MOST]


def openings(reader: ClaimReader, articles: Iterable[Article]) -> list[str]:
    """Up to three opening questions that ``articles`` answer, each about another article and another speaker."""
    found = dict[str, str]()
    for article in articles:
        asked = {
            claim.speaker: _question(claim, article.text)
            for claim in reader.claims(article)[:_BEGINNING]
            if _can_be_asked(claim)
        }
        new = next((speaker for speaker in asked if speaker not in found), None)
        if new is not None:
            found[new] = asked[new]
        if len(found) == MOST:
            break
    return list(found.values())


def _can_be_asked(claim: Claim) -> bool:
    """Whether the speaker has a name of two words or more and says enough to ask about."""
    return len(re.findall(r"\b[A-ZÀ-Þ]", claim.speaker)) > 1 and len(claim.what.split()) >= _LEAST_WORDS


def _question(claim: Claim, text: str) -> str:
    return without_controls(_ASKS[claim.stance].format(speaker=_named(claim, text)))


def _named(claim: Claim, text: str) -> str:
    """The speaker with "the" where the text uses it: "the Harbour Post"."""
    return f"the {claim.speaker}" if re.search(rf"\b[Tt]he {re.escape(claim.speaker)}\b", text) else claim.speaker


def _last(name: str) -> str:
    return name.casefold().split()[-1]
