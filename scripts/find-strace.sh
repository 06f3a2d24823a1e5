#!/bin/sh
# Sees to it that the fuzzing trial and its tests have strace, to see what a process opens; without it they say so.
set -u

command -v strace >/dev/null 2>&1 && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi

echo "Installing strace for the fuzzing trial …"
if ! command -v apt-get >/dev/null 2>&1 ||
    ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends strace; } >/dev/null 2>&1
then
    echo "strace could not be installed; the fuzzing trial will miss what it watches. Install it: sudo apt install strace" >&2
fi
exit 0
