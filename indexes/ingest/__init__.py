"""Ingestion: from files to articles, passages, vectors and the stores."""
