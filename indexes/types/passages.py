"""Sentences of an article, the passages they make up, and the passages found for a question."""

from __future__ import annotations

from dataclasses import dataclass

from indexes.types.article import Article


@dataclass(frozen=True)
class Sentence:
    """The sentence ``article.text[start:end]``, in code points, without surrounding white space."""

    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """Consecutive sentences of one version of one article: ``article.text[start:end]``.

    ``id`` is ``article:version:position``, so the same article always gives the same ids.
    """

    id: str
    article_id: str
    version: int
    position: int
    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def end(self) -> int:
        return self.sentences[-1].end


@dataclass(frozen=True)
class Hit:
    """A passage found for a question. Rank 1 is the best.

    Hits are ranked by ``score``; higher is better (see :func:`indexes.search.scoring.score`). ``channels`` names the
    searches that found it: "dense", "keyword" or both. ``copies`` are passages with the same content in other articles
    of the same story; they have a rank and score of their own, but no copies, and are not listed separately.

    >>> article = new_article("The ferry closed. It was foggy.", id="ferry")
    >>> Hit(Passage("ferry:1:0", "ferry", 1, 0, (Sentence(0, 17),)), article, score=1.0, rank=1, channels=()).text
    'The ferry closed.'
    """

    passage: Passage
    article: Article
    score: float
    rank: int
    channels: tuple[str, ...]
    copies: tuple[Hit, ...] = ()

    @property
    def text(self) -> str:
        return self.article.text[self.passage.start : self.passage.end]

    @property
    def text_with_title(self) -> str:
        """The passage after its article's title, which often names what the passage only refers to."""
        return f"{self.article.title} {self.text}"

    @property
    def sentences(self) -> list[str]:
        return [self.article.text[s.start : s.end] for s in self.passage.sentences]
