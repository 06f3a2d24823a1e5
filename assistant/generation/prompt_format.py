"""Selects and numbers the sentences a language model is given: as many of the best as fit its context."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

from assistant.answering.evidence import Evidence
from assistant.generation.grounding import Given
from assistant.output.lines import described
from indexes import Hit
from indexes.types.article import Article
from indexes.types.passages import Sentence

MOST = 60
"""The most sentences given: more would bury the answer."""

_MARK = re.compile(r"\[(\d+)\]")


def numbered(
    evidence: Sequence[Evidence], hits: Sequence[Hit], budget: int, count: Callable[[str], int]
) -> list[Given]:
    """The reader's own evidence and the sentences of the hits, best first, up to ``budget`` tokens; article by article,
    in the order of their texts, numbered from 1."""
    chosen = dict[tuple[str, int], tuple[Article, Sentence]]()
    left = budget
    headed = set[str]()
    for article, sentence in _best_first(evidence, hits):
        key = article.id, sentence.start
        if key in chosen or len(chosen) == MOST:
            continue
        cost = count(article.text[sentence.start : sentence.end]) + 6
        cost += 0 if article.id in headed else count(described(article)) + 4
        if cost > left:
            break
        left -= cost
        headed.add(article.id)
        chosen[key] = article, sentence
    order = list(dict.fromkeys(article_id for article_id, _ in chosen))
    kept = sorted(chosen, key=lambda key: (order.index(key[0]), key[1]))
    return [Given(n, *chosen[key]) for n, key in enumerate(kept, start=1)]


def listed(given: Sequence[Given]) -> str:
    """The sentences as the model reads them: numbered, under a line that names their article."""
    lines = list[str]()
    for _, members in groupby(given, key=lambda one: one.article.id):
        group = list(members)
        lines.append(f"From {described(group[0].article) or 'an article'}:")
        lines += [f"[{one.number}] {_unmarked(one.text)}" for one in group]
    return "\n".join(lines)


def _unmarked(text: str) -> str:
    """The text without anything that looks like our own citation marks."""
    return _MARK.sub(r"(\1)", text)


def may_be_sent(article: Article, never: Collection[str]) -> bool:
    """Whether the article may be sent to a model: its outlet, by name or domain, is not among those never sent."""
    unsent = {name.casefold() for name in never}
    return article.source.casefold() not in unsent and article.host.casefold() not in unsent


def _best_first(evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Iterator[tuple[Article, Sentence]]:
    for item in evidence:
        yield item.hit.article, item.sentence
    for hit in hits:
        for sentence in hit.passage.sentences:
            yield hit.article, sentence
