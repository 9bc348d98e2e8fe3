"""archspec: describe a convolutional network once; count, explain, draw, compile and train it.

Everything here is loaded when it is first used: `import archspec` costs nothing, and only
`compile` needs torch.

>>> import archspec
>>> report = archspec.analyze(archspec.load("zoo:lenet5"))
>>> report.number("", "params")
60000
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.compiler import compile_graph
    from archspec.compiler.emit import emit
    from archspec.errors import ArchError, Diagnostic
    from archspec.graph import Graph, load
    from archspec.rendering import render
    from archspec.rendering.notebook import Report, analyze
    from archspec.syntax import parse

    compile = compile_graph  # noqa: A001  # the public name; nothing here needs the builtin

__version__ = "0.1.0"

_HOME = {
    "ArchError": ("archspec.errors", "ArchError"),
    "Diagnostic": ("archspec.errors", "Diagnostic"),
    "Graph": ("archspec.graph", "Graph"),
    "Report": ("archspec.rendering.notebook", "Report"),
    "analyze": ("archspec.rendering.notebook", "analyze"),
    "compile": ("archspec.compiler", "compile_graph"),
    "emit": ("archspec.compiler", "emit"),
    "load": ("archspec.graph", "load"),
    "parse": ("archspec.syntax", "parse"),
    "render": ("archspec.rendering", "render"),
}

__all__ = [
    "ArchError",
    "Diagnostic",
    "Graph",
    "Report",
    "analyze",
    "compile",
    "emit",
    "load",
    "parse",
    "render",
]


def __getattr__(name: str) -> object:
    """The public names, imported from their rooms on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module `archspec` has no attribute `{name}`")
    module, attribute = _HOME[name]
    value: object = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
