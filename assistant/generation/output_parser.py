"""Parses a model's output, as it streams in, into sentences with the numbers they cite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indexes.ingest.sentence_splitter import split_sentences

LONGEST = 6000
"""Characters of an answer that are read. A model that writes more has gone astray."""

_BRACKETED = re.compile(r"\s*[\[【](?:\^)?\s*(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*(?:†[^\]】]*)?[\]】]")
_NOTHING = re.compile(r"\W*NOT[\s_]FOUND\W*", re.IGNORECASE)
_DECORATION = re.compile(r"^(?:\s*(?:[-*•#>]+|\d{1,2}[.)])\s+)+|\*\*|__|`")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)


@dataclass(frozen=True)
class Written:
    """A sentence a model wrote, without its citation marks, and the numbers they cite, in order."""

    text: str
    cited: tuple[int, ...]


def says_nothing(text: str) -> bool:
    """Whether the model says that the sentences do not answer the question."""
    return bool(_NOTHING.fullmatch(_THOUGHT.sub("", text).strip()))


def parsed(text: str) -> list[Written]:
    """The sentences of a complete text."""
    return list(_sentences(_THOUGHT.sub("", text)[:LONGEST]))


def parsed_stream(pieces: Iterable[str]) -> Iterator[Written]:
    """Each sentence as soon as it is known to be complete: the next has begun, or the text has ended."""
    text, given = "", 0
    for piece in pieces:
        text += piece
        if len(text) > LONGEST:
            break
        whole = parsed(text)
        for sentence in whole[given:-1]:
            given += 1
            yield sentence
    yield from parsed(text)[given:]


def _sentences(text: str) -> Iterator[Written]:
    """Marks after the full stop belong to the sentence before it, so they are moved in front of it first."""
    moved = re.sub(rf"([.!?…][\"”’)]*)((?:{_BRACKETED.pattern})+)(?=\s|$)", r"\2\1", text)
    for line in moved.splitlines():
        line = _DECORATION.sub("", line).strip()
        for span in split_sentences(line):
            sentence = line[span.start : span.end]
            cited = [n for mark in _BRACKETED.finditer(sentence) for n in _numbers(mark[1])]
            bare = re.sub(r"\s+([.,;:!?])", r"\1", _BRACKETED.sub("", sentence)).strip()
            if re.search(r"\w", bare):
                yield Written(bare, tuple(dict.fromkeys(cited)))


def _numbers(mark: str) -> Iterator[int]:
    for part in re.split(r"\s*[,;]\s*", mark):
        first, _, last = (piece.strip() for piece in part.replace("–", "-").partition("-"))
        yield from range(int(first), int(last) + 1) if last and int(last) - int(first) < 20 else (int(first),)
