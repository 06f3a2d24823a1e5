"""Libraries written in Rust (Chroma, tantivy): a panic in one of them is to Python no Exception, and passes by all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Raises a panic in what is done inside as a RuntimeError. They come from files that are damaged."""
    try:
        yield
    except (Exception, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as panic:
        raise RuntimeError(f"{type(panic).__name__}: {panic}") from panic
