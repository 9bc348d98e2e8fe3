"""Where specs come from: files and the zoo. Reads; never writes, never guesses an encoding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, did_you_mean
from archspec.source import Source

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_BYTES = 2**20  # of one spec file
_ARCH_NAME = re.compile(r"^arch[ \t]+(\w+)", re.MULTILINE)
_SHELVES = ("", "history")  # of the shipped specs; `course` holds exercises, no networks to name
_ALIASES = {"googlelenet": "GoogLeNet"}  # folded spellings that courses print


@dataclass(frozen=True, slots=True)
class Target:
    """What a command works on: a text, and which of its archs (None: the file's own)."""

    source: Source
    arch: str | None


def find(target: str) -> Target:
    """The spec that `FILE.arch`, `FILE.arch:NAME`, a zoo name or `zoo:NAME` stands for.

    A file of that name beats a zoo name.

    Raises:
        ArchError: not found (E001), unreadable (E006), not UTF-8 (E002), too large (E005).
    """
    name, separator, arch = target.rpartition(".arch:")
    file = Path(f"{name}.arch" if separator else target)
    if not target.startswith("zoo:") and (file.suffix == ".arch" or _is_file(file)):
        return Target(read(file), arch if separator else None)
    return _in_zoo(target.removeprefix("zoo:"), target)


def read(file: Path, name: str = "") -> Source:
    """The text of a file, named as the user gave it; one of the zoo by its bare name."""
    name = name or str(file)
    try:
        size = file.stat().st_size
        data = file.read_bytes() if size <= MAX_BYTES else b""
    except FileNotFoundError:
        raise ArchError([_not_found(file, name)]) from None
    except OSError as error:
        message = f"`{name}` cannot be read: {(error.strerror or 'unknown reason').lower()}"
        raise ArchError([Diagnostic("E006", message)]) from None
    if size > MAX_BYTES:
        message = f"`{name}` has {size:,} bytes; a spec has at most {MAX_BYTES:,}"
        raise ArchError([Diagnostic("E005", message)])
    return decode(data, name, file)


def read_stream(stream: BinaryIO, name: str) -> Source:
    """The text of a stream, of which no more is read than a spec may have.

    Raises:
        ArchError: too large (E005), not UTF-8 (E002).
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ArchError([Diagnostic("E005", f"`{name}` has more than {MAX_BYTES:,} bytes")])
    return decode(data, name)


def spec_files(target: str) -> tuple[str, ...]:
    """Every `.arch` file below a folder, in order; any other target itself.

    Raises:
        ArchError: a folder without one (E001).
    """
    folder = Path(target)
    if not _is_folder(folder):
        return (target,)
    found = tuple(str(file) for file in sorted(folder.rglob("*.arch")) if file.is_file())
    if not found:
        raise ArchError([Diagnostic("E001", f"there is no .arch file below `{target}`")])
    return found


def decode(data: bytes, name: str, path: Path | None = None) -> Source:
    """Bytes as a spec's text. Raises ArchError (E002) with the line of the first wrong byte."""
    try:
        return Source(name, data.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        place = f"line {line}, byte {column}"
        message = f"`{name}` is not UTF-8 text: 0x{data[error.start]:02x} in {place}"
        raise ArchError([Diagnostic("E002", message, help="save it as UTF-8")]) from None


def _is_file(file: Path) -> bool:
    """Whether it is one; a name the system cannot even look up is none."""
    try:
        return file.is_file()
    except OSError:
        return False


def _is_folder(file: Path) -> bool:
    try:
        return file.is_dir()
    except OSError:
        return False


def _not_found(file: Path, name: str) -> Diagnostic:
    siblings = [path.name for path in file.parent.glob("*.arch")] if file.parent.is_dir() else []
    near = [str(file.parent / other) for other in did_you_mean(file.name, siblings)]
    near = [snake(arch) for arch in zoo() if fold(arch) == fold(file.stem)] or near
    advice = f"did you mean `{near[0]}`?" if near else None
    return Diagnostic("E001", f"`{name}` does not exist", help=advice)


def _in_zoo(name: str, target: str) -> Target:
    wanted = fold(_ALIASES.get(fold(name), name))
    for arch, file in zoo().items():
        if fold(arch) == wanted:
            return Target(read(file, file.name), arch)
    for file in zoo_files():
        if fold(file.stem) == wanted:
            return Target(read(file, file.name), None)
    near = did_you_mean(name.lower(), [snake(arch) for arch in zoo()])
    message = f"`{target}` is neither a file nor a network of the zoo"
    advice = f"did you mean `{near[0]}`?" if near else "write a path that ends in .arch"
    raise ArchError([Diagnostic("E001", message, help=advice)])


def fold(name: str) -> str:
    """A name without what is ignored when names are compared: case, `_` and `-`.

    >>> fold("LeNet-5") == fold("lenet_5")
    True
    """
    return name.lower().replace("_", "").replace("-", "")


def snake(arch: str) -> str:
    """The zoo name of an arch; a name with `_` is divided where its author divided it.

    >>> snake("LeNet5Modern"), snake("AlexNetOWT"), snake("MiniVGGNet")
    ('lenet5_modern', 'alexnet_owt', 'minivggnet')
    >>> snake("ResNet50_v1_5"), snake("ConvNetJS_CIFAR10"), snake("CS231n_TinyVGG")
    ('resnet50_v1_5', 'convnetjs_cifar10', 'cs231n_tinyvgg')
    """
    if "_" in arch:
        return arch.lower()
    return re.sub(r"(?<=[0-9])(?=[A-Z][a-z])|(?<=Net)(?=[A-Z])", "_", arch).lower()


@cache
def zoo() -> dict[str, Path]:
    """Every arch of the zoo, and its file."""
    return {
        arch: file
        for file in zoo_files()
        for arch in _ARCH_NAME.findall(file.read_text(encoding="utf-8"))
    }


def zoo_files() -> tuple[Path, ...]:
    """The specs of the zoo, by shelf and name."""
    folders = (zoo_folder() / shelf for shelf in _SHELVES)
    return tuple(file for folder in folders for file in sorted(folder.glob("*.arch")))


def zoo_folder() -> Path:
    """The shipped specs: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"
