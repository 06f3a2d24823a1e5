"""Articles in: from files to passages, vectors and the stores."""
