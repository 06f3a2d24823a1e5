"""Fetches web pages and feeds, from public addresses only unless the operator allows more."""
