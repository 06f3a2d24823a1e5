"""Joins a Ray cluster, or tells in one line why not."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from indexes.ingest.ray.cluster import Cluster, why
from indexes.storage.store import Recipe
from indexes.types.errors import ClusterFailed

_KNOCK_SECONDS, _JOIN_SECONDS = 5, 30
_HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_SETTINGS = b"\x04"
"""How gRPC, which Ray speaks, is greeted, and by which byte its answer is known (RFC 9113, 3.4)."""


@contextmanager
def joined(address: str, recipe: Recipe) -> Iterator[Cluster]:
    """The cluster at ``address`` ("host:port", or "auto" for that of this machine), until it is left.

    Raises:
        ClusterFailed: it cannot be joined, or one of its machines would make something else than ``recipe`` says.
    """
    ray = _ray()
    _knock(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # of many kinds, by version and by what is wrong
        raise _not_joined(address, error) from None
    try:
        cluster = Cluster(ray, address)
        cluster.examine(recipe)
        yield cluster
    finally:
        ray.shutdown()


def _ray() -> Any:
    """Ray, kept from telling anyone that it is used, and from printing over what a command prints."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
    os.environ.setdefault("RAY_gcs_server_request_timeout_seconds", str(_JOIN_SECONDS))
    try:
        import ray
        from ray._private import worker
    except ImportError:
        raise ClusterFailed(
            'Adding on a cluster needs Ray, which is not installed: pip install "onrecord[ray]"'
        ) from None
    worker.print_to_stdstream = lambda *_, **__: None
    return ray


def _knock(address: str) -> None:
    """Raises ClusterFailed if nothing that speaks as Ray does answers there: Ray itself might wait for ever."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise ClusterFailed(f"{address!r} is not the address of a Ray cluster: give HOST:PORT of its head, or auto.")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS) as there:
            if "RAY_USE_TLS" in os.environ:
                return
            there.sendall(_HTTP_2)
            answer = there.recv(9)
    except (OSError, OverflowError) as error:
        raise ClusterFailed(
            f"No Ray cluster answers at {address} ({error}). Start one: ray start --head --disable-usage-stats"
        ) from None
    if answer[3:4] != _SETTINGS:
        raise ClusterFailed(f"What answers at {address} is not a Ray cluster. The head's port is 6379 by default.")


def _not_joined(address: str, error: Exception) -> ClusterFailed:
    return ClusterFailed(
        f"The Ray cluster at {address} could not be joined: {why(error)}. This machine has to be one of its machines, "
        "with the same Ray and Python, and its token if it asks for one (RAY_AUTH_MODE): "
        f"ray start --address={address} --num-cpus=0"
    )
