"""Keeps derived data in step with the stored articles: after a write, if damaged, or if another machine has written.

A command does this before it searches, a server in the background.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from indexes.ingest import reindex
from indexes.periodic import Periodic
from indexes.search import exact, keyword_index, vector_search
from indexes.search.ann import Engine, EngineAway
from indexes.search.chroma_client import ChromaServer
from indexes.search.chroma_files import ChromaFolder
from indexes.search.chroma_server import ChromaShared
from indexes.storage.store import Store
from indexes.storage.writer_lock import writing
from indexes.types.errors import DiskFailed, IndexBusy

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0
_log = logging.getLogger(__name__)


class BackgroundRepair:
    """At most one thread, which retries until it succeeds: another process may be writing, or the disk may be full."""

    def __init__(self, mend: Callable[[], bool]) -> None:
        """``mend`` does the repair, and returns False if it has to be tried again."""
        self._mend = mend
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._wanted = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts a repair in the background. Returns at once; may be called any number of times."""
        with self._starting:
            self._wanted = not self._closing.is_set()
            if self._wanted and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mend", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Starts nothing more, and waits up to 10 seconds for a running repair, which may also be interrupted."""
        with self._starting:
            self._closing.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=10)

    def _run(self) -> None:
        wait = _FIRST_WAIT
        while self._is_wanted():
            if self._attempt():
                wait = _FIRST_WAIT
                continue
            with self._starting:
                self._wanted = True
            self._closing.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _is_wanted(self) -> bool:
        """Whether there is something to do. Resets the flag, so damage found from now on means another repair."""
        with self._starting:
            wanted, self._wanted = self._wanted and not self._closing.is_set(), False
            if not wanted:
                self._thread = None
            return wanted

    def _attempt(self) -> bool:
        try:
            return self._mend()
        except Exception as error:
            _log.warning("the index cannot be repaired yet: %s: %s", type(error).__name__, error)
            return False


class DerivedIndexes:
    """The derived data of one index on this machine. Vectors on a shared Chroma server are left alone."""

    def __init__(self, home: Path, store: Store, engine: Engine) -> None:
        self._home, self._store, self._engine = home, store, engine

    def bring_up_to_date(self) -> None:
        """Brings everything up to date; rebuilds it if something was removed, even by a process that was killed."""
        reindex.tell_untold_stories(self._store)
        kept, removals = self._store.recipe(), self._store.removals_left()
        if kept is not None:
            keyword_index.bring_up_to_date(self._home, self._store, kept[0], anew=bool(removals))
            exact.bring_up_to_date(self._home, self._store, kept[0], anew=bool(removals))
            if self._engine.here:
                self._engine.bring_up_to_date(kept[0], anew=bool(removals))
        if removals:
            self._store.forget_removals(removals)

    def make_anew(self) -> None:
        """Rebuilds everything from the stored articles alone."""
        kept = self._store.recipe()
        if kept is not None:
            removals = self._store.removals_left()
            keyword_index.rebuild(self._home, self._store, kept[0])
            exact.bring_up_to_date(self._home, self._store, kept[0], anew=True)
            if self._engine.here:
                self._engine.rebuild(kept[0])
            self._store.forget_removals(removals)

    def bring_keywords_up_to_date(self) -> None:
        """Brings the keyword index alone up to date, before articles are added."""
        kept = self._store.recipe()
        if kept is not None:
            keyword_index.bring_up_to_date(self._home, self._store, kept[0])

    def take_in_keywords(self) -> None:
        """Adds what was written since the keyword index was last brought up to date by this process."""
        kept = self._store.recipe()
        if kept is not None:
            keyword_index.take_in(self._home, self._store, kept[0])

    def problems(self, recipe: int) -> list[str]:
        """Problems with derived data, each with what to do."""
        lines = keyword_index.problems(self._home, self._store, recipe)
        found = [f"keyword index: {line}. Rebuild it: onrecord reindex" for line in lines]
        return [*found, *vector_search.problems(self._home, self._store, self._engine, recipe)]


