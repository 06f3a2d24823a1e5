"""Keeps what is derived from the truth up to it: after every write, when it is damaged, when another machine wrote.

Where it runs: before each search in a command, in the background in a server.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from indexes.derived import Derived
from indexes.mending import Mender
from indexes.search.ann import EngineAway
from indexes.search.chroma_client import ChromaServer
from indexes.search.chroma_files import ChromaFolder
from indexes.search.chroma_server import ChromaShared
from indexes.storage.store import Store
from indexes.storage.writer_lock import writing
from indexes.types.errors import DiskFailed, IndexBusy, OnRecordError

_log = logging.getLogger(__name__)
_FOLLOWED_EVERY = 2
"""Seconds between two looks of a server at whether another machine wrote something."""


class Upkeep:
    """The upkeep of one index: of its files here, and of its vectors on a Chroma server."""

    def __init__(self, home: Path, store: Store, chroma: ChromaServer | None, in_background: bool) -> None:
        self._home, self._store, self._in_background = home, store, in_background
        self._mender = Mender(self.mend)
        self.engine = ChromaShared(home, store, chroma, self.on_damage) if chroma else ChromaFolder(home, store)
        self._derived = Derived(home, store, self.engine)
        self._closed = threading.Event()
        self._following: threading.Thread | None = None
        if in_background and store.place.shared:
            self._following = threading.Thread(target=self._follow_on, name="follow", daemon=True)
            self._following.start()

    def close(self) -> None:
        self._closed.set()
        if self._following is not None:
            self._following.join(timeout=10)
        self._mender.close()

    def on_damage(self) -> None:
        """Whoever finds something damaged calls it. Returns at once."""
        if self._in_background:
            self._mender.start()

    def mend(self) -> bool:
        """Rebuilds from the truth what is damaged or missing. Leaves it to whoever is writing, and tells if so."""
        try:
            self._mend_here()
            if not self.engine.here and self._store.recipe():
                with self._store.writing_alone():
                    self.engine.bring_up_to_date(self._number())
        except (IndexBusy, EngineAway):
            return False
        return True

    def before_search(self, is_sound: Callable[[], bool]) -> None:
        """What a server does in the background. Where nothing can be written, the search goes without."""
        if self._in_background:
            return
        try:
            if is_sound():
                self.follow()
            else:
                self._mend_here()
        except IndexBusy:
            pass
        except DiskFailed as error:
            _log.warning("searched as it is: %s", error)

    def follow(self) -> None:
        """Brings what this machine derives up to what was written on another. Leaves it to whoever is at it."""
        if not self._store.place.shared or self._store.followed() == self._store.written():
            return
        with suppress(IndexBusy), writing(self._home), self._store.snapshot():
            before, now = self._store.followed(), self._store.written()
            if now.follows(before):
                self._derived.bring_up_to_date()
            else:
                self._derived.make_anew()
            self._store.remember_followed(now)

    def before_adding(self) -> None:
        self._here(self._derived.bring_keywords_up_to_date)

    def committed(self) -> None:
        """Some articles of many were written: their words are found from now on."""
        self._here(self._derived.take_in_keywords)

    def written(self) -> None:
        """All that was to be written was."""
        self._tell_server()
        if self._store.place.shared:
            self.follow()
        else:
            self._derived.bring_up_to_date()
            self._store.place.wipe_deleted()

    def make_anew(self) -> None:
        """All that is derived, here and on the Chroma server.

        Raises:
            IndexBusy: another process of this machine is at it.
            EngineAway: all is made but what is on the server, which cannot be used for now.
        """
        with self._caching():
            self._derived.make_anew()
        if not self.engine.here:
            self.engine.rebuild(self._number())

    def tidy(self) -> None:
        """Finishes what a removal left undone: its process was killed, or somebody was reading what was removed."""
        if self._store.removals_left():
            self.mend()
        self._store.place.wipe_deleted()

    def problems(self, recipe: int) -> list[str]:
        """What is wrong with what is derived, each with what to do."""
        return self._derived.problems(recipe)

    def _mend_here(self) -> None:
        with writing(self._home):
            self._derived.bring_up_to_date()

    def _here(self, derive: Callable[[], None]) -> None:
        """Derives something on this machine, unless another process is at it."""
        with suppress(IndexBusy), self._caching():
            derive()

    @contextmanager
    def _caching(self) -> Iterator[None]:
        """Holds the only right on this machine to write what is derived. In a file's index the writer has it already.

        Raises:
            IndexBusy: another process is at it.
        """
        with writing(self._home) if self._store.place.shared else nullcontext():
            yield

    def _tell_server(self) -> None:
        """Brings the vectors on a Chroma server up to date. Away, it is told when it is back."""
        if self.engine.here or not self._store.recipe():
            return
        try:
            self.engine.bring_up_to_date(self._number())
        except EngineAway as error:
            _log.warning("what was written is searched exactly for now: %s", error)
            self.on_damage()

    def _number(self) -> int:
        kept = self._store.recipe()
        assert kept is not None
        return kept[0]

    def _follow_on(self) -> None:
        """Follows what is written on other machines until closed, whatever fails in between."""
        while not self._closed.wait(_FOLLOWED_EVERY):
            try:
                self.follow()
            except OnRecordError as error:
                _log.warning("what was written elsewhere could not be followed: %s", error)
