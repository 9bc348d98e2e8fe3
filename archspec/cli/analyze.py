"""`archspec analyze`: the numbers of a network, or of several side by side."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.columns import Columns, SortColumn, ViewName
from archspec.cli.gates import ByteCount, gate_options, gates_data, missed, not_known
from archspec.cli.help import Verb
from archspec.cli.options import (
    FileName,
    answer_file,
    output_options,
    setup_options,
    spec_names,
    target_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from archspec.analysis import By, Detail, Report, Setup
    from archspec.cli.session import Reading, Session
    from archspec.errors import Diagnostic
    from archspec.rendering import Layout

_ENDINGS = {".txt": "human", ".json": "json", ".csv": "csv", ".md": "md"}


@click.command("analyze", cls=Verb)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=spec_names)
@click.option("--all", "family", is_flag=True, help="Every architecture of the file, one a row.")
@click.option(
    "--detail",
    type=click.Choice(["stage", "block", "layer", "op"]),
    help="A row is a statement of the spec, a block call, a layer or an operator.",
)
@click.option(
    "--by",
    type=click.Choice(["stage", "op", "role"]),
    help="A row is all that has a `stage` tag, an operator or a role in common.",
)
@click.option(
    "--columns",
    type=Columns(),
    default=(),
    metavar="NAMES",
    help="What is shown, such as output,kernel,params,macs,flops,rf,depth.",
)
@click.option("--sort", type=SortColumn(), metavar="COLUMN", help="The largest first, by this.")
@click.option(
    "--top", type=click.IntRange(1), metavar="N", help="So many rows, and one for the others."
)
@click.option(
    "--view",
    "views",
    type=ViewName(),
    multiple=True,
    metavar="NAME",
    help="How another tool counts: torchvision, fvcore, torchinfo, ...; may be repeated.",
)
@click.option("--tree", "as_tree", is_flag=True, help="Blocks and what is in them, with bars.")
@setup_options
@click.option(
    "--fit",
    "budget",
    type=ByteCount(),
    metavar="BYTES",
    help="The largest batch that trains in so much, such as 12GiB.",
)
@click.option("--strict", is_flag=True, help="Fail where a number is only known in part.")
@gate_options
@click.option(
    "-o",
    "--output",
    "file",
    type=FileName(),
    metavar="FILE",
    help="Where to, instead of standard output: .txt, .json, .csv or .md.",
)
@click.option("-v", "--verbose", is_flag=True, help="Hints in full, as archspec check has them.")
@target_options
@output_options("analyze", "json", "csv", "md")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    targets: tuple[str, ...],
    family: bool,
    detail: Detail | None,
    by: By | None,
    columns: tuple[str, ...],
    sort: str | None,
    top: int | None,
    views: tuple[str, ...],
    as_tree: bool,
    setup: Setup,
    budget: int | None,
    strict: bool,
    file: str | None,
    verbose: bool,
    reading: Reading,
    session: Session,
    **limits: int | Fraction | None,
) -> int:
    """Count a network: shapes, parameters, connections, MACs, receptive field.

    Numbers are exact, and totals are the sums of the rows. Expectations of the spec are
    compared on the way. Several targets, or --all, make one table over networks, with the
    ratio to the first. A gate such as --max-params 5M exits with 1 if it is missed.

    \b
    Examples:
      archspec analyze lenet5
      archspec analyze specs/lenet5.arch:LeNet5Modern --detail op
      archspec analyze lenet5 --tree
      archspec analyze googlenet --sort macs --top 5
      archspec analyze alexnet vgg16 googlenet --max-macs 10G
      archspec analyze lenet5 --json
    """
    from archspec.analysis import analyze
    from archspec.rendering import Layout

    session.file, form = answer_file(file or "", session.form, _ENDINGS)
    session.form = form
    several = family or len(targets) > 1
    one = bool(detail or by or top or budget is not None)
    _check_rows(several=several, one=one, both=bool(by and detail))
    shaped = bool(detail or by or columns or sort or top or views)
    _check_form(several=several, as_tree=as_tree, form=form, shaped=shaped, fit=budget is not None)
    reports: list[Report] = []
    for target in targets:
        read = session.family if family else session.graphs
        for graph in read(target, reading):
            reports.append(analyze(graph, setup))  # noqa: PERF401 - errors come in between
    layout = Layout(detail or "stage", columns, sort or "", top, views, session.blocks, budget, by)
    for report in reports:
        told = report.diagnostics if form == "json" or verbose else _grave(report)
        session.diagnostics += (
            *told,
            *missed(report, limits),
            *(not_known(report) if strict else ()),
        )
        if not (form == "json" or verbose or several):
            _count_hints(session, report)
    if form == "json":
        _collect(session, reports, layout)
        session.data["gates"] = [gate for report in reports for gate in gates_data(report, limits)]
    elif several:
        _show_several(session, reports, layout)
    elif as_tree and form == "human":
        _show_tree(session, reports)
    else:
        _show(session, reports, layout)
    return session.finish()


def _check_rows(*, several: bool, one: bool, both: bool) -> None:
    """Raises click.UsageError for rows that there are not."""
    if several and one:
        what = "--detail, --by, --top and --fit are for one network"
        raise click.UsageError(f"{what}, not for a table of several")
    if both:
        raise click.UsageError("--by gathers what --detail tells apart: name one of them")


def _check_form(*, several: bool, as_tree: bool, form: str, shaped: bool, fit: bool) -> None:
    """Raises click.UsageError for options that would say nothing about this answer."""
    if as_tree and (several or form != "human"):
        raise click.UsageError("--tree shows one network, and to people only")
    if as_tree and shaped:
        what = "--detail, --by, --columns, --sort, --top and --view"
        raise click.UsageError(f"--tree has rows and columns of its own: {what} are for tables")
    if fit and (as_tree or form in ("csv", "md")):
        what = "--tree" if as_tree else f"--format {form}"
        raise click.UsageError(f"--fit is told below a table or in JSON: {what} has no such line")


def _grave(report: Report) -> Iterator[Diagnostic]:
    """What nobody should overlook beside a table: no notes."""
    return (found for found in report.diagnostics if found.severity != "note")


def _count_hints(session: Session, report: Report) -> None:
    """One line for all notes, which say nothing against the numbers."""
    codes = sorted(found.code for found in report.diagnostics if found.severity == "note")
    if codes:
        hints = f"{len(codes)} hint{'s' * (len(codes) > 1)}"
        session.note(f"{hints} ({', '.join(dict.fromkeys(codes))}): -v tells them")


def _collect(session: Session, reports: Sequence[Report], layout: Layout) -> None:
    from archspec.rendering import networks_data, report_data

    session.data["reports"] = [report_data(report, layout) for report in reports]
    session.data["networks"] = networks_data(reports)


def _show_tree(session: Session, reports: Sequence[Report]) -> None:
    """The blocks of one network, each under the one that calls it."""
    from archspec.rendering import expectations_line, heading, report_tree

    for report in reports:
        session.put(heading(report))
        session.say_table(report_tree(report, ascii_only=not session.blocks))
        for line in filter(None, [expectations_line(report)]):
            session.put(line)


def _show(session: Session, reports: Sequence[Report], layout: Layout) -> None:
    """One network; nothing if it could not be read."""
    from archspec.rendering import (
        comma_separated,
        footer_lines,
        heading,
        markdown_table,
        records,
        report_sheet,
        text_table,
    )

    for report in reports:
        if session.form == "csv":
            session.put(comma_separated(records(report, layout)))
            continue
        sheet = report_sheet(report, layout)
        if session.form == "md":
            session.put(f"{heading(report)}\n\n{markdown_table(sheet)}")
            continue
        bold, width = session.colored(sys.stdout), session.width
        session.put(heading(report))
        session.put(text_table(sheet, width, bold=bold))
        wrap = min(width, 100)
        for line in footer_lines(report, layout.views, wrap, layout.budget, brief=session.quiet):
            session.put(line)


def _show_several(session: Session, reports: Sequence[Report], layout: Layout) -> None:
    """A row a network."""
    from archspec.rendering import (
        comma_separated,
        markdown_table,
        network_records,
        networks_heading,
        networks_sheet,
        text_table,
        with_views,
    )

    if not reports:
        return
    columns = with_views(layout.columns, layout.views)
    if session.form == "csv":
        session.put(comma_separated(network_records(reports, columns, layout.sort)))
        return
    sheet = networks_sheet(reports, columns, layout.sort)
    if session.form == "md":
        session.put(f"{networks_heading(reports)}\n\n{markdown_table(sheet)}")
    else:
        session.put(networks_heading(reports))
        session.put(text_table(sheet, session.width, bold=session.colored(sys.stdout)))
