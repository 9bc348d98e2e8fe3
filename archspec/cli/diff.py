"""`archspec diff`: what differs between two networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec.cli.exits import WRONG
from archspec.cli.help import Verb
from archspec.cli.options import output_options, spec_names, target_options
from archspec.errors import ArchError, has_errors

if TYPE_CHECKING:
    from archspec.analysis import Diff, Report
    from archspec.cli.session import Reading, Session


@click.command("diff", cls=Verb)
@click.argument("old", metavar="OLD", shell_complete=spec_names)
@click.argument("new", metavar="NEW", shell_complete=spec_names)
@click.option(
    "--detail",
    type=click.Choice(["stage", "op"]),
    default="stage",
    show_default=True,
    help="What was changed, or every node whose numbers differ.",
)
@click.option(
    "--exit-code", "differing", is_flag=True, help="Exit with 1 if there is a difference."
)
@target_options
@output_options("diff", "json", "md")
def command(
    *,
    old: str,
    new: str,
    detail: Literal["stage", "op"],
    differing: bool,
    reading: Reading,
    session: Session,
) -> int:
    """Tell two networks apart: what was changed, and what follows from it.

    Layers are the same where their paths are, or where they have the same operators in the
    same order. A change that several places share is told once. --input and --set are for
    both networks.

    \b
    Examples:
      archspec diff vgg16 vgg19
      archspec diff alexnet alexnet_no_groups --detail op
      archspec diff before.arch after.arch --exit-code --format md
    """
    from archspec.analysis import analyze, diff

    if old == new == "-":
        raise click.UsageError("only one of the two can be standard input")
    reports: list[Report] = []
    for target in (old, new):
        with session.collecting():
            graph = session.graph(target, reading)
            if has_errors(graph.diagnostics):
                raise ArchError(graph.diagnostics)
            reports.append(analyze(graph))
    if len(reports) < 2:
        return session.finish()
    difference = diff(*reports)
    _tell(session, difference, every=detail == "op")
    return session.finish(WRONG if differing and not difference.is_empty else None)


def _tell(session: Session, difference: Diff, *, every: bool) -> None:
    import sys

    from archspec.rendering import diff_data, diff_text

    if session.form == "json":
        session.data.update(diff_data(difference))
    elif session.form == "md":
        click.echo(diff_text.markdown(difference, every=every))
    else:
        session.say(diff_text.human(difference, every=every, color=session.colored(sys.stdout)))
