"""Trials: what is written down is what was measured, misses included."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.trial import Row, Trial, run_from_command_line


def steady(short: bool) -> Iterator[Row | str]:
    yield Row("kills", f"{2 if short else 200} kills, 0 lost", "0 lost", True, "1")
    yield "Each kill is a real one."


def weak(short: bool) -> Iterator[Row]:
    yield Row("time | load", "12 s", "10 s", False)


def broken(short: bool) -> Iterator[Row]:
    yield Row("before", "1", "1", True)
    raise OSError("no space left")


def killed(short: bool) -> Iterator[Row]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield Row("after", "1", "1", True)


def ran(page: Path, *arguments: str, trials: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["trials", *arguments])
    made = [Trial(name, f"Of {name}", run) for name, run in trials.items()]  # type: ignore[arg-type]
    return run_from_command_line("Tries.", made, page, "trials")


def test_a_page_keeps_each_trial_in_its_own_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Reliability\n\nWhat this is.\n", encoding="utf-8")
    trials = {"steady": steady, "weak": weak}
    assert ran(page, trials=trials, monkeypatch=monkeypatch) == 1
    whole = page.read_text(encoding="utf-8")
    assert whole.startswith("# Reliability\n\nWhat this is.\n\n<!-- steady -->\n## Of steady")
    assert "| 1 | kills | 200 kills, 0 lost | 0 lost | holds |" in whole
    assert "|  | time \\| load | 12 s | 10 s | **missed** |" in whole
    assert "Each kill is a real one." in whole
    assert ran(page, "steady", trials=trials, monkeypatch=monkeypatch) == 0
    again = page.read_text(encoding="utf-8")
    assert again.count("<!-- steady -->") == again.count("<!-- weak -->") == 1
    assert again.index("Of steady") < again.index("Of weak")


def test_a_short_run_writes_nothing_but_tells_of_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    assert ran(page, "--short", trials={"weak": weak}, monkeypatch=monkeypatch) == 1
    assert not page.exists()


def test_a_trial_that_cannot_be_run_is_a_missed_row_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    assert ran(page, trials={"broken": broken, "steady": steady}, monkeypatch=monkeypatch) == 2
    text = page.read_text(encoding="utf-8")
    assert "| the trial itself | failed: OSError: no space left | runs | **missed** |" in text
    assert "200 kills" in text


def test_an_unknown_trial_is_refused_with_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        ran(tmp_path / "page.md", "kils", trials={"kills": steady}, monkeypatch=monkeypatch)
    assert "no trial is called kils. There are: kills" in capsys.readouterr().err


def test_trials_have_processes_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ran(tmp_path / "page.md", trials={"killed": killed, "steady": steady}, monkeypatch=monkeypatch) == 2
    assert "200 kills" in (tmp_path / "page.md").read_text(encoding="utf-8")
