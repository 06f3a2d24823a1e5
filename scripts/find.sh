#!/bin/sh
# Sees to it that the tests have a program of Debian's: chromium, nginx, postgresql or strace. What cannot be had is said;
# the tests that need it are skipped then, and say so.
set -u
PATH="$PATH:/usr/sbin"
wanted="${1:-}"

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi

any_of() {
    for name in "$@"; do
        command -v "$name" && return 0
    done
    return 1
}

install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

refreshed() { $as_root apt-get update -qq; }

case "$wanted" in
chromium)
    needed_by="the browser tests"
    there() { any_of chromium chromium-browser google-chrome; }
    make() { refreshed && install chromium; }
    ;;
nginx) # Unpacked into build/nginx and not installed: that needs no root, and no web server starts on the machine.
    needed_by="the tests behind a proxy"
    there() { any_of nginx || [ -x build/nginx/usr/sbin/nginx ]; }
    unpack() {
        (mkdir -p build/nginx && cd build/nginx && apt-get download -qq nginx && dpkg -x nginx_*.deb . && [ -x usr/sbin/nginx ])
    }
    make() { unpack || { refreshed && unpack; }; }
    ;;
postgresql) # The tests start a server of their own: where it is installed here, none of the machine's own is made.
    needed_by="the tests of PostgreSQL"
    there() { any_of initdb /usr/lib/postgresql/*/bin/initdb; }
    make() {
        refreshed && install postgresql-common &&
            echo "create_main_cluster = false" | $as_root tee -a /etc/postgresql-common/createcluster.conf &&
            install postgresql
    }
    ;;
strace)
    needed_by="the fuzzing trial, to see what a process opens"
    there() { any_of strace; }
    make() { refreshed && install strace; }
    ;;
*)
    echo "usage: find.sh chromium|nginx|postgresql|strace" >&2
    exit 2
    ;;
esac

there >/dev/null 2>&1 && exit 0
echo "Getting $wanted for $needed_by …"
command -v apt-get >/dev/null 2>&1 && make >/dev/null 2>&1 && exit 0
echo "$wanted could not be had; it is needed by $needed_by. Install it: sudo apt install $wanted" >&2
exit 0
