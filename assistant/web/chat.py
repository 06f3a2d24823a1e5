"""The chat page, in Gradio: the conversation, and beside it the pane in which citations open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.answers import Notice
from assistant.conversation.suggesting import MOST
from assistant.conversation.turns import Turn
from assistant.desk.desk import Desk
from assistant.desk.permission import Action
from assistant.web.render import Pages
from assistant.web.visitor import visitor_of
from indexes.filters import Filter, ImpossibleFilter, first_day, last_day

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.assistant import Assistant

_HEAD = (
    '<link rel="stylesheet" href="{base}/site/chat.css"><script src="{base}/site/chat.js" defer></script>'
    '<link rel="stylesheet" href="{base}/site/answer.css"><script src="{base}/site/answer.js" defer></script>'
)
_SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_AT_ONCE = 8

Messages = list[dict[str, Any]]
Shown = tuple[Any, ...]
"""What asking changes: the box, the messages, the turns, the searched question, and which button shows."""


def mount_chat(app: FastAPI, assistant: Assistant, desk: Desk, pages: Pages) -> FastAPI:
    """Mounts the chat at ``/``, with nothing that would load from or link to another host."""
    page = _Page(assistant, desk, pages).blocks()
    page.queue(default_concurrency_limit=_AT_ONCE)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=_theme(),
        head=_HEAD.format(base=pages.base),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size="1kb",
        enable_monitoring=False,
    )
    return mounted


@dataclass(frozen=True)
class _Page:
    """The page around one assistant."""

    assistant: Assistant
    desk: Desk
    pages: Pages

    def blocks(self) -> gr.Blocks:
        with gr.Blocks(title="On Record", analytics_enabled=False, fill_width=True) as page:
            gr.Markdown(self._masthead(), elem_id="masthead")
            turns = gr.State([])
            with gr.Row(elem_id="desk"):
                with gr.Column(scale=5, elem_id="conversation"):
                    chat = _conversation()
                    with gr.Row(elem_id="suggested"):
                        suggested = [gr.Button(visible=False, size="sm") for _ in range(MOST)]
                    with gr.Row(elem_id="ask"):
                        box = _question_box()
                        button = gr.Button("Ask", variant="primary", scale=1, min_width=90)
                        stop = gr.Button("Stop", elem_classes="stop", scale=1, min_width=90, visible=False)
                    searched, again, filters = self._again()
                # chat.js puts the article pane here: gr.HTML would need eval, which our content policy forbids.
                gr.Column(scale=4, elem_id="reading")
            shown = [box, chat, turns, searched, button, stop]
            asking = [
                gr.on(
                    [box.submit, button.click], self._ask, [box, chat, turns, *filters], shown, api_visibility="private"
                ),
                again.click(self._ask_again, [searched, chat, turns, *filters], shown, api_visibility="private"),
                *(b.click(self._ask, [b, chat, turns, *filters], shown, api_visibility="private") for b in suggested),
            ]
            for event in asking:  # on their own: meanwhile the next question can be asked
                event.then(self._suggest, turns, suggested, api_visibility="private")
            stop.click(self._stopped, [chat, turns], [chat, button, stop], cancels=asking, api_visibility="private")
        return page

    def _masthead(self) -> str:
        writer = self.assistant.writer
        if writer is None:
            return "# On Record\nAsk the articles. Every answer is a sentence that stands in one."
        return f"# On Record\nAsk the articles. {writer.described} writes the answers; article text is sent there."

    def _again(self) -> tuple[gr.Textbox, gr.Button, list[Any]]:
        """The controls for searching once more: other words, other days, other outlets."""
        with gr.Accordion("Days, outlets, and how the question was searched", open=False, elem_id="again"):
            with gr.Row():
                since = gr.Textbox(label="Since (2026, 2026-05 or 2026-05-17)", max_length=10, min_width=120)
                until = gr.Textbox(label="Until", max_length=10, min_width=120)
                outlets = gr.Dropdown(self.assistant.index.outlets(), multiselect=True, label="Outlets", min_width=200)
            with gr.Row():
                searched = gr.Textbox(label="Searched for", max_length=2000, scale=5)
                again = gr.Button("Search again", scale=1, min_width=110)
        return searched, again, [since, until, outlets]

    async def _ask(
        self, question: str, chat: Messages, turns: list[Turn], request: gr.Request, *filters: Any
    ) -> AsyncIterator[Shown]:
        async for shown in _stepwise(self._answer(question, chat, turns, request, filters, as_it_is=False)):
            yield shown

    async def _ask_again(
        self, searched: str, chat: Messages, turns: list[Turn], request: gr.Request, *filters: Any
    ) -> AsyncIterator[Shown]:
        async for shown in _stepwise(self._answer(searched, chat, turns, request, filters, as_it_is=True)):
            yield shown

    def _answer(
        self, question: str, chat: Messages, turns: list[Turn], request: gr.Request, filters: Any, as_it_is: bool
    ) -> Iterator[Shown]:
        if not question.strip():
            yield _shown(chat, turns, running=False)
            return
        asked = [*chat, _message("user", self.pages.question(question))]
        yield _shown([*asked, _message("assistant", self.pages.waiting("Reading the articles …"))], turns, box="")
        turn = None
        for turn in self._turn(question, turns, filters, as_it_is):
            yield _shown([*asked, _message("assistant", self.pages.turn(turn, finished=False))], turns, turn.searched)
        assert turn is not None
        done = turns if isinstance(turn.answer, Notice) else [*turns, turn]
        said = self.pages.turn(turn, finished=True, id=self._kept(turn, request))
        yield _shown([*asked, _message("assistant", said)], done, turn.searched, running=False)

    def _kept(self, turn: Turn, request: gr.Request) -> str:
        """The id a finished turn is kept by; empty where it is not kept."""
        visitor = visitor_of(request.request)
        if isinstance(turn.answer, Notice) or visitor.user is None or not visitor.may(Action.CONVERSE):
            return ""
        return self.desk.conversations.start(visitor.user.id, turn)[1].id

    def _suggest(self, turns: list[Turn]) -> list[Any]:
        questions = [*(self.assistant.suggested(turns) if turns else []), *[""] * MOST][:MOST]
        return [gr.update(value=question, visible=bool(question)) for question in questions]

    def _turn(self, question: str, turns: list[Turn], filters: Any, as_it_is: bool) -> Iterator[Turn]:
        try:
            where = _where(*filters)
        except ImpossibleFilter as error:
            yield Turn(question, question, Notice(question, str(error)[:1].upper() + str(error)[1:]))
            return
        yield from self.assistant.converse(question, where, turns, as_it_is)

    def _stopped(self, chat: Messages, turns: list[Turn]) -> Shown:
        """A turn that was stopped stays as far as it got, and says so; it is no part of what follows refer to."""
        if len(chat) > 2 * len(turns):
            chat = (
                [*chat[:-1], _message("assistant", self.pages.waiting("Stopped."))]
                if chat[-1]["role"] == "assistant"
                else chat
            )
        return chat, gr.update(visible=True), gr.update(visible=False)


async def _stepwise(steps: Iterator[Shown]) -> AsyncIterator[Shown]:
    """``steps``, each taken in a thread. Stopped, it waits for none: a step under way ends by itself, as its last."""
    while (step := await asyncio.to_thread(next, steps, None)) is not None:
        yield step


def _shown(chat: Messages, turns: list[Turn], searched: Any = None, box: Any = None, running: bool = True) -> Shown:
    """What is not given stays as it is: above all the box, in which the next question may be being typed."""
    same = gr.skip()
    return (
        same if box is None else box,
        chat,
        turns,
        same if searched is None else searched,
        gr.update(visible=not running),
        gr.update(visible=running),
    )


def _conversation() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        container=False,
        buttons=[],
        feedback_options=None,
        layout="panel",
        latex_delimiters=[],
        autoscroll=False,  # chat.js keeps the question in view, not the end of a long answer
        height=None,
        placeholder="Ask who said what, when, where or how many.",
    )


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        label="Question",
        show_label=False,
        container=False,
        placeholder="Who denied the call?",
        max_length=2000,
        autofocus=True,
        scale=6,
        elem_id="question",
    )


def _where(since: str | None, until: str | None, outlets: list[str] | None) -> Filter:
    """The filter set in the page. Gradio gives None for a field that was not shown yet."""
    since, until = (since or "").strip(), (until or "").strip()
    return Filter(
        since=first_day(since) if since else None,
        until=last_day(until) if until else None,
        sources=tuple(outlets or ()),
    )


def _message(role: str, html: str) -> dict[str, Any]:
    """A message of our own escaped HTML: on one line it is a single HTML block, in which Markdown changes nothing."""
    return {"role": role, "content": " ".join(html.split())}


def _theme() -> gr.themes.Base:
    return gr.themes.Base(
        primary_hue=gr.themes.colors.red,
        neutral_hue=gr.themes.colors.stone,
        font=_SANS,
        font_mono=["ui-monospace", "monospace"],
        radius_size=gr.themes.sizes.radius_sm,
    )
