"""Displays untrusted text, as HTML and plain text, so that bidirectional control characters cannot reorder it unseen.

The text itself is unchanged; only its display is. ``web/site/showing.js`` does the same in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

NAMES = {
    "\u061c": "Arabic letter mark",
    "\u200e": "left-to-right mark",
    "\u200f": "right-to-left mark",
    "\u202a": "left-to-right embedding",
    "\u202b": "right-to-left embedding",
    "\u202c": "pop directional formatting",
    "\u202d": "left-to-right override",
    "\u202e": "right-to-left override",
    "\u2066": "left-to-right isolate",
    "\u2067": "right-to-left isolate",
    "\u2068": "first strong isolate",
    "\u2069": "pop directional isolate",
}
"""The bidirectional control characters (Unicode Standard Annex 9, section 2)."""
CONTROLS = "".join(NAMES)
MARK = "⇄"
"""Stands for a control character in plain text; in HTML ``showing.css`` adds it."""

_CONTROL = re.compile(f"[{CONTROLS}]")
_MARKS = "\u061c\u200e\u200f"
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"  # Hebrew, Arabic and kin
)
_NEAR = 8
_ISOLATE, _END = "\u2068", "\u2069"


def marked(text: object) -> Markup:
    """``text`` as HTML in which each control character is kept, has a visible mark and has no effect."""
    from markupsafe import Markup, escape

    pieces = (_mark(stretch) if is_control else escape(stretch) for stretch, is_control in _pieces(str(text)))
    return Markup("").join(pieces)


def isolated(text: object) -> Markup:
    """As :func:`marked`, in an element that isolates its direction: for text among other text."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(marked(text))


def seen(text: str) -> str:
    """``text`` with a mark in place of each control character, for a line of its own."""
    return "".join(MARK if is_control else stretch for stretch, is_control in _pieces(text))


def plain(text: object) -> str:
    """As :func:`seen`, for text among other text without markup: right-to-left text is isolated."""
    words = seen(str(text))
    return f"{_ISOLATE}{words}{_END}" if runs_from_right_to_left(words) else words


def hidden(text: str) -> list[str]:
    """The control characters in ``text``, by name, each once: "right-to-left override (U+202E)"."""
    found = dict.fromkeys(stretch for stretch, is_control in _pieces(text) if is_control)
    return [_named(control) for control in found]


def runs_from_right_to_left(text: str) -> bool:
    """Whether any of it is right-to-left: Arabic, Hebrew and related scripts."""
    return bool(_RIGHT_TO_LEFT.search(text))


def without_controls(text: str) -> str:
    """``text`` without control characters, for text that is not quoted from anybody."""
    return _CONTROL.sub("", text)


def printable(text: str, instead: str = "\ufffd") -> str:
    """``text`` on one line, with ``instead`` for unprintable characters, which could rewrite a terminal's screen."""
    return "".join(letter if letter.isprintable() else instead for letter in text)


def add_filters(environment: Environment) -> None:
    """Adds the template filters for untrusted text: ``marked``, ``isolated``, and ``plain`` for attributes."""
    environment.filters.update(marked=marked, isolated=isolated, plain=plain)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces; True marks a control character."""
    done = 0
    for found in _CONTROL.finditer(text):
        if found[0] in _MARKS and _is_beside_its_kind(text, found.start()):
            continue
        yield text[done : found.start()], False
        yield found[0], True
        done = found.end()
    yield text[done:], False


def _is_beside_its_kind(text: str, at: int) -> bool:
    """Whether a direction mark is next to a letter of its own direction, as typed to place a full stop. Then it has no
    effect that the letter would not have.
    """
    before, after = text[max(0, at - _NEAR) : at].rpartition("\n")[2], text[at + 1 : at + 1 + _NEAR].partition("\n")[0]
    beside = (next(filter(str.isalnum, letters), "") for letters in (reversed(before), after))
    return any(one.isalpha() and runs_from_right_to_left(one) is (text[at] != "\u200e") for one in beside)


def _mark(control: str) -> Markup:
    from markupsafe import Markup

    return Markup('<bdi class="control" role="img" title="Hidden character: {}">{}</bdi>').format(
        _named(control), control
    )


def _named(control: str) -> str:
    return f"{NAMES[control]} (U+{ord(control):04X})"
