"""Makes small files that are damaged, are not what they say, or want something fetched, read or written elsewhere.

What costs too much is in :mod:`tests.faults.over_limits`, under lowered limits of ours.
"""

from __future__ import annotations

import codecs
import gzip
import os
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.sample_files import (
    TEXT,
    docx,
    encrypted,
    good,
    lines_of_pdf,
    page,
    pdf,
    record,
    renamed_parts,
    rss,
    word_xml,
)

CANARY = ("127.0.0.66", 47017)
"""Where many of these files say that something of theirs is to be had. Whoever asks for it is caught."""
Files = Iterator[tuple[str, bytes]]


def texts() -> Files:
    yield "empty.txt", b""
    yield "blank.txt", b" \n\t\r\n\f\v" * 1000
    yield "nul.txt", TEXT.encode().replace(b" ", b" \0")
    yield "late-nul.txt", TEXT.encode() * 40 + b"\0\0\0 and on"
    yield "only-nul.txt", bytes(20_000)
    yield "controls.txt", TEXT.encode() + bytes(range(1, 32)) * 100
    yield "escapes.txt", b"\x1b[2J\x1b]0;title\x07" + TEXT.encode()
    yield "surrogates.txt", TEXT.encode() + b"\xed\xa0\x80\xed\xbf\xbf"
    yield "overlong.txt", TEXT.encode() + b"\xc0\xaf\xe0\x80\xaf"
    yield "latin.txt", "Café shut. Ines Olm said so.".encode("latin-1")
    yield "koi8.txt", "Пирс закрыт до осени, сказал директор.".encode("koi8-r")
    yield "shift-jis.txt", "桟橋は閉鎖された。".encode("shift-jis")
    for encoding in ("utf-16", "utf-32", "utf-8-sig", "utf-16-be", "utf-32-le"):
        yield f"{encoding}.txt", TEXT.encode(encoding)
    yield "odd-utf-16.txt", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"x"
    yield "broken-utf-32.txt", codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff" * 100
    yield "many-marks.txt", codecs.BOM_UTF8 * 1000 + TEXT.encode()
    yield "one-line.txt", b"pier " * 4000
    yield "one-word.txt", b"p" * 20_000
    yield "one-sentence.txt", b"The pier, " * 2000 + b"is shut."
    yield "full-stops.txt", b". " * 10_000
    yield "quotes.txt", b'"' * 20_000
    yield "brackets.txt", b"(" * 20_000 + TEXT.encode()
    yield "line-ends.txt", b"\n" * 20_000 + TEXT.encode()
    yield "accents.txt", ("e" + "\u0301" * 2000).encode() + TEXT.encode()
    yield "bidi.txt", ("\u202e" * 1000 + TEXT + "\u2066" * 1000).encode()
    yield "invisible.txt", ("\u200b".join(TEXT)).encode()
    yield "tags.txt", "".join(chr(0xE0000 + ord(c)) for c in TEXT if c.isascii()).encode() + TEXT.encode()
    yield "emoji.txt", ("👩‍👩‍👧‍👦" * 500).encode()
    yield "noncharacters.txt", ("\ufffe\uffff\U0010ffff" * 1000 + TEXT).encode()
    yield "ligature.txt", ("\ufdfa" * 500).encode()
    yield "no-kind-of-file.exe", b"MZ" + bytes(1000)
    yield "no-ending", TEXT.encode()


def markdowns() -> Files:
    yield "remote.md", b"![pier](http://127.0.0.66:47017/pier.png)\n\n" + TEXT.encode()
    yield "front-broken.md", b"---\ntitle: [Pier\n---\n" + TEXT.encode()
    yield "front-open.md", b"---\ntitle: Pier\n" + TEXT.encode()
    yield "front-only.md", b"---\ntitle: Pier shut\n---\n"
    yield "front-nul.md", b"---\ntitle: \x00\n---\n" + TEXT.encode()
    yield "wrong-date.md", b"---\npublished: 99999-99-99\n---\n" + TEXT.encode()


