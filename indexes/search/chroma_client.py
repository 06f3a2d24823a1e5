"""Calls on a Chroma server, every one with an end, and what it means when one fails.

Chroma's own client, without the parts of it that ask the network before they can be given a time limit, and without
any embedding function: only vectors go there. Never reads a collection's configuration, out of which the client would
build what the server tells it to.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

from indexes.search.ann import EngineAway, GenerationDamaged

_CONNECTING, _SILENCE = 5.0, 120.0
"""Seconds. A server that takes in its last batch writes all of a collection to its files first."""
_DAMAGE = ("InternalError", "InvalidArgumentError", "InvalidDimensionException", "NotFoundError")
"""What Chroma calls it when a collection cannot be searched as it should."""


Found = TypeVar("Found")


@dataclass(frozen=True)
class ChromaServer:
    """Where a Chroma server is, and who we are to it."""

    url: str
    token: str = field(default="", repr=False)
    tenant: str = "default_tenant"
    database: str = "default_database"


class Calls:
    """One client on one server. Any thread may use it."""

    def __init__(self, server: ChromaServer) -> None:
        self.server = server
        self.label = f"the Chroma server at {server.url}"

    def collection(self, name: str) -> Any:
        """Raises GenerationDamaged: there is none of this name."""
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
        """Tells what is done inside: a collection that is damaged, or a server that cannot be used.

        Of what another server or a proxy wrote nothing is repeated.
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
            if isinstance(error.__context__, HTTPStatusError):  # Chroma's client makes a bare text of what a proxy said
                raise self._away(f"answers {error.__context__.response.status_code}") from error
            raise self._away(f"does not answer as Chroma does ({type(error).__name__})") from error

    def within(self, seconds: float, call: Callable[[], Found]) -> Found:
        """What ``call`` gives; whoever asked does not wait for it any longer than this."""
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
        """Chroma's HTTP client. chromadb.HttpClient would send three requests first, and wait for them for ever."""
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
        """The token for a proxy in front, and under the name that Chroma's cloud knows."""
        token = self.server.token
        return {"Authorization": f"Bearer {token}", "X-Chroma-Token": token} if token else {}

    def _collection(self, model: Any) -> Any:
        from chromadb.api.models.Collection import Collection

        return Collection(client=self._api, model=model, embedding_function=None, data_loader=None)
