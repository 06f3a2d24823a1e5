"""Question in, answer out. Builds on ``indexes`` and is built on by ``app.py``. Importing this loads nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.factory import open_assistant
    from assistant.settings import Settings, load_settings
    from assistant.types.answers import Answer, Answered, NotFound, Notice, Talk
    from assistant.types.citations import Citation
    from assistant.types.turns import Turn

__all__ = [
    "Answer",
    "Answered",
    "Assistant",
    "Citation",
    "NotFound",
    "Notice",
    "Settings",
    "Talk",
    "Turn",
    "load_settings",
    "open_assistant",
]

_HOMES = {
    "Answer": "assistant.types.answers",
    "Answered": "assistant.types.answers",
    "Assistant": "assistant.assistant",
    "Citation": "assistant.types.citations",
    "NotFound": "assistant.types.answers",
    "Notice": "assistant.types.answers",
    "Settings": "assistant.settings",
    "Talk": "assistant.types.answers",
    "Turn": "assistant.types.turns",
    "load_settings": "assistant.settings",
    "open_assistant": "assistant.factory",
}


def __getattr__(name: str) -> object:
    """What is named above, loaded when it is first asked for (PEP 562): the command line passes here for its help."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
