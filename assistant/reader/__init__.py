"""The reader: a small extractive model that finds short answers, reranks passages and knows when to refuse."""
