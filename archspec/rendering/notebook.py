"""The library's own `analyze`: from a network, however it is named, to a report that shows itself.

`archspec.analysis` computes reports and knows no form of them; the report here is the same one,
with the forms people want in a notebook. Nothing else is added.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec import analysis
from archspec.analysis import Detail, Setup
from archspec.graph import Graph, load
from archspec.rendering.footer import footer_lines, heading
from archspec.rendering.report_json import report_data
from archspec.rendering.sheet import Layout, records, report_sheet
from archspec.rendering.table import html_table, text_table

if TYPE_CHECKING:
    from archspec.errors import Json
    from archspec.ops import Mode


@dataclass(frozen=True, eq=False)
class Report(analysis.Report):
    """A report with the ways to show it; `print` writes what `archspec analyze` writes."""

    def to_dict(self, detail: Detail = "stage") -> dict[str, Json]:
        """What `archspec analyze --format json` has in `data.reports`, ready for `json.dump`."""
        return report_data(self, Layout(detail))

    def to_pandas(self, detail: Detail = "stage", columns: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - a DataFrame, of a library that need not be there
        """A DataFrame, a row for each line of the report and plain numbers in the cells.

        Args:
            detail: `stage`, `block`, `layer` or `op`.
            columns: as after `--columns`; the usual ones if empty.

        Raises:
            ModuleNotFoundError: if pandas is not installed; archspec itself does not need it.
        """
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError as error:
            message = "Report.to_pandas needs pandas, which archspec does not install"
            raise ModuleNotFoundError(message, name="pandas") from error
        return pandas.DataFrame.from_records(records(self, Layout(detail, columns)), index="path")

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return html_table(report_sheet(self), heading(self), footer_lines(self))

    def __str__(self) -> str:
        """Heading, table and footer, at most 100 columns wide."""
        return "\n".join((heading(self), text_table(report_sheet(self), 100), *footer_lines(self)))


def analyze(
    network: Graph | analysis.Report | str | Path,
    *,
    batch: int = 1,
    mode: Mode = "eval",
    dtype: str = "float32",
    optimizer: str = "",
) -> Report:
    """Every number of a network.

    >>> analyze("zoo:lenet5").number("", "params")
    60000

    Args:
        network: a graph of `archspec.load`, a target as `load` takes it (`FILE.arch`,
            `FILE.arch:NAME`, a zoo name), or a report, whose network is counted anew.
        batch: images at a time.
        mode: `eval` or `train`: whose operations are counted.
        dtype: of activations and their gradients: float64, float32, float16 or bfloat16. Half
            precision leaves parameters in float32, float64 does not.
        optimizer: whose state training keeps; "" for the recipe's, or momentum without one.

    Raises:
        ArchError: if a target cannot be read or its spec has errors. The report of a graph with
            errors is partial instead, as its `diagnostics` tell.
        ValueError: if a setting is none of these.
    """
    if isinstance(network, str | Path):
        network = load(str(network))
    graph = network if isinstance(network, Graph) else network.graph
    report = analysis.analyze(graph, Setup(batch, mode, dtype, optimizer))
    return Report(**{field.name: getattr(report, field.name) for field in fields(report)})
