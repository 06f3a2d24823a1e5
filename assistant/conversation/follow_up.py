"""Rewrites a follow-up so that it stands alone: pronouns become names, "and Nadia Rell?" becomes the last question.

Works by rule on the earlier turns' questions, short answers and cited sentences. Uses no model and adds only words from
those turns. The work is linear in the text used, which is bounded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.claims.mentions import Mentions, Person
from assistant.conversation.archive_follow_ups import asked_of_archive_again
from assistant.conversation.pronouns import unresolved
from assistant.conversation.salience import Heard, referent, subject
from assistant.conversation.talk import reply_to
from assistant.conversation.time_expressions import time_said
from assistant.reader.answer_types import wanted
from assistant.reader.framing import subject_of
from assistant.text.wording import lower_first
from assistant.types.turns import LONGEST_TURN, MOST_TURNS, PriorTurn, Remembered, shortened

_LEADING = re.compile(
    r"^\s*(?:and|but|or|so|also|then|ok(?:ay)?|what\s+about|how\s+about)\b[\s,:]*(?:what\s+about|how\s+about)?\s*",
    re.IGNORECASE,
)
_ELLIPTICAL = re.compile(r"^\s*(?:and|or|but|ok(?:ay)?,?\s+and|(?:and\s+)?(?:what|how)\s+about)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:(?:in|on|at|to|for|from|by|with|since|until|of|about)\s+)?(?:who|whom|whose|what|which|when"
    r"|where|why|how|did|does|do|is|are|was|were|has|have|had|will|would|can|could"
    r"|should|may|might|must|tell|give|show|list|quote|summari[sz]e|explain|compare|describe)\b",
    re.IGNORECASE,
)
_SINGLE = re.compile(r"^\W*(when|where|why|how)\W*(?:(?:is|was|were|did)\W+(?:that|this|it)(?:\W+happen)?)?\W*$", re.I)
_FRAGMENT_WORDS = 3
"""A question of no more words than this, that begins with a question word, leans on the one before it."""

_BEGINS_WITH = re.compile(r"^\W*(when|where|why|how)\s+(?=(?:is|are|was|were|did|does|do|has|have|had|will)\b)", re.I)
_YES_OR_NO = re.compile(r"^\W*(?:is|are|was|were|did|does|do|has|have|had|will)\b", re.IGNORECASE)
_ASKS_FOR_MORE = re.compile(r"\b(?:else|others?|another|more|this|that|these|those)\b", re.IGNORECASE)
_COMPLEMENT = re.compile(
    r"\b(?:said?|says?|told|claim\w*|think\w*|believe\w*|confirm\w*|den(?:y|ie)\w*|warn\w*|know|true|sure"
    r"|report\w*|more)\s+th(?:at|an)\b|\bmore\s+than\b",
    re.I,
)
_PREPOSITION = re.compile(r"^(about|in|on|at|to|for|from|after|before|by|with|under|during)\b", re.IGNORECASE)
_THING = re.compile(r"\s(?:the|an?|its|his|her|their|our)\s+[a-z][\w-]*(?:\s+[a-z][\w-]*)?$")
"""What a question ends in, or a fragment is: "who won the tour", "and the chess?"."""

_IDENTITY = re.compile(r"^\W*(?:who|what)\s+(?:is|are|was|were)(?=\s+\S+(?:\s+\S+){0,2}$)", re.IGNORECASE)
"""What asks who or what somebody is: "who is Petra Holvig"."""

_FORM_ONLY = re.compile(
    r"^\W*(?:(?:and|now|please|ok(?:ay)?|can\s+you|could\s+you)\s+)*(?:(?:make|turn|put|show|give|write|do|get)\s+)?"
    r"(?:(?:it|this|that|them|me|us)\s+)*(?:(?:as|into|in)\s+)?(?:an?\s+|the\s+)?"
    r"(?P<form>timeline|chronology|summary|overview|briefing|list\s+of\s+quotes|quotes)"
    r"(?:\s+(?:of\s+(?:it|this|that)|instead|please|form))*\W*$",
    re.IGNORECASE,
)
_ONLY = frozenset("only just and but for from in the what about now please ok okay s of".split())
"""Words beside a time that ask nothing: "only the last week, please"."""

_RELATIVE = re.compile(r"\b(?:only|just|since|last|past|this|today|yesterday)\b", re.IGNORECASE)
"""What tells the days of the articles wanted from those of an event: "and in March?"."""

_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next|other)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Resolved:
    """A question as it is searched: ``words``.

    ``context`` is searched beside it: the question as it was typed, after its last turn. It is empty if the question
    stands alone.
    """

    words: str
    context: str = ""

    def with_context_if_told_at_length(self) -> Resolved:
        """Searched with its context where sentences are wanted: any that are like "what should people do?" would do."""
        if not self.context or wanted(self.words).has_short:
            return self
        return Resolved(self.context)


class EarlierTurns:
    """The latest turns of a conversation, oldest first, as many as are used. Names are extracted from each once."""

    def __init__(self, turns: Sequence[PriorTurn] = ()) -> None:
        self._heard = deque[Heard](maxlen=MOST_TURNS)
        for turn in turns[-MOST_TURNS:]:
            self.add(turn)

    def __iter__(self) -> Iterator[Remembered]:
        return (heard.turn for heard in self._heard)

    def add(self, turn: PriorTurn) -> None:
        """Adds a turn, and drops the oldest if there are too many. Thanks and greetings are nothing to refer to."""
        if not reply_to(turn.searched[:LONGEST_TURN]):
            self._heard.append(Heard(shortened(turn)))

    def follow_up(self, question: str) -> str:
        """``question`` as it should be searched after these turns; unchanged if it stands alone."""
        return self.resolve(question).words

    def resolve(self, question: str) -> Resolved:
        """``question`` with what it takes from these turns."""
        if not self._heard:
            return Resolved(question)
        last = self._heard[-1].turn
        reshaped = asked_of_archive_again(question, last.searched, date.today()) or _in_another_form(question, last)
        if reshaped:
            return Resolved(reshaped)
        named = Mentions(lower_first(question)).named
        words = self._with_names(question, named)
        fragment = _fragment(words)
        if fragment is not None:
            again = _asked_again(last, fragment)
            in_context = f"{_context(last)} {words}"
            return Resolved(again, in_context) if again else Resolved(in_context)
        if words == question and named and not _LEADING.match(question):
            return Resolved(question)
        if words == question:
            words = self._about_the_subject(question, named)
        return Resolved(words, f"{_context(last)} {question}")

    def _with_names(self, question: str, named: Sequence[Person]) -> str:
        """The question with its unresolved pronouns replaced by what they mean, where that is known."""
        written, end = "", 0
        for pronoun in unresolved(question, named):
            meant = referent(pronoun.kind, self._heard)
            if meant and meant.split()[-1].casefold() not in question.casefold():
                written += question[end : pronoun.start] + meant + ("'s" if pronoun.owns else "")
                end = pronoun.end
        return written + question[end:]

    def _about_the_subject(self, question: str, named: Sequence[Person]) -> str:
        """A question after "more", "others" or "this", with what the conversation is about in brackets."""
        if named or not _ASKS_FOR_MORE.search(_COMPLEMENT.sub("", question)):
            return question
        about = subject(self._heard)
        return f"{question.rstrip(' ?.!')} ({about})?" if about else question


def follow_up(question: str, turns: Sequence[PriorTurn]) -> str:
    """``question`` as it should be searched after ``turns``; unchanged if it stands alone."""
    return EarlierTurns(turns).follow_up(question)


def stands_alone(question: str) -> bool:
    """Whether the question refers to nothing outside it: it has a name and no unresolved pronoun."""
    named = Mentions(lower_first(question)).named
    return bool(named) and not _LEADING.match(question) and not any(unresolved(question, named))


def _in_another_form(question: str, last: Remembered) -> str:
    """The last question with the form or the days asked for now: "make it a timeline", "only last week"; else empty."""
    form = _FORM_ONLY.match(question)
    if form:
        return f"{form['form']} of {subject_of(last.searched).rstrip('?.! ')}"
    time = time_said(question, date.today())
    rest = re.sub(re.escape(time.words), " ", question, flags=re.IGNORECASE) if time else question
    is_all = time is not None and _RELATIVE.search(question) and not set(re.findall(r"\w+", rest.casefold())) - _ONLY
    return last.searched if is_all else ""


def _fragment(question: str) -> str | None:
    """What is left of a question that is none by itself: "and Nadia Rell?", "why?", "to her father?"."""
    leading = _LEADING.match(question)
    rest = question[leading.end() :] if leading else question
    if not _ASKS.match(rest):
        return rest if _ELLIPTICAL.match(question) or _PREPOSITION.match(rest) else None
    return rest if len(rest.split()) <= _FRAGMENT_WORDS and (_SINGLE.match(rest) or _is_bare(rest)) else None


def _is_bare(question: str) -> bool:
    """Whether it has no word with a content of its own: "how many?", "who else?"."""
    bare = "who what which when where why how many much long old often far else is was are were that this so come"
    return set(re.findall(r"\w+", question.casefold())) <= set(bare.split())


def _asked_again(last: Remembered, fragment: str) -> str:
    """The last question with ``fragment`` in the place of what it corresponds to; empty if there is no such place."""
    asked = last.searched.strip().rstrip("?.! ")
    fragment = fragment.strip().rstrip("?.! ")
    single = _SINGLE.match(fragment)
    if single:
        return _with_question_word(asked, single[1])
    if _ASKS.match(fragment):
        return ""
    ordinal = _ORDINAL.search(asked)
    if ordinal and _ORDINAL.fullmatch(re.sub(r"^the\s+|\s+one$", "", fragment, flags=re.IGNORECASE)):
        new = re.sub(r"^the\s+|\s+one$", "", fragment, flags=re.IGNORECASE)
        return f"{asked[: ordinal.start()]}{new}{asked[ordinal.end() :]}?"
    preposition = _PREPOSITION.match(fragment)
    if preposition:
        same = list(re.finditer(rf"\b{preposition[0]}\b", asked, re.IGNORECASE))
        return f"{asked[: same[-1].start()]}{fragment}?" if same else f"{asked} {fragment}?"
    return _with_name(asked, fragment)


def _with_question_word(asked: str, word: str) -> str:
    """ "When does it begin?" and "where" make "Where does it begin?"."""
    same = _BEGINS_WITH.match(asked)
    if same:
        return f"{word.capitalize()} {asked[same.end() :]}?"
    return f"{word.capitalize()} {asked[:1].lower()}{asked[1:]}?" if _YES_OR_NO.match(asked) else ""


def _with_name(asked: str, name: str) -> str:
    """The question about somebody else: in the place of the first of its names that is of the same kind."""
    identity = _IDENTITY.match(asked)
    if identity:
        return f"{identity[0]} {name}?"
    new = Mentions(name).named
    known = Mentions(lower_first(asked)).named
    thing = _THING.search(asked)
    if thing and not new and _THING.fullmatch(f" {name}"):
        return f"{asked[: thing.start()]} {name}?"
    if not known:
        return (
            re.sub(r"^\W*who(?=\s+\w)", lambda _: name, asked, count=1, flags=re.IGNORECASE) + "?"
            if new and re.match(r"\W*who\s", asked, re.I)
            else ""
        )
    alike = [one for one in known if new and one.is_body == new[0].is_body and one.is_place == new[0].is_place]
    old = (alike or known)[0]
    start = old.places[0]
    end = start + len(old.name)
    return f"{asked[:start]}{name}{asked[end:]}?" if asked[start:end] == old.name else ""


def _context(last: Remembered) -> str:
    asked = last.searched.rstrip(" ?.!") + "?"
    return f"{asked} {last.short.rstrip('.')}." if last.short else asked
