"""What can be known of a network without running it. Pure functions of the graph; no torch."""

from archspec.analysis.allows import idle_allows
from archspec.analysis.axis import Axis
from archspec.analysis.causes import Cause, Part, causes
from archspec.analysis.cost import CONVENTION
from archspec.analysis.depth import Depth
from archspec.analysis.diff import Argument, Change, Diff, Number, Setting, Total, diff
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
from archspec.analysis.feature_split import FeatureSplit, feature_split
from archspec.analysis.input_range import InputRange, SideRange, input_range, input_ranges
from archspec.analysis.layer_pattern import LayerPattern, layer_pattern
from archspec.analysis.memory import EXCLUDES, Memory, largest_batch
from archspec.analysis.metric import OPTIMIZER_SLOTS, Metric, Quantity, Setup
from archspec.analysis.numbers import METRICS
from archspec.analysis.numbers import UNITS as UNITS_OF_SUMS
from archspec.analysis.params import shared_with
from archspec.analysis.receptive import ReceptiveField
from archspec.analysis.report import Report, analyze
from archspec.analysis.rows import BYS, DETAILS, By, Detail, Row, ranked
from archspec.analysis.side_rules import Question
from archspec.analysis.views import VIEWS, View
from archspec.analysis.zoo import Entry, zoo_entries

__all__ = [
    "BYS",
    "CONVENTION",
    "DETAILS",
    "EXCLUDES",
    "METRICS",
    "OPTIMIZER_SLOTS",
    "UNITS",
    "UNITS_OF_SUMS",
    "VIEWS",
    "Argument",
    "Axis",
    "By",
    "Cause",
    "Change",
    "Depth",
    "Derivation",
    "Detail",
    "Diff",
    "Entry",
    "FeatureSplit",
    "InputRange",
    "LayerPattern",
    "Memory",
    "Metric",
    "Number",
    "Outcome",
    "Part",
    "Quantity",
    "Question",
    "ReceptiveField",
    "Report",
    "Row",
    "Setting",
    "Setup",
    "SideRange",
    "SourceKind",
    "Total",
    "View",
    "analyze",
    "arithmetic",
    "causes",
    "diff",
    "explain",
    "explain_all",
    "feature_split",
    "idle_allows",
    "input_range",
    "input_ranges",
    "largest_batch",
    "layer_pattern",
    "place",
    "ranked",
    "shared_with",
    "show",
    "source_kind",
    "summary",
    "zoo_entries",
]
