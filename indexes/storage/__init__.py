"""The source of truth: articles, passages and vectors in SQLite or PostgreSQL."""
