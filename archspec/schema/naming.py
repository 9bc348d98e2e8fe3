"""Names become paths: the rule of the language reference, "Paths", lives here and in `expand`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic, Label, did_you_mean, suggested
from archspec.schema.definitions import Definitions, defined_twice
from archspec.schema.reserved import why_reserved
from archspec.schema.values import Scope
from archspec.syntax import ast

if TYPE_CHECKING:
    from archspec.errors import Frame


class TooManyNodesError(ArchError):
    """The network is too large to go on (E005)."""


@dataclass(eq=False)
class Labels:
    """The labels of one body, and of the bodies around it.

    Args:
        items: the body, to tell a name that comes later from one that does not exist.
        outer: the labels visible from outside; None in a block, which sees only its own.
        entry: path of what enters the enclosing block or lane; "" where nothing does.
        own: by label, its place, the path of its tensor, and its own path.
    """

    items: tuple[ast.Item, ...]
    outer: Labels | None = None
    entry: str = ""
    own: dict[str, tuple[ast.Ident, str, str]] = field(default_factory=dict)

    def add(self, label: ast.Ident, path: str, level: str) -> None:
        """From here on `@label` is the tensor at `path`. Raises ArchError (E203)."""
        known = self._find(label.name)
        if known is not None:
            twice = defined_twice(label, known[0])
            advice = None if label.name in self.own else "a label is visible in all braces below it"
            raise ArchError([replace(twice, help=advice)])
        self.own[label.name] = (label, path, level)

    def path_of(self, reference: ast.Reference) -> str:
        """The path of `@name`. Raises ArchError (E202, E209, E215)."""
        if reference.name == "in":
            if not self.entry:
                message = "`@in` means the input of a block or lane, and this is neither"
                advice = "name the input, such as `input image: 3x32x32`, and write `@image`"
                raise ArchError([Diagnostic("E215", message, reference.span, help=advice)])
            return self.entry
        known = self._find(reference.name)
        if known is None:
            raise ArchError([self._unknown(reference)])
        return known[1]

    def level_of(self, reference: ast.Reference) -> str:
        """The path of the label itself, under which all its nodes lie. Raises as `path_of`."""
        path, known = self.path_of(reference), self._find(reference.name)
        return known[2] if known else path

    def _find(self, name: str) -> tuple[ast.Ident, str, str] | None:
        labels: Labels | None = self
        while labels is not None:
            if name in labels.own:
                return labels.own[name]
            labels = labels.outer
        return None

    def _unknown(self, reference: ast.Reference) -> Diagnostic:
        visible, labels = list[str](), self
        while True:
            for item in labels.items:
                later = item.label if isinstance(item, ast.Statement) else None
                if later is not None and later.name == reference.name:
                    line = later.span.location.line
                    message = f"`@{reference.name}` is used before line {line}, where it is made"
                    made = (Label(later.span, "made here"),)
                    return Diagnostic("E209", message, reference.span, labels=made)
            visible += labels.own
            if labels.outer is None:
                break
            labels = labels.outer
        near = did_you_mean(reference.name, visible)
        advice = f"did you mean `@{near[0]}`?" if near else None
        message = f"no label `{reference.name}` is visible here"
        fix = suggested(reference.span, [f"@{name}" for name in near])
        return Diagnostic("E202", message, reference.span, help=advice, fix=fix)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body is being expanded.

    Args:
        scope: what names of values mean there.
        home: the file it was written in.
        labels: the tensors that have names there.
        prefix: path of the enclosing level, "" at the top.
        chain: the block calls around it, innermost first.
        doc: the statement's `##` text.
        head: the head it belongs to, "" for the trunk.
        as_written: whether the parameters around have their default values, so that literal
            shapes hold.
    """

    scope: Scope
    home: Definitions
    labels: Labels
    prefix: str = ""
    chain: tuple[Frame, ...] = ()
    doc: str = ""
    head: str = ""
    as_written: bool = True
    inside: tuple[ast.Block, ...] = ()  # the blocks being expanded, innermost first

    def under(self, name: str) -> str:
        """The path of `name` at this level."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def at(self, incoming: str) -> Scope:
        """The scope of a link that `incoming` enters."""
        scope = self.scope  # built anew: `replace` takes three times as long, once a call
        return Scope(scope.values, scope.words, scope.calls, self.labels, incoming)


@dataclass
class Paths:
    """Which paths are taken, and by what."""

    taken: dict[str, ast.Ident] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)  # path -> the last number given to it

    def labelled(self, name: ast.Ident, place: Place) -> str:
        """The path of a label. Raises ArchError: taken (E203), reserved (E206)."""
        path = place.under(name.name)
        first = self.taken.setdefault(path, name)
        if first is not name:
            raise ArchError([defined_twice(name, first)])
        check_reserved(name)
        return path

    def free(self, name: ast.Ident, place: Place) -> str:
        """The path of an unlabelled link: the second of a name at one level gets `_2`."""
        first = path = place.under(name.name)
        number = self.tried.get(first, 1)
        while path in self.taken:
            number += 1
            path = f"{first}_{number}"
        self.tried[first] = number
        self.taken[path] = name
        return path


def check_reserved(name: ast.Ident, block: ast.Block | None = None) -> None:
    """A name the compiled module already has. Raises ArchError (E206).

    Args:
        name: of a node, or of the call that names it.
        block: what is called, if that is where the name comes from: it is told once there.
    """
    why = why_reserved(name.name)
    if not why:
        return
    message, advice = (
        f"`{name.name}` cannot name a node: {why}",
        f"write for example `{name.name}_`",
    )
    if block is None:
        raise ArchError([Diagnostic("E206", message, name.span, help=advice)])
    raise ArchError(
        [
            Diagnostic(
                "E206",
                message,
                block.name.span,
                labels=(Label(name.span, "a node is called after the block"),),
                help=f"{advice}, or give its uses labels",
            )
        ]
    )


@dataclass(frozen=True, slots=True)
class Collecting:
    """A `with` whose ArchErrors end up in a list, with the chain of calls of their place."""

    problems: list[Diagnostic]
    place: Place

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        """Keep what an ArchError carries; anything else goes on."""
        if not isinstance(error, ArchError) or isinstance(error, TooManyNodesError):
            return False
        found = error.diagnostics
        self.problems.extend(replace(problem, chain=self.place.chain) for problem in found)
        return True
