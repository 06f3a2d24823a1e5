"""How many planted faults the checks on a language model's sentences catch, and how many faithful ones they flag.

    python -m benchmarks.faults [--split test] [--wrong]
    python -m benchmarks.faults --samples

The sentences are in tests/data/faults: "dev" is what the checks were made with, "test" was written by someone who did
not know them and is only counted. With --samples every sentence of the sample articles is taken as written by a model:
once citing itself, which is faithful, and once citing the sentence after the next, which is not.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from assistant.answering.reader_judge import ReaderJudge
from assistant.claims.extraction import ClaimReader
from assistant.generation.grounding import Checker, Given
from assistant.generation.output_parser import Written, parsed
from assistant.settings import load_settings
from assistant.text.wording import on_one_line
from benchmarks.samples import DATA, SAMPLES, samples_index, split_parser
from indexes import Article, read_paths
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.passages import Sentence

FAULTS, CLAIMS = DATA / "faults", DATA / "claims"


def main() -> None:
    parser = split_parser(__doc__)
    parser.add_argument("--samples", action="store_true", help="the sentences of the sample articles instead")
    parser.add_argument("--wrong", action="store_true", help="show what went wrong (of dev)")
    given = parser.parse_args()
    load_settings()
    with samples_index() as index:
        checker = Checker(index, ClaimReader(ReaderJudge(index).model))
        counts = count_samples(checker) if given.samples else count(given.split, checker, given.wrong)
    for kind, (doubted, of) in sorted(counts.items(), key=lambda item: item[0] == "faithful"):
        print(f"{kind:<20} {doubted:>4} of {of:>4} {'flagged' if kind == 'faithful' else 'caught'}")
    caught, planted = totals(counts)
    print(f"{'all faults':<20} {caught:>4} of {planted:>4} caught: {caught / planted:.1%}")
    flagged, faithful = counts["faithful"]
    print(f"{'faithful sentences':<20} {flagged:>4} of {faithful:>4} flagged: {flagged / faithful:.1%}")


def count(split: str, checker: Checker, show: bool = False) -> dict[str, tuple[int, int]]:
    """By kind of fault, and "faithful": how many were doubted, of how many."""
    articles = _articles()
    counts = defaultdict[str, list[int]](lambda: [0, 0])
    for line in (FAULTS / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        given = [_given(n, sentence, articles) for n, sentence in enumerate(row["sentences"], start=1)]
        for written in row["written"]:
            doubt = next(filter(None, (checker.doubt(one, given) for one in parsed(written["text"]))), "")
            tally = counts[written["fault"] or "faithful"]
            tally[0] += bool(doubt)
            tally[1] += 1
            if show and bool(doubt) != bool(written["fault"]):
                print(f"{row['id']} {written['fault'] or 'faithful'}: {doubt or 'nothing'}\n   {written['text']}")
    return {kind: (doubted, of) for kind, (doubted, of) in counts.items()}


def count_samples(checker: Checker) -> dict[str, tuple[int, int]]:
    """As ``count``, of the sample articles' own sentences."""
    faithful, wrong = [0, 0], [0, 0]
    for article in read_paths([SAMPLES]):
        assert isinstance(article, Article)
        spans = split_sentences(article.text, article.language, article.title)
        given = [Given(n, article, span) for n, span in enumerate(spans, start=1)]
        for one in given:
            for number, tally in ((one.number, faithful), (one.number + 2, wrong)):
                if number <= len(given):
                    tally[0] += not checker.stands(Written(one.text, (number,)), given)
                    tally[1] += 1
    return {"faithful": (faithful[0], faithful[1]), "wrong citation": (wrong[0], wrong[1])}


def totals(counts: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Faults caught, of how many planted."""
    faults = [pair for kind, pair in counts.items() if kind != "faithful"]
    return sum(caught for caught, _ in faults), sum(of for _, of in faults)


def _articles() -> dict[str, list[Article]]:
    found = defaultdict[str, list[Article]](list)
    for article in read_paths([SAMPLES, CLAIMS]):
        if isinstance(article, Article):
            found[Path(article.origin).name].append(article)
    return found


def _given(number: int, sentence: dict[str, Any], articles: dict[str, list[Article]]) -> Given:
    wanted = on_one_line(sentence["text"])
    for article in articles[Path(sentence["file"]).name]:
        for span in split_sentences(article.text, article.language, article.title):
            if on_one_line(article.text[span.start : span.end]) == wanted:
                return Given(number, article, span)
        at = article.text.find(sentence["text"])
        if at >= 0:  # a headline
            return Given(number, article, Sentence(at, at + len(sentence["text"])))
    raise ValueError(f"{sentence['file']} has no sentence {wanted!r}")


if __name__ == "__main__":
    main()
