"""Searching: by words, by vectors, and both together."""
