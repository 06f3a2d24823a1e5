"""The gate before every address of the app: who comes, whether they may pass, and how often."""

from assistant.web.auth.access_control import Gate

__all__ = ["Gate"]
