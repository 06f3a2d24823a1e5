"""A citation's link opens the text that was cited, or says that it is gone; another text is never shown as that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from assistant.types.citations import Citation, cite
from assistant.web.pages.article_page import article_pages
from assistant.web.pages.templates import Pages
from indexes import Index
from tests.support.fast_index import QuickIndex, story


@pytest.fixture
def index(tmp_path: Path) -> Index:
    index = QuickIndex(tmp_path)
    list(index.add([story(1), story(2)]))
    return index


@pytest.fixture
def follow(index: Index) -> Callable[[Citation], Response]:
    """Opens a citation's link."""
    app = FastAPI()
    app.include_router(article_pages(index, Pages("")))
    return lambda citation: TestClient(app).get(citation.page)


def cited(index: Index) -> Citation:
    return cite(index.store.article("story-1"), 0, 50)


def test_after_an_update_the_link_opens_the_version_that_was_cited(
    index: Index, follow: Callable[[Citation], Response]
) -> None:
    citation = cited(index)
    list(index.add([story(1, edition=2)]))
    opened = follow(citation)
    assert opened.status_code == 200
    assert citation.quote in opened.text
    assert "edition 2" not in opened.text


def test_after_a_removal_it_says_that_the_article_is_gone(index: Index, follow: Callable[[Citation], Response]) -> None:
    citation = cited(index)
    index.remove(["story-1"])
    assert follow(citation).status_code == 404


def test_where_another_text_came_in_its_place_it_says_so(index: Index, follow: Callable[[Citation], Response]) -> None:
    citation = cited(index)
    index.remove(["story-1"])
    list(index.add([story(1, edition=3)]))
    assert index.store.versions("story-1") == [citation.version]
    opened = follow(citation)
    assert opened.status_code == 404
    assert "a different one has since been added under the same name" in opened.text
