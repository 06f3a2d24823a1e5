"""The source of truth: articles with their versions, passages with offsets and vectors, in one database.

Everything else (Chroma, the vector file, the keyword index) can be rebuilt from it without embedding again.
Knows nothing of files, models or search.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from indexes.storage import near_duplicates
from indexes.storage.articles import CURRENT, Articles
from indexes.types.article import Article
from indexes.types.passages import Passage, Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding.embedder import Vectors
    from indexes.storage.database import Found


@dataclass(frozen=True)
class Recipe:
    """How passages were made: with which model, in which number format, by which rules.

    ``sha256`` is the hash of the model's weights or, for a model passed as an object, its fingerprint.
    """

    model: str
    sha256: str
    number_format: str
    passage_tokens: int
    rules: str


@dataclass(frozen=True)
class Counts:
    """How much an index holds. Only current versions count, except in ``versions`` and ``last_added``."""

    articles: int
    versions: int
    passages: int
    sources: int
    earliest: date | None
    latest: date | None
    last_added: datetime | None


@dataclass(frozen=True)
class Written:
    """How far the articles have been written: ``revision`` counts writes, ``removals`` removed articles.

    ``identity`` is unique to the database; empty with SQLite.
    """

    revision: int = 0
    removals: int = 0
    identity: str = ""

    def follows(self, before: Written) -> bool:
        """Whether this is a later state of the same database as ``before``, not another database or an old backup."""
        return self.identity == before.identity and self.revision >= before.revision


class Store(Articles):
    """The articles and passages of one index. Writes happen inside a transaction, under the writer's lock."""

    def recipe(self) -> tuple[int, Recipe] | None:
        """The number and content of the recipe in force; None if nothing was ever added."""
        kept = self.remembered("recipe")
        return (kept["number"], Recipe(**kept["recipe"])) if kept else None

    def put_recipe_in_force(self, number: int, recipe: Recipe) -> None:
        """Makes this the recipe that searches use. Call inside a transaction."""
        self.remember("recipe", {"number": number, "recipe": asdict(recipe)})

    def written(self) -> Written:
        """How far the articles have been written by now."""
        return Written(self.revision(), self.remembered("removals") or 0, self.remembered("identity") or "")

    def followed(self) -> Written:
        """The state that this machine's derived indexes were last brought up to."""
        return Written(**(self.remembered_here("followed") or {}))

    def remember_followed(self, written: Written) -> None:
        self.remember_here("followed", asdict(written))

    def removals_left(self) -> int:
        """The number of the last removal if this machine's derived indexes were not rebuilt after it; else 0."""
        last = self.written().removals
        return last if last != (self.remembered_here("removals_done") or 0) else 0

    def forget_removals(self, last: int) -> None:
        """Records that the derived indexes here no longer hold anything removed up to removal number ``last``."""
        if last:
            self.remember_here("removals_done", last)

    def add(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Stores ``article`` as the current version, with its passages and their vectors. Call inside a transaction."""
        self.put(article)
        self.drop_passages(article.id)
        self.add_passages(article, recipe, passages, vectors)
        near_duplicates.tell(self, article)

    def remove(self, article_id: str) -> None:
        """Removes every version of the article and all its passages. Call inside a transaction."""
        self.drop_passages(article_id)
        near_duplicates.forget(self, article_id)
        self.remember("removals", self.written().removals + 1)
        self.execute("DELETE FROM articles WHERE id = :id", id=article_id)

    def add_passages(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Stores passages with their vectors, one row each. Call inside a transaction."""
        self.execute_many(
            "INSERT INTO passages (recipe, id, article_id, version, position, sentences, vector) "
            "VALUES (:recipe, :id, :article, :version, :position, :sentences, :vector)",
            [
                {
                    "recipe": recipe,
                    "id": passage.id,
                    "article": article.id,
                    "version": article.version,
                    "position": passage.position,
                    "sentences": json.dumps([[s.start, s.end] for s in passage.sentences], separators=(",", ":")),
                    "vector": vector.tobytes(),
                }
                for passage, vector in zip(passages, vectors, strict=True)
            ],
        )

    def drop_passages(self, article_id: str) -> None:
        """Drops all of an article's passages. Call inside a transaction."""
        self._drop("article_id", article_id)

    def drop_recipe(self, recipe: int) -> None:
        """Drops all passages made by a recipe. Call inside a transaction."""
        self._drop("recipe", recipe)

    def _drop(self, column: str, value: str | int) -> None:
        if not self.place.shared:  # with several machines, each finds out by itself
            self.execute(f"INSERT INTO dropped SELECT seq FROM passages WHERE {column} = :value", value=value)
        self.execute(f"DELETE FROM passages WHERE {column} = :value", value=value)

    def dropped(self) -> list[int]:
        """The ``seq`` of passages dropped since the keyword index was last updated; always empty with PostgreSQL."""
        return [row[0] for row in self.rows("SELECT seq FROM dropped ORDER BY seq")]

    def forget_dropped(self, seqs: Sequence[int]) -> None:
        """Removes them from :meth:`dropped`. Call inside a transaction."""
        self.execute_many("DELETE FROM dropped WHERE seq = :seq", [{"seq": seq} for seq in seqs])

    def passages(self, seqs: Sequence[int], recipe: int) -> dict[int, Passage]:
        """The live passages among ``seqs``, by ``seq``."""
        rows = self._live("seq, id, article_id, version, position, sentences", "seq", seqs, recipe)
        return {row[0]: _passage(*row[1:]) for row in rows}

    def passages_of(self, article_id: str, recipe: int) -> list[Passage]:
        """An article's live passages, in order."""
        rows = self.rows(
            "SELECT id, article_id, version, position, sentences FROM passages "
            "WHERE recipe = :recipe AND article_id = :article ORDER BY position",
            recipe=recipe,
            article=article_id,
        )
        return [_passage(*row) for row in rows]

    def passages_after(self, recipe: int, after: int, batch: int = 500) -> Iterator[tuple[int, Passage, Article]]:
        """Live passages with a ``seq`` greater than ``after``, in order: (seq, passage, its article)."""
        while True:
            with self.snapshot():
                rows = self.rows(
                    "SELECT seq, id, article_id, version, position, sentences FROM passages "
                    "WHERE +recipe = :recipe AND seq > :after ORDER BY seq LIMIT :batch",
                    recipe=recipe,
                    after=after,
                    batch=batch,
                )
                texts = self.articles({(row.article_id, row.version) for row in rows})
            if not rows:
                return
            after = rows[-1].seq
            for seq, *row in rows:
                passage = _passage(*row)
                yield seq, passage, texts[passage.article_id, passage.version]

    def ids(self, seqs: Sequence[int], recipe: int) -> dict[int, str]:
        """The ids of the live passages among ``seqs``, by ``seq``."""
        return {row[0]: row[1] for row in self._live("seq, id", "seq", seqs, recipe)}

    def _live(self, columns: str, key: str, keys: Sequence[str] | Sequence[int], recipe: int) -> Sequence[Found]:
        # The plus keeps the database from scanning the whole recipe where it can look up each seq directly.
        by = "+recipe" if key == "seq" else "recipe"
        sql = f"SELECT {columns} FROM passages WHERE {by} = :recipe AND {key} IN :keys"
        return self.rows(sql, recipe=recipe, keys=list(keys)) if keys else []

    def dimension(self, recipe: int) -> int:
        """The vectors' dimension; 0 if there are none."""
        row = self.row("SELECT length(vector) / 4 FROM passages WHERE recipe = :recipe LIMIT 1", recipe=recipe)
        return int(row[0]) if row else 0

    def vectors_of(self, recipe: int, seqs: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of the live passages among ``seqs``, by ``seq``: float32 of shape (dimension,)."""
        import numpy as np

        return {seq: np.frombuffer(row, np.float32) for seq, row in self._live("seq, vector", "seq", seqs, recipe)}

    def vectors(
        self, recipe: int, after: int = 0, batch: int = 500
    ) -> Iterator[tuple[list[str], NDArray[np.int64], Vectors]]:
        """Ids, ``seq`` and vectors (float32, a row each) of live passages after ``after``, in order, in batches."""
        import numpy as np

        while True:
            rows = self.rows(
                "SELECT seq, id, vector FROM passages WHERE +recipe = :recipe AND seq > :after "
                "ORDER BY seq LIMIT :batch",
                recipe=recipe,
                after=after,
                batch=batch,
            )
            if not rows:
                return
            after = rows[-1][0]
            stacked = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.float32).reshape(len(rows), -1)
            yield [row[1] for row in rows], np.array([row[0] for row in rows], np.int64), stacked

    def live_seqs(self, recipe: int, up_to: int) -> set[int]:
        """The ``seq`` of every live passage with a ``seq`` of at most ``up_to``."""
        sql = "SELECT seq FROM passages WHERE recipe = :recipe AND seq <= :up_to"
        return {row[0] for row in self.rows(sql, recipe=recipe, up_to=up_to)}

    def count_passages(self, recipe: int, up_to: int = sys.maxsize) -> int:
        """The number of live passages with a ``seq`` of at most ``up_to``."""
        sql = "SELECT COUNT(*) FROM passages WHERE recipe = :recipe"
        if up_to == sys.maxsize:
            return int(self.rows(sql, recipe=recipe)[0][0])
        return int(self.rows(f"{sql} AND seq <= :up_to", recipe=recipe, up_to=up_to)[0][0])

    def counts(self) -> Counts:
        with self.snapshot():
            kept = self.recipe()
            ((articles, sources, earliest, latest),) = self.rows(
                f"SELECT COUNT(*), COUNT(DISTINCT NULLIF(v.source, '')), MIN(v.published), MAX(v.published) {CURRENT}"
            )
            ((versions, last),) = self.rows("SELECT COUNT(*), MAX(fetched_at) FROM versions")
            passages = self.count_passages(kept[0]) if kept else 0
        return Counts(
            articles,
            versions,
            passages,
            sources,
            date.fromisoformat(earliest) if earliest else None,
            date.fromisoformat(latest) if latest else None,
            datetime.fromisoformat(last) if last else None,
        )


def _passage(id: str, article_id: str, version: int, position: int, sentences: str) -> Passage:
    spans = tuple(Sentence(start, end) for start, end in json.loads(sentences))
    return Passage(id, article_id, version, position, spans)
