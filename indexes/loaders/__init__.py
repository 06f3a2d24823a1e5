"""Files of one format each, read into articles. Knows nothing of the index."""
