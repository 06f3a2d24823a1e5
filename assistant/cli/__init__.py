"""The command line: ``onrecord``. Commands load what they need when they run, so that ``--help`` is instant."""

from assistant.cli.main import app, main

__all__ = ["app", "main"]
