"""Suggests questions from the claims in the cited or newest articles: only ones just seen to be answered well."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from assistant.claims.extraction import ClaimReader
from assistant.claims.mentions import Mentions
from assistant.reader.phrases import PARTICLES
from assistant.text.control_characters import without_controls
from assistant.text.wording import on_one_line
from assistant.types.claims import Claim, Stance
from assistant.types.turns import Turn
from indexes import Article, Index

MOST = 3
_CHECKED = 5
"""How many questions are tried at most: trying one costs as much as answering it."""

_ARTICLES = 2
_LEAST_WORDS = 4

_IN_NAMES = PARTICLES | {"of", "the", "for", "and"}

_ASKS = {
    Stance.DENIED: "What did {speaker} deny?",
    Stance.CONFIRMED: "What did {speaker} confirm?",
    Stance.DECLINED: "What did {speaker} decline to say?",
    Stance.REPORTED: "What did {speaker} report?",
    Stance.ASSERTED: "What did {speaker} say?",
}


Check = Callable[[str, Claim], bool]
"""Whether asking the question shows the sentence of the claim."""


def suggestions(index: Index, reader: ClaimReader, turns: Sequence[Turn], check: Check) -> list[str]:
    """Up to three open questions that the last cited articles answer, each about another speaker."""
    if not turns:
        return []
    shown = " ".join(on_one_line(told) for turn in turns for told in turn.told)
    asked = " ".join(turn.searched for turn in turns).casefold()
    cited = dict.fromkeys((citation.article_id, citation.version) for citation in turns[-1].answer.citations)
    articles = [index.store.article(article_id, version) for article_id, version in list(cited)[:_ARTICLES]]
    new = (
        (claim, article)
        for article in articles
        for claim in _speakers_claims(reader, article)
        if on_one_line(claim.citation.quote) not in shown and _last(claim.speaker) not in asked
    )
    return _checked(new, check)


def openings(reader: ClaimReader, articles: Iterable[Article], check: Check) -> list[str]:
    """Up to three opening questions that ``articles`` answer, each about another article and another speaker."""
    first = ((claim, article) for article in articles for claim in islice(_speakers_claims(reader, article), 1))
    return _checked(first, check)


def _checked(claims: Iterable[tuple[Claim, Article]], check: Check) -> list[str]:
    """The questions about the first claims of different speakers that pass the check."""
    tried = dict[str, str]()
    found = list[str]()
    for claim, article in claims:
        if claim.speaker in tried:
            continue
        tried[claim.speaker] = question = _question(claim, article.text)
        if check(question, claim):
            found.append(question)
        if len(found) == MOST or len(tried) == _CHECKED:
            break
    return found


def _speakers_claims(reader: ClaimReader, article: Article) -> Iterator[Claim]:
    """The claims of those whom the article shows to be people or bodies, and who say enough to ask about."""
    named = Mentions(article.text)
    for claim in reader.claims(article):
        who = named.person(claim.speaker)
        speaks = who is not None and (who.is_evidently_a_person or who.is_body) and not who.is_place
        if speaks and _is_name(claim.speaker) and len(claim.what.split()) >= _LEAST_WORDS:
            yield claim


def _is_name(speaker: str) -> bool:
    """Whether it is a name of two words or more and no description: not "grain traders in Almsted"."""
    words = [word for word in re.findall(r"[\w’'.-]+", speaker) if word.casefold() not in _IN_NAMES]
    return len(words) > 1 and all(word[0].isupper() for word in words)


def _question(claim: Claim, text: str) -> str:
    return without_controls(_ASKS[claim.stance].format(speaker=_named(claim, text)))


def _named(claim: Claim, text: str) -> str:
    """The speaker with "the" where the text uses it: "the Harbour Post"."""
    return f"the {claim.speaker}" if re.search(rf"\b[Tt]he {re.escape(claim.speaker)}\b", text) else claim.speaker


def _last(name: str) -> str:
    return name.casefold().split()[-1]
