"""`archspec train`: from a spec and its recipe to trained weights."""

from __future__ import annotations

import gc
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec.cli.exits import OK, WRONG
from archspec.cli.help import Verb
from archspec.cli.options import device_option, spec_names
from archspec.cli.session import Session
from archspec.errors import ArchError, Diagnostic, did_you_mean, has_errors

if TYPE_CHECKING:
    from archspec.graph import Graph
    from archspec.schema import TrainRecipe

# Flags that replace a key of the recipe; their values are written as in a spec.
_RECIPE_FLAGS = {
    "data": ("CALL", "The data set, such as mnist5k(pad=2)."),
    "optimizer": ("CALL", 'How weights move, such as "momentum(lr=0.01)".'),
    "lr": ("NUMBER", "The learning rate of the recipe's optimizer."),
    "schedule": ("CALL", "How the rate changes, such as cosine."),
    "warmup": ("EPOCHS", "Epochs in which the rate rises to its value."),
    "loss": ("CALL", "What is made small, such as cross_entropy."),
    "batch": ("N", "Images in a step; all takes every one."),
    "epochs": ("N", "Passes through the training set."),
    "clip": ("NORM", "The largest norm of the gradient; a larger one is scaled down."),
    "seed": ("N", "Where all random choices start; the same seed repeats a run."),
}


def _recipe_options(function: click.decorators.FC) -> click.decorators.FC:
    for key, (metavar, text) in reversed(_RECIPE_FLAGS.items()):
        function = click.option(f"--{key}", metavar=metavar, help=text)(function)
    return function


@click.command("train", cls=Verb)
@click.argument("target", shell_complete=spec_names)
@click.option(
    "--recipe", metavar="NAME", help="One of the spec's further recipes, `train NAME for ...`."
)
@_recipe_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write. [default: a new one in runs]",
)
@device_option
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="How many torch may use. [default: whichever is faster]",
)
@click.option(
    "--max-minutes",
    type=click.FloatRange(0, min_open=True),
    metavar="MINUTES",
    help="Stop after the epoch in which these have passed.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be done; write nothing.")
@click.option(
    "--log-format",
    type=click.Choice(["human", "jsonl"]),
    default="human",
    show_default=True,
    help="Lines for people, or one JSON event a line.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only the result.")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    target: str,
    recipe: str | None,
    out: Path | None,
    device: Literal["auto", "cpu", "cuda"],
    threads: int | None,
    max_minutes: float | None,
    dry_run: bool,
    log_format: Literal["human", "jsonl"],
    quiet: bool,
    **flags: str | None,
) -> int:
    """Train a network as the recipe in its spec says.

    Writes a folder with the spec, the source, the effective recipe, a table of epochs, curves
    and weights. Flags replace keys of the recipe. Exits with 1 if the recipe's gate is missed,
    with 4 if training fails.

    \b
    Examples:
      archspec train lenet5
      archspec train specs/lenet5.arch:LeNet5Modern --epochs 5 --lr 0.02
    """
    gc.enable()  # a run is long
    from archspec.training import TrainOptions, plan_lines, plan_run, progress_on, train

    session = Session("train", quiet=quiet)
    graph = session.graph(target)
    if has_errors(graph.diagnostics):
        raise ArchError(graph.diagnostics)
    session.warn_of_expectations(graph)
    effective = _recipe(graph, recipe, flags)
    options = TrainOptions(
        out=out,
        device=device,
        threads=threads,
        max_minutes=max_minutes,
        command=_repeat(target, {"recipe": recipe, **flags}, device, max_minutes),
    )
    if dry_run:
        for line in plan_lines(plan_run(graph, effective, options)):
            session.say(line)
        return OK
    run = train(graph, effective, options, progress_on(sys.stdout, log_format, quiet=quiet))
    return WRONG if run.gate is not None and run.gate.verdict == "missed" else OK


def _recipe(graph: Graph, name: str | None, flags: dict[str, str | None]) -> TrainRecipe:
    """The spec's recipe with the flags in place. Raises ArchError (E603, E60x)."""
    from archspec.schema import override, written_entry

    recipe = graph.spec.recipes.get(name) if name else graph.spec.recipe
    if name and recipe is None:
        known = did_you_mean(name, graph.spec.recipes) or tuple(graph.spec.recipes)
        message = f"`{graph.name}` has no recipe `{name}`"
        advice = f"there is {', '.join(known)}" if known else None
        raise ArchError([Diagnostic("E603", message, graph.spec.span, help=advice)])
    if recipe is None:
        message = f"`{graph.name}` has no `train` section"
        advice = "add one to its spec: `train { data = mnist5k(pad=2) … }`"
        raise ArchError([Diagnostic("E603", message, graph.spec.span, help=advice)])
    given = [written_entry(key, text) for key, text in flags.items() if text is not None]
    return override(recipe, given)


def _repeat(
    target: str, flags: dict[str, str | None], device: str, max_minutes: float | None
) -> str:
    """The command that does this again."""
    words = ["archspec", "train", target]
    for key, text in flags.items():
        words += [f"--{key}", text] if text is not None else []
    words += ["--device", device] if device != "auto" else []
    words += ["--max-minutes", f"{max_minutes:g}"] if max_minutes is not None else []
    return shlex.join(words)
