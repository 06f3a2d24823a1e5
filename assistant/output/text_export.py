"""An answer with its citations as text for pasting elsewhere: plain text, or Markdown in which quoted text is escaped.

In plain text, quotations are verbatim to the character. In Markdown, they are once rendered.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from assistant.output.lines import NEAREST, part_lines, section_heading
from assistant.output.receipts import Receipt
from assistant.text.control_characters import CONTROLS, hidden, plain, runs_from_right_to_left, seen
from assistant.text.wording import capitalised, on_one_line
from assistant.types.answers import Answered, CitedSentence, Notice, Part, Section, Talk
from assistant.types.citations import Citation
from assistant.types.claims import DISAGREE, NUMBERS_DIFFER, Disagreement, Voice

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TURNS = re.compile(f"[{CONTROLS}]")
_ALWAYS = re.compile(r"[\\`*_\[\]<>#!|~&$^{}=]")
_IN_LINKS = re.compile(r"[.:@](?=\S)")
_IN_LISTS = re.compile(r"^([-+:]|\d+(?=[.)]))")


class Style(Protocol):
    """How the parts of an answer are written."""

    line_end: str
    """What separates two lines of one paragraph."""

    def words(self, text: str) -> str:
        """Untrusted text, on one line."""

    def strong(self, text: str) -> str:
        """Like :meth:`words`, for a heading."""

    def quoted(self, text: str, marks: str = "") -> str:
        """A quotation, followed by the numbers of its sources."""

    def address(self, url: str) -> str:
        """A web address, as text and not as a link."""


class Plain:
    """Plain text."""

    line_end = "\n"

    def words(self, text: str) -> str:
        return plain(_one_line(text))

    def strong(self, text: str) -> str:
        return self.words(text)

    def quoted(self, text: str, marks: str = "") -> str:
        return _with_marks(text, marks)

    def address(self, url: str) -> str:
        return seen(_one_line(url))


class Markdown:
    """CommonMark, also safe with GitHub's extensions. The only markup is what this class adds.

    (GitHub turns mail addresses into links even if they are escaped.)
    """

    line_end = "\\\n"

    def words(self, text: str) -> str:
        return _escaped(plain(_one_line(text)))

    def strong(self, text: str) -> str:
        return f"**{self.words(text)}**"

    def quoted(self, text: str, marks: str = "") -> str:
        lines = _with_marks(text, marks).rstrip(" ").split("\n")
        return "\n".join(_quoted_line(*pair) for pair in zip(lines, [*lines[1:], ""], strict=True))

    def address(self, url: str) -> str:
        words = seen(_one_line(url))
        fence = "`" * (1 + max(map(len, re.findall("`+", words)), default=0))
        return f"{fence} {words} {fence}" if "`" in words else f"`{words}`"


PLAIN, MARKDOWN = Plain(), Markdown()


def copied(receipt: Receipt, style: Style) -> str:
    """The whole answer with its sources, in the given style."""
    return "\n\n".join(_paragraphs(receipt, style)) + "\n"


def described(citation: Citation, style: Style) -> str:
    """Outlet, day, authors, title and address of the source, as far as they are known."""
    day = f"{citation.published:%-d %B %Y}" if citation.published else ""
    parts = [citation.outlet, day, *citation.authors]
    named = [style.words(part) for part in parts if part]
    words = ", ".join([*named, f"“{style.words(citation.title)}”"])
    return f"{words}, {style.address(citation.url)}" if citation.url.strip() else words


def moment(when: datetime) -> str:
    """A UTC time in words, such as "4 May 2026, 09:30 UTC"."""
    return f"{when:%-d %B %Y, %H:%M} UTC"


def _paragraphs(receipt: Receipt, style: Style) -> Iterator[str]:
    turn, answer = receipt.turn, receipt.turn.answer
    yield style.strong(turn.question)
    if understood := list(_understood(receipt)):
        yield style.line_end.join(map(style.words, understood))
    if isinstance(answer, (Notice, Talk)):
        yield style.words(answer.text)
        return
    if answer.notice:
        yield style.words(answer.notice)
    yield from _found(answer, style) if isinstance(answer, Answered) else _not_answered(answer.text, receipt, style)
    yield style.words(_made(receipt))


def _understood(receipt: Receipt) -> Iterator[str]:
    turn = receipt.turn
    if turn.searched != turn.question:
        yield f"Searched for: {turn.searched}"
    if turn.where:
        yield f"Filter: {turn.where}"
    yield from turn.remarks


def _found(answer: Answered, style: Style) -> Iterator[str]:
    if answer.short:
        yield style.strong(answer.short)
    if answer.scope:
        yield style.words(str(answer.scope))
    if answer.disagreement:
        yield from _disagreement(answer.disagreement, style)
    for group, sentences in answer.by_section if answer.sections else answer.by_part:
        yield from _headings(group, style)
        for sentence in sentences:
            yield from _sentence(sentence, answer, style)
    if answer.writer:
        yield style.words(f"Written by {answer.writer}, each sentence checked against what it cites.")
    shown = set() if answer.writer else {sentence.text for sentence in answer.sentences}
    for citation, n in answer.numbers.items():
        yield from _source(style.words(f"[{n}]"), citation, style, quoted=citation.quote not in shown)


def _disagreement(found: Disagreement, style: Style) -> Iterator[str]:
    for differing in found.numbers:
        yield style.strong(f"{NUMBERS_DIFFER}. {differing.words}")
        for one in itertools.chain.from_iterable(differing.by_value):
            yield from _source(f"{style.words(one.text)}:", one.citation, style)
    if found.sides:
        yield style.strong(DISAGREE)
    for heading, voices in found.sides:
        yield style.strong(heading)
        for voice in voices:
            yield from _voice(voice, style)


def _headings(group: Part | Section | None, style: Style) -> Iterator[str]:
    if isinstance(group, Section):
        yield style.strong(section_heading(group))
    elif group is not None:
        yield style.words(group.question)
        yield from map(style.strong, part_lines(group))


def _sentence(sentence: CitedSentence, answer: Answered, style: Style) -> Iterator[str]:
    marks = "".join(f"[{answer.numbers[citation]}]" for citation in sentence.citations)
    yield style.words(f"{sentence.text} {marks}") if answer.writer else style.quoted(sentence.text, marks)
    if sentence.doubt:
        yield style.words(f"Doubtful: {sentence.doubt}.")


def _not_answered(text: str, receipt: Receipt, style: Style) -> Iterator[str]:
    yield style.strong(text)
    if receipt.nearest:
        yield style.words(NEAREST)
        for n, citation in enumerate(receipt.nearest, start=1):
            yield from _source(style.words(f"{n}:"), citation, style)


def _source(name: str, citation: Citation, style: Style, quoted: bool = True) -> Iterator[str]:
    yield style.line_end.join((f"{name} {described(citation, style)}", style.words(_place(citation))))
    if quoted:
        yield style.quoted(citation.quote)


def _voice(voice: Voice, style: Style) -> Iterator[str]:
    claim = voice.claim
    yield from _source(f"{style.words(capitalised(claim.speaker))} ({claim.stance.label}):", claim.citation, style)
    for citation in voice.also:
        yield from _source("One voice, the same text:", citation, style, quoted=False)


def _place(citation: Citation) -> str:
    return f"Article {citation.article_id}, version {citation.version}, characters {citation.start} to {citation.end}"


def _made(receipt: Receipt) -> str:
    basis = receipt.turn.basis
    asked = f"Asked of On Record, {moment(receipt.asked)}."
    if basis is None:
        return f"{asked} Receipt {receipt.id}."
    return f"{asked} {basis.articles:,} articles, index revision {basis.revision}. Receipt {receipt.id}."


def _one_line(text: str) -> str:
    return on_one_line(_UNSEEN.sub(" ", text))


def _with_marks(text: str, marks: str) -> str:
    """The unchanged quotation, followed by the numbers of its sources, on a line of their own if the quotation's text
    direction could reorder them. Hidden characters in it are named.
    """
    held = f"[Hidden characters in this quotation: {', '.join(hidden(text))}]" if hidden(text) else ""
    after = f"{marks} {held}".strip()
    apart = "\n" if held or runs_from_right_to_left(text) else " "
    return f"{text}{apart}{after}" if after else text


def _quoted_line(line: str, after: str) -> str:
    """A line of a block quotation. It ends with a backslash, a hard line break, only if the next line is not blank."""
    if not line.strip():
        return ">"
    return f"> {_escaped(line)}" + ("\\" if after.strip() else "")


def _escaped(line: str) -> str:
    """The line with all markup escaped. Leading blanks, which would indent it, become character references."""
    inner = line.lstrip(" \t")
    blanks = "".join(f"&#{ord(blank)};" for blank in line[: len(line) - len(inner)])
    safe = _IN_LINKS.sub(lambda match: "\\" + match[0], _ALWAYS.sub(lambda match: "\\" + match[0], inner))
    return blanks + _TURNS.sub(lambda match: f"&#{ord(match[0])};", _IN_LISTS.sub(_unlisted, safe))


def _unlisted(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"
