"""Serves the folder it is given, as ``onrecord serve`` does, over an assistant that begins to answer and goes no
further. Prints its address."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.types.answers import NotFound
from assistant.types.turns import PriorTurn, Turn
from assistant.web.server import server
from indexes import Index
from indexes.types.filters import EVERYTHING, Filter


class Stalling(Assistant):
    def converse(
        self, question: str, where: Filter = EVERYTHING, turns: Sequence[PriorTurn] = (), as_it_is: bool = False
    ) -> Generator[Turn]:
        yield Turn(question, question, NotFound(question, ()))
        time.sleep(600)

    def lacks(self) -> str:
        return ""


def main(home: Path, port: int) -> None:
    def stalls(settings: Settings, index: Index) -> Assistant:
        return Stalling(index)

    server.open_assistant = stalls  # type: ignore[assignment]
    server.serve(Settings(home=home, port=port), lambda url: print(url, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
