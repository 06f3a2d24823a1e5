"""``/api/v1/articles``: what there is, one article at a place in it, adding and removing."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from assistant.accounts.permissions import Action
from assistant.output.serialization import article_json, text_json
from assistant.types.citations import Citation, cite
from assistant.web.http import problems
from assistant.web.http.intake_schemas import AddedFields
from assistant.web.http.problems import allowed
from assistant.web.http.request import path_of, visitor_of
from assistant.web.http.schemas import ArticleFields, ArticlesFields
from assistant.web.http.sse import answered
from assistant.web.services.intake import Intake, Key
from assistant.web.services.uploads import DOCUMENTED_BODY, received
from indexes import Article, Index

_Place = Annotated[int | None, Query(ge=0, le=2**53, description="Marks text[start:end]; give both.")]
_KEY = "Any text of yours. The same request, sent again by you under it, is answered as the first time."
_STREAM = {
    "description": "What became of each article. As server-sent events: `outcome` for each as soon as it is on disk, "
    "then `done` with how many of each; or `problem`.",
    "content": {"text/event-stream": {"example": 'event: outcome\ndata: {"kind": "added", …}\n\nevent: done\ndata: …'}},
}
_Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description=_KEY)]


def articles(index: Index, intake: Intake) -> APIRouter:
    router = APIRouter(prefix="/articles", tags=["articles"])
    reads, removes = [Depends(allowed(Action.READ))], [Depends(allowed(Action.REMOVE))]

    @router.get("", response_model=ArticlesFields, dependencies=reads, responses=problems.documented())
    def listing(
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
        q: Annotated[str, Query(max_length=200, description="Part of the title, the outlet or an author's name.")] = "",
    ) -> Any:
        """Lists the articles, newest first, a page at a time; the next is named in `next` and the header `Link`."""
        total = index.store.count_articles(q)
        found = index.store.latest_articles(limit, offset, q)
        more_of_them = {"limit": limit, "offset": offset + limit, **({"q": q} if q else {})}
        following = f"{request.url.path}?{urlencode(more_of_them)}"
        if more := offset + len(found) < total and bool(found):
            response.headers["Link"] = f'<{following}>; rel="next"'
        described = [article_json(article, index.store.versions(article.id)) for article in found]
        return {"articles": described, "total": total, "next": following if more else None}

    @router.get(
        "/{article_id:path}",
        response_model=ArticleFields,
        dependencies=reads,
        responses=problems.documented(problems.NO_SUCH_ARTICLE, problems.BAD_SPAN),
    )
    def article(
        article_id: str,
        version: Annotated[int | None, Query(ge=1, le=2**31)] = None,
        start: _Place = None,
        end: _Place = None,
    ) -> Any:
        """Gives an article, in its current version unless another is named, with a stretch of its text marked."""
        found = index.store.article(article_id, version)
        marked = highlight(found, start, end)
        return {**article_json(found, index.store.versions(found.id)), **text_json(found, marked)}

    @router.post(
        "",
        response_model=AddedFields,
        dependencies=[Depends(allowed(Action.ADD))],
        responses={
            200: _STREAM,
            **problems.documented(
                *(problems.MALFORMED, problems.TOO_LARGE, problems.WRONG_TYPE, problems.KEY_REUSED),
                *(problems.IN_PROGRESS, problems.BUSY, problems.UNAVAILABLE),
            ),
        },
        openapi_extra={"requestBody": DOCUMENTED_BODY},
    )
    async def add(request: Request, key: _Key = None) -> Any:
        """Adds articles, and tells what became of each; one that is refused does not keep out the others.

        Adding the same again changes nothing; a changed article becomes a new version. Web addresses are fetched, of
        a feed the articles it links to.
        """
        sent = await received(request)
        if sent.outlet and not visitor_of(request).may(Action.EDIT):
            sent.close()
            raise problems.FORBIDDEN.problem("You may not set the outlet of articles. Leave `outlet` out.")
        sender = visitor_of(request).sender(sent.outlet)
        whose = None if key is None else Key(visitor_of(request).id, f"{request.method} {path_of(request.scope)}", key)
        return await answered(request, partial(intake.add, sent, sender, whose), sent.close)

    @router.delete(
        "/{article_id:path}",
        status_code=204,
        dependencies=removes,
        responses=problems.documented(problems.NO_SUCH_ARTICLE, problems.BUSY),
    )
    def remove(article_id: str) -> None:
        """Removes an article with all its versions, everywhere."""
        intake.remove(article_id)

    return router


def highlight(article: Article, start: int | None, end: int | None) -> Citation | None:
    """The stretch asked for, if one was.

    Raises:
        ProblemRaised: the text has no such place.
    """
    if start is None and end is None:
        return None
    try:
        return cite(article, -1 if start is None else start, -1 if end is None else end)
    except ValueError:
        raise problems.BAD_SPAN.problem(
            f"Version {article.version} has {len(article.text)} characters; give start < end, both within it."
        ) from None
