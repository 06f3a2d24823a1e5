"""How well claims are read out of sentences: who speaks, and in which sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.evaluation.matching import Figure, share
from assistant.text.wording import normalise_answer
from assistant.types.claims import Claim, Stance


@dataclass(frozen=True)
class Labelled:
    """A claim as a person labelled it; ``speakers`` are all names that count."""

    speakers: tuple[str, ...]
    stance: Stance


@dataclass
class Claiming:
    """Counts over labelled sentences; ``right`` is speaker and stance of one claim together."""

    claims: int = 0
    speaker: int = 0
    stance: int = 0
    right: int = 0
    silent: int = 0
    """Sentences without a claim."""
    silent_right: int = 0
    right_by_stance: dict[str, list[int]] = field(default_factory=dict)

    def count(self, labelled: Sequence[Labelled], found: Sequence[Claim]) -> None:
        """One sentence: what was labelled and what was found in it."""
        if not labelled:
            self.silent += 1
            self.silent_right += not found
        for label in labelled:
            speaking = [claim for claim in found if is_speaker(claim.speaker, label.speakers)]
            right = any(claim.stance is label.stance for claim in speaking)
            self.claims += 1
            self.speaker += bool(speaking)
            self.stance += any(claim.stance is label.stance for claim in found)
            self.right += right
            tally = self.right_by_stance.setdefault(label.stance.value, [0, 0])
            tally[0] += right
            tally[1] += 1

    @property
    def figures(self) -> Mapping[str, Figure]:
        """By name: a share, 0 to 1, and what it is a share of."""
        shown = {
            "speaker and stance right": (self.right, self.claims),
            "speaker right": (self.speaker, self.claims),
            "stance right": (self.stance, self.claims),
            "no claim found where there is none": (self.silent_right, self.silent),
            **{f"  {stance}": (right, of) for stance, (right, of) in sorted(self.right_by_stance.items())},
        }
        return {name: share(right, of) for name, (right, of) in shown.items()}


def is_speaker(found: str, names: Sequence[str]) -> bool:
    """Whether ``found`` is one of ``names``, letter case, articles and punctuation aside."""
    return normalise_answer(found) in {normalise_answer(name) for name in names}
