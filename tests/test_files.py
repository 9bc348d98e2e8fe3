"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from archspec.errors import ArchError
from archspec.files import write


def test_a_file_is_written_whole_and_alone(tmp_path: Path):
    path = tmp_path / "net.svg"
    path.write_text("old")
    write(b"new", path)
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.svg"]


@pytest.mark.parametrize("place", ["no/such/folder/net.svg", "."])
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path, place: str):
    with pytest.raises(ArchError) as caught:
        write(b"new", tmp_path / place)
    assert caught.value.diagnostics[0].code == "E006"
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replacement_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "net.svg"
    path.write_text("old")

    def refuse(*paths: Path):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(ArchError, match=r"net\.svg` cannot be written: permission denied"):
        write(b"new", path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.svg"]
    assert path.read_text() == "old"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path):
    """As with `-o` naming a device; a pipe in a folder of the test can be replaced unharmed."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(b"new", path)
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert path.is_fifo()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The disk takes a part of the file, then no more."""
    real = Path.write_bytes

    def fill(path: Path, data: bytes) -> int:
        real(path, data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fill)
    with pytest.raises(ArchError, match=r"net\.svg` cannot be written: no space left on device"):
        write(b"new", tmp_path / "net.svg")
    assert list(tmp_path.iterdir()) == []


def test_permissions_and_links_stay(tmp_path: Path):
    real, link = tmp_path / "real.arch", tmp_path / "link.arch"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write(b"new", link)
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new", 0o640)
