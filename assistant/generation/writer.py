"""Has a language model write the answer and keeps only what the given sentences support."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.answering.considered import Considered
from assistant.generation.grounding import Checker, Given
from assistant.generation.language_model import LanguageModel
from assistant.generation.llm_errors import ModelFailed
from assistant.generation.output_parser import Written, parsed_stream, says_nothing
from assistant.generation.prompt_format import listed, may_be_sent, numbered
from assistant.generation.providers import ANSWER_TOKENS
from assistant.types.answers import Answered, CitedSentence
from assistant.types.citations import cite
from indexes import Hit
from prompts import fill

_MARGIN = 1.2
"""Safety factor on our token counts, since tokenisers differ."""

_LONGEST_TURN = 500


class SaysNothing(Exception):
    """The model says that the sentences do not answer the question."""


class Unfounded(ModelFailed):
    """Nothing the model wrote is supported by what it cites."""


@dataclass
class Draft:
    """What a model writes from the sentences ``given``: iterate once, for each sentence as it arrives.

    ``kept_back`` tells people which articles were withheld from it; ``text`` is everything it has written so far.
    """

    pieces: Iterator[str]
    given: Sequence[Given]
    kept_back: str
    text: str = ""

    def __iter__(self) -> Iterator[Written]:
        return parsed_stream(self._heard())

    def _heard(self) -> Iterator[str]:
        for piece in self.pieces:
            self.text += piece
            yield piece


class Writer:
    """Writes answers with one language model. Safe to share between threads."""

    def __init__(
        self, model: LanguageModel, checker: Checker, never_send: Collection[str] = (), show_doubtful: bool = False
    ) -> None:
        self.model = model
        self.checker, self._never_send, self._show_doubtful = checker, tuple(never_send), show_doubtful

    @property
    def described(self) -> str:
        return f"{self.model.label} on {self.model.place}"

    def write(self, question: str, considered: Considered, spent: float = 0.0) -> Iterator[Answered]:
        """The answer as it grows, sentence by sentence; the last is complete. ``spent``: seconds the turn has taken.

        Raises:
            SaysNothing: the model says that the sentences do not answer.
            ModelFailed: it gave no supported answer; disregard what was yielded before.
        """
        sentences = list[CitedSentence]()
        draft = self.draft(question, considered, spent)
        for written in draft:
            sentence = self._held(written, draft.given)
            if sentence is not None:
                sentences.append(sentence)
                yield Answered(question, tuple(sentences), None, self.described, draft.kept_back)
        if says_nothing(draft.text):
            raise SaysNothing
        if not sentences:
            raise Unfounded(f"What {self.model.label} wrote is not supported by the sentences it cites.")

    def draft(self, question: str, considered: Considered, spent: float = 0.0) -> Draft:
        """The model's draft, unchecked.

        Raises:
            ModelFailed: no sentence may be sent to it; while the draft is iterated, as for ``write``.
        """
        hits, kept_back = self._sendable(considered.hits)
        evidence = [e for e in considered.verdict.evidence if may_be_sent(e.hit.article, self._never_send)]
        bare = self._count(fill("answer", sentences="", question=question))
        budget = int((self.model.context - ANSWER_TOKENS - bare) / _MARGIN)
        given = numbered(evidence, hits, budget, self._count)
        if not given:
            raise ModelFailed(f"{self.model.label} was not asked: {kept_back or 'nothing fits its context'}.")
        prompt = fill("answer", sentences=listed(given), question=question)
        return Draft(self.model.stream(prompt, spent), given, kept_back)

    def rewritten(self, question: str, turns: Sequence[tuple[str, str]]) -> str:
        """``question`` rewritten by the model to stand alone, given the earlier questions and answers in ``turns``.

        Raises:
            ModelFailed: it gave no question.
        """
        said = "\n".join(f"Q: {asked[:_LONGEST_TURN]}\nA: {answered[:_LONGEST_TURN]}" for asked, answered in turns)
        prompt = fill("rewrite", conversation=said, question=question)
        text = "".join(self.model.stream(prompt))
        line = next((line.strip(" \"'*") for line in text.splitlines() if line.strip()), "")
        if not line or len(line) > 4 * len(question) + 200:
            raise ModelFailed(f"{self.model.label} gave no question.")
        return line.removeprefix("Question:").strip()

    def _sendable(self, hits: Sequence[Hit]) -> tuple[list[Hit], str]:
        """The hits that may be sent to the model, and a note on the others."""
        sendable = [hit for hit in hits if may_be_sent(hit.article, self._never_send)]
        kept_back = sorted({hit.article.outlet or hit.article.host for hit in hits if hit not in sendable})
        return sendable, f"Not sent to {self.model.label}: articles from {', '.join(kept_back)}" if kept_back else ""

    def _held(self, written: Written, given: Sequence[Given]) -> CitedSentence | None:
        """The checked sentence with its citations; None if it may not be shown."""
        doubt = self.checker.doubt(written, given)
        there = {one.number: one for one in given}
        cited = [there[n] for n in written.cited if n in there]
        if not cited or (doubt and not self._show_doubtful):
            return None
        citations = (cite(one.article, one.sentence.start, one.sentence.end) for one in cited)
        return CitedSentence(written.text, tuple(dict.fromkeys(citations)), doubt)

    @cached_property
    def _count(self) -> Callable[[str], int]:
        from llama_index.core.utils import get_tokenizer

        tokens = get_tokenizer()
        return lambda text: len(tokens(text))
