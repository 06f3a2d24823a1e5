"""Starts the web app: settings → index → assistant → pages. No logic of its own."""

from assistant.settings import load_settings
from assistant.web.server import serve

if __name__ == "__main__":
    serve(load_settings())
