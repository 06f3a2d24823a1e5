"""The fields of a passage in the keyword index, and the queries over them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from indexes.types.article import Article
from indexes.types.filters import Filter
from indexes.types.passages import Passage

TEXT = "text"
"""The field with the stems of a passage and of its article's title."""


@cache
def schema() -> Any:
    """The fields of a passage."""
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_integer_field("seq", indexed=True, fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field(TEXT, tokenizer_name=TEXT, index_option="freq")
    for name in ("source", "host", "author", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()


def document(seq: int, passage: Passage, article: Article) -> Any:
    """A passage as it is indexed."""
    from tantivy import Document

    # The title counts as part of each passage: it says what the passage is about.
    fields = Document(text=f"{article.title}\n{article.text[passage.start : passage.end]}")
    fields.add_integer("seq", seq)
    if article.published:
        fields.add_integer("published", article.published.toordinal())
    for name, values in (
        ("source", (article.known_source,)),
        ("host", (article.known_host,)),
        ("author", article.authors),
    ):
        for value in values:
            fields.add_text(name, value)
    fields.add_text("language", article.language)
    return fields


def having(stem: str) -> Any:
    """The query for passages with a stem."""
    from tantivy import Query

    return Query.term_query(schema(), TEXT, stem, index_option="freq")


def any_of(question: Sequence[str], where: Filter) -> Any:
    """The query for passages with any of these stems, by BM25, of articles that match a resolved filter."""
    from tantivy import Occur, Query

    words = [having(stem) for stem in dict.fromkeys(question)]
    wanted = Query.boolean_query([(Occur.Should, word) for word in words])
    # A filter lets a passage through or not; it must not add to its score.
    passes = [(Occur.Must, Query.const_score_query(condition, 0.0)) for condition in conditions(where)]
    return Query.boolean_query([(Occur.Must, wanted), *passes]) if passes else wanted


def conditions(where: Filter) -> list[Any]:
    """A resolved filter as queries, all of which a passage must match."""
    from tantivy import FieldType, Occur, Query

    found = []
    if where.since or where.until:
        since, until = (day.toordinal() if day else None for day in (where.since, where.until))
        found.append(Query.range_query(schema(), "published", FieldType.Integer, since, until))
    if where.sources:
        names = [Query.term_set_query(schema(), field, list(where.sources)) for field in ("source", "host")]
        found.append(Query.boolean_query([(Occur.Should, name) for name in names]))
    if where.authors:
        found.append(Query.term_set_query(schema(), "author", list(where.authors)))
    if where.language:
        found.append(Query.term_query(schema(), "language", where.language))
    return found
