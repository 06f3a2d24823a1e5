"""How sure the reader's best answer is: of its words, only of the sentence they stand in, or of neither.

The reader is confident of much that a sentence does not say of what was asked. So an answer also has to stand where the
question's own words do. docs/log.md has the figures behind the bounds.
"""

from __future__ import annotations

import re

from assistant.reader.answer_types import AnswerType
from assistant.reader.calibration import Calibration, Question, Weighed
from assistant.reader.read_passages import Candidate
from indexes.search.analysis import stems

_SHORT_QUESTION = 15
"""In words. A longer one tells a story of which a passage has a part, and is not held to its words."""

_IN_SENTENCE = 0.2
_IN_PASSAGE, _IN_PASSAGE_OF_WORDS = 0.5, 0.6
"""How much of the question the answer's sentence and its passage must have, the latter more if words are shown."""

_CONFIDENT = 0.6
"""With this confidence the passage need not have much of the question: it may be told in other words."""

_SAID_ALMOST_ALL = 0.64
_CONFIDENT_ENOUGH = 0.22
"""A sentence that has so much of the question answers it with less confidence of the reader in the words."""

_COUNTED = re.compile(r"\bhow\s+many\s+((?:[a-z]+\s+){0,2}?(?!people\b)[a-z]{2,}s)\b(?!\s+of\b)", re.IGNORECASE)
"""What a question counts, in its plural: "votes", "striking nurses". People are counted in many words."""

_RIVAL = 3.0
"""A second number, day or place in the sentence whose score is no more below the first's may be the one meant."""

_READ_FROM_SEVERAL = 15
_OF_SEVERAL = frozenset(
    (
        AnswerType.TIME,
        AnswerType.PLACE,
        AnswerType.NUMBER,
        AnswerType.MEASURE,
        AnswerType.MONEY,
        AnswerType.PERCENTAGE,
        AnswerType.DURATION,
        AnswerType.AGE,
    )
)


class Certainty:
    """What can be shown of the best answer in ``weighed``, which must have one.

    ``has_known_names``: the question has names that articles have.
    """

    def __init__(self, asked: Question, weighed: Weighed, calibration: Calibration, has_known_names: bool) -> None:
        self._asked, self._weighed, self._calibration = asked, weighed, calibration
        self._confidence = weighed.confidence
        self._best = weighed.answers[0].best
        self._is_long = len(asked.text.split()) > _SHORT_QUESTION
        hit, sentence = self._best.hit, self._best.sentence
        self._said = hit.article.text[sentence.start : sentence.end]
        self._in_sentence = asked.likeness(self._said)
        self._in_passage = asked.likeness(hit.text_with_title)
        self._has_known_names = has_known_names

    @property
    def of_sentence(self) -> bool:
        """Whether the sentence may be shown as the answer."""
        if self._confidence < self._calibration.threshold or (self._has_known_names and not self._holds_relation()):
            return False
        stands = self._in_passage >= _IN_PASSAGE or self._confidence >= _CONFIDENT
        return self._is_long or (stands and self._in_sentence >= _IN_SENTENCE)

    @property
    def of_words(self) -> bool:
        """Whether the words may be shown as the answer: of the type asked for, and the only ones that can be meant."""
        confident = self._confidence >= self._calibration.words or (
            self._confidence >= _CONFIDENT_ENOUGH and self._in_sentence >= _SAID_ALMOST_ALL
        )
        in_passage = self._is_long or self._in_passage >= _IN_PASSAGE_OF_WORDS
        fits = self._asked.fits(self._best) >= 0 and self._counts_it()
        return self.of_sentence and confident and in_passage and fits and not self._rival()

    def _holds_relation(self) -> bool:
        """Whether the article has what is to be dated or placed: "When was Doorne released?" needs a release.

        That is the rarest word of the question that is no name.
        """
        asked, article = self._asked, self._best.hit.article
        if asked.wants not in (AnswerType.TIME, AnswerType.PLACE):
            return True
        words = [stem for word in re.findall(r"(?<![\w’'-])[a-zà-ÿ]{4,}", asked.text) for stem in stems(word)]
        rare = max((word for word in words if word in asked.rarity), key=lambda word: asked.rarity[word], default="")
        return not rare or asked.holds(rare, f"{article.title} {article.text}")

    def _counts_it(self) -> bool:
        """Whether the sentence names what a question counts, unless the reader is confident: "how many votes?"."""
        counted = _COUNTED.search(self._asked.text)
        if self._asked.wants is not AnswerType.NUMBER or counted is None or self._confidence >= _CONFIDENT:
            return True
        return any(self._asked.holds(stem, self._said) for stem in stems(counted[1]))

    def _rival(self) -> bool:
        if self._asked.wants not in _OF_SEVERAL:
            return False
        others = [one for answer in self._weighed.answers[1:_READ_FROM_SEVERAL] for one in answer.candidates]
        return any(self._is_rival(one) for one in others)

    def _is_rival(self, one: Candidate) -> bool:
        best = self._best
        is_beside = one.hit.article.id == best.hit.article.id and one.sentence == best.sentence
        is_apart = one.end <= best.start or one.start >= best.end
        return is_beside and is_apart and one.score > best.score - _RIVAL and self._asked.fits(one) > 0
