"""The index's data types: articles, sentences, passages, hits, filters and errors. Independent of storage."""
