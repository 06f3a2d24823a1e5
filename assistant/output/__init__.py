"""Answers as JSON, terminal lines, text, Markdown and receipts."""
