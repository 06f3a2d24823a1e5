"""The article pages: our stored copy, opened at what was cited."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from assistant.web.render import Pages
from indexes import Index
from indexes.errors import NoSuchArticle

_LISTED = 200


def article_pages(index: Index, pages: Pages) -> APIRouter:
    """``/articles`` lists what there is; ``/articles/ID?version=&start=&end=`` shows one with that span marked."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/articles")
    def listing() -> str:
        return pages.articles(index.store.latest_articles(_LISTED), index.store.counts().articles)

    @router.get("/articles/{article_id:path}")
    def article(article_id: str, version: int | None = None, start: int = 0, end: int = 0) -> HTMLResponse:
        try:
            found = index.store.article(article_id, version)
        except NoSuchArticle:
            text = "This article, or this version of it, is not in the index any more. It may have been removed."
            return HTMLResponse(pages.missing(text), status_code=404)
        return HTMLResponse(pages.article(found, index.store.versions(found.id), start, end))

    return router
