"""The citation: a span of one version of one article, quoted verbatim; and the passages nearest to a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from indexes import Article, Hit


@dataclass(frozen=True)
class Citation:
    """A verbatim quotation: ``article.text[start:end] == quote``, always. ``sha256`` is the hash of that text.

    Offsets count code points from 0; ``end`` is exclusive. The other fields tell the reader where the article came
    from. Create it only with :func:`cite`.
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
    """Who claims outlet and address, if they are only claimed: see :attr:`Article.source_note`."""

    @property
    def outlet(self) -> str:
        """What is shown as its outlet: ``source_note`` if it is only claimed, else the name."""
        return self.source_note or self.source

    @property
    def page(self) -> str:
        """Path of the article's page, opened at the quotation. It includes the text's hash, as the article may be
        removed and another one added under the same id and version."""
        from urllib.parse import quote

        where = f"version={self.version}&start={self.start}&end={self.end}&sha256={self.sha256[:16]}"
        return f"/articles/{quote(self.article_id, safe='')}?{where}#cited"


def cite(article: Article, start: int, end: int) -> Citation:
    """Quotes ``article.text[start:end]``, in code points.

    Raises:
        ValueError: the span is empty or not within the text.

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
    """A passage near a question: an :class:`indexes.Hit` without the rest of its article. Rank 1 is the nearest.

    ``citation`` quotes the whole passage. ``copies`` are passages with the same content in other articles; they have no
    copies themselves.
    """

    passage_id: str
    rank: int
    score: float
    channels: tuple[str, ...]
    citation: Citation
    copies: tuple[Near, ...] = ()

    @property
    def places(self) -> tuple[Citation, ...]:
        """The citation, followed by those of the copies."""
        return self.citation, *(copy.citation for copy in self.copies)


def near(hit: Hit) -> Near:
    """The hit as it is shown, with its passage quoted."""
    passage = hit.passage
    citation = cite(hit.article, passage.start, passage.end)
    return Near(passage.id, hit.rank, float(hit.score), hit.channels, citation, tuple(map(near, hit.copies)))
