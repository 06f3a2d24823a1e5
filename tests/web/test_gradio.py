"""Gradio is imported as it is, but writes no stub files into its own package, and brings no protocol along."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

from test_routes import routes

_LOOKS = """
import jinja2
rendered = []
real = jinja2.Template.render
def render(self, *given, **named):
    rendered.extend(name for name in named if name == "contents")  # of a stub file; "component" is of its help
    return real(self, *given, **named)
jinja2.Template.render = render
import inspect
getfile = inspect.getfile
from assistant.web.chat.gradio_patches import gr
assert inspect.getfile is getfile, "inspect is not left as it was"
import sys
assert "mcp" not in sys.modules
import mcp
assert issubclass(gr.Chatbot, gr.components.Component)
assert hasattr(gr.Textbox, "submit")
print(len(rendered))
"""


def test_no_stub_files_are_made_and_all_else_is_left_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", _LOOKS], capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr


def test_every_internal_of_gradio_that_is_used_is_as_it_was() -> None:
    """Each of these is private or undocumented: pyproject.toml pins the minor version, and this says what to look at
    before it is raised. The routes are those that gradio_guard.py lets through.
    """
    from assistant.web.chat.gradio_patches import gr, state_holder

    session = state_holder.SessionState.__mro__[1]  # ours is derived from it
    assert session.__module__ == "gradio.state_holder"
    assert "self.is_closed" in inspect.getsource(session.__init__)
    assert "self.config_values" in inspect.getsource(session.__init__)
    assert list(inspect.signature(session.__init__).parameters) == ["self", "blocks"]
    assert {"_update_config", "_update_value_in_config"} <= vars(session).keys()
    with gr.Blocks() as page:
        box = gr.Textbox()
        box.submit(lambda said: said, box, box)
    page.queue()
    holder = holder_of(page)
    assert {"session_data", "time_last_used", "lock", "capacity"} <= vars(holder).keys()
    queue = page._queue
    assert {"pending_event_ids_session", "pending_messages_per_session", "event_ids_to_events"} <= vars(queue).keys()
    assert {"max_threads", "state_session_capacity", "state_holder"} <= vars(page).keys()
    (event,) = page.fns.values()
    assert [one._id for one in event.inputs] == [box._id]
    served = {path for path, _ in routes(gr.routes.App.create_app(page))}
    assert {
        "/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/app_id", "/assets/{path:path}",
        "/static/{path:path}", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/queue/data",
        "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset",
    } <= served  # fmt: skip


def test_of_a_window_nothing_is_kept_that_it_showed() -> None:
    from assistant.web.chat.gradio_patches import gr

    with gr.Blocks() as page:
        box = gr.Textbox("said before")
    session = holder_of(page)["a window"]
    session[box._id] = gr.Textbox("said now", render=False)
    session._update_value_in_config(box._id, "said at last")
    assert list(session.components) == []
    assert session[box._id].value == "said now"


def test_of_windows_that_were_closed_the_latest_are_kept_and_of_open_ones_all() -> None:
    from assistant.web.chat.gradio_patches import CLOSED_KEPT, gr

    with gr.Blocks() as page:
        box = gr.Textbox()
    holder = holder_of(page)
    names = [f"window {n}" for n in range(2 * CLOSED_KEPT)]
    for name in names:
        assert holder[name][box._id] is not None
    for name in names[1:]:
        holder[name].is_closed = True
    assert set(holder.session_data) == set(holder.time_last_used) == {names[0], *names[-CLOSED_KEPT:]}
    back = names[-CLOSED_KEPT]
    assert holder[back][box._id] is not None  # its connection was lost, and it asks again
    others = [f"other {n}" for n in range(CLOSED_KEPT - 1)]
    for name in others:
        holder[name].is_closed = True
    assert set(holder.session_data) == {names[0], back, *others}


def test_a_window_that_was_closed_in_the_middle_of_an_answer_stays_closed_when_the_answer_ends() -> None:
    from assistant.web.chat.gradio_patches import gr

    with gr.Blocks() as page:
        box = gr.Textbox()
    holder = holder_of(page)
    holder["a window"].is_closed = True
    holder["a window"][box._id] = gr.Textbox("an answer's last words", render=False)
    assert holder["a window"][box._id].value == "an answer's last words"
    assert holder["a window"].is_closed


def test_what_waits_to_be_told_to_a_closed_window_goes_with_it_unless_it_is_still_worked_on() -> None:
    from assistant.web.chat.gradio_patches import CLOSED_KEPT, gr

    with gr.Blocks() as page:
        gr.Textbox()
    holder, queue = holder_of(page), page._queue
    for name in ("done", "at work", "open"):
        assert holder[name] is not None
        queue.pending_messages_per_session[name] = object()
        queue.pending_event_ids_session[name] = {f"event of {name}"}
    queue.event_ids_to_events["event of at work"] = object()
    for name in ("done", "at work", *(f"other {n}" for n in range(CLOSED_KEPT))):
        holder[name].is_closed = True
    assert set(queue.pending_messages_per_session) == set(queue.pending_event_ids_session) == {"at work", "open"}


def holder_of(page: Any) -> Any:
    """As Gradio makes one for a page that is served."""
    from assistant.web.chat.gradio_patches import state_holder

    holder = state_holder.StateHolder()
    holder.set_blocks(page)
    return holder
