"""Runs an extractive question-answering model over texts. Does not know about hits or articles.

The model may be any that ``AutoModelForQuestionAnswering`` loads: the shipped one, a folder, or a name on a hub.
torch is imported only when something is read.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from assistant.reader.spans import TokenScores
from indexes.embedding.cpu import by_length, cores

if TYPE_CHECKING:
    from assistant.reader.backends import AnswerModel
    from assistant.reader.weights_loader import ReaderFiles

QUESTION_WORDS = 60
"""Of a longer question the last words are read: that is where quizzes and journalists put the question."""

_TOKENS = 384
_QUESTION_TOKENS = 128
_BATCH_TOKENS = 1024


class ReaderModel:
    """Loads on first use; safe to share between threads."""

    def __init__(self, files: ReaderFiles, number_format: str = "fp32") -> None:
        self.files = files
        self.number_format = number_format
        self._turn = threading.Lock()

    @cached_property
    def _model(self) -> AnswerModel:
        return self.files.open(self.number_format)

    def read(self, question: str, texts: Sequence[str]) -> list[TokenScores]:
        """The token scores of each text, in the order given. Texts longer than the model's input are truncated."""
        if not texts:
            return []
        with self._turn:  # a tokenizer's truncation setting must not be changed by two threads at once
            encodings = self._pairs(self._shortened(question), texts)
        batches = list(by_length([len(encoding.ids) for encoding in encodings], _BATCH_TOKENS))
        scored = cores().map(self._scores, ([encodings[n] for n in batch] for batch in batches))
        found = dict(zip(chain.from_iterable(batches), chain.from_iterable(scored), strict=True))
        return [found[n] for n in range(len(texts))]

    def _shortened(self, question: str) -> str:
        """The question's last words, or its last tokens if those are still too many: a text must fit beside it."""
        question = " ".join(question.split()[-QUESTION_WORDS:])
        places = self._model.tokenizer.encode(question, add_special_tokens=False).offsets
        return question if len(places) <= _QUESTION_TOKENS else question[places[-_QUESTION_TOKENS][0] :]

    def _pairs(self, question: str, texts: Sequence[str]) -> list[Any]:
        tokenizer = self._model.tokenizer
        tokenizer.enable_truncation(_TOKENS, strategy="only_second")
        try:
            pairs: list[Any] = tokenizer.encode_batch([(question, text) for text in texts])
        finally:
            tokenizer.no_truncation()
        return pairs

    def _scores(self, encodings: Sequence[Any]) -> list[TokenScores]:
        import numpy as np

        starts, ends = self._model.logits(encodings)
        found = []
        for row, encoding in enumerate(encodings):
            text = [n for n, part in enumerate(encoding.sequence_ids) if part == 1]
            offsets = np.array([encoding.offsets[n] for n in text], np.int64).reshape(-1, 2)
            found.append(TokenScores(offsets, starts[row, text] - starts[row, 0], ends[row, text] - ends[row, 0]))
        return found
