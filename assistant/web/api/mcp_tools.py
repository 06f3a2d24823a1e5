"""The assistant as tools of the Model Context Protocol, for other assistants. Read-only.

Importing this needs the extra ``onrecord[mcp]`` and takes half a second.
"""

from __future__ import annotations

import logging
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.requests import Request

from assistant.assistant import Assistant
from assistant.output.answer_models import turn_fields
from assistant.output.serialization import article_json, text_json
from assistant.types.claims import Stance
from assistant.web.api.articles import highlight
from assistant.web.api.ask import whole
from assistant.web.api.search import SEARCHES_AT_ONCE, claims_found, found
from assistant.web.http.problems import FAILED, problem_of
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.schemas import EarlierTurns, FilterFields, Question, Whole
from assistant.web.middleware.rate_limits import whose

_INSTRUCTIONS = (
    "Answers over a newsroom's own articles. Quote the sentences of an answer word for word and name their source; "
    "kind not_found means that no answer was found, and its text says what is known; nearest is not an answer."
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
        """Answer a question with the articles' own sentences, each with its source, or say that no answer was found.

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
