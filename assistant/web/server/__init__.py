"""The process that serves: its start, its end, its connections and its files."""
