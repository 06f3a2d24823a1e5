"""Client for a Chroma server: every call has a time limit, and failures are classified.

Uses Chroma's own client, without the parts that make requests before a time limit can be set, and without embedding
functions: only vectors are sent. Never reads a collection's configuration, from which the client would build objects of
the server's choosing.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from collections.abc import Collection as Several
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from indexes.search.ann import EngineAway, GenerationDamaged
from indexes.search.chroma_local import HNSW, MISSED_AT_MOST, candidates, check_found, unfound
from indexes.search.duplicate_vectors import fill
from indexes.storage.store import Store

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_CONNECTING, _SILENCE = 5.0, 120.0
"""Time limit in seconds. With the last batch, a server writes the whole collection to its files first."""
_DAMAGE = ("InternalError", "InvalidArgumentError", "InvalidDimensionException", "NotFoundError")
"""Chroma's errors for a collection that cannot be searched properly."""


Found = TypeVar("Found")


@dataclass(frozen=True)
class ChromaServer:
    """A Chroma server's address and our credentials."""

    url: str
    token: str = field(default="", repr=False)
    tenant: str = "default_tenant"
    database: str = "default_database"


class Calls:
    """A client of one server. Thread-safe."""

    def __init__(self, server: ChromaServer) -> None:
        self.server = server
        self.label = f"the Chroma server at {server.url}"

    def collection(self, name: str) -> Any:
        """The collection of this name. Raises GenerationDamaged if there is none."""
        with self.explained():
            return self._collection(self._api.get_collection(name, **self._where))

    def create(self, name: str, hnsw: dict[str, Any]) -> Any:
        from chromadb.api.collection_configuration import CreateCollectionConfiguration

        configuration = CreateCollectionConfiguration(hnsw=hnsw)
        with self.explained():
            return self._collection(self._api.create_collection(name, configuration=configuration, **self._where))

    def names(self) -> list[str]:
        with self.explained():
            return [model.name for model in self._api.list_collections(**self._where)]

    def delete(self, name: str) -> None:
        with self.explained():
            self._api.delete_collection(name, **self._where)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Translates errors inside it: the collection is damaged, or the server cannot be used.

        Text written by another server or a proxy is never repeated.
        """
        from chromadb.errors import ChromaError
        from httpx import HTTPError, HTTPStatusError, TimeoutException

        try:
            yield
        except (EngineAway, GenerationDamaged):
            raise
        except TimeoutException as error:
            raise self._away("does not answer in time") from error
        except HTTPError as error:
            raise self._away(f"cannot be reached: {error}") from error
        except ChromaError as error:
            if type(error).__name__ in _DAMAGE:
                raise GenerationDamaged(f"{self.label}: {type(error).__name__}: {str(error)[:200]}") from error
            raise self._away(f"refuses: {type(error).__name__}") from error
        except Exception as error:
            if isinstance(error.__context__, HTTPStatusError):  # Chroma's client reduces a proxy's reply to text
                raise self._away(f"answers {error.__context__.response.status_code}") from error
            raise self._away(f"does not answer as Chroma does ({type(error).__name__})") from error

    def within(self, seconds: float, call: Callable[[], Found]) -> Found:
        """The result of ``call``, waiting at most ``seconds`` for it."""
        told: queue.Queue[tuple[Found, None] | tuple[None, Exception]] = queue.Queue()

        def run() -> None:
            try:
                told.put((call(), None))
            except Exception as error:
                told.put((None, error))

        threading.Thread(target=run, name="chroma", daemon=True).start()
        try:
            outcome = told.get(timeout=seconds)
        except queue.Empty:
            raise self._away(f"does not answer within {seconds:g} seconds") from None
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]

    def close(self) -> None:
        if "_api" in self.__dict__:
            self._api._session.close()

    def _away(self, what: str) -> EngineAway:
        return EngineAway(f"{self.label} {what}. Check ONRECORD_CHROMA_URL and the server.")

    @property
    def _where(self) -> dict[str, str]:
        return {"tenant": self.server.tenant, "database": self.server.database}

    @cached_property
    def _api(self) -> Any:
        """Chroma's HTTP client. chromadb.HttpClient would first send three requests without a time limit."""
        import ssl

        import httpx
        from chromadb.api import ServerAPI
        from chromadb.config import Settings, System

        there = urlsplit(self.server.url)
        tls = there.scheme == "https"
        settings = Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=there.hostname,
            chroma_server_http_port=there.port or (443 if tls else 8000),
            chroma_server_ssl_enabled=tls,
            chroma_server_headers=self._headers(),
        )
        api = System(settings).instance(ServerAPI)
        headers, unlimited = api._session.headers, api._session
        unlimited.close()
        api._session = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(_SILENCE, connect=_CONNECTING),
            trust_env=False,
            verify=ssl.create_default_context() if tls else False,
        )
        return api

    def _headers(self) -> dict[str, str]:
        """The token, for a proxy in front and in the header that Chroma Cloud uses."""
        token = self.server.token
        return {"Authorization": f"Bearer {token}", "X-Chroma-Token": token} if token else {}

    def _collection(self, model: Any) -> Any:
        from chromadb.api.models.Collection import Collection

        return Collection(client=self._api, model=model, embedding_function=None, data_loader=None)


