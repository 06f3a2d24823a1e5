"""A Ray cluster of two machines, both of them this one, with nothing that Ray would tell anyone about it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_STORE_BYTES = 80_000_000


class Machines:
    """``address`` of the head, which is one machine; the other may be lost."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": _STORE_BYTES}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self._cluster.address
        self.be_two()

    def be_two(self) -> None:
        if not self._cluster.worker_nodes:
            self._cluster.add_node(num_cpus=1, object_store_memory=_STORE_BYTES)

    def lose_one(self) -> None:
        """The second machine is gone at once, with all that ran on it."""
        self._cluster.remove_node(next(iter(self._cluster.worker_nodes)), allow_graceful=False)

    def kill_workers(self) -> int:
        """SIGKILL for every process that does the cluster's work; how many there were."""
        workers = [worker for machine in self._cluster.list_all_nodes() for worker in _workers_of(machine)]
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        return len(workers)

    def close(self) -> None:
        self._cluster.shutdown()


@contextmanager
def two_machines() -> Iterator[Machines]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    machines = Machines()
    try:
        yield machines
    finally:
        machines.close()


def _workers_of(machine: Any) -> list[int]:
    """Processes that do, or wait for, Ray's work; not those that only look after the machine."""
    raylet = machine.all_processes["raylet"][0].process.pid
    children = Path(f"/proc/{raylet}/task/{raylet}/children").read_text(encoding="ascii").split()
    return [int(child) for child in children if _name(child).startswith(("ray::IDLE", "ray::read", "ray::embed"))]


def _name(process: str) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
