"""The server process's own folder for temporary files: empty at start, deleted at shutdown."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BEGINS = "onrecord-"
_NAMED_BY = ("TMPDIR", "GRADIO_TEMP_DIR")
"""The environment variables in which libraries and child processes look for it."""


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """Within it, temporary files of this process and its libraries go into this folder.

    Folders left behind by servers that were killed are deleted first.
    """
    _discard_left_behind()
    before = {name: os.environ.get(name) for name in _NAMED_BY}
    with tempfile.TemporaryDirectory(prefix=f"{_BEGINS}{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        inherited, tempfile.tempdir = tempfile.tempdir, folder
        os.environ.update(dict.fromkeys(_NAMED_BY, folder))
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = inherited
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _discard_left_behind() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_BEGINS}*-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and (int(pid) == os.getpid() or not Path(f"/proc/{pid}").exists()):
            shutil.rmtree(folder, ignore_errors=True)
