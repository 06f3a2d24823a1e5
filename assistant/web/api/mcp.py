"""The assistant as tools of the Model Context Protocol, for other assistants. Read-only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.accounts.permissions import Action
from assistant.assistant import Assistant
from assistant.output.answer_models import turn_fields
from assistant.output.serialization import article_json, text_json
from assistant.types.claims import Stance
from assistant.web.api.articles import highlight
from assistant.web.api.ask import whole
from assistant.web.api.search import SEARCHES_AT_ONCE, claims_found, found
from assistant.web.http.problems import FAILED, allowed, problem_of
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.schemas import EarlierTurns, FilterFields, Question, Whole
from assistant.web.middleware.rate_limits import whose

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_INSTRUCTIONS = (
    "Answers over a newsroom's own articles. Quote the sentences of an answer word for word and name their source; "
    "kind not_found means that the articles don't say."
)
_log = logging.getLogger(__name__)
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_NO_FILTER = FilterFields()


def tool_server(assistant: Assistant, queue: AnswerQueue) -> MCPServer:
    """The tools ask, search, read_article and claims over one assistant; questions wait in the queue."""
    server = MCPServer(
        "onrecord", title="On Record", instructions=_INSTRUCTIONS, version=version("onrecord"), log_level="WARNING"
    )
    tools = _Tools(assistant, queue)
    for tool in (tools.ask, tools.search, tools.read_article, tools.claims):
        server.add_tool(tool, annotations=_READS)
    return server


class _Tools:
    """Each tool is a method; its docstring is the description given to the other assistant."""

    def __init__(self, assistant: Assistant, queue: AnswerQueue) -> None:
        self._assistant, self._queue = assistant, queue
        self._searches = CapacityLimiter(SEARCHES_AT_ONCE)

    async def ask(
        self,
        question: Question,
        context: Context[Any, Request],
        filter: FilterFields = _NO_FILTER,
        turns: EarlierTurns | None = None,
    ) -> dict[str, Any]:
        """Answer a question with the articles' own sentences, each with its source, or say that the articles don't say.

        For a follow-up, pass the earlier results back as turns.
        """
        try:
            earlier = [turn.remembered() for turn in turns or []]
            asked = self._assistant.converse(question, filter.filter(), earlier)
            return turn_fields(await whole(self._queue.taken(_whose(context), asked))).json_dict()
        except Exception as error:
            raise _told(error) from None

    async def search(
        self, question: Question, top: Annotated[int, Field(ge=1, le=100)] = 10, filter: FilterFields = _NO_FILTER
    ) -> dict[str, Any]:
        """Find the passages nearest to a question, best first."""
        try:
            search = partial(found, self._assistant, question, top, filter.filter())
            return (await run_sync(search, limiter=self._searches)).json_dict()
        except Exception as error:
            raise _told(error) from None

    def read_article(
        self, article_id: str, version: Whole | None = None, start: Whole | None = None, end: Whole | None = None
    ) -> dict[str, Any]:
        """Read an article, in its current version unless another is given; start and end mark a span of its text."""
        store = self._assistant.index.store
        try:
            article = store.article(article_id, version)
            marked = highlight(article, start, end)
            return {**article_json(article, store.versions(article.id)), **text_json(article, marked)}
        except Exception as error:
            raise _told(error) from None

    async def claims(
        self,
        context: Context[Any, Request],
        article: str | None = None,
        about: Question | None = None,
        speaker: str = "",
        stance: Stance | None = None,
    ) -> dict[str, Any]:
        """Find who said what, in an article (by id or URL) or about a question; optionally by speaker and stance."""
        try:
            find = partial(claims_found, self._assistant, article, about, speaker, stance)
            return (await self._queue.done(_whose(context), find)).model_dump(mode="json")
        except Exception as error:
            raise _told(error) from None


def _whose(context: Context[Any, Request]) -> str:
    """The id the question is counted under; over standard input and output there is only one visitor."""
    request = context.request_context.request
    return whose(request) if request is not None else ""


def _told(error: Exception) -> ToolError:
    problem = problem_of(error)
    if problem.kind is FAILED:
        _log.error("a tool failed", exc_info=error)
    return ToolError(f"{problem.kind.title}: {problem.detail}")


_MAY = [Depends(allowed(Action.ASK, Action.SEARCH, Action.READ, Action.CLAIMS))]


class ToolsOverHttp:
    """The tools of one assistant. Without the extra ``onrecord[mcp]`` there are no tools and no route.

    They are created on first use: importing the protocol takes half a second, and few newsrooms use it.
    """

    def __init__(self, assistant: Assistant, queue: AnswerQueue) -> None:
        self._make = partial(_sessions, assistant, queue)
        self._wanted = asyncio.Event()
        self._made: asyncio.Future[StreamableHTTPSessionManager] | None = None

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        self._made = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(self._run(self._made))
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self, made: asyncio.Future[StreamableHTTPSessionManager]) -> None:
        """Runs the session manager from start to end in one task, as it requires."""
        await self._wanted.wait()
        try:
            sessions = await asyncio.to_thread(self._make)
        except Exception as error:
            made.set_exception(error)
            return
        async with sessions.run():
            made.set_result(sessions)
            await asyncio.Event().wait()  # for good

    def router(self) -> APIRouter:
        router = APIRouter()
        if find_spec("mcp"):

            @router.api_route("/mcp", methods=["GET", "POST", "DELETE"], include_in_schema=False, dependencies=_MAY)
            async def mcp() -> Response:
                assert self._made is not None, "the app is not running"
                self._wanted.set()
                return _Handed((await asyncio.shield(self._made)).handle_request)

        return router


class _Handed(Response):
    """A response produced by another app, which is called only with a complete request."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        await self._app(scope, _again(body, receive), send)


def _again(body: bytes, receive: Receive) -> Receive:
    messages: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(messages, None) or await receive()

    return again


def _sessions(assistant: Assistant, queue: AnswerQueue) -> StreamableHTTPSessionManager:
    """A stateless session manager: each request stands alone, so no session can be hijacked."""
    from mcp.server.transport_security import TransportSecuritySettings

    server = tool_server(assistant, queue)
    # Host names and origins are checked by access control.
    anywhere = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server.streamable_http_app(stateless_http=True, transport_security=anywhere)
    return server.session_manager
