"""A turn as the desk's database keeps it, and back: an answer's JSON, its filter, and the number of the format."""

from __future__ import annotations

import json
from typing import Final, Literal

from pydantic import ValidationError

from assistant.accounts.errors import DeskDamaged
from assistant.history.first_format import turn_from_first_format
from assistant.output.answer_models import AnswerFields, turn_fields
from assistant.output.quotation_models import Shape
from assistant.types.turns import Turn
from indexes.types.filters import Filter

FORMAT: Final = 2


class KeptFields(Shape):
    """A kept turn. In the answer its filter is words, of which the same filter could not always be made again."""

    format: Literal[2] = FORMAT
    where: Filter
    turn: AnswerFields


def turn_to_json(turn: Turn) -> str:
    """All of a turn that is shown, as ASCII."""
    kept = KeptFields(where=turn.where, turn=turn_fields(turn))
    return json.dumps(kept.json_dict(), separators=(",", ":"))


def turn_from_json(text: str) -> Turn:
    """The turn that :func:`turn_to_json` made this of, today or in format 1.

    Raises:
        DeskDamaged: another version of On Record did, or it was damaged since.
    """
    kept = json.loads(text)
    if kept.get("format") not in (1, FORMAT):
        raise DeskDamaged(f"a turn was kept in format {kept.get('format')!r}, not {FORMAT}. Update On Record.")
    try:
        if kept["format"] == 1:
            return turn_from_first_format(kept)
        held = KeptFields.model_validate(kept)
        return held.turn.to_turn(held.where)
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        # What the error says may be the article's words, which belong in no log.
        raise DeskDamaged(f"a kept turn cannot be read ({type(error).__name__}). Restore a backup.") from None
