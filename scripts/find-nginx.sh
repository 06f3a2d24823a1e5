#!/bin/sh
# Sees to it that the tests behind a proxy have Debian's nginx; without it they are skipped and say so. It is unpacked
# into build/nginx and not installed: that needs no root, and no web server starts on the machine.
set -u

PATH="$PATH:/usr/sbin"
command -v nginx >/dev/null 2>&1 && exit 0
[ -x build/nginx/usr/sbin/nginx ] && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi

unpack() {
    mkdir -p build/nginx && cd build/nginx && apt-get download -qq nginx && dpkg -x nginx_*.deb . && [ -x usr/sbin/nginx ]
}

echo "Unpacking nginx for the tests behind a proxy …"
if ! command -v apt-get >/dev/null 2>&1 ||
    ! { (unpack) || { $as_root apt-get update -qq && (unpack); }; } >/dev/null 2>&1
then
    echo "nginx could not be had; the tests behind a proxy will be skipped. Install it: sudo apt install nginx" >&2
fi
exit 0
