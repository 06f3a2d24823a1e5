"""Numbers that are too large and JSON that is nested too deep are refused as what they are, on every route."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from apps import OWN, App, running
from fastapi.openapi.utils import get_openapi
from starlette.testclient import TestClient

from assistant.web.http.problems import FAILED, INVALID, problem_of
from assistant.web.middleware.json_depth import MOST_LEVELS

LARGE = 10**29
JSON = {**OWN, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
ROUTES = (
    "/api/v1/ask",
    "/v1/chat/completions",
    "/api/v1/feedback",
    "/api/v1/feeds",
    "/api/v1/feeds/look",
    "/api/v1/widget/tokens",
    "/api/v1/widget/renewals",
    "/gradio_api/queue/join",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/mcp",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(tmp_path_factory.mktemp("depth"), asks_per_minute=1000) as app:
        yield app


@pytest.fixture(scope="module")
def admin(app: App) -> TestClient:
    return app.logged_in("cy")


def nested(levels: int) -> str:
    return '{"question": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.mark.parametrize("path", ROUTES)
def test_json_that_is_nested_too_deep_is_refused_before_it_is_read(admin: TestClient, path: str) -> None:
    answer = admin.post(path, content=nested(MOST_LEVELS + 1), headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["detail"] == "The body is nested deeper than 100 levels."


def test_json_at_the_limit_is_read(admin: TestClient) -> None:
    answer = admin.post("/api/v1/ask", content=nested(MOST_LEVELS), headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "body.question"


def test_brackets_in_texts_and_side_by_side_are_not_levels(admin: TestClient) -> None:
    texts = ["[" * 200, '\\"[{' * 200, "\\" * 3, "{" * 200]
    body = {"question": "who?" + "[" * 200, "turns": [{"searched": text, "sentences": []} for text in texts] * 4}
    assert admin.post("/api/v1/ask", json=body, headers=OWN).status_code == 200
    body["turns"] = [{"searched": "a", "sentences": [{"text": "b"}] * 20}] * 20
    assert admin.post("/api/v1/ask", json=body, headers=OWN).status_code == 200


def test_json_in_another_encoding_is_refused(admin: TestClient) -> None:
    answer = admin.post("/api/v1/ask", content='{"question": "a"}'.encode("utf-16"), headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is not JSON in UTF-8.")


@pytest.mark.parametrize("path", ["/articles/x?version={}", "/articles/x?start={}", "/api/v1/articles/x?end={}"])
def test_a_number_in_an_address_that_is_too_large_is_refused(admin: TestClient, path: str) -> None:
    answer = admin.get(path.format(LARGE), headers=OWN)
    assert answer.status_code in {404, 422}
    assert admin.get(path.format(2**53 - 1), headers=OWN).status_code in {404, 422}


def test_a_number_in_a_body_that_is_too_large_is_refused(admin: TestClient) -> None:
    answer = admin.post("/api/v1/ask", json={"question": "a", "id": LARGE}, headers=OWN)
    assert answer.status_code == 422
    assert str(LARGE) not in answer.text
    assert admin.post("/api/v1/ask", json={"question": "a", "id": 2**53}, headers=OWN).json()["id"] == 2**53


def test_every_whole_number_in_a_request_has_a_least_and_a_most(app: App) -> None:
    fastapi: Any = app.asgi
    while not hasattr(fastapi, "dependency_overrides"):
        fastapi = fastapi.app
    told = get_openapi(title="all", version="1", routes=fastapi.routes)
    asked = {f"{method} {path}": one for path, methods in told["paths"].items() for method, one in methods.items()}
    assert {"get /articles/{article_id}", "post /api/v1/ask", "post /api/v1/feedback"} <= asked.keys()
    for name, one in asked.items():
        for shape in (one.get("parameters"), one.get("requestBody")):
            assert _is_bounded(shape, told), name


def test_every_whole_number_a_tool_takes_has_a_least_and_a_most() -> None:
    pytest.importorskip("mcp", reason="the extra onrecord[mcp] is not installed")
    from assistant.web.api.mcp_tools import tool_server
    from assistant.web.http.queue import AnswerQueue

    tools = tool_server(None, AnswerQueue())._tool_manager.list_tools()  # type: ignore[arg-type]
    assert len(tools) == 4
    assert [tool.name for tool in tools if not _is_bounded(tool.parameters, tool.parameters)] == []


def test_what_cannot_be_kept_is_the_requests_fault_and_nothing_else_is() -> None:
    assert problem_of(OverflowError("Python int too large")).kind is INVALID
    assert problem_of(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")).kind is INVALID
    assert problem_of(RuntimeError("anything")).kind is FAILED


def test_of_many_wrong_fields_a_few_are_named_and_shortly(admin: TestClient) -> None:
    body = {"question": "a", **{f"{'x' * 500}{n}": 1 for n in range(100)}}
    answer = admin.post("/api/v1/ask", json=body, headers=OWN)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 20)
    assert len(answer.text) < 10_000


def _is_bounded(shape: Any, document: Any) -> bool:
    """Whether all whole numbers in a JSON schema, and in what it refers to in ``document``, have a least and a most."""
    if isinstance(shape, list):
        return all(_is_bounded(one, document) for one in shape)
    if not isinstance(shape, dict):
        return True
    if "$ref" in shape:
        return _is_bounded(reduce(getitem, shape["$ref"].removeprefix("#/").split("/"), document), document)
    has_least, has_most = {"minimum", "exclusiveMinimum"} & shape.keys(), {"maximum", "exclusiveMaximum"} & shape.keys()
    is_bounded = shape.get("type") != "integer" or (has_least and has_most)
    return bool(is_bounded) and _is_bounded(list(shape.values()), document)
