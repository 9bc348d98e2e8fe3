"""`archspec check`: is the spec right, and are its numbers what it says?"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec import __version__
from archspec.cli import mend
from archspec.cli.exits import WRONG, exit_code
from archspec.cli.help import Verb
from archspec.cli.options import (
    Codes,
    folders_option,
    output_options,
    spec_names,
    stdin_option,
)
from archspec.cli.verdict import Tally, as_data, expectations, tally, verdict
from archspec.errors import ArchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archspec.analysis import Report
    from archspec.cli.session import Session
    from archspec.errors import Diagnostic
    from archspec.schema import Target

MOST_SHOWN = 20  # diagnostics for a reader
MOST_DATA = 1_000  # diagnostics for a program


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is looked for, and how severely it is judged.

    Args:
        select: beginnings of codes; empty stands for all. A hint that is off by default is
            looked for where its whole code is among them.
        ignore: beginnings of codes that are left out.
        strict: whether every expectation needs a source.
    """

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    strict: bool

    def shows(self, found: Diagnostic) -> bool:
        """Whether it is told; a file that cannot be read always is."""
        chosen = not self.select or found.code.startswith(self.select)
        left_out = bool(self.ignore) and found.code.startswith(self.ignore)
        return found.code.startswith("E0") or (chosen and not left_out)

    def judged(self, found: Diagnostic) -> Diagnostic:
        """Under --strict a missing source is an error."""
        return replace(found, as_error=True) if self.strict and found.code == "W301" else found


@dataclass(slots=True)
class _Check:
    """One run: what was checked, and what was mended."""

    session: Session
    rules: _Rules
    folders: tuple[Path, ...]
    lines: list[tuple[str, str, Tally]] = field(default_factory=list)
    fixed: list[Diagnostic] = field(default_factory=list)

    def target(self, target: Target) -> None:
        """Check a file or one arch of it. Raises ArchError."""
        reports = self._reports(target)
        file = target.source.name
        for report in reports:
            told = set(map(_identity, self.session.diagnostics))
            shown = self._shown(report.diagnostics)
            hidden = sum(
                found.severity == "error" and not self.rules.shows(found)
                for found in report.diagnostics
            )
            self.session.diagnostics += [x for x in shown if _identity(x) not in told]
            self.lines.append((file, report.graph.name, tally(report, shown, hidden)))
        if not reports:
            self.lines.append((file, "-", Tally()))
        self.session.diagnostics += self._shown(_idle(target, reports))

    def mend(self, target: Target) -> Target:
        """The target with safe fixes in its file."""
        target, fixed = mend.mend(target, self._found)
        self.fixed += fixed
        return target

    def failed(self, error: ArchError, target: Target | None = None) -> None:
        """Keep what stopped a target; one that could be read gets its line."""
        shown = self._shown(error.diagnostics)
        self.session.diagnostics += shown
        if target is not None:
            hidden = len(error.diagnostics) - len(shown)
            self.lines.append((target.source.name, "-", Tally(errors=len(shown), ignored=hidden)))

    def _reports(self, target: Target) -> tuple[Report, ...]:
        from archspec.analysis import analyze
        from archspec.graph import read_graphs

        graphs = read_graphs(target, self.folders)
        return tuple(analyze(graph, more=self.rules.select) for graph in graphs)

    def _found(self, target: Target) -> list[Diagnostic]:
        try:
            reports = self._reports(target)
        except ArchError as error:
            return self._shown(error.diagnostics)
        return self._shown([found for report in reports for found in report.diagnostics])

    def _shown(self, found: Sequence[Diagnostic]) -> list[Diagnostic]:
        return [self.rules.judged(item) for item in found if self.rules.shows(item)]


