"""Extracts an article's claims: finds cues, asks the reader model for their speakers, and resolves coreference."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache

from assistant.claims.attributions import CLAUSE, Attribution, settled
from assistant.claims.coreference import Coreference
from assistant.claims.cues import Cue, cues
from assistant.claims.denials import declines, denies
from assistant.claims.mentions import Mentions
from assistant.claims.quotations import Quotation, quotations
from assistant.claims.speaker_phrases import may_speak, trimmed
from assistant.claims.subjects import is_coordinate, subject_beside, widened
from assistant.reader.model import ReaderModel
from assistant.reader.phrases import full_name, whole_words
from assistant.reader.spans import TokenScores, best_spans
from assistant.reader.windows import is_headline
from assistant.types.citations import cite
from assistant.types.claims import Claim, Stance
from indexes.ingest.sentence_splitter import paragraphs, split_sentences
from indexes.types.article import Article
from indexes.types.passages import Sentence

_KEPT = 256
"""How many articles' claims are cached: consecutive questions often find the same articles."""

_BEFORE = 6
"""Sentences read before those asked for, since they name who "he" or "the minister" is."""

_UNLIKELY = -6.0
"""Below this score the reader is taken to have found no speaker."""

_MOSTLY = 0.6
"""The share of a sentence that must be quoted for it to continue a quotation."""

_APART = 2
"""A quotation so many paragraphs after the last claim is not the same speaker's."""

_REPORT_IN = re.compile(r"\breport\s+(?:in|by)\b")
_CITING = re.compile(r"[^.;“”\"]{0,60},\s+citing\b")
_STRONG = (Stance.DENIED, Stance.DECLINED, Stance.CONFIRMED)


class ClaimReader:
    """Extracts claims from articles. Safe to share between threads."""

    def __init__(self, model: ReaderModel) -> None:
        self._model = model
        self._mentions = lru_cache(maxsize=_KEPT)(Mentions)
        self._read = lru_cache(maxsize=_KEPT)(self._reading)

    def claims(self, article: Article, start: int = 0, end: int | None = None) -> list[Claim]:
        """The claims of an article, in sentence order: all of them, or those in ``text[start:end]``."""
        return list(self._read(article, start, len(article.text) if end is None else end))

    def _reading(self, article: Article, start: int, end: int) -> tuple[Claim, ...]:
        scene = _Scene(article, self._mentions(article.text), self._model, start, end)
        return tuple(claim for claim in scene.claims() if claim.citation.end > start)


