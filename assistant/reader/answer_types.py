"""What type of answer a question asks for, by rules on its words."""

from __future__ import annotations

import re
from enum import StrEnum


class AnswerType(StrEnum):
    """The type of answer that a question asks for."""

    YES_NO = "yes or no"
    ROLE = "role"
    PERSON = "person"
    NAME = "name"
    PLACE = "place"
    TIME = "date or time"
    DURATION = "duration"
    AGE = "age"
    NUMBER = "number"
    MEASURE = "number with unit"
    MONEY = "money"
    PERCENTAGE = "percentage"
    DEGREE = "degree"
    REASON = "reason"
    MANNER = "manner"
    STATEMENT = "statement"
    EVENT = "event"
    TOPIC = "topic"
    TIMELINE = "timeline"
    COMPARISON = "comparison"
    OTHER = "other"

    @property
    def has_short(self) -> bool:
        """Whether a few words can be the answer; else it is a sentence or more."""
        return self not in _TOLD_AT_LENGTH

    @property
    def is_checked(self) -> bool:
        """Whether there are words that cannot be of this type."""
        return self.has_short and self is not AnswerType.OTHER


_TOLD_AT_LENGTH = frozenset(
    (
        AnswerType.YES_NO,
        AnswerType.REASON,
        AnswerType.MANNER,
        AnswerType.STATEMENT,
        AnswerType.EVENT,
        AnswerType.TOPIC,
        AnswerType.TIMELINE,
        AnswerType.COMPARISON,
    )
)
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|will|would|can|could|shall|should|may|might|must|['’]s|['’]re)"
)
UNIT_OF_TIME = r"(?:second|minute|hour|day|week|fortnight|month|year|decade|centur|season|night|weekend)(?:s|y|ies)?"
"""A pattern of the units of time, in one or many."""

_NAMED_THING = (
    r"(?:compan(?:y|ies)|firm|newspaper|outlet|paper|magazine|network|channel|broadcaster|bank|airline|party"
    r"|team|club|union|agency|ministry|university|college|school|hospital|museum|court|organi[sz]ation|group"
    r"|band|studio|brand|app|website|platform|film|movie|song|album|book|novel|show|series|drug|vaccine|storm"
    r"|hurricane|ship|rocket|spacecraft|satellite)"
)
_PLACE_NOUN = (
    r"(?:cit(?:y|ies)|towns?|villages?|countr(?:y|ies)|states?|counties|county|provinces?|regions?|districts?"
    r"|continent|islands?|places?|street|venue|stadium|airport|port|capital)"
)
_A_PERSON = (
    r"(?:president|minister|mayor|senator|governor|actor|actress|singer|player|author|director|judge|official"
    r"|professor|politician|lawmaker|athlete|scientist|epidemiologist|doctor|coach|rapper|celebrity|artist"
    r"|king|queen|prince|pope|spokes(?:man|woman|person)|billionaire|ceo)"
)

