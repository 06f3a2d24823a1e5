"""Corrects misspelt names in a question: a word that no article has, near one that articles have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from assistant.reader.framing import subject_of
from indexes import Index
from indexes.search.analysis import stems

_WORD = re.compile(r"[^\W\d_][\w’'-]*[^\W\d_]")


def corrections(index: Index, question: str) -> dict[str, str]:
    """The misspelt words of ``question`` and what each is taken for.

    The name of an author or an outlet is no slip, nor is a word that says in what form the answer is wanted.
    """
    words = {word: stems(word) for word in _WORD.findall(subject_of(question))}
    held = index.occurrences({stem for found in words.values() for stem in found}) or {}
    unknown = [word for word, found in words.items() if len(found) == 1 and held.get(found[0]) == 0]
    if unknown:
        names = {stem for name in (*index.lookup().authors(), *index.outlets()) for stem in stems(name)}
        unknown = [word for word in unknown if words[word][0] not in names]
    meant = {word: index.spelt_like(re.sub(r"['’]s$", "", word), question) for word in unknown}
    return {word: right for word, right in meant.items() if right}


def corrected(question: str, corrections: Mapping[str, str]) -> str:
    """The question with the corrections made.

    >>> corrected("who is verin", {"verin": "Verrin"})
    'who is Verrin'
    """
    for word, right in corrections.items():
        possessive = re.search(r"['’]s$", word)
        meant = right + (possessive[0] if possessive else "")
        question = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", _literal(meant), question)
    return question


def _literal(text: str) -> Callable[[re.Match[str]], str]:
    return lambda _: text
