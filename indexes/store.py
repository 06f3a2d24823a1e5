"""The truth: articles with their versions, passages with offsets and vectors, in one database.

Everything else (Chroma, the keyword table) can be rebuilt from here without embedding again.
Knows nothing of files, models or search.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from indexes import stories
from indexes.article import Article, normalise
from indexes.database import Database
from indexes.errors import NoSuchArticle
from indexes.passages import Passage
from indexes.sentences import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexes.database import Found
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


@dataclass(frozen=True)
class Written:
    """How much was ever written to the articles: what grows with every write, and with every removal.

    ``identity`` is that of the articles themselves, which no other database has.
    """

    revision: int = 0
    removals: int = 0
    identity: str = ""

    def follows(self, before: Written) -> bool:
        """Whether this came of ``before`` by writing on; not if another database, or a backup of it, took its place."""
        return self.identity == before.identity and self.revision >= before.revision


class Store(Database):
    """The articles and passages of one index. Writes happen inside a transaction, under the writer's lock."""

    def recipe(self) -> tuple[int, Recipe] | None:
        """The recipe in force, with the number its passages carry; None while nothing was ever added."""
        kept = self.remembered("recipe")
        return (kept["number"], Recipe(**kept["recipe"])) if kept else None

    def put_recipe_in_force(self, number: int, recipe: Recipe) -> None:
        self.remember("recipe", {"number": number, "recipe": asdict(recipe)})

    def written(self) -> Written:
        return Written(self.revision(), self.remembered("removals") or 0, self.remembered("identity") or "")

    def followed(self) -> Written:
        """What was written when what this machine derives was last brought up to it."""
        return Written(**(self.remembered_here("followed") or {}))

    def remember_followed(self, written: Written) -> None:
        self.remember_here("followed", asdict(written))

    def removals_left(self) -> int:
        """The number of the last removal that what this machine derives was not made anew after; 0 if there is none."""
        last = self.written().removals
        return last if last != (self.remembered_here("removals_done") or 0) else 0

    def forget_removals(self, last: int) -> None:
        """What is derived here holds nothing of what was removed, up to this one."""
        if last:
            self.remember_here("removals_done", last)

    # Articles

    def article(self, article_id: str, version: int | None = None) -> Article:
        """The article, in its current version unless another is named.

        Raises:
            NoSuchArticle: there is no such article or version, or it was removed.
        """
        found = self.row(
            "SELECT v.*, a.origin FROM versions v JOIN articles a ON a.id = v.article_id "
            "WHERE v.article_id = :id AND v.version = COALESCE(:version, a.version)",
            id=article_id,
            version=version,
        )
        if found is None:
            which = f"article {article_id!r}" + (f" version {version}" if version else "")
            raise NoSuchArticle(f"{which} is not in the index; it may have been removed.")
        return _article(found)

    def articles(self, which: Collection[tuple[str, int]]) -> dict[tuple[str, int], Article]:
        """Those of the articles, each in the version named, that there are."""
        rows = self.rows(
            "SELECT v.*, a.origin FROM versions v JOIN articles a ON a.id = v.article_id "
            "WHERE v.article_id IN :ids AND v.version IN :versions",
            ids=sorted({article_id for article_id, _ in which}),
            versions=sorted({version for _, version in which}),
        )
        return {found: _article(row) for row in rows if (found := (row.article_id, row.version)) in which}

    def versions(self, article_id: str) -> list[int]:
        """The versions kept of an article, oldest first; empty if there is none."""
        rows = self.rows("SELECT version FROM versions WHERE article_id = :id ORDER BY version", id=article_id)
        return [row[0] for row in rows]

    def article_ids(self, limit: int = sys.maxsize) -> list[str]:
        return [row[0] for row in self.rows("SELECT id FROM articles ORDER BY id LIMIT :limit", limit=limit)]

    def latest_articles(self, limit: int, offset: int = 0, named: str = "") -> list[Article]:
        """Current versions after the first ``offset``, newest first by publication date, those without a date last.

        Only those whose title, outlet or an author contains ``named``, in capitals or not.
        """
        where, values = self._called(named)
        rows = self.rows(
            f"SELECT v.*, a.origin {CURRENT} {where} "
            "ORDER BY v.published IS NULL, v.published DESC, v.title, a.id LIMIT :limit OFFSET :offset",
            **values,
            limit=limit,
            offset=offset,
        )
        return [_article(row) for row in rows]

    def count_articles(self, named: str = "") -> int:
        """How many :meth:`latest_articles` there are in all."""
        where, values = self._called(named)
        return int(self.rows(f"SELECT COUNT(*) {CURRENT} {where}", **values)[0][0])

    def copies(self, article_id: str) -> list[Article]:
        """The articles that carry the text of this one, or nearly, in their current versions; the most alike first."""
        return [self.article(other) for other in stories.copies_of(self, article_id)]

    def ids_by_origin(self, origin: str) -> list[str]:
        """Ids of the articles read from exactly this file."""
        rows = self.rows("SELECT id FROM articles WHERE origin = :origin ORDER BY id", origin=origin)
        return [row[0] for row in rows]

    def ids_by_url(self, url: str) -> list[str]:
        return [row[0] for row in self.rows(f"SELECT a.id {CURRENT} WHERE v.url = :url ORDER BY a.id", url=url)]

    def knows(self, article: Article) -> bool:
        """Whether some version of this article says exactly this."""
        found = self.rows(
            "SELECT 1 FROM versions WHERE article_id = :id AND fingerprint = :fingerprint",
            id=article.id,
            fingerprint=article.fingerprint,
        )
        return bool(found)

    def add(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Makes ``article`` the current version, searchable by ``passages``. Inside a transaction."""
        self.execute(
            "INSERT INTO articles VALUES (:id, :version, :origin) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version, origin = excluded.origin",
            id=article.id,
            version=article.version,
            origin=article.origin,
        )
        row = _version_row(article)
        self.execute(f"INSERT INTO versions ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", **row)
        self.drop_passages(article.id)
        self.add_passages(article, recipe, passages, vectors)
        stories.tell(self, article)

    def remove(self, article_id: str) -> None:
        """Removes every version of the article and all its passages. Inside a transaction."""
        self.drop_passages(article_id)
        stories.forget(self, article_id)
        self.remember("removals", self.written().removals + 1)
        self.execute("DELETE FROM articles WHERE id = :id", id=article_id)

    def _called(self, named: str) -> tuple[str, dict[str, str]]:
        """The condition under which an article is called so, and its values.

        ``named`` is no pattern: % is a percent sign. SQLite's own LIKE knows no capitals but those of English.
        """
        part = normalise(named).strip().casefold()
        if not part:
            return "", {}
        sql = self.place.dialect
        title, source, author = (
            sql.holds.format(sql.folded.format(name), ":part") for name in ("v.title", "v.source", "n.value")
        )
        in_an_author = f"EXISTS (SELECT 1 FROM {sql.names.format('v.authors')} n WHERE {author})"
        return f"WHERE {title} OR {source} OR {in_an_author}", {"part": part}

    # Passages

    def add_passages(self, article: Article, recipe: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Inside a transaction."""
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
        """Drops all of an article's passages. Inside a transaction."""
        self._drop("article_id", article_id)

    def drop_recipe(self, recipe: int) -> None:
        """Drops all passages made by a recipe. Inside a transaction."""
        self._drop("recipe", recipe)

    def _drop(self, column: str, value: str | int) -> None:
        if not self.place.shared:  # of several machines each finds out by itself
            self.execute(f"INSERT INTO dropped SELECT seq FROM passages WHERE {column} = :value", value=value)
        self.execute(f"DELETE FROM passages WHERE {column} = :value", value=value)

    def dropped(self) -> list[int]:
        """The ``seq`` of every passage dropped since the keyword index last took note; none where several follow."""
        return [row[0] for row in self.rows("SELECT seq FROM dropped ORDER BY seq")]

    def forget_dropped(self, seqs: Sequence[int]) -> None:
        """Inside a transaction."""
        self.execute_many("DELETE FROM dropped WHERE seq = :seq", [{"seq": seq} for seq in seqs])

    def passages(self, seqs: Sequence[int], recipe: int) -> dict[int, Passage]:
        """Those of ``seqs`` that are live."""
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
        """Live passages in the order they were added, from the first with a greater ``seq``, each with its article."""
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
        """The ids of those of ``seqs`` that are live."""
        return {row[0]: row[1] for row in self._live("seq, id", "seq", seqs, recipe)}

    def _live(self, columns: str, key: str, keys: Sequence[str] | Sequence[int], recipe: int) -> Sequence[Found]:
        # The plus keeps the database from walking through the whole recipe where it can go straight to a seq.
        by = "+recipe" if key == "seq" else "recipe"
        sql = f"SELECT {columns} FROM passages WHERE {by} = :recipe AND {key} IN :keys"
        return self.rows(sql, recipe=recipe, keys=list(keys)) if keys else []

    def dimension(self, recipe: int) -> int:
        """How many numbers a vector has; 0 while there is none."""
        row = self.row("SELECT length(vector) / 4 FROM passages WHERE recipe = :recipe LIMIT 1", recipe=recipe)
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
        """The ``seq`` of the live passages among the first ``up_to``."""
        sql = "SELECT seq FROM passages WHERE recipe = :recipe AND seq <= :up_to"
        return {row[0] for row in self.rows(sql, recipe=recipe, up_to=up_to)}

    def count_passages(self, recipe: int, up_to: int = sys.maxsize) -> int:
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


def _version_row(article: Article) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "version": article.version,
        "fingerprint": article.fingerprint,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "authors": json.dumps(article.authors),
        "published": article.published and article.published.isoformat(),
        "language": article.language,
        "fetched_at": article.fetched_at.isoformat(),
        "text": article.text,
        "host": article.host,
    }


def _article(row: Found) -> Article:
    return Article(
        id=row.article_id,
        version=row.version,
        text=row.text,
        title=row.title,
        url=row.url,
        source=row.source,
        authors=tuple(json.loads(row.authors)),
        published=date.fromisoformat(row.published) if row.published else None,
        language=row.language,
        fetched_at=datetime.fromisoformat(row.fetched_at),
        origin=row.origin,
    )


def _passage(id: str, article_id: str, version: int, position: int, sentences: str) -> Passage:
    spans = tuple(Sentence(start, end) for start, end in json.loads(sentences))
    return Passage(id, article_id, version, position, spans)
