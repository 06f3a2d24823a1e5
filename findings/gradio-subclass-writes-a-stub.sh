#!/bin/sh
# gradio 6.31.0, Python 3.11: defining a subclass of a component writes a stub file (.pyi) beside the module that
# defines it: at import, without being asked, for a class that adds nothing.
#
# A linter or type checker then reads the stub in place of the module, and a read-only or shared source folder is
# written to by whoever imports it first.
#
# Seen: "before: shop.py" and "after: shop.py shop.pyi", the stub of ten lines for a module of five.
# Exits with 0 while this is so, with 1 when it has changed, with 2 when the package cannot be installed.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "gradio==6.31.0" || exit 2

mkdir "$folder/own"
cat >"$folder/own/shop.py" <<'PYTHON'
import gradio as gr


class Price(gr.Textbox):
    """A text box by another name."""
PYTHON
cd "$folder/own"
echo "before: $(ls)"
GRADIO_ANALYTICS_ENABLED=False PYTHONDONTWRITEBYTECODE=1 "$folder/venv/bin/python" -c "import shop"
echo "after:" $(ls)
[ -f shop.pyi ] || { echo "no stub was written: this has changed" >&2; exit 1; }
