"""Opens what the settings name: the index, the desk, the feeds, the reader, and the assistant over them.

Each one's dependencies are imported only when it is opened, so that a command does not load what it does not use.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.accounts.audit import Event
from assistant.settings import Settings, load_settings
from indexes.fetch.ssrf import read_fetch_policy

if TYPE_CHECKING:
    from assistant.answering.reader_judge import ReaderJudge
    from assistant.assistant import Assistant
    from assistant.claims.extraction import ClaimReader
    from assistant.desk import Desk
    from assistant.generation.writer import Writer
    from indexes import Index
    from indexes.fetch.http import Fetcher
    from indexes.fetch.subscriptions import FollowedFeeds
    from indexes.search.chroma_client import ChromaServer


def open_index(settings: Settings, mends_itself: bool = False, upgrade: bool = True) -> Index:
    """Opens the index that the settings name; errors are as for :class:`Index`. Readers open it without ``upgrade``."""
    from assistant.backup.restoring import finish
    from indexes import Index

    finish(settings.home)
    return Index(
        settings.home,
        model=settings.embedding_model,
        number_format=settings.number_format,
        passage_tokens=settings.passage_tokens,
        hub=settings.hub,
        mends_itself=mends_itself,
        database_url=settings.database_url.get_secret_value(),
        chroma=_chroma(settings),
        upgrade=upgrade,
    )


def _chroma(settings: Settings) -> ChromaServer | None:
    from indexes.search.chroma_client import ChromaServer

    token = settings.chroma_token.get_secret_value()
    where = ChromaServer(settings.chroma_url, token, settings.chroma_tenant, settings.chroma_database)
    return where if settings.chroma_url else None


def open_desk(settings: Settings) -> Desk:
    """Opens the desk that the settings name.

    Raises:
        DeskDamaged: its database cannot be read.
        DatabaseUnusable: it cannot be used right now.
        IndexBusy: it needs an upgrade, and another process is writing articles.
    """
    from datetime import timedelta

    from assistant.accounts.database import database_at
    from assistant.accounts.sessions import SessionLife
    from assistant.backup.restoring import finish
    from assistant.desk import Desk

    finish(settings.home)
    life = SessionLife(timedelta(hours=settings.session_hours), timedelta(days=settings.session_days))
    database = database_at(settings.home / "desk.db", settings.database_url.get_secret_value())
    return Desk(database, auth=settings.auth, life=life, keep_days=settings.keep_conversations_days)


def open_feeds(settings: Settings, upgrade: bool = True) -> FollowedFeeds:
    """Opens the list of followed feeds. Readers open it without ``upgrade``."""
    from indexes.fetch.subscriptions import FollowedFeeds

    return FollowedFeeds(settings.home, settings.database_url.get_secret_value(), upgrade)


def open_fetcher(settings: Settings) -> Fetcher:
    """A fetcher for the web addresses that the settings allow."""
    from indexes.fetch.http import Fetcher

    return Fetcher(read_fetch_policy(settings.fetch_allow), settings.max_file_bytes)


def open_judge(settings: Settings, index: Index) -> ReaderJudge:
    """The reader model that the settings name, over ``index``."""
    from assistant.answering.reader_judge import ReaderJudge

    return ReaderJudge(index, settings.reader_model, settings.number_format, settings.hub)


def open_assistant(settings: Settings | Path | str | None = None, index: Index | None = None) -> Assistant:
    """Opens the assistant that the settings name, over ``index`` or, without one, over the index they name.

    ``settings`` may be just the home folder; the rest then comes from the environment and ``onrecord.toml``
    (:func:`assistant.load_settings`). Models load at the first question. Closing the assistant closes the index too.

    Raises:
        WrongSetting: a setting does not exist or has an invalid value.
        ModelMissing: the language model cannot be used as configured.
        IndexDamaged, DatabaseUnusable, IndexBusy: the index cannot be opened.

    >>> with open_assistant("newsroom") as assistant:
    ...     assistant.ask("Who denied the call?").text
    'There are no articles yet. Add some: onrecord add PATH'
    """
    from assistant.assistant import Assistant
    from assistant.claims.extraction import ClaimReader

    if settings is None or isinstance(settings, (str, Path)):
        settings = load_settings(**({} if settings is None else {"home": settings}))
    index = open_index(settings) if index is None else index
    judge = open_judge(settings, index)
    claims = ClaimReader(judge.model)
    return Assistant(index, judge, open_writer(settings, index, claims), claims)


def open_writer(settings: Settings, index: Index, claims: ClaimReader) -> Writer | None:
    """The language model that the settings name, with its output checked against ``index``; None if they name none.

    Raises:
        ModelMissing: it cannot be used as configured.
    """
    if settings.llm == "none":
        return None
    from assistant.generation.grounding import Checker
    from assistant.generation.providers import open_language_model
    from assistant.generation.writer import Writer

    model = open_language_model(settings)
    model.on_sent = partial(note_sent, settings)
    return Writer(model, Checker(index, claims), settings.never_send, settings.llm_doubtful == "flag")


def note_sent(settings: Settings, text: str) -> None:
    """Records in the audit log, by hash and size, what is sent to a language model."""
    sent = text.encode()
    with open_desk(settings) as desk:
        desk.audit.note(Event.SENT, sha256(sent).hexdigest(), len(sent))
