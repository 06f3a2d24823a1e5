"""``onrecord add``, and what holds for every command: help, settings, exit codes, one line for an error."""

from __future__ import annotations

import os
import socket
from importlib.metadata import version
from pathlib import Path

import pytest
from commands import installed, onrecord
from newsroom import TIDES, Newsroom

from indexes.storage.writer_lock import writing

pytestmark = pytest.mark.slow

COMMANDS = ["add", "ask", "search", "info", "remove", "reindex", "doctor", "evaluate", "serve"]


def test_good_files_are_added_beside_bad_ones_and_the_exit_code_tells(newsroom: Newsroom) -> None:
    added = [line for line in newsroom.added.lines if line.startswith("added ")]
    assert added == [
        "added      Aldmoor ferry to stop for the winter",
        "added      Lantern market keeps its Sundays",
        "added      Red [31mpaint on the quay",
        "added      Library roof mended",
        "added      Tide tables were wrong",
    ]
    assert newsroom.added.lines[-1] == "5 added, 0 updated, 0 unchanged, 6 refused"
    assert newsroom.added.code == 3
    assert newsroom.added.err == ""


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("articles/empty.txt", "the file is empty"),
        ("articles/junk.html", "it holds binary data, not text"),
        ("articles/cut.pdf", "it is damaged or not a PDF"),
        ("articles/long.txt", "1.2 MB is over the limit of 1 MB for one article (setting max_file_mb)"),
        ("articles/latin.txt", "byte 8 is not UTF-8 text. Save the file as UTF-8"),
        ("gone.txt", "there is no such file or folder"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_line_that_says_why(newsroom: Newsroom, file: str, reason: str) -> None:
    (line,) = [line for line in newsroom.added.lines if file in line]
    assert line.startswith(f"refused    {file}: {reason}")


def test_adding_the_same_again_changes_nothing(newsroom: Newsroom, copied_home: Path) -> None:
    good = [newsroom.folder / "articles" / name for name in ("ferry.md", "lanterns.txt", "quay.md", "roof.jsonl")]
    again = newsroom.ask("add", *good, home=copied_home)
    assert again.code == 0
    assert [line.split()[0] for line in again.lines[:-1]] == ["unchanged"] * 4
    assert again.lines[-1] == "0 added, 0 updated, 4 unchanged, 0 refused"


def test_a_changed_file_becomes_version_two(newsroom: Newsroom, copied_home: Path) -> None:
    (newsroom.folder / "tides.txt").write_text(TIDES + "\nNew tables will be printed by Monday.\n", encoding="utf-8")
    changed = newsroom.ask("add", "tides.txt", home=copied_home)
    assert changed.lines == [
        "updated    Tide tables were wrong (version 2)",
        "0 added, 1 updated, 0 unchanged, 0 refused",
    ]
    assert changed.code == 0


def test_add_for_machines_ends_with_the_counts(newsroom: Newsroom, copied_home: Path) -> None:
    files = ["articles/roof.jsonl", "articles/empty.txt"]
    roof, empty, counts = newsroom.ask("add", *files, "--json", home=copied_home).objects
    assert roof["kind"] == "unchanged"
    assert (roof["article_id"], roof["version"], roof["title"]) == ("qc-77", 1, "Library roof mended")
    assert (empty["kind"], empty["article_id"]) == ("refused", None)
    assert (empty["where"], empty["reason"]) == ("articles/empty.txt", "the file is empty")
    assert counts == {"added": 0, "updated": 0, "unchanged": 1, "refused": 1}


@pytest.mark.parametrize("command", [["info", "--articles"], ["info", "--articles", "--json"]])
def test_control_characters_of_a_title_never_reach_the_terminal(newsroom: Newsroom, command: list[str]) -> None:
    for printed in (newsroom.added.out, newsroom.ask(*command).out):
        assert "paint" in printed
        assert not {"\x1b", "\x07"} & set(printed)


@pytest.mark.parametrize("command", [["add", "tides.txt"], ["remove", "qc-77"], ["reindex"]])
def test_a_second_writer_is_told_who_is_writing(newsroom: Newsroom, copied_home: Path, command: list[str]) -> None:
    with writing(copied_home):
        refused = newsroom.ask(*command, home=copied_home)
    assert (refused.code, refused.out) == (4, "")
    assert f"is being written by process {os.getpid()} (" in refused.complaint


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [("port", "abc", "ONRECORD_PORT"), ("nope", "1", "ONRECORD_NOPE"), ("max_file_mb", "0", "ONRECORD_MAX_FILE_MB")],
)
def test_a_wrong_setting_in_the_environment_is_named_in_one_line(
    tmp_path: Path, name: str, value: str, named: str
) -> None:
    stopped = onrecord(tmp_path, "info", **{name: value})
    assert (stopped.code, stopped.out) == (1, "")
    assert stopped.complaint.startswith("onrecord: ")
    assert named in stopped.complaint


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("port = ", "onrecord.toml is not valid TOML"),
        ("prot = 1", "prot in onrecord.toml is no setting"),
        ("port = 70000", "port in onrecord.toml is 70000"),
    ],
)
def test_a_wrong_setting_in_the_file_is_named_in_one_line(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "onrecord.toml").write_text(content, encoding="utf-8")
    stopped = onrecord(tmp_path, "info")
    assert (stopped.code, stopped.out) == (1, "")
    assert named in stopped.complaint
    assert "onrecord.toml" in stopped.complaint


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_speaks_json(tmp_path: Path, command: str) -> None:
    told = installed(tmp_path, command, "--help")
    assert (told.code, told.err) == (0, "")
    assert told.lines[0].startswith(f"Usage: onrecord {command} ")
    assert "--json" in told.out


def test_help_lists_the_commands_and_the_exit_codes(tmp_path: Path) -> None:
    told = installed(tmp_path, "--help")
    assert told.code == 0
    assert [line.split()[0] for line in told.lines if line.startswith("  ") and line.split()[0] in COMMANDS] == COMMANDS
    assert "4 another process is writing" in told.out


def test_version_is_that_of_the_installed_package(tmp_path: Path) -> None:
    assert installed(tmp_path, "--version").lines == [version("onrecord")]


@pytest.mark.parametrize("arguments", [["ask"], ["search"], ["ask", "who?", "--nope"], ["add"], ["nope"]])
def test_wrong_usage_is_exit_code_two_and_leaves_stdout_alone(tmp_path: Path, arguments: list[str]) -> None:
    wrong = installed(tmp_path, *arguments)
    assert (wrong.code, wrong.out) == (2, "")
    assert "Traceback" not in wrong.err


def test_serve_on_a_taken_port_says_so_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stopped = onrecord(tmp_path, "serve", "--port", str(port))
    assert (stopped.code, stopped.out) == (1, "")
    assert stopped.complaint.startswith(f"onrecord: cannot listen on 127.0.0.1 port {port}: address already in use")


def test_a_cluster_that_is_not_there_is_one_line(newsroom: Newsroom) -> None:
    failed = newsroom.ask("add", "--ray", "127.0.0.1:9", "articles")
    assert (failed.code, failed.out) == (1, "")
    assert failed.complaint.startswith("onrecord: No Ray cluster answers at 127.0.0.1:9 (")
