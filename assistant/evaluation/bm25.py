"""The baseline "bm25": BM25 over the passages' texts and nothing else, as any library gives it.

The same passages, stems and stop words as On Record's own keyword search, which also reads the title with each passage.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assistant.evaluation.systems import Found, found_from
from indexes import Hit, Index
from indexes.search.analysis import stems, text_analyzer

if TYPE_CHECKING:
    from assistant.evaluation.questions import Question

_TEXT = "text"


class PlainBM25:
    """An index in memory, made anew each time: some seconds for fifty thousand passages."""

    name = "bm25"
    settings: Mapping[str, Any] = {"k1": 1.2, "b": 0.75}

    def __init__(self, index: Index) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("seq", fast=True)
        builder.add_text_field(_TEXT, tokenizer_name=_TEXT, index_option="freq")
        self._schema = builder.build()
        self._store = index.store
        self._recipe = index.workshop().number
        made = tantivy.Index(self._schema)
        made.register_tokenizer(_TEXT, text_analyzer())
        writer = made.writer(num_threads=1)
        for seq, passage, article in index.store.passages_after(self._recipe, 0):
            writer.add_document(tantivy.Document(seq=seq, text=article.text[passage.start : passage.end]))
        writer.commit()
        made.reload()
        self._searcher = made.searcher()

    def search(self, question: Question, top: int) -> tuple[list[Found], dict[str, float]]:
        start = time.perf_counter()
        scores = self._scores(question.text, top)
        passages = self._store.passages(list(scores), self._recipe)
        hits = [
            Hit(passages[seq], self._store.article(passages[seq].article_id), score, rank, ("bm25",))
            for rank, (seq, score) in enumerate(scores.items(), start=1)
        ]
        return [found_from(hit) for hit in hits], {"total": time.perf_counter() - start}

    def _scores(self, question: str, top: int) -> dict[int, float]:
        """Passages by ``seq``, best first."""
        from tantivy import Occur, Query

        words = [Query.term_query(self._schema, _TEXT, stem, index_option="freq") for stem in set(stems(question))]
        if not words:
            return {}
        hits = self._searcher.search(Query.boolean_query([(Occur.Should, word) for word in words]), top).hits
        seqs = [int(seq or 0) for seq in self._searcher.fast_field_values("seq", [address for _, address in hits])]
        return dict(sorted(zip(seqs, (score for score, _ in hits), strict=True), key=lambda hit: (-hit[1], hit[0])))