def pages() -> Files:
    yield (
        "entity.html",
        ('<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + page("<p>&x; is shut.</p>")).encode(),
    )
    yield "refresh.html", page(head='<meta http-equiv="refresh" content="0;url=http://127.0.0.66:47017/">').encode()
    yield (
        "remote.html",
        page(
            '<img src="http://127.0.0.66:47017/a"><iframe src="http://127.0.0.66:47017/b"></iframe><object data="http://127.0.0.66:47017/c"></object>',
            '<base href="http://127.0.0.66:47017/"><link rel="stylesheet" href="http://127.0.0.66:47017/d">'
            '<script src="//127.0.0.66:47017/e"></script>',
        ).encode(),
    )
    yield "codec.html", page(head='<meta charset="zip_codec">').encode() + b"\xe9"
    yield "declared-utf-16.html", page(head='<meta charset="utf-16">').encode() + b"\xe9"
    yield "utf-7.html", page(head='<meta charset="utf-7">').encode() + b"+ADw-script+AD4-\xe9"
    yield "utf-16.html", page().encode("utf-16")
    yield "no-text.html", b"<html><body></body></html>"
    yield "frames.html", b"<html><frameset><frame src=http://127.0.0.66:47017/></frameset></html>"


def pdfs() -> Files:
    whole = pdf(lines_of_pdf())
    yield "cut.pdf", whole[: len(whole) // 2]
    yield "no-end.pdf", whole[:-60]
    yield "head-only.pdf", b"%PDF-1.7\n"
    yield "no-head.pdf", whole[9:]
    yield "noise.pdf", b"%PDF-1.4\n" + random.Random(1).randbytes(20_000)
    yield "encrypted.pdf", encrypted(whole)
    yield "half-encrypted.pdf", pdf(lines_of_pdf(), trailer=b"/Encrypt<</Filter/Standard/V 9/R 9/O()/U()/P -1>>")
    yield "root-missing.pdf", whole.replace(b"/Root 1 0 R", b"/Root 9 0 R")
    yield "far-start.pdf", whole.replace(b"startxref\n", b"startxref\n99999999")
    yield "remote.pdf", pdf(lines_of_pdf(), extra=b"/OpenAction<</S/URI/URI(http://127.0.0.66:47017/)>>")
    yield "remote-file.pdf", pdf(lines_of_pdf(), packed=b"/F(http://127.0.0.66:47017/a)/FFilter/FlateDecode")


def words() -> Files:
    whole = docx()
    yield "cut.docx", whole[: len(whole) // 2]
    yield "noise.docx", b"PK\x03\x04" + random.Random(3).randbytes(20_000)
    yield "empty-zip.docx", b"PK\x05\x06" + bytes(18)
    yield "no-document.docx", whole.replace(b"word/document.xml", b"word/dokument.xml")
    yield (
        "entity.docx",
        docx(
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + word_xml("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>")
        ),
    )
    yield (
        "remote-entity.docx",
        docx(
            '<!DOCTYPE d SYSTEM "http://127.0.0.66:47017/a.dtd">' + word_xml("<w:p><w:r><w:t>Shut.</w:t></w:r></w:p>")
        ),
    )
    yield (
        "remote-template.docx",
        docx(
            parts={
                "word/_rels/document.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                b'relationships"><Relationship Id="r9" TargetMode="External" Target="http://127.0.0.66:47017/t" Type="http://schemas'
                b'.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
            }
        ),
    )
    for number, name in enumerate(("../../../slipped", "/tmp/slipped", "..\\..\\slipped", "word/../../slipped")):
        yield f"slip-{number}.docx", docx(parts={name: b"slipped"})
    yield "macro.docx", docx(parts={"word/vbaProject.bin": random.Random(4).randbytes(10_000)})
    yield "same-names.docx", renamed_parts()
    yield "wrong-sum.docx", whole.replace(zlib.crc32(b"").to_bytes(4, "little"), b"\1\2\3\4")


def records() -> Files:
    yield "float.json", b'{"text": "The pier is shut.", "published": 1e999999}'
    yield "not-a-number.json", b'{"text": "The pier is shut.", "id": NaN, "title": -Infinity}'
    yield "surrogates.json", b'{"text": "The pier is shut. \\ud800 \\udfff", "title": "\\ud83d"}'
    yield "nul.json", b'{"text": "The pier\\u0000 is shut.", "id": "\\u0000"}'
    yield "odd-types.json", record(title={"a": []}, authors=[[{}], 5, None], url=5, language=["en"]).encode()
    yield "dates.json", record(published="2025-13-45T99:99:99+99:99").encode()
    yield "early.json", record(published="0000-00-00").encode()
    yield "late.json", record(published="9999-12-31T23:59:59-23:59").encode()
    yield "null.json", b"null"
    yield "empty-list.json", b"[]"
    yield "text-is-list.json", b'{"text": ["The pier is shut."]}'
    yield "cut.json", record().encode()[:-5]
    yield "broken-lines.jsonl", b'{"text": "The pier is shut."}\n' + b"{oops\n" * 50
    yield "not-objects.jsonl", b"5\n" * 1000
    yield "cut.jsonl.gz", gzip.compress((record() + "\n").encode() * 50)[:-20]
    yield "not-packed.jsonl.gz", record().encode()


def feeds() -> Files:
    """Feeds, as a server would send them."""
    item = "<item><title>Pier {0} shut</title><link>http://127.0.0.66:47017/{0}</link></item>"
    head = '<?xml version="1.0"?>'
    yield "sound", rss(item.format(1))
    yield "hundred-items", rss("".join(map(item.format, range(100))))
    entity = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.0.0.66:47017/y">]>'
    yield "entity", (head + entity + rss("<item><title>&x;&y;</title></item>").decode()).encode()
    yield "remote-type", head.encode() + b'<!DOCTYPE rss SYSTEM "http://127.0.0.66:47017/a.dtd">' + rss(item.format(1))
    yield "include", rss('<item><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/></item>')
    yield "stylesheet", b'<?xml-stylesheet href="http://127.0.0.66:47017/a.xsl"?>' + rss(item.format(1))
    yield "enclosure", rss('<item><enclosure url="http://127.0.0.66:47017/a.mp3" length="9" type="x/y"/></item>')
    yield "cut", rss(item.format(1))[:-40]
    yield "binary", b"<rss>" + random.Random(7).randbytes(20_000)
    yield "utf-16", rss(item.format(1)).decode().encode("utf-16")
    yield "wrong-charset", b'<?xml version="1.0" encoding="klingon"?>' + rss("<item><title>\xe9</title></item>")
    yield "dates", rss("<item><pubDate>99 Xyz 99999 99:99</pubDate><link>http://127.0.0.66:47017/</link></item>")
    yield "empty", b""


def disguised() -> Files:
    """Every kind of content under every other kind's name."""
    contents = {
        "text": TEXT.encode(),
        "page": page().encode(),
        "pdf": pdf(lines_of_pdf()),
        "word": docx(),
        "record": record().encode(),
        "noise": random.Random(5).randbytes(20_000),
        "gzip": gzip.compress(TEXT.encode()),
        "program": b"\x7fELF\x02\x01\x01" + random.Random(6).randbytes(20_000),
    }
    for kind, content in contents.items():
        for ending in ("txt", "md", "html", "pdf", "docx", "json", "jsonl", "jsonl.gz"):
            yield f"{kind}.{ending}", content


def mutated(count: int) -> Files:
    """Sound files with bytes changed, doubled or cut out, each in a way of its own number."""
    sound = {
        "txt": TEXT.encode(),
        "md": b"---\ntitle: Pier shut\npublished: 2025-06-04\n---\n# Pier\n\n" + TEXT.encode(),
        "html": page("<table><tr><td>40 boats</td></tr></table>", '<meta name="date" content="2025-06-04">').encode(),
        "pdf": pdf(zlib.compress(lines_of_pdf()), lines_of_pdf().replace(b"\n", b" "), packed=b""),
        "docx": docx(),
        "json": record(published="2025-06-04").encode(),
        "jsonl": (record() + "\n").encode(),
        "jsonl.gz": gzip.compress((record() + "\n").encode(), mtime=0),
    }
    for number in range(count):
        ending = list(sound)[number % len(sound)]
        yield f"mutated-{number}.{ending}", _mutated(sound[ending], random.Random(number))


def _mutated(sound: bytes, chance: random.Random) -> bytes:
    content = bytearray(sound)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(max(1, len(content)))
        how = chance.randrange(4)
        if how == 0:
            content[at : at + 1] = bytes([chance.randrange(256)])
        elif how == 1:
            del content[at : at + chance.randrange(1, 40)]
        elif how == 2:
            content[at:at] = content[at : at + chance.randrange(1, 40)] * chance.randrange(1, 20)
        else:
            content[at:at] = chance.choice((b"\0", b"<", b">>", b"\xff\xfe", b"obj", b'"', b"&", b"{"))
    return bytes(content[: chance.randrange(len(content) + 1)] if chance.random() < 0.2 else content)


def special(folder: Path, outside: Path) -> Iterator[Path]:
    """Puts into ``folder`` what is no plain file, or has no plain name, and tells where."""
    links = {
        "passwd.txt": Path("/etc/passwd"),
        "outside.txt": outside,
        "zero.txt": Path("/dev/zero"),
        "nowhere.txt": Path("nowhere-at-all"),
        "itself.txt": Path("itself.txt"),
        "upwards": Path(".."),
        "memory.jsonl": Path("/proc/self/mem"),
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
        yield folder / name
    os.mkfifo(folder / "pipe.txt")
    yield folder / "pipe.txt"
    names: tuple[str | bytes, ...] = (
        "line\nend.txt", "tab\tand\x1b[31mcolour.txt", "\u202egnp.txt", "👾" * 50 + ".txt", b"not-utf-8-\xff\xfe.txt",
        "'; rm -rf $HOME `id`.txt", "-rf.txt", " .txt", "a" * 250 + ".txt", "CON.txt", "dots..txt",
    )  # fmt: skip
    for number, odd_name in enumerate(names):
        odd = folder / os.fsdecode(odd_name)
        odd.write_text(good(1000 + number), encoding="utf-8")
        yield odd
    (folder / "locked.txt").write_text(good(2000), encoding="utf-8")
    (folder / "locked.txt").chmod(0)
    yield folder / "locked.txt"


SMALL: dict[str, Callable[[], Files]] = {
    "text": texts,
    "markdown": markdowns,
    "html": pages,
    "pdf": pdfs,
    "docx": words,
    "json": records,
    "disguised": disguised,
}
