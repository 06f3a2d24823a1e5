"""Tells what a question is about from the words that only say in what form the answer is wanted.

"Give me a timeline of the storm" is about the storm; an article about it has no "timeline".
"""

from __future__ import annotations

import re

_FORM = (
    r"(?:time\s?line|chronology|summary|overview|background(?:er)?|brief(?:ing)?|recap|run-?down|round-?up|explainer"
    r"|comparison|list|quotes?|quotations?|key\s+(?:dates|events|moments|facts|points)|sequence\s+of\s+events)"
)
_OF = r"(?:of|on|about|for|from|around|regarding|between|in|to)"
_FRAMES = re.compile(
    r"^\W*(?:(?:please|(?:can|could|would)\s+you|i\s+(?:need|want)|let['’]s\s+have)\s+)*(?:"
    rf"(?:(?:give|show|get|write|make|send|build|do)\s+(?:me\s+|us\s+)?)?(?:an?\s+|the\s+|some\s+|\w+\s+)?(?:\w+\s+)?{_FORM}"
    rf"\s+{_OF}\s+"
    r"|(?:summari[sz]e|recap|compare|explain|describe|brief\s+(?:me|us)\s+on|catch\s+(?:me|us)\s+up\s+on"
    r"|fill\s+(?:me|us)\s+in\s+on|tell\s+(?:me|us)\s+(?:more\s+|all\s+|everything\s+)?about)\s+"
    r"|(?:what(?:['’]s|\s+is)\s+)?(?:the\s+)?(?:latest|newest|news)\s+(?:on|about|from|in|with)\s+"
    r"|(?:everything|anything)\s+(?:we\s+(?:have|know)\s+)?(?:on|about)\s+"
    r"|what\s+do\s+(?:we|you|the\s+articles)\s+(?:know|have|say)\s+(?:on|about|of)\s+"
    r"|what(?:['’]s|\s+is|\s+was)\s+(?:going\s+on|happening|new)\s+(?:with|in|at|on)\s+"
    r"|what\s+(?:happened|is\s+known)\s+(?:with|about)\s+"
    r"|(?:do|does|did|where\s+do|how\s+do)\s+[^?]{3,80}?\s(?:agree|disagree|differ)\s+(?:on|about|over|in)\s+"
    r")+",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"(?<=\w\s)(?:time\s?line|chronology),\s*", re.IGNORECASE)
_AFTER = re.compile(rf"[\s,:]+(?:an?\s+)?{_FORM}(?:\s+please)?\W*$|[\s,:]+please\W*$", re.IGNORECASE)


def subject_of(question: str) -> str:
    """What ``question`` is about, without the words of its form; unchanged if nothing would be left.

    >>> subject_of("give me a timeline of the storm"), subject_of("What do we know about the merger?")
    ('the storm', 'the merger?')
    """
    rest = _AFTER.sub("", _INSIDE.sub("", _FRAMES.sub("", question)))
    return rest if re.search(r"\w{2,}", rest) else question
