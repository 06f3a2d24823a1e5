"""How well "who said what" is read out of sentences labelled by hand.

    python -m benchmarks.claims [--split test] [--wrong]
    python -m benchmarks.claims --attributions FILE [--limit N] [--wrong]

The sentences are in tests/data/claims: "dev" is what the rules were made with, "test" was labelled by someone who did
not know them and is only counted.

FILE is JSON lines, perhaps gzipped, of news articles with their attributions, as in PolNeAR (Newell, Margolin and
Ruths, LREC 2018): ``id``, ``outlet``, ``text``, and ``attributions`` of ``source``, ``cue`` and ``content``, each
a list of spans in code points. The first paragraph is the headline, which is not counted.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from assistant.claims.extraction import ClaimReader
from assistant.evaluation.questions import numbered_records
from assistant.reader.model import ReaderModel
from assistant.reader.weights_loader import SHIPPED, locate_reader
from assistant.settings import load_settings
from assistant.text.wording import on_one_line
from assistant.types.claims import Claim, Stance
from benchmarks.claim_scores import Attributed, Attributing, Claiming, Labelled, is_named
from benchmarks.samples import DATA, ROOT, split_parser
from indexes import Article, read_paths
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.passages import Sentence

LABELS = DATA / "claims"
Spans = Sequence[Sequence[int]]


def main() -> None:
    parser = split_parser(__doc__)
    parser.add_argument("--attributions", type=Path, metavar="FILE", help="articles with annotated attributions")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N articles of FILE")
    parser.add_argument("--wrong", action="store_true", help="show what went wrong (of dev, or of a part for training)")
    given = parser.parse_args()
    load_settings()
    files = locate_reader(SHIPPED)
    reader = ClaimReader(ReaderModel(files, files.number_format("auto")))
    if given.attributions:
        figures = attributing(given.attributions, reader, given.limit, given.wrong).figures
    else:
        figures = count(given.split, reader, given.wrong).figures
    for name, (share, of) in figures.items():
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


def attributing(file: Path, reader: ClaimReader, limit: int | None = None, show: bool = False) -> Attributing:
    """The attributions of the first ``limit`` articles in ``file``, or of all."""
    counted = Attributing()
    row: Any
    for _, row in islice(numbered_records(file), limit):
        _count_article(counted, row, reader, show)
    return counted


def _count_article(counted: Attributing, row: dict[str, Any], reader: ClaimReader, show: bool) -> None:
    text = row["text"]
    headline = text[: re.search(r"\n|$", text).start()]  # type: ignore[union-attr]  # "$" always matches
    # Made as it stands: normalising could move the offsets.
    article = Article(id=row["id"], text=text, title=headline, source=row.get("outlet", ""))
    claims = defaultdict[int, list[Claim]](list)
    for claim in reader.claims(article):
        claims[claim.citation.start].append(claim)
    lower = frozenset(re.findall(r"(?<![\w’'-])[a-z][\w]*", text))
    for sentence in split_sentences(text, title=headline):
        if sentence.start >= len(headline):
            annotated = [_attributed(text, one, sentence, lower) for one in row["attributions"]]
            here = [one for one in annotated if one is not None]
            wrong = counted.count(here, claims[sentence.start], text[: sentence.end])
            if show and wrong:
                print(*wrong, f"   {text[sentence.start : sentence.end]}", sep="\n")


def _attributed(text: str, row: dict[str, Spans], sentence: Sentence, lower: frozenset[str]) -> Attributed | None:
    """The attribution as far as it concerns the sentence, or None if no part of it stands there."""
    if not any(_meets(row[part], sentence.start, sentence.end) for part in ("source", "cue", "content")):
        return None
    source, cue = _words_of(text, row["source"]), _words_of(text, row["cue"])
    own = bool(row["cue"]) and sentence.start <= row["cue"][0][0] < sentence.end
    return Attributed(source, cue, is_named(source, lower), own)


def _meets(spans: Spans, start: int, end: int) -> bool:
    return any(first < end and last > start for first, last in spans)


def _words_of(text: str, spans: Spans) -> str:
    return on_one_line(" ".join(text[start:end] for start, end in spans))


if __name__ == "__main__":
    main()
