"""Small files that are over a limit of ours, which is lowered for them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from tests.support.sample_files import TEXT, docx, lines_of_pdf, page, pdf, record

MEGABYTES = 0.1
"""The limit of a file, and of an article in it (setting ``max_file_mb``)."""
BYTES = int(MEGABYTES * 1_000_000)


def over() -> Iterator[tuple[str, bytes]]:
    """Names and contents; each is refused, or is a record that is refused between two that are read."""
    line = (record() + "\n").encode()
    yield "text.txt", TEXT.encode() + b"The pier is shut.\n" * (BYTES // 15)
    yield "blank.txt", bytes(BYTES + 1)
    yield "page.html", page("<p>The pier is shut, she said.</p>" * (BYTES // 30)).encode()
    yield "front.md", b"---\ntitle: Pier\n---\n" + b"The pier is shut.\n" * (BYTES // 15)
    yield "record.json", record(more="x" * BYTES).encode()
    yield "list.json", b"[" + b",".join([record().encode()] * (BYTES // 250)) + b"]"
    yield "pages.pdf", pdf(lines_of_pdf(), extra=b"/More(" + b"x" * BYTES + b")")
    yield "one-part.docx", docx(parts={"word/more.bin": bytes(12 * BYTES)})
    yield "many-parts.docx", docx(parts={f"word/{n}.bin": bytes(BYTES) for n in range(12)})
    yield "blank-lines.jsonl.gz", gzip.compress(b"\n" * (4 * BYTES))
    yield "empty-records.jsonl.gz", gzip.compress(b"{}\n" * BYTES)
    yield "one-line.jsonl", b'{"text": "' + b"pier " * (BYTES // 4)
    yield "long-line.jsonl", line + record(text="x" * BYTES).encode() + b"\n" + line
    yield "long-line.jsonl.gz", gzip.compress(line + record(text="x" * BYTES).encode() + b"\n" + line)
