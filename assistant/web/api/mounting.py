"""Puts the API together and into an app."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, FastAPI

from assistant.assistant import Assistant
from assistant.web.api.articles import articles
from assistant.web.api.asking import asking
from assistant.web.api.document import described, document, elsewhere
from assistant.web.api.limits import BodyLimit
from assistant.web.api.mcp_http import ToolsOverHttp
from assistant.web.api.metrics import Metrics
from assistant.web.api.openai import openai_protocol
from assistant.web.api.problems import handle_problems
from assistant.web.api.searching import searching
from assistant.web.api.state import measured, state
from assistant.web.render import Pages


def mount_api(
    app: FastAPI, assistant: Assistant, tools: ToolsOverHttp, max_bytes: int, pages: Pages, widget: APIRouter
) -> None:
    """Adds every route of the API to ``app``, with the widget's; articles that are added may have ``max_bytes``."""
    metrics = Metrics(assistant.index)
    assistant.on_turn = metrics.count
    api = api_routes(assistant, metrics, max_bytes, widget)
    for router in (api, described(cache(lambda: document(api)), pages), tools.router(), elsewhere(api)):
        app.include_router(router)
    app.add_middleware(BodyLimit, article_bytes=max_bytes)
    handle_problems(app)


def api_routes(assistant: Assistant, metrics: Metrics, max_bytes: int, widget: APIRouter) -> APIRouter:
    """The routes that the OpenAPI document describes."""
    api = APIRouter()
    for router in (asking(assistant), searching(assistant), articles(assistant.index, max_bytes), widget):
        api.include_router(router, prefix="/api/v1")
    for router in (state(assistant), measured(metrics), openai_protocol(assistant)):
        api.include_router(router)
    return api
