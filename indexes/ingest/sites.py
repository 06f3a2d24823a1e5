"""Hosts and the sites they serve: which hosts are one site, and what a host is called. Knows nothing of articles."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_EDITIONS = ("www.", "m.", "amp.", "mobile.")
_SMALL_WORDS = frozenset("the a der die das le la les el los il lo de het news online".split())
"""Words that an outlet's name may have beyond the name of its host, or lack."""


def site_of(host: str) -> str:
    """The host without what only tells the edition of a site, such as that for phones."""
    rest = next((host[len(part) :] for part in _EDITIONS if host.startswith(part)), host)
    return rest if rest != host and domain_of(rest) == domain_of(host) else host


@lru_cache(maxsize=4096)
def domain_of(host: str) -> str:
    """The part of a host that somebody registered: "bbc.co.uk" of "news.bbc.co.uk". The host, where that is unknown.

    Where anybody may have a name below one, as on sites that host blogs, each such name is one of its own.
    """
    from tld import get_tld
    from tld.utils import Result

    found = get_tld(f"https://{host}", as_object=True, fail_silently=True, search_private=True)
    if isinstance(found, Result):
        return found.fld
    return host if _is_number(host) else ".".join(host.split(".")[-2:])


def is_called(host: str, name: str) -> bool:
    """Whether ``name`` is that of the host's domain: "Quay Chronicle" of news.quaychronicle.example."""
    domain = domain_of(host)
    if _is_number(host):
        return False
    own = {letters(domain), letters(domain.partition(".")[0]), letters(host)} - {""}
    words = _words(name)
    lean = [word for word in words if word not in _SMALL_WORDS]
    return "".join(words) in own or "".join(lean) in own


def letters(name: str) -> str:
    """What of a name a host's name could be made of: its letters and digits without accents and capitals."""
    return "".join(_words(name))


def _is_number(host: str) -> bool:
    """Whether it is an address of the network, and no name."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
