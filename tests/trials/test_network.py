"""The watched network of the egress trial: what wants to leave is read off the wire, and what is looked up."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.network import destination_of, in_its_own, name_in, why_not

ROOT = Path(__file__).parents[2]
CONTROL = """
import json, sys, time
from pathlib import Path
from tests.faults.egress import call_out
from tests.support.network import wired
wire = wired(Path(sys.argv[1]))
time.sleep(0.3)
before = wire.taken()
call_out()
time.sleep(0.3)
print(json.dumps([before, wire.taken()]))
"""
TCP = bytes([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]) + bytes([198, 51, 100, 2, 192, 0, 2, 1])


def test_packets_are_told_by_where_they_go() -> None:
    assert destination_of(TCP + struct.pack("!HH", 40000, 443)) == "tcp 192.0.2.1 443"
    six = bytes([0x60, 0, 0, 0, 0, 8, 17, 64]) + bytes(16) + bytes.fromhex("20010db8" + "00" * 11 + "05")
    assert destination_of(six + struct.pack("!HH", 40000, 53)) == "udp 2001:db8::5 53"
    assert destination_of(six[:6] + b"\x3a" + six[7:] + bytes(4)) == ""


def test_the_name_that_is_looked_up_is_read() -> None:
    assert name_in(bytes(12) + b"\x07control\x07example\x00\x00\x01\x00\x01") == "control.example"


def test_what_calls_out_is_seen_and_otherwise_nothing(tmp_path: Path) -> None:
    if why_not():
        pytest.skip(f"no network of its own can be had: {why_not()}")
    command = in_its_own([sys.executable, "-c", CONTROL, str(tmp_path)])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stdout)
    assert before == [[], []]
    assert "tcp 192.0.2.1 80" in after[0]
    assert {"control.example", "compiled.example"} <= set(after[1])
