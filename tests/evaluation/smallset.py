"""A small dataset with its articles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

ARTICLES = [
    {
        "id": "ferry",
        "title": "Aldmoor ferry to stop <script>alert(1)</script>",
        "source": "Quay Chronicle",
        "published": "2026-10-02",
        "authors": ["Ines Vale"],
        "text": "The Aldmoor ferry will stop on 14 October because its hull needs new steel, harbour master Ines "
        "Torvald said. Passengers can take the bus over the Senna bridge until spring.",
    },
    {
        "id": "lanterns",
        "title": "Lantern market keeps its Sundays",
        "text": "The council voted 19 to 12 on Monday to keep the lantern market open on Sundays. Councillor Bede "
        "Amory, who voted against, said the street needs one quiet day.",
    },
    {
        "id": "library",
        "title": "Library roof mended",
        "text": "The Aldmoor library opened again on Friday after its roof was mended for 80,000 crowns.",
    },
    {
        "id": "tides",
        "title": "Tide tables were wrong",
        "text": "The harbour office printed the tides of last year, its clerk said. New ones follow on Monday.",
    },
]
QUESTIONS = [
    {
        "id": "stop",
        "asked": "2026-10-03",
        "question": "When will the Aldmoor ferry stop?",
        "answer": "October 14",
        "relevant": ["ferry"],
    },
    {
        "id": "vote",
        "question": "Who voted against the lantern market?",
        "answer": "Bede Amory",
        "relevant": ["lanterns"],
        "sentences": ["Councillor Bede Amory, who voted against, said the street needs one quiet day."],
    },
    {"id": "roof", "question": "What did the library roof cost?", "answer": "80,000 crowns", "relevant": ["library"]},
    {"id": "who", "question": "What happened last year <b>in the harbour</b>?", "choices": ["x"]},
]

Evaluate = Callable[..., Result]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
