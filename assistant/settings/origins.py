"""Origins: the names of pages that may show the widget, as browsers write them. Knows nothing of requests."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\]")
_PORTS = {"https": 443, "http": 80}


def checked_origin(text: str) -> str:
    """``text``, if it is an origin and written as browsers write it: ``https://intranet.example:8443``.

    Raises:
        ValueError: it is none; says how to write it.
    """
    if "*" in text:
        raise ValueError(f"it has {text!r} in it, which stands for pages nobody has named. Name each origin in full")
    try:
        split, port = urlsplit(text), urlsplit(text).port
    except ValueError:
        split, port = urlsplit(""), None
    host = split.netloc.rpartition("@")[2].removesuffix(f":{port}")
    if split.scheme not in _PORTS or not _HOST.fullmatch(host.lower()):
        raise ValueError(
            f"it has {text!r} in it, which is no origin. Write it like https://intranet.example (punycode, if need be)"
        )
    named = "" if port in (None, _PORTS[split.scheme]) else f":{port}"
    written = f"{split.scheme}://{host.lower()}{named}"
    if text != written:
        raise ValueError(f"it has {text!r} in it, which is more than an origin or not as browsers write it: {written}")
    return text
