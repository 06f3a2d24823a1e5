"""The truth: articles, passages and vectors in SQLite or PostgreSQL."""
