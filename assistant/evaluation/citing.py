"""How well a language model cites: recall and precision of its citations, after ALCE (Gao et al., EMNLP 2023).

ALCE uses a natural-language inference model to decide whether sentences support a statement; here On Record's own
grounding checks decide. Measures what the model wrote, before unsupported sentences are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.answering.reader_judge import ReaderJudge
from assistant.evaluation.matching import Figure, average, holds_answer, share
from assistant.evaluation.questions import Question
from assistant.generation.grounding import Checker, Given
from assistant.generation.llm_errors import ModelFailed
from assistant.generation.output_parser import Written, says_nothing
from assistant.generation.writer import Writer
from assistant.text.wording import normalise_answer
from indexes.types.filters import EVERYTHING


@dataclass(frozen=True)
class Draft:
    """What a model wrote for one question. ``recall`` and ``precision`` are ALCE's, 0 to 1.

    ``stand`` of its ``sentences`` are supported by what they cite; ``bears``: one of these contains the answer.
    ``failed`` says why there is no draft; ``nothing``: the model says that the articles do not answer.
    """

    id: str
    text: str
    sentences: int = 0
    stand: int = 0
    recall: float = 0.0
    precision: float = 0.0
    bears: bool = False
    nothing: bool = False
    failed: str = ""


@dataclass(frozen=True)
class Citing:
    """``drafts`` of the language model that ``writer`` names."""

    writer: str
    drafts: tuple[Draft, ...]

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by name: its value and the number of drafts, or sentences, it is computed over."""
        written = [draft for draft in self.drafts if draft.sentences]
        return {
            "citation recall": average([draft.recall for draft in written]),
            "citation precision": average([draft.precision for draft in written]),
            "sentences that stand": share(sum(d.stand for d in written), sum(d.sentences for d in written)),
            "a sentence that stands holds the answer": average([float(draft.bears) for draft in self.drafts]),
            "answered by the model": average([float(draft.stand > 0) for draft in self.drafts]),
            "said it found nothing": average([float(draft.nothing) for draft in self.drafts]),
            "failed": average([float(bool(draft.failed)) for draft in self.drafts]),
        }


def ask_to_write(
    writer: Writer, judge: ReaderJudge, questions: Sequence[Question], dated: bool, step: Callable[[], None]
) -> Citing:
    """Asks the model every question that has a known answer."""
    drafts = []
    for question in questions:
        if question.answers:
            drafts.append(_draft(writer, judge, question, dated))
        step()
    return Citing(writer.described, tuple(drafts))


def _draft(writer: Writer, judge: ReaderJudge, question: Question, dated: bool) -> Draft:
    considered = judge.consider(question.text, EVERYTHING, question.asked if dated else None)
    try:
        draft = writer.draft(question.text, considered)
        written = list(draft)
    except ModelFailed as failed:
        return Draft(question.id, "", failed=str(failed))
    if says_nothing(draft.text):
        return Draft(question.id, draft.text, nothing=True)
    standing = [one for one in written if writer.checker.stands(one, draft.given)]
    precise = [p for one in written for p in _precise(writer.checker, one, draft.given, one in standing)]
    answers = tuple(map(normalise_answer, question.answers))
    return Draft(
        id=question.id,
        text=draft.text,
        sentences=len(written),
        stand=len(standing),
        recall=share(len(standing), len(written))[0],
        precision=average(precise)[0],
        bears=any(holds_answer(one.text, answers) for one in standing),
    )


def _precise(checker: Checker, written: Written, given: Sequence[Given], stands: bool) -> list[bool]:
    """For each citation, whether it is needed: not if it gives no support alone and the others suffice without it."""
    if len(written.cited) < 2 or not stands:
        return [stands] * len(written.cited)
    found = []
    for number in written.cited:
        rest = tuple(n for n in written.cited if n != number)
        alone = checker.stands(Written(written.text, (number,)), given)
        found.append(alone or not checker.stands(Written(written.text, rest), given))
    return found
