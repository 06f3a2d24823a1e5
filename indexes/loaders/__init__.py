"""Loaders: each reads one file format into articles. They do not know about the index."""
