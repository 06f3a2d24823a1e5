"""How well "who said what" is read out of sentences labelled by hand.

    python -m benchmarks.claims [--split test] [--wrong]

The sentences are in tests/data/claims: "dev" is what the rules were made with, "test" was labelled by someone who did
not know them and is only counted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from assistant.claims.extraction import ClaimReader
from assistant.reader.model import ReaderModel
from assistant.reader.weights_loader import SHIPPED, locate_reader
from assistant.settings import load_settings
from assistant.text.wording import on_one_line
from assistant.types.claims import Claim, Stance
from benchmarks.claim_scores import Claiming, Labelled
from benchmarks.samples import DATA, ROOT, split_parser
from indexes import Article, read_paths

LABELS = DATA / "claims"


def main() -> None:
    parser = split_parser(__doc__)
    parser.add_argument("--wrong", action="store_true", help="show what went wrong (of dev)")
    given = parser.parse_args()
    load_settings()
    files = locate_reader(SHIPPED)
    model = ReaderModel(files, files.number_format("auto"))
    counted = count(given.split, ClaimReader(model), given.wrong)
    for name, (share, of) in counted.figures.items():
        print(f"{name:<38} {share:6.1%} of {of}")


def count(split: str, reader: ClaimReader, show: bool = False) -> Claiming:
    """Everything labelled under ``split``."""
    counted = Claiming()
    rows = [json.loads(line) for line in (LABELS / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]
    by_article = defaultdict[tuple[str, str], list[dict[str, Any]]](list)
    for row in rows:
        by_article[row["file"], row.get("title", "")].append(row)
    for (file, title), labelled in by_article.items():
        claims = defaultdict[str, list[Claim]](list)
        for claim in reader.claims(_article(file, title)):
            claims[on_one_line(claim.citation.quote)].append(claim)
        for row in labelled:
            found = claims[on_one_line(row["sentence"])]
            before = counted.right + counted.silent_right
            labels = [_labelled(label) for label in row["claims"]]
            counted.count(labels, found)
            if show and counted.right + counted.silent_right - before < max(1, len(labels)):
                print(
                    f"{row['id']} {[(c.speaker, c.stance.value) for c in found]} not {row['claims']}\n"
                    f"   {row['sentence']}"
                )
    return counted


def _article(file: str, title: str) -> Article:
    path = ROOT / file if file.startswith("samples/") else LABELS / file
    articles = [article for article in read_paths([path]) if isinstance(article, Article)]
    return articles[0] if len(articles) == 1 else next(article for article in articles if article.title == title)


def _labelled(label: dict[str, Any]) -> Labelled:
    return Labelled((label["speaker"], *label.get("speaker_also", ())), Stance(label["stance"]))


if __name__ == "__main__":
    main()
