"""The folder for temporary files of a process that serves: its own, empty when it starts, and gone when it stops."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BEGINS = "onrecord-"
_NAMED_BY = ("TMPDIR", "GRADIO_TEMP_DIR")
"""Where libraries and programs that are started look for it."""


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """While inside, whatever this process or a library of its puts into the temporary folder goes into this one.

    What servers left behind that were killed is thrown away first.
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
