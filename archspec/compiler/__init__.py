"""Graph -> source text -> nn.Module. What needs torch is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archspec.compiler.emit import emit, main_class
from archspec.compiler.rewrite import without_softmax, without_threshold

if TYPE_CHECKING:
    from archspec.compiler.check import SourceCheck, check_source
    from archspec.compiler.interpreter import interpret
    from archspec.compiler.runtime import compile_graph
    from archspec.compiler.weights import load_weights, save_weights

# Where the names live that must not import torch before they are used.
_LATE = {
    "SourceCheck": "check",
    "check_source": "check",
    "compile_graph": "runtime",
    "interpret": "interpreter",
    "load_weights": "weights",
    "save_weights": "weights",
}

__all__ = [
    "SourceCheck",
    "check_source",
    "compile_graph",
    "emit",
    "interpret",
    "load_weights",
    "main_class",
    "save_weights",
    "without_softmax",
    "without_threshold",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the types stand above, for the checker
    """Import a late name."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
