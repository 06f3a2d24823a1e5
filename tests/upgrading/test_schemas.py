"""A schema moves forward by named steps: nothing is lost, by whatever it is cut off, and readers only read.

``november/`` has the three databases as they were on 30 November 2026, before steps had names: their tables and rows.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from assistant.backup.databases import KINDS, Kind
from assistant.backup.making import back_up
from assistant.backup.restoring import restore
from indexes.storage import upgrading
from indexes.storage.backend import Place
from indexes.storage.upgrading import Schema, prepare, step_of
from indexes.types.errors import Damaged, DatabaseUnusable, IndexBusy
from tests.support.postgres import PostgreSQL

NOVEMBER = Path(__file__).parent / "november"
BY_NAME = {kind.schema.name: kind for kind in KINDS}
WHERE = ("sqlite", "postgresql")

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0099_next"
down_revision = "{newest}"

def upgrade():
    anew = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("{table}", recreate=anew) as table:
        table.add_column(sa.Column("pronouns", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE {table} SET pronouns = pronouns || '!'")
    {then}
"""
"""A step that makes a table anew which others refer to."""
REFERRED_TO = {"articles": "articles", "desk": "users", "feeds": "feeds"}


def november(kind: Kind, home: Path, url: str = "") -> None:
    """Makes the database as it was then."""
    script = (NOVEMBER / f"{kind.schema.name}.{'postgresql' if url else 'sqlite'}.sql").read_text(encoding="utf-8")
    if url:
        import psycopg

        with psycopg.connect(url.replace(" ", "%20")) as server:
            server.execute(script.encode())
    else:
        with closing(sqlite3.connect(home / kind.name)) as file:
            file.executescript(f"PRAGMA journal_mode = WAL; {script}")


@pytest.fixture(params=[f"{name} {where}" for name in BY_NAME for where in WHERE])
def then(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Kind, Callable[[], Place]]]:
    """A database as of then, and how to open it."""
    name, where = request.param.split()
    url = request.getfixturevalue("database_url") if where == "postgresql" else ""
    november(BY_NAME[name], tmp_path, url)
    opened: list[Place] = []

    def there() -> Place:
        opened.append(BY_NAME[name].place(tmp_path, url))
        return opened[-1]

    yield BY_NAME[name], there
    for place in opened:
        place.close()


def with_next_step(schema: Schema, folder: Path, then: str = "pass") -> Schema:
    """The schema of a next On Record: with one step more."""
    folder.mkdir()
    for step in schema.steps:
        (folder / f"{step}.py").write_bytes((schema.folder / f"{step}.py").read_bytes())
    source = NEXT.format(newest=schema.newest, table=REFERRED_TO[schema.name], then=then)
    (folder / "0099_next.py").write_text(source, encoding="utf-8")
    return replace(schema, folder=folder)


def rows(place: Place, schema: Schema) -> dict[str, list[Any]]:
    with place.reading() as db:
        return {
            table.name: sorted(map(repr, db.execute(select(text("*")).select_from(table))))
            for table in schema.tables.sorted_tables
        }


def shape(place: Place, schema: Schema) -> dict[str, Any]:
    """What Alembic's comparison does not look at: keys, what goes with whom, and what is SQLite's own."""
    with place.reading() as db:
        found = inspect(db)
        told: dict[str, Any] = {
            name: (
                found.get_pk_constraint(name)["constrained_columns"],
                [(key["constrained_columns"], key["options"]) for key in found.get_foreign_keys(name)],
                sorted((index["name"], index["column_names"]) for index in found.get_indexes(name)),
                sorted(key["column_names"] for key in found.get_unique_constraints(name)),
                [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(name)],
            )
            for name in schema.tables.tables
        }
        if not place.shared:
            listed = db.exec_driver_sql("SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main'").all()
            told["kept as"] = sorted(tuple(one) for one in listed)
            triggers = db.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
            told["triggers"] = sorted(tuple(one) for one in triggers)
            counts = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").all()
            told["never used again"] = sorted(tuple(one) for one in counts)
        return told


def differences(place: Place, schema: Schema) -> list[Any]:
    """How the database differs from the models, as Alembic sees it."""
    # Which of the two indexes there is, is the database's affair; that is in the shape.
    elsewhere = "versions_by_facet" if place.shared else "versions_by_day"
    options = {
        "compare_server_default": True,
        "include_name": lambda name, kind, _: kind != "table" or name in schema.tables.tables,
        "include_object": lambda _, name, kind, *__: kind != "index" or name != elsewhere,
    }
    with place.reading() as db:
        found = compare_metadata(MigrationContext.configure(db, opts=options), schema.tables)
    # A schema was once a number, which PostgreSQL kept as a comment.
    return [one for one in found if one[0] != "remove_table_comment"]


