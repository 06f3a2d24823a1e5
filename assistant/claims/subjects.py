"""Finds speakers by rule: "he said", "said Verrin", "according to the ministry". Uses no model."""

from __future__ import annotations

import re

from assistant.claims.cues import Cue
from assistant.claims.speaker_phrases import may_speak, trimmed
from assistant.reader.phrases import TITLES
from indexes.types.passages import Sentence

_HONORIFIC = (
    r"(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Gen|Brig|Col|Maj|Lt|Sgt|Capt|Cmdr|Adm|Det|Insp|Supt|Rev|Ven|Rt|Hon)\b"
)
_WORD = rf"(?!{_HONORIFIC})(?:[A-ZÀ-ÖØ-Þ][\w’'-]*|(?:[A-Z]\.)+)"
_NAME = (
    rf"(?:{_HONORIFIC}\.?\s){{0,3}}"
    rf"{_WORD}(?:\s(?:(?:al|bin|da|de|del|der|di|el|la|le|van|von|&)\s)?{_WORD})*"
)
_ADVERBS = (
    r"(?:(?:also|then|later|further|again|once|has|had|have|earlier|soon|however,?|first|since|never|still|himself|herself|itself|\w+ly"
    r"|on\s\w+day)\s+){0,3}"
)
_PRONOUN = re.compile(rf"\b([Hh]e|[Ss]he|[Tt]hey|[Ii]t)\s+{_ADVERBS}$")
_NAMED = re.compile(
    rf"(?:(?:^|(?<=[,;:”\"“’]))\s*((?:[Tt]he\s)?(?:[a-z][\w’'-]*\s){{0,4}}{_NAME})"
    rf"|\b(?:and|but|as|that|while|which)\s((?:the\s)?{_NAME}))\s+{_ADVERBS}$"
)
_BETWEEN_COMMAS = re.compile(rf"([^,;:“”\"‘]{{2,90}}),\s([^,;:“”\"‘]{{2,90}}),\s+{_ADVERBS}$")
_WHOLE = re.compile(
    r"^(?:But\s|And\s|Yet\s|Meanwhile,\s)?"
    r"((?!(?:In|On|At|After|Before|When|While|As|If|Asked|Speaking|Since|Until|By|For|With|From|During|Because|Although"
    rf"|Though|He|She|It|They|There|That|This)\b)\w[^,;:“”\"]*?)\s+{_ADVERBS}$"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|had|has|have|did|does|do|will|would|could|can|that|which|who|when|because|but|or)\b"
)
_IS_NAME = re.compile(
    rf"(?!(?:of|from|in|at|with|for|who|near|on)\b)(?:(?:[Tt]he|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Aa]n?)\s)?"
    rf"(?:[a-z][\w’'-]*\s){{0,3}}{_NAME}(?:\sof\s{_NAME})?$"
)
_FOLLOWS = r"(?=[,.;]|$|\s(?:of|for|at|in|on|to|after|before|when|as|who|during|from|outside)\b)"
_INVERTED = re.compile(
    rf"\s+(?!(?:on|in|at|after|during|from|to|that)\s)((?:(?:an?|the|one|two|his|her|its)\s)?(?:[a-z][\w’'-]*\s){{0,4}}{_NAME}|he|she|they|one){_FOLLOWS}"
)
_INVERTED_UNNAMED = re.compile(rf"\s+((?:an?|the|one|two|his|her|its)\s(?:[a-z][\w-]*\s?){{1,5}}?){_FOLLOWS}")
_OFFICE = re.compile(r"(?:[Tt]he\s)?(?:{})\s(?:of|for)\b".format("|".join(sorted(TITLES))), re.IGNORECASE)
_WHO = re.compile(rf"((?:the\s)?{_NAME}),\s+(?:who|which)\s+(?:first\s+)?{_ADVERBS}$")
_COORDINATE = re.compile(rf"\b(?:and|but|or|then)\s+{_ADVERBS}$")
_AGE = re.compile(r",\s\d{1,3}(?=,)|\s\([^()]{1,24}\)(?=,?\s)")
_BE = re.compile(r"\b(?:be|being|is|are|was|were|been)\s+(?:(?:\w+ly|also|already|then|later|first)\s+)?$")
_BY = re.compile(rf"\s+(?:(?:on\s)?\w+\s)?by\s((?:(?:the|an?|two|three|several)\s)?(?:[a-z][\w-]*\s){{0,3}}{_NAME})")
_QUOTED_AS = re.compile(r"\bquot(?:ed|es|ing)\s+([^,;:.“”\"]{2,60}?)\s+as\s+")
_DATELINE = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ .’'-]{2,}(?:,\s[\w. ]+)?(?:\s\([^)]*\))?\s*[–—-]\s+")
_ACCORDING = re.compile(r"\s+((?:(?!\s[-–—]\s)[^,.;:]|\.(?=[a-z]{2,3}\b)|(?<=\b[A-Z])\.|(?<=\b[A-Z][a-z])\.)+)")
_STAYS_WITH = re.compile(
    r"\s+(?:close|familiar|for|of|in|at|from|with|near|on|representing|involved|who|briefed|aware)\b[^,;:“”\"]{0,60}$"
)
_DAY = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|Sept|Oct|Nov|Dec"
)
_AT_END = re.compile(
    rf"[,”\"’']\s+((?:(?:the|an?|one|two|three|several|some|many|his|her|its|their)\s)?[a-z][^,;:“”\"‘]{{2,80}}?)\s+{_ADVERBS}$"
)
_CLAUSAL = re.compile(
    r"(?:and|but|or|which|who|that|when|while|because|so|as|in|on|at|after|before|for|with|of|to|from|by|saying|adding|where|if"
    r"|although|though|until|since|near|according|including|not|there|they|he|she|it)\b"
)
_MOST_WORDS = 10


