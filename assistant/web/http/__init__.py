"""Shared by all routes: the visitor, problem documents, the queue, server-sent events, schemas."""
