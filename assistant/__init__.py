"""Question in, answer out. Builds on ``indexes`` and is built on by ``app.py``."""
