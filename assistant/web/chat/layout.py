"""The parts of the page, laid out: conversations and filters, the conversation, and the place of the article pane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.assistant import LONGEST_QUESTION
from assistant.conversation.suggestions import MOST
from assistant.web.chat.gradio_patches import gr
from assistant.web.chat.messages import Window

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]

_PAPER, _INK, _QUIET, _RULE, _EDGE, _ACCENT = "#fdfcf9", "#1f1d1a", "#5f5a52", "#ddd8cc", "#857e72", "#8c1d18"
_NIGHT, _CHALK, _DIM, _SEAM, _RIM, _EMBER = "#1c1a18", "#e9e5dc", "#b3ac9f", "#3b3732", "#8d857a", "#f0a39d"

_BOTH = {
    "body_background_fill": (_PAPER, _NIGHT),
    "background_fill_primary": (_PAPER, _NIGHT),
    "background_fill_secondary": (_PAPER, _NIGHT),
    "body_text_color": (_INK, _CHALK),
    "body_text_color_subdued": (_QUIET, _DIM),
    "block_background_fill": (_PAPER, _NIGHT),
    "block_label_text_color": (_INK, _CHALK),
    "block_title_text_color": (_INK, _CHALK),
    "block_info_text_color": (_QUIET, _DIM),
    "border_color_primary": (_RULE, _SEAM),
    "input_background_fill": (_PAPER, _NIGHT),
    "input_border_color": (_EDGE, _RIM),
    "input_border_color_focus": (_ACCENT, _EMBER),
    "input_placeholder_color": (_QUIET, _DIM),
    "link_text_color": (_ACCENT, _EMBER),
    "button_primary_background_fill": (_ACCENT, _EMBER),
    "button_primary_background_fill_hover": ("#741512", "#f6bdb8"),
    "button_primary_text_color": ("#ffffff", _NIGHT),
    "button_secondary_background_fill": (_PAPER, _NIGHT),
    "button_secondary_background_fill_hover": ("#f2eee4", "#2a2724"),
    "button_secondary_text_color": (_INK, _CHALK),
    "button_secondary_border_color": (_EDGE, _RIM),
    "checkbox_background_color": (_PAPER, _NIGHT),
    "checkbox_border_color": (_EDGE, _RIM),
    "checkbox_background_color_selected": (_ACCENT, "#a8322b"),
    "checkbox_border_color_selected": (_ACCENT, "#a8322b"),
    "checkbox_label_background_fill": ("transparent", "transparent"),
    "checkbox_label_background_fill_selected": ("transparent", "transparent"),
    "checkbox_label_background_fill_hover": ("#f2eee4", "#2a2724"),
    "checkbox_label_text_color": (_INK, _CHALK),
    "checkbox_label_text_color_selected": (_INK, _CHALK),
    "color_accent_soft": ("#f6e7e4", "#3a2523"),
}
_PLAIN = {
    "input_border_width": "1px",
    "button_border_width": "1px",
    "block_border_width": "0px",
    "input_shadow": "none",
    "shadow_drop": "none",
}


def newspaper() -> gr.themes.Base:
    """The theme, light or dark as the reader's system is set."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.red,
        neutral_hue=gr.themes.colors.stone,
        font=SANS,
        font_mono=["ui-monospace", "monospace"],
        radius_size=gr.themes.sizes.radius_sm,
    )
    colours = {name: light for name, (light, _) in _BOTH.items()}
    dark_colours = {f"{name}_dark": dark for name, (_, dark) in _BOTH.items()}
    return theme.set(**colours, **dark_colours, **_PLAIN)


LONGEST_TITLE = 120
LONGEST_ID = 64
_DAY = 10


def _words(elem_id: str, value: str = "") -> gr.Markdown:
    """A component for our own HTML, which is escaped where it is made. (gr.HTML would need eval.)"""
    return gr.Markdown(value, elem_id=elem_id, sanitize_html=False, container=False)


def _button(name: str, elem_id: str, **more: Any) -> gr.Button:
    return gr.Button(name, elem_id=elem_id, min_width=60, **more)


@dataclass(frozen=True)
class ShelfParts:
    """The visitor's conversations: search, a list to choose from, and a button for a new one."""

    new: gr.Button
    find: gr.Textbox
    listed: gr.Radio


@dataclass(frozen=True)
class OpenParts:
    """The forms for renaming and deleting the open conversation, each with a button to cancel."""

    tools: gr.Row
    rename: gr.Button
    delete: gr.Button
    renaming: gr.Column
    title: gr.Textbox
    save: gr.Button
    leave: gr.Button
    deleting: gr.Column
    confirm: gr.Button
    keep: gr.Button


@dataclass(frozen=True)
class FilterParts:
    """The filters. chat.js turns the days into native date fields."""

    since: gr.Textbox
    until: gr.Textbox
    outlets: gr.CheckboxGroup
    more: gr.Markdown


