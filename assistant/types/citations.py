"""The citation: a stretch of one version of one article, quoted to the letter; and the passage near a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from indexes import Article, Hit


@dataclass(frozen=True)
class Citation:
    """``article.text[start:end] == quote``, always; ``sha256`` is that of the text the offsets count in.

    Made by :func:`cite` alone. The other fields say where the article came from, for the reader. Offsets count code
    points from 0; ``end`` is not included.
    """

    article_id: str
    version: int
    sha256: str
    start: int
    end: int
    quote: str
    title: str
    source: str
    published: date | None
    url: str
    authors: tuple[str, ...] = ()
    source_note: str = ""
    """Where the outlet and the address are only what somebody says: who does, as :attr:`Article.source_note`."""

    @property
    def outlet(self) -> str:
        """What is shown as its outlet."""
        return self.source_note or self.source

    @property
    def page(self) -> str:
        """Path of the article in our own pages, opened at the quotation. It names the text, which may be removed, and
        another put under the same id and version."""
        from urllib.parse import quote

        where = f"version={self.version}&start={self.start}&end={self.end}&sha256={self.sha256[:16]}"
        return f"/articles/{quote(self.article_id, safe='')}?{where}#cited"


def cite(article: Article, start: int, end: int) -> Citation:
    """Quotes ``article.text[start:end]``.

    Raises:
        ValueError: the span is empty or not inside the text.

    >>> cite(new_article("The ferry will close on Friday.", id="ferry"), 4, 9).quote
    'ferry'
    """
    if not 0 <= start < end <= len(article.text):
        raise ValueError(f"no text from {start} to {end} in article {article.id} of {len(article.text)} characters")
    return Citation(
        article.id,
        article.version,
        article.sha256,
        start,
        end,
        article.text[start:end],
        article.label,
        article.source,
        article.published,
        article.url,
        article.authors,
        article.source_note,
    )


@dataclass(frozen=True)
class Near:
    """A passage near a question, as :class:`indexes.Hit` but without the rest of its article; rank 1 is the nearest.

    ``citation`` quotes the whole passage. ``copies`` say the same in other articles, and have no copies themselves.
    """

    passage_id: str
    rank: int
    score: float
    channels: tuple[str, ...]
    citation: Citation
    copies: tuple[Near, ...] = ()

    @property
    def places(self) -> tuple[Citation, ...]:
        """Where it stands, and where its copies do."""
        return self.citation, *(copy.citation for copy in self.copies)


def near(hit: Hit) -> Near:
    """What is shown of a hit."""
    passage = hit.passage
    citation = cite(hit.article, passage.start, passage.end)
    return Near(passage.id, hit.rank, float(hit.score), hit.channels, citation, tuple(map(near, hit.copies)))
