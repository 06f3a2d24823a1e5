"""The formats On Record reads: for each file ending, the loader that reads it.

Loaders are named here, not imported, as only the sandboxed loader process runs them. This module loads nothing.
"""

from __future__ import annotations

LOADERS = {
    ".txt": "text.read",
    ".md": "markdown.read",
    ".markdown": "markdown.read",
    ".html": "html.read",
    ".htm": "html.read",
    ".pdf": "pdf.read",
    ".docx": "docx.read",
    ".json": "records.read_json",
    ".jsonl": "records.read_lines",
    ".jsonl.gz": "records.read_packed_lines",
}
"""Functions of modules in this folder, called with the open file, the most bytes of an article and, for a format of
``RECORDS``, the most records.
"""

FILE_ENDINGS = tuple(LOADERS)
LINES = (".jsonl", ".jsonl.gz")
RECORDS = (".json", *LINES)
FEED = "feed"
"""The kind of a document that is not a file: an RSS or Atom feed."""

LIBRARIES = ("dateparser", "docx", "feedparser", "frontmatter", "markdown_it", "pypdf", "trafilatura")
"""What the loaders import: loaded before the loader process is locked down, after which imports are restricted."""
