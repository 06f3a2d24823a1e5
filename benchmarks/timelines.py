"""How near the timelines made for a question come to those people wrote, over the sample articles and a few stories.

    python -m benchmarks.timelines [--split test] [--show]

The timelines are in tests/data/timelines; no story is in both splits. The baseline gives the best hits' articles the
day they were published, and their first sentence. The measures are those of Martschat and Markert, "Improving ROUGE for
Timeline Summarization" (EACL 2017), an event of several days counting as of the first of them.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from assistant.answering.evidence import Evidence
from assistant.answering.timeline import timeline
from assistant.settings import load_settings
from benchmarks.samples import DATA, SAMPLES, split_parser
from indexes import Hit, Index, read_paths

TIMELINES = DATA / "timelines"
FOUND = 20
"""How many passages are found for a question."""

Events = Mapping[date, str]
"""What is told of each day."""


def main() -> None:
    parser = split_parser(__doc__)
    parser.add_argument("--most", type=int, default=8, help="how many events a timeline may have")
    parser.add_argument("--show", action="store_true", help="show the timelines (of dev)")
    given = parser.parse_args()
    load_settings()
    with timelines_index() as index:
        figures = measure(index, given.split, given.most, given.show)
    print(f"{'':<12} {'date F1':>8} {'aligned ROUGE-1':>16}")
    for system, pairs in figures.items():
        dates, words = (statistics.mean(values) for values in zip(*pairs, strict=True))
        print(f"{system:<12} {dates:>8.3f} {words:>16.3f}   {len(pairs)} timelines")


@contextmanager
def timelines_index() -> Iterator[Index]:
    """The sample articles and those of the stories, in an index that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as index:
        for _ in index.add(read_paths([SAMPLES, TIMELINES / "articles.jsonl"])):
            pass
        yield index


def measure(index: Index, split: str, most: int, show: bool = False) -> dict[str, list[tuple[float, float]]]:
    """By system: date F1 and aligned ROUGE of each timeline."""
    figures = defaultdict[str, list[tuple[float, float]]](list)
    for line in (TIMELINES / "timelines.jsonl").read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        if asked["split"] != split:
            continue
        reference = by_day([(first_day(event["date"]), event["text"]) for event in asked["events"]])
        hits = index.search(asked["question"], top=FOUND)
        systems = {"timeline": from_dates(index, asked["question"], hits, most), "baseline": from_articles(hits, most)}
        for system, events in systems.items():
            figures[system].append((date_f1(events, reference), aligned_rouge(events, reference)))
            if show:
                print(f"{asked['id']}, {system}: {figures[system][-1]}")
                for day in sorted({*events, *reference}):
                    print(f"  {day}  {events.get(day, '-')}\n{'':>12}  = {reference.get(day, '-')}")
    return figures


def from_dates(index: Index, question: str, hits: Sequence[Hit], most: int) -> Events:
    """The timeline of all sentences of the hits, each worth the mean cosine of itself and its passage."""
    sentences = [(sentence, one) for hit in hits for one in (hit, *hit.copies) for sentence in one.passage.sentences]
    texts = [one.article.text[sentence.start : sentence.end] for sentence, one in sentences]
    vectors = index.embed([question, *texts, *(one.text for _, one in sentences)])
    near = vectors[1:] @ vectors[0]
    cosines = dict(zip(texts, vectors[1 : len(texts) + 1], strict=True))
    candidates = [
        Evidence(sentence, one, float(near[n] + near[n + len(texts)]) / 2)
        for n, (sentence, one) in enumerate(sentences)
    ]
    entries = timeline(candidates, most, alike=lambda one, other: float(cosines[one] @ cosines[other]))
    return by_day([(entry.when.start, entry.evidence[0].text) for entry in entries])


def from_articles(hits: Sequence[Hit], most: int) -> Events:
    """The baseline: the day the article of each of the best hits was published, and its first sentence."""
    articles = list({hit.article.id: hit for hit in hits if hit.article.published}.values())[:most]
    return by_day([(hit.article.published, hit.sentences[0]) for hit in articles if hit.article.published])


def first_day(written: str) -> date:
    """The first day of "2015", "2018-06" or "2024-08-29"."""
    year, month, day = (written + "-01-01").split("-")[:3]
    return date(int(year), int(month), int(day))


def by_day(events: Sequence[tuple[date, str]]) -> Events:
    told = defaultdict[date, str](str)
    for day, text in events:
        told[day] = f"{told[day]} {text}".strip()
    return told


def date_f1(events: Events, reference: Events) -> float:
    """The harmonic mean of how many of the days are in the reference, and how many of its days are found."""
    return 2 * len(events.keys() & reference.keys()) / (len(events) + len(reference))


def aligned_rouge(events: Events, reference: Events) -> float:
    """ROUGE-1 F1 of days aligned one to one, the nearest with each other; n days apart, words count 1/(n+1).

    "align" of Martschat and Markert 2017, section 4.3, without stemming and stop words.
    """
    from scipy.optimize import linear_sum_assignment

    if not events:
        return 0.0
    days, others = sorted(events), sorted(reference)
    weight = [[1 / (abs((day - other).days) + 1) for other in others] for day in days]
    shared = sum(
        weight[row][column] * (_unigrams(events[days[row]]) & _unigrams(reference[others[column]])).total()
        for row, column in zip(*linear_sum_assignment(weight, maximize=True), strict=True)
    )
    return 2 * float(shared) / sum(_unigrams(text).total() for text in (*events.values(), *reference.values()))


def _unigrams(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


if __name__ == "__main__":
    main()
