"""The article pages: the stored copy, opened at the cited passage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from assistant.web.http.schemas import Whole
from assistant.web.pages.templates import Pages, ShownArticle, Span
from indexes import Article, Index
from indexes.types.errors import NoSuchArticle

_GONE = "This article, or this version of it, is no longer in the index. It may have been removed."
_ANOTHER = "The cited text was removed from the index, and a different one has since been added under the same name."
_LISTED = 200
_ALSO = 20
_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})")


def article_pages(index: Index, pages: Pages) -> APIRouter:
    """``/articles`` lists what there is; ``/articles/ID?version=&start=&end=&sha256=&also=`` shows one, spans marked.

    ``text[start:end]`` is highlighted and scrolled to; each ``also``, such as ``120-180``, is highlighted too. If the
    text's SHA-256 does not begin with ``sha256``, it is a different text and is not shown as the cited one.
    """
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/articles")
    def listing(request: Request) -> HTMLResponse:
        articles, count = index.store.latest_articles(_LISTED), index.store.counts().articles
        return _page(pages.articles(articles, count, _stands_alone(request)))

    @router.get("/articles/{article_id:path}")
    def article(
        request: Request,
        article_id: str,
        version: Whole | None = None,
        start: Whole = 0,
        end: Whole = 0,
        sha256: str = "",
        also: Annotated[list[str], Query()] = [],  # noqa: B006
    ) -> HTMLResponse:
        try:
            found = index.store.article(article_id, version)
        except NoSuchArticle:
            return HTMLResponse(pages.missing(_GONE), status_code=404)
        if not found.sha256.startswith(sha256):
            return HTMLResponse(pages.missing(_ANOTHER), status_code=404)
        return _page(pages.article(_shown(index, found, (start, end), also), _stands_alone(request)))

    return router


def _stands_alone(request: Request) -> bool:
    """Whether it is shown as a page of its own rather than in the pane beside the conversation."""
    return request.headers.get("sec-fetch-dest") != "iframe"


def _page(html: str) -> HTMLResponse:
    return HTMLResponse(html, headers={"Vary": "Sec-Fetch-Dest"})


def _shown(index: Index, article: Article, asked: Span, also: Sequence[str]) -> ShownArticle:
    versions, fits = index.store.versions(article.id), _fits(asked, article)
    copies = index.store.copies(article.id) if article.version == versions[-1] else []
    others = [span for span in _spans(also) if _fits(span, article)]
    marked = (asked, *others) if fits else ()
    return ShownArticle(article, versions, marked, not fits and asked[1] > 0, tuple(copies))


def _spans(also: Sequence[str]) -> list[Span]:
    found = [_SPAN.fullmatch(one) for one in also[:_ALSO]]
    return [(int(one[1]), int(one[2])) for one in found if one]


def _fits(span: Span, article: Article) -> bool:
    return 0 <= span[0] < span[1] <= len(article.text)
