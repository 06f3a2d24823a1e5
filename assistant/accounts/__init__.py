"""The desk: who may do what, and what people asked. Knows nothing of web pages, models or the index."""
