"""What can be known of a network without running it. Pure functions of the graph; no torch."""

from archspec.analysis.allows import idle_allows
from archspec.analysis.cost import CONVENTION
from archspec.analysis.depth import Depth
from archspec.analysis.expect import Outcome, show
from archspec.analysis.explain import (
    UNITS,
    Derivation,
    arithmetic,
    explain,
    explain_all,
    place,
    summary,
)
from archspec.analysis.feature_split import FeatureSplit, feature_split
from archspec.analysis.input_range import InputRange, Question, SideRange, input_range
from archspec.analysis.layer_pattern import LayerPattern, layer_pattern
from archspec.analysis.metric import Metric, Quantity, Setup
from archspec.analysis.numbers import METRICS
from archspec.analysis.numbers import UNITS as UNITS_OF_SUMS
from archspec.analysis.receptive import Axis, ReceptiveField
from archspec.analysis.report import Report, analyze
from archspec.analysis.rows import DETAILS, Detail, Row, ranked
from archspec.analysis.views import VIEWS, View

__all__ = [
    "CONVENTION",
    "DETAILS",
    "METRICS",
    "UNITS",
    "UNITS_OF_SUMS",
    "VIEWS",
    "Axis",
    "Depth",
    "Derivation",
    "Detail",
    "FeatureSplit",
    "InputRange",
    "LayerPattern",
    "Metric",
    "Outcome",
    "Quantity",
    "Question",
    "ReceptiveField",
    "Report",
    "Row",
    "Setup",
    "SideRange",
    "View",
    "analyze",
    "arithmetic",
    "explain",
    "explain_all",
    "feature_split",
    "idle_allows",
    "input_range",
    "layer_pattern",
    "place",
    "ranked",
    "show",
    "summary",
]
