"""Converts a turn to the JSON that the desk's database stores, and back: format number, filter and answer."""

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
    """A stored turn. The filter is stored separately, as it cannot always be restored from its text in the answer."""

    format: Literal[2] = FORMAT
    where: Filter
    turn: AnswerFields


def turn_to_json(turn: Turn) -> str:
    """Everything shown of a turn, as JSON in ASCII."""
    kept = KeptFields(where=turn.where, turn=turn_fields(turn))
    return json.dumps(kept.json_dict(), separators=(",", ":"))


def turn_from_json(text: str) -> Turn:
    """The turn stored by :func:`turn_to_json`, in the current format or in format 1.

    Raises:
        DeskDamaged: it is in a newer format, or damaged.
    """
    kept = json.loads(text)
    if kept.get("format") not in (1, FORMAT):
        raise DeskDamaged(f"a turn was stored in format {kept.get('format')!r}, not {FORMAT}. Update On Record.")
    try:
        if kept["format"] == 1:
            return turn_from_first_format(kept)
        held = KeptFields.model_validate(kept)
        return held.turn.to_turn(held.where)
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        # The error's text may contain the article's words, which must not end up in a log.
        raise DeskDamaged(f"a stored turn cannot be read ({type(error).__name__}). Restore a backup.") from None
