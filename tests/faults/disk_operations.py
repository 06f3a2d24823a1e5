"""What is done while the disk fails, and what must hold of it afterwards."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from assistant.accounts.credentials import Passwords
from assistant.accounts.database import database_at
from assistant.accounts.errors import NoSuchConversation
from assistant.accounts.permissions import Role
from assistant.backup import archive
from assistant.backup.databases import WrongBackup
from assistant.backup.making import back_up
from assistant.backup.restoring import finish, restore
from assistant.desk import Desk
from assistant.types.answers import NotFound
from assistant.types.turns import Turn
from indexes import Index
from indexes.ingest import pipeline
from indexes.search.vector_search import VectorSearch
from tests.support.fast_index import QuickIndex, story

TOKENS = 40
QUESTION = "What did the bridge of council 3 cost?"
PASSWORD = "correct horse battery staple"
Tell = Callable[[str], None]


class Deed(ABC):
    """Something that writes. It tells what is done, as a command does by a line and a server by a status."""

    @abstractmethod
    def prepare(self, home: Path) -> None:
        """What is there before, and nothing fails."""

    @abstractmethod
    def open(self, home: Path) -> None:
        """A server that runs already when the disk begins to fail."""

    @abstractmethod
    def do(self, home: Path, tell: Tell) -> None: ...

    @abstractmethod
    def read(self) -> None:
        """What that server must be able to do while the disk fails."""

    @abstractmethod
    def lost(self, home: Path, told: list[str]) -> Iterator[str]:
        """What was told and is not so, and what is damaged."""

    @abstractmethod
    def state(self, home: Path) -> Any:
        """What is there once it is done, to be compared with where nothing ever failed."""


class OnIndex(Deed):
    """Something done to an index of six articles, which a server has open."""

    tokens = TOKENS

    def prepare(self, home: Path) -> None:
        with QuickIndex(home, passage_tokens=TOKENS) as index:
            list(index.add(story(n) for n in range(6)))

    def open(self, home: Path) -> None:
        self._server = QuickIndex(home, passage_tokens=TOKENS)
        self.read()

    def read(self) -> None:
        assert self._server.search(QUESTION), "nothing is found"
        assert self._server.store.article("story-3").text == story(3).text

    def state(self, home: Path) -> Any:
        with QuickIndex(home, passage_tokens=self.tokens) as index:
            kept = index.store.recipe()
            assert kept is not None, "there is no recipe"
            assert not (problems := index.problems()), problems
            assert not (missing := list(unfindable(index, kept[0]))), f"{len(missing)} vectors are not found"
            versions = {id: index.store.versions(id) for id in index.store.article_ids()}
            return versions, vector_sums(index, kept[0]), [hit.passage.id for hit in index.search(QUESTION)]


class Change(OnIndex):
    """One that goes through the index, and tells of each step."""

    @abstractmethod
    def change(self, index: Index, tell: Tell) -> None: ...

    @abstractmethod
    def is_so(self, index: Index, told: str) -> bool: ...

    def do(self, home: Path, tell: Tell) -> None:
        pipeline.BATCH = 8
        with QuickIndex(home, passage_tokens=self.tokens) as index:
            self.change(index, tell)

    def lost(self, home: Path, told: list[str]) -> Iterator[str]:
        with QuickIndex(home, passage_tokens=TOKENS) as index:
            yield from harm(index)
            yield from (what for what in told if not self.is_so(index, what))


def harm(index: Index) -> Iterator[str]:
    """What is not as it must be, whatever was done."""
    yield from index.store.problems()
    kept = index.store.recipe()
    for id in index.store.article_ids():
        if kept is None or not index.store.passages_of(id, kept[0]):
            yield f"{id} has no passages"


def vector_sums(index: Index, recipe: int) -> dict[str, str]:
    """A SHA-256 of each passage's vector, by the passage's id, which names its text."""
    return {
        id: hashlib.sha256(row.tobytes()).hexdigest()
        for ids, _, rows in index.store.vectors(recipe)
        for id, row in zip(ids, rows, strict=True)
    }


def unfindable(index: Index, recipe: int) -> Iterator[int]:
    """The passages whose own vector does not find them."""
    with closing(VectorSearch(index.home, index.store)) as search:
        for _, seqs, rows in index.store.vectors(recipe):
            for seq, row in zip(seqs.tolist(), rows, strict=True):
                if seq not in dict(search.nearest(row, recipe, 3)):
                    yield seq


class FirstAdd(Change):
    """Articles into an empty home: everything is made for the first time."""

    def prepare(self, home: Path) -> None:
        home.mkdir()

    def open(self, home: Path) -> None:
        pass

    def read(self) -> None:
        pass

    def change(self, index: Index, tell: Tell) -> None:
        for outcome in index.add(story(n) for n in range(8)):
            if outcome.article and outcome.kind == "added":
                tell(outcome.article.id)

    def is_so(self, index: Index, told: str) -> bool:
        return index.store.article(told).text == story(int(told.split("-")[1])).text


class Add(Change):
    """New articles, and new versions of some, beside those that are there."""

    def change(self, index: Index, tell: Tell) -> None:
        for outcome in index.add(story(n, edition=2) for n in (0, 1, *range(6, 14))):
            if outcome.article and outcome.kind != "unchanged":
                tell(outcome.article.id)

    def is_so(self, index: Index, told: str) -> bool:
        return index.store.article(told).text == story(int(told.split("-")[1]), edition=2).text


class Remove(Change):
    """Articles are removed, and with them all indexes' copies at once."""

    def change(self, index: Index, tell: Tell) -> None:
        for id in ("story-0", "story-4"):
            if id in index.store.article_ids():
                tell(index.remove([id])[0].id)
        index.mend()

    def is_so(self, index: Index, told: str) -> bool:
        return told not in index.store.article_ids()


