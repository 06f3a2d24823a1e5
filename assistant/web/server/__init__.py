"""The server process: startup, shutdown, connections and temporary files."""
