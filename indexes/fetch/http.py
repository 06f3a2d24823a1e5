"""Fetches web pages, documents and feeds from addresses that :class:`FetchPolicy` allows. Does not read their content.

httpcore is used without httpx: it has no cookies, environment proxies or redirects to switch off, and takes a URL in
parts, so that it is never parsed a second time.
"""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urljoin

import httpcore

from indexes.fetch.ssrf import Deadline, FetchPolicy, Pinned, Resolver, system_resolver
from indexes.fetch.urls import WebAddress, check_characters, read_address
from indexes.loaders.documents import MEGABYTE
from indexes.loaders.formats import FEED
from indexes.types.errors import NotFetched

ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/rss+xml": FEED,
    "application/atom+xml": FEED,
    "application/rdf+xml": FEED,
    "application/xml": FEED,
    "text/xml": FEED,
}
"""The media types accepted, and the file ending for each."""
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_PIECE = 65536


@dataclass(frozen=True)
class Tag:
    """Validators from a server's response (ETag and Last-Modified), for a later conditional request."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """A response's body, decompressed. ``url`` is the address after redirects, ``ending`` its kind (ENDINGS)."""

    url: str
    ending: str
    charset: str
    body: bytes
    tag: Tag


@dataclass(frozen=True)
class Fetcher:
    """Fetches from public addresses and those ``policy`` also allows. All limits apply to one whole fetch."""

    policy: FetchPolicy = field(default_factory=FetchPolicy)
    max_bytes: int = 20 * MEGABYTE
    seconds: float = 20
    connect_seconds: float = 5
    resolve: Resolver = system_resolver
    before_each: Callable[[], None] = lambda: None
    """Called before each request; an exception from it ends the fetch."""

    def fetch(self, url: str) -> Fetched:
        """Fetches ``url``.

        Raises:
            NotFetched: it may not, or could not, be fetched.
        """
        found = self.fetch_changed(url, Tag())
        if found is None:
            raise NotFetched(
                url, "the server answered that nothing changed, though it was never fetched before. Try again later"
            )
        return found

    def fetch_changed(self, url: str, known: Tag) -> Fetched | None:
        """Fetches ``url``; None if its server says that it has not changed since ``known``.

        Raises:
            NotFetched: as :meth:`fetch`.
        """
        deadline, here = Deadline(self.seconds), url
        for _ in range(_MOST_REDIRECTS + 1):
            self.before_each()
            try:
                found = self._ask(read_address(here), known, deadline)
            except NotFetched as error:
                raise error if here == url else NotFetched(url, f"it leads to {error}") from None
            if not isinstance(found, str):
                return found
            here = found
        raise NotFetched(url, f"it redirects more than {_MOST_REDIRECTS} times")

    def _ask(self, place: WebAddress, known: Tag, deadline: Deadline) -> Fetched | str | None:
        """Makes one request: the response, the address it redirects to, or None if unchanged."""
        with self._failures_told(place):
            addresses = self.policy.addresses(place, deadline.left(), self.resolve)
            pinned = Pinned(addresses, deadline, self.connect_seconds)
            url = httpcore.URL(
                scheme=place.scheme.encode(), host=place.host.encode(), port=place.port, target=place.target.encode()
            )
            with (
                httpcore.ConnectionPool(ssl_context=self._tls, network_backend=pinned) as pool,
                pool.stream("GET", url, headers=_request_headers(place, known)) as response,
            ):
                return self._taken(place, response, known)

    def _taken(self, place: WebAddress, response: httpcore.Response, known: Tag) -> Fetched | str | None:
        headers = _headers(response)
        if response.status in _REDIRECTS and "location" in headers:
            return _joined(place, headers["location"])
        if response.status == 304 and known != Tag():
            return None
        if response.status != 200:
            raise NotFetched(place.url, _answer(response.status))
        kind, charset = _content_type(headers.get("content-type", ""))
        if kind not in ENDINGS:
            wanted = "a web page, text, Markdown, PDF, Word or a feed"
            raise NotFetched(place.url, f"it says it is {kind or 'nothing in particular'}, not {wanted}")
        body = self._body(place, response, headers)
        tag = Tag(headers.get("etag", ""), headers.get("last-modified", ""))
        return Fetched(place.url, ENDINGS[kind], charset, body, tag)

    def _body(self, place: WebAddress, response: httpcore.Response, headers: Mapping[str, str]) -> bytes:
        body = bytearray()
        for piece in _unpacked(place, response.iter_stream(), headers.get("content-encoding", "").lower()):
            body += piece
            if len(body) > self.max_bytes:
                limit = f"{self.max_bytes / MEGABYTE:g} MB"
                raise NotFetched(place.url, f"it is over the limit of {limit} for one article (setting max_file_mb)")
        return bytes(body)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpcore.default_ssl_context()

    @contextmanager
    def _failures_told(self, place: WebAddress) -> Iterator[None]:
        try:
            yield
        except httpcore.ConnectTimeout:
            raise NotFetched(place.url, "its server did not accept a connection in time. Try again later") from None
        except httpcore.TimeoutException:
            raise NotFetched(place.url, f"it took longer than {self.seconds:g} seconds. Try again later") from None
        except httpcore.NetworkError as error:
            raise NotFetched(place.url, _failure(error)) from None
        except httpcore.ProtocolError:
            raise NotFetched(
                place.url, "its server closed the connection or does not speak HTTP. Try again later"
            ) from None


