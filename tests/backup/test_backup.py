"""A newsroom in one file, and back: whole, checked, and never in the way of those who work."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import pytest

from assistant.accounts.database import database_at
from assistant.accounts.permissions import Role
from assistant.backup import archive, restoring
from assistant.backup.databases import NoBackup, NotRestored, WrongBackup
from assistant.backup.making import back_up
from assistant.backup.restoring import finish, restore
from assistant.desk import Desk
from assistant.types.answers import NotFound
from assistant.types.turns import Turn
from indexes.fetch.subscriptions import FollowedFeeds
from indexes.storage.writer_lock import writing
from indexes.types.article import new_article
from indexes.types.errors import IndexBusy
from tests.support.fast_index import QuickIndex

FERRY = new_article("The Aldmoor ferry will stop on 14 October, harbour master Ines Torvald said.", id="ferry")
ROOF = new_article("The Aldmoor library opened again on Friday after its roof was mended.", id="roof")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an article, a conversation and a feed. Only to be read."""
    home = tmp_path_factory.mktemp("kept")
    with QuickIndex(home) as index:
        list(index.add([FERRY]))
    with Desk(database_at(home / "desk.db")) as desk:
        user = desk.users.add("ada", Role.EDITOR, "correct horse battery staple")
        desk.conversations.start(user.id, Turn("why?", "why?", NotFound("why?", ())))
    FollowedFeeds(home).add("https://paper.example/feed", "Paper")
    return home


@pytest.fixture
def file(kept: Path, tmp_path: Path) -> Path:
    back_up(kept, tmp_path / "backup.tar")
    return tmp_path / "backup.tar"


def rows(home: Path) -> dict[str, list[object]]:
    """Every row of every table of the three databases, but for the state of the indexes."""
    found: dict[str, list[object]] = {}
    for name in ("onrecord.db", "desk.db", "feeds.db"):
        with closing(sqlite3.connect(home / name)) as db:
            tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            found |= {f"{name} {table}": sorted(map(repr, db.execute(f"SELECT * FROM {table}"))) for table in tables}
    return found | {"onrecord.db meta": []}


def test_what_is_restored_is_what_was_backed_up(kept: Path, file: Path, tmp_path: Path) -> None:
    manifest = restore(tmp_path / "home", file)
    assert rows(tmp_path / "home") == rows(kept)
    assert manifest.holds == {
        "users": 1, "keys": 0, "conversations": 1, "feeds": 1, "articles": 1, "versions": 1, "passages": 1
    }  # fmt: skip
    with QuickIndex(tmp_path / "home") as index:
        index.mend()
        assert index.problems() == []
        assert [hit.article for hit in index.search("when does the ferry stop?")] == [FERRY]


