"""Web pages and feeds, fetched from public addresses only."""