_FOLLOWED_EVERY = 2
"""Seconds between a server's checks for what other machines have written."""


class Maintenance:
    """Maintains one index: its files on this machine, and its vectors on a Chroma server."""

    def __init__(self, home: Path, store: Store, chroma: ChromaServer | None, in_background: bool) -> None:
        self._home, self._store, self._in_background = home, store, in_background
        self._mender = BackgroundRepair(self.mend)
        self.engine = ChromaShared(home, store, chroma, self.on_damage) if chroma else ChromaFolder(home, store)
        self._derived = DerivedIndexes(home, store, self.engine)
        self._following = Periodic(
            "follow", _FOLLOWED_EVERY, self.follow, "changes made on other machines could not be followed"
        )
        if in_background and store.place.shared:
            self._following.start()

    def close(self) -> None:
        self._following.close()
        self._mender.close()

    def on_damage(self) -> None:
        """To be called when damage is found. Returns at once."""
        if self._in_background:
            self._mender.start()

    def mend(self) -> bool:
        """Rebuilds damaged or missing derived data. Returns False if another process is writing or Chroma is away."""
        try:
            self._mend_here()
            if not self.engine.here and self._store.recipe():
                with self._store.writing_alone():
                    self.engine.bring_up_to_date(self._number())
        except (IndexBusy, EngineAway):
            return False
        return True

    def before_search(self, is_sound: Callable[[], bool]) -> None:
        """Does in a command what a server does in the background. If nothing can be written, the search goes ahead."""
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
            _log.warning("searched without updating the index first: %s", error)

    def follow(self) -> None:
        """Brings this machine's derived data up to what others have written, unless another process is doing so."""
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
        """A batch of articles was committed: makes their words searchable."""
        self._here(self._derived.take_in_keywords)

    def written(self) -> None:
        """The writer has finished: brings all derived data up to date."""
        self._tell_server()
        if self._store.place.shared:
            self.follow()
        else:
            self._derived.bring_up_to_date()
            self._store.place.wipe_deleted()

    def make_anew(self) -> None:
        """Rebuilds all derived data, here and on the Chroma server.

        Raises:
            IndexBusy: another process on this machine is writing derived data.
            EngineAway: the Chroma server cannot be used right now; everything else was rebuilt.
        """
        with self._caching():
            self._derived.make_anew()
        if not self.engine.here:
            self.engine.rebuild(self._number())

    def tidy(self) -> None:
        """Finishes removals that were killed midway, or that another process, still reading, held up."""
        if self._store.removals_left():
            self.mend()
        self._store.place.wipe_deleted()

    def problems(self, recipe: int) -> list[str]:
        """Problems with derived data, each with what to do."""
        return self._derived.problems(recipe)

    def _mend_here(self) -> None:
        with writing(self._home):
            self._derived.bring_up_to_date()

    def _here(self, derive: Callable[[], None]) -> None:
        """Derives something on this machine, unless another process is writing derived data."""
        with suppress(IndexBusy), self._caching():
            derive()

    @contextmanager
    def _caching(self) -> Iterator[None]:
        """Holds the lock for writing derived data on this machine. With SQLite, the writer already holds it.

        Raises:
            IndexBusy: another process holds it.
        """
        with writing(self._home) if self._store.place.shared else nullcontext():
            yield

    def _tell_server(self) -> None:
        """Brings the vectors on a Chroma server up to date. If it is away, that is tried again later."""
        if self.engine.here or not self._store.recipe():
            return
        try:
            self.engine.bring_up_to_date(self._number())
        except EngineAway as error:
            _log.warning("new passages use exact search for now: %s", error)
            self.on_damage()

    def _number(self) -> int:
        kept = self._store.recipe()
        assert kept is not None
        return kept[0]
