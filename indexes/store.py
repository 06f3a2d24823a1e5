"""The truth: articles with their versions, passages with offsets and vectors, in one SQLite file.

Everything else (Chroma, the keyword table) can be rebuilt from here without embedding again.
Knows nothing of files, models or search.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from indexes import stories
from indexes.article import Article, normalise
from indexes.database import Database
from indexes.errors import NoSuchArticle
from indexes.passages import Passage
from indexes.sentences import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding import Vectors

CURRENT = "FROM versions v JOIN articles a ON a.id = v.article_id AND a.version = v.version"


@dataclass(frozen=True)
class Recipe:
    """How passages were made: by which model, in which number format, by which rules."""

    model: str
    sha256: str
    number_format: str
    passage_tokens: int
    rules: str


@dataclass(frozen=True)
class Counts:
    """How much an index holds, of the current versions unless said otherwise."""

    articles: int
    versions: int
    passages: int
    sources: int
    earliest: date | None
    latest: date | None
    last_added: datetime | None


class Store(Database):
    """The articles and passages of one index. Writes happen inside a transaction, under the writer's lock."""

    def recipe(self) -> tuple[int, Recipe] | None:
        """The recipe in force, with the number its passages carry; None while nothing was ever added."""
        kept = self.remembered("recipe")
        return (kept["number"], Recipe(**kept["recipe"])) if kept else None

    def put_recipe_in_force(self, number: int, recipe: Recipe) -> None:
        self.remember("recipe", {"number": number, "recipe": asdict(recipe)})

    # Articles

    def article(self, article_id: str, version: int | None = None) -> Article:
        """The article, in its current version unless another is named.

        Raises:
            NoSuchArticle: there is no such article or version, or it was removed.
        """
        row = self.db.execute(
            "SELECT v.*, a.origin FROM versions v JOIN articles a ON a.id = v.article_id "
            "WHERE v.article_id = ? AND v.version = COALESCE(?, a.version)",
            (article_id, version),
        )
        row.row_factory = sqlite3.Row
        found = row.fetchone()
        if found is None:
            which = f"article {article_id!r}" + (f" version {version}" if version else "")
            raise NoSuchArticle(f"{which} is not in the index; it may have been removed.")
        return _article(found)

    def versions(self, article_id: str) -> list[int]:
        """The versions kept of an article, oldest first; empty if there is none."""
        rows = self.db.execute("SELECT version FROM versions WHERE article_id = ? ORDER BY version", (article_id,))
        return [row[0] for row in rows]

    def article_ids(self, limit: int = -1) -> list[str]:
        return [row[0] for row in self.db.execute("SELECT id FROM articles ORDER BY id LIMIT ?", (limit,))]

    def latest_articles(self, limit: int, offset: int = 0, named: str = "") -> list[Article]:
        """Current versions after the first ``offset``, newest first by publication date, those without a date last.

        Only those whose title, outlet or an author contains ``named``, in capitals or not.
        """
        where, values = _called(named)
        rows = self.db.execute(
            f"SELECT a.id {CURRENT} {where} "
            "ORDER BY v.published IS NULL, v.published DESC, v.title, a.id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [self.article(row[0]) for row in rows.fetchall()]

    def count_articles(self, named: str = "") -> int:
        """How many :meth:`latest_articles` there are in all."""
        where, values = _called(named)
        return int(self.db.execute(f"SELECT COUNT(*) {CURRENT} {where}", values).fetchone()[0])

    def copies(self, article_id: str) -> list[Article]:
        """The articles that carry the text of this one, or nearly, in their current versions; the most alike first."""
        return [self.article(other) for other in stories.copies_of(self.db, article_id)]

    def ids_by_origin(self, origin: str) -> list[str]:
        """Ids of the articles read from exactly this file."""
        return [row[0] for row in self.db.execute("SELECT id FROM articles WHERE origin = ? ORDER BY id", (origin,))]

    def ids_by_url(self, url: str) -> list[str]:
        rows = self.db.execute(
            "SELECT a.id FROM articles a JOIN versions v ON v.article_id = a.id AND v.version = a.version "
            "WHERE v.url = ? ORDER BY a.id",
            (url,),
        )
        return [row[0] for row in rows]

    def knows(self, article: Article) -> bool:
        """Whether some version of this article says exactly this."""
        return bool(
            self.db.execute(
                "SELECT 1 FROM versions WHERE article_id = ? AND fingerprint = ?", (article.id, article.fingerprint)
            ).fetchone()
        )

    def add(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Makes ``article`` the current version, searchable by ``passages``. Inside a transaction."""
        self.db.execute(
            "INSERT INTO articles VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, origin = excluded.origin",
            (article.id, article.version, article.origin),
        )
        self.db.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                article.version,
                article.fingerprint,
                article.title,
                article.url,
                article.source,
                json.dumps(article.authors),
                article.published and article.published.isoformat(),
                article.language,
                article.fetched_at.isoformat(),
                article.text,
                article.host,
            ),
        )
        self.drop_passages(article.id)
        self.add_passages(article, recipe, passages, vectors)
        stories.tell(self.db, article)

    def remove(self, article_id: str) -> None:
        """Removes every version of the article and all its passages. Inside a transaction."""
        self.drop_passages(article_id)
        stories.forget(self.db, article_id)
        self.db.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    # Passages

    def add_passages(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        for passage, vector in zip(passages, vectors, strict=True):
            offsets = json.dumps([[s.start, s.end] for s in passage.sentences], separators=(",", ":"))
            row = (recipe, passage.id, article.id, article.version, passage.position, offsets, vector.tobytes())
            self.db.execute(
                "INSERT INTO passages (recipe, id, article_id, version, position, sentences, vector) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def drop_passages(self, article_id: str) -> None:
        """Drops all of an article's passages. Inside a transaction."""
        self._drop("article_id = ?", article_id)

    def drop_recipe(self, recipe: int) -> None:
        """Drops all passages made by a recipe. Inside a transaction."""
        self._drop("recipe = ?", recipe)

    def _drop(self, which: str, value: str | int) -> None:
        self.db.execute(f"INSERT INTO dropped SELECT seq FROM passages WHERE {which}", (value,))
        self.db.execute(f"DELETE FROM passages WHERE {which}", (value,))

    def dropped(self) -> list[int]:
        """The ``seq`` of every passage dropped since the keyword index last took note."""
        return [row[0] for row in self.db.execute("SELECT seq FROM dropped ORDER BY seq")]

    def forget_dropped(self, seqs: Sequence[int]) -> None:
        """Inside a transaction."""
        self.db.executemany("DELETE FROM dropped WHERE seq = ?", [(seq,) for seq in seqs])

    def passages(self, seqs: Sequence[int], recipe: int) -> dict[int, Passage]:
        """Those of ``seqs`` that are live."""
        rows = self._live("seq, id, article_id, version, position, sentences", "seq", seqs, recipe)
        return {row[0]: _passage(*row[1:]) for row in rows}

    def passages_of(self, article_id: str, recipe: int) -> list[Passage]:
        """An article's live passages, in order."""
        rows = self.db.execute(
            "SELECT id, article_id, version, position, sentences FROM passages "
            "WHERE recipe = ? AND article_id = ? ORDER BY position",
            (recipe, article_id),
        )
        return [_passage(*row) for row in rows]

    def passages_after(self, recipe: int, after: int) -> Iterator[tuple[int, Passage, Article]]:
        """Live passages in the order they were added, from the first with a greater ``seq``, each with its article."""
        rows = self.db.execute(
            "SELECT seq, id, article_id, version, position, sentences FROM passages "
            "WHERE +recipe = ? AND seq > ? ORDER BY seq",
            (recipe, after),
        )
        article: Article | None = None
        for seq, *row in rows:
            passage = _passage(*row)
            if article is None or (article.id, article.version) != (passage.article_id, passage.version):
                article = self.article(passage.article_id, passage.version)
            yield seq, passage, article

    def seqs(self, ids: Sequence[str], recipe: int) -> dict[str, int]:
        """The ``seq`` of those of ``ids`` that are live."""
        return dict(self._live("id, seq", "id", ids, recipe))

    def ids(self, seqs: Sequence[int], recipe: int) -> dict[int, str]:
        """The ids of those of ``seqs`` that are live."""
        return dict(self._live("seq, id", "seq", seqs, recipe))

    def _live(self, columns: str, key: str, keys: Sequence[str | int], recipe: int) -> sqlite3.Cursor:
        marks = ",".join("?" * len(keys))
        # The plus keeps SQLite from walking through the whole recipe where it can go straight to a seq.
        by = "+recipe" if key == "seq" else "recipe"
        return self.db.execute(f"SELECT {columns} FROM passages WHERE {by} = ? AND {key} IN ({marks})", (recipe, *keys))

    def dimension(self, recipe: int) -> int:
        """How many numbers a vector has; 0 while there is none."""
        row = self.db.execute("SELECT length(vector) / 4 FROM passages WHERE recipe = ? LIMIT 1", (recipe,)).fetchone()
        return int(row[0]) if row else 0

    def vectors_of(self, recipe: int, seqs: Sequence[int]) -> dict[int, Vectors]:
        """The vectors of those of ``seqs`` that are live."""
        import numpy as np

        return {seq: np.frombuffer(row, np.float32) for seq, row in self._live("seq, vector", "seq", seqs, recipe)}

    def vectors(
        self, recipe: int, after: int = 0, batch: int = 500
    ) -> Iterator[tuple[list[str], NDArray[np.int64], Vectors]]:
        """Live passages' ids, ``seq`` and vectors in the order they were added, ``batch`` at a time."""
        import numpy as np

        while True:
            rows = self.db.execute(
                "SELECT seq, id, vector FROM passages WHERE +recipe = ? AND seq > ? ORDER BY seq LIMIT ?",
                (recipe, after, batch),
            ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            stacked = np.frombuffer(b"".join(row[2] for row in rows), dtype=np.float32).reshape(len(rows), -1)
            yield [row[1] for row in rows], np.array([row[0] for row in rows], np.int64), stacked

    def live_ids(self, recipe: int, up_to: int) -> set[str]:
        """Ids of the live passages among the first ``up_to``."""
        rows = self.db.execute("SELECT id FROM passages WHERE recipe = ? AND seq <= ?", (recipe, up_to))
        return {row[0] for row in rows}

    def count_passages(self, recipe: int, up_to: int | None = None) -> int:
        where, values = ("", (recipe,)) if up_to is None else (" AND seq <= ?", (recipe, up_to))
        found = self.db.execute("SELECT COUNT(*) FROM passages WHERE recipe = ?" + where, values).fetchone()[0]
        return int(found)

    def counts(self) -> Counts:
        kept = self.recipe()
        articles, sources, earliest, latest = self.db.execute(
            f"SELECT COUNT(*), COUNT(DISTINCT NULLIF(v.source, '')), MIN(v.published), MAX(v.published) {CURRENT}"
        ).fetchone()
        versions, last = self.db.execute("SELECT COUNT(*), MAX(fetched_at) FROM versions").fetchone()
        return Counts(
            articles,
            versions,
            self.count_passages(kept[0]) if kept else 0,
            sources,
            date.fromisoformat(earliest) if earliest else None,
            date.fromisoformat(latest) if latest else None,
            datetime.fromisoformat(last) if last else None,
        )


def _called(named: str) -> tuple[str, Sequence[str]]:
    """The condition under which an article is called so, and its values. ``named`` is no pattern: % is a percent sign.

    SQLite's own LIKE knows no capitals but those of English.
    """
    part = normalise(named).strip().casefold()
    if not part:
        return "", ()
    in_an_author = "EXISTS (SELECT 1 FROM json_each(v.authors) WHERE instr(casefold(value), ?))"
    return f"WHERE instr(casefold(v.title), ?) OR instr(casefold(v.source), ?) OR {in_an_author}", (part,) * 3


def _article(row: sqlite3.Row) -> Article:
    return Article(
        id=row["article_id"],
        version=row["version"],
        text=row["text"],
        title=row["title"],
        url=row["url"],
        source=row["source"],
        authors=tuple(json.loads(row["authors"])),
        published=date.fromisoformat(row["published"]) if row["published"] else None,
        language=row["language"],
        fetched_at=datetime.fromisoformat(row["fetched_at"]),
        origin=row["origin"],
    )


def _passage(id: str, article_id: str, version: int, position: int, sentences: str) -> Passage:
    spans = tuple(Sentence(start, end) for start, end in json.loads(sentences))
    return Passage(id, article_id, version, position, spans)
