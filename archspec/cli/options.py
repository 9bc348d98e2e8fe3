"""Options that several verbs share, each written once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import rich_click as click
from click.shell_completion import CompletionItem

from archspec.cli.columns import OptimizerName
from archspec.cli.session import Reading, Session

if TYPE_CHECKING:
    from archspec.analysis import Setup
    from archspec.ops import Mode

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
OUTPUT = ("form", "quiet", "color")  # what output options are called


def output_options(verb: str, *formats: str) -> Callable[[Decorated], Decorated]:
    """`--format`, `--json`, `-q`, `--color`: a command gets the `session` that answers so."""

    def session(form: str, color: str, *, quiet: bool) -> Session:
        return Session(verb, form, quiet, color)

    options = [
        click.option(
            "--format",
            "form",
            type=click.Choice(["human", *formats]),
            default="human",
            show_default=True,
            help="How to answer.",
        ),
        click.option("--json", "form", flag_value="json", help="Short for --format json."),
        click.option("-q", "--quiet", is_flag=True, help="Only the answer, no notes."),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            show_default=True,
            help="Colour; auto is only on a terminal.",
        ),
    ]
    return partial(_gathered, options, "session", session, OUTPUT)


def target_options(function: Decorated) -> Decorated:
    """`--input`, `--set`, `-I`, `--stdin-filename`: a command gets them together, as `reading`."""
    options = [
        click.option(
            "--input",
            "input_shape",
            type=Sides(),
            metavar="CxHxW",
            help="Another input shape, such as 3x256x256.",
        ),
        click.option(
            "--set",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            help="A parameter of the architecture; may be repeated.",
        ),
        folders_option,
        stdin_option,
    ]
    return _gathered(options, "reading", Reading, [each.name for each in fields(Reading)], function)


def setup_options(function: Decorated) -> Decorated:
    """`--batch`, `--mode`, `--dtype`, `--optimizer`: a command gets them together, as `setup`."""

    def setup(batch: int, mode: Mode, dtype: str, optimizer: str | None) -> Setup:
        from archspec.analysis import Setup

        return Setup(batch, mode, dtype, optimizer or "")

    options = [
        click.option(
            "--batch",
            type=click.IntRange(1),
            default=1,
            show_default=True,
            metavar="N",
            help="Images at a time.",
        ),
        click.option(
            "--mode",
            type=click.Choice(["eval", "train"]),
            default="eval",
            show_default=True,
            help="Whose operations are counted.",
        ),
        click.option(
            "--dtype",
            type=click.Choice(["float32", "float16", "bfloat16", "float64"]),
            default="float32",
            show_default=True,
            help="Of activations and their gradients.",
        ),
        click.option(
            "--optimizer",
            type=OptimizerName(),
            metavar="NAME",
            help="Whose state training keeps: sgd, momentum, adam, ... [default: the recipe's]",
        ),
    ]
    return _gathered(options, "setup", setup, ("batch", "mode", "dtype", "optimizer"), function)


folders_option = click.option(
    "-I",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A further folder for imports; may be repeated.",
)
stdin_option = click.option(
    "--stdin-filename", default="<stdin>", metavar="FILE", help="Name for - in messages."
)
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to compute.",
)


def _gathered(
    options: Sequence[Callable[[Any], Any]],
    name: str,
    kind: Callable[..., object],
    parts: Sequence[str],
    function: Decorated,
) -> Decorated:
    """A command with some options, whose values it gets as one.

    Args:
        options: in the order of the help.
        name: the parameter of the command.
        kind: makes its value of those of the options.
        parts: what the options are called there.
        function: the command.
    """

    @wraps(function)
    def call(**values: Any) -> Any:  # noqa: ANN401 - whatever the command takes and returns
        value = kind(**{part: values.pop(part) for part in parts})
        return function(**{name: value}, **values)

    command: Any = call
    for option in reversed(options):
        command = option(command)
    return cast("Decorated", command)


class Sides(click.ParamType[tuple[int, ...]]):
    """A shape on the command line: `3x224x224` or `784`."""

    name = "CxHxW"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """One side or three, each at least 1."""
        if isinstance(value, tuple):
            return value
        text = str(value)
        sides = tuple(int(side) for side in re.findall(r"\d+", text))
        if not re.fullmatch(r"\d+([x×]\d+[x×]\d+)?", text) or min(sides) < 1:
            self.fail(f"`{text}` is not a shape: write CxHxW, or a length", param, ctx)
        return sides


class FileName(click.ParamType[str]):
    """The name of a file to write, or `-`."""

    name = "FILE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Anything but nothing."""
        text = str(value)
        if not text.strip() or text.endswith(("/", "\\")):
            self.fail(f"`{text}` is not the name of a file", param, ctx)
        return text


