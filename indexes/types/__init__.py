"""Articles, sentences, passages, hits, filters, errors. Knows nothing of where they are kept."""
