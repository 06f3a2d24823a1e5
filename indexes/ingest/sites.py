"""Hosts and sites: which hosts are one site, and whether an outlet's name matches a host."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_EDITIONS = ("www.", "m.", "amp.", "mobile.")
_SMALL_WORDS = frozenset("the a der die das le la les el los il lo de het news online".split())
"""Words that may be in an outlet's name but not in its host, or the reverse."""


def site_of(host: str) -> str:
    """The host without a prefix for an edition of the site, such as "m." for the mobile version."""
    rest = next((host[len(part) :] for part in _EDITIONS if host.startswith(part)), host)
    return rest if rest != host and domain_of(rest) == domain_of(host) else host


@lru_cache(maxsize=4096)
def domain_of(host: str) -> str:
    """The registered domain of a host: "bbc.co.uk" of "news.bbc.co.uk"; the host itself if that is unknown.

    On domains where anyone can get a subdomain, such as blog hosts, each subdomain counts as its own.
    """
    from tld import get_tld
    from tld.utils import Result

    found = get_tld(f"https://{host}", as_object=True, fail_silently=True, search_private=True)
    if isinstance(found, Result):
        return found.fld
    return host if _is_number(host) else ".".join(host.split(".")[-2:])


def is_called(host: str, name: str) -> bool:
    """Whether ``name`` matches the host's domain: "Quay Chronicle" matches news.quaychronicle.example."""
    domain = domain_of(host)
    if _is_number(host):
        return False
    own = {letters(domain), letters(domain.partition(".")[0]), letters(host)} - {""}
    words = _words(name)
    lean = [word for word in words if word not in _SMALL_WORDS]
    return "".join(words) in own or "".join(lean) in own


def letters(name: str) -> str:
    """A name as it could appear in a host: its letters and digits, in lower case without accents."""
    return "".join(_words(name))


def _is_number(host: str) -> bool:
    """Whether it is an IP address rather than a name."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