def test_a_database_of_then_becomes_one_of_now_with_every_row(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kind, opened = then
    place, schema = opened(), kind.schema
    before = rows(place, schema)
    assert all(before.values())
    prepare(place, schema)
    assert rows(place, schema) == before
    with place.reading() as db:
        assert schema.recorded_in(db) == schema.newest
    new = kind.place(tmp_path / "new", request.getfixturevalue("postgresql").new_database() if place.shared else "")
    prepare(new, schema)
    assert (differences(place, schema), differences(new, schema)) == ([], [])
    assert shape(place, schema) == shape(new, schema)
    new.close()


def test_a_reader_reads_a_database_of_then_and_writes_nothing(then: tuple[Kind, Callable[[], Place]]) -> None:
    kind, opened = then
    prepare(opened(), kind.schema, upgrade=False)
    with opened().reading() as db:
        assert kind.schema.recorded_in(db) == ""


def test_a_reader_says_what_to_run_where_a_step_is_missing(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path
) -> None:
    kind, opened = then
    ahead = with_next_step(kind.schema, tmp_path / "steps")
    told = (
        rf"was written by an older version of On Record \(schema {kind.schema.newest}\)\. "
        r"Back it up, then upgrade it: onrecord upgrade$"
    )
    with pytest.raises(DatabaseUnusable, match=told):
        prepare(opened(), ahead, upgrade=False)
    assert step_of(opened(), ahead) == kind.schema.newest


def test_a_table_is_made_anew_and_what_refers_to_it_stays(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path
) -> None:
    kind, opened = then
    place, ahead = opened(), with_next_step(kind.schema, tmp_path / "steps")
    before, table = rows(place, ahead), REFERRED_TO[ahead.name]
    prepare(place, ahead)
    after = rows(place, ahead)
    assert step_of(place, ahead) == "0099_next"
    assert after.pop(table) == [row.removesuffix(")") + ", '!')" for row in before.pop(table)]
    assert after == before
    with place.writing() as db:
        if not place.shared:
            assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_upgrade_that_fails_leaves_everything_as_it_was_and_is_done_the_next_time(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path
) -> None:
    kind, opened = then
    broken = with_next_step(kind.schema, tmp_path / "broken", "raise RuntimeError('cut off')")
    place = opened()
    before, looked = rows(place, broken), shape(place, broken)
    with pytest.raises(RuntimeError, match="cut off"):
        prepare(place, broken)
    assert (rows(place, broken), shape(place, broken)) == (before, looked)
    assert step_of(place, broken) == kind.schema.newest
    prepare(place, with_next_step(kind.schema, tmp_path / "whole"))
    assert step_of(place, broken) == "0099_next"


def test_an_upgrade_that_is_killed_leaves_everything_as_it_was_and_is_done_the_next_time(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path
) -> None:
    kind, opened = then
    killed = with_next_step(kind.schema, tmp_path / "killed", "import os; os.kill(os.getpid(), 9)")
    child = os.fork()
    if child == 0:
        try:
            prepare(opened(), killed)
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    place = opened()
    assert step_of(place, killed) == kind.schema.newest
    whole = with_next_step(kind.schema, tmp_path / "whole")
    prepare(place, whole)
    assert step_of(place, whole) == "0099_next"
    assert all(row.endswith(", '!')") for row in rows(place, whole)[REFERRED_TO[kind.schema.name]])


def test_an_upgrade_that_would_lose_a_reference_changes_nothing(tmp_path: Path) -> None:
    kind = BY_NAME["desk"]
    november(kind, tmp_path)
    losing = with_next_step(kind.schema, tmp_path / "steps", "op.execute('DELETE FROM users')")
    with closing(kind.place(tmp_path)) as place:
        before = rows(place, losing)
        with pytest.raises(Damaged, match=r"could not be upgraded: rows would be lost\. Nothing was changed"):
            prepare(place, losing)
        assert rows(place, losing) == before


def test_of_several_at_once_one_upgrades_and_all_go_on(then: tuple[Kind, Callable[[], Place]], tmp_path: Path) -> None:
    kind, opened = then
    ahead = with_next_step(kind.schema, tmp_path / "steps")
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda place: prepare(place, ahead), [opened() for _ in range(4)]))
    kept = rows(opened(), ahead)[REFERRED_TO[kind.schema.name]]
    assert kept
    assert all(row.endswith(", '!')") for row in kept)


