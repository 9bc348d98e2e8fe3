"""`archspec render`: the picture of a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec.cli.help import Verb
from archspec.cli.options import (
    Figures,
    FileName,
    node_paths,
    output_options,
    spec_names,
    target_options,
)

if TYPE_CHECKING:
    from archspec.cli.session import Reading, Session
    from archspec.rendering import Coloring, Detail, Drawing, Figure, Format

_FORMATS: tuple[Format, ...] = ("svg", "png", "pdf", "dot", "mermaid", "json")
_ENDINGS: dict[str, Format] = {"mmd": "mermaid"}  # besides the names of the formats


@click.command("render", cls=Verb)
@click.argument("target", shell_complete=spec_names)
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
    help="What a box is: a statement (stage; template draws each block beside them), a block, "
    "a layer, an operator; auto is what fits a page.",
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
    shell_complete=node_paths,
    help="Open a block in place, such as conv4_x or conv4_x.3; may be repeated.",
)
@click.option(
    "--only",
    default="",
    metavar="PATH",
    shell_complete=node_paths,
    help="Draw one block, repeat, instance or head alone, such as conv4_x.3.",
)
@click.option(
    "--show",
    type=Figures(),
    default="",
    metavar="NUMBERS",
    help="What stands in a box: any of shape, params, macs, memory, rf, with commas between.",
)
@click.option("--unroll", is_flag=True, help="Draw every instance of a repeat, layer by layer.")
@click.option(
    "--dense-edges",
    is_flag=True,
    help="Link every layer of a dense block to every later one; at most 300 arcs.",
)
@click.option("--no-heads", is_flag=True, help="Leave out side branches (`head`).")
@click.option(
    "--color-by",
    type=click.Choice(["op", "params", "macs", "memory", "rf"]),
    default="op",
    show_default=True,
    help="What the fill of a box tells: its operator, or its share of a number.",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark", "print", "high-contrast"]),
    default="light",
    show_default=True,
    help="The colours; print has none but grey and black.",
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
    help="Which links carry a shape; changes: only another than before; auto: all of layers.",
)
@click.option(
    "--dpi",
    type=click.IntRange(48, 1200),
    default=144,
    show_default=True,
    help="Dots per inch of a PNG; fewer if it has no room for them.",
)
@click.option("--force", is_flag=True, help="Draw even more than 1,500 boxes or 3,000 links.")
@click.option("--no-partial", is_flag=True, help="Write no picture of a spec with errors.")
@click.option("--open", "opens", is_flag=True, help="Show the file with the system's viewer.")
@click.option("--engine", metavar="PROGRAM", help="The layout engine, if not the one found.")
@click.option(
    "--timeout",
    type=click.IntRange(1, 3600),
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="How long the layout may take.",
)
@target_options
@output_options("render", "json")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    target: str,
    output: str | None,
    to: Format | None,
    detail: Literal["auto"] | Detail,
    depth: int | None,
    expand: tuple[str, ...],
    only: str,
    show: tuple[Figure, ...],
    unroll: bool,
    dense_edges: bool,
    no_heads: bool,
    color_by: Coloring,
    theme: str,
    direction: Literal["auto", "LR", "TB"],
    no_legend: bool,
    edge_labels: Literal["auto", "all", "changes", "none"],
    dpi: int,
    force: bool,
    no_partial: bool,
    opens: bool,
    engine: str | None,
    timeout: int,
    reading: Reading,
    session: Session,
) -> int:
    """Draw a network: layers with their parameters, or blocks and how each is built.

    Works without an installed Graphviz. A spec with errors is drawn too, with the failing
    place marked; the exit code is 1 all the same.

    \b
    Examples:
      archspec render lenet5
      archspec render specs/lenet5.arch -o lenet5.png --dpi 300
      archspec render resnet152 --only conv4_x.3 --show shape,macs -o unit.svg
      archspec render lenet5 --color-by params --theme dark -o lenet5.svg
    """
    from archspec.analysis import analyze
    from archspec.rendering import (
        EngineOptions,
        PictureOptions,
        build,
        draw,
        engine_version,
        incomplete,
        size_note,
    )

    if opens and output == "-":
        raise click.UsageError("`--open` shows a file, and `-o -` writes none: name a file")
    with session.collecting():
        graph = session.graph(target, reading)
        report = analyze(graph)
        session.diagnostics += (
            found
            for found in report.diagnostics
            if session.form == "json"
            or found.severity != "note"  # `analyze` and `check` tell those
        )
        kind, file = _destination(output, to, graph.name, session.form)
        options = PictureOptions(
            direction=direction,
            legend=not no_legend,
            edge_labels=edge_labels,
            detail=detail,
            depth=depth,
            expand=expand,
            color_by=color_by,
            only=only,
            show=show,
            unroll=unroll,
            dense_edges=dense_edges,
            heads=not no_heads,
            force=force,
        )
        if no_partial and incomplete(report):
            session.note(f"no picture, as --no-partial wants it: {incomplete(report)}")
            return session.finish()
        picture = build(graph, report, options)
        drawing = draw(picture, kind, EngineOptions(engine, timeout, dpi), theme)
        for line in filter(None, (picture.note, size_note(picture), *drawing.notes)):
            session.note(line)
        session.diagnostics += drawing.warnings
        _put(drawing, file, session, opens=opens)
        if session.form == "json" and drawing.engine:
            version = engine_version(drawing.engine)
            session.data["engine"] = {"program": str(drawing.engine), "version": version}
    return session.finish()


def _put(drawing: Drawing, file: Path | None, session: Session, *, opens: bool) -> None:
    """Write the picture where it was wanted, and show it if that was. Raises ArchError."""
    from archspec.files import write

    if file is None:
        sys.stdout.buffer.write(drawing.data)
        return
    write(drawing.data, file)
    session.data["file"] = str(file)
    session.say(str(file))
    if opens and click.launch(str(file)):
        session.note(f"no program of this system shows {file}")


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
