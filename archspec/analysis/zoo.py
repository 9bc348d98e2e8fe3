"""The networks that ship with archspec, each with the few numbers that place it.

Nothing is stored: the specs are read and counted anew, so that the list cannot disagree with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.analysis.report import analyze
from archspec.graph import build, resolve
from archspec.schema import elaborate, read, snake, zoo_files
from archspec.syntax import ast, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.schema import ArchSpec, CiteSpec


@dataclass(frozen=True, slots=True)
class Entry:
    """A network of the zoo.

    Args:
        name: what commands call it, such as `resnet50_v1_5`.
        arch: its name in the spec.
        title: what people call it; "" if the spec does not say.
        file: the file it stands in, without folders.
        params: learned, of the trunk; None where a shape is not known, and so for the others.
        macs: of one image, of the trunk.
        depth: convolutions and linear layers on the longest path.
        rf: rows and columns of the input that a pixel of the last map sees; None for all.
        source: where it was published.
    """

    name: str
    arch: str
    title: str
    file: str
    params: int | None
    macs: int | None
    depth: int
    rf: tuple[int, int] | None
    source: CiteSpec | None

    @property
    def year(self) -> int | None:
        """When it was published; None where no publication is known."""
        entries = self.source.entries if self.source else {}
        year = entries.get("year") if "authors" in entries else None
        return year if isinstance(year, int) else None


def zoo_entries() -> Iterator[Entry]:
    """The zoo, file by file.

    A family is left out, its variants are in: an arch with parameters and variants, and without
    a title. Raises ArchError if a spec cannot be read.
    """
    files = [parse(read(path, path.name)) for path in zoo_files()]
    bases = {arch.base.function.name for file in files for arch in _archs(file) if arch.base}
    for file in files:
        for arch in _archs(file):
            if not _is_family(arch, bases):
                yield _entry(elaborate(file, arch.name.name))


def _is_family(arch: ast.Arch, bases: set[str]) -> bool:
    return bool(arch.parameters) and not arch.title and arch.name.name in bases


def _archs(file: ast.File) -> list[ast.Arch]:
    return [item for item in file.definitions if isinstance(item, ast.Arch)]


def _entry(spec: ArchSpec) -> Entry:
    report = analyze(resolve(build(spec)))
    return Entry(
        name=snake(spec.name),
        arch=spec.name,
        title=spec.title,
        file=spec.source.name,
        params=report.number("", "params"),
        macs=report.number("", "macs"),
        depth=report.depth.weighted,
        rf=report.field("").size,
        source=source_of(spec),
    )


def source_of(spec: ArchSpec) -> CiteSpec | None:
    """The cite that tells where a network comes from.

    The first publication (a cite with `authors`) that its own expectations name, else the first
    of its file; if there is none, the first cite of any kind.
    """
    named = [line.cite for line in spec.expectations]
    own = [cite for name in named for cite in spec.cites if cite.name == name]
    cites = (*own, *spec.cites)
    return next((cite for cite in cites if "authors" in cite.entries), next(iter(cites), None))
