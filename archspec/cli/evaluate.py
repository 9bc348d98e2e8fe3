"""`archspec evaluate`: how well trained weights do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rich_click as click

from archspec.cli.exits import exit_code
from archspec.cli.help import Verb
from archspec.cli.options import device_option, output_options
from archspec.errors import ArchError, Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.cli.session import Session
    from archspec.errors import Json
    from archspec.schema import TrainRecipe
    from archspec.training import Evaluation


@click.command("evaluate", cls=Verb)
@click.argument("run", metavar="RUN|TARGET")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A safetensors file, for a TARGET.",
)
@device_option
@click.option(
    "--topk",
    default="1,5",
    show_default=True,
    metavar="K,K",
    help="Counts an image as right if its class is among the K likeliest.",
)
@click.option("--per-class", is_flag=True, help="Recall of each class, and what is confused.")
@click.option(
    "--min-top1", type=click.FloatRange(0, 100), metavar="PERCENT", help="Exit with 1 below this."
)
@output_options("evaluate", "json")
def command(  # noqa: PLR0913 - one parameter an option of the command line
    *,
    run: str,
    weights: Path | None,
    device: Literal["auto", "cpu", "cuda"],
    topk: str,
    per_class: bool,
    min_top1: float | None,
    session: Session,
) -> int:
    """Evaluate a run's best weights, or any weights of a network, on its held-out data.

    RUN is a folder that `archspec train` wrote. For a TARGET, a spec or a network of the zoo, the
    data are those of its recipe.

    \b
    Examples:
      archspec evaluate runs/lenet5-mnist5k-s0-001
      archspec evaluate lenet5 --weights best.safetensors --min-top1 95
    """
    from archspec.training import evaluate

    shown = _ks(topk)
    with session.collecting():
        target, recipe, file, threads = _what(run, weights)
        graph = session.graph(target)
        recipe = recipe or _own_recipe(graph.spec.recipe, target)
        found = evaluate(graph, file, recipe, device, threads)
        session.data["evaluation"] = _data(found)
        judged = "patterns" if recipe.data.name == "truth_table" else "images"
        for line in _lines(found, shown, judged, per_class=per_class):
            session.say(line)
        if min_top1 is not None and 100 * found.top(1) < min_top1:
            session.diagnostics.append(_missed(found, min_top1))
    return session.finish(exit_code(session.diagnostics))


def _ks(topk: str) -> tuple[int, ...]:
    if not set(topk.split(",")) <= {"1", "5"}:
        raise click.UsageError(f"`--topk {topk}`: top-1 and top-5 are measured, write 1, 5 or 1,5")
    return tuple(int(part) for part in topk.split(","))


def _what(run: str, weights: Path | None) -> tuple[str, TrainRecipe | None, Path, int | None]:
    """Target, recipe, weights and threads: those of a run's folder, or the user's own."""
    from archspec.training import open_run

    if weights is not None and Path(run).is_dir():
        raise click.UsageError(f"`{run}` is a run with weights of its own: leave --weights out")
    if weights is not None:
        return run, None, weights, None
    if not Path(run).is_dir():
        message = f"`{run}` is not the folder of a run"
        advice = "for the weights of a network, give --weights FILE"
        raise ArchError([Diagnostic("E001", message, help=advice)])
    saved = open_run(Path(run))
    return saved.target, saved.recipe, saved.weights, saved.threads


def _own_recipe(recipe: TrainRecipe | None, target: str) -> TrainRecipe:
    if recipe is None:
        message = f"`{target}` has no `train` section that names its data"
        raise ArchError([Diagnostic("E603", message)])
    return recipe


def _missed(found: Evaluation, bar: float) -> Diagnostic:
    value, error = 100 * found.top(1), 100 * found.standard_error()
    message = f"top-1 {value:.1f} % is below the gate of {bar:g} % (standard error {error:.1f} %)"
    return Diagnostic("X002", message, values={"top1": value, "bar": bar})


def _lines(
    found: Evaluation, ks: tuple[int, ...], judged: str, *, per_class: bool
) -> Iterator[str]:
    parts = [f"top-{k} {100 * found.top(k):.1f} %" for k in ks if k in found.hits]
    parts += [f"loss {found.loss:.3f}", f"{found.samples:,} {judged}"]
    if judged == "images":  # a sample; the patterns of a truth table are all there are
        parts.append(f"(standard error {100 * found.standard_error():.1f} %)")
    yield "  ".join(parts)
    if not per_class:
        return
    for index, recall in enumerate(found.recall):
        yield f"  class {index}  recall {'-' if recall is None else f'{100 * recall:.1f} %'}"
    for true, answer, number in found.confused[:5]:
        yield f"  {true} taken for {answer}: {number}"


def _data(found: Evaluation) -> dict[str, Json]:
    return {
        "loss": found.loss,
        "samples": found.samples,
        "hits": {str(k): hits for k, hits in found.hits.items()},
        "standard_error": found.standard_error(),
        "recall": list(found.recall),
        "confusion": [list(row) for row in found.confusion],
    }
