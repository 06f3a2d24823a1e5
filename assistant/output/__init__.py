"""Answers as JSON, as Markdown and as receipts."""
