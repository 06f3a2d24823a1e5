"""Conversations, feedback, and the erasure of an article's words from both."""
