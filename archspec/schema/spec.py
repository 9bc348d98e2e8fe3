"""A validated architecture: flat nodes in order, with everything said about them.

What `elaborate` produces and `graph.build` takes. Frozen; no shape is inferred here.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from archspec.errors import Diagnostic, Frame
from archspec.ops import Instance, Op
from archspec.schema.allows import Allow
from archspec.schema.arguments import bind
from archspec.schema.metrics import Sides
from archspec.schema.recipe import TrainRecipe
from archspec.schema.values import Argument, ShapeOf, known_arguments
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

    name = "?"
    role = "other"

    written: str


class Pending(Op):
    """Stands for a call whose arguments wait for shapes; `graph.resolve` binds it.

    Args:
        word: what the call is named.
        model: the operator.
        waiting: the arguments, some of them Deferred.
    """

    name = "?"
    role = "other"

    word: str
    model: type[Op]
    waiting: tuple[Annotated[Argument, Instance()], ...]
    span: Annotated[Span, Instance()]

    def bound(self, shapes: ShapeOf) -> Op:
        """The operator, given the shape of every tensor. Raises ArchError; ShapeUnknownError."""
        return bind(self.word, self.model, known_arguments(self.waiting, shapes), self.span)


class NodeSpec(_Frozen):
    """One operator call.

    Args:
        path: its name everywhere, such as `C1.conv`.
        op: the operator with its arguments.
        inputs: paths of what enters, in order; empty for the input itself.
        shares: path of the node whose weights it uses; "" if it has its own.
        head: the head it belongs to; "" for the trunk.
        span: the call in the text, and `arguments` the span of each argument by name.
        chain: the block calls around it, innermost first.
        doc: the `##` text of its own statement.
    """

    path: str
    op: Annotated[Op, Instance()]
    inputs: tuple[str, ...]
    shares: str = ""
    head: str = ""
    span: Annotated[Span, Instance()]
    arguments: dict[str, Annotated[Span, Instance()]] = {}
    chain: tuple[Annotated[Frame, Instance()], ...] = ()
    doc: str = ""


class BlockSpec(_Frozen):
    """A block call that made the level `path`.

    Args:
        name: the block's.
        values: its parameters; one may wait for shapes.
        doc: the block's `##` text.
    """

    path: str
    name: str
    values: dict[str, object]
    doc: str = ""


class DeclaredShape(_Frozen):
    """`=> 6x28x28` behind a statement whose last node is `path`.

    Args:
        value: may wait for shapes, as in `=> [4*in.c, 7, 7]`.
        firm: whether it has to hold; a literal is written for the default arguments, and only
            worth a warning where it stands among others.
    """

    path: str
    value: object
    firm: bool = True
    span: Annotated[Span, Instance()]
    chain: tuple[Annotated[Frame, Instance()], ...] = ()


class StatementSpec(_Frozen):
    """One statement of the arch body: a row of the report, a line of the module.

    Args:
        path: its label, or without one what its first link is called.
        labelled: whether it has a label.
        nodes: its members, in order.
        head: the head it is; "" for a statement of the trunk.
    """

    path: str
    labelled: bool
    nodes: tuple[str, ...]
    span: Annotated[Span, Instance()]
    doc: str = ""
    tags: dict[str, TagValue] = {}
    head: str = ""


class HeadSpec(_Frozen):
    """A side branch: `head name(loss_weight=…, phase=…) { … }`.

    Args:
        output: path of its last node.
        loss_weight: what its loss counts in the whole.
        phase: `train` if it is left out otherwise.
    """

    name: str
    output: str
    loss_weight: Fraction
    phase: Literal["train", "always"]
    span: Annotated[Span, Instance()]


class CiteSpec(_Frozen):
    """A source that facts come from: a paper, or software in a version."""

    name: str
    entries: dict[str, str | int]
    span: Annotated[Span, Instance()]

    @property
    def is_software(self) -> bool:
        """Whether it has a `version`: its numbers are those of that release."""
        return "version" in self.entries


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
    value: Fraction | Sides
    written: str
    within: Fraction | None = None
    cite: str | None = None
    place: str | None = None
    note: str | None = None
    disputed: str | None = None
    target: Annotated[Span, Instance()]
    span: Annotated[Span, Instance()]


class ImportedSpec(_Frozen):
    """A file that is imported, by the root or by another one.

    Args:
        place: its path from the folder that holds it (the root's, the zoo, or one given), with `/`.
    """

    place: str
    source: Annotated[Source, Instance()]


class ArchSpec(_Frozen):
    """An architecture as elaborated from `source`.

    Args:
        blocks: the block calls in order; of several with one path the last is the innermost.
        recipes: further ones by name.
        outputs: paths of what the network returns, heads left out.
        others: the names of the other archs of the file, in order.
        imported: the other files it is made of, in order of reading.
        allows: the warnings its author has looked at, in its file and those it imports.
        altered: whether its parameters have other values than its file gives them.
        diagnostics: everything found so far; calls with errors are `Broken` nodes.
    """

    name: str
    title: str
    doc: str
    source: Annotated[Source, Instance()]
    span: Annotated[Span, Instance()]
    nodes: tuple[NodeSpec, ...]
    statements: tuple[StatementSpec, ...]
    blocks: tuple[BlockSpec, ...] = ()
    heads: tuple[HeadSpec, ...] = ()
    outputs: tuple[str, ...] = ()
    declared: tuple[DeclaredShape, ...] = ()
    expectations: tuple[ExpectationSpec, ...] = ()
    cites: tuple[CiteSpec, ...] = ()
    recipe: TrainRecipe | None = None
    recipes: dict[str, TrainRecipe] = {}
    others: tuple[str, ...] = ()
    imported: tuple[ImportedSpec, ...] = ()
    allows: tuple[Annotated[Allow, Instance()], ...] = ()
    altered: bool = False
    diagnostics: tuple[Annotated[Diagnostic, Instance()], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all its text, hexadecimal: of `source`, then place and text of each import."""
        made = sha256(self.source.text.encode())
        for file in sorted(self.imported, key=lambda file: file.place):
            made.update(f"\0{file.place}\0{file.source.text}".encode())
        return made.hexdigest()
