"""What becomes of a question when the language model fails, in each of the ways in which servers do, and how soon.

    python -m benchmarks.failures

A real server on loopback fails on purpose; the settings are the defaults. Each way has to end in a cited answer and a
notice, within 5 seconds of a connection that cannot be made and 15 in all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.assistant import Assistant
from assistant.claims.extraction import ClaimReader
from assistant.factory import open_judge, open_writer
from assistant.settings import Settings, load_settings
from assistant.types.answers import Answered
from benchmarks.model_server import FAULTS, mark_of, model_server
from benchmarks.samples import samples_index

_UNREACHABLE = {"refused": "http://127.0.0.1:9/v1", "no such host": "http://nowhere.invalid/v1"}
_CONNECTION, _IN_ALL = 5.0, 15.0


def main() -> None:
    load_settings()
    failed = 0
    with samples_index() as index:
        judge = open_judge(Settings(home=index.home), index)  # type: ignore[call-arg]
        claims = ClaimReader(judge.model)
        Assistant(index, judge).ask("Who won the chess tournament?")  # loading the reader is in nobody's time
        for fault in (*_UNREACHABLE, *FAULTS):
            with _server(fault) as url:
                settings = Settings(llm="openai", llm_model="model", llm_url=url)  # type: ignore[call-arg]
                assistant = Assistant(index, judge, open_writer(settings, index, claims), claims)
                start = time.monotonic()
                answer = assistant.ask("Who denied the call?")
                seconds = time.monotonic() - start
            limit = _CONNECTION if fault in (*_UNREACHABLE, "no tls") else _IN_ALL
            cited = isinstance(answer, Answered) and bool(answer.citations)
            notice = answer.notice if isinstance(answer, Answered) else str(answer)
            holds = cited and seconds <= limit and (bool(notice) or fault == "busy, says when")
            failed += not holds
            print(f"{'ok' if holds else 'FAILS':<6} {fault:<16} {seconds:5.1f} s  {notice}", flush=True)
    sys.exit(1 if failed else 0)


@contextmanager
def _server(fault: str) -> Iterator[str]:
    if fault in _UNREACHABLE:
        yield _UNREACHABLE[fault]
        return
    with model_server(_denying, fault) as server:
        yield server.url


def _denying(prompt: str) -> str:
    """A sentence that stands on the one it cites, under the number that one was given."""
    return f"Tomas Verrin denied the Harbour Post's report {mark_of('Presidential spokesman Tomas Verrin', prompt)}."


if __name__ == "__main__":
    main()
