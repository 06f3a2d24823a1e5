"""Conversation: rewrites a follow-up into a question that can be searched on its own, and suggests further ones."""
