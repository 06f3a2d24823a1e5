"""Cuts an article into passages of whole sentences, sized in the embedding model's own tokens.

Takes a token counter as an argument; knows nothing of vectors or storage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import Article
from indexes.types.passages import Passage, Sentence

PASSAGE_RULES = "sentences-1"
"""A version, changed whenever articles would be cut or embedded differently. Recorded in the index."""

_LONGEST_PIECE = 2000
_LONGEST_COUNTED = 20_000
_TITLE_TOKENS = 40
_TITLE_LENGTH = 400

CountTokens = Callable[[Sequence[str]], list[int]]
"""Lengths of texts in model tokens, special tokens not counted."""


@dataclass(frozen=True)
class PassageSize:
    """The maximum size of a passage in tokens: ``target`` by choice, ``limit`` (heading included) by the model."""

    target: int
    limit: int


def cut_passages(article: Article, size: PassageSize, count: CountTokens) -> list[Passage]:
    """The article's passages, in order. Each sentence is in exactly one, and none exceeds ``size``.

    A sentence longer than the limit is cut between words into pieces that are treated as sentences.
    """
    sentences = split_sentences(article.text, article.language, article.title)
    if not sentences:
        return []
    room = min(size.target, size.limit - count([heading(article, count)])[0])
    # A sentence is counted with everything up to the next one: bullet marks are embedded too.
    ends = [s.start for s in sentences[1:]] + [sentences[-1].end]
    texts = [article.text[s.start : end] for s, end in zip(sentences, ends, strict=True)]
    fitting = [
        (piece, tokens)
        for sentence, tokens in zip(sentences, _counted(texts, count), strict=True)
        for piece, tokens in _pieces(article.text, sentence, tokens, room, count)
    ]
    return [
        Passage(f"{article.id}:{article.version}:{n}", article.id, article.version, n, group)
        for n, group in enumerate(_groups(fitting, room))
    ]


def heading(article: Article, count: CountTokens) -> str:
    """What is embedded in front of each passage: title and date. A title longer than 40 tokens is shortened."""
    words = article.title[:_TITLE_LENGTH].split()
    while words and count([" ".join(words)])[0] > _TITLE_TOKENS:
        words = words[: len(words) * 2 // 3]
    stated = f"{article.published:%d %B %Y}" if article.published else ""
    parts = [part for part in (" ".join(words), stated) if part]
    return ". ".join(parts) + "\n" if parts else ""


def _counted(texts: Sequence[str], count: CountTokens) -> list[int]:
    """Lengths in tokens. Texts that will be cut anyway are not tokenised, as a million characters take seconds."""
    sizes = iter(count([text for text in texts if len(text) <= _LONGEST_COUNTED]))
    return [next(sizes) if len(text) <= _LONGEST_COUNTED else len(text) for text in texts]


def _groups(fitting: list[tuple[Sentence, int]], room: int) -> Iterator[tuple[Sentence, ...]]:
    """Packs adjacent texts greedily up to ``room`` tokens."""
    group: list[Sentence] = []
    used = 0
    for sentence, tokens in fitting:
        if group and used + tokens > room:
            yield tuple(group)
            group, used = [], 0
        group.append(sentence)
        used += tokens
    yield tuple(group)


def _pieces(
    text: str, sentence: Sentence, tokens: int, room: int, count: CountTokens
) -> Iterator[tuple[Sentence, int]]:
    """``sentence`` itself if it fits, else its halves, halved again until each fits."""
    length = sentence.end - sentence.start
    if (tokens <= room and length <= _LONGEST_PIECE) or length < 2:
        yield sentence, tokens
        return
    first, second = _halves(text, sentence)
    sizes = _counted([text[half.start : half.end] for half in (first, second)], count)
    for half, size in zip((first, second), sizes, strict=True):
        yield from _pieces(text, half, size, room, count)


def _halves(text: str, sentence: Sentence) -> tuple[Sentence, Sentence]:
    """Cuts at the white space nearest the middle, or in the middle if there is none nearby."""
    middle = (sentence.start + sentence.end) // 2
    reach = (sentence.end - sentence.start) // 4
    for distance in range(reach):
        for at in (middle - distance, middle + distance):
            if text[at].isspace():
                left = len(text[sentence.start : at].rstrip()) + sentence.start
                right = sentence.end - len(text[at : sentence.end].lstrip())
                return Sentence(sentence.start, left), Sentence(right, sentence.end)
    return Sentence(sentence.start, middle), Sentence(middle, sentence.end)
