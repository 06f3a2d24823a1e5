"""Parses the date an article states. A partial or ambiguous date counts as none."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime


def stated_date(value: object) -> date | None:
    """The day ``value`` names: a date, an ISO 8601 or RFC 2822 string, or "3 June 2026" in words; else None.

    "03/04/2026" gives None: it is March or April depending on who wrote it.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip()
    return _iso(text) or _rfc2822(text) or _in_words(text)


def _iso(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _rfc2822(text: str) -> date | None:
    try:
        return parsedate_to_datetime(text).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _in_words(text: str) -> date | None:
    in_figures = re.search(r"\d\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d", text)
    if in_figures or not re.search(r"[^\W\d_]{3}", text) or not re.search(r"\d{4}", text) or len(text) > 60:
        return None
    import dateparser

    found = dateparser.parse(text, settings={"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]})
    return found.date() if found else None
