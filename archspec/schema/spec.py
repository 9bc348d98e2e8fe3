"""A validated architecture: flat nodes in order, with everything said about them.

What `elaborate` produces and `graph.build` takes. Frozen; no shape is inferred here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from archspec.errors import Diagnostic, Frame
from archspec.ops import Op, Role, Shape
from archspec.ops.fields import Instance
from archspec.schema.recipe import TrainRecipe
from archspec.source import Source, Span

Comparison = Literal["==", "~=", "<=", ">=", "<", ">"]
TagValue = str | int | bool | Fraction


class _Frozen(BaseModel):
    """Abstract."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=True,
        defer_build=True,
    )


class Broken(Op):
    """Stands for a call that could not be understood; its output is never known.

    Not an operator of the language: it keeps the place, so that the rest can be checked.
    """

    name: ClassVar[str] = "?"
    role: ClassVar[Role] = "other"

    written: str


class NodeSpec(_Frozen):
    """One operator call.

    Args:
        path: its name everywhere, such as `C1.conv`.
        op: the operator with its arguments.
        inputs: paths of what enters, in order; empty for the input itself.
        statement: path of the top-level statement it belongs to.
        span: the call in the text, and `arguments` the span of each argument by name.
        chain: the block calls around it, innermost first.
        doc: the `##` text of its own statement.
    """

    path: str
    op: Annotated[Op, Instance()]
    inputs: tuple[str, ...]
    statement: str
    span: Annotated[Span, Instance()]
    arguments: dict[str, Annotated[Span, Instance()]] = {}
    chain: tuple[Annotated[Frame, Instance()], ...] = ()
    doc: str = ""


class DeclaredShape(_Frozen):
    """`=> 6x28x28` behind a statement whose last node is `path`; `chain` as in NodeSpec."""

    path: str
    shape: Shape
    span: Annotated[Span, Instance()]
    chain: tuple[Annotated[Frame, Instance()], ...] = ()


class StatementSpec(_Frozen):
    """One statement of the arch body: a row of the report, a line of the module.

    `path` is its label, or its first node where it has none; `nodes` are its members in order.
    """

    path: str
    nodes: tuple[str, ...]
    span: Annotated[Span, Instance()]
    doc: str = ""
    tags: dict[str, TagValue] = {}


class CiteSpec(_Frozen):
    """A source that facts come from."""

    name: str
    entries: dict[str, str | int]
    span: Annotated[Span, Instance()]


class ExpectationSpec(_Frozen):
    """One line of `expect`.

    Args:
        path: the node or group, "" for the whole architecture.
        metric: such as `params` or `params.bias`.
        comparison: one of == ~= <= >= < >.
        value: a number, or a shape for the metric `shape`.
        written: the value as written, whose digits say how `~=` rounds.
        within: percent.
        target: the place of the dotted words before the comparison.
        cite: a cite's name, `derived`, or None.
    """

    path: str
    metric: str
    comparison: Comparison
    value: Fraction | Shape
    written: str
    within: Fraction | None = None
    cite: str | None = None
    place: str | None = None
    note: str | None = None
    disputed: str | None = None
    target: Annotated[Span, Instance()]
    span: Annotated[Span, Instance()]


class ArchSpec(_Frozen):
    """An architecture as elaborated from `source`.

    Args:
        others: the names of the other archs of the file, in order.
        diagnostics: everything found so far; calls with errors are `Broken` nodes.
    """

    name: str
    title: str
    doc: str
    source: Annotated[Source, Instance()]
    span: Annotated[Span, Instance()]
    nodes: tuple[NodeSpec, ...]
    statements: tuple[StatementSpec, ...]
    declared: tuple[DeclaredShape, ...] = ()
    expectations: tuple[ExpectationSpec, ...] = ()
    cites: tuple[CiteSpec, ...] = ()
    recipe: TrainRecipe | None = None
    others: tuple[str, ...] = ()
    diagnostics: tuple[Annotated[Diagnostic, Instance()], ...] = ()
