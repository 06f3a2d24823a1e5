"""What is said of the API is so: its OpenAPI document, its page, and docs/api.md."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import serving

from assistant.web.http.problems import KINDS

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
COMMANDS = [
    command
    for block in re.findall(r"^```\n(curl.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for command in re.split(r"\n(?=curl)", block.strip())
]
PATHS = {
    ("post", "/api/v1/ask"),
    ("get", "/api/v1/search"),
    ("get", "/api/v1/claims"),
    ("get", "/api/v1/articles"),
    ("post", "/api/v1/articles"),
    ("get", "/api/v1/articles/{article_id}"),
    ("delete", "/api/v1/articles/{article_id}"),
    ("post", "/api/v1/feedback"),
    ("get", "/api/v1/feedback"),
    ("get", "/api/v1/feedback/export"),
    ("get", "/api/v1/feeds"),
    ("post", "/api/v1/feeds"),
    ("delete", "/api/v1/feeds"),
    ("post", "/api/v1/feeds/look"),
    ("get", "/api/v1/health"),
    ("get", "/api/v1/me"),
    ("get", "/api/v1/ready"),
    ("post", "/api/v1/widget/tokens"),
    ("get", "/metrics"),
    ("post", "/v1/chat/completions"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{model}"),
}


@pytest.fixture(scope="module")
def document(server: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(server + "/api/v1/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def written(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a copy of the samples, to be written to."""
    copy = tmp_path_factory.mktemp("written") / "home"
    shutil.copytree(home, copy)
    with serving(copy) as url:
        yield url


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, item in document["paths"].items() for method in item}


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(document)


def test_every_route_is_documented_and_every_documented_one_is_there(document: dict[str, Any], server: str) -> None:
    assert operations(document) == PATHS
    for method, path in PATHS:
        answer = httpx.request(method, server + re.sub(r"\{\w+\}", "nowhere", path), timeout=60)
        type = answer.json().get("type", "") if "problem+json" in answer.headers["content-type"] else ""
        assert not type.endswith((":not-found", ":wrong-method"))


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for method, path in PATHS:
        operation = document["paths"][path][method]
        assert operation["description"]
        for status, response in operation["responses"].items():
            if not status.startswith("2"):
                assert response["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
        assert [status for status in operation["responses"] if status.startswith("2")]
    assert "HTTPValidationError" not in json.dumps(document)


def test_answers_and_problems_are_of_the_documented_shape(document: dict[str, Any], server: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for path, name in {
        "/api/v1/search?q=call": "FoundFields",
        "/api/v1/articles": "ArticlesFields",
        "/api/v1/claims?about=call": "ClaimsFields",
        "/api/v1/search": "Problem",
        "/api/v1/nowhere": "Problem",
    }.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.validate(httpx.get(server + path, timeout=60).json(), schema)


def test_the_page_names_every_route_and_loads_no_script(document: dict[str, Any], server: str) -> None:
    page = httpx.get(server + "/api/v1/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert not re.findall(r'(?:src|href)="(?!/|#)', page.text)
    for method, path in operations(document):
        assert f"{method.upper()} {path}" in page.text


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc"])
def test_the_frameworks_own_pages_stay_closed(server: str, path: str) -> None:
    assert httpx.get(server + path).status_code == 404


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_problem_is_in_the_table(kind: Any) -> None:
    assert f"\n| `{kind.name}` | {kind.status} |" in PAGE


def test_the_examples_of_the_page_work(written: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine: sudo apt install curl")
    assert len(COMMANDS) > 12
    for command in COMMANDS:
        run = ["bash", "-c", command.replace("http://127.0.0.1:7860", written)]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert "DELETE" in command or done.stdout
        assert '"refused":1' not in done.stdout
