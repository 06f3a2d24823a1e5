"""Reads Markdown with front matter: title, source, authors, published, url, language, id. Markup is stripped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from indexes.loaders.records import article_from
from indexes.loaders.text import decode, title_in
from indexes.types.article import Article
from indexes.types.errors import Unreadable

if TYPE_CHECKING:
    from markdown_it.token import Token


def read(file: BinaryIO, max_bytes: int) -> Iterator[Article]:
    front, body = _front_matter(decode(file.read()))
    text = plain_text(body)
    yield article_from({"title": title_in(text), **front, "text": text})


def _front_matter(content: str) -> tuple[dict[str, Any], str]:
    import frontmatter
    import yaml

    class Plain(frontmatter.YAMLHandler):  # type: ignore[misc]
        """Leaves every value as a string: YAML would read the language ``no`` as false."""

        def load(self, fm: str, **_: object) -> Any:
            return yaml.load(fm, Loader=yaml.BaseLoader)

    try:
        post = frontmatter.loads(content, handler=Plain())
    except (yaml.YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise Unreadable(f"its front matter is not YAML: {problem}") from None
    # Without fields it is not front matter but a text that begins with a horizontal rule.
    return (dict(post.metadata), post.content) if post.metadata else ({}, content)


def plain_text(markdown: str) -> str:
    """The plain text of Markdown, with a blank line between blocks and ``- `` before list items."""
    from markdown_it import MarkdownIt

    parts: list[str] = []
    in_item = False
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "list_item_open":
            in_item = True
        elif token.type == "inline":
            parts.append(("- " if in_item else "") + _words(token.children or []))
            in_item = False
        elif token.type in ("fence", "code_block"):
            parts.append(token.content.rstrip("\n"))
    return "\n\n".join(parts)


def _words(tokens: list[Token]) -> str:
    pieces = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(
        pieces.get(token.type, token.content if token.type in ("text", "code_inline", "text_special") else "")
        for token in tokens
    )
