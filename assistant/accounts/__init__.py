"""Users, API keys, sessions, permissions and the audit log. Knows nothing of web pages, models or the index."""
