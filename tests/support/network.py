"""A network that leads nowhere: what tries to leave the machine is taken off the wire and counted, by the packet.

A process in a namespace of its own has loopback and one other way out, a tunnel that ends in this module; every name
it looks up is asked of a server of ours, which knows none. So compiled code is seen as well as Python's.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TUN, _SET_INTERFACE, _TUNNEL, _BARE = "/dev/net/tun", 0x400454CA, 0x0001, 0x1000
_UP = (
    "ip link set lo up",
    "ip addr add 198.51.100.2/24 dev out0",
    "ip link set out0 up",
    "ip route add default dev out0",
    "ip -6 addr add 2001:db8::2/64 dev out0 nodad",
    "ip -6 route add default dev out0",
)
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}
_OF_THE_KERNEL = {0, 58}
"""IPv6's neighbour and multicast messages, which Linux sends by itself when a device comes up."""

_REFUSED = 0x8183
"""A DNS answer's flags: there is no such name."""


@dataclass
class Wire:
    """What was seen: where packets wanted to go, and which names were looked up."""

    packets: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def taken(self) -> tuple[list[str], list[str]]:
        """What was seen since the last call."""
        seen = self.packets[:], self.names[:]
        del self.packets[: len(seen[0])], self.names[: len(seen[1])]
        return seen


def in_its_own(command: Sequence[str]) -> list[str]:
    """The command that runs ``command`` in a network and a file system of its own, as root there."""
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *mapped, "--net", "--mount", *command]


def why_not() -> str:
    """Why no such network can be had here; empty where it can."""
    missing = [tool for tool in ("unshare", "ip") if shutil.which(tool) is None]
    if missing:
        return f"{' and '.join(missing)} not installed (util-linux, iproute2)"
    tried = subprocess.run(in_its_own(["ip", "tuntap", "add", "dev", "out0", "mode", "tun"]), capture_output=True)
    return tried.stderr.decode().strip() if tried.returncode else ""


def wired(folder: Path) -> Wire:
    """Connects this process, which is in a namespace of its own, to a wire. For good: it ends with the process."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "not in a network of its own"
    tunnel = os.open(_TUN, os.O_RDWR)
    fcntl.ioctl(tunnel, _SET_INTERFACE, struct.pack("16sH22x", b"out0", _TUNNEL | _BARE))
    for command in _UP:
        subprocess.run(command.split(), check=True, capture_output=True)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", encoding="utf-8")
    subprocess.run(["mount", "--bind", str(folder / "resolv.conf"), "/etc/resolv.conf"], check=True)
    wire = Wire()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    for watching, source in ((_watch, tunnel), (_answer, server)):
        threading.Thread(target=watching, args=(source, wire), daemon=True).start()
    return wire


def _watch(tunnel: int, wire: Wire) -> None:
    while True:
        destination = destination_of(os.read(tunnel, 65_536))
        if destination:
            wire.packets.append(destination)


def _answer(server: socket.socket, wire: Wire) -> None:
    while True:
        asked, sender = server.recvfrom(4096)
        wire.names.append(name_in(asked))
        server.sendto(asked[:2] + struct.pack("!H", _REFUSED) + asked[4:6] + bytes(6) + asked[12:], sender)


def destination_of(packet: bytes) -> str:
    """Where an IP packet wants to go, as ``tcp 192.0.2.1 80``; empty for the kernel's own housekeeping."""
    if packet[0] >> 4 == 6:
        protocol, address, ports = packet[6], packet[24:40], packet[40:]
        if protocol in _OF_THE_KERNEL:
            return ""
    else:
        protocol, address, ports = packet[9], packet[16:20], packet[(packet[0] & 15) * 4 :]
    port = f" {struct.unpack('!H', ports[2:4])[0]}" if protocol in (6, 17) else ""
    return f"{_PROTOCOLS.get(protocol, protocol)} {ipaddress.ip_address(address)}{port}"


def name_in(question: bytes) -> str:
    """The name that a DNS message asks for."""
    labels, at = list[str](), 12
    while at < len(question) and question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode(errors="replace"))
        at += 1 + question[at]
    return ".".join(labels)
