"""Turns answers and hits into JSON and into lines for a terminal. The only place where structure becomes text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assistant.text.wording import capitalised
from assistant.types.answers import Answer, Answered, NotFound, Notice
from assistant.types.citations import Citation
from assistant.types.claims import Voice
from assistant.types.index_state import basis_json
from assistant.types.turns import Turn
from indexes import Article, Hit, Outcome

if TYPE_CHECKING:
    from indexes.fetch.polling import Visited
    from indexes.fetch.subscriptions import FollowedFeed

NOT_FOUND = "The articles don't say."
NEAREST = "Nearest passages, not an answer:"


def answer_json(answer: Answer, id: str | int | None) -> dict[str, Any]:
    """An answer for machines. Fields may be added, none changes its meaning."""
    kind = {Answered: "answered", NotFound: "not_found", Notice: "notice"}[type(answer)]
    numbers = answer.numbers if isinstance(answer, Answered) else {}
    return {
        "id": id,
        "question": answer.question,
        "kind": kind,
        "answer": answer.short if isinstance(answer, Answered) else None,
        "sentences": [
            {
                "text": sentence.text,
                "citations": [numbers[c] for c in sentence.citations],
                "doubt": sentence.doubt or None,
            }
            for sentence in (answer.sentences if isinstance(answer, Answered) else ())
        ],
        "citations": [citation_json(n, citation) for citation, n in numbers.items()],
        "written_by": (answer.writer or None) if isinstance(answer, Answered) else None,
        "disagreement": _disagreement_json(answer) if isinstance(answer, Answered) else None,
        "notice": (answer.text if isinstance(answer, Notice) else answer.notice) or None,
        "nearest": [hit_json(hit) for hit in answer.nearest] if isinstance(answer, NotFound) else [],
    }


def turn_json(turn: Turn, id: str | int | None) -> dict[str, Any]:
    """An answer, and how its question was understood."""
    basis = basis_json(turn.basis) if turn.basis else None
    return {
        **answer_json(turn.answer, id),
        "searched": turn.searched,
        "filter": str(turn.where),
        "remarks": list(turn.remarks),
        "basis": basis,
    }


def search_json(question: str, id: str | int | None, hits: list[Hit]) -> dict[str, Any]:
    return {"id": id, "question": question, "hits": [hit_json(hit) for hit in hits]}


def hit_json(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "score": hit.score,
        "article_id": hit.article.id,
        "passage_id": hit.passage.id,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.text,
        **_shown(hit.article),
        "version": hit.article.version,
        "channels": list(hit.channels),
        "copies": [hit_json(copy) for copy in hit.copies],
    }


def article_json(article: Article, versions: Sequence[int]) -> dict[str, Any]:
    """One version of an article, and which versions there are; its text is left to :func:`text_json`."""
    return {
        "id": article.id,
        "version": article.version,
        "versions": list(versions),
        **_shown(article),
        "authors": list(article.authors),
        "language": article.language,
        "added": article.fetched_at.isoformat(),
        "sha256": article.sha256,
        "characters": len(article.text),
        "page": f"/articles/{quote(article.id, safe='')}?version={article.version}",
    }


def text_json(article: Article, highlight: Citation | None = None) -> dict[str, Any]:
    """An article's text, and the stretch of it to be marked."""
    marked = {"start": highlight.start, "end": highlight.end, "quote": highlight.quote} if highlight else None
    return {"text": article.text, "highlight": marked}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    article = outcome.article
    return {
        "kind": outcome.kind,
        "where": outcome.where,
        "article_id": article.id if article else None,
        "version": article.version if article else None,
        "title": article.title if article else None,
        "source_note": article.source_note if article else None,
        "reason": outcome.reason or None,
    }


def feed_json(feed: FollowedFeed) -> dict[str, Any]:
    """A followed feed, and how following it goes."""
    return {
        "url": feed.url,
        "title": feed.title,
        "articles": feed.articles,
        "added": feed.added.isoformat(timespec="seconds"),
        "last_success": feed.last_success and feed.last_success.isoformat(timespec="seconds"),
        "last_failure": feed.last_failure and feed.last_failure.isoformat(timespec="seconds"),
        "failure": feed.failure or None,
    }


def visited_json(visited: Visited) -> dict[str, Any]:
    """How a visit to a feed ended."""
    kind = "failed" if visited.failure else "visited" if visited.changed else "unchanged"
    return {"kind": kind, "feed": visited.feed.url, "reason": visited.failure or None}