@click.command("check", cls=Verb)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=spec_names)
@click.option(
    "--strict",
    is_flag=True,
    help="Warnings fail too, and every expectation needs a source.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The least that makes the exit code 1.",
)
@click.option(
    "--select", type=Codes(), default=(), metavar="CODES", help="Only these, such as X,W2,E301."
)
@click.option("--ignore", type=Codes(), default=(), metavar="CODES", help="All but these.")
@click.option("--fix", is_flag=True, help="Make the safe edits in the files, then check again.")
@click.option(
    "--max-errors",
    type=click.IntRange(0),
    metavar="N",
    help=f"Show at most N diagnostics; 0 shows all. [default: {MOST_SHOWN} for people]",
)
@folders_option
@stdin_option
@output_options("check", "short", "json", "github", "sarif")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    targets: tuple[str, ...],
    strict: bool,
    fail_on: Literal["error", "warning"],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    max_errors: int | None,
    folders: tuple[Path, ...],
    stdin_filename: str,
    session: Session,
) -> int:
    """Check specs: syntax, names, shapes, expectations.

    A folder stands for all its .arch files. All architectures of a file are checked, unless the
    target names one; a name of the zoo stands for that network. Exits with 1 if anything is
    wrong or an expectation does not hold, with 3 if a file cannot be read.

    Codes are chosen by their beginnings: W stands for all warnings, W2 for those on shapes. A hint
    that is off by default, such as N503, needs its whole code: --select E,X,W,N503.

    \b
    Examples:
      archspec check specs
      archspec check lenet5 --strict
      archspec check my.arch --fix --ignore N,W401
    """
    if fix and "-" in targets:
        raise click.UsageError("`--fix` changes files, and `-` is none")
    check = _Check(session, _Rules(select, ignore, strict), folders)
    for target in _files(check, targets):
        found = None
        try:
            found = session.find(target, stdin_filename)
            found = check.mend(found) if fix else found
            check.target(found)
        except ArchError as error:
            check.failed(error, found)
    warned = (strict or fail_on == "warning") and any(
        found.severity == "warning" for found in session.diagnostics
    )
    code = max(exit_code(session.diagnostics), WRONG * warned)
    return _answer(check, code, max_errors)


def _files(check: _Check, targets: Sequence[str]) -> Iterator[str]:
    """The targets, each folder as its files."""
    from archspec.schema import spec_files

    for target in targets:
        try:
            yield from spec_files(target)
        except ArchError as error:
            check.failed(error)


def _idle(target: Target, reports: tuple[Report, ...]) -> Sequence[Diagnostic]:
    """The `# allow` comments of a whole file that silence nothing."""
    from archspec.analysis import idle_allows

    return () if target.arch else idle_allows(reports)


def _identity(found: Diagnostic) -> tuple[str, str]:
    """What one diagnostic is, although variants of a network differ in its numbers."""
    return found.code, str(found.primary or found.message)


def _answer(check: _Check, code: int, most: int | None) -> int:
    """Print what was found, and return the exit code."""
    session = check.session
    session.data["checked"] = [
        {"file": file, "arch": arch, "verdict": _verdict(arch, counts), **as_data(counts)}
        for file, arch, counts in check.lines
    ]
    session.data["total"] = as_data(sum((counts for _, _, counts in check.lines), Tally()))
    session.data["fixed"] = [mend.as_data(found) for found in check.fixed]
    if session.form == "json":
        return session.finish(code, most=MOST_DATA)
    limit = most if most is not None or session.form != "human" else MOST_SHOWN
    _print(check, limit or None)
    return code


def _print(check: _Check, most: int | None) -> None:
    """The diagnostics, which are this verb's answer, and a line for every architecture."""
    from archspec.rendering import diagnostics as renderers
    from archspec.rendering import sarif_log

    session = check.session
    for found in check.fixed:
        session.say(mend.told(found))
    told = session.told(most)
    if session.form == "sarif":  # a log says so if there is nothing to tell
        click.echo(sarif_log(told, __version__))
        return
    if session.form != "human":
        if told:
            click.echo(getattr(renderers, session.form)(told))
        return
    session.say_diagnostics(sys.stdout, told)
    more = len(session.told()) - len(told)
    if more:
        session.say(f"{more:,} more: --max-errors 0 shows all")
    lines = [(file, arch, _verdict(arch, counts)) for file, arch, counts in check.lines]
    lines += _total(check)
    width = max((len(file) for file, _, _ in lines), default=0)
    names = max((len(arch) for _, arch, _ in lines), default=0)
    for file, arch, text in lines:
        session.say(f"{file:{width}}  {arch:{names}}  {text}")
    if any(found.severity != "note" for found in session.diagnostics):
        session.say(renderers.summary_line(session.told()))


def _verdict(arch: str, counts: Tally) -> str:
    only_definitions = arch == "-" and counts == Tally()
    return "ok   no architecture, only definitions" if only_definitions else verdict(counts)


def _total(check: _Check) -> list[tuple[str, str, str]]:
    """The line for all architectures together, where there are several."""
    if len(check.lines) < 2:
        return []
    known = expectations(sum((counts for _, _, counts in check.lines), Tally()))
    return [("total", "", known)] if known else []
