"""Whoever asks, changes something or tries passwords too often, from made-up addresses, is held up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import httpx

from benchmarks.trial import Row
from tests.faults.newsroom import Newsroom, newsroom

_ASKS, _CHANGES, _LOGINS = 20, 30, 30
_OVER = 15
_TRIES = 10
"""Passwords of one account that may be tried in a quarter of an hour."""


def paces() -> Iterator[Row]:
    settings = {"asks_per_minute": _ASKS, "changes_per_minute": _CHANGES, "logins_per_minute": _LOGINS}
    given = {name: str(value) for name, value in settings.items()}
    with newsroom(2, **given) as served, httpx.Client(base_url=served.url, timeout=60) as client:
        key, search = served.keys[0], "/api/v1/search?q=canal"
        yield _row("searches with one key", _ASKS, lambda n: client.get(search, headers={**key, **_from(n)}))
        user = served.sessions[0]
        yield _row("searches of one user", _ASKS, lambda n: client.get(search, headers={**user, **_from(n)}))
        gone = "/api/v1/articles/nowhere"
        yield _row("removals with one key", _CHANGES, lambda n: client.delete(gone, headers={**key, **_from(n)}))
        yield _guessing(client, served)
        names = (f"nobody{n}" for n in range(10_000))
        yield _row("logins, each under another name", _LOGINS, lambda n: _try(client, served, next(names), n))


def _from(n: int) -> dict[str, str]:
    """Made up: no proxy is trusted here."""
    return {"X-Forwarded-For": f"198.51.100.{n}", "X-Real-IP": f"198.51.100.{n}", "Forwarded": f"for=198.51.100.{n}"}


def _row(what: str, most: int, ask: Callable[[int], httpx.Response]) -> Row:
    began = time.monotonic()
    answers = [ask(n) for n in range(most + _OVER)]
    return _held(f"{what}, each from another made-up address", answers, most, time.monotonic() - began)


def _held(what: str, answers: list[httpx.Response], a_minute: int, seconds: float) -> Row:
    """So many let through in the minute, a share more where it took longer; all others told when to come again."""
    most = a_minute + math.ceil(a_minute * seconds / 60)
    held = [answer for answer in answers if answer.status_code == 429]
    told = all(1 <= int(answer.headers.get("retry-after", 0)) <= 900 for answer in held)
    measured = f"{len(answers) - len(held)} of {len(answers)} let through, {len(held)} times 429 with Retry-After"
    target = f"{a_minute} in a minute: {most} in the {seconds:.0f} seconds it took"
    return Row(what, measured, target, told and 0 < len(answers) - len(held) <= most, "23")


def _guessing(client: httpx.Client, served: Newsroom) -> Row:
    """One account, as fast as can be; with the limits there are, that is one address, whatever it says it is."""
    answers = [_try(client, served, "user1", n) for n in range(_TRIES + _OVER)]
    return _held("passwords tried of one account, each from another made-up address", answers, _TRIES, 0)


def _try(client: httpx.Client, served: Newsroom, name: str, n: int) -> httpx.Response:
    form = {"name": name, "password": f"a wrong guess {n}"}
    return client.post("/login", data=form, headers={"Origin": served.url, **_from(n)})
