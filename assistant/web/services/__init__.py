"""What the routes work with: adding, feeds that are followed, work in the background."""
