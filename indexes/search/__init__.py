"""Search: by keywords, by vectors, and hybrid."""
