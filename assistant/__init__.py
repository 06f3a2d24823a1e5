"""Question in, answer out. Builds on ``indexes``; used by ``app.py``."""
