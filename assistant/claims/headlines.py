"""What a headline's capitals say of names: in title case, nothing. Knows nothing of who is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SHORT = 4
"""Words shorter than this, "of" or "and", are small in a title-case headline too."""

_LEAST = 4
"""Fewer long words than this are too few to tell the case of a line."""


def title_case_lines(text: str) -> list[tuple[int, int]]:
    """The spans of the lines in title case: the headline, and the headlines of other articles between paragraphs."""
    return [match.span() for match in re.finditer(r"[^\n]+", text) if is_title_case(match[0])]


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without these spans of it, which are in order."""
    parts, at = list[str](), 0
    for start, end in spans:
        parts.append(text[at:start])
        at = end
    return "".join([*parts, text[at:]])


def headline_of(text: str) -> str:
    """The first line, with the white space before and after it; empty if nothing follows it.

    >>> headline_of("Harbour Closed\\n\\nThe port shut on Friday.")
    'Harbour Closed\\n\\n'
    """
    match = re.match(r"\n*[^\n]+\n+(?=[^\n])", text)
    return match[0] if match else ""


def is_title_case(line: str) -> bool:
    """Whether almost all long words begin with a capital: "Mayor Says Harbour Tunnel Will Close".

    >>> is_title_case("Mayor Says Harbour Tunnel Will Close"), is_title_case("Ana Kolbe says the tunnel will close")
    (True, False)
    """
    long = [word for word in re.findall(r"[^\W\d_][\w’'-]*", line) if len(word) >= _SHORT]
    return len(long) >= _LEAST and sum(word[0].isupper() for word in long) >= 0.9 * len(long)


def repeated(phrase: str, body: str) -> Iterator[tuple[int, int]]:
    """The longest runs of words in ``phrase`` that ``body`` repeats, as spans of the phrase, from left to right."""
    words = [match.span() for match in re.finditer(r"\S+", phrase)]
    first = 0
    while first < len(words):
        for last in range(len(words), first, -1):
            start, end = words[first][0], words[last - 1][1]
            if re.search(rf"(?<!\w){re.escape(phrase[start:end])}(?!\w)", body):
                yield start, end
                first = last
                break
        else:
            first += 1
