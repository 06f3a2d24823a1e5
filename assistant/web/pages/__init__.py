"""Pages of HTML: articles, receipts, editing, the reference of the API."""
