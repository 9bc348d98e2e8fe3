"""`archspec zoo`: the networks that ship with archspec."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.help import Verb, Verbs
from archspec.cli.options import output_options, zoo_names
from archspec.errors import ArchError, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.analysis import Entry
    from archspec.cli.session import Session


class _Zoo(Verbs):
    """Without the name of a sub-command it lists."""

    first = ("list", "show", "copy")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, after putting in the `list` that may be left out."""
        listing = not args or (args[0].startswith("-") and args[0] not in ("-h", "--help"))
        return super().parse_args(ctx, ["list", *args] if listing else args)


@click.group("zoo", cls=_Zoo)
def command() -> None:
    """List, show and copy the networks that ship with archspec.

    \b
    Examples:
      archspec zoo
      archspec zoo --format csv
      archspec zoo show lenet5
      archspec zoo copy lenet5 .
    """


@command.command("list", cls=Verb)
@output_options("zoo", "json", "csv", "md")
def list_(*, session: Session) -> int:
    """All networks, the oldest first: parameters, MACs, depth, receptive field, source."""
    from archspec.rendering import zoo_list

    with session.collecting():
        entries = zoo_list.by_year(_counted())
        session.data["networks"] = zoo_list.data(entries)
        if session.form == "human":
            session.say_table(zoo_list.table(entries, session.width))
        elif session.form in ("csv", "md"):
            as_text = zoo_list.comma_separated if session.form == "csv" else zoo_list.markdown
            click.echo(as_text(entries))
    return session.finish()


def _counted() -> Iterator[Entry]:
    """The entries, and on a terminal a line that tells how far it is."""
    from archspec.analysis import zoo_entries

    shown = sys.stderr.isatty()
    for number, entry in enumerate(zoo_entries(), start=1):
        if shown:
            click.echo(f"\rcounted {number:3}  {entry.name:<30.30}", nl=False, err=True)
        yield entry
    if shown:
        click.echo(f"\r{'':44}\r", nl=False, err=True)


@command.command("show", cls=Verb)
@click.argument("name", shell_complete=zoo_names)
@output_options("zoo", "json")
def show(*, name: str, session: Session) -> int:
    """The spec of a network, as text; the file's place goes to stderr."""
    with session.collecting():
        source = session.find(f"zoo:{name.removeprefix('zoo:')}").source
        session.data["file"], session.data["text"] = str(source.path), source.text
        session.note(f"{source.path}")
        session.say_source(source.text)
    return session.finish()


@command.command("copy", cls=Verb)
@click.argument("name", shell_complete=zoo_names)
@click.argument("folder", metavar="DIR")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@output_options("zoo", "json")
def copy(*, name: str, folder: str, force: bool, session: Session) -> int:
    """Copy the spec of a network, and the files it imports, into a folder.

    Files that are there already stay as they are, and nothing is written, unless they are the
    same. A folder that does not exist is made.
    """
    with session.collecting():
        files = _to_copy(session, name, Path(folder))
        if not force:
            _check_free(files)
        _write(files)
        session.data["files"] = [str(path) for path in files]
        session.say("\n".join(str(path) for path in files))
    return session.finish()


def _to_copy(session: Session, name: str, folder: Path) -> dict[Path, bytes]:
    """What goes where: the spec first, what it imports as it lies beside it."""
    from archspec.schema import imported_files
    from archspec.syntax import parse

    source = session.find(f"zoo:{name.removeprefix('zoo:')}").source
    assert source.path is not None  # the zoo is files
    paths = (source.path.resolve(), *imported_files(parse(source)))
    home = Path(os.path.commonpath([path.parent for path in paths]))
    return {folder / path.relative_to(home): path.read_bytes() for path in paths}


def _check_free(files: dict[Path, bytes]) -> None:
    """Raise ArchError (E006) for every file that is there and says something else."""
    taken = [path for path, data in files.items() if path.exists() and not _same(path, data)]
    if taken:
        advice = "--force overwrites it" if len(taken) == 1 else "--force overwrites them"
        messages = (f"`{path}` exists already, and is different" for path in taken)
        raise ArchError([Diagnostic("E006", message, help=advice) for message in messages])


def _same(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _write(files: dict[Path, bytes]) -> None:
    """Write all files or none: complete ones beside their places first. Raises OSError."""
    ready: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            ready[path] = path.with_name(f".{path.name}.{os.getpid()}.part")
            ready[path].write_bytes(data)
        for path, temporary in ready.items():
            temporary.replace(path)
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)