def _request_headers(place: WebAddress, known: Tag) -> list[tuple[str, str]]:
    headers = [
        ("Host", place.authority),
        ("User-Agent", "OnRecord (adds articles to a newsroom's own archive)"),
        ("Accept", ", ".join(ENDINGS)),
        ("Accept-Encoding", "gzip"),
        ("Connection", "close"),
    ]
    conditions = (("If-None-Match", known.etag), ("If-Modified-Since", known.modified))
    return headers + [(name, value) for name, value in conditions if value]


def _headers(response: httpcore.Response) -> dict[str, str]:
    """Header values by lower-case name; the first one of repeated headers."""
    pairs = [(name.decode("ascii").lower(), value.decode("latin-1")) for name, value in response.headers]
    return dict(reversed(pairs))


def _joined(place: WebAddress, location: str) -> str:
    """The address a redirect names. Checked before joining, which silently drops line ends."""
    try:
        sent = location.encode("latin-1").decode()
        check_characters(sent)
        return urljoin(place.url, sent)
    except (ValueError, NotFetched):
        raise NotFetched(place.url, f"it redirects to {location!r}, which is not an address") from None


def _content_type(header: str) -> tuple[str, str]:
    kind, _, parameters = header.partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", parameters, re.IGNORECASE)
    return kind.strip().lower(), charset[1].lower() if charset else ""


def _answer(status: int) -> str:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    later = " Try again later." if status == 429 or status >= 500 else " Check the address in a browser."
    return f"the server answered {status} {phrase}".rstrip() + "." + later


def _failure(error: Exception) -> str:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection could be made"
    if isinstance(cause, OSError) and cause.strerror:
        return f"no connection: {cause.strerror.lower()}. Try again later"
    return "no connection. Try again later"


def _unpacked(place: WebAddress, pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The decompressed body in pieces of bounded size, however far it expands."""
    if encoding in ("", "identity"):
        yield from pieces
    elif encoding in ("gzip", "x-gzip"):
        try:
            yield from _gunzipped(pieces)
        except (zlib.error, EOFError):
            raise NotFetched(place.url, "it arrived damaged. Try again later") from None
    else:
        raise NotFetched(place.url, f"it is compressed with {encoding[:40]!r}, which was not asked for")


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(wbits=31)
    for piece in pieces:
        full = True
        while piece or full:
            out = unpacking.decompress(piece, _PIECE)
            yield out
            piece, full = unpacking.unconsumed_tail, len(out) == _PIECE
            if unpacking.eof:
                return
    if not unpacking.eof:
        raise EOFError
