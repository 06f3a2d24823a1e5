#!/bin/sh
# tantivy 0.27.0 (PyPI): a fuzzy term query gives every hit the score 1.0.
#
# A document with the very word, one with a word an edit away, one with a word two edits away, and one that has the word
# five times all score the same, so the best twenty of a fuzzy search are any twenty, in the order of the documents. A
# term query over the same field scores them by BM25. Neither the signature nor the docstring says so. Whoever corrects
# spelling with it has to compare the words found by other means.
#
# Seen: "fuzzy: [1.0, 1.0, 1.0, 1.0]" and "term: 2 different scores".
# Exits with 0 while this is so, with 1 when it has changed, with 2 when the package cannot be installed.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "tantivy==0.27.0" || exit 2

"$folder/venv/bin/python" - <<'PYTHON'
import tantivy

builder = tantivy.SchemaBuilder()
builder.add_text_field("text", stored=True, index_option="freq")
schema = builder.build()
index = tantivy.Index(schema)
writer = index.writer(heap_size=15_000_000, num_threads=1)
for text in ("the harbour", "harbour " * 5, "the harbor", "a harbur by the sea", "nothing of the kind"):
    writer.add_document(tantivy.Document(text=text))
writer.commit()
index.reload()
searcher = index.searcher()


def scores(query):
    return [score for score, _ in searcher.search(query, 10).hits]


fuzzy = scores(tantivy.Query.fuzzy_term_query(schema, "text", "harbour", distance=2))
term = scores(tantivy.Query.term_query(schema, "text", "harbour", index_option="freq"))
print("fuzzy:", fuzzy)
print("term:", len(set(term)), "different scores")
assert fuzzy == [1.0] * 4, fuzzy
assert len(set(term)) == 2, term
PYTHON
