"""Imported files: found beside the importing one, read once, kept inside the spec's own folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Label
from archspec.schema.definitions import Definitions, collect
from archspec.schema.sources import read, zoo_folder
from archspec.source import Source
from archspec.syntax import parse

if TYPE_CHECKING:
    from archspec.syntax import ast

MAX_DEPTH = 32  # files that import one another in a row


@dataclass
class Imports:
    """What one spec imports.

    Args:
        folders: where files may lie, each with all below it: the spec's own folder, the zoo, `-I`.
        known: what has been read, by resolved path.
        open: the imports that led here, outermost first: each with the file it names.
        texts: of each file, by its place in the folder it was found in.
    """

    folders: tuple[Path, ...]
    known: dict[Path, Definitions] = field(default_factory=dict)
    open: list[tuple[Path, ast.Import]] = field(default_factory=list)
    texts: list[tuple[str, Source]] = field(default_factory=list)

    @classmethod
    def of(cls, file: ast.File, extra: tuple[Path, ...] = ()) -> Imports:
        """For a root spec: its folder, the zoo, and what the user adds."""
        path = file.source.path
        own = (path.resolve().parent,) if path else ()
        return cls((*own, zoo_folder(), *(folder.resolve() for folder in extra)))

    def definitions(self, file: ast.File) -> Definitions:
        """What a file defines, what it imports included. Problems are in the result."""
        source = file.source.path
        if source is None:
            return collect(file)
        return collect(file, lambda item: self._open(item, source.resolve()))

    def _open(self, item: ast.Import, importer: Path) -> Definitions:
        path = self._find(item, importer)
        if path in self.known:
            return self.known[path]
        self._check_circle(item, importer, path)
        try:
            source = read(path, _shown(item, importer, path))
        except ArchError as error:
            message = f"`{item.file.value}` cannot be imported: {error.diagnostics[0].message}"
            advice = _of_zoo(item.file.value)
            raise ArchError([Diagnostic("E211", message, item.file.span, help=advice)]) from error
        self.texts.append((self._place(path), source))
        parsed = _parsed(source.name, source.text, path)
        if parsed.diagnostics:
            raise ArchError(parsed.diagnostics)
        self.open.append((importer, item))
        found = self.definitions(parsed)
        self.open.pop()
        self.known[path] = found
        if found.problems:
            raise ArchError(found.problems)
        return found

    def _find(self, item: ast.Import, importer: Path) -> Path:
        """The file beside the importer, else in one of the folders. Raises ArchError (E212)."""
        written = Path(item.file.value)
        places = [importer.parent / written]
        if not item.file.value.startswith("."):
            places += [folder / written for folder in self.folders]
        path = next((place for place in places if place.is_file()), places[0]).resolve()
        if not any(path.is_relative_to(folder) for folder in self.folders):
            message = f"`{item.file.value}` lies outside the folder of the spec"
            advice = "add its folder with -I, or copy it beside the spec"
            raise ArchError([Diagnostic("E212", message, item.file.span, help=advice)])
        return path

    def _place(self, path: Path) -> str:
        """Where a file lies, seen from the first folder that holds it, with `/`."""
        folder = next(folder for folder in self.folders if path.is_relative_to(folder))
        return path.relative_to(folder).as_posix()

    def _check_circle(self, item: ast.Import, importer: Path, path: Path) -> None:
        """A file that is being read may not be imported. Raises ArchError (E210, E005)."""
        chain = [*(file for file, _ in self.open), importer]
        if path in chain:
            names = " > ".join(file.name for file in (*chain[chain.index(path) :], path))
            first = self.open[chain.index(path)][1] if chain.index(path) < len(self.open) else item
            labels = () if first is item else (Label(item.file.span, "closes it"),)
            message = f"import cycle: {names}"
            advice = "move what both need into a third file"
            raise ArchError(
                [Diagnostic("E210", message, first.file.span, labels=labels, help=advice)]
            )
        if len(chain) > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} files import one another"
            raise ArchError([Diagnostic("E005", message, item.file.span)])


@lru_cache(maxsize=64)
def _parsed(name: str, text: str, path: Path) -> ast.File:
    """What an imported text says: the same for every arch of a file, and after an edit of it."""
    return parse(Source(name, text, path))


def imported_files(file: ast.File) -> tuple[Path, ...]:
    """Every file that a spec imports, directly or through another, as far as it can be read."""
    imports = Imports.of(file)
    imports.definitions(file)
    return tuple(imports.known)


def _of_zoo(written: str) -> str | None:
    """How a file of the zoo is written, if one was meant."""
    name = f"{Path(written.removeprefix('zoo:')).stem}.arch"
    return f'the zoo\'s is `from "{name}"`' if (zoo_folder() / name).is_file() else None


def _shown(item: ast.Import, importer: Path, path: Path) -> str:
    """How messages call an imported file: as written, seen from the importing one."""
    beside = Path(item.file.span.source.name).parent / item.file.value
    return str(beside) if (importer.parent / item.file.value).resolve() == path else path.name
