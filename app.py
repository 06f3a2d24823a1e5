"""Starts the web app: settings → index → assistant → pages. No logic of its own."""

import sys

from assistant.discreet import be_discreet
from assistant.settings import load_settings
from assistant.web.server import serve
from indexes import OnRecordError

if __name__ == "__main__":
    be_discreet()
    try:
        serve(load_settings())
    except OnRecordError as error:
        sys.exit(f"onrecord: {error}")
