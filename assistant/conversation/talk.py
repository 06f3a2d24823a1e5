"""Tells what is said to the assistant, such as a greeting, thanks or "what can you do?", from questions.

Talk has none but everyday words, so that whatever names a subject is a question to the articles: "good morning", not
"Good Morning America". What sort of talk it is, cues among those words tell.
"""

from __future__ import annotations

import re

from indexes import Index
from indexes.search.analysis import stems

WHAT_TO_ASK = (
    "Ask who said or did something, when, where, how many or why, or just name a person or a topic. "
    "Every answer quotes the articles."
)
UNCLEAR = f"I can't make out a question in that. {WHAT_TO_ASK}"

_LONGEST = 100
"""In characters: nobody greets at greater length."""

_SUBJECT = re.compile(
    r"\b(?:about|on|of|from|with|by|behind) (?:it|that|this|these|those)\b|\bwhat (?:is|was|s) (?:it|that)\b"
)
"""What asks about something told before, in everyday words only."""

_CUES: tuple[tuple[str, str], ...] = (
    (
        r"\b(?:tell|say|sing|write|you|i)\b.* (?:jokes?|funny|song|poem|story|dance|marry|love)\b",
        f"I can only quote what the articles say. {WHAT_TO_ASK}",
    ),
    (
        r"\b(?:that|this|it|you|your) .*\b(?:wrong|useless|rubbish|nonsense|crap|terrible|awful|bad|stupid|dumb"
        r"|unhelpful|suck|sucks|incorrect|hopeless|annoying|hate|worst|lying|broken)\b|\bnot (?:\w+ ){0,2}(?:helpful"
        r"|helping|useful|good|right|correct|true|what i \w+|the answer)\b|^(?:no )*(?:wrong|incorrect|useless"
        r"|rubbish|nonsense|bad bot)\b|\bhate you\b|\b(?:didn|doesn|don|isn|wasn) t (?:\w+ ){0,2}(?:answer|work|help"
        r"|right|good|helpful|what|understand)\b",
        "I am sorry. Put it in other words, or name the people, places or days it is about; "
        "under an answer are the passages it was chosen from.",
    ),
    (
        r"\b(?:thanks?|thankyou|thx|tysm|ty|cheers|appreciated?|appreciate|grateful|ta|kudos)\b",
        "You're welcome. Ask whatever else you want to know.",
    ),
    (
        r"\b(?:bye|goodbye|good bye|ttyl|farewell|cya|ciao|see you|see ya|good night|goodnight|that s all|that is all"
        r"|that s it|gotta (?:run|go)|have to (?:run|go)|have a (?:nice|good|great|lovely)|take care|until \w+$)\b",
        "Goodbye. Your conversation stays where it is.",
    ),
    (
        r"\b(?:how are you|how r u|how are things|how (?:is|s) it going|how do you (?:feel|do)$|what s up|whats up"
        r"|sup|how you doing|how have you been|how was your)\b",
        f"Ready when you are. {WHAT_TO_ASK}",
    ),
    (
        r"^(?:this is )?(?:just )?(?:a )?test(?:ing)?\b|^is (?:this|it|anybody|anyone)(?: thing)? (?:on|working|there"
        r"|here)\b|\banyone there\b|\b(?:can you hear me|are you (?:still )?(?:there|here|working|awake|online))\b",
        f"It works. {WHAT_TO_ASK}",
    ),
    (
        r"^(?:(?:wow|really|very|so|you|are|re|that|this|is|s) )+(?:great|good|amazing|awesome|brilliant|excellent"
        r"|helpful|useful|impressive|lovely|clever|smart|nice|perfect|cool|right|correct|the best)\b(?!.*\b(?:can|do"
        r"|who|what|how)\b)",
        f"Good. {WHAT_TO_ASK}",
    ),
    (
        r"\b(?:you|your|yours|yourself|u|ur|chatgpt|gpt|help|on record)\b|\bwhat (?:can|could|should|do) i (?:ask|do"
        r"|search)\b|\bhow (?:do|does|can|should) (?:i|this|it)\b.*\b(?:use|work|works)\b|^what (?:is|s) this\b"
        r"|\bcan i ask\b|\bam i (?:talking|speaking|chatting)\b",
        f"I answer from the articles of this archive and quote the sentences an answer rests on. {WHAT_TO_ASK}",
    ),
    (
        r"^(?:hi+|hello+|hey+|hiya|howdy|hullo|greetings|yo|moin|hola|bonjour|salut|hallo|servus|(?:good )?(?:morning"
        r"|afternoon|evening)|good day)\b",
        f"Hello. {WHAT_TO_ASK}",
    ),
    (
        r"^(?:oh |i am |i m |so |very )*(?:sorry|oops|apologies|pardon|my bad|my mistake|never ?mind|nvm|forget it"
        r"|forget that)\b",
        f"No problem. {WHAT_TO_ASK}",
    ),
    (
        r"^(?:oh |ah |hm+ |well |so |that s |this is |it s |very |really |pretty |quite |super |just )*(?:ok|okay|k"
        r"|kk|great|good|perfect|cool|nice|wow|awesome|excellent|brilliant|helpful|useful|amazing|lovely|fine"
        r"|interesting|impressive|fantastic|wonderful|neat|sweet|superb|fascinating|correct|right|true|exactly|done"
        r"|well done|bravo|congrats|congratulations|helps|got it|i see|see|understood|alright|all right|sure|lol|lmao"
        r"|rofl|haha\w*|hehe\w*|yes|yeah|yep|yup|nope|nah|no|maybe|really|seriously|hm+|bored|stop|cancel|quit|exit"
        r"|great job)\b",
        f"Good. {WHAT_TO_ASK}",
    ),
)  # fmt: skip
"""Patterns over words in lower case, the first that is found counts; and what to say then."""

