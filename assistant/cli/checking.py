"""``onrecord check-receipt``: whether the articles still say what a receipt says they did."""

from __future__ import annotations

import json as _json
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.output import SOME_REFUSED, Json, opened_index, say, say_json


def check_receipt(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A receipt, as JSON.", show_default=False),
    ],
    json: Json = False,
) -> None:
    """Check whether the articles here say what an answer's receipt quotes.

    Each quotation is compared with the version it names: text, offsets, SHA-256, title, outlet, date, authors, address.
    Sentences that no language model wrote must be what they cite. Exit code 3 if something is not so.
    """
    with opened_index() as (index, _):
        from assistant.output.receipts import check_receipt as check

        checked = check(_read(file), index.store)
        for one in checked:
            if json:
                say_json({"where": one.where, "ok": not one.wrong, "wrong": one.wrong or None})
            else:
                say(f"{'WRONG' if one.wrong else 'ok':<8} {one.where}{': ' + one.wrong if one.wrong else ''}")
        if not checked and not json:
            say("The receipt quotes nothing, so there is nothing to check.")
    if any(one.wrong for one in checked):
        raise typer.Exit(SOME_REFUSED)


def _read(file: Path) -> Any:
    from assistant.output.receipts import NoReceipt

    try:
        return _json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise NoReceipt(
            f"{file} is no receipt: it holds no JSON. Download it as JSON from the receipt's page."
        ) from None
