"""Assembles the API and mounts it in an app."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, FastAPI

from assistant.web.api.articles import articles
from assistant.web.api.ask import asking
from assistant.web.api.feedback import feedback
from assistant.web.api.feeds import feeds
from assistant.web.api.mcp import ToolsOverHttp
from assistant.web.api.metrics import Metrics
from assistant.web.api.openai import openai_protocol
from assistant.web.api.openapi import described, document, elsewhere
from assistant.web.api.search import searching
from assistant.web.api.status import me, measured, state
from assistant.web.http.problems import handle_problems
from assistant.web.middleware.body_limit import BodyLimit
from assistant.web.middleware.json_depth import DepthLimit
from assistant.web.services.services import Services
from assistant.web.widget.api import widget_api


def mount_api(app: FastAPI, services: Services, tools: ToolsOverHttp) -> None:
    """Adds every route of the API to ``app``."""
    metrics = Metrics(services.assistant.index)
    services.assistant.on_turn = metrics.count
    metrics.watch(services.queue)
    metrics.watch_refusals(services.refusals)
    api = api_routes(services, metrics)
    for router in (
        api,
        described(cache(lambda: document(api, services.pages.base)), services.pages),
        tools.router(),
        elsewhere(api),
    ):
        app.include_router(router)
    app.add_middleware(DepthLimit)
    app.add_middleware(BodyLimit, article_bytes=services.max_bytes)
    handle_problems(app)


def api_routes(services: Services, metrics: Metrics) -> APIRouter:
    """The routes that the OpenAPI document describes."""
    api, assistant, index = APIRouter(), services.assistant, services.assistant.index
    asked = asking(assistant, services.queue), searching(assistant, services.queue), feedback(index, services.desk)
    for router in (*asked, widget_api(services.tokens), articles(index, services.intake), feeds(services.following)):
        api.include_router(router, prefix="/api/v1")
    for router in (me(), state(assistant), measured(metrics), openai_protocol(assistant, services.queue)):
        api.include_router(router)
    return api
