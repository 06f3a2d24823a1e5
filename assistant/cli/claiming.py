"""``onrecord claims``: who said what, in an article or about a question."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from assistant.cli.output import USAGE, Json, complain, opened_index, say, say_json


class _Stance(StrEnum):
    reported = "reported"
    asserted = "asserted"
    denied = "denied"
    confirmed = "confirmed"
    declined = "declined to comment"


def claims(
    article: Annotated[
        str | None, typer.Argument(metavar="[ARTICLE]", help="An article: its id, URL or file.", show_default=False)
    ] = None,
    about: Annotated[str | None, typer.Option(metavar="QUESTION", help="Claims about this, of all articles.")] = None,
    speaker: Annotated[str, typer.Option(help="Only of speakers whose name holds this.", show_default=False)] = "",
    stance: Annotated[_Stance | None, typer.Option(help="Only claims of this kind.")] = None,
    json: Json = False,
) -> None:
    """Who said what: speaker, stance and the sentence it stands in."""
    if (article is None) == (about is None):
        complain("onrecord: give either an article or --about")
        raise typer.Exit(USAGE)
    with opened_index() as (index, settings):
        from assistant.claims.disagreement import by
        from assistant.factory import open_assistant
        from assistant.output.serialization import voice_json, voice_lines
        from assistant.types.claims import Stance

        assistant = open_assistant(settings, index)
        found = assistant.claims_in(article) if article is not None else assistant.claims_about(about or "")
        chosen = by(found, speaker, Stance(stance.value) if stance else None)
        for voice in chosen:
            if json:
                say_json(voice_json(voice))
            else:
                for line in [*voice_lines(voice), ""]:
                    say(line)
        if not chosen and not json:
            say("No such claims." if found else "No claims found.")