def answer_file(file: str, form: str, formats: Mapping[str, str]) -> tuple[str, str]:
    """Where an answer goes ("" is standard output), and its form, by the ending unless named.

    Args:
        file: after `-o`; "" or "-" for standard output.
        form: after `--format`; "human" leaves the choice to the ending.
        formats: form by ending.

    Raises:
        click.UsageError: the ending tells no form, or another one than was named.
    """
    if file in ("", "-"):
        return "", form
    ending = Path(file).suffix.lower()
    told = formats.get(ending, "")
    if form == "human" and not told:
        listed = ", ".join(formats)
        raise click.UsageError(f"`-o {file}`: the ending says the format, one of {listed}")
    if form != "human" and told and told != form:
        raise click.UsageError(f"`-o {file}` and `--format {form}` are two formats")
    return file, told or form


class Figures(click.ParamType[tuple[str, ...]]):
    """Numbers that a picture shows: `shape,params`."""

    name = "NUMBERS"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Each at most once, in the order given."""
        from archspec.errors import did_you_mean
        from archspec.rendering import FIGURES

        if isinstance(value, tuple):
            return value
        chosen = tuple(filter(None, (part.strip() for part in str(value).split(","))))
        for part in chosen:
            if part not in FIGURES:
                near = did_you_mean(part, FIGURES)
                hint = f"did you mean {near[0]}?" if near else f"write any of {', '.join(FIGURES)}"
                self.fail(f"a box cannot show `{part}`: {hint}", param, ctx)
        return tuple(dict.fromkeys(chosen))


def zoo_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """What completes the name of a network in the shell."""
    from archspec.schema import snake, zoo

    del ctx, param
    return sorted(name for name in map(snake, zoo()) if name.startswith(incomplete.lower()))


def spec_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What completes a target in the shell: files, their architectures, the networks of the zoo."""
    file, colon, begun = incomplete.rpartition(":")
    if colon and file.endswith(".arch"):
        names = _arch_names(file)
        return [CompletionItem(f"{file}:{name}") for name in names if name.startswith(begun)]
    names = zoo_names(ctx, param, incomplete)
    return [CompletionItem(incomplete, type="file"), *map(CompletionItem, names)]


def _arch_names(file: str) -> list[str]:
    from archspec.errors import ArchError
    from archspec.schema import arch_names, find
    from archspec.syntax import parse

    try:
        return list(arch_names(parse(find(file).source)))
    except ArchError:  # nothing to offer, and no place to say why
        return []


def node_paths(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """What completes the path of a node: level by level, of the target on the same line."""
    from archspec.errors import ArchError
    from archspec.graph import read_graph
    from archspec.schema import find

    del param
    target = ctx.params.get("target") or next(
        iter(ctx.args), ""
    )  # behind an option it is left over
    try:
        graph = read_graph(find(target))
    except ArchError:
        return []
    known = len(incomplete.rpartition(".")[0])
    levels = (path.find(".", known + 1) for path in graph.nodes)
    cut = (path[:end] if end > 0 else path for path, end in zip(graph.nodes, levels, strict=True))
    return [path for path in dict.fromkeys(cut) if path.startswith(incomplete)]


class Codes(click.ParamType[tuple[str, ...]]):
    """Beginnings of diagnostic codes: `W,X0,E301`."""

    name = "CODES"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Capital letters; each begins at least one code."""
        from archspec.errors import CODES, did_you_mean

        if isinstance(value, tuple):
            return value
        chosen = tuple(filter(None, (part.strip().upper() for part in str(value).split(","))))
        for part in chosen:
            if not any(code.startswith(part) for code in CODES):
                near = did_you_mean(part, CODES)
                hint = f" Did you mean {near[0]}?" if near else ""
                self.fail(f"no code begins with `{part}`.{hint}", param, ctx)
        return chosen
