"""Server status: ``/api/v1/me``, ``/api/v1/health``, ``/api/v1/ready`` and ``/metrics``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from assistant.accounts.permissions import Action
from assistant.assistant import Assistant
from assistant.text.wording import told
from assistant.web.api.metrics import CONTENT_TYPE, Metrics
from assistant.web.http.problems import UNAVAILABLE, allowed, documented
from assistant.web.http.request import visitor_of
from assistant.web.http.schemas import StateFields
from indexes.types.errors import OnRecordError


class MeFields(BaseModel):
    """The sender of the request."""

    name: str = Field(examples=["ada"], description="The user's name, or the API key's.")
    role: str | None = Field(examples=["editor"], description="`reader`, `editor` or `admin`; null for an API key.")
    may: list[str] = Field(examples=[["ask a question", "search"]], description="What they may do.")


def me() -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["state"])

    @router.get("/me", response_model=MeFields, responses=documented())
    def who(request: Request) -> Any:
        """Returns who you are and what you may do: a user by name and role, a program by the name of its key."""
        visitor = visitor_of(request)
        role = visitor.user.role.value if visitor.user else None
        return {"name": visitor.name, "role": role, "may": sorted(action.value for action in visitor.actions)}

    return router


_TEXT = {"description": "Prometheus' text format.", "content": {"text/plain": {"example": "onrecord_articles 21.0"}}}


def state(assistant: Assistant) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["state"])

    @router.get("/health", response_model=StateFields, response_model_exclude_none=True, responses=documented())
    async def health() -> Any:
        """Says that the process is alive, and nothing else."""
        return {"status": "ok"}

    @router.get(
        "/ready", response_model=StateFields, response_model_exclude_none=True, responses=documented(UNAVAILABLE)
    )
    def ready() -> Any:
        """Says whether questions can be answered: the index is open and the models are loaded."""
        lacks = assistant.lacks() or _unreadable(assistant)
        if lacks:
            raise UNAVAILABLE.problem(lacks, {"Retry-After": "5"})
        away = assistant.index.dense.engine.away
        return {"status": "ok"} | ({"note": "The Chroma server is down; exact search is used."} if away else {})

    return router


def measured(metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["state"])

    @router.get(
        "/metrics",
        response_class=Response,
        dependencies=[Depends(allowed(Action.METRICS))],
        responses={200: _TEXT, **documented()},
    )
    def numbers() -> Response:
        """Metrics for Prometheus: questions by kind of answer, seconds to an answer, waiting, refusals, articles."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router


def _unreadable(assistant: Assistant) -> str:
    try:
        assistant.index.store.revision()
    except OnRecordError as error:
        return f"The index cannot be read: {told(error)} Check it: onrecord doctor"
    return ""