def test_the_file_is_its_owners_alone_and_lies_there_alone(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_anyone_can_unpack_it_and_check_its_sums(file: Path) -> None:
    import hashlib

    with tarfile.open(file) as tar:
        content = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    sums = dict(reversed(line.split("  ")) for line in content["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(content[name]).hexdigest() for name in content if name != "SHA256SUMS"}
    assert sums.keys() == {"manifest.json", "desk.db", "feeds.db", "onrecord.db"}


def test_a_backup_overwrites_nothing(kept: Path, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(NoBackup, match=r"backup\.tar already exists and is not overwritten"):
        back_up(kept, file)
    assert file.read_bytes() == before


def test_a_backup_can_be_made_while_articles_are_added_and_holds_one_moment(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with QuickIndex(home) as index:
        list(index.add([FERRY]))
        enough = threading.Event()
        numbers = iter(range(10_000))

        def adding() -> None:
            while not enough.is_set():
                text = f"The council of ward {next(numbers)} met on Monday."
                list(index.add([new_article(text, id=f"ward-{index.store.revision()}")]))

        writer = threading.Thread(target=adding)
        writer.start()
        try:
            made = [back_up(home, tmp_path / f"{n}.tar") for n in range(5)]
        finally:
            enough.set()
            writer.join()
    counts = [manifest.holds["articles"] for manifest in made]
    assert counts == sorted(counts)
    assert [manifest.holds["passages"] for manifest in made] == counts, "no article is there without its passage"


def test_what_is_damaged_is_not_backed_up(kept: Path, tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(kept / "onrecord.db")) as source,
        closing(sqlite3.connect(tmp_path / "onrecord.db")) as db,
    ):
        source.backup(db)
    whole = bytearray((tmp_path / "onrecord.db").read_bytes())
    whole[-4096:] = b"\xff" * 4096
    (tmp_path / "onrecord.db").write_bytes(whole)
    with pytest.raises(NoBackup, match=r"onrecord\.db (is damaged|could not be copied): .*No backup was made"):
        back_up(tmp_path, tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["onrecord.db"]


def test_of_an_empty_folder_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="nothing to back up"):
        back_up(tmp_path, tmp_path / "backup.tar")


def test_a_changed_byte_anywhere_is_noticed_or_of_no_consequence(kept: Path, file: Path, tmp_path: Path) -> None:
    whole, refused = file.read_bytes(), 0
    for at in range(0, len(whole), len(whole) // 60):
        changed = tmp_path / "changed.tar"
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        try:
            restore(tmp_path / f"home-{at}", changed)
        except WrongBackup:
            refused += 1
            assert not (tmp_path / f"home-{at}").exists()
        else:
            assert rows(tmp_path / f"home-{at}") == rows(kept)
    assert refused > 50


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.9])
def test_a_backup_cut_off_is_refused(share: float, file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(WrongBackup):
        restore(tmp_path / "home", file)
    assert not (tmp_path / "home").exists()


def repacked(
    file: Path,
    change: Callable[[tarfile.TarFile], None],
    others: Mapping[str, bytes | None] = MappingProxyType({}),
    **manifest: object,
) -> None:
    """Writes ``file`` anew with other values in its manifest, right sums, and whatever ``change`` adds.

    ``others`` are further members, or those that are left out.
    """
    import hashlib

    with tarfile.open(file) as tar:
        content = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    content = {name: held for name, held in {**content, **others}.items() if held is not None}
    content["manifest.json"] = json.dumps(json.loads(content["manifest.json"]) | manifest).encode()
    sums = [(name, hashlib.sha256(held).hexdigest()) for name, held in content.items() if name != "SHA256SUMS"]
    content["SHA256SUMS"] = "".join(f"{digest}  {name}\n" for name, digest in sums).encode()
    with tarfile.open(file, "w") as tar:
        for name, held in content.items():
            put(tar, name, held)
        change(tar)


def put(tar: tarfile.TarFile, name: str, held: bytes = b"", **more: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(held)
    for field, value in more.items():
        setattr(member, field, value)
    tar.addfile(member, io.BytesIO(held))


@pytest.mark.parametrize(
    "change",
    [
        lambda tar: put(tar, "../escaped", b"x"),
        lambda tar: put(tar, "/tmp/escaped", b"x"),
        lambda tar: put(tar, "onrecord.db", b"x"),
        lambda tar: put(tar, "link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        lambda tar: put(tar, "onrecord.db", type=tarfile.LNKTYPE, linkname="desk.db"),
        lambda tar: put(tar, "onrecord.db", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        lambda tar: put(tar, "null", type=tarfile.CHRTYPE),
        lambda tar: put(tar, "folder", type=tarfile.DIRTYPE),
    ],
    ids=["above", "absolute", "twice", "symlink", "hard link", "symlink for a database", "device", "folder"],
)
def test_what_no_backup_holds_is_refused(change: Callable[[tarfile.TarFile], None], file: Path, tmp_path: Path) -> None:
    repacked(file, change)
    with pytest.raises(WrongBackup, match="has unexpected contents"):
        restore(tmp_path / "below" / "home", file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar"]


@pytest.mark.parametrize(
    "manifest",
    [
        {"format": 3},
        {"schemas": {"onrecord.db": "0099_next"}},
        {"schemas": {"onrecord.db": 4}},
        {"schemas": {"new.db": 0}},
    ],
)
def test_a_backup_of_a_newer_on_record_is_refused(manifest: dict[str, object], file: Path, tmp_path: Path) -> None:
    repacked(file, lambda tar: None, onrecord="9.1", **manifest)
    with pytest.raises(WrongBackup, match=r"was made by a newer version of On Record \(9\.1\)\. Update On Record"):
        restore(tmp_path / "home", file)
    assert not (tmp_path / "home").exists()


def test_a_backup_of_when_a_schema_was_a_number_is_restored(kept: Path, file: Path, tmp_path: Path) -> None:
    repacked(file, lambda tar: None, format=1, schemas={"onrecord.db": 3, "desk.db": 1, "feeds.db": 0})
    restore(tmp_path / "home", file)
    assert rows(tmp_path / "home") == rows(kept)


def test_a_file_that_is_no_database_of_ours_is_refused_though_the_manifest_names_it(file: Path, tmp_path: Path) -> None:
    sizes = json.loads(member(file, "manifest.json"))["bytes"]
    repacked(file, lambda tar: None, {"notes.txt": b"x"}, bytes={**sizes, "notes.txt": 1})
    refused(file, tmp_path, r"has unexpected contents \(notes\.txt\)\. Nothing was restored")


def test_a_database_whose_schema_is_not_told_is_refused(file: Path, tmp_path: Path) -> None:
    repacked(file, lambda tar: None, schemas={"onrecord.db": 3, "feeds.db": 0})
    refused(file, tmp_path, r"has unexpected contents \(desk\.db\)")


def test_a_backup_without_a_database_is_refused(file: Path, tmp_path: Path) -> None:
    none = dict.fromkeys(("onrecord.db", "desk.db", "feeds.db"))
    repacked(file, lambda tar: None, none, bytes={}, schemas={}, holds={})
    refused(file, tmp_path, r"holds no database\. Nothing was restored; use another backup")


@pytest.mark.parametrize("manifest", [{"bytes": ["desk.db"]}, {"schemas": {"desk.db": None}}, {"holds": None}])
def test_a_manifest_of_another_shape_is_refused(manifest: dict[str, object], file: Path, tmp_path: Path) -> None:
    repacked(file, lambda tar: None, **manifest)
    refused(file, tmp_path, r"manifest\.json cannot be read")


def refused(file: Path, folder: Path, told: str) -> None:
    """Whether the home is new or holds something: nothing of it is touched."""
    with QuickIndex(folder / "full") as index:
        list(index.add([ROOF]))
    for home, replace in ((folder / "new", False), (folder / "full", True)):
        with pytest.raises(WrongBackup, match=told):
            restore(home, file, replace)
    assert not (folder / "new").exists()
    with QuickIndex(folder / "full") as index:
        assert index.store.article_ids() == ["roof"]


def member(file: Path, name: str) -> bytes:
    with tarfile.open(file) as tar:
        return tar.extractfile(name).read()  # type: ignore[union-attr]


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 10240])
def test_another_file_is_no_backup(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(WrongBackup, match="backup"):
        restore(tmp_path / "home", tmp_path / "other")


def test_a_home_that_holds_something_is_replaced_only_when_told(kept: Path, file: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with QuickIndex(home) as index:
        list(index.add([ROOF]))
    before = rows(restored_copy(home, tmp_path / "copy"))
    with pytest.raises(NotRestored, match=r"is not empty, it holds onrecord\.db.*onrecord restore --replace"):
        restore(home, file)
    assert rows(restored_copy(home, tmp_path / "again")) == before
    restore(home, file, replace=True)
    assert rows(home) == rows(kept)
    with QuickIndex(home) as index:
        index.mend()
        assert [hit.article.id for hit in index.search("library roof ferry")] == ["ferry"]


def restored_copy(home: Path, other: Path) -> Path:
    """The home's state by way of a backup, as opening its files themselves would show less."""
    other.mkdir()
    back_up(home, other / "backup.tar")
    restore(other / "home", other / "backup.tar")
    for name in ("desk.db", "feeds.db"):
        (other / "home" / name).touch()
    return other / "home"


def test_a_home_in_use_is_not_replaced(file: Path, tmp_path: Path) -> None:
    with QuickIndex(tmp_path / "home") as index:
        list(index.add([ROOF]))
        with pytest.raises(NotRestored, match=r"onrecord\.db is in use. Stop the process using it \(onrecord serve\)"):
            restore(tmp_path / "home", file, replace=True)
        assert index.store.article_ids() == ["roof"]
    with Desk(database_at(tmp_path / "home" / "desk.db")), pytest.raises(NotRestored, match=r"desk\.db is in use"):
        restore(tmp_path / "home", file, replace=True)
    with writing(tmp_path / "home"), pytest.raises(IndexBusy):
        restore(tmp_path / "home", file, replace=True)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("call", range(1, 9))
def test_a_restoration_killed_anywhere_is_all_or_nothing(
    call: int, kept: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, calls = tmp_path / "home", iter(range(1, 1000))
    with QuickIndex(home) as index:
        list(index.add([ROOF]))
    with monkeypatch.context() as broken:
        for name in ("rename", "replace"):
            done = getattr(restoring.os, name)
            broken.setattr(restoring.os, name, lambda *given, done=done: killing(next(calls) == call, done, given))
        broken.setattr(archive, "sync_folder", lambda folder: killing(next(calls) == call, lambda: None, ()))
        with pytest.raises(Killed):
            restore(home, file, replace=True)
    finish(home)
    with QuickIndex(home) as index:
        index.mend()
        assert index.store.article_ids() in (["roof"], ["ferry"])
        assert (index.store.article_ids() == ["roof"]) == (call <= 3)  # the first is the lock's
        assert index.problems() == []
    assert call <= 3 or rows(home) == rows(kept)


def killing(now: bool, done: Callable[..., object], given: tuple[object, ...]) -> object:
    if now:
        raise Killed
    return done(*given)
