"""Tells what is said to the assistant, such as a greeting, thanks or "what can you do?", from questions."""

from __future__ import annotations

import re

from indexes import Index
from indexes.search.analysis import stems

WHAT_TO_ASK = (
    "Ask who said or did something, when, where, how many or why, or just name a person or a topic. "
    "Every answer quotes the articles."
)
UNCLEAR = f"I can't make out a question in that. {WHAT_TO_ASK}"

_ASIDE = r"(?:\s+(?:there|all|everyone|everybody|team|again|folks|on record|bot|assistant|mate|friend))*"
_PRAISE = (
    r"(?:(?:that|this|it)(?:['’]s|\s+(?:is|was))\s+)?(?:really\s+|very\s+|so\s+|quite\s+|super\s+|just\s+)*"
    r"(?:great|good|perfect|cool|nice|wow|awesome|excellent|brilliant|helpful|useful|amazing|lovely|fine|interesting)"
    r"(?:\s+(?:job|work|one|stuff|answer|to\s+know|help|what\s+i\s+needed))?"
)
_THANKS = (
    r"(?:many\s+|much\s+)?(?:thanks?(?:\s+you)?|thankyou|thx|cheers|much\s+appreciated|ta)"
    r"(?:\s+(?:a\s+lot|a\s+million|so\s+much|very\s+much|for\s+(?:that|this|your\s+help|the\s+help"
    r"|all\s+that)|again|you|loads|mate|everyone))*"
)
_LONGEST = 100
"""In characters: nobody greets at greater length."""

_SPOKEN = re.compile(r"[^\w\s'’]+|\s+")

_TALK: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), reply)
    for pattern, reply in (
        (
            rf"(?:hi+|hello|hey+|hiya|howdy|greetings|good\s+(?:morning|afternoon|evening|day)|moin|yo){_ASIDE}",
            f"Hello. {WHAT_TO_ASK}",
        ),
        (
            rf"(?:ok(?:ay)?\s+|{_PRAISE}\s+|no\s+)*{_THANKS}(?:\s+(?:{_PRAISE}|that\s+helps))?",
            "You're welcome. Ask whatever else you want to know.",
        ),
        (
            rf"(?:ok(?:ay)?\s+|oh\s+)*(?:{_PRAISE}|that\s+helps|ok(?:ay)?|got\s+it|i\s+see|understood|alright|all\s+right"
            rf"|right|sure|lol|haha+|no|yes|yep|nope)",
            f"Good. {WHAT_TO_ASK}",
        ),
        (
            rf"(?:good\s*bye|bye+|bye\s+bye|see\s+you(?:\s+later)?|good\s+night|that['’]s\s+all"
            rf"|have\s+a\s+(?:nice|good)\s+\w+){_ASIDE}",
            "Goodbye. Your conversation stays where it is.",
        ),
        (
            r"(?:so\s+|and\s+|ok(?:ay)?\s+)*(?:what\s+(?:all\s+)?(?:can|could|do)\s+(?:you|this"
            r"|it)\s+do(?:\s+for\s+me)?|what\s+can\s+i\s+(?:ask|do|search)(?:\s+(?:you|here|for|about|this))*"
            r"|how\s+(?:do|does|can|should)\s+(?:you|this|it|i\s+use\s+(?:this|you|it))(?:\s+(?:thing|tool"
            r"|work|works))*|who\s+are\s+you|what\s+are\s+you|what\s+is\s+this(?:\s+(?:thing|tool|site"
            r"|page))?"
            r"|(?:can|could)\s+you\s+help(?:\s+me)?(?:\s+(?:please|out))*"
            r"|(?:i\s+need\s+)?help(?:\s+me)?(?:\s+please)?|are\s+you\s+(?:a\s+|an\s+)?(?:bot|robot|human|ai"
            r"|person|real|there|chatgpt)"
            r"|(?:what|which)\s+(?:kinds?|sorts?|types?)\s+of\s+(?:questions?|things?|stuff)\s+(?:can|could|do|should)"
            r"\s+(?:i|you)\s+(?:ask|answer|do|know)(?:\s+(?:you|here|about))*|what\s+(?:do|can)\s+you\s+(?:know|answer|tell\s+me)"
            r"|how\s+(?:can|could)\s+(?:you|this)\s+help(?:\s+me)?|what\s+(?:is|['’]s)\s+this\s+for|can\s+i\s+ask"
            r"(?:\s+you)?(?:\s+(?:something|a\s+question|anything))?|what(?:['’]s|\s+is)\s+on\s+record"
            r"|what\s+should\s+i\s+ask(?:\s+you)?|what\s+are\s+you\s+(?:for|able\s+to\s+do|good\s+at)"
            r"|tell\s+me\s+about\s+yourself|what\s+questions\s+can\s+i\s+ask(?:\s+you)?)",
            f"I answer from the articles of this archive and quote the sentences an answer rests on. {WHAT_TO_ASK}",
        ),
        (
            r"how\s+(?:are|r)\s+(?:you|u)(?:\s+(?:doing|today))*|how['’]?s\s+it\s+going|what['’]?s\s+up|sup",
            f"Ready when you are. {WHAT_TO_ASK}",
        ),
        (
            r"test(?:ing)?(?:\s+(?:test(?:ing)?|one|two|three|1|2|3|123))*|is\s+(?:this|anybody"
            r"|anyone)\s+(?:thing\s+)?(?:on|working|there)",
            f"It works. {WHAT_TO_ASK}",
        ),
    )
)


def reply_to(said: str) -> str:
    """What to say to ``said``; empty if it is a question to the articles.

    >>> reply_to("who thanked the mayor?")
    ''
    """
    spoken = _SPOKEN.sub(" ", said).strip()
    if not re.search(r"\w", spoken):
        return UNCLEAR
    if len(spoken) > _LONGEST:
        return ""
    return next((reply for pattern, reply in _TALK if pattern.fullmatch(spoken)), "")


def is_noise(index: Index, question: str) -> bool:
    """Whether it is a word or two that neither an article nor the language has: "asdfgh"."""
    words = question.split()
    if len(words) > 2 or not all(word.isalpha() and word.islower() for word in words):
        return False
    held = index.occurrences(set(stems(question)))
    return held is not None and not any(held.values()) and not any(map(index.is_plain_word, words))