def subject_beside(text: str, sentence: Sentence, cue: Cue) -> tuple[int, int] | None:
    """The span of the speaker directly beside the cue, if it is unambiguous; else None.

    Quotations in ``text`` are blanked out.
    """
    if not cue.question:
        match = _ACCORDING.match(text, cue.end, sentence.end)
        return match.span(1) if match else None
    agent = _agent(text, sentence, cue)
    if agent:
        return agent
    before = _masked(text[sentence.start : cue.start])
    inverted = (
        None
        if cue.trails or text[cue.start : cue.end] in ("told", "tells")
        else _after(before, text[: sentence.end], cue)
    )
    if inverted:
        return inverted
    found = None if cue.trails or _COORDINATE.search(before) else _before(before)
    if found is None:
        return None
    start, end = trimmed(text, sentence.start + found[0], sentence.start + found[1])
    joined = re.search(rf"({_NAME})\sand\s$", text[sentence.start : start])
    if joined and re.search(r"s['’]\s[A-Z]", text[start:end]):
        start = sentence.start + joined.start()  # "the Canal and Lock Workers' Federation" is one
    return (start, end) if may_speak(text[start:end]) else None


def _agent(text: str, sentence: Sentence, cue: Cue) -> tuple[int, int] | None:
    """Whoever "by" names after a passive, "was first reported by", or whose words another quotes: "quoted her as"."""
    if _BE.search(text, sentence.start, cue.start):
        match = _BY.match(text, cue.end, sentence.end)
        return match.span(1) if match else None
    quoted = [match for match in _QUOTED_AS.finditer(text, sentence.start, cue.start) if match.end() == cue.start]
    return quoted[0].span(1) if quoted else None


def _after(before: str, text: str, cue: Cue) -> tuple[int, int] | None:
    """The subject after the verb: '…," said Verrin'."""
    quoted = re.search(r"[”\"?!’]\s*$", before)
    if not quoted and not re.search(r",\s*$", before):
        return None
    match = _INVERTED.match(text, cue.end)
    if match and not _DAY.match(match[1]):
        return match.span(1)
    match = _INVERTED_UNNAMED.match(text, cue.end) if quoted else None
    if match is None or _VERB.search(match[1]):
        return None
    named = re.compile(rf",\s({_NAME})(?=[,.]|$)").match(text, match.end(1))
    return named.span(1) if named else match.span(1)


def is_coordinate(text: str, sentence: Sentence, cue: Cue) -> bool:
    """Whether the cue shares the subject of the verb before it: "denied the report and said …"."""
    return bool(_COORDINATE.search(text[sentence.start : cue.start]))


def _masked(before: str) -> str:
    """The text with dateline and ages blanked out, at the same length."""
    for pattern in (_DATELINE, _AGE):
        before = pattern.sub(lambda match: " " * len(match[0]), before)
    return before


def _before(before: str) -> tuple[int, int] | None:
    """The subject at the end of ``before``, the part of the sentence before the verb."""
    match = _PRONOUN.search(before) or _WHO.search(before) or _NAMED.search(before)
    if match:
        return match.span(match.lastindex or 1)
    match = _BETWEEN_COMMAS.search(before)
    if match and not _VERB.search(match[1]):
        one, two = match[1].strip(" ’'"), match[2].strip()
        named = (
            re.search(r"[A-Z]\w*$", one)
            and not re.search(r"\s(?:for|of|at|with)\s", one)
            and _IS_NAME.match(one)
            and not _OFFICE.match(one)
        )
        inner = _IS_NAME.match(two) and not named and not _VERB.search(two)
        start, end = match.span(2 if inner else 1)
        found = before[start:end]
        return start + len(found) - len(found.lstrip(" ’'")), start + len(found.rstrip())
    blank = len(before) - len(before.lstrip())
    match = _AT_END.search(before)
    if match and len(match[1].split()) <= _MOST_WORDS and not _VERB.search(match[1]) and not _CLAUSAL.match(match[1]):
        return match.span(1)
    match = _WHOLE.match(before[blank:])
    if match:
        subject = re.split(r"\s(?:that|who|which)\s", match[1])[0]
        if len(subject.split()) <= _MOST_WORDS and not _VERB.search(subject):
            return blank + match.start(1), blank + match.start(1) + len(subject.rstrip())
    return None


def widened(text: str, start: int, end: int, cue: int) -> tuple[int, int]:
    """The span, extended by its article and by any modifier between it and the verb."""
    before = re.search(r"\b(?:an?|the|one|two|three|several|some)\s(?:[\w’'-]+\s){0,2}$", text[:start], re.IGNORECASE)
    if before and not re.search(r"[A-Z]\w*\s$", before[0]):
        start = before.start()
    match = _STAYS_WITH.match(text[end:cue])
    return (start, end + len(match[0].rstrip())) if match else (start, end)
