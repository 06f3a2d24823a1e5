"""The reader: a small extractive model that gives short answers, orders passages and knows when to refuse."""
