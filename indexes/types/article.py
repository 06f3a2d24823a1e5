"""The article: what a newsroom publishes, with a text that never changes once it is read.

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
    """One version of one article. :func:`new_article` makes it.

    ``text`` is normalised (see :func:`normalise`); every offset in On Record counts its code points.
    ``published`` and ``authors`` are empty where the source does not name them: they are never guessed.
    ``language`` is a code of ISO 639 in lower case; ``version`` counts from 1.

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
    """The file or web address it was read from. It names the article again when a file without URL has changed."""
    fetched_from: str = field(default="", compare=False)
    """The host that served it; empty if it was not fetched."""
    added_by: str = field(default="", compare=False)
    """Who added it (:class:`indexes.ingest.outlets.Sender`)."""
    source_note: str = field(default="", compare=False)
    """Where nobody with the right to say so says that ``source`` and ``url`` are its own: who does, in words."""

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the text's UTF-8 bytes: what a citation vouches for."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Hex digest of all that an article says. Two versions differ if and only if this differs, but that what was
        only said of an outlet is said by somebody with the right."""
        seen = [self.title, self.text, self.url, self.source, self.authors, str(self.published), self.language]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def outlet(self) -> str:
        """What is shown as its outlet: the name, or who says that it is of that name."""
        return self.source_note or self.source

    @property
    def known_source(self) -> str:
        """The outlet, where it is known to be that; so with the host of its address."""
        return "" if self.source_note else self.source

    @property
    def known_host(self) -> str:
        return "" if self.source_note and not self.fetched_from else self.host

    @property
    def label(self) -> str:
        """The title, or the first words of the text where there is none."""
        return self.title or " ".join(self.text[:400].split())[:80] or self.id


def normalise(text: str) -> str:
    """Unicode NFC, ``\\n`` line ends, no byte order mark; NUL and lone surrogates become U+FFFD.

    Done once, when an article is read. Idempotent.
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
    """An article as read, normalised, with its stable id.

    The id is the one the source gives it, else it comes from the canonical URL, else from the content. Never raises:
    what cannot be stored is replaced, and an empty text is refused when the article is added.

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
    """The same link without the parameters that only tell how somebody came by it; else to the letter as it was."""
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
    except ValueError:  # not a URL; it still names the article
        plain = url.strip()
    return re.sub(r"^(https?://)?(www\.)?|/+(?=\?|$)", "", plain.split("#")[0])


def host_of(url: str) -> str:
    """The domain of a URL, without ``www.``; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def id_comes_from_content(article: Article) -> bool:
    """Whether nothing but its content named this article, so that a changed file would look like a new one."""
    return not article.url and article.id == _derived_id("", article.title, article.text)


def _derived_id(url: str, title: str, text: str) -> str:
    named = "url:" + canonical_url(url) if url.strip() else "content:" + title + "\n" + text
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _short(id: str) -> str:
    return id if len(id) <= 128 else hashlib.sha256(id.encode()).hexdigest()[:32]


def _one_line(text: str) -> str:
    return " ".join(normalise(text).split())
