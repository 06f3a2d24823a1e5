#!/bin/sh
# Installs what a lock ($2) names into the environment of a Python ($1): each file by its hash, wheels where there are
# any, nothing that the lock does not name; then PyTorch in the version that pyproject.toml fixes, as the build that the
# machine's own package index gives, with that build's libraries; then On Record itself, from here.
set -eu

pip() { "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore "$@"; }

python=$1
torch=$(sed -n 's/.*"\(torch==[^"]*\)".*/\1/p' pyproject.toml)

echo "Installing what $2 names …"
pip --require-hashes --no-deps --prefer-binary -r "$2"
pip "$torch"
pip --no-deps --no-build-isolation -e .
"$python" -m pip check >/dev/null || { "$python" -m pip check; exit 1; }
