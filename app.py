"""Starts the web app: settings → index → assistant → pages. No logic of its own."""

import sys

from assistant.settings import load_settings
from assistant.text.safe_logging import be_discreet
from assistant.web.server.server import serve
from indexes import OnRecordError

if __name__ == "__main__":
    be_discreet()
    try:
        serve(load_settings())
    except OnRecordError as error:
        sys.exit(f"onrecord: {error}")
