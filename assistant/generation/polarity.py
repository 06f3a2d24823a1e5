"""Detects reversed meaning between two sentences: a "not" gained or lost, a rise that was a fall. Words only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.generation.numbers import figures
from indexes.search.analysis import stems

_NOT = re.compile(
    r"\b(?:not|no|never|none|neither|nor|nobody|nothing|without|cannot|unlikely|den(?:y|ies|ied|ying)"
    r"|refus(?:e[sd]?|ing)|declin(?:e[sd]?|ing)|reject(?:s|ed|ing)?|fail(?:s|ed|ing)?|false|untrue|dismiss(?:es|ed|ing)?"
    r"|ruled?\s+out|disput(?:e[sd]?|ing)|yet\s+to|anything\s+but)\b|n['’]t\b",
    re.IGNORECASE,
)
"""Words that reverse a statement."""

_PLAINLY = re.compile(
    r"\b(?:not|no|never|none|neither|nor|nobody|nothing|without|cannot|yet\s+to|anything\s+but)\b|n['’]t\b",
    re.IGNORECASE,
)
_SOFTLY = re.compile(
    r"\b(?:dismay|object(?:s|ed|ing)?|withdr\w+|miss(?:es|ed|ing)?|harmless|fake|doubt\w*|little|few|only|hardly|barely"
    r"|seldom|rarely|except|stop(?:s|ped)?|lack(?:s|ed)?|anonymity|unidentified|unnamed|rather\s+than|instead|at\s+least"
    r"|at\s+the\s+latest|until|full|requested|call(?:s|ed)?\s+off|contradict\w*|nonsense|baseless|avoid\w*|keep\w*|kept"
    r"|prevent\w*|ban(?:s|ned)?|against|critic\w*|disagree\w*|voted?\s+down|guesswork|tr(?:y|ied)|routine|stationary|dry"
    r"|gave\s+only|offered|un(?!i|der|til|less|to)\w{4,}|dis(?:agree|approv|believ|lik|put|satisf|trust|pleas|appoint|miss)\w*|\w{3,}less)\b",
    re.IGNORECASE,
)
"""Words that a fair paraphrase may replace by a "not"."""

_PAIRS = (
    ("rise rose risen increase grow grew grown climb gain higher jump surge up",
     "fall fell fallen decrease drop decline lower shrink shrank reduce retreat down"),
    ("more over exceed above", "less fewer under below"),
    ("before earlier prior", "after later following"),
    ("win won beat", "lose lost"),
    ("keep kept retain", "lose lost sell sold give gave"),
    ("accept approve agree back support endorse welcome favour favor insist",
     "reject refuse oppose criticise criticize condemn against dispute object dismay"),
    ("confirm acknowledge admit concede", "deny denied dispute refute dismiss reject"),
    ("open reopen", "close shut"),
    ("guilty convict convicted", "acquit acquitted innocent cleared"),
    ("start begin began begun launch", "end stop stopped finish finished halt"),
    ("arrive enter join joined rejoin", "leave left depart quit withdraw withdrawn withdrew"),
    ("majority most", "minority few hardly"),
    ("safe harmless", "dangerous unsafe"),
    ("allow permit grant granted", "ban forbid forbade prohibit denied deny"),
    ("hire hired", "fire fired sack sacked dismiss"),
    ("buy bought", "sell sold"),
    ("alive survive survived", "dead die died kill killed"),
    ("first", "last"), ("inside", "outside above"), ("morning dawn", "afternoon evening night midnight noon"),
    ("eastern", "western"), ("northern", "southern"), ("front", "behind back"), ("ahead", "behind"),
    ("north", "south"), ("east", "west"), ("strong strengthen", "weak weaken"), ("highest", "lowest"),
    ("high", "low"), ("positive", "negative"), ("recovered found find recover", "lost missing stolen"),
    ("moving moved", "stationary still"), ("raise", "lower cut"), ("true", "false untrue"),
    ("old oldest older", "young youngest younger"), ("largest biggest", "smallest"), ("better", "worse below"),
    ("success succeed", "failure fail failed"), ("right", "wrong"), ("wet", "dry"), ("once", "twice more"),
    ("take attend", "miss skip"), ("send sent file filed", "receive received"),
    ("seriously", "joke"), ("maximum most", "minimum least"),
)  # fmt: skip


def turned(written: str, cited: str) -> str:
    """The word by which ``written`` reverses what ``cited`` says; empty if none."""
    written = re.sub(r"^(?:probably\s+)?(?:yes|no|not)\s*[,:–—-]\s*", "", written, flags=re.IGNORECASE)
    said, there = _words(written), _words(cited)
    if _ALL_BUT.search(cited) and not _EXCEPT.search(written):
        return "all but"
    bounded = _AT_LEAST.search(cited) or _AT_MOST.search(cited)
    for pattern in (_CERTAIN, _AT_MOST, _AT_LEAST):
        found = pattern.search(written)
        if found and not pattern.search(cited) and (pattern is _CERTAIN or bounded):
            return found[0]
    hedge = _HEDGED.search(cited)
    if hedge and not _HEDGED.search(written) and not _ATTRIBUTED.search(written):
        return f"leaves out “{hedge[0]}”"
    has, had = _negators(written), _negators(cited)
    opposite = _opposite(said, there)
    if opposite and bool(_PLAINLY.search(written)) == bool(_PLAINLY.search(cited)):
        return opposite
    if has and not had and not opposite and not _SOFTLY.search(cited) and not _ASIDE.search(written):
        return has[0]
    if had and not has and not opposite and not _SOFTLY.search(written):
        for word, elsewhere in _scopes(cited):
            if word in said and word not in elsewhere:
                return "not"
    return ""


def _opposite(said: set[str], there: set[str]) -> str:
    """A word of ``said`` whose opposite is in ``there`` while none of its synonyms is."""
    for one, other in _STEMMED:
        for side, against in ((one, other), (other, one)):
            if said & side and not there & side and there & against and not said & against:
                return sorted(said & side)[0]
    return ""


def _negators(text: str) -> list[str]:
    return [match[0].casefold() for match in _NOT.finditer(text)]


def _scopes(text: str) -> Iterator[tuple[str, set[str]]]:
    """The content word that each negation negates, and the words of the text outside negations.

    After "refused" or "failed" it is the second word: "to make a statement".
    """
    for match in _NOT.finditer(text):
        after = re.split(r"[,.;:“”\"]|\b(?:but|and|because|until|which|who)\b", text[match.end() :])[0]
        telling = [word for word in stems(after) if not figures(word)]
        elsewhere = set(stems(text[: match.start()])) | set(stems(text[match.end() + len(after) :]))
        for word in telling[: 2 if _ACT.match(match[0]) else 1]:
            yield word, elsewhere


def _words(text: str) -> set[str]:
    return set(stems(text)) | set(re.findall(r"[a-z]+", text.casefold()))


_ACT = re.compile(r"refus|declin|fail", re.IGNORECASE)
_ALL_BUT = re.compile(r"\ball\s+but\b", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:all\s+but|except|other\s+than|apart\s+from|besides|not|did\s*n)", re.IGNORECASE)
_CERTAIN = re.compile(
    r"\b(?:established|prove[ns]?|proved|certain(?:ly)?|definite(?:ly)?|undoubted(?:ly)?|without doubt"
    r"|every(?:one|body)?|all\s+(?:of|\d+)|for\s+good|permanently|entirely|completely|always|guilty)\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:accus\w+|suspicion|suspect\w*|alleg\w+|reportedly|may(?!\s\d)|might|could|possibl[ye]|probably|likely|expect\w*"
    r"|preliminary|front-runner|appear(?:s|ed)?|seem(?:s|ed)?|believed?|thought|considering|would)\b"
)
_ATTRIBUTED = re.compile(
    r"\b(?:said|says?|saying|told|tells|according|report(?:s|ed)?|claim\w*|argu\w+|warn\w*|announc\w+|insist\w*|add(?:s|ed)|call(?:s|ed)"
    r"|den(?:y|ies|ied)|promis\w+|ask(?:s|ed)|want(?:s|ed)?|plan(?:s|ned)?|hop\w+|can|put(?:s)?|set|due|will|describ\w+|whether|if)\b",
    re.IGNORECASE,
)
_AT_MOST = re.compile(r"\b(?:at\s+most|no\s+more\s+than|up\s+to|fewer\s+than|less\s+than|under)\b", re.IGNORECASE)
_AT_LEAST = re.compile(r"\b(?:at\s+least|more\s+than|over|no\s+(?:less|fewer)\s+than)\b", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:no\s+(?:later|more|less|fewer|longer)\s+than|not\s+(?:named|identified)|asked\s+not\s+to|no\s+longer)\b",
    re.IGNORECASE,
)
_STEMMED = [(frozenset(_words(one)), frozenset(_words(other))) for one, other in _PAIRS]
