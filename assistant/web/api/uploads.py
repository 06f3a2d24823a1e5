"""Puts what a request carries into files of a folder of its own, which goes when the request is done.

Knows what bodies there may be, not what is in them: that is for :mod:`indexes.reading`.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from assistant.web.api.problems import MALFORMED, WRONG_TYPE

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
DOCUMENTED_BODY = {
    "required": True,
    "description": "One record or a list, a record a line, or files of the kinds that `onrecord add` takes.",
    "content": {
        "application/json": {"schema": {"anyOf": [_RECORD, {"type": "array", "items": _RECORD}]}},
        "application/x-ndjson": {"schema": {"type": "string"}},
        _FORM: {
            "schema": {
                "type": "object",
                "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            }
        },
    },
}


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[list[Path]]:
    """The files a request brings, under the names they were sent with.

    Raises:
        ProblemRaised: it brings none, or is of a type that is not taken.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM and kind not in _BODIES:
        raise WRONG_TYPE.problem(f"{kind or 'A body without a type'} is not taken; {', '.join((*_BODIES, _FORM))} are.")
    with TemporaryDirectory(prefix="onrecord-") as folder:
        if kind == _FORM:
            async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FILES) as form:
                yield await run_in_threadpool(_kept, form, Path(folder))
        else:
            yield [await _body(request, Path(folder) / _BODIES[kind])]


async def _body(request: Request, file: Path) -> Path:
    with file.open("wb") as kept:
        async for piece in request.stream():
            kept.write(piece)
    return file


def _kept(form: FormData, folder: Path) -> list[Path]:
    uploads = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not uploads:
        raise MALFORMED.problem("There is no file in the form. Send each as a part with a file name.")
    return [_keep(upload, folder / str(number)) for number, upload in enumerate(uploads)]


def _keep(upload: UploadFile, folder: Path) -> Path:
    folder.mkdir()
    file = folder / _name(upload.filename or "")
    with file.open("wb") as kept:
        shutil.copyfileobj(upload.file, kept)
    return file


def _name(sent: str) -> str:
    """The last part of a file's name as it was sent, fit for a file here; its end, which tells the format, stays."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter if letter.isprintable() else "_" for letter in last)
    return printable.encode()[-200:].decode(errors="ignore").lstrip(".") or "unnamed"