def citation_json(n: int, citation: Citation) -> dict[str, Any]:
    return {
        "n": n,
        "article_id": citation.article_id,
        "version": citation.version,
        "sha256": citation.sha256,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        **_shown(citation),
        "authors": list(citation.authors),
        "page": citation.page,
    }


def _shown(what: Article | Citation) -> dict[str, Any]:
    published = what.published.isoformat() if what.published else None
    return {
        "title": what.title,
        "source": what.source,
        "source_note": what.source_note,
        "published": published,
        "url": what.url,
    }


def answer_lines(answer: Answer) -> list[str]:
    """An answer for a terminal, a line each; the caller keeps control characters out."""
    if isinstance(answer, Notice):
        return [answer.text]
    if isinstance(answer, NotFound):
        notice = [answer.notice, ""] if answer.notice else []
        return [*notice, NOT_FOUND, *(["", NEAREST] if answer.nearest else []), *_hit_lines(answer.nearest)]
    return [*said_lines(answer), *source_lines(answer)]


def said_lines(answer: Answered) -> list[str]:
    """What an answer says, with the numbers of its sources; as an answer grows, more lines follow."""
    numbers = answer.numbers
    lines = [answer.notice, ""] if answer.notice else []
    lines += [answer.short, ""] if answer.short else []
    for sentence in answer.sentences:
        marks = "".join(f"[{numbers[citation]}]" for citation in sentence.citations)
        lines += [
            f"{_on_one_line(sentence.text)} {marks}",
            *([f"   doubtful: {sentence.doubt}"] if sentence.doubt else []),
            "",
        ]
    return lines


def source_lines(answer: Answered) -> list[str]:
    """The numbered sources of an answer, who wrote it, and where the articles disagree."""
    lines = [f"[{n}] {described(citation)}" for citation, n in answer.numbers.items()]
    lines += ["", f"Written by {answer.writer}, held to these sentences."] if answer.writer else []
    return lines + _disagreement_lines(answer)


def _disagreement_lines(answer: Answered) -> list[str]:
    if answer.disagreement is None:
        return []
    lines = ["", "The articles disagree."]
    for heading, voices in (("Said:", answer.disagreement.said), ("Denied:", answer.disagreement.denied)):
        lines += ["", heading]
        for voice in voices:
            lines += [f"- {line}" if n == 0 else f"  {line}" for n, line in enumerate(voice_lines(voice))]
    return lines


def _disagreement_json(answer: Answered) -> dict[str, Any] | None:
    if answer.disagreement is None:
        return None
    sides = {"said": answer.disagreement.said, "denied": answer.disagreement.denied}
    return {side: [voice_json(voice) for voice in voices] for side, voices in sides.items()}


def voice_json(voice: Voice) -> dict[str, Any]:
    """A claim for machines; ``also``: where else the same words stand in copies of the article."""
    claim = voice.claim
    return {
        "speaker": claim.speaker,
        "stance": claim.stance.value,
        "what": claim.what,
        "citation": citation_json(1, claim.citation),
        "also": [citation_json(n, citation) for n, citation in enumerate(voice.also, start=2)],
    }


def voice_lines(voice: Voice) -> list[str]:
    claim = voice.claim
    also = [f"   also, the same text: {described(citation)}" for citation in voice.also]
    return [
        f"{capitalised(claim.speaker)}: {claim.stance.label}",
        f"   {_on_one_line(claim.citation.quote)}",
        f"   {described(claim.citation)}",
        *also,
    ]


def hits_lines(hits: list[Hit]) -> list[str]:
    return _hit_lines(tuple(hits))


def _hit_lines(hits: tuple[Hit, ...]) -> list[str]:
    lines: list[str] = []
    for hit in hits:
        lines += [f"{hit.rank}. {shortened(hit.text)}", f"   {described(hit.article)}"]
        lines += [*(f"   also: {described(copy.article)}" for copy in hit.copies), ""]
    return lines[:-1]


def described(what: Article | Citation) -> str:
    """Outlet, date, title and link of what is cited, as far as they are known."""
    title = what.label if isinstance(what, Article) else what.title
    published = f"{what.published:%-d %B %Y}" if what.published else ""
    return ", ".join(part for part in (what.outlet, published, f"“{title}”", what.url) if part)


def shortened(text: str, width: int = 320) -> str:
    """The beginning of a passage, whole words, on one line."""
    return textwrap.shorten(text, width, placeholder=" …")


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
