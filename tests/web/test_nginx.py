"""Behind Debian's nginx, below a path and under TLS: everything works there, streams, and stays below the path."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from nginxed import NGINX, WHY_SKIPPED, free_ports, nginx
from serving import serving
from test_browser_model import Model
from watching import watched

from benchmarks.model_server import model_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")

ROOT = Path(__file__).parent.parent.parent
BASE = "/newsroom/onrecord"
GROWN = "denied the Harbour Post's report of a phone call"
WHOLE = "called it false"
CALL = "Who denied the call?"

# What docs/serving.md tells an operator to write stands between these; around it is what a test needs.
SERVER = """
  server {{
    listen 127.0.0.1:{plain};
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
{location}
  }}
"""

pytestmark = pytest.mark.faults


@dataclass(frozen=True)
class Behind:
    """The addresses of one server: through nginx without and with TLS, and without nginx."""

    plain: str
    tls: str
    direct: str
    model: Model

    @property
    def host(self) -> str:
        return self.plain.removesuffix(BASE)


@pytest.fixture(scope="module")
def behind(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    if NGINX is None:
        if "CI" in os.environ:
            pytest.fail(f"CI accepts no skipped nginx tests; {WHY_SKIPPED}")
        pytest.skip(WHY_SKIPPED)
    model, folder = Model(), tmp_path_factory.mktemp("nginx")
    settings = {"llm": "openai", "llm_model": "tiny", "llm_silence": "25", "llm_seconds": "25", "base_path": BASE}
    settings["auth_proxies"] = '["127.0.0.1"]'
    with model_server(model) as speaker, serving(home, **settings, llm_url=speaker.url) as direct:
        plain, tls = free_ports(2)
        with nginx(folder, server_block(folder, plain, tls, direct), plain):
            yield Behind(f"http://127.0.0.1:{plain}{BASE}", f"https://127.0.0.1:{tls}{BASE}", direct, model)


def server_block(folder: Path, plain: int, tls: int, direct: str) -> str:
    """With the location that docs/serving.md shows."""
    location = documented_location().replace("http://127.0.0.1:7860", direct.removesuffix(BASE))
    return SERVER.format(folder=folder, plain=plain, tls=tls, location=location)


def documented_location() -> str:
    """The location of the page's example, for the path it names."""
    page = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    found = re.search(r"^ *location /newsroom/onrecord/ \{.*?^ *\}$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


class Links(HTMLParser):
    """Where a page leads to and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in {"base", "meta"} and "noreferrer" not in (told.get("rel") or ""):
            self.found += [told[name] or "" for name in ("href", "src", "action") if name in told]


def links_of(url: str) -> list[str]:
    answer = httpx.get(url, follow_redirects=True)
    assert answer.status_code == 200
    links = Links()
    links.feed(answer.text)
    # Gradio's page names a manifest at the root of the host. No browser needs it, and nothing else is named there.
    return [urljoin(str(answer.url), link) for link in links.found if link != "/manifest.json"]


def test_every_link_of_every_page_stays_below_the_path_and_leads_somewhere(behind: Behind) -> None:
    seen: set[str] = set()
    for page in ("/", "/articles", "/api/v1/docs"):
        seen |= {link.partition("#")[0] for link in links_of(behind.plain + page)}
    articles = [link for link in seen if "/articles/" in link][:3]
    assert articles
    for article in articles:
        seen |= {link.partition("#")[0] for link in links_of(article)}
    assert [link for link in seen if not link.startswith(behind.plain + "/")] == []
    for link in sorted(seen):
        assert (link, httpx.get(link, follow_redirects=True).status_code) == (link, 200)


def test_a_redirect_stays_below_the_path(behind: Behind) -> None:
    for path in ("", "/articles/", "/site", "/api/v1/docs/", "/v1/models/", "/config/"):
        answer = httpx.get(behind.plain + path)
        if answer.has_redirect_location:
            assert urljoin(behind.plain + path, answer.headers["location"]).startswith(behind.plain)
    assert httpx.get(behind.plain).headers["location"] == behind.plain + "/"


def test_nothing_answers_outside_the_path(behind: Behind) -> None:
    outside = ("/", "/articles", "/config", "/newsroom", "/newsroom/onrecordx", "/api/v1/health", "/v1/models", "/mcp")
    for path in outside:
        assert httpx.get(behind.host + path).status_code == 404
        beside = httpx.get(behind.direct.removesuffix(BASE) + path)
        assert beside.status_code == 404
        assert "default-src 'self'" in beside.headers["content-security-policy"]


def test_no_header_of_a_request_makes_the_page_belong_to_another_host(behind: Behind) -> None:
    lies = {
        "X-Forwarded-Host": "liar.example",
        "X-Gradio-Server": "http://liar.example",
        "Forwarded": "host=liar.example",
    }
    for path in ("/", "/config", "/articles", "/api/v1/openapi.json", "/api/v1/articles"):
        answer = httpx.get(behind.plain + path, headers=lies)
        assert answer.status_code == 200
        assert "liar.example" not in answer.text + str(answer.headers)


def test_what_a_client_says_of_who_it_is_does_not_come_through(behind: Behind) -> None:
    named = [("X-Remote-User", "ada"), ("X-Remote-User", "bo"), ("X-Forwarded-For", "127.0.0.1")]
    assert httpx.get(behind.plain + "/api/v1/me", headers=named).json()["name"] == "anonymous"
    assert httpx.get(behind.direct + "/api/v1/me", headers=named).status_code == 400


def test_the_api_tells_addresses_that_can_be_used(behind: Behind) -> None:
    listing = httpx.get(behind.plain + "/api/v1/articles?limit=2")
    told = listing.json()
    following = urljoin(behind.plain, told["next"])
    assert httpx.get(following).json()["articles"][0]["id"] not in [one["id"] for one in told["articles"]]
    assert urljoin(behind.plain, listing.links["next"]["url"]) == following
    described = httpx.get(behind.plain + "/api/v1/openapi.json").json()
    assert described["servers"] == [{"url": BASE}]
    assert set(described["paths"]) >= {"/api/v1/ask", "/v1/models"}
    below = urljoin(behind.plain, described["servers"][0]["url"])
    for article in told["articles"]:
        assert article["title"] in httpx.get(below + article["page"]).text.replace("&#39;", "'")
    lost = httpx.get(behind.plain + "/api/v1/nothing").json()["detail"]
    assert f"{BASE}/api/v1/docs lists them" in lost


def test_an_answer_of_the_api_streams_through(behind: Behind) -> None:
    behind.model.goes_on.clear()
    headers, body = {"Accept": "text/event-stream"}, {"question": CALL}
    with httpx.stream("POST", behind.plain + "/api/v1/ask", json=body, headers=headers, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = []
        for line in answer.iter_lines():
            if not line.startswith("data: "):
                continue
            told.append(line)
            if GROWN in line and not behind.model.goes_on.is_set():
                assert WHOLE not in line  # nginx let it through before there was any more
                behind.model.goes_on.set()
    assert behind.model.goes_on.is_set()
    assert WHOLE in told[-2]
    assert json.loads(told[-1].removeprefix("data: ")) == {}


def test_openais_client_streams_and_is_told_addresses_below_the_path(behind: Behind) -> None:
    openai = pytest.importorskip("openai", reason="the client openai is not installed")
    behind.model.goes_on.clear()
    client = openai.OpenAI(base_url=behind.plain + "/v1", api_key="none", max_retries=0, timeout=60)
    messages = [{"role": "user", "content": CALL}]
    said, urls = "", []
    for chunk in client.chat.completions.create(model="onrecord", messages=messages, stream=True):
        delta = chunk.choices[0].delta
        said += delta.content or ""
        urls += [one["url_citation"]["url"] for one in delta.model_dump().get("annotations") or []]
        if GROWN in said and not behind.model.goes_on.is_set():
            assert WHOLE not in said
            behind.model.goes_on.set()
    assert WHOLE in said
    assert urls
    for url in urls:
        assert url.startswith(behind.plain + "/articles/")
        assert '<mark id="cited">' in httpx.get(urlsplit(url)._replace(fragment="").geturl()).text


def test_addresses_are_told_as_https_where_https_was_asked(behind: Behind) -> None:
    behind.model.goes_on.set()
    body = {"model": "onrecord", "messages": [{"role": "user", "content": CALL}]}
    with httpx.Client(verify=False, timeout=60) as client:
        message = client.post(behind.tls + "/v1/chat/completions", json=body).json()["choices"][0]["message"]
        assert client.get(behind.tls + "/config").json()["root"] == behind.tls
    assert message["annotations"]
    for annotation in message["annotations"]:
        assert annotation["url_citation"]["url"].startswith(behind.tls + "/articles/")


def test_the_tools_for_other_assistants_answer(behind: Behind) -> None:
    pytest.importorskip("mcp", reason="the extra onrecord[mcp] is not installed")
    from mcp.client import Client

    async def use() -> Any:
        async with Client(behind.plain + "/mcp") as client:
            return await client.call_tool("search", {"question": CALL, "top": 2})

    with ThreadPoolExecutor(1) as thread:  # the browser's tests may have left an event loop running in this one
        told = thread.submit(asyncio.run, use()).result()
    assert len(told.structured_content["hits"]) == 2


def test_an_upload_over_nginxs_own_limit_reaches_ours(behind: Behind) -> None:
    two = {"files": ("two.txt", b" " * 2_000_000)}  # nginx alone would stop it at one megabyte
    outcome = httpx.post(behind.plain + "/api/v1/articles", files=two, timeout=60)
    assert outcome.headers["content-type"].startswith("application/json")
    much = httpx.post(behind.plain + "/api/v1/articles", files={"files": ("much.txt", b" " * 20_500_000)}, timeout=60)
    assert (much.status_code, much.json()["type"]) == (413, "urn:onrecord:problem:too-large")


def test_the_chat_streams_under_tls_and_opens_the_cited_article(browser: Browser, behind: Behind) -> None:
    behind.model.goes_on.clear()
    with watched(browser, behind.tls, ignore_https_errors=True) as seen:
        page = seen.new_page()
        page.goto(behind.tls)
        page.get_by_label("Question").wait_for(timeout=60_000)
        page.get_by_label("Question").fill(CALL)
        page.get_by_label("Question").press("Enter")
        answer = page.locator(".answer").first
        answer.get_by_text(GROWN).first.wait_for(timeout=60_000)
        assert WHOLE not in answer.inner_text()
        behind.model.goes_on.set()
        answer.get_by_text(WHOLE).first.wait_for(timeout=60_000)
        page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=60_000)
        answer.locator("a.cite").first.click()
        page.frame_locator("#article-pane").locator("mark#cited").wait_for(timeout=60_000)
        assert any("/site/" in url for url in seen.asked)
        seen.assert_quiet()
