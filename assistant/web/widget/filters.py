"""The filter that a page gives its widget: ``since=2026-05; source=Harbour Post``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indexes.types.filters import ImpossibleFilter, filter_from

_LISTS = {"source": "sources", "author": "authors"}
_NAMES = ("since", "until", "source", "author", "language")
_LONGEST = 1000


@dataclass(frozen=True)
class PageFilter:
    """``fields`` are those of the API's filter; ``said`` tells people what is searched, empty where all is."""

    fields: dict[str, Any]
    said: str


def read_page_filter(text: str) -> PageFilter:
    """
    Raises:
        ImpossibleFilter: a part is not ``name=value``, has an unknown name, or says nothing that could be.
    """
    if len(text) > _LONGEST:
        raise ImpossibleFilter(f"it is longer than {_LONGEST} characters.")
    fields: dict[str, Any] = {}
    for name, value in map(_part, filter(str.strip, text.split(";"))):
        if name in _LISTS:
            fields.setdefault(_LISTS[name], []).append(value)
        else:
            fields[name] = value
    filter_from(**fields)
    return PageFilter(fields, _said(fields))


def _part(part: str) -> tuple[str, str]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or not value or name not in _NAMES:
        raise ImpossibleFilter(f"{part.strip()!r} is not one of {', '.join(_NAMES)}, an equals sign and a value.")
    return name, value


def _said(fields: dict[str, Any]) -> str:
    by = [f"by {' or '.join(fields['authors'])}"] if "authors" in fields else []
    days = [f"{name} {fields[name]}" for name in ("since", "until") if name in fields]
    language = [f"in language {fields['language']}"] if "language" in fields else []
    return ", ".join([*([" or ".join(fields["sources"])] if "sources" in fields else []), *by, *days, *language])
