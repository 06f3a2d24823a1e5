"""The keyword index at size: SQLite FTS5 beside tantivy, same passages, same questions.

    python -m benchmarks.keywords articles.jsonl.gz questions.jsonl.gz --passages 100000

Passages are six sentences drawn at random from the articles, so that words are as common as in real news at any size.
The median is over the questions, fifty passages each.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import tantivy

from indexes.ingest.files import Refusal, read_paths
from indexes.ingest.sentence_splitter import split_sentences
from indexes.search.analysis import STOP_WORDS, text_analyzer

Search = Callable[[list[str]], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--ask", type=int, default=100)
    given = parser.parse_args()
    with gzip.open(given.questions, "rt", encoding="utf-8") as lines:
        questions = [_words(json.loads(line)["question"]) for line in lines][:: max(1, 800 // given.ask)]
    pool = _sentences(given.articles)
    print(f"{given.passages} passages, {len(questions)} questions\n")
    print(f"{'':<28}{'build s':>9}{'MB':>8}{'median ms':>11}{'p95 ms':>9}")
    for build in (_fts5, _tantivy):
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            searches = build(Path(folder), _passages(pool, given.passages))
            built = time.perf_counter() - begun
            size = sum(file.stat().st_size for file in Path(folder).rglob("*")) / 1e6
            for name, search in searches.items():
                took = sorted(_timed(search, words) for words in questions)
                p95 = took[int(len(took) * 0.95)]
                print(f"{name:<28}{built:>9.1f}{size:>8.0f}{statistics.median(took):>11.1f}{p95:>9.1f}", flush=True)


def _words(question: str) -> list[str]:
    return [word for word in re.findall(r"\w+", question.lower()) if word not in STOP_WORDS]


def _timed(search: Search, words: list[str]) -> float:
    begun = time.perf_counter()
    search(words)
    return (time.perf_counter() - begun) * 1000


def _sentences(articles: Path) -> list[str]:
    found = (article for article in read_paths([articles]) if not isinstance(article, Refusal))
    return [article.text[s.start : s.end] for article in found for s in split_sentences(article.text)]


def _passages(pool: list[str], count: int) -> Iterator[str]:
    draw = random.Random(0)
    return (" ".join(draw.choices(pool, k=6)) for _ in range(count))


def _fts5(folder: Path, passages: Iterator[str]) -> dict[str, Search]:
    """All words; and only those that stand in less than one passage of a hundred, where there are such."""
    db = _filled(folder, passages)
    db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, keywords, row)")
    rows = db.execute("SELECT COUNT(*) FROM keywords_docsize").fetchone()[0]
    common = {row[0] for row in db.execute("SELECT term FROM temp.vocabulary WHERE doc > ?", (rows / 100,))}
    analyze = text_analyzer().analyze
    return {
        "FTS5": lambda words: _matches(db, words),
        "FTS5, rarer words only": lambda words: _matches(db, [w for w in words if not common & {*analyze(w)}] or words),
    }


def _filled(folder: Path, passages: Iterator[str]) -> sqlite3.Connection:
    db = sqlite3.connect(folder / "fts.db")
    db.execute("CREATE VIRTUAL TABLE keywords USING fts5 (body, content = '', tokenize = 'porter unicode61')")
    with db:
        db.executemany("INSERT INTO keywords (body) VALUES (?)", ((text,) for text in passages))
    return db


def _matches(db: sqlite3.Connection, words: list[str]) -> int:
    wanted = " OR ".join(f'"{word}"' for word in words)
    query = "SELECT rowid FROM keywords WHERE keywords MATCH ? ORDER BY bm25(keywords) LIMIT 50"
    return len(db.execute(query, (wanted,)).fetchall())


def _tantivy(folder: Path, passages: Iterator[str]) -> dict[str, Search]:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("seq", fast=True)
    builder.add_text_field("body", tokenizer_name="words")
    schema = builder.build()
    index = tantivy.Index(schema, str(folder))
    index.register_tokenizer("words", text_analyzer())
    writer = index.writer(num_threads=1)
    for seq, text in enumerate(passages):
        document = tantivy.Document(body=text)
        document.add_unsigned("seq", seq)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher, analyze = index.searcher(), text_analyzer().analyze

    def search(words: list[str]) -> int:
        terms = [tantivy.Query.term_query(schema, "body", stem) for word in words for stem in analyze(word)]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        found = searcher.search(query, 50, count=False).hits
        return len(searcher.fast_field_values("seq", [address for _, address in found]))

    return {"tantivy": search}


if __name__ == "__main__":
    main()
