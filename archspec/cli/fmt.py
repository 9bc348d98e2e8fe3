"""`archspec fmt`: the canonical layout of specs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.exits import WRONG, exit_code
from archspec.cli.help import Verb
from archspec.cli.options import folders_option, stdin_option
from archspec.cli.session import Session
from archspec.files import write as write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.source import Source


@click.command("fmt", cls=Verb)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if it would.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what would change.")
@click.option("--annotate", "annotated", is_flag=True, help="Fill in and refresh => shapes.")
@folders_option
@stdin_option
@click.option("-q", "--quiet", is_flag=True, help="Do not name the files.")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    files: tuple[str, ...],
    only_check: bool,
    show_diff: bool,
    annotated: bool,
    folders: tuple[Path, ...],
    stdin_filename: str,
    quiet: bool,
) -> int:
    """Bring specs into their canonical layout, in place.

    What a spec says never changes, and no comment is lost. A folder stands for all its .arch
    files; - reads standard input and writes to standard output. A file with syntax errors
    stays as it is.

    \b
    Examples:
      archspec fmt specs
      archspec fmt --check --diff specs/lenet5.arch
      archspec fmt --annotate my.arch
    """
    session = Session("fmt", quiet=quiet)
    changed = False
    for file in files:
        with session.collecting():
            for source in _sources(session, file, stdin_filename):
                with session.collecting():
                    text = _formatted(source, folders if annotated else None)
                    changed = changed or text != source.text
                    if show_diff:
                        _show_diff(source, text)
                    _settle(session, source, text, write=not (only_check or show_diff))
    session.say_diagnostics(sys.stderr, session.told())
    return max(exit_code(session.diagnostics), WRONG * (only_check and changed))


def _sources(session: Session, file: str, stdin_filename: str) -> Iterator[Source]:
    """The texts an argument stands for. Raises ArchError (E001, E002, E006)."""
    from archspec.schema import read, spec_files

    if file == "-":
        yield session.find("-", stdin_filename).source
        return
    for path in spec_files(file):
        yield read(Path(path))


def _formatted(source: Source, folders: tuple[Path, ...] | None) -> str:
    """The canonical text, with shapes if there are folders to find imports in."""
    from archspec.syntax import format_source

    if folders is None:
        return format_source(source)
    from archspec.rendering import annotated

    return format_source(annotated(source, folders))


def _settle(session: Session, source: Source, text: str, *, write: bool) -> None:
    """Write the text where it belongs, if it does, and name the file."""
    if source.path is None and write:
        sys.stdout.buffer.write(text.encode())
    elif text != source.text:
        if write and source.path is not None:
            write_file(text.encode(), source.path)
        if not session.quiet:
            click.echo(f"{'reformatted' if write else 'would reformat'} {source.name}")


def _show_diff(source: Source, text: str) -> None:
    from difflib import unified_diff

    lines = unified_diff(
        source.text.splitlines(keepends=True),
        text.splitlines(keepends=True),
        source.name,
        f"{source.name} (formatted)",
    )
    click.echo("".join(lines), nl=False)
