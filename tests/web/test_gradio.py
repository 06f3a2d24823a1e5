"""Gradio is imported as it is, but writes no stub files into its own package, and brings no protocol along."""

from __future__ import annotations

import subprocess
import sys

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
from assistant.web.page.gradio import gr
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
