"""``/api/v1/feeds``: listing, following, unfollowing and checking feeds."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from assistant.accounts.permissions import Action
from assistant.output.serialization import feed_json
from assistant.web.http import problems
from assistant.web.http.intake_schemas import FeedRequest, FeedsFields, FollowedFields, LookedFields, LookRequest
from assistant.web.http.problems import allowed
from assistant.web.http.sse import answered
from assistant.web.services.background import Following

_Url = Annotated[str, Query(min_length=1, max_length=2048, description="The feed's own address.")]
_STREAM = {
    "description": "What was new. As server-sent events: `outcome` for each article as soon as it is on disk, `visit` "
    "for each feed, then `done` with how many of each; or `problem`.",
    "content": {"text/event-stream": {"example": 'event: visit\ndata: {"kind": "visited", …}\n\nevent: done\ndata: …'}},
}


def feeds(following: Following) -> APIRouter:
    router = APIRouter(prefix="/feeds", tags=["feeds"], dependencies=[Depends(allowed(Action.FOLLOW))])

    @router.get("", response_model=FeedsFields, responses=problems.documented(problems.UNAVAILABLE))
    def listing() -> Any:
        """Lists the followed feeds and their state."""
        return {"feeds": [feed_json(feed) for feed in following.feeds.all()], "watch_minutes": following.minutes}

    @router.post(
        "",
        response_model=FollowedFields,
        responses=problems.documented(problems.MALFORMED, problems.NOT_FETCHED, problems.UNAVAILABLE),
    )
    def follow(body: FeedRequest) -> Any:
        """Follows a feed. It is fetched once to see that it is one; its articles are added when it is checked."""
        feed, new, entries = following.follow(body.url)
        return {"feed": feed_json(feed), "new": new, "entries": entries}

    @router.delete("", status_code=204, responses=problems.documented(problems.NO_SUCH_FEED, problems.UNAVAILABLE))
    def remove(url: _Url) -> None:
        """Stops following a feed. The articles added from it stay."""
        following.feeds.remove(url)

    @router.post(
        "/look",
        response_model=LookedFields,
        dependencies=[Depends(allowed(Action.ADD))],
        responses={
            200: _STREAM,
            **problems.documented(problems.MALFORMED, problems.NO_SUCH_FEED, problems.BUSY, problems.UNAVAILABLE),
        },
    )
    async def look(request: Request, body: LookRequest | None = None) -> Any:
        """Checks one feed, or all, and adds new articles. An article that fails is tried on three checks."""
        return await answered(request, partial(following.look, body.url if body else None))

    return router
