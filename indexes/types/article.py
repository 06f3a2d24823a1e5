"""The article: what a newsroom publishes. Its text never changes once it has been read.

Knows nothing of files, sentences or storage.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from urllib.parse import urlsplit

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Article:
    """One version of one article. Create it with :func:`new_article`.

    ``text`` is normalised (see :func:`normalise`); all offsets in On Record count its code points.
    ``published`` and ``authors`` are empty if the source does not state them: they are never guessed.
    ``language`` is an ISO 639 code in lower case; ``version`` counts from 1.

    >>> article = new_article("The ferry will close on Friday.", title="Ferry", url="https://www.paper.example/ferry")
    >>> article.label, article.version, article.host
    ('Ferry', 1, 'paper.example')
    """

    id: str
    text: str
    title: str = ""
    url: str = ""
    source: str = ""
    authors: tuple[str, ...] = ()
    published: date | None = None
    language: str = "en"
    version: int = 1
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    origin: str = field(default="", compare=False)
    """The file or web address it was read from. It identifies an article without id or URL whose file has changed."""
    fetched_from: str = field(default="", compare=False)
    """The host that served it; empty if it was not fetched."""
    added_by: str = field(default="", compare=False)
    """Who added it (:class:`indexes.ingest.outlets.Sender`)."""
    source_note: str = field(default="", compare=False)
    """Who claims ``source`` and ``url``, in words, if nobody with the right to do so has stated them; else empty."""

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the text's UTF-8 bytes. Citations carry it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Hex digest of the article's text and metadata. A new version is stored only if it differs, or if an outlet
        that was only claimed is now stated by someone with the right to do so."""
        seen = [self.title, self.text, self.url, self.source, self.authors, str(self.published), self.language]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def outlet(self) -> str:
        """What is shown as its outlet: the name or, if it is only claimed, ``source_note``."""
        return self.source_note or self.source

    @property
    def known_source(self) -> str:
        """The outlet, if it is not just a claim; else empty."""
        return "" if self.source_note else self.source

    @property
    def known_host(self) -> str:
        """The host of its address, if the address is not just a claim or was fetched; else empty."""
        return "" if self.source_note and not self.fetched_from else self.host

    @property
    def label(self) -> str:
        """The title or, if there is none, the first words of the text."""
        return self.title or " ".join(self.text[:400].split())[:80] or self.id


def normalise(text: str) -> str:
    """Converts to Unicode NFC and ``\\n`` line ends, without byte order mark; NUL and lone surrogates become U+FFFD.

    Applied once, when an article is read. Idempotent.
    """
    text = _LINE_ENDS.sub("\n", text.lstrip("\ufeff"))
    return unicodedata.normalize("NFC", _UNSTORABLE.sub("\ufffd", text))


def new_article(
    text: str,
    *,
    id: str = "",
    title: str = "",
    url: str = "",
    source: str = "",
    authors: tuple[str, ...] = (),
    published: date | None = None,
    language: str = "",
    origin: str = "",
) -> Article:
    """Creates an article with a normalised text and a stable id.

    The id is the one given; otherwise it is derived from the canonical URL or, without a URL, from title and text.
    Never raises: characters that cannot be stored are replaced, and an empty text is refused only by :meth:`Index.add`.

    >>> new_article("The quay\\r\\nwas closed.", id="quay").text
    'The quay\\nwas closed.'
    """
    text, title = normalise(text), _one_line(title)
    return Article(
        id=_short(_one_line(id)) or _derived_id(url, title, text),
        text=text,
        title=title,
        url=untracked(_one_line(url)),
        source=_one_line(source),
        authors=tuple(name for name in map(_one_line, authors) if name),
        published=published,
        language=_one_line(language).lower() or "en",
        origin=origin,
    )


def untracked(url: str) -> str:
    """The link without tracking parameters, otherwise unchanged."""
    link, mark, fragment = url.partition("#")
    page, asks, query = link.partition("?")
    if not asks:
        return url
    from courlan.clean import clean_query

    given = query.split("&")
    kept = [one for one in given if not one.partition("=")[2] or clean_query(one)]
    return url if kept == given else page + ("?" if kept else "") + "&".join(kept) + mark + fragment


def canonical_url(url: str) -> str:
    """The URL without scheme, ``www.``, tracking parameters, fragment or trailing slash: an identity, not a link."""
    from courlan import normalize_url

    try:
        plain = str(normalize_url(url.strip(), strict=False))
    except ValueError:  # not a URL, but it still identifies the article
        plain = url.strip()
    return re.sub(r"^(https?://)?(www\.)?|/+(?=\?|$)", "", plain.split("#")[0])


def host_of(url: str) -> str:
    """The host name of a URL, without ``www.``; empty if there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def id_comes_from_content(article: Article) -> bool:
    """Whether the article's id was derived from its content, so that a changed file would look like a new article."""
    return not article.url and article.id == _derived_id("", article.title, article.text)


def _derived_id(url: str, title: str, text: str) -> str:
    named = "url:" + canonical_url(url) if url.strip() else "content:" + title + "\n" + text
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _short(id: str) -> str:
    return id if len(id) <= 128 else hashlib.sha256(id.encode()).hexdigest()[:32]


def _one_line(text: str) -> str:
    return " ".join(normalise(text).split())
