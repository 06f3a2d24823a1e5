"""CSRF protection: rejects requests that another site's page made the browser send with its user's rights.

Browsers say where a request comes from in Sec-Fetch-Site (not over plain HTTP, except on this machine) and in Origin,
which is "null" if the page's referrer policy is no-referrer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from assistant.web.http.problems import FORBIDDEN
from assistant.web.http.refusals import Refused
from assistant.web.http.request import How, Visitor, path_of
from assistant.web.middleware.public_paths import is_public

_SAFE = frozenset({"GET", "HEAD"})
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def check_origin(request: HTTPConnection, visitor: Visitor) -> None:
    """
    Raises:
        ProblemRaised: another site's page sent the request, or a session cookie came from an unknown origin.
    """
    if visitor.how is How.BEARER:  # which browsers never send on their own
        return
    if is_safe(request):
        ours = is_public(path_of(request.scope)) or not _reads_for_another_page(request)
    else:
        ours = _is_from_our_page(request, must_tell=visitor.how is How.SESSION)
    if not ours:
        problem = FORBIDDEN.problem("This request comes from another site's page, or does not say where it comes from.")
        raise problem.counted_as(Refused.OTHER_SITE)


def is_safe(request: HTTPConnection) -> bool:
    """Whether its method is one that changes nothing."""
    return request.scope["type"] == "http" and request.scope["method"] in _SAFE


def _is_from_our_page(request: HTTPConnection, must_tell: bool) -> bool:
    site, origins = request.headers.get("sec-fetch-site"), request.headers.getlist("origin")
    if site is not None and site != "same-origin":
        return False
    if origins and not (origins == ["null"] and site):
        return all(_is_own(origin, request) for origin in origins)
    return site is not None or not must_tell


def _reads_for_another_page(request: HTTPConnection) -> bool:
    """Whether another site's page reads the response; following a link does not count."""
    if not all(_is_own(origin, request) for origin in request.headers.getlist("origin")):
        return True
    elsewhere = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    return elsewhere and request.headers.get("sec-fetch-mode", "") != "navigate"


def _is_own(origin: str, request: HTTPConnection) -> bool:
    """Whether host and port are the same; over https, an http page does not count as ours.

    The reverse is allowed, as a proxy that is not listed may have terminated the https.
    """
    try:
        theirs, ours = _place(origin), _place(f"{request.url.scheme}://{request.headers.get('host', '')}")
    except ValueError:
        return False
    encrypted = request.url.scheme in {"https", "wss"}
    if encrypted and not origin.startswith("https://"):
        return False
    own_port_left_out = ours[1] in (80, 443) and theirs[1] in (80, 443)
    return theirs[0] == ours[0] and (theirs[1] == ours[1] or (own_port_left_out and not encrypted))


def _place(address: str) -> tuple[str, int]:
    split = urlsplit(address)
    if split.scheme not in _PORTS or not split.hostname:
        raise ValueError(address)
    return split.hostname, split.port or _PORTS[split.scheme]
