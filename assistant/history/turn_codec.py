"""A turn as JSON and back: the one place that knows how turns are kept.

Of an article only what a turn shows is kept: its beginning, which may stand for a title, and the passage. Blanks stand
for the rest of its text, so that offsets hold; its hash is that of the whole text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from assistant.accounts.errors import DeskDamaged
from assistant.types.answers import Answer, Answered, CitedSentence, NotFound, Notice
from assistant.types.citations import Citation
from assistant.types.claims import Claim, Disagreement, Stance, Voice
from assistant.types.index_state import basis_from, basis_json
from assistant.types.turns import Turn
from indexes import Article, Hit, Passage, Sentence
from indexes.types.filters import Filter

FORMAT = 1
BEGINNING = 400
"""Characters kept of an article's beginning: as many as :attr:`indexes.types.article.Article.label` looks at."""

_Json = dict[str, Any]


def turn_to_json(turn: Turn) -> str:
    """All of a turn that is shown, as ASCII."""
    kept = {
        "format": FORMAT,
        "question": turn.question,
        "searched": turn.searched,
        "where": _filter_to(turn.where),
        "remarks": turn.remarks,
        "answer": _answer_to(turn.answer),
        "basis": basis_json(turn.basis) if turn.basis else None,
    }
    return json.dumps(kept, separators=(",", ":"))


def turn_from_json(text: str) -> Turn:
    """The turn that :func:`turn_to_json` made this of.

    Raises:
        DeskDamaged: another version of On Record did.
    """
    kept = json.loads(text)
    if kept.get("format") != FORMAT:
        raise DeskDamaged(f"a turn was kept in format {kept.get('format')!r}, not {FORMAT}. Update On Record.")
    answer, where = _answer_from(kept["answer"]), _filter_from(kept["where"])
    basis = basis_from(kept["basis"]) if kept.get("basis") else None
    return Turn(kept["question"], kept["searched"], answer, where, tuple(kept["remarks"]), basis)


def _answer_to(answer: Answer) -> _Json:
    if isinstance(answer, Notice):
        return {"kind": "notice", "question": answer.question, "text": answer.text}
    if isinstance(answer, NotFound):
        nearest = [_hit_to(hit) for hit in answer.nearest]
        return {"kind": "not_found", "question": answer.question, "notice": answer.notice, "nearest": nearest}
    return {
        "kind": "answered",
        "question": answer.question,
        "short": answer.short,
        "sentences": [_sentence_to(sentence) for sentence in answer.sentences],
        "writer": answer.writer,
        "notice": answer.notice,
        "disagreement": _disagreement_to(answer.disagreement),
    }


def _answer_from(kept: _Json) -> Answer:
    if kept["kind"] == "notice":
        return Notice(kept["question"], kept["text"])
    if kept["kind"] == "not_found":
        return NotFound(kept["question"], tuple(map(_hit_from, kept["nearest"])), kept["notice"])
    return Answered(
        kept["question"],
        tuple(map(_sentence_from, kept["sentences"])),
        kept["short"],
        kept["writer"],
        kept["notice"],
        _disagreement_from(kept["disagreement"]),
    )


def _sentence_to(sentence: CitedSentence) -> _Json:
    return {"text": sentence.text, "citations": _citations_to(sentence.citations), "doubt": sentence.doubt}


def _sentence_from(kept: _Json) -> CitedSentence:
    return CitedSentence(kept["text"], _citations_from(kept["citations"]), kept["doubt"])


def _citations_to(citations: Sequence[Citation]) -> list[_Json]:
    return [vars(citation) | {"published": _day_to(citation.published)} for citation in citations]


def _citations_from(kept: Sequence[_Json]) -> tuple[Citation, ...]:
    return tuple(map(_citation_from, kept))


def _citation_from(kept: _Json) -> Citation:
    authors = tuple(kept.get("authors", ()))
    return Citation(**kept | {"published": _day_from(kept["published"]), "authors": authors})


def _disagreement_to(found: Disagreement | None) -> _Json | None:
    if found is None:
        return None
    return {"said": [_voice_to(voice) for voice in found.said], "denied": [_voice_to(voice) for voice in found.denied]}


def _disagreement_from(kept: _Json | None) -> Disagreement | None:
    if kept is None:
        return None
    return Disagreement(tuple(map(_voice_from, kept["said"])), tuple(map(_voice_from, kept["denied"])))


def _voice_to(voice: Voice) -> _Json:
    claim = voice.claim
    places = _citations_to((claim.citation, *voice.also))
    return {"speaker": claim.speaker, "stance": claim.stance.value, "what": claim.what, "places": places}


def _voice_from(kept: _Json) -> Voice:
    citation, *also = _citations_from(kept["places"])
    return Voice(Claim(kept["speaker"], Stance(kept["stance"]), kept["what"], citation), tuple(also))


def _hit_to(hit: Hit) -> _Json:
    passage = hit.passage
    return {
        "article": _article_to(hit.article, passage),
        "passage_id": passage.id,
        "position": passage.position,
        "sentences": [[sentence.start, sentence.end] for sentence in passage.sentences],
        "score": float(hit.score),
        "rank": hit.rank,
        "channels": hit.channels,
        "copies": [_hit_to(copy) for copy in hit.copies],
    }


def _hit_from(kept: _Json) -> Hit:
    article = _article_from(kept["article"])
    sentences = tuple(Sentence(start, end) for start, end in kept["sentences"])
    passage = Passage(kept["passage_id"], article.id, article.version, kept["position"], sentences)
    copies = tuple(map(_hit_from, kept["copies"]))
    return Hit(passage, article, kept["score"], kept["rank"], tuple(kept["channels"]), copies)


def _article_to(article: Article, passage: Passage) -> _Json:
    return {
        "id": article.id,
        "version": article.version,
        "sha256": article.sha256,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "source_note": article.source_note,
        "authors": article.authors,
        "published": _day_to(article.published),
        "language": article.language,
        "fetched_at": article.fetched_at.isoformat(),
        "beginning": article.text[:BEGINNING],
        "start": passage.start,
        "passage": article.text[passage.start : passage.end],
    }


def _article_from(kept: _Json) -> Article:
    beginning, start, passage = kept["beginning"], kept["start"], kept["passage"]
    article = Article(
        id=kept["id"],
        text=beginning[:start].ljust(start) + passage + beginning[start + len(passage) :],
        title=kept["title"],
        url=kept["url"],
        source=kept["source"],
        source_note=kept.get("source_note", ""),
        authors=tuple(kept["authors"]),
        published=_day_from(kept["published"]),
        language=kept["language"],
        version=kept["version"],
        fetched_at=datetime.fromisoformat(kept["fetched_at"]),
    )
    vars(article)["sha256"] = kept["sha256"]  # what its property would work out, had it the whole text
    return article


def _filter_to(where: Filter) -> _Json:
    return vars(where) | {"since": _day_to(where.since), "until": _day_to(where.until)}


def _filter_from(kept: _Json) -> Filter:
    since, until = _day_from(kept["since"]), _day_from(kept["until"])
    return Filter(since, until, tuple(kept["sources"]), tuple(kept["authors"]), kept["language"])


def _day_to(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_from(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None
