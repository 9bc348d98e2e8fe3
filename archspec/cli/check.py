"""`archspec check`: is the spec right, and are its numbers what it says?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.exits import exit_code
from archspec.cli.help import Verb
from archspec.cli.options import output_options
from archspec.cli.session import Session

if TYPE_CHECKING:
    from archspec.analysis import Report
    from archspec.errors import Diagnostic, Json


@dataclass(frozen=True, slots=True)
class _Checked:
    """One architecture: what was found, and the line that sums it up."""

    file: str
    arch: str
    verdict: str


@click.command("check", cls=Verb)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option(
    "-I",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A further folder for imports; may be repeated.",
)
@click.option("--stdin-filename", default="<stdin>", metavar="FILE", help="Name for - in messages.")
@output_options("short", "json", "github")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    targets: tuple[str, ...],
    strict: bool,
    folders: tuple[Path, ...],
    stdin_filename: str,
    form: str,
    quiet: bool,
    color: str,
) -> int:
    """Check specs: syntax, names, shapes, expectations.

    All architectures of a file are checked, unless the target names one. Exits with 1 if
    anything is wrong or an expectation does not hold.

    \b
    Examples:
      archspec check specs/lenet5.arch
      archspec check lenet5 --format github
    """
    session = Session("check", form, quiet, color)
    checked: list[_Checked] = []
    for target in targets:
        with session.collecting():
            checked += _check(session, target, stdin_filename, folders)
    session.data["checked"] = [_data(item) for item in checked]
    warned = strict and any(found.severity == "warning" for found in session.diagnostics)
    code = max(exit_code(session.diagnostics), int(warned))
    if form == "json":
        return session.finish(code)
    _print(session, checked)
    return code


def _check(
    session: Session, target: str, stdin_filename: str, folders: tuple[Path, ...]
) -> list[_Checked]:
    from archspec.analysis import analyze, idle_allows
    from archspec.graph import read_graphs

    found = list[_Checked]()
    source = session.find(target, stdin_filename)
    reports = tuple(map(analyze, read_graphs(source, folders)))
    session.diagnostics += () if source.arch else idle_allows(reports)
    if not reports:
        found.append(_Checked(source.source.name, "-", "ok   no architecture, only definitions"))
    for report in reports:
        told = set(map(_identity, session.diagnostics))
        new = [item for item in report.diagnostics if _identity(item) not in told]
        session.diagnostics += new
        found.append(_Checked(source.source.name, report.graph.name, _verdict(report)))
    return found


def _identity(found: Diagnostic) -> tuple[str, str]:
    """What one diagnostic is, although variants of a network differ in its numbers."""
    return found.code, str(found.primary or found.message)


def _verdict(report: Report) -> str:
    """`ok   4 expectations hold (4 cited)`, or how many errors and warnings there are."""
    severities = [problem.severity for problem in report.diagnostics]
    errors, warnings = severities.count("error"), severities.count("warning")
    if errors or warnings:
        return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    held = [outcome.spec for outcome in report.outcomes if outcome.result == "holds"]
    skipped = sum(outcome.result == "skipped" for outcome in report.outcomes)
    rest = f", {skipped} skipped" if skipped else ""
    if not held:
        return f"ok{rest}"
    derived = sum(spec.cite == "derived" for spec in held)
    cited = sum(spec.cite is not None for spec in held) - derived
    kinds = [
        f"{number} {word}" for number, word in ((cited, "cited"), (derived, "derived")) if number
    ]
    noun = "expectation holds" if len(held) == 1 else "expectations hold"
    sources = f" ({', '.join(kinds)})" if kinds else ""
    return f"ok   {len(held)} {noun}{sources}{rest}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _data(item: _Checked) -> dict[str, Json]:
    return {"file": item.file, "arch": item.arch, "verdict": item.verdict}


def _print(session: Session, checked: list[_Checked]) -> None:
    """The diagnostics, which are this verb's answer, and a line for every architecture."""
    from archspec.rendering import diagnostics as renderers

    if session.form == "human":
        session.say_diagnostics(sys.stdout)
    elif session.diagnostics:
        click.echo(getattr(renderers, session.form)(session.diagnostics))
    width = max((len(item.file) for item in checked), default=0)
    names = max((len(item.arch) for item in checked), default=0)
    for item in checked:
        session.say(f"{item.file:{width}}  {item.arch:{names}}  {item.verdict}")
