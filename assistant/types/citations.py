"""The citation: a span of one version of one article, quoted verbatim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from indexes import Article


@dataclass(frozen=True)
class Citation:
    """``article.text[start:end] == quote``, always; ``sha256`` is that of the text the offsets refer to.

    Made by :func:`cite` alone. The other fields say where the article came from, for the reader.
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
    """Who claims the outlet and address, if they are not verified, as :attr:`Article.source_note`."""

    @property
    def outlet(self) -> str:
        """The outlet as shown to people."""
        return self.source_note or self.source

    @property
    def page(self) -> str:
        """Path of the article page, opened at the quotation. It has the text's hash in it, since another text may later
        have the same id and version."""
        from urllib.parse import quote

        where = f"version={self.version}&start={self.start}&end={self.end}&sha256={self.sha256[:16]}"
        return f"/articles/{quote(self.article_id, safe='')}?{where}#cited"


def cite(article: Article, start: int, end: int) -> Citation:
    """Quotes ``article.text[start:end]``.

    Raises:
        ValueError: the span is empty or not inside the text.
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
