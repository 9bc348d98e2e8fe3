"""From a parsed text to a validated architecture. Knows no shape that depends on the input."""

from archspec.schema.arguments import show, signature
from archspec.schema.elaborate import arch_names, elaborate, fold
from archspec.schema.facts import DERIVED, prefixes, split_target
from archspec.schema.metrics import METRIC_NAMES
from archspec.schema.recipe import TrainRecipe
from archspec.schema.sources import Target, find, read, snake, zoo
from archspec.schema.spec import (
    ArchSpec,
    Broken,
    CiteSpec,
    DeclaredShape,
    ExpectationSpec,
    NodeSpec,
    StatementSpec,
)

__all__ = [
    "DERIVED",
    "METRIC_NAMES",
    "ArchSpec",
    "Broken",
    "CiteSpec",
    "DeclaredShape",
    "ExpectationSpec",
    "NodeSpec",
    "StatementSpec",
    "Target",
    "TrainRecipe",
    "arch_names",
    "elaborate",
    "find",
    "fold",
    "prefixes",
    "read",
    "show",
    "signature",
    "snake",
    "split_target",
    "zoo",
]
