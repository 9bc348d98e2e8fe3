"""From a parsed text to a validated architecture. Knows no shape that depends on the input."""

from archspec.schema.allows import Allow, places_of
from archspec.schema.arguments import parameters, show, signature
from archspec.schema.elaborate import arch_names, check_definitions, elaborate, grouped
from archspec.schema.facts import DERIVED, split_target, with_groups
from archspec.schema.imports import imported_files
from archspec.schema.metrics import METRIC_NAMES, VIEW_METRICS, WHOLE_METRICS
from archspec.schema.recipe import TrainRecipe
from archspec.schema.sources import Target, find, fold, read, snake, zoo, zoo_files
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

__all__ = [
    "DERIVED",
    "METRIC_NAMES",
    "VIEW_METRICS",
    "WHOLE_METRICS",
    "Allow",
    "ArchSpec",
    "BlockSpec",
    "Broken",
    "CiteSpec",
    "DeclaredShape",
    "ExpectationSpec",
    "HeadSpec",
    "NodeSpec",
    "Pending",
    "StatementSpec",
    "Target",
    "TrainRecipe",
    "arch_names",
    "check_definitions",
    "elaborate",
    "find",
    "fold",
    "grouped",
    "imported_files",
    "parameters",
    "places_of",
    "read",
    "show",
    "signature",
    "snake",
    "split_target",
    "with_groups",
    "zoo",
    "zoo_files",
]
