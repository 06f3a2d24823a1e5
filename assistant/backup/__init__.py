"""A newsroom in one file, and back: ``onrecord backup`` and ``onrecord restore``."""
