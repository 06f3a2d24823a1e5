"""``onrecord mcp``: the assistant as tools for other assistants, over standard input and output."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from assistant.cli.output import FAILED, complain, opened_index


def mcp() -> None:
    """Serve the tools ask, search, read_article and claims to another assistant (Model Context Protocol, stdio).

    For its configuration: the command is onrecord, its argument mcp. Over HTTP the same tools are at /mcp of
    onrecord serve.
    """
    if find_spec("mcp") is None:
        complain("onrecord: the Model Context Protocol is not installed. Install it: pip install 'onrecord[mcp]'")
        raise typer.Exit(FAILED)
    with opened_index(mends_itself=True) as (index, settings):
        from assistant.factory import open_assistant
        from assistant.web.api.mcp import tool_server
        from assistant.web.http.queue import Line

        tool_server(open_assistant(settings, index), Line()).run("stdio")
