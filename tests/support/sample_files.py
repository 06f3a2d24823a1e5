"""Writes web pages, PDFs, Word files and feeds by hand, sound ones and such as no program would write."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

PIER = (
    "The harbour board closed the east pier on 4 June 2025 after a diver found a crack in a pillar.",
    "Engineers said the pier, built in 1931, would stay shut until autumn while they worked on it.",
    "Ferries will leave from the north quay, port director Ines Olm said.",
)
TEXT = "\n\n".join(PIER)


def page(body: str = "", head: str = "") -> str:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in PIER)
    return f"<html><head><title>Pier shut</title>{head}</head><body><article>{paragraphs}{body}</article></body></html>"


def record(**more: object) -> str:
    return json.dumps({"text": TEXT, "title": "Pier shut", **more})


def pdf(*contents: bytes, extra: bytes = b"", packed: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF with a page for each stream of ``contents``, written by hand. ``packed`` names the streams' filter."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + extra + b">>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(contents), kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, content in enumerate(contents):
        objects.append(b"<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>" % (5 + 2 * number))
        objects.append(b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), packed, content))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )


def lines_of_pdf(text: str = TEXT) -> bytes:
    shown = b"".join(b"(%s) ' " % line.encode("ascii") for line in text.split("\n") if line)
    return b"BT /F 11 Tf 12 TL 40 700 Td " + shown + b"ET"


def docx(document: str = "", parts: Mapping[str, bytes] | None = None) -> bytes:
    """A Word file, written by hand; ``document`` is its whole main part."""
    words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    paragraphs = "".join(f"<w:p><w:r><w:t>{sentence}</w:t></w:r></w:p>" for sentence in PIER)
    whole = document or f'<?xml version="1.0"?><w:document xmlns:w="{words}"><w:body>{paragraphs}</w:body></w:document>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="bin" ContentType="x/y"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", whole)
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return made.getvalue()


def rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Harbour Post</title>{items}</channel></rss>'.encode()


def good(number: int) -> str:
    return f"Pier {number} shut\n\nPier number {number} was closed on Friday, Ines Olm said. {PIER[1]}\n"


def word_xml(body: str) -> str:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'


def renamed_parts() -> bytes:
    made = io.BytesIO(docx(parts={"word/documenu.xml": b"<open/>"}))
    return made.getvalue().replace(b"word/documenu.xml", b"word/document.xml")


def encrypted(whole: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(whole))), io.BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()
