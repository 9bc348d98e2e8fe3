"""Where specs come from: files, the zoo, and what can be wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.errors import ArchError, Diagnostic
from archspec.schema import find, snake, zoo
from archspec.schema.sources import MAX_BYTES, zoo_folder
from tests.helpers import diagnose

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "arch Mine { input 3\n relu }\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problem(target: str) -> Diagnostic:
    with pytest.raises(ArchError) as caught:
        find(target)
    (found,) = caught.value.diagnostics
    assert found.primary is None
    return found


def test_a_file(tmp_path: Path):
    (tmp_path / "a.arch").write_text(TEXT)
    target = find("a.arch")
    assert (target.source.name, target.source.text, target.arch) == ("a.arch", TEXT, None)


def test_one_arch_of_a_file(tmp_path: Path):
    (tmp_path / "a.arch").write_text(TEXT)
    assert find("a.arch:Mine").arch == "Mine"
    assert [found.code for found in diagnose(find("a.arch:Yours"))] == ["E207"]


def test_only_a_colon_after_the_suffix_separates_a_name(tmp_path: Path):
    (tmp_path / "a:b.arch").write_text(TEXT)
    assert find("a:b.arch").arch is None
    assert find("a:b.arch:Mine").arch == "Mine"


@pytest.mark.parametrize("name", ["lenet5", "LeNet5", "LENET_5", "lenet-5", "zoo:lenet5"])
def test_a_zoo_name_is_folded(name: str):
    target = find(name)
    assert (target.source.name, target.arch) == ("lenet5.arch", "LeNet5")


@pytest.mark.parametrize("name", ["lenet5_modern", "LeNet5Modern", "zoo:lenet5-modern"])
def test_every_arch_of_the_zoo_has_a_name(name: str):
    assert find(name).arch == "LeNet5Modern"


@pytest.mark.parametrize("name", ["rumelhart_mlp", "RumelhartMLP", "zoo:rumelhart_mlp"])
def test_the_networks_of_history_are_in_the_zoo(name: str):
    target = find(name)
    assert (target.source.name, target.arch) == ("rumelhart_mlp.arch", "RumelhartMLP")


def test_the_zoo_is_two_folders_and_no_other():
    folders = {file.parent.relative_to(zoo_folder()).as_posix() for file in zoo().values()}
    assert folders == {".", "history"}


def test_the_zoo_names_are_unique():
    names = [snake(arch) for arch in zoo()]
    assert len(set(names)) == len(names)
    assert {"lenet5", "lenet5_modern"} <= set(names)


def test_a_file_of_that_name_beats_the_zoo(tmp_path: Path):
    (tmp_path / "lenet5").write_text(TEXT)
    assert find("lenet5").source.text == TEXT
    assert find("zoo:lenet5").source.name == "lenet5.arch"
    assert find("zoo:lenet5").arch == "LeNet5"


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""])
def test_utf8_with_or_without_a_mark(tmp_path: Path, start: bytes):
    (tmp_path / "a.arch").write_bytes(start + "# 한글\n".encode() + TEXT.encode())
    assert find("a.arch").source.text == f"# 한글\n{TEXT}"


def test_not_utf8(tmp_path: Path):
    (tmp_path / "a.arch").write_bytes(b"# one\n# t\xe9t\xe9\n" + TEXT.encode())
    found = problem("a.arch")
    assert (found.code, found.help) == ("E002", "save it as UTF-8")
    assert found.message == "`a.arch` is not UTF-8 text: 0xe9 in line 2, byte 4"


def test_missing_file(tmp_path: Path):
    (tmp_path / "lenet.arch").write_text(TEXT)
    found = problem("lnet.arch")
    assert (found.code, found.message) == ("E001", "`lnet.arch` does not exist")
    assert found.help == "did you mean `lenet.arch`?"


@pytest.mark.parametrize("target", ["no/such/x.arch", "x.arch:Name", "x.arch:"])
def test_missing_file_without_a_suggestion(target: str):
    found = problem(target)
    assert (found.code, found.help) == ("E001", None)


@pytest.mark.parametrize(
    ("target", "help_"),
    [
        ("lenet", "did you mean `lenet5`?"),
        ("zoo:lenet6", "did you mean `lenet5`?"),
        ("qqqq", "write a path that ends in .arch"),
        ("", "write a path that ends in .arch"),
        (".", "write a path that ends in .arch"),
        ("q" * 300, "write a path that ends in .arch"),
    ],
)
def test_neither_a_file_nor_in_the_zoo(target: str, help_: str | None):
    found = problem(target)
    assert (found.code, found.help) == ("E001", help_)
    assert found.message == f"`{target}` is neither a file nor a network of the zoo"


def test_a_folder_is_no_file(tmp_path: Path):
    (tmp_path / "a.arch").mkdir()
    found = problem("a.arch")
    assert (found.code, found.message) == ("E006", "`a.arch` cannot be read: is a directory")


def test_too_large(tmp_path: Path):
    (tmp_path / "a.arch").write_bytes(b"#" * (MAX_BYTES + 1))
    found = problem("a.arch")
    assert (found.code, found.message) == (
        "E005",
        "`a.arch` has 1,048,577 bytes; a spec has at most 1,048,576",
    )


def test_the_largest_file_is_read(tmp_path: Path):
    (tmp_path / "a.arch").write_bytes(b"#" * MAX_BYTES)
    assert len(find("a.arch").source.text) == MAX_BYTES