_IDENTITY = "chroma_identity"
_SAMPLE, _LATEST, _AT_ONCE, _PAGE = 16, 64, 500, 10_000


class Collection:
    """A collection. Its methods raise what Chroma's client raises, and GenerationDamaged."""

    def __init__(self, chroma: Any, store: Store, label: str) -> None:
        """``label`` names the server in reports of damage."""
        self._chroma, self._store, self._label = chroma, store, label

    def count(self) -> int:
        return int(self._chroma.count())

    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        """The ``top`` nearest by ``seq``, with their cosines."""
        found = self._chroma.query(query_embeddings=vector.reshape(1, -1), n_results=top, include=["distances"])
        ids, distances = found["ids"][0], found["distances"][0]
        return {int(id): 1.0 - float(distance) for id, distance in zip(ids, distances, strict=True)}

    def send(self, recipe: int, after: int) -> tuple[int, tuple[int, ...]]:
        """Sends all passages after ``after`` except those kept apart. Returns the last ``seq`` and those kept apart."""

        def put(ids: list[str], rows: Vectors) -> None:
            self._chroma.upsert(ids=ids, embeddings=rows)
            check_found(self._chroma, rows[-_LATEST:])

        return fill(put, self._store.vectors(recipe, after, batch=_AT_ONCE), after)

    def delete_all_but(self, live: set[int]) -> None:
        held: list[str] = []
        while page := self._chroma.get(include=[], limit=_PAGE, offset=len(held))["ids"]:
            held += page
        stale = [id for id in held if not id.isdecimal() or int(id) not in live]
        for start in range(0, len(stale), _AT_ONCE):
            self._chroma.delete(ids=stale[start : start + _AT_ONCE])

    def check_sample(self, recipe: int, last_seq: int, apart: Several[int]) -> None:
        """Checks that a sample of the stored vectors up to ``last_seq`` find themselves, except those ``apart``."""
        import numpy as np

        starts = np.random.default_rng().integers(0, last_seq, _SAMPLE)
        found = [next(iter(self._store.vectors(recipe, int(start), batch=1)), None) for start in starts]
        sample = {int(seqs[0]): rows[0] for _, seqs, rows in filter(None, found) if seqs[0] <= last_seq}
        sample = {seq: row for seq, row in sample.items() if seq not in apart}
        if not sample:
            return
        seqs = list(sample)
        lost = [seqs[place] for place in unfound(self._chroma, np.stack(list(sample.values())))]
        if len(self._store.ids(lost, recipe)) > MISSED_AT_MOST * len(sample):  # removed ones are not missing
            raise GenerationDamaged(f"{self._label} does not find its own vectors")


class Collections:
    """All collections, by number."""

    def __init__(self, store: Store, calls: Calls) -> None:
        self._store, self._calls = store, calls

    def __getitem__(self, number: int) -> Collection:
        """The collection of this number. Raises EngineAway, or GenerationDamaged if there is none."""
        return self._of(self._calls.collection(self.name(number)))

    def create(self, number: int, total: int) -> Collection:
        """Creates an empty collection for ``total`` vectors. A leftover of that number, from a kill, is deleted."""
        name = self.name(number)
        if name in self._calls.names():
            self._calls.delete(name)
        # Chroma rewrites its files in place after every this many vectors, and a kill then damages them: so only once.
        hnsw = {**HNSW, "ef_search": candidates(total), "sync_threshold": max(2, total), "batch_size": 100}
        return self._of(self._calls.create(name, hnsw))

    def discard_all_but(self, keep: set[int]) -> None:
        kept = {self.name(number) for number in keep}
        for name in self._calls.names():
            if name.startswith(self.name("")) and name not in kept:
                self._calls.delete(name)

    def name(self, number: int | str) -> str:
        return f"onrecord-{self._identity()}-{number}"

    def _identity(self) -> str:
        """Distinguishes this newsroom's collections from others on the same server."""
        kept = self._store.remembered(_IDENTITY)
        if kept is None:
            kept = token_hex(8)
            with self._store.transaction():
                self._store.remember(_IDENTITY, kept)
        return str(kept)

    def _of(self, chroma: Any) -> Collection:
        return Collection(chroma, self._store, self._calls.label)
