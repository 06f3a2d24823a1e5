"""Hostile files that are large, or become large when they are unpacked."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from ordeals.forging import docx, lines_of_pdf, lying, packed_zeros, page, pdf, record, word_xml


def large() -> Iterator[tuple[str, bytes]]:
    """Names and contents. To make them all takes half a minute."""
    yield "nineteen-megabytes.txt", b"\0" * 10 + b"x" * 19_000_000
    yield "twenty-one-megabytes.txt", b"The pier is shut.\n" * 1_200_000
    yield "nineteen-megabytes.html", page("<p>The pier is shut, she said.</p>" * 580_000).encode()
    yield "hundred-megabytes.html", page("<p>The pier is shut, she said, until the autumn.</p>" * 2_000_000).encode()
    yield "more-attributes.html", page(f"<p {' '.join(f'a{n}=b' for n in range(200_000))}>Shut.</p>").encode()
    yield "siblings.html", page("<p>Shut.</p>" * 100_000).encode()
    yield "scripts.html", page("<script>while(true);</script>" * 5000).encode()
    yield "many-parts.docx", docx(parts={f"word/{n}.bin": b"" for n in range(20_000)})
    yield "bomb.docx", docx(parts={"word/bomb.bin": bytes(500_000_000)})
    yield "small-bomb.docx", docx(parts={f"word/{n}.bin": bytes(19_000_000) for n in range(9)})
    yield "lying-bomb.docx", lying(docx(parts={"word/bomb.bin": bytes(300_000_000)}), 300_000_000)
    yield "text-bomb.docx", docx(word_xml("<w:p><w:r><w:t>pier </w:t></w:r></w:p>" * 4_000_000))
    yield "bomb.jsonl.gz", packed_zeros(1_000_000_000)
    yield "blank-bomb.jsonl.gz", gzip.compress(b"\n" * 300_000_000)
    yield "object-bomb.jsonl.gz", gzip.compress(b"{}\n" * 30_000_000)
    yield "one-line.jsonl", b'{"text": "' + b"pier " * 5_000_000
    yield "members.jsonl.gz", gzip.compress(b"") * 100_000
    yield "long-fields.json", record(title="T" * 5_000_000, id="i" * 5_000_000, source="s" * 5_000_000).encode()
    yield "flate-text.pdf", pdf(zlib.compress(b"BT " + b"(pier) Tj " * 8_000_000), packed=b"/Filter/FlateDecode")
    yield "thousand-pages.pdf", pdf(*[lines_of_pdf()] * 3000)
    yield "deep-state.pdf", pdf(b"q " * 500_000 + lines_of_pdf())
    yield "long-name.pdf", pdf(lines_of_pdf(), extra=b"/" + b"A" * 5_000_000)
    bomb = zlib.compress(bytes(200_000_000), 9)
    yield "flate-bomb.pdf", pdf(bomb, packed=b"/Filter/FlateDecode")
    yield "flate-twice.pdf", pdf(zlib.compress(bomb), packed=b"/Filter[/FlateDecode/FlateDecode]")
