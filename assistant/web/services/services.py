"""The services that the routes use."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.assistant import Assistant
from assistant.desk import Desk
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.refusals import Refusals
from assistant.web.pages.templates import Pages
from assistant.web.services.background import Following
from assistant.web.services.intake import Intake
from assistant.web.widget.tokens import WidgetTokens


@dataclass(frozen=True)
class Services:
    """The services of one web app; ``max_bytes`` is the largest article that may be added."""

    assistant: Assistant
    desk: Desk
    queue: AnswerQueue
    intake: Intake
    following: Following
    tokens: WidgetTokens
    pages: Pages
    refusals: Refusals

    @property
    def max_bytes(self) -> int:
        return self.intake.fetcher.max_bytes
