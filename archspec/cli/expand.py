"""`archspec expand`: the network without blocks, repeats and parameters, as a spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from archspec.cli.help import Verb
from archspec.cli.options import node_paths, output_options, spec_names, target_options
from archspec.errors import ArchError, Diagnostic, did_you_mean, has_errors

if TYPE_CHECKING:
    from archspec.cli.session import Reading, Session
    from archspec.graph import Graph


@click.command("expand", cls=Verb)
@click.argument("target", shell_complete=spec_names)
@click.option("-o", "--output", metavar="FILE", help="Where to; without it, to standard output.")
@click.option(
    "--path",
    default="",
    metavar="PATH",
    shell_complete=node_paths,
    help="Only this node or group.",
)
@target_options
@output_options("expand", "json")
def command(
    *,
    target: str,
    output: str | None,
    path: str,
    reading: Reading,
    session: Session,
) -> int:
    """Write a network as a flat spec: one line a layer, every argument worked out.

    Blocks, repeats, conditions and parameters are gone; the numbers are the same. Dots in
    paths become underscores, since labels have none.

    \b
    Examples:
      archspec expand specs/lenet5.arch
      archspec expand specs/lenet5.arch --path C3 -o c3.arch
    """
    from archspec.files import write
    from archspec.rendering import flat_source

    with session.collecting():
        graph = session.graph(target, reading)
        if has_errors(graph.diagnostics):
            raise ArchError(graph.diagnostics)
        _check_path(graph, path)
        text = flat_source(graph, path)
        if output in (None, "-"):
            session.data["source"] = text
            session.say(text.rstrip("\n"))
        else:
            write(text.encode(), Path(output or ""))
            session.data["file"] = output
            session.say(f"{output}   {len(graph.members(path))} nodes")
    return session.finish()


def _check_path(graph: Graph, path: str) -> None:
    """Raise ArchError (E205) if there is no such node or group."""
    paths = {name[:end] for name in graph.nodes for end in _ends(name)}
    if path and path not in paths:
        near = did_you_mean(path, paths)
        advice = f"did you mean `{near[0]}`?" if near else None
        message = f"`{graph.name}` has no node and no group `{path}`"
        raise ArchError([Diagnostic("E205", message, help=advice)])


def _ends(path: str) -> list[int]:
    """Where the path and each of its groups ends."""
    return [i for i, char in enumerate(path) if char == "."] + [len(path)]
