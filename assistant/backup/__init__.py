"""Backing up a newsroom to one file and restoring it: ``onrecord backup`` and ``onrecord restore``."""
