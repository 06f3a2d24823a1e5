"""A Chroma server behind Debian's nginx, as docs/chroma-server.md shows it: TLS and a token; all else is refused."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from nginxed import NGINX, WHY_SKIPPED, free_ports, nginx

from indexes.search.chroma_client import ChromaServer
from tests.support.chroma_run import Chroma
from tests.support.fast_index import QuickIndex, story
from tests.support.index_checks import searched

pytestmark = [pytest.mark.faults, pytest.mark.skipif(NGINX is None, reason=WHY_SKIPPED)]
PAGE = Path(__file__).parent.parent.parent / "docs" / "chroma-server.md"


def documented(folder: Path, port: int, behind: str) -> str:
    found = re.search(r"^server \{.*?^\}$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    changed = {
        "listen 8443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/certs/vectors.example.pem": f"{folder}/cert.pem",
        "/etc/ssl/private/vectors.example.key": f"{folder}/key.pem",
        "http://127.0.0.1:8000": behind,
    }
    server = found[0]
    for before, after in changed.items():
        assert before in server
        server = server.replace(before, after)
    return server


def test_behind_nginx_the_token_opens_chroma_and_nothing_else_does(
    chroma: Chroma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    (port,) = free_ports(1)
    url = f"https://127.0.0.1:{port}"
    with nginx(folder, documented(folder, port, chroma.url), port):
        right = ChromaServer(url, token="LONG-RANDOM-TOKEN")
        with QuickIndex(tmp_path / "home", chroma=right) as index:
            list(index.add(story(n) for n in range(20)))
            assert "CERTIFICATE_VERIFY_FAILED" in index.dense.engine.away
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
        with QuickIndex(tmp_path / "home", chroma=right) as index:
            list(index.reindex())
            assert not searched(index)
            assert index.problems() == []
        with QuickIndex(tmp_path / "home", chroma=ChromaServer(url, token="another")) as index:
            assert not searched(index)
            assert "answers 401" in index.dense.engine.away
        with httpx.Client(base_url=url, verify=False) as stranger:
            assert stranger.get("/api/v2/heartbeat").status_code == 401
            for path in ("/docs", "/openapi.json", "/", "/api/v1/heartbeat"):
                assert stranger.get(path).status_code == 404
