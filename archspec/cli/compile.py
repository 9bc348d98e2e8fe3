"""`archspec compile`: the network as PyTorch source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.help import Verb
from archspec.cli.options import FileName, output_options, spec_names, target_options

if TYPE_CHECKING:
    from archspec.cli.session import Reading, Session
    from archspec.graph import Graph


@click.command("compile", cls=Verb)
@click.argument("target", shell_complete=spec_names)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FileName(),
    help="Where to; without it, to standard output.",
)
@click.option("--class-name", metavar="NAME", help="Instead of the architecture's name.")
@click.option(
    "--check",
    "checked",
    is_flag=True,
    help="Run the source in a fresh process and compare every shape and count.",
)
@target_options
@output_options("compile", "json")
def command(
    *,
    target: str,
    output: str | None,
    class_name: str | None,
    checked: bool,
    reading: Reading,
    session: Session,
) -> int:
    """Write a network as PyTorch source that stands on its own.

    The file imports torch and nothing of archspec; its modules and its state_dict are named
    like the layers of the spec.

    \b
    Examples:
      archspec compile lenet5 -o lenet5.py
      archspec compile specs/lenet5.arch:LeNet5Modern --check
    """
    from archspec.compiler import check_source, emit, main_class
    from archspec.errors import ArchError, has_errors
    from archspec.files import write

    with session.collecting():
        graph = session.graph(target, reading)
        if has_errors(graph.diagnostics):
            raise ArchError(graph.diagnostics)
        session.warn_of_expectations(graph)
        text = emit(graph, class_name)
        if checked:
            session.diagnostics += check_source(graph, class_name).diagnostics
        name = main_class(graph, class_name)
        session.data["class"] = name
        if output in (None, "-"):
            session.data["source"] = text
            session.say_source(text)
        else:
            write(text.encode(), Path(output or ""))
            session.data["file"] = output
            session.say(_wrote(output or "", name, graph))
    return session.finish()


def _wrote(output: str, class_name: str, graph: Graph) -> str:
    from archspec.analysis import analyze

    report = analyze(graph)
    params, every = report.number("", "params"), report.number("", "params.all")
    heads = f", {every:,} with heads" if graph.spec.heads else ""
    return f"{output}   class {class_name}, {params:,} parameters{heads}"
