"""``GET /api/v1/me``: who is asking, and what they may do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from assistant.web.http.problems import documented
from assistant.web.http.request import visitor_of


class MeFields(BaseModel):
    """Who the request comes from."""

    name: str = Field(examples=["ada"], description="The user's name, or the API key's.")
    role: str | None = Field(examples=["editor"], description="`reader`, `editor` or `admin`; null for an API key.")
    may: list[str] = Field(examples=[["ask a question", "search"]], description="What they may do.")


def me() -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["state"])

    @router.get("/me", response_model=MeFields, responses=documented())
    def who(request: Request) -> Any:
        """Tells who is asking and what they may do: a user by name and role, a machine by the name of its key."""
        visitor = visitor_of(request)
        role = visitor.user.role.value if visitor.user else None
        return {"name": visitor.name, "role": role, "may": sorted(action.value for action in visitor.actions)}

    return router
