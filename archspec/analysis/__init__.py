"""What can be known of a network without running it. Pure functions of the graph; no torch."""

from archspec.analysis.allows import idle_allows
from archspec.analysis.cost import CONVENTION
from archspec.analysis.depth import Depth
from archspec.analysis.expect import Outcome, SourceKind, show, source_kind
from archspec.analysis.explain import (
    UNITS,
    Derivation,
    arithmetic,
    explain,
    explain_all,
    place,
    summary,
)
from archspec.analysis.metric import Metric, Quantity, Setup
from archspec.analysis.receptive import Axis, ReceptiveField
from archspec.analysis.report import METRICS, Detail, Report, Row, analyze

__all__ = [
    "CONVENTION",
    "METRICS",
    "UNITS",
    "Axis",
    "Depth",
    "Derivation",
    "Detail",
    "Metric",
    "Outcome",
    "Quantity",
    "ReceptiveField",
    "Report",
    "Row",
    "Setup",
    "SourceKind",
    "analyze",
    "arithmetic",
    "explain",
    "explain_all",
    "idle_allows",
    "place",
    "show",
    "source_kind",
    "summary",
]