class _Scene:
    """One article, or a part of it, being read."""

    def __init__(self, article: Article, mentions: Mentions, model: ReaderModel, start: int, end: int) -> None:
        self.article, self.text, self._model = article, article.text, model
        sentences = split_sentences(article.text, article.language, article.title)
        first = max(0, next((n for n, s in enumerate(sentences) if s.end > start), 0) - _BEFORE)
        self.sentences = [s for s in sentences[first:] if s.start < end]
        self.quotations = quotations(article.text)
        self.unquoted = _blanked(article.text, self.quotations)
        self.mentions = mentions
        self.references = Coreference(self.mentions)
        self._spoke = list[str]()

    def claims(self) -> list[Claim]:
        """The claims in sentence order, as a pronoun is resolved by who spoke before it."""
        found = list[Claim]()
        last, spoken = "", 0
        for sentence in self.sentences:
            here = self._paragraph_of[sentence]
            claims = self._own(sentence) or self._running(sentence, last if here - spoken < _APART else "")
            if claims:
                last, spoken = claims[0].speaker, here
                self._spoke += [claim.speaker for claim in claims]
                found += claims
        return found

    def _own(self, sentence: Sentence) -> list[Claim]:
        """The claims whose cue is in the sentence. Of one speaker's cues for the same words, the strongest counts."""
        found = list[Claim]()
        for one in self._attributions.get(sentence, ()):
            claim = self._claim(one, sentence)
            held = next((n for n, other in enumerate(found) if other.speaker == claim.speaker), None)
            another = not one.nested and is_coordinate(self.text, sentence, one.cue)
            if held is None or (another and claim.stance is not found[held].stance):
                found.append(claim)
            elif claim.stance in _STRONG and found[held].stance not in _STRONG:
                found[held] = claim
        return found

    def _running(self, sentence: Sentence, last: str) -> list[Claim]:
        """The claim of a sentence inside a quotation, by the speaker named in its paragraph, else the last speaker."""
        if not self._is_mostly_quoted(sentence) or self._has_own_beginning(sentence):
            return []
        here = self._paragraph_of[sentence]
        beside = [s for s in self.sentences if self._paragraph_of[s] == here]
        around = [one for s in beside for one in self._attributions.get(s, ())]
        speaker = last
        if around:
            nearest = min(around, key=lambda one: abs(one.cue.start - sentence.start))
            speaker = self._speaker(nearest)
        if not speaker:
            return []
        what = self.text[sentence.start : sentence.end].strip(" “”\"‘’'")
        stance = Stance.DENIED if denies(what, quoted=True) else Stance.ASSERTED
        return [Claim(speaker, stance, what, cite(self.article, sentence.start, sentence.end))]

    def _claim(self, one: Attribution, sentence: Sentence) -> Claim:
        speaker, what = self._speaker(one), self._what(one, sentence)
        return Claim(
            speaker, self._stance(one, sentence, speaker, what), what, cite(self.article, sentence.start, sentence.end)
        )

    def _speaker(self, one: Attribution) -> str:
        start, end = one.speaker or (0, 0)
        return self.references.resolved(self.text[start:end], start, self._spoke)

    def _stance(self, one: Attribution, sentence: Sentence, speaker: str, what: str) -> Stance:
        """The cue's stance, unless the words said or their speaker give a more specific one."""
        known = self.references.known(speaker)
        outlet = known is not None and known.is_outlet
        stance = one.cue.stance
        if stance is Stance.REPORTED and not outlet and known is not None and (known.is_body or known.is_person):
            stance = Stance.ASSERTED
        if stance is not Stance.ASSERTED:
            return stance
        quoted = any(q.start <= sentence.end and q.end > sentence.start for q in self.quotations)
        if declines(what):
            return Stance.DECLINED
        if denies(what, quoted):
            return Stance.DENIED
        start, end = one.speaker or (0, 0)
        reports = outlet or _REPORT_IN.search(self.text[start:end]) or _CITING.match(self.text, one.cue.end)
        return Stance.REPORTED if reports else Stance.ASSERTED

    def _what(self, one: Attribution, sentence: Sentence) -> str:
        """What is said: the text before speaker and verb or that after, whichever is longer, up to the next clause."""
        start, stop = one.speaker or (one.cue.start, one.cue.end)
        first, last = min(start, one.cue.start), max(stop, one.cue.end)
        later = [cue for cue in self._cues(sentence) if cue.start > last]
        end = next((c.start for c in later if is_coordinate(self.unquoted, sentence, c)), sentence.end)
        clause = CLAUSE.search(self.text, last, end)
        if clause and any(cue.start > clause.end() for cue in later):
            end = clause.start()
        after = re.sub(r"^\s*(?:that\b|:|,)\s*", "", self.text[last:end])
        after = re.sub(r"\s(?:and|but|or|then)\s*(?:\w+ly\s+)?$", "", after).strip(" ,.\n")
        before = self.text[sentence.start : first].strip(" ,\n")
        return after if len(after) >= len(before) else before

    @cached_property
    def _attributions(self) -> dict[Sentence, list[Attribution]]:
        """The attributions of each sentence that has any. Speakers that rules cannot find are read in one batch."""
        found = defaultdict[Sentence, list[Attribution]](list)
        asked = defaultdict[str, list[tuple[Sentence, Cue]]](list)
        for sentence in self.sentences:
            for cue in self._cues(sentence):
                follows = bool(found.get(sentence)) and (cue.trails or is_coordinate(self.unquoted, sentence, cue))
                beside = None if follows else subject_beside(self.unquoted, sentence, cue)
                if beside or follows or not cue.question:
                    found[sentence].append(Attribution(cue, full_name(self.text, *beside) if beside else None))
                else:
                    asked[cue.question].append((sentence, cue))
        for question, places in asked.items():
            texts = [self.text[s.start : s.end] for s, _ in places]
            for (sentence, cue), scores in zip(places, self._model.read(question, texts), strict=True):
                found[sentence].append(Attribution(cue, self._read_speaker(sentence, cue, scores)))
        return {sentence: settled(self.text, many) for sentence, many in found.items()}

    def _cues(self, sentence: Sentence) -> list[Cue]:
        words = self.text[sentence.start : sentence.end]
        if is_headline(words) and not words.endswith(":"):
            return []
        return cues(self.unquoted, sentence.start, sentence.end)

    def _read_speaker(self, sentence: Sentence, cue: Cue, scores: TokenScores) -> tuple[int, int] | None:
        """The best span for the speaker that may be one and is neither quoted nor the verb itself."""
        for span in best_spans(scores, [(0, sentence.end - sentence.start)], each=3):
            at, to = whole_words(self.text, sentence.start + span.start, sentence.start + span.end)
            if not (at < cue.end and to > cue.start) and self.unquoted[at:to].strip() and span.score > _UNLIKELY:
                start, end = full_name(self.text, *widened(self.text, at, to, cue.start))
                found = trimmed(self.text, max(start, sentence.start), end)
                if may_speak(self.text[slice(*found)]):
                    return found
        return None

    def _has_own_beginning(self, sentence: Sentence) -> bool:
        """Whether the article's own words lead to the quotation, "Holt thanked them for “…”": they say whose it is."""
        first = min((q.start for q in self.quotations if q.end > sentence.start), default=sentence.end)
        return bool(re.search(r"\w", self.text[sentence.start : first]))

    def _is_mostly_quoted(self, sentence: Sentence) -> bool:
        inside = [min(q.end, sentence.end) - max(q.start, sentence.start) for q in self.quotations]
        return max(inside, default=0) > _MOSTLY * (sentence.end - sentence.start)

    @cached_property
    def _paragraph_of(self) -> dict[Sentence, int]:
        spans = list(paragraphs(self.text))
        return {s: next((n for n, (a, b) in enumerate(spans) if a <= s.start < b), -1) for s in self.sentences}


def _blanked(text: str, quotations: Sequence[Quotation]) -> str:
    """The text with quotations replaced by spaces, which keeps the offsets."""
    parts, at = [], 0
    for quotation in quotations:
        parts += [text[at : quotation.start], " " * (quotation.end - quotation.start)]
        at = quotation.end
    return "".join([*parts, text[at:]])
