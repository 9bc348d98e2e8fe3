"""Spec text to a tree of what was written.

Absent on purpose: operator names, values of expressions, files and imports - a tree says
what stands where, and what it means is told by the packages above.
"""

from archspec.syntax import ast
from archspec.syntax.parser import parse

__all__ = ["ast", "parse"]
