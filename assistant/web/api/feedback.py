"""``/api/v1/feedback``: what people and programs thought of answers, and its export as evaluation questions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Depends, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from assistant.accounts.audit import Event
from assistant.accounts.permissions import Action
from assistant.accounts.users import User
from assistant.desk import Desk
from assistant.history.feedback import Cited, Feedback, Snapshot, exported, snapshot_of
from assistant.output.receipts import difference
from assistant.web.http.problems import INVALID, MALFORMED, NO_SUCH_ANSWER, NOT_SO_CITED, TOO_LARGE, allowed, documented
from assistant.web.http.request import visitor_of
from assistant.web.http.schemas import FeedbackFields, FeedbackRequest, FeedbacksFields, GivenAnswer
from indexes import Index

_LINES = "application/x-ndjson"
_EXPORT = {
    "description": "A question a line, as `onrecord feedback export` writes them.",
    "content": {_LINES: {"schema": {"type": "string"}}},
}
_ANSWER = {
    "question": "Who won the World Cup?",
    "searched": "Who won the World Cup?",
    "kind": "not_found",
}
_EXAMPLES = {
    "answer": {
        "summary": "An answer of this API",
        "value": {"answer": _ANSWER, "verdict": "down", "reason": "the articles do say", "comment": "See 15 June."},
    },
    "turn": {"summary": "A turn of one's own", "value": {"turn": "Zm9vYmFyYmF6cXV4MTIzNA", "verdict": "up"}},
}


def feedback(index: Index, desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/feedback", tags=["feedback"])
    sees = [Depends(allowed(Action.SEE_FEEDBACK))]

    @router.post(
        "",
        response_model=FeedbackFields,
        dependencies=[Depends(allowed(Action.GIVE_FEEDBACK))],
        responses=documented(MALFORMED, NO_SUCH_ANSWER, TOO_LARGE, NOT_SO_CITED),
    )
    def give(request: Request, body: Annotated[FeedbackRequest, Body(openapi_examples=_EXAMPLES)]) -> Any:
        """Saves feedback on an answer, and replaces the same user's earlier feedback on it.

        An answer sent in full must cite what the articles say: with a thumb up it becomes a label.
        """
        user = visitor_of(request).user
        turn_id, snapshot = _answer(index, desk, user, body)
        given = desk.feedback.give(
            user.id if user else None, turn_id, snapshot, body.verdict, body.reason, body.comment
        )
        return _feedback_json(given)

    @router.get("", response_model=FeedbacksFields, dependencies=sees, responses=documented())
    def listing(
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> Any:
        """Lists feedback, newest first, in pages; `next` and the header `Link` give the next page."""
        found, total = desk.feedback.latest(limit, offset)
        following = f"{request.url.path}?{urlencode({'limit': limit, 'offset': offset + limit})}"
        if more := offset + len(found) < total and bool(found):
            response.headers["Link"] = f'<{following}>; rel="next"'
        return {"feedback": list(map(_feedback_json, found)), "total": total, "next": following if more else None}

    @router.get("/export", response_class=Response, dependencies=sees, responses={200: _EXPORT, **documented()})
    def export() -> Response:
        """Exports all feedback as questions for `onrecord evaluate`, one per line, oldest first."""
        given = desk.feedback.list()
        desk.audit.note(Event.EXPORTED, size=len(given))
        lines = (line.encode(errors="replace") for line in exported(given))
        name = {"Content-Disposition": 'attachment; filename="questions.jsonl"'}
        return StreamingResponse(lines, media_type=_LINES, headers=name)

    return router


def _answer(index: Index, desk: Desk, user: User | None, body: FeedbackRequest) -> tuple[str, Snapshot]:
    """The answer the feedback is on: the id it is saved under, and a snapshot.

    Raises:
        ProblemRaised: it names no answer or two, one that is not the user's, or one with wrong citations.
    """
    if (body.turn is None) == (body.answer is None):
        raise INVALID.problem("Give either a turn or an answer.")
    if body.answer is not None:
        snapshot = _given(index, body.answer)
        return snapshot.digest, snapshot
    if user is None or body.turn is None:
        raise NO_SUCH_ANSWER.problem("An API key has no conversations. Send the answer itself.")
    turn = desk.conversations.asked(user.id, body.turn).turn
    return body.turn, snapshot_of(turn, turn.basis.revision if turn.basis else index.store.revision())


def _given(index: Index, answer: GivenAnswer) -> Snapshot:
    """An answer sent back by the client, checked against the articles it cites."""
    if (answer.kind == "answered") != bool(answer.citations):
        raise INVALID.problem("An answer of kind answered must have citations; other kinds must not.")
    for n, fields in enumerate(answer.citations, start=1):
        wrong = difference(fields.to_citation(), index.store)
        if wrong:
            raise NOT_SO_CITED.problem(f"Citation {n}: {wrong}.")
    revision = answer.basis.revision if answer.basis else index.store.revision()
    cited = tuple(Cited(c.article_id, c.version, c.sha256, c.start, c.end, c.quote) for c in answer.citations)
    return Snapshot(answer.question, answer.searched, answer.filter, answer.kind, answer.answer or "", cited, revision)


def _feedback_json(given: Feedback) -> dict[str, Any]:
    shot = given.snapshot
    return {
        "id": given.id,
        "created": given.created,
        "verdict": given.thumb,
        "reason": given.reason,
        "comment": given.comment,
        "question": shot.question,
        "searched": shot.searched,
        "filter": shot.where,
        "kind": shot.kind,
        "answer": shot.short or None,
        "citations": [asdict(cited) for cited in shot.cited],
        "revision": shot.revision,
    }
