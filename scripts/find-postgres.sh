#!/bin/sh
# Sees to it that the tests of PostgreSQL have Debian's server; without it they are skipped and say so. The tests start
# a server of their own in a temporary folder. Where it is installed here, no server of the machine's own is made.
set -u

for folder in /usr/lib/postgresql/*/bin; do
    [ -x "$folder/initdb" ] && exit 0
done
command -v initdb >/dev/null 2>&1 && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi

get() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

install() {
    get postgresql-common &&
        echo "create_main_cluster = false" | $as_root tee -a /etc/postgresql-common/createcluster.conf &&
        get postgresql
}

echo "Installing postgresql for the tests …"
if ! command -v apt-get >/dev/null 2>&1 || ! { $as_root apt-get update -qq && install; } >/dev/null 2>&1
then
    echo "postgresql could not be installed; its tests will be skipped. Install it: sudo apt install postgresql" >&2
fi
exit 0
