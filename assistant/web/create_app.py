"""Assembles the web app: the services, the routes and the middleware."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from assistant.accounts.audit import SERVER, Event
from assistant.assistant import Assistant
from assistant.desk import Desk
from assistant.factory import open_feeds, open_fetcher
from assistant.settings import Settings
from assistant.web.api.mcp import ToolsOverHttp
from assistant.web.api.router import mount_api
from assistant.web.auth import AccessControl
from assistant.web.auth.login import LoginPages, login_pages
from assistant.web.auth.oidc import oidc_pages
from assistant.web.chat.page import mount_chat
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.refusals import RefusalCounter, Refusals
from assistant.web.middleware.security_headers import SecurityHeaders
from assistant.web.middleware.trusted_proxies import TrustedProxies
from assistant.web.pages.article_page import article_pages
from assistant.web.pages.editing_page import editing_page
from assistant.web.pages.receipt_page import receipt_pages
from assistant.web.pages.templates import Pages
from assistant.web.services.background import Following
from assistant.web.services.intake import Intake
from assistant.web.services.services import Services
from assistant.web.widget.issuers import Issuers
from assistant.web.widget.pages import demo_page, widget_pages
from assistant.web.widget.tokens import WidgetTokens

_SITE = Path(__file__).parent / "site"
_WRITING = 8
"""Questions worked on at once with a language model: most of the time is spent waiting for it."""


def create_app(assistant: Assistant, desk: Desk, settings: Settings, demo: bool = False) -> ASGIApp:
    """The whole web app around one assistant, with the widget's demo page if ``demo``."""
    services = _services(assistant, desk, settings)
    tools = ToolsOverHttp(assistant, services.queue)
    app = _app(services, tools)
    _add_pages(app, services, settings, demo)
    mount_api(app, services, tools)
    app.mount("/site", StaticFiles(directory=_SITE), name="site")
    # Without a CORS policy on this app Gradio brings its own, which lets any site read with the user's credentials.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    mount_chat(app, services)
    return _guarded(app, services, settings)


def _services(assistant: Assistant, desk: Desk, settings: Settings) -> Services:
    queue = AnswerQueue() if assistant.writer is None else AnswerQueue(at_once=_WRITING)
    intake = Intake(assistant.index, desk, open_fetcher(settings), queue.lull)
    following = Following(open_feeds(settings), intake, settings.watch_minutes)
    makers = Issuers(desk, settings.auth, settings.widget_visitors)
    tokens = WidgetTokens(desk.secret("widget"), settings.widget_pages, makers)
    refusals = Refusals(lambda kind, many: desk.audit.note(Event.REFUSED, kind.value, many, SERVER))
    return Services(assistant, desk, queue, intake, following, tokens, Pages(settings.base_path), refusals)


def _app(services: Services, tools: ToolsOverHttp) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with services.refusals.by_the_minute(), tools.lifespan(app), services.following.by_itself():
            yield
        await services.queue.close()
        await asyncio.to_thread(services.intake.close)

    return FastAPI(title="On Record", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)


def _add_pages(app: FastAPI, services: Services, settings: Settings, demo: bool) -> None:
    """Adds every page except the chat."""
    pages, desk = services.pages, services.desk
    app.include_router(article_pages(services.assistant.index, pages))
    app.include_router(receipt_pages(desk, pages))
    app.include_router(editing_page(pages, services.max_bytes, services.following.minutes))
    app.include_router(widget_pages(pages, services.tokens, settings.widget_visitors))
    entrance = LoginPages(desk, settings, pages)
    app.include_router(login_pages(entrance))
    if settings.auth == "oidc":
        app.include_router(oidc_pages(entrance, settings))
    if demo:
        app.include_router(demo_page(pages))


def _guarded(app: FastAPI, services: Services, settings: Settings) -> ASGIApp:
    """``app`` under its path, behind access control, trusted proxies and, outermost, security headers. Refusals are
    counted.
    """
    gated = AccessControl(app, services.desk, settings, [services.tokens.visitor])
    served = _below(settings.base_path, app, gated) if settings.base_path else gated
    return SecurityHeaders(RefusalCounter(TrustedProxies(served, settings), services.refusals), settings.base_path)


def _below(base: str, app: FastAPI, gated: ASGIApp) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    return Starlette(routes=[Mount(base, gated)], lifespan=lifespan)