_RULES: tuple[tuple[re.Pattern[str], AnswerType], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (
            r"\bwhy\b|\bhow\s+come\b|\bwhat\s+(?:caused|made|led|prompted|is\s+the\s+(?:reason|cause)|(?:was"
            r"|were|are)\s+the\s+(?:reasons?|causes?))\b|\bfor\s+what\s+reason",
            AnswerType.REASON,
        ),
        (
            rf"\bwhat\s+{_AUXILIARY}\s+(?:.{{1,80}}\s)?(?:say|said|saying|says|tell|told|claim(?:ed|ing)?|argue"
            rf"|think|make\s+of|announce|warn|promise|demand|deny|confirm|write|want"
            rf"|call\s+for)\b(?!.*\bnamed?\b)|^\W*quote\b|\bquot(?:es|ations)\s+(?:about|on|from|by)\b|\bhow\s+did\s.{{1,80}}\b(?:react|respond|describe"
            rf"|explain|defend|justify|answer|reply)\b|\bwhat\s+(?:was|is|were|are)\s+.{{1,80}}\b(?:reaction"
            rf"|response|comment|statement|explanation|excuse)\b",
            AnswerType.STATEMENT,
        ),
        (r"\bhow\s+old\b|\bwhat\s+age\b|\bat\s+what\s+age\b", AnswerType.AGE),
        (
            rf"\bhow\s+(?:long|soon|often|frequently|late)\b|\bfor\s+how\s+long\b|\bhow\s+(?:many"
            rf"|much)\s+(?:more\s+|longer\s+)?{UNIT_OF_TIME}\b",
            AnswerType.DURATION,
        ),
        (
            r"\bhow\s+much\s+(?:money|is|are|was|were|do|does|did|will|would|has|have|had|can|could|per|in)\b"
            r"|\bhow\s+much\s*\??$|\bwhat\s.*\b(?:cost|price|fee|salary|fine|bail|bond|revenue|worth|budget"
            r"|prize\s+money|pay(?:ing)?)\b|\bat\s+what\s+price\b",
            AnswerType.MONEY,
        ),
        (
            r"\bwhat\s+(?:percent|percentage|share|proportion|fraction)\b|\b(?:by\s+)?how\s+many\s+percent"
            r"|\bwhat\s.*\b(?:rate|percentage|turnout)\b",
            AnswerType.PERCENTAGE,
        ),
        (r"\bhow\s+(?:many|much)\b|^\W*(?:attendance|(?:death\s+)?toll|turnout)\b", AnswerType.NUMBER),
        (
            r"\bhow\s+(?:big|large|tall|high|deep|wide|heavy|fast|far|hot|cold|strong|close|steep|thick|loud"
            r"|full)\b|\bwhat\s+(?:is|was)\s+the\s+(?:height|length|depth|distance|size|speed|weight|range"
            r"|magnitude|temperature|population|score|number|rank(?:ing)?)\b",
            AnswerType.MEASURE,
        ),
        (
            r"\bhow\s+(?:well|effective|safe|likely|serious|severe|bad|good|dangerous|common|popular|important"
            r"|successful|accurate|hard|difficult|easy)\b",
            AnswerType.DEGREE,
        ),
        (
            rf"\bhow\s+{_AUXILIARY}\b|\bhow\s+to\b|^\W*how\b|\bin\s+what\s+way\b|\bwhat\s+way\b"
            rf"|\bwhat\s+measures\b",
            AnswerType.MANNER,
        ),
        (
            r"\bwhen\b|\b(?:what|which)\s+(?:time|day|date|year|month|week|weekday|hour|century|season)\b"
            r"|\b(?:since|until)\s+(?:when|what)\b|\bwhat['’]?s\s+the\s+date\b|\bwhat\s+(?:is"
            r"|was)\s+the\s+(?:date|deadline|day)\b",
            AnswerType.TIME,
        ),
        (
            rf"\bwhere\b|\b(?:what|which)\s+(?:\w+\s+){{0,2}}{_PLACE_NOUN}\b|\bwhat\s+(?:is"
            rf"|was)\s+the\s+(?:capital|location|venue)\b",
            AnswerType.PLACE,
        ),
        (
            r"\bwho(?:['’]s|\s+(?:is|are|was|were))\s+(?=[A-Z]|[a-z]+\s+[a-z]+\W*$)(?!.*['’]s\s)(?!the\b|a\b"
            r"|an\b|his\b|her\b|its\b|their\b|in\b|on\b|behind\b)",
            AnswerType.ROLE,
        ),
        (rf"\bwho(?:m|se|['’]s|['’]d)?\b|\b(?:what|which)\s+(?:\w+\s+){{0,2}}{_A_PERSON}\b", AnswerType.PERSON),
        (
            rf"\b(?:what|which)\s+(?:\w+\s+){{0,2}}{_NAMED_THING}\b|\bwhat\s+(?:is|was|are"
            rf"|were)\s+.{{1,80}}\b(?:name|called|named)\b|\bwhat['’]s\s+.{{1,60}}\bname\b",
            AnswerType.NAME,
        ),
        (
            r"\bwhat\s+(?:happened|happens|is\s+happening|was\s+happening|will\s+happen|'s\s+happening|became"
            r"|changed|went\s+wrong)\b|\bwhat\s.*\babout\s*\??$|\bwhat\s.*\bdo(?:ing|ne)?\W*$",
            AnswerType.EVENT,
        ),
    )
)


