"""Which of all the wrong requests are sent, and by whom: by chance, and the same ones for the same seed."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.faults.fuzz_cases import THEIRS, Case, wrong
from tests.faults.fuzz_sending import Visitors
from tests.faults.fuzz_tables import Tables
from tests.faults.fuzz_visitors import OWNER, USERS

_SHARES = {"operations": 0.4, "steps": 0.35, "routes": 0.25}
_CHANCE_OF_A_USER, _CHANCE_OF_ADMIN = 0.85, 0.6


def chosen(tables: Tables, count: int, seed: int, has_others: bool = True) -> list[Case]:
    """So many cases: of each family its share, and in it as many of each route.

    Without ``has_others`` there is no other user, so that no session is another's.
    """
    chance = random.Random(seed)
    families: dict[str, dict[str, list[Case]]] = {name: defaultdict(list) for name in _SHARES}
    operations = {one.name for one in tables.operations}
    for case in wrong(tables):
        if has_others or THEIRS.encode() not in case.target.encode() + (case.body or b""):
            family, group = _place(case, operations)
            families[family][group].append(case)
    picked = [_in_turn([*families[name].values()], round(count * share), chance) for name, share in _SHARES.items()]
    mixed = list(itertools.chain.from_iterable(picked))
    chance.shuffle(mixed)
    return mixed


def given_out(cases: Sequence[Case], visitors: Visitors, seed: int) -> Iterator[tuple[Case, str]]:
    """Each case with who is to send it: mostly somebody who may, so that more than the gate is tried."""
    chance = random.Random(seed)
    others = sorted(set(visitors) - {OWNER})
    users = [str(role) for role in USERS if role in visitors] or others
    for case in cases:
        if case.step and chance.random() < _CHANCE_OF_A_USER:
            yield case, chance.choice(users)
        elif chance.random() < _CHANCE_OF_ADMIN:
            yield case, users[-1]
        else:
            yield case, chance.choice(others)


def _place(case: Case, operations: set[str]) -> tuple[str, str]:
    """The family of a case, and its group in there: methods of one address are one group where no document has them."""
    if case.route.startswith("step "):
        return "steps", case.route
    return ("operations", case.route) if case.route in operations else ("routes", case.route.partition(" ")[2])


def _in_turn(groups: list[list[Case]], count: int, chance: random.Random) -> list[Case]:
    """One of each group after the other, and those of each in a chance order, over and over."""
    for group in groups:
        chance.shuffle(group)
    chance.shuffle(groups)
    rounds = zip(*map(itertools.cycle, groups), strict=True) if groups else iter(())
    return list(itertools.islice(itertools.chain.from_iterable(rounds), count))
