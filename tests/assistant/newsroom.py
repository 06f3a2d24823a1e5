"""The articles of a small newsroom, and the folder they are asked in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from commands import Run, installed, onrecord

GOOD = {
    "ferry.md": """---
title: Aldmoor ferry to stop for the winter
source: Quay Chronicle
published: 2026-10-02
url: https://quaychronicle.example/aldmoor-ferry
---
The Aldmoor ferry will stop on 14 October because its hull needs new steel, harbour master Ines Torvald said.

Passengers can take the bus over the Senna bridge until spring.
""",
    "lanterns.txt": """Lantern market keeps its Sundays

The council voted 19 to 12 on Monday to keep the lantern market open on Sundays.

Councillor Bede Amory, who voted against, said the street needs one quiet day.
""",
    "quay.md": """---
title: "Red \\e[31mpaint\\a on the quay"
---
The port crew painted the Orm quay \x1b[2Jred on Tuesday after two cyclists fell.
""",
    "roof.jsonl": """{"id": "qc-77", "title": "Library roof mended", "source": "Quay Chronicle", "text": "The Aldmoor \
library opened again on Friday after its roof was mended for 80,000 crowns."}
""",
}
TIDES = "Tide tables were wrong\n\nThe harbour office printed the tides of last year, its clerk said.\n"


@dataclass(frozen=True)
class Newsroom:
    """``articles/`` holds good and bad files, ``tides.txt`` beside it one more; ``added`` is what adding both said."""

    folder: Path
    added: Run

    @property
    def home(self) -> Path:
        return self.folder / "data"

    def ask(self, *arguments: str | Path, **settings: object) -> Run:
        """Runs a command that only reads."""
        return onrecord(self.folder, *arguments, **settings)

    def ask_installed(self, *arguments: str | Path) -> Run:
        """As ``ask``, of the program as it is installed."""
        return installed(self.folder, *arguments)
