"""Fetching has limits of size, time and kind, checks certificates, and says of every failure what it was."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexes.fetch.http import Tag
from indexes.fetch.ssrf import read_fetch_policy
from indexes.types.errors import NotFetched
from tests.support.loopback import Names, Reply, Site, fetcher, page, serving

SHORT = 0.3
"""Seconds a fetch may take where a test waits for its end."""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def why(site: Site, path: str = "/", **more: Any) -> str:
    """Why ``path`` is refused."""
    with pytest.raises(NotFetched) as refused:
        fetcher("127.0.0.1", **more).fetch(site.url(path))
    assert refused.value.url == site.url(path)
    return refused.value.reason


def drip(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece
        time.sleep(SHORT / 10)


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def test_a_page_comes_with_its_kind_and_the_tag_of_its_state(site: Site) -> None:
    site.replies["/a?b=ä"] = Reply("never asked for")
    site.replies["/a?b=%C3%A4"] = Reply(page(), headers={"ETag": '"one"', "Last-Modified": "yesterday"})
    found = fetcher("127.0.0.1").fetch(site.url("/a?b=ä#c"))
    assert (found.url, found.ending, found.charset) == (site.url("/a?b=%C3%A4"), ".html", "utf-8")
    assert (found.body.decode(), found.tag) == (page(), Tag('"one"', "yesterday"))


def test_a_request_says_who_asks_and_nothing_else_of_us(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.replies["/"] = Reply(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"})
    site.replies["/b"] = Reply(page())
    fetcher("paper.example", resolve=Names(paper_example=[["127.0.0.1"]])).fetch(site.url("/", "paper.example"))
    assert set(site.headers[1]) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert site.headers[1]["host"] == f"paper.example:{site.port}"
    assert site.headers[1]["user-agent"].startswith("OnRecord ")


def test_a_state_that_is_known_is_not_sent_again(site: Site) -> None:
    def reply(request: Any) -> Reply:
        known = request.headers.get("If-None-Match") == '"one"'
        return Reply(status=304, kind="") if known else Reply(page(), headers={"ETag": '"one"'})

    site.replies["/"] = reply
    first = fetcher("127.0.0.1").fetch(site.url("/"))
    assert fetcher("127.0.0.1").fetch_changed(site.url("/"), first.tag) is None


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_over_the_limit_is_refused_packed_or_without_end(site: Site, packed: bool) -> None:
    large = gzip.compress(bytes(3000))
    site.replies["/"] = Reply(
        iter([large]) if packed else endless(b"x" * 500), headers={"Content-Encoding": "gzip"} if packed else {}
    )
    assert why(site, max_bytes=2000) == "it is over the limit of 0.002 MB for one article (setting max_file_mb)"


def test_a_body_of_exactly_the_limit_is_taken(site: Site) -> None:
    site.replies["/"] = Reply(gzip.compress(b"x" * 5000), headers={"Content-Encoding": "gzip"})
    assert len(fetcher("127.0.0.1", max_bytes=5000).fetch(site.url("/")).body) == 5000
    assert "over the limit" in why(site, max_bytes=4999)


def test_a_slow_drip_of_a_body_ends_at_the_limit_for_all_of_it(site: Site) -> None:
    site.replies["/"] = Reply(drip(b"x"))
    assert why(site, seconds=SHORT) == f"it took longer than {SHORT:g} seconds. Try again later"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_slow_drip_of_headers_ends_too(start: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_drip_headers, args=(listening, start), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        with pytest.raises(NotFetched, match="it took longer than"):
            fetcher("127.0.0.1", seconds=SHORT).fetch(url)


def _drip_headers(listening: socket.socket, start: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        try:
            for piece in drip(start if start.endswith(b"\n") else b"x"):
                connection.sendall(start + piece)
        except OSError:  # whoever asked has had enough
            pass


def test_slow_redirects_share_the_time_of_one_fetch(site: Site) -> None:
    def slow(_: Any) -> Reply:
        time.sleep(SHORT / 2)
        return Reply(status=302, headers={"Location": "/"})

    site.replies["/"] = slow
    assert "took longer than" in why(site, seconds=SHORT)
    assert len(site.asked) <= 3


def test_a_resolver_that_does_not_answer_ends_too() -> None:
    def waiting(_: str) -> list[str]:
        time.sleep(20 * SHORT)
        return ["127.0.0.1"]

    with pytest.raises(NotFetched, match="its name was not resolved in time"):
        fetcher(resolve=waiting, seconds=SHORT).fetch("http://paper.example/")


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("text/html", ".html"),
        ("Text/HTML ; Charset=UTF-8", ".html"),
        ("application/xhtml+xml", ".html"),
        ("text/plain", ".txt"),
        ("text/markdown", ".md"),
        ("application/pdf", ".pdf"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
        ("application/rss+xml", "feed"),
        ("application/atom+xml", "feed"),
        ("text/xml", "feed"),
    ],
)
def test_kinds_of_text_are_fetched(site: Site, kind: str, ending: str) -> None:
    site.replies["/"] = Reply("words", kind)
    assert fetcher("127.0.0.1").fetch(site.url("/")).ending == ending


@pytest.mark.parametrize("kind", ["", "image/png", "application/octet-stream", "application/json", "video/mp4", "html"])
def test_other_kinds_are_refused_before_they_are_read(site: Site, kind: str) -> None:
    site.replies["/"] = Reply(endless(b"x" * 1000), kind)
    assert why(site).startswith(f"it says it is {kind or 'nothing in particular'}, not a web page")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "the server answered 404 Not Found. Check the address in a browser."),
        (Reply(status=503), "the server answered 503 Service Unavailable. Try again later."),
        (Reply(status=299), "the server answered 299. Check the address in a browser."),
        (Reply(status=304), "the server answered 304 Not Modified. Check the address in a browser."),
        (Reply(status=302), "the server answered 302 Found. Check the address in a browser."),
        (Reply("x", headers={"Content-Encoding": "br"}), "it is compressed with 'br', which was not asked for"),
        (Reply("x", headers={"Content-Encoding": "gzip"}), "it arrived damaged. Try again later"),
        (
            Reply("x", headers={"Content-Length": "9"}),
            "its server closed the connection or does not speak HTTP. Try again later",
        ),
        (
            Reply(gzip.compress(page().encode())[:-9], headers={"Content-Encoding": "gzip"}),
            "it arrived damaged. Try again later",
        ),
    ],
)
def test_a_failure_is_told_in_words(site: Site, reply: Reply, reason: str) -> None:
    site.replies["/"] = reply
    assert why(site) == reason


def test_a_server_that_is_not_there_or_speaks_something_else_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with pytest.raises(NotFetched, match=r"no connection: connection refused\. Try again later"):
        fetcher("127.0.0.1").fetch(url)
    with pytest.raises(NotFetched, match=r"the name nowhere\.example has no address"):
        fetcher().fetch("http://nowhere.example/")


@pytest.mark.parametrize(
    "allowed", ["127.0.0.1", "127.0.0.0/8", "paper.example", "PAPER.example", "::1", "fd00::/8", "münchen.example"]
)
def test_names_addresses_and_networks_can_be_allowed(allowed: str) -> None:
    policy = read_fetch_policy([allowed])
    assert len(policy.names) + len(policy.networks) == 1


@pytest.mark.parametrize("entry", ["", "127.1", "10.0.0.1/8", "http://paper.example", "paper.example/8", "*", "a b"])
def test_what_is_none_of_them_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="no host name, IP address or network"):
        read_fetch_policy([entry])


def test_a_list_without_the_address_allows_nothing(site: Site) -> None:
    with pytest.raises(NotFetched, match="not a public address"):
        fetcher("10.0.0.0/8", "intranet.example").fetch(site.url("/"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for paper.example in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    made = tmp_path / "paper.pem"
    subject = "/CN=paper.example -addext subjectAltName=DNS:paper.example -days 2 -nodes -newkey rsa:2048".split()
    command = ["openssl", "req", "-x509", "-keyout", made, "-out", tmp_path / "cert.pem", "-subj", *subject]
    subprocess.run(command, check=True, capture_output=True)
    made.write_text(made.read_text() + (tmp_path / "cert.pem").read_text())
    return made


def test_tls_is_checked_against_the_name_and_not_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    resolve = Names(paper_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    with serving(wrap=lambda plain: context.wrap_socket(plain, server_side=True)) as site:
        site.replies["/"] = Reply(page())
        paper, other = (site.url("/", f"{name}.example").replace("http:", "https:") for name in ("paper", "other"))
        with pytest.raises(NotFetched, match=r"its certificate is not valid: self.signed certificate"):
            fetcher("127.0.0.1", resolve=resolve).fetch(paper)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetcher("127.0.0.1", resolve=resolve).fetch(paper).body.decode() == page()
        with pytest.raises(NotFetched, match="its certificate is not valid: Hostname mismatch"):
            fetcher("127.0.0.1", resolve=resolve).fetch(other)
    assert asked == ["paper.example", "paper.example", "other.example"]
