"""From a parsed text to a validated architecture. Knows no shape that depends on the input."""

from archspec.schema import choices
from archspec.schema.allows import Allow, places_of
from archspec.schema.arguments import parameters, show, signature
from archspec.schema.definitions import written_value
from archspec.schema.elaborate import arch_names, check_definitions, elaborate, grouped
from archspec.schema.facts import DERIVED, split_target, with_groups, written_entry
from archspec.schema.imports import imported_files
from archspec.schema.metrics import (
    FIELD_METRICS,
    METRIC_NAMES,
    VIEW_METRICS,
    WHOLE_METRICS,
    MetricValue,
    Sides,
)
from archspec.schema.numerals import written_step
from archspec.schema.recipe import TrainRecipe, override
from archspec.schema.reserved import why_reserved
from archspec.schema.sources import (
    Target,
    find,
    fold,
    read,
    read_stream,
    snake,
    spec_files,
    zoo,
    zoo_files,
)
from archspec.schema.spec import (
    ArchSpec,
    BlockSpec,
    Broken,
    CiteSpec,
    DeclaredShape,
    ExpectationSpec,
    HeadSpec,
    NodeSpec,
    Pending,
    StatementSpec,
)
from archspec.schema.values import Deferred, Scope, ShapeUnknownError, Value, as_shape, evaluate

__all__ = [
    "DERIVED",
    "FIELD_METRICS",
    "METRIC_NAMES",
    "VIEW_METRICS",
    "WHOLE_METRICS",
    "Allow",
    "ArchSpec",
    "BlockSpec",
    "Broken",
    "CiteSpec",
    "DeclaredShape",
    "Deferred",
    "ExpectationSpec",
    "HeadSpec",
    "MetricValue",
    "NodeSpec",
    "Pending",
    "Scope",
    "ShapeUnknownError",
    "Sides",
    "StatementSpec",
    "Target",
    "TrainRecipe",
    "Value",
    "arch_names",
    "as_shape",
    "check_definitions",
    "choices",
    "elaborate",
    "evaluate",
    "find",
    "fold",
    "grouped",
    "imported_files",
    "override",
    "parameters",
    "places_of",
    "read",
    "read_stream",
    "show",
    "signature",
    "snake",
    "spec_files",
    "split_target",
    "why_reserved",
    "with_groups",
    "written_entry",
    "written_step",
    "written_value",
    "zoo",
    "zoo_files",
]