@dataclass(frozen=True)
class TalkParts:
    """The conversation and the box below it. ``chat`` is displayed but never read back: turns are kept on the
    server, under the id in ``conversation`` and in the ``window`` state.
    """

    chat: gr.Chatbot
    conversation: gr.Textbox
    window: gr.State
    suggested: list[gr.Button]
    box: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    searched: gr.Textbox
    again: gr.Button


def shelf_parts() -> ShelfParts:
    new = _button("New conversation", "new")
    find = gr.Textbox(label="Search conversations", max_length=200, max_lines=1, elem_id="find")
    listed = gr.Radio([], label="Conversations", elem_id="conversations")
    return ShelfParts(new, find, listed)


def open_parts() -> OpenParts:
    with gr.Row(visible=False, elem_id="open-tools") as tools:
        rename, delete = _button("Rename", "rename", size="sm"), _button("Delete", "delete", size="sm")
    with gr.Column(visible=False, elem_id="renaming") as renaming:
        title = gr.Textbox(label="New title", max_length=LONGEST_TITLE, max_lines=1, elem_id="title")
        with gr.Row():
            save, leave = _button("Save", "save", size="sm"), _button("Cancel", "leave", size="sm")
    with gr.Column(visible=False, elem_id="deleting") as deleting:
        _words("sure", "Delete this conversation? This cannot be undone.")
        with gr.Row():
            confirm, keep = _button("Delete it", "confirm", size="sm"), _button("Keep it", "keep", size="sm")
    return OpenParts(tools, rename, delete, renaming, title, save, leave, deleting, confirm, keep)


def filter_parts(choices: list[tuple[str, str]]) -> FilterParts:
    _words("filters-heading", "<h2>Filters</h2>")
    with gr.Row(elem_id="days"):
        since, until = (
            gr.Textbox(label=label, max_length=_DAY, max_lines=1, min_width=100, elem_classes="day")
            for label in ("Since", "Until")
        )
    outlets = gr.CheckboxGroup(choices, label="Outlets", elem_id="outlets")
    return FilterParts(since, until, outlets, _words("outlets-more"))


def talk_parts(invitation: str) -> TalkParts:
    chat = gr.Chatbot(
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
        placeholder=invitation,
        sanitize_html=False,  # it is ours, escaped where it is made; Gradio's sanitizer takes labels and roles away
    )
    conversation = gr.Textbox(visible=False, max_length=LONGEST_ID)
    with gr.Row(elem_id="suggested"):
        suggested = [gr.Button(visible=False, size="sm") for _ in range(MOST)]
    with gr.Row(elem_id="ask"):
        box = _question_box()
        ask = gr.Button("Ask", variant="primary", scale=1, min_width=90)
        stop = gr.Button("Stop", elem_classes="stop", scale=1, min_width=90, visible=False)
    with gr.Accordion("Change the search", open=False, elem_id="again"), gr.Row():
        searched = gr.Textbox(label="Searched for", max_length=LONGEST_QUESTION, scale=5, max_lines=4)
        again = gr.Button("Search again", scale=1, min_width=110)
    return TalkParts(chat, conversation, gr.State(Window()), suggested, box, ask, stop, searched, again)


def ask_or_stop(running: bool = False) -> tuple[Any, Any]:
    """Shows Stop while ``running``, else Ask."""
    return gr.update(visible=not running), gr.update(visible=running)


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        label="Question",
        show_label=False,
        container=False,
        placeholder="Ask who said what, when, where or how many",
        max_length=LONGEST_QUESTION,
        autofocus=True,
        scale=6,
        elem_id="question",
    )


@dataclass(frozen=True)
class First:
    """What the page shows before the visitor is known: HTML, and the outlets to choose from."""

    masthead: str
    outlets: list[tuple[str, str]]
    holdings: str
    invitation: str


@dataclass(frozen=True)
class Parts:
    """All parts of the page."""

    masthead: gr.Markdown
    shelf: ShelfParts
    open: OpenParts
    note: gr.Markdown
    filters: FilterParts
    holdings: gr.Markdown
    talk: TalkParts

    @classmethod
    def laid_out(cls, first: First) -> Parts:
        """Inside a gr.Blocks."""
        top = _words("masthead", first.masthead)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=2, min_width=220, elem_id="shelf"):
                shelf, opened, note = shelf_parts(), open_parts(), _words("shelf-note")
                filters, holdings = filter_parts(first.outlets), _words("holdings", first.holdings)
            with gr.Column(scale=5, elem_id="conversation"):
                talk = talk_parts(first.invitation)
            # chat.js puts the article pane here.
            gr.Column(scale=4, elem_id="reading")
        return cls(top, shelf, opened, note, filters, holdings, talk)
