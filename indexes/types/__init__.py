"""The index's data types: articles, sentences, passages, hits, filters, errors. Independent of storage."""
