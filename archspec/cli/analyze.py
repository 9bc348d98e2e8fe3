"""`archspec analyze`: the numbers of a network."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec.cli.help import Verb
from archspec.cli.options import output_options, spec_names, target_options
from archspec.cli.session import Session, wide

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.analysis import Report
    from archspec.errors import Json
    from archspec.ops import Shape


@click.command("analyze", cls=Verb)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=spec_names)
@click.option(
    "--detail",
    type=click.Choice(["stage", "op"]),
    default="stage",
    show_default=True,
    help="One row a statement of the spec, or one an operator.",
)
@click.option("--tree", "as_tree", is_flag=True, help="Blocks and what is in them, with bars.")
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Images at a time.",
)
@click.option(
    "--mode",
    type=click.Choice(["eval", "train"]),
    default="eval",
    show_default=True,
    help="Whose operations are counted.",
)
@target_options
@output_options("json")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    targets: tuple[str, ...],
    detail: Literal["stage", "op"],
    as_tree: bool,
    batch: int,
    mode: Literal["eval", "train"],
    input_shape: Shape | None,
    parameters: tuple[str, ...],
    folders: tuple[Path, ...],
    stdin_filename: str,
    form: str,
    quiet: bool,
    color: str,
) -> int:
    """Count a network: shapes, parameters, connections, MACs, receptive field.

    Numbers are exact, and totals are the sums of the rows. Expectations of the spec are
    compared on the way.

    \b
    Examples:
      archspec analyze lenet5
      archspec analyze specs/lenet5.arch:LeNet5Modern --detail op
      archspec analyze lenet5 --tree
      archspec analyze lenet5 --json
    """
    from archspec.analysis import Setup, analyze

    session = Session("analyze", form, quiet, color)
    reports: list[Json] = []
    for number, target in enumerate(targets):
        with session.collecting():
            graph = session.graph(target, input_shape, parameters, stdin_filename, folders)
            report = analyze(graph, Setup(batch, mode))
            session.diagnostics += report.diagnostics
            if form == "human":
                _show(session, report, "tree" if as_tree else detail, first=number == 0)
            else:
                reports.append(_data(report, detail))
    session.data["reports"] = reports
    return session.finish()


def _data(report: Report, detail: Literal["stage", "op"]) -> Json:
    from archspec.rendering.report_json import report_data

    return report_data(report, detail)


def _show(
    session: Session, report: Report, form: Literal["stage", "op", "tree"], *, first: bool
) -> None:
    from archspec.rendering.table import expectations_line, heading, table
    from archspec.rendering.tree import tree

    if not first:
        session.say()
    session.say(heading(report))
    if form == "tree":
        session.say_table(tree(report, ascii_only=not wide(sys.stdout)))
    else:
        session.say_table(table(report, form))
    line = expectations_line(report)
    if line:
        session.say(line)
