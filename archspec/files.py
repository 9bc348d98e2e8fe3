"""Writing files: whole or not at all. Reads none, and knows nothing of what is in them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic

if TYPE_CHECKING:
    from pathlib import Path


def write(data: bytes, path: Path) -> None:
    """Write a file in one step: at any moment there is the old one, or the whole new one.

    Links and permissions stay; a device or a pipe is written to. A write that fails, as on a
    full disk, leaves nothing of its own behind.

    Raises:
        ArchError: E006, it cannot be written there.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(b"new", Path(folder, "net.svg"))
    ...     Path(folder, "net.svg").read_bytes()
    b'new'
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ArchError([Diagnostic("E006", f"`{path}` cannot be written: {reason}")]) from error


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
