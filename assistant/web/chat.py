"""The chat page, in Gradio: the conversation, and beside it the pane in which citations open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.web.render import answer_html, question_html

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.assistant import Assistant

_HEAD = '<link rel="stylesheet" href="/site/chat.css"><script src="/site/chat.js" defer></script>'
_SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_AT_ONCE = 8

Messages = list[dict[str, Any]]


def mount_chat(app: FastAPI, assistant: Assistant) -> FastAPI:
    """Mounts the chat at ``/``, with nothing that would load from or link to another host."""
    page = _page(assistant)
    page.queue(default_concurrency_limit=_AT_ONCE)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=_theme(),
        head=_HEAD,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size="1kb",
        enable_monitoring=False,
    )
    return mounted


def _page(assistant: Assistant) -> gr.Blocks:
    with gr.Blocks(title="On Record", analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("# On Record\nAsk the articles. Every answer is a sentence that stands in one.", elem_id="masthead")
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=5, elem_id="conversation"):
                chat = gr.Chatbot(
                    elem_id="chat",
                    label="Conversation",
                    show_label=False,
                    container=False,
                    buttons=[],
                    feedback_options=None,
                    layout="panel",
                    latex_delimiters=[],
                    height=None,
                    placeholder="Ask who said what, when, where or how many.",
                )
                with gr.Row(elem_id="ask"):
                    box = gr.Textbox(
                        label="Question",
                        show_label=False,
                        container=False,
                        placeholder="Who denied the call?",
                        max_length=2000,
                        autofocus=True,
                        scale=6,
                        elem_id="question",
                    )
                    button = gr.Button("Ask", variant="primary", scale=1, min_width=90)
            # chat.js puts the article pane here: gr.HTML would need eval, which our content policy forbids.
            gr.Column(scale=4, elem_id="reading")
        answer = _answer_with(assistant)
        gr.on([box.submit, button.click], answer, [box, chat], [box, chat], api_visibility="private")
    return page


def _answer_with(assistant: Assistant) -> Any:
    def answer(question: str, history: Messages) -> Iterator[tuple[str, Messages]]:
        if not question.strip():
            yield "", history
            return
        asked = [*history, _message("user", question_html(question))]
        yield "", [*asked, _message("assistant", '<div class="waiting">Reading the articles …</div>')]
        yield "", [*asked, _message("assistant", answer_html(assistant.ask(question)))]

    return answer


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
