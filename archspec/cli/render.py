"""`archspec render`: the picture of a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec.cli.help import Verb
from archspec.cli.options import FileName, output_options, target_options
from archspec.cli.session import Session

if TYPE_CHECKING:
    from archspec.ops import Shape
    from archspec.rendering import Format
    from archspec.rendering.picture import Coloring, Detail

_FORMATS: tuple[Format, ...] = ("svg", "png", "pdf", "dot", "mermaid", "json")
_ENDINGS: dict[str, Format] = {"mmd": "mermaid"}  # besides the names of the formats


@click.command("render", cls=Verb)
@click.argument("target")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FileName(),
    help="Where to; its ending says the format. - is standard output. [default: NAME.svg]",
)
@click.option("--to", "to", type=click.Choice(_FORMATS), help="The format, if no file says it.")
@click.option(
    "--detail",
    type=click.Choice(["auto", "stage", "template", "block", "layer", "op"]),
    default="auto",
    show_default=True,
    help="What a box is; auto is the finest of layer, template and stage that fits a page.",
)
@click.option(
    "--depth",
    type=click.IntRange(0),
    metavar="N",
    help="Open N levels of blocks and repeats, instead of --detail.",
)
@click.option(
    "--expand",
    multiple=True,
    metavar="PATH",
    help="Open a block in place, such as conv4_x or conv4_x.1; may be repeated.",
)
@click.option(
    "--color-by",
    type=click.Choice(["op", "params", "macs", "memory", "rf"]),
    default="op",
    show_default=True,
    help="What the fill of a box tells.",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="light",
    show_default=True,
    help="The colours.",
)
@click.option(
    "--direction",
    type=click.Choice(["auto", "LR", "TB"]),
    default="auto",
    show_default=True,
    help="Left to right or top to bottom.",
)
@click.option("--no-legend", is_flag=True, help="Leave out connection tables and keys.")
@click.option(
    "--edge-labels",
    type=click.Choice(["auto", "all", "changes", "none"]),
    default="auto",
    show_default=True,
    help="Which links carry a shape; auto is all where boxes are layers, else none.",
)
@click.option(
    "--dpi", type=click.IntRange(24, 1200), default=144, show_default=True, help="Of a PNG."
)
@click.option("--engine", metavar="PROGRAM", help="The layout engine, if not the one found.")
@click.option(
    "--timeout",
    type=click.IntRange(1, 3600),
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="How long it may take.",
)
@target_options
@output_options("json")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    target: str,
    output: str | None,
    to: Format | None,
    detail: Literal["auto"] | Detail,
    depth: int | None,
    expand: tuple[str, ...],
    color_by: Coloring,
    theme: str,
    direction: Literal["auto", "LR", "TB"],
    no_legend: bool,
    edge_labels: Literal["auto", "all", "changes", "none"],
    dpi: int,
    engine: str | None,
    timeout: int,
    input_shape: Shape | None,
    parameters: tuple[str, ...],
    folders: tuple[Path, ...],
    stdin_filename: str,
    form: str,
    quiet: bool,
    color: str,
) -> int:
    """Draw a network: layers with their parameters, or blocks and how each is built.

    Works without an installed Graphviz. A spec with errors is drawn too, with the failing
    place marked; the exit code is 1 all the same.

    \b
    Examples:
      archspec render lenet5
      archspec render specs/lenet5.arch -o lenet5.png --dpi 300
      archspec render lenet5 --color-by params --theme dark -o lenet5.svg
    """
    from archspec.analysis import analyze
    from archspec.files import write
    from archspec.rendering import EngineOptions, PictureOptions, build, draw, engine_version

    session = Session("render", form, quiet, color)
    with session.collecting():
        graph = session.graph(target, input_shape, parameters, stdin_filename, folders)
        report = analyze(graph)
        session.diagnostics += report.diagnostics
        kind, file = _destination(output, to, graph.name, form)
        options = PictureOptions(
            direction=direction,
            legend=not no_legend,
            edge_labels=edge_labels,
            detail=detail,
            depth=depth,
            expand=expand,
            color_by=color_by,
        )
        picture = build(graph, report, options)
        if picture.note:
            session.note(picture.note)
        drawing = draw(picture, kind, EngineOptions(engine, timeout, dpi), theme)
        for line in drawing.notes:
            session.note(line)
        session.diagnostics += drawing.warnings
        if file is None:
            sys.stdout.buffer.write(drawing.data)
        else:
            write(drawing.data, file)
            session.data["file"] = str(file)
            session.say(str(file))
        if form == "json" and drawing.engine:
            version = engine_version(drawing.engine)
            session.data["engine"] = {"program": str(drawing.engine), "version": version}
    return session.finish()


def _destination(
    output: str | None, to: Format | None, name: str, form: str
) -> tuple[Format, Path | None]:
    """The format and the file; None for standard output. Raises click.UsageError."""
    if output == "-" and form == "json":
        raise click.UsageError("`-o -` and `--json` both want standard output: name a file")
    if output == "-":
        if to in ("png", "pdf") and sys.stdout.isatty():
            raise click.UsageError(
                f"a {to.upper()} does not go to a terminal: redirect it, or name a file"
            )
        return to or "svg", None
    file = Path(output or f"{name}.{to or 'svg'}")
    ending = file.suffix.removeprefix(".").lower()
    said = _ENDINGS.get(ending) or next((known for known in _FORMATS if known == ending), None)
    if to and said and to != said:
        raise click.UsageError(f"`{file}` ends in .{ending}, but --to says {to}")
    chosen = to or said
    if chosen is None:
        raise click.UsageError(
            f"the ending of `{file}` names no format: use one of {', '.join(_FORMATS)}, or --to"
        )
    return chosen, file
