#!/bin/sh
# Sees to it that the browser tests have a Chromium; without one they are skipped and say so.
set -u

for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi

echo "Installing chromium for the browser tests …"
if ! command -v apt-get >/dev/null 2>&1 ||
    ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1
then
    echo "chromium could not be installed; the browser tests will be skipped. Install it: sudo apt install chromium" >&2
fi
exit 0
