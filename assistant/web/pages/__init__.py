"""HTML pages: articles, receipts, editing and the API reference."""