class Reindex(Change):
    """Everything is cut and embedded anew under another recipe."""

    tokens = 64

    def change(self, index: Index, tell: Tell) -> None:
        list(index.reindex())
        tell("reindexed")

    def read(self) -> None:
        assert self._server.store.article("story-3").text == story(3).text

    def is_so(self, index: Index, told: str) -> bool:
        kept = index.store.recipe()
        return kept is not None and kept[1].passage_tokens == self.tokens


class AtDesk(Deed):
    """Someone logs in, asks three times and deletes a conversation."""

    def prepare(self, home: Path) -> None:
        with _desk(home) as desk:
            ada = desk.users.add("ada", Role.EDITOR, PASSWORD)
            (home / "cookie").write_text(desk.sessions.begin(ada), encoding="ascii")
            desk.conversations.start(ada.id, _turn("before"))

    def open(self, home: Path) -> None:
        self._server, self._cookie = _desk(home), (home / "cookie").read_text(encoding="ascii")
        self.read()

    def read(self) -> None:
        user = self._server.sessions.current(self._cookie).user
        assert [one.title for one in self._server.conversations.list(user.id, "before")] == ["before"]

    def do(self, home: Path, tell: Tell) -> None:
        with _desk(home) as desk:
            ada = desk.logins.log_in("ada", PASSWORD, "127.0.0.1")
            tell(f"session {desk.sessions.begin(ada)}")
            started, first = desk.conversations.start(ada.id, _turn("one"))
            tell(f"turn {first.id}")
            tell(f"turn {desk.conversations.add(ada.id, started.id, _turn('two')).id}")
            gone, kept = desk.conversations.start(ada.id, _turn("three"))
            tell(f"turn {kept.id}")
            desk.conversations.delete(ada.id, gone.id)
            tell(f"gone {gone.id}")

    def lost(self, home: Path, told: list[str]) -> Iterator[str]:
        with _desk(home) as desk:
            ada = desk.users.named("ada")
            deleted = any(what.startswith("gone") for what in told)
            for kind, id in (what.split(" ", 1) for what in told[:3] if what):
                if kind == "session":
                    desk.sessions.current(id)
                elif kind == "turn":
                    desk.conversations.asked(ada.id, id)
            if deleted:
                try:
                    desk.conversations.conversation(ada.id, told[-1].split(" ")[1])
                    yield "a deleted conversation is back"
                except NoSuchConversation:
                    pass

    def state(self, home: Path) -> Any:
        with _desk(home) as desk:
            return desk.conversations.list(desk.users.named("ada").id)[0].title


def _desk(home: Path) -> Desk:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Desk(database_at(home / "desk.db"), auth="users", passwords=Passwords(cheap))


def _turn(question: str) -> Turn:
    return Turn(question, question, NotFound(question, ()))


class BackUp(OnIndex):
    """A backup onto the disk that fails: it is whole, or there is none."""

    def do(self, home: Path, tell: Tell) -> None:
        for old in home.glob("*.tar"):
            old.unlink()
        back_up(home, home / "backup.tar")
        tell("backed up")

    def lost(self, home: Path, told: list[str]) -> Iterator[str]:
        file = home / "backup.tar"
        try:
            with archive.opened(file):
                return
        except WrongBackup as error:
            if told or file.exists():
                yield str(error)

    def state(self, home: Path) -> Any:
        with archive.opened(home / "backup.tar") as backup:
            return backup.manifest.holds, backup.manifest.bytes


class Restore(OnIndex):
    """A backup replaces what is there: all of it, or nothing."""

    def prepare(self, home: Path) -> None:
        super().prepare(home)
        back_up(home, home / "backup.tar")
        with QuickIndex(home, passage_tokens=TOKENS) as index:
            index.remove(["story-0"])

    def open(self, home: Path) -> None:
        pass

    def read(self) -> None:
        pass

    def do(self, home: Path, tell: Tell) -> None:
        restore(home, home / "backup.tar", replace=True)
        tell("restored")
        with QuickIndex(home, passage_tokens=self.tokens) as index:
            index.mend()

    def lost(self, home: Path, told: list[str]) -> Iterator[str]:
        finish(home)
        with QuickIndex(home, passage_tokens=TOKENS) as index:
            yield from harm(index)
            if told and index.store.article_ids() != [f"story-{n}" for n in range(6)]:
                yield from told


DEEDS: dict[str, Deed] = {
    "first add": FirstAdd(),
    "add": Add(),
    "remove": Remove(),
    "reindex": Reindex(),
    "desk": AtDesk(),
    "backup": BackUp(),
    "restore": Restore(),
}
