"""What the routes work with."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.assistant import Assistant
from assistant.desk.desk import Desk
from assistant.web.api.intake import Intake
from assistant.web.following import Following
from assistant.web.line import Line
from assistant.web.refusals import Refusals
from assistant.web.render import Pages
from assistant.web.widget.tokens import WidgetTokens


@dataclass(frozen=True)
class Services:
    """Everything behind one web app; ``max_bytes`` is the largest article that may be added."""

    assistant: Assistant
    desk: Desk
    line: Line
    intake: Intake
    following: Following
    tokens: WidgetTokens
    pages: Pages
    refusals: Refusals

    @property
    def max_bytes(self) -> int:
        return self.intake.fetcher.max_bytes
