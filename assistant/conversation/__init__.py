"""Conversation: a question asked after others, made into one that can be searched."""