_EVERYDAY = frozenset(
    """
    a about again ahead already always an and another any as asked at away back be before being but by cannot
    come did enough ever everybody everyone everything feeling for from get gets getting give had has i if in
    into its keep keeps know later learn let like look lot made make makes many mean much must myself need new
    nothing now of off one only or other our out please pls plz rather real said says some something soon speak
    stuff such talk than then think though through time today tomorrow tonight too try trying us used using want
    way we week weekend were when where which whole why will wish with without would yet s t m ve d ll aren won
    couldn wouldn shouldn haven hasn gonna wanna u r question questions answers answering kind kinds sort sorts
    type types topic topics tool tools site page app system purpose capable able window name called age old
    thank needed testing bots robot robots human ai person people machine computer program software assistant
    journalist reporter friend mate buddy folks team guys sleep dream alive intelligent sentient conscious
    language languages english german french spanish running slow little bit million bunch tons loads fast quick
    quickly trust built created wrote names live born mistakes saved saves life long two three four 1 2 3 4 5
    123 false around joke
    """.split()
)
"""Words that name no subject, beside those of the cues: talk has no others."""

_SPOKEN = re.compile(r"[^\w]+")
_CUE_WORDS = frozenset(word for cue, _ in _CUES for word in re.findall(r"[a-z]{2,}", re.sub(r"\\\w", " ", cue)))
_TALK_WORDS = _EVERYDAY | _CUE_WORDS
_STRETCHED = re.compile(r"(?:hi+|he+y+|hello+|yo+|h+m+|o+h+|a+h+|(?:ha|he){2,}h?|lo+l|ye+s|no+|so+|bye+|ok+)")


def reply_to(said: str) -> str:
    """What to say to ``said``; empty if it is a question to the articles.

    >>> reply_to("who thanked the mayor?")
    ''
    """
    spoken = _SPOKEN.sub(" ", said.lower()).strip()
    if not re.search(r"\w", spoken):
        return UNCLEAR
    if len(spoken) > _LONGEST or not all(word in _TALK_WORDS or _STRETCHED.fullmatch(word) for word in spoken.split()):
        return ""
    if _SUBJECT.search(spoken):
        return ""
    return next((reply for cue, reply in _CUES if re.search(cue, spoken)), "")


def is_noise(index: Index, question: str) -> bool:
    """Whether it is a word or two that neither an article nor the language has: "asdfgh"."""
    words = question.split()
    if len(words) > 2 or not all(word.isalpha() and word.islower() for word in words):
        return False
    held = index.occurrences(set(stems(question)))
    return held is not None and not any(held.values()) and not any(map(index.is_plain_word, words))
