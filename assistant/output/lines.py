"""Answers, hits and claims as lines for a terminal. The caller must escape control characters when printing them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from assistant.text.wording import capitalised, on_one_line
from assistant.types.answers import NOT_FOUND, Answer, Answered, CitedSentence, Part, Section, Talk
from assistant.types.citations import Citation, Near
from assistant.types.claims import DISAGREE, NUMBERS_DIFFER, Disagreement, Voice
from assistant.types.turns import Turn
from indexes import Article

NEAREST = "Nearest extracts, not an answer:"
RESOLVED = "worked out from the day of publication"
"""Said of a timeline's day that no article names, such as that of "on Tuesday"."""


def answer_lines(answer: Answer) -> list[str]:
    """An answer as lines of text."""
    if isinstance(answer, Answered):
        return [*said_lines(answer, disagreement_lines(answer)), *source_lines(answer)]
    if isinstance(answer, Talk):
        return [answer.text, *([""] if answer.starters else []), *(f"- {starter}" for starter in answer.starters)]
    notice = [answer.notice, ""] if answer.notice else []
    return [*notice, answer.text, *(["", NEAREST] if answer.nearest else []), *near_lines(answer.nearest)]


def understood_lines(turn: Turn) -> list[str]:
    """How the question was understood, where that is not plain, and a blank line; empty otherwise."""
    searched = [f"Searched for: {turn.searched}"] if turn.searched != turn.question else []
    lines = [*searched, *turn.remarks]
    return [*lines, ""] if lines else []


def said_lines(answer: Answered, leading: Sequence[str] = ()) -> list[str]:
    """An answer's sentences with the numbers of their sources, and above them lines that are ``leading``.

    Without those, lines are only appended as an answer streams in.
    """
    numbers = answer.numbers
    lines = [answer.notice, ""] if answer.notice else []
    lines += [answer.short, ""] if answer.short else []
    lines += [str(answer.scope), ""] if answer.scope else []
    lines += [*leading, ""] if leading else []
    for group, sentences in answer.by_section if answer.sections else answer.by_part:
        if group is not None:
            lines += [*heading_lines(group), ""]
        for sentence in sentences:
            lines += [*_sentence_lines(sentence, numbers), ""]
    return lines


def _sentence_lines(sentence: CitedSentence, numbers: Mapping[Citation, int]) -> list[str]:
    marks = "".join(f"[{numbers[citation]}]" for citation in sentence.citations)
    doubt = [f"   doubtful: {sentence.doubt}"] if sentence.doubt else []
    return [f"{on_one_line(sentence.text)} {marks}", *doubt]


def heading_lines(group: Part | Section) -> list[str]:
    """What stands above the sentences of a part, with its short answer, or of a section, in which a colon ends it."""
    if isinstance(group, Section):
        return [f"{section_heading(group)}:"]
    return [group.question, *part_lines(group)]


def section_heading(section: Section) -> str:
    """A section's heading on one line, and whether its days were worked out."""
    heading = on_one_line(section.heading)
    return f"{heading} ({RESOLVED})" if section.resolved else heading


def part_lines(part: Part) -> list[str]:
    """What is said of a part of a question before its sentences: its short answer, or that it has none."""
    return [part.short] if part.short else [] if part.sentences else [NOT_FOUND]


def source_lines(answer: Answered) -> list[str]:
    """The numbered sources of an answer, and the model that wrote it."""
    lines = [f"[{n}] {described(citation)}" for citation, n in answer.numbers.items()]
    return lines + (["", f"Written by {answer.writer}, checked against these sentences."] if answer.writer else [])


def disagreement_lines(answer: Answered) -> list[str]:
    """Where the articles disagree: each number with its sources, and what some say and others deny."""
    found = answer.disagreement or Disagreement()
    lines = list[str]()
    for differing in found.numbers:
        lines += ["", f"{NUMBERS_DIFFER}. {on_one_line(differing.words)}"]
        lines += [
            f"- {on_one_line(one.text)}: {described(one.citation)}" for same in differing.by_value for one in same
        ]
    lines += ["", f"{DISAGREE}."] if found.sides else []
    for heading, voices in found.sides:
        lines += ["", f"{heading}:"]
        for voice in voices:
            lines += [f"- {line}" if n == 0 else f"  {line}" for n, line in enumerate(voice_lines(voice))]
    return lines[1:]


def voice_lines(voice: Voice) -> list[str]:
    """A claim: speaker and stance, the sentence, its source, and copies of it."""
    claim = voice.claim
    also = [f"   also, the same text: {described(citation)}" for citation in voice.also]
    return [
        f"{capitalised(claim.speaker)}: {claim.stance.label}",
        f"   {on_one_line(claim.citation.quote)}",
        f"   {described(claim.citation)}",
        *also,
    ]


def near_lines(found: Iterable[Near]) -> list[str]:
    """The passages found, each with its copies."""
    lines: list[str] = []
    for one in found:
        lines += [f"{one.rank}. {shortened(one.citation.quote)}", f"   {described(one.citation)}"]
        lines += [*(f"   also: {described(copy.citation)}" for copy in one.copies), ""]
    return lines[:-1]


def described(what: Article | Citation) -> str:
    """Outlet, date, title and link of the source, as far as they are known."""
    title = what.label if isinstance(what, Article) else what.title
    published = f"{what.published:%-d %B %Y}" if what.published else ""
    return ", ".join(part for part in (what.outlet, published, f"“{title}”", what.url) if part)


def shortened(text: str, width: int = 320) -> str:
    """The beginning of a passage, on one line, cut at a word boundary."""
    return textwrap.shorten(text, width, placeholder=" …")
