"""Parses web addresses strictly: anything that two programs could parse differently is refused."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from indexes.types.errors import NotFetched

PORTS = {"http": 80, "https": 443}
_LONGEST = 4096
_FORM = re.compile(r"(?P<scheme>[a-z]+)://(?P<place>[^/?#]*)(?P<target>[^#]*)(#.*)?", re.IGNORECASE | re.ASCII)
_PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(:(?P<port>[1-9][0-9]{0,4}))?", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_KEPT = "!#$%&'()*+,/:;=?@[]~"
"""Characters not escaped in a path or query, besides letters and digits."""


@dataclass(frozen=True)
class WebAddress:
    """A URL, parsed once. The connection is made from these parts, and the URL is never parsed again.

    ``host`` is a name in ASCII and lower case or an IP address, IPv6 without brackets. ``target`` is path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host, and the port unless it is the default, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def is_url(source: str) -> bool:
    """Whether this was meant as a URL, valid or not, rather than a file."""
    return re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*:/?/", source) is not None


def read_address(url: str) -> WebAddress:
    """Parses a URL.

    Raises:
        NotFetched: it is not http or https, contains a user name or password, or is ambiguous.
    """
    if len(url) > _LONGEST:
        raise NotFetched(url[:80] + "…", f"it is longer than {_LONGEST} characters")
    check_characters(url)
    form = _FORM.fullmatch(url)
    if form is None or form["scheme"].lower() not in PORTS:
        raise NotFetched(url, "only http:// and https:// addresses are fetched")
    if "@" in form["place"]:
        raise NotFetched(url, "it contains a user name or password. Remove it")
    place, scheme = _PLACE.fullmatch(form["place"]), form["scheme"].lower()
    host = _host(place["host"]) if place else ""
    port = int(place["port"] or PORTS[scheme]) if place else 0
    if not host or port > 65535:
        raise NotFetched(url, "its host is not a plain name or IP address. Check how it is written")
    target = form["target"] if form["target"].startswith("/") else "/" + form["target"]
    return WebAddress(scheme, host, port, quote(target, safe=_KEPT))


def check_characters(url: str) -> None:
    """Refuses spaces, line ends, invisible characters and backslashes, which some programs drop or read as slashes."""
    strange = next((c for c in url if c in " \\" or not c.isprintable()), None)
    if strange is not None:
        raise NotFetched(url, f"it contains U+{ord(strange):04X}, a character not allowed in an address. Remove it")


def _host(written: str) -> str:
    """The host to connect to; empty if it is not in plain form."""
    try:
        if written.startswith("["):
            return str(ipaddress.IPv6Address(written[1:-1]))
        return plain_name(written) or str(ipaddress.IPv4Address(written))
    except ValueError:
        return ""


def plain_name(written: str) -> str:
    """A host name in lower-case ASCII; empty if it is not one, or is an IP address in any notation."""
    labels = [_ascii(label) for label in written.split(".")]
    if not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        return ""
    name = ".".join(labels)
    return name if len(name) <= 253 else ""


def _ascii(label: str) -> str:
    """A label in IDNA 2008 form; empty if it contains compatibility characters or dots."""
    if label.isascii():
        return label.lower()
    import idna

    try:
        alike = unicodedata.normalize("NFKC", label) != label
        return "" if alike else idna.alabel(label.lower()).decode("ascii")
    except idna.IDNAError:
        return ""
