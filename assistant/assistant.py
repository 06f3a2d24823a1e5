"""The assistant: a question in, an answer out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Self

from assistant.answering.arranging import IN_ORDER, Arrangement, arranged
from assistant.answering.composing import Considerations, cited, composed, from_archive, together
from assistant.answering.considered import Considered
from assistant.answering.reader_judge import Judge, ReaderJudge
from assistant.conversation.follow_up import EarlierTurns
from assistant.conversation.query_rewriting import Understood, understand
from assistant.conversation.spelling import corrections
from assistant.conversation.talk import UNCLEAR, is_noise, reply_to
from assistant.conversation.time_expressions import is_open
from assistant.text.wording import sentence, told
from assistant.types.answers import Answer, Answered, Notice, Talk
from assistant.types.index_state import IndexStates
from assistant.types.turns import PriorTurn, Remembered, Turn
from indexes import Index, OnRecordError
from indexes.types.article import normalise
from indexes.types.errors import DatabaseUnusable
from indexes.types.filters import EVERYTHING, Filter, ImpossibleFilter, read_filter

if TYPE_CHECKING:
    from assistant.claims.extraction import ClaimReader
    from assistant.generation.writer import Writer
    from assistant.types.claims import Claim, Voice

_log = logging.getLogger(__name__)

LONGEST_QUESTION = 2000
NO_ARTICLES = "There are no articles yet. Add some: onrecord add PATH"
_NEWEST = 8
_CLAIMED = 20
FAILED = "Something went wrong inside On Record. Details are in the server log."
_LOADING = "The models are still loading. Try again in a few seconds."


class Assistant:
    """Answers questions from the articles of one index: a question in, an answer out. Safe to share between threads.

    >>> with open_assistant("newsroom") as assistant:
    ...     outcomes = list(assistant.index.add([new_article("The ferry will close on Friday.", id="ferry")]))
    ...     assistant.ask("When will the ferry close?").sentences[0].text
    'The ferry will close on Friday.'
    """

    def __init__(
        self,
        index: Index,
        judge: Judge | None = None,
        writer: Writer | None = None,
        claims: ClaimReader | None = None,
    ) -> None:
        """With ``writer`` a language model writes the answers; without one they are the articles' own sentences.

        ``claims`` reads who said what; by default with the judge's own reader.
        """
        self.index = index
        self.writer = writer
        self.on_turn: Callable[[Turn, float], None] = _nothing
        """Told of every turn that is whole, and the seconds it took."""
        self.today: Callable[[], date] = date.today
        """The day on which questions are asked: "yesterday" is the day before it."""
        self._judge = judge or ReaderJudge(index)
        self._claims = claims
        self._lacks = _LOADING
        self._states = IndexStates(index)
        self._openings: tuple[int, list[str]] = (-1, [])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the index too."""
        self.index.close()

    @cached_property
    def claims(self) -> ClaimReader:
        """Reads who said what out of articles."""
        from assistant.claims.extraction import ClaimReader

        if self._claims is None:
            judge = self._judge if isinstance(self._judge, ReaderJudge) else ReaderJudge(self.index)
            return ClaimReader(judge.model)
        return self._claims

    def ask(self, question: str, where: Filter = EVERYTHING, turns: Sequence[PriorTurn] = ()) -> Answer:
        """Answers from the articles that pass ``where`` and the filter words in the question.

        Never raises for what went wrong with the articles, a model or a filter: that is a Notice.
        """
        *_, last = self.converse(question, where, turns)
        return last.answer

    def converse(
        self, question: str, where: Filter = EVERYTHING, turns: Sequence[PriorTurn] = (), as_it_is: bool = False
    ) -> Generator[Turn]:
        """The turn that ``question`` makes after ``turns``, as it grows; the last is whole. Raises as little as ask.

        ``as_it_is``: the question is searched as it stands, whatever was asked before. Closing the iterator stops.
        """
        began, turn = time.monotonic(), None
        for turn in self._grown(normalise(question).strip(), where, () if as_it_is else turns):
            yield turn
        if turn is not None:
            self.on_turn(turn, time.monotonic() - began)

    def warm_up(self) -> None:
        """Loads what the first question would wait for. Asks no language model."""
        try:
            if not self.index.is_empty():
                self._judge.consider("ready?", EVERYTHING, self.today())
            self._lacks = ""
        except OnRecordError as error:  # whoever asks is told
            self._lacks = sentence(error)

    def lacks(self) -> str:
        """Why no question can be answered yet, in a sentence; empty when all is there."""
        if self._lacks not in ("", _LOADING):  # it may have been mended meanwhile
            self.warm_up()
        return self._lacks

    def suggested(self, turns: Sequence[Turn]) -> list[str]:
        """Questions to go on with after ``turns``, which the articles cited last answer; few, or none."""
        from assistant.conversation.suggestions import suggestions

        if turns and isinstance(turns[-1].answer, Talk):
            return self.openings()
        try:
            return suggestions(self.index, self.claims, turns, self._shows)
        except OnRecordError:  # an article was removed meanwhile: there is nothing to suggest
            return []

    def openings(self) -> list[str]:
        """Questions to begin with, which the newest articles answer; none while the models load."""
        from assistant.conversation.suggestions import openings

        if self.lacks():
            return []
        try:
            revision = self.index.store.revision()
            if self._openings[0] != revision:
                newest = self.index.store.latest_articles(_NEWEST)
                self._openings = revision, openings(self.claims, newest, self._shows)
            return list(self._openings[1])
        except OnRecordError:
            return []

    def _shows(self, question: str, claim: Claim) -> bool:
        """Whether the answer to ``question`` shows the sentence of ``claim``."""
        considered = self._judge.consider(question, EVERYTHING, self.today())
        shown = cited(considered) if considered.answers else ()
        return any(claim.citation in sentence.citations for sentence in shown)

    def claims_in(self, name: str) -> list[Voice]:
        """All claims of the article that ``name`` means: an id, a URL or a file.

        Raises:
            NoSuchArticle: it means none.
        """
        from assistant.types.claims import Voice

        articles = [self.index.store.article(article_id) for article_id in self.index.find(name)]
        return [Voice(claim) for article in articles for claim in self.claims.claims(article)]

    def claims_about(self, question: str, where: Filter = EVERYTHING) -> list[Voice]:
        """The claims that bear on ``question`` in the passages found for it, those that bear on it most first.

        Raises:
            OnRecordError: the articles cannot be searched.
        """
        from assistant.answering.disagreement import claims_about

        asked, said = read_filter(normalise(question).strip())
        hits = self.index.search(asked, _CLAIMED, where=where.and_also(said), today=self.today())
        return claims_about(self.index, self.claims, asked, hits)

    def _grown(self, question: str, where: Filter, turns: Sequence[PriorTurn]) -> Iterator[Turn]:
        try:
            yield from self._refused(question) or self._turn(question, where, turns)
        except ImpossibleFilter as error:
            yield Turn(question, question, Notice(question, sentence(error)), where)
        except OnRecordError as error:
            if isinstance(error, DatabaseUnusable):
                _log.warning("a question could not be answered: %s", error)
            yield Turn(question, question, Notice(question, told(error), failed=True), where)
        except Exception:
            # The question itself stays out of the log: it may give away a story or a source.
            _log.exception("a question of %d characters could not be answered", len(question))
            yield Turn(question, question, Notice(question, FAILED, failed=True), where)

    def _turn(self, question: str, where: Filter, turns: Sequence[PriorTurn]) -> Iterator[Turn]:
        began, basis = time.monotonic(), self._states.now()
        rewriter = self.writer.rewritten if self.writer else None
        speller = partial(corrections, self.index)
        understood = understand(question, where, turns, self.today(), rewriter, speller)
        spent = time.monotonic() - began
        archive = understood.archive
        if archive is not None:
            listed = from_archive(self.index, question, understood.words, archive, self.today())
            if listed is not None:
                yield Turn(question, understood.words, listed, archive.where, archive.remarks, basis)
                return
        parts, understood = self._considered(understood, turns)
        arrangement = self._arrangement(parts)
        answer = composed(question, parts, understood.where, arrangement=arrangement)
        turn = Turn(question, understood.words, answer, understood.where, understood.remarks, basis)
        considered = together(parts)
        if self.writer is None or not considered.hits:
            yield turn
        elif understood.failed:  # a model that failed a moment ago is not waited for again
            turn = replace(turn, answer=composed(question, parts, turn.where, _instead(understood.failed), arrangement))
            yield turn
        else:
            for growing in self._written(self.writer, turn, considered, spent):
                yield growing
                turn = growing
        if disagreeing := self._disagreement(turn, considered):
            yield disagreeing

    def _considered(
        self, understood: Understood, turns: Sequence[PriorTurn]
    ) -> tuple[list[tuple[str, Considered]], Understood]:
        """Each part of the question with its verdict; each part may refer to those before it and their answers."""
        if not understood.parts:
            considered, understood = self._within_days(understood)
            return [(understood.words, considered)], understood
        found, earlier, remarks = list[tuple[str, Considered]](), EarlierTurns(turns), understood.remarks
        for part in understood.parts:
            resolved = earlier.resolve(part).with_context_if_told_at_length()
            asked = replace(understood, words=resolved.words, beside=resolved.context)
            considered, asked = self._within_days(asked)
            found.append((resolved.words, considered))
            remarks = tuple(dict.fromkeys([*remarks, *asked.remarks]))
            told = tuple(sentence.text for sentence in cited(considered)) if considered.answers else ()
            earlier.add(Remembered(resolved.words, considered.short, told))
        return found, replace(understood, remarks=remarks)

    def _arrangement(self, parts: Considerations) -> Arrangement:
        """How the sentences of a question with one part are arranged."""
        words, one = parts[0]
        if len(parts) > 1 or not one.answers:
            return IN_ORDER
        return arranged(words, one.kind, one.verdict.evidence, lambda: self.claims)

    def _within_days(self, understood: Understood) -> tuple[Considered, Understood]:
        """The verdict; where the days named hold no answer, that of all days, and a remark that says so."""
        today = self.today()
        try:
            considered = self._judge.consider(understood.words, understood.where, today, understood.beside)
            if considered.answers or understood.where == understood.without_time or is_open(understood.words):
                return considered, understood
        except ImpossibleFilter:
            if understood.where == understood.without_time or is_open(understood.words):
                raise
            considered = None
        elsewhere = self._judge.consider(understood.words, understood.without_time, today, understood.beside)
        if considered is not None and not elsewhere.answers:
            return considered, understood
        remark = "I found no answer in articles from those days; this one is from all dates."
        if not elsewhere.answers:
            remark = "There are no articles from those days, so those of all dates were searched."
        widened = replace(understood, where=understood.without_time, remarks=(*understood.remarks, remark))
        return elsewhere, widened

    def _written(self, writer: Writer, turn: Turn, considered: Considered, spent: float) -> Iterator[Turn]:
        """The answer as a language model writes it; where it fails, the articles' own sentences and a notice."""
        from assistant.generation.llm_errors import ModelFailed
        from assistant.generation.writer import SaysNothing

        try:
            for answer in writer.write(turn.searched, considered, spent):
                yield replace(turn, answer=replace(answer, question=turn.question))
            return
        except SaysNothing:
            found = isinstance(turn.answer, Answered)
            notice = (
                f"{writer.model.label} found no answer here; these are the articles' own sentences." if found else ""
            )
        except ModelFailed as failed:
            notice = _instead(str(failed))
        yield replace(turn, answer=replace(turn.answer, notice=notice))

    def _disagreement(self, turn: Turn, considered: Considered) -> Turn | None:
        """The turn with where the articles disagree; None where they do not."""
        from assistant.answering.disagreement import disagreement_on

        answer = turn.answer
        if not isinstance(answer, Answered):
            return None
        found = disagreement_on(self.index, lambda: self.claims, answer, turn.searched, considered.hits)
        return replace(turn, answer=replace(answer, disagreement=found)) if found else None

    def _refused(self, question: str) -> list[Turn]:
        text = ""
        if not question:
            text = "The question is empty. Ask one in your own words."
        elif len(question) > LONGEST_QUESTION:
            text = f"The question is longer than {LONGEST_QUESTION} characters. Ask a shorter one."
        elif self.index.is_empty():
            text = NO_ARTICLES
        if text:
            return [Turn(question, question, Notice(question, text))]
        reply = reply_to(question) or (UNCLEAR if is_noise(self.index, question) else "")
        return [Turn(question, question, Talk(question, reply, tuple(self.openings())))] if reply else []


def _nothing(turn: Turn, seconds: float) -> None:
    pass


def _instead(failed: str) -> str:
    return f"{sentence(failed)} The answer is in the articles' own sentences."
