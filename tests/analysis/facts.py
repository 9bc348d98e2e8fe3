"""The rows of `tests/facts`, and what the analyzer says about each."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor, prod
from pathlib import Path
from typing import TYPE_CHECKING

from tests.analysis.tools import TOOLS, deviation, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.analysis import Report

FOLDER = Path(__file__).parents[1] / "facts"
SIDES = ("c", "h", "w")
PREFIXES = {"K": 1024, "M": 10**6, "G": 10**9}  # K: of the one table that has it, mostly
ELSEWHERE = {("alexnet", "params.ungrouped"): ("alexnet_nogroups", "params")}

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Fact:
    """A row: one number of one network, from a source that is not archspec."""

    model: str
    quantity: str
    value: str
    unit: str
    source: str

    @property
    def key(self) -> tuple[str, str]:
        return self.model, self.quantity

    @property
    def holds(self) -> bool:
        """Exactly, or for a number somebody printed, after rounding to the digits printed."""
        found = computed(*self.key)
        if ".printed" in self.quantity or "." in self.value:
            return rounded(found / self._scale, self.value) == Fraction(self.value)
        return found == int(self.value)

    @property
    def _scale(self) -> int:
        """Of what the value is a multiple: `M params`, `GMAC`, `params`."""
        prefix = re.match(r"([KMG])( |MAC)", self.unit)
        return PREFIXES[prefix[1]] if prefix else 1


def rounded(number: Number, like: str) -> Fraction:
    """To the decimals of `like`; a whole `like` that ends in zeros, to its digits before them.

    Halves go up.
    """
    whole, _, decimals = like.partition(".")
    zeros = 0 if decimals else len(whole) - len(whole.rstrip("0"))
    step = Fraction(10) ** (zeros - len(decimals))
    return floor(Fraction(number) / step + Fraction(1, 2)) * step


def read(file: Path) -> list[Fact]:
    """The facts of a file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [Fact(**row) for row in csv.DictReader(lines)]


FACTS = tuple(fact for file in sorted(FOLDER.glob("*.csv")) for fact in read(file))


def computed(model: str, quantity: str) -> Number:
    """What the analyzer says. Raises KeyError or ArchError: it says nothing."""
    model, quantity = ELSEWHERE.get((model, quantity), (model, quantity))
    if quantity.endswith(".printed.sum"):
        return sum_of_printed(model, quantity.removesuffix(".printed.sum"))
    quantity = quantity.partition(".printed")[0]
    return plain(model, quantity) + deviation(model, quantity)


def plain(model: str, quantity: str) -> Number:
    """What the network of the zoo has, whatever others were given."""
    if quantity in TOOLS:
        return TOOLS[quantity](model)
    found = report(model)
    if quantity in COMBINED:
        return COMBINED[quantity](found)
    return of_a_path(found, *split(found, quantity))


def input_elements(found: Report) -> int:
    return prod(found.graph.input.output)


# Quantities that are a sum of what the analyzer says, or of its input.
COMBINED: dict[str, Callable[[Report], Number]] = {
    "connections.without_rbf": lambda found: (
        found.number("", "connections") - found.number("out", "connections")
    ),
    "buffers.torch.all": lambda found: sum(found.numbers["buffers.torch"].values()),
    "activations.with_input": lambda found: found.number("", "activations") + input_elements(found),
    "input.activations": input_elements,
    "input.units": input_elements,
    "input.params.weights": lambda found: found.number(found.graph.input.path, "params.weights"),
}


def split(found: Report, quantity: str) -> tuple[str, str]:
    """The layer and its metric: `C1.params.weights` is `C1` and `params.weights`."""
    words = quantity.split(".")
    paths = found.graph.nodes.keys() | {node.rpartition(".")[0] for node in found.graph.nodes}
    groups = {path[:end] for path in paths for end in ends(path)}
    for number in range(len(words) - 1, 0, -1):
        if ".".join(words[:number]) in groups:
            return ".".join(words[:number]), ".".join(words[number:])
    return "", quantity


def ends(path: str) -> list[int]:
    return [place for place, char in enumerate(path) if char == "."] + [len(path)]


def of_a_path(found: Report, path: str, metric: str) -> Number:
    first, _, rest = metric.partition(".")
    if first == "shape":
        return found.value(path, "shape")[SIDES.index(rest)]
    if metric == "edges":
        return found.graph[f"{path}.conv"].op.table.links
    named = {"jump": "rf.jump", "rf_start": "rf.start"}
    value = found.value(path, named.get(metric, metric))
    if not isinstance(value, int | Fraction):
        raise KeyError(metric)
    return value


def sum_of_printed(model: str, metric: str) -> Fraction:
    """A column of a printed table, added up."""
    name = re.compile(rf"\w+\.{metric}\.printed\.paper")
    printed = [fact for fact in FACTS if fact.model == model and name.fullmatch(fact.quantity)]
    assert len(printed) == 12
    return PREFIXES[printed[0].unit[0]] * sum(Fraction(fact.value) for fact in printed)
