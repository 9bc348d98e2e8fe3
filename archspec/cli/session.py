"""One run of a verb: its targets, what it found, and how that reaches the user."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import rich_click as click

from archspec import __version__
from archspec.cli.exits import OK, exit_code
from archspec.errors import ArchError, Diagnostic, Json, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.table import Table

    from archspec.graph import Graph
    from archspec.ops import Shape
    from archspec.schema import Target, Value

_GRAVITY = {"error": 0, "warning": 1, "note": 2}
_WIDTH = 120  # of tables that do not go to a terminal


def parameters_of(written: Iterable[str]) -> dict[str, Value]:
    """`--set` values, read as a spec reads them. Raises click.UsageError."""
    from archspec.schema import written_value

    values: dict[str, Value] = {}
    for item in written:
        name, equals, text = item.partition("=")
        if not equals:
            raise click.UsageError(f"`--set {item}` has no `=`: write --set NAME=VALUE")
        value = written_value(name, text)
        if value is None:
            raise click.UsageError(f"`--set {item}` cannot be read: write a value as in a spec")
        values[name] = value
    return values


@dataclass(frozen=True, slots=True)
class Reading:
    """How a verb reads its targets.

    Args:
        input_shape: instead of the declared one.
        parameters: `NAME=VALUE` as written after `--set`.
        folders: where imports may lie besides the file's own folder and the zoo.
        stdin_filename: what messages call standard input.
    """

    input_shape: Shape | None = None
    parameters: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    stdin_filename: str = "<stdin>"


AS_WRITTEN = Reading()


@dataclass
class Session:
    """Collects what a verb finds, and prints it once at the end.

    Args:
        verb: the command's name.
        form: `human`, `json`, or what else the verb offers.
        quiet: whether notes are left out.
        color: `auto`, `always` or `never`.
        file: where the answer goes; "" is standard output.
        answer: what a file will hold, until all of it is known.
        data: what goes into the JSON answer.
        diagnostics: everything to tell.
        targets: what was read.
    """

    verb: str
    form: str = "human"
    quiet: bool = False
    color: str = "auto"
    file: str = ""
    answer: list[str] = field(default_factory=list)
    data: dict[str, Json] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    targets: list[dict[str, Json]] = field(default_factory=list)

    # --- reading ------------------------------------------------------------------------------

    def find(self, text: str, stdin_filename: str = "<stdin>") -> Target:
        """The spec a target stands for. Raises ArchError."""
        import hashlib

        from archspec.schema import Target, find, read_stream

        if text == "-":
            target = Target(read_stream(sys.stdin.buffer, stdin_filename), None)
        else:
            target = find(text)
        self.targets.append(
            {
                "text": text,
                "file": target.source.name,
                "name": target.arch,
                "sha256": hashlib.sha256(target.source.text.encode()).hexdigest(),
            }
        )
        return target

    def graph(self, text: str, reading: Reading = AS_WRITTEN) -> Graph:
        """The graph of a target; a note tells if the file has more. Raises ArchError."""
        from archspec.graph import read_graph

        target = self.find(text, reading.stdin_filename)
        values = parameters_of(reading.parameters)
        graph = read_graph(target, reading.input_shape, values, reading.folders)
        self.targets[-1]["name"] = graph.name
        if graph.spec.others and target.arch is None:
            number = len(graph.spec.others) + 1
            self.note(f"{graph.name}, 1 of {number} in {target.source.name}: :NAME chooses")
        return graph

    def graphs(self, text: str, reading: Reading) -> Iterator[Graph]:
        """The graph of a target; none, and what is wrong is kept, if it cannot be read."""
        with self.collecting():
            yield self.graph(text, reading)

    def family(self, text: str, reading: Reading) -> Iterator[Graph]:
        """The graphs of every arch in the file of a target, of those that can be read."""
        from archspec.graph import read_graph
        from archspec.schema import Target, arch_names
        from archspec.syntax import parse

        with self.collecting():
            source = self.find(text, reading.stdin_filename).source
            values, shape = parameters_of(reading.parameters), reading.input_shape
            for name in arch_names(parse(source)) or (None,):
                with self.collecting():
                    yield read_graph(Target(source, name), shape, values, reading.folders)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """What goes wrong inside is kept, and the session goes on."""
        try:
            yield
        except ArchError as error:
            self.diagnostics += error.diagnostics

    # --- printing -----------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """One line on stderr that is worth knowing."""
        if not self.quiet:
            click.echo(f"note: {text}", err=True)

    def warn_of_expectations(self, graph: Graph) -> None:
        """One line on stderr if the numbers of a network are not what its spec says."""
        from archspec.analysis import analyze

        outcomes = analyze(graph).outcomes if graph.spec.expectations else ()
        failed = [outcome.spec.span.text for outcome in outcomes if outcome.result == "fails"]
        if failed:
            more = f" and {len(failed) - 1:,} more" if len(failed) > 1 else ""
            text = f"`{failed[0]}`{more} does not hold: archspec check tells more"
            click.echo(f"warning: {graph.name}: {text}", err=True)

    def say(self, text: str = "") -> None:
        """A part of the answer for people; nothing in other formats."""
        if self.form == "human":
            click.echo(text, color=self.colored(sys.stdout))

    def say_source(self, text: str) -> None:
        """Source text for people and pipes: always UTF-8 where it goes into a file."""
        if self.form == "human" and sys.stdout.isatty():
            click.echo(text.rstrip("\n"))
        elif self.form == "human":
            sys.stdout.buffer.write(text.encode())

    def say_table(self, table: Table) -> None:
        """A table for people, without trailing blanks."""
        from rich.console import Console

        if self.form != "human":
            return
        colored = self.colored(sys.stdout)
        console = Console(
            file=sys.stdout,
            force_terminal=colored,
            no_color=not colored,
            width=self.width,
        )
        with console.capture() as capture:
            console.print(table)
        self.put("\n".join(line.rstrip() for line in capture.get().splitlines()))

    def put(self, text: str) -> None:
        """A part of the answer, whatever its form."""
        if text and self.file:
            self.answer.append(text)
        elif text:
            click.echo(text, color=self.colored(sys.stdout))

    @property
    def width(self) -> int:
        """Cells of a line: the terminal's, or enough for wide tables."""
        to_terminal = sys.stdout.isatty() and not self.file
        return shutil.get_terminal_size().columns if to_terminal else _WIDTH

    @property
    def blocks(self) -> bool:
        """Whether the answer can show block characters; files are UTF-8."""
        return bool(self.file) or wide(sys.stdout)

    def colored(self, stream: TextIO) -> bool:
        """Whether that stream gets colour; an answer in a file never does."""
        if self.file and stream is sys.stdout:
            return False
        if self.color != "auto":
            return self.color == "always"
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return stream.isatty() and not plain

    def finish(self, code: int | None = None, most: int | None = None) -> int:
        """Print what was found, at most so many as data, and return the exit code."""
        code = exit_code(self.diagnostics) if code is None else code
        self.diagnostics = _gravest(self.diagnostics, most)
        if self.form == "json":
            import json

            self.put(json.dumps(self._envelope(code), indent=2, ensure_ascii=not self.blocks))
        if self.form != "json" or self.file:
            self.say_diagnostics(sys.stderr, self.told())
        return self._written(code)

    def _written(self, code: int) -> int:
        """The exit code, after the answer has gone into its file, whole or not at all."""
        if not self.answer:
            return code
        from pathlib import Path

        from archspec.files import write

        try:
            write(("\n".join(self.answer) + "\n").encode(), Path(self.file))
        except ArchError as error:
            self.say_diagnostics(sys.stderr, error.diagnostics)
            return max(code, exit_code(error.diagnostics))
        if not self.quiet:
            click.echo(self.file)
        return code

    def told(self, most: int | None = None) -> list[Diagnostic]:
        """The diagnostics to print, in order; notes only without `-q`."""
        found = [d for d in self.diagnostics if not (self.quiet and d.severity == "note")]
        return _gravest(found, most)

    def say_diagnostics(self, stream: TextIO, told: Sequence[Diagnostic]) -> None:
        """Diagnostics for people."""
        if told:
            from archspec.rendering import diagnostics

            click.echo(diagnostics.human(told, color=self.colored(stream)), file=stream)

    def _envelope(self, code: int) -> Mapping[str, object]:
        from archspec.rendering import diagnostics

        return {
            "schema": f"archspec.{self.verb}/1",
            "tool": {"name": "archspec", "version": __version__},
            "command": self.verb,
            "targets": self.targets,
            "status": "ok" if code == OK else "error",
            "exit_code": code,
            "diagnostics": [diagnostics.as_json(found) for found in self.diagnostics],
            "data": self.data,
        }


def _gravest(found: Sequence[Diagnostic], most: int | None) -> list[Diagnostic]:
    """All in order; of more than `most` the errors first, then the warnings."""
    grave = sorted(in_order(found), key=lambda item: _GRAVITY[item.severity])
    return list(in_order(grave[:most]))


def wide(stream: TextIO) -> bool:
    """Whether the stream takes every character."""
    return (stream.encoding or "").lower().startswith("utf")
