"""Serves, asks and stops, in a network of its own where there is one. Prints what was answered, and how many packets
to other machines the kernel had to turn away."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

import httpx
from serving import serving_anew

_SET_FLAGS, _UP = 0x8914, 0x41


def main(home: Path, calls_out: bool) -> None:
    if is_alone():
        switch_loopback_on()
    before = turned_away()
    kinds = [] if calls_out else answers(home)
    if calls_out:
        call_out()
    print(json.dumps({"kinds": kinds, "sent": turned_away() - before}))


def answers(home: Path) -> list[str]:
    """What a server of its own answers, from its start to its end."""
    with serving_anew(home) as url:
        for path in ("/", "/config", "/articles", "/api/v1/docs", "/metrics", "/gradio_api/startup-events"):
            httpx.get(url + path, timeout=60)
        return [
            httpx.post(url + "/api/v1/ask", json={"question": question}, timeout=60).json()["kind"]
            for question in ("who denied the call?", "Who won the World Cup?")
        ]


def is_alone() -> bool:
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def switch_loopback_on() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket, contextlib.suppress(OSError):
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))


def turned_away() -> int:
    """Packets without a route, and name look-ups that found no server on this machine."""
    rows = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    counts = {
        (names[0], name): int(count)
        for names, row in zip(rows[::2], rows[1::2], strict=True)
        for name, count in zip(names[1:], row[1:], strict=True)
    }
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return counts["Ip:", "OutNoRoutes"] + counts["Udp:", "NoPorts"] + int(six.get("Ip6OutNoRoutes", 0))


def call_out() -> None:
    """From a process that knows nothing of the hook, too."""
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    unseen = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    subprocess.run([sys.executable, "-S", "-c", unseen], capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] == "1")
