#!/bin/sh
# Makes a virtual environment ($1) with Python 3.11 or newer; installs Debian's venv package where it is missing and we may.
set -eu
venv=$1

[ -x "$venv"/bin/python ] && "$venv"/bin/python -m pip --version >/dev/null 2>&1 && exit 0

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
    if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "On Record needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3" >&2
    exit 1
fi

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi

if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    rm -rf "$venv"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! command -v apt-get >/dev/null 2>&1 ||
        ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq "python$version-venv"; } >/dev/null 2>&1
    then
        echo "$python cannot make virtual environments. Install them: sudo apt install python$version-venv" >&2
        exit 1
    fi
    "$python" -m venv "$venv"
fi