_TIMELINE = re.compile(
    r"\btime\s?lines?\b|\bchronolog\w+|\bsequence\s+of\s+events\b|\bkey\s+(?:dates|events|moments)\b"
    r"|\bwhat\s+happened\s+when\b|\bwhen\s+did\s+what\b|\bhow\s+did\s.{1,80}\b(?:unfold|play\s+out|develop)\b"
    r"|\b(?:step|day)\s+by\s+(?:step|day)\b|\border\s+of\s+events\b|^\W*[^,:]+:\s*from\s.+\sto\s",
    re.IGNORECASE,
)
_REPORTS = r"(?:articles?|accounts?|reports?|outlets?|papers?|newspapers?|sources?|pieces?|stories|versions?|sites)"
_COMPARISON = re.compile(
    r"\bcompar(?:e|ed|es|ing|ison)\b|\bdifferences?\s+between\b|\b(?:versus|vs\.?)(?=\s)|\s(?-i:v)\.?\s+(?:the\s+)?\w"
    rf"|\b{_REPORTS}\b.*\b(?:differ|disagree|agree|contradict|give|vary|match|conflict)\b"
    rf"|\bdifferent\s+(?:\w+\s+)?{_REPORTS}\b|\bwhat\s+(?:do|does|did)\s+(?:both|the\s+two)\b"
    r"|\bhow\s+(?:do|does|did|are|were)\s.{1,80}\b(?:differ|disagree)\b|\bboth\s+sides\b|\btwo\s+sides\b"
    r"|\bwhere\s+do\s.{1,80}\b(?:differ|disagree)\b|\bthen\s+and\s+now\b",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^\W*(?:please\s+)?(?:(?:give|show|get)\s+me\s+)?(?:an?\s+|the\s+)?(?:summar\w+|overview|background|brief(?:ing)?"
    r"|explain|recap|catch\s+me\s+up|tell\s+me\s+(?:more\s+)?about|describe|list\s+(?:of|all|the)"
    r"|latest\s+(?:on|about|news|from)|everything\s+(?:on|about))\b"
    r"|\bwhat\s+do\s+(?:we|you|the\s+articles)\s+(?:know|have|say)\b|\bwhat(?:['’]s|\s+is)\s+the\s+latest\b"
    r"|\bwhat(?:['’]s|\s+is|\s+was)\s+(?:going\s+on|new)\b"
    r"|\b(?:which|what|how\s+many)\s+(?:of\s+our\s+)?(?:articles?|stories|pieces|reports)\b",
    re.IGNORECASE,
)
_BARE = 8
"""A question of no more words, none of which asks, is a topic: "chess cheating row"."""

_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|quotes?|quotations|is|are|was|were|did|does|do|has|have|had|will|can)\b",
    re.I,
)

_SEVERAL = re.compile(
    r"\b(?:which|what)\s+(?:\w+\s+){0,2}?(?!this|us|is|was|has|does)\w+[^\Ws]s\s+(?!is\b|was\b|has\b|does\b)\w"
    r"|\bwho\s+(?:all|else)\b|\bwho(?:\s+are|\s+were|['’]re)\s+the\b",
    re.IGNORECASE,
)


def wanted(question: str) -> AnswerType:
    """The type of answer that ``question`` asks for.

    >>> wanted("How old is the youngest winner?"), wanted("why did the network go down?")
    (<AnswerType.AGE: 'age'>, <AnswerType.REASON: 'reason'>)
    """
    asked = re.split(r"(?<=[.!?])\s+", question.strip())[-1]
    if not _ASKS.search(asked):
        asked = question
    if _TIMELINE.search(asked):
        return AnswerType.TIMELINE
    if _COMPARISON.search(asked):
        return AnswerType.COMPARISON
    is_bare = not _ASKS.search(asked) and len(asked.split()) <= _BARE and not asked.endswith("?")
    if is_bare or _TOPIC.search(asked):
        return AnswerType.TOPIC
    return next((kind for pattern, kind in _RULES if pattern.search(asked)), AnswerType.OTHER)


def wants_several(question: str) -> bool:
    """Whether several names answer ``question``, which seldom stand in one span: "which carmakers left?"."""
    return _SEVERAL.search(question) is not None