def test_an_upgrade_waits_for_whoever_writes(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, opened = then
    ahead = with_next_step(kind.schema, tmp_path / "steps")
    monkeypatch.setattr(upgrading, "_PATIENCE", 0)
    with opened().writing_alone(), pytest.raises(IndexBusy):
        prepare(opened(), ahead)
    assert step_of(opened(), ahead) == kind.schema.newest
    prepare(opened(), ahead)
    assert step_of(opened(), ahead) == "0099_next"


def test_a_database_of_a_newer_on_record_is_refused_in_a_line(
    then: tuple[Kind, Callable[[], Place]], tmp_path: Path
) -> None:
    kind, opened = then
    prepare(opened(), with_next_step(kind.schema, tmp_path / "steps"))
    for upgrade in (True, False):
        with pytest.raises(
            kind.damaged, match=r"written by another version of On Record \(schema 0099_next\)\. Update On Record\.$"
        ):
            prepare(opened(), kind.schema, upgrade)


def test_tables_that_on_record_never_had_are_not_taken_for_its_own(tmp_path: Path) -> None:
    kind = BY_NAME["articles"]
    with closing(sqlite3.connect(tmp_path / kind.name)) as db:
        db.execute("CREATE TABLE versions (article_id TEXT)")
    with closing(kind.place(tmp_path)) as place, pytest.raises(Damaged, match="another version of On Record"):
        prepare(place, kind.schema)


def test_in_one_database_each_kind_moves_by_itself(database_url: str, tmp_path: Path) -> None:
    for kind in KINDS:
        november(kind, tmp_path, database_url)
    desk = BY_NAME["desk"]
    with closing(desk.place(tmp_path, database_url)) as place:
        prepare(place, with_next_step(desk.schema, tmp_path / "steps"))
    for kind in (BY_NAME["articles"], BY_NAME["feeds"]):
        with closing(kind.place(tmp_path, database_url)) as place:
            prepare(place, kind.schema)
            assert step_of(place, kind.schema) == kind.schema.newest


def test_a_backup_made_before_an_upgrade_is_restored_and_upgraded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for kind in KINDS:
        november(kind, home)
    manifest = back_up(home, tmp_path / "backup.tar")
    assert manifest.schemas == {kind.name: kind.schema.newest for kind in KINDS}
    restore(tmp_path / "restored", tmp_path / "backup.tar")
    for kind in KINDS:
        with closing(kind.place(home)) as old, closing(kind.place(tmp_path / "restored")) as new:
            before = rows(old, kind.schema)
            prepare(new, with_next_step(kind.schema, tmp_path / kind.schema.name))
            after = rows(new, kind.schema)
            del before[REFERRED_TO[kind.schema.name]], after[REFERRED_TO[kind.schema.name]]
            assert after == before


@pytest.mark.parametrize("kind", KINDS, ids=BY_NAME)
def test_each_step_is_named_as_its_file_and_leads_from_the_one_before(kind: Kind) -> None:
    folder = kind.schema.folder
    steps = {step.revision: step for step in ScriptDirectory(folder, version_locations=[folder]).walk_revisions()}
    assert tuple(sorted(steps)) == kind.schema.steps
    before = None
    for name in kind.schema.steps:
        assert (Path(steps[name].path).stem, steps[name].down_revision) == (name, before)
        assert len(name) <= 32
        before = name


OPENING = """
import sys
from pathlib import Path
from assistant.accounts.database import database_at
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.storage.store import Store
home = Path(sys.argv[1])
for _ in range(2):
    Store(home / "onrecord.db", sys.argv[2]).close()
    database_at(home / "desk.db", sys.argv[2]).close()
    FollowedFeeds(home, sys.argv[2]).add("https://quay.example/feed", "Quay")
assert "alembic" not in sys.modules
"""


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("before", [False, True], ids=["new", "of then"])
def test_where_there_is_nothing_to_do_alembic_is_not_loaded(
    where: str, before: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("database_url") if where == "postgresql" else ""
    for kind in KINDS if before else ():
        november(kind, tmp_path, url)
    subprocess.run([sys.executable, "-c", OPENING, str(tmp_path), url], check=True)


ASKING = """
import sys
sys.argv = ["onrecord", "ask", "When does the ferry stop?"]
from assistant.cli import main
try:
    main()
finally:
    assert "sqlalchemy" in sys.modules
    assert "alembic" not in sys.modules
"""


def test_asking_does_not_load_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", ASKING], cwd=tmp_path, capture_output=True, text=True)
    assert "AssertionError" not in done.stderr, done.stderr
    assert (tmp_path / "onrecord.db").stat().st_size


def test_three_kinds_are_three_tables_in_one_postgresql(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.new_database()
    for kind in KINDS:
        with closing(kind.place(tmp_path, url)) as place:
            prepare(place, kind.schema)
    found = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'onrecord' AND starts_with(tablename, 'alembic') ORDER BY 1"
    )
    assert [row[0] for row in postgresql.run(postgresql.databases[-1], found)] == [
        "alembic_version_articles",
        "alembic_version_desk",
        "alembic_version_feeds",
    ]
