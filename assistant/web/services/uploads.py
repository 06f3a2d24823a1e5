"""Stores a request's uploads in a temporary folder, which is deleted when the request is done.

Determines the kind of body but does not read its articles: that is for :mod:`indexes.ingest.files`. Fetches nothing.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from assistant.text.control_characters import printable
from assistant.web.http.problems import MALFORMED, WRONG_TYPE
from assistant.web.http.schemas import Asks
from indexes.ingest.files import MEGABYTE

_BODIES = {"application/json": "body.json", "application/x-ndjson": "body.jsonl", "application/jsonl": "body.jsonl"}
_FORM = "multipart/form-data"
_MOST_FILES = 100
_RECORD = {
    "type": "object",
    "required": ["text"],
    "properties": {
        **{name: {"type": "string"} for name in ("text", "id", "title", "url", "source", "published", "language")},
        "authors": {"type": "array", "items": {"type": "string"}},
    },
    "example": {
        "id": "harbour-17",
        "title": "Harbour to close on Friday",
        "source": "Quay Chronicle",
        "published": "2026-07-17",
        "text": "The harbour will close on Friday, port director Ines Olm said.",
    },
}
_ADDRESSES = {
    "type": "object",
    "description": "Web addresses of articles and feeds, to be fetched.",
    "properties": {
        "url": {"type": "string"},
        "urls": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
        "outlet": {
            "type": "string",
            "maxLength": 200,
            "description": "The outlet they are of, whatever they say. Takes the right to edit.",
        },
    },
    "example": {"urls": ["https://paper.example/ferry", "https://paper.example/feed"]},
}
DOCUMENTED_BODY = {
    "required": True,
    "description": "One record or a list, a record a line, web addresses, or files of the kinds that `onrecord add` "
    "takes.",
    "content": {
        "application/json": {"schema": {"anyOf": [_RECORD, {"type": "array", "items": _RECORD}, _ADDRESSES]}},
        "application/x-ndjson": {"schema": {"type": "string"}},
        _FORM: {
            "schema": {
                "type": "object",
                "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            }
        },
    },
}


class _Addresses(Asks):
    """A body with web addresses. A record, which has a text, does not match."""

    url: str | None = None
    urls: list[str] = Field([], max_length=100)
    outlet: str = Field("", max_length=200)

    @property
    def all(self) -> tuple[str, ...]:
        return (*(() if self.url is None else (self.url,)), *self.urls)


@dataclass(frozen=True)
class Sent:
    """The content of a request: files, under the names they were sent with, or addresses to fetch.

    ``outlet`` is the outlet set for the articles at the addresses, whatever they state themselves.
    """

    files: tuple[Path, ...]
    addresses: tuple[str, ...]
    folder: TemporaryDirectory[str]
    outlet: str = ""

    def close(self) -> None:
        """Deletes the files."""
        self.folder.cleanup()


async def received(request: Request) -> Sent:
    """The content of a request; close it when done.

    Raises:
        ProblemRaised: it has no content, or its content type is not accepted.
        RequestValidationError: its addresses are not valid.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM and kind not in _BODIES:
        raise WRONG_TYPE.problem(
            f"{kind or 'A body without a type'} is not accepted. Send {', '.join((*_BODIES, _FORM))}."
        )
    folder = TemporaryDirectory(prefix="upload-")
    try:
        if kind == _FORM:
            async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FILES) as form:
                return Sent(tuple(await run_in_threadpool(_kept, form, Path(folder.name))), (), folder)
        file = await _body(request, Path(folder.name) / _BODIES[kind])
        named = await run_in_threadpool(_addresses, file)
        return Sent((), named.all, folder, named.outlet) if named and named.all else Sent((file,), (), folder)
    except BaseException:
        folder.cleanup()
        raise


async def _body(request: Request, file: Path) -> Path:
    with file.open("wb") as kept:
        async for piece in request.stream():
            kept.write(piece)
    return file


def _addresses(file: Path) -> _Addresses | None:
    """The web addresses in a body; None if it holds records."""
    if file.suffix != ".json" or file.stat().st_size > MEGABYTE:
        return None
    try:
        body = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return None  # the reader of records reports what is wrong with it
    if not isinstance(body, dict) or not body.keys() or not body.keys() <= _Addresses.model_fields.keys():
        return None
    try:
        return _Addresses.model_validate(body)
    except ValidationError as error:
        wrong = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_input=False)]
        raise RequestValidationError(wrong) from None


def _kept(form: FormData, folder: Path) -> list[Path]:
    uploads = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not uploads:
        raise MALFORMED.problem("The form has no file in it. Send each file as a part with a file name.")
    return [_keep(upload, folder / str(number)) for number, upload in enumerate(uploads)]


def _keep(upload: UploadFile, folder: Path) -> Path:
    folder.mkdir()
    file = folder / _name(upload.filename or "")
    with file.open("wb") as kept:
        shutil.copyfileobj(upload.file, kept)
    return file


def _name(sent: str) -> str:
    """The last part of the file name sent, made safe as a name here; its extension, which gives the format, stays."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    return printable(last, "_").encode()[-200:].decode(errors="ignore").lstrip(".") or "unnamed"
