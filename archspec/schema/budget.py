"""How long the walk through an arch will be at least: known before it is walked, from the text.

Evaluates counts, where they are known, and no condition. Builds nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.errors import ArchError, Diagnostic
from archspec.schema.counting import bounds_of
from archspec.schema.naming import TooManyNodesError
from archspec.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archspec.schema.definitions import Definitions
    from archspec.schema.naming import Place
    from archspec.schema.values import Scope

MAX_LINKS = 400_000  # walked in one arch; a turn of a repeat is one more


class Budget:
    """Counts links: those that have been walked, and those that a link will walk at least."""

    def __init__(self) -> None:
        """Nothing has been walked."""
        self.walked = 0
        self.blocks: dict[tuple[int, str], int] = {}

    def spend(self, link: ast.Link, place: Place) -> None:
        """One more link is walked. Raises TooManyNodesError (E005)."""
        self.walked += 1
        if self.walked > MAX_LINKS:
            raise TooManyNodesError([_too_many(link, f"more than {MAX_LINKS:,}", place)])

    def check(self, link: ast.Link, place: Place) -> None:
        """Refuse at once what would take too long. Raises TooManyNodesError (E005)."""
        fewest = self._link(link, place.home, place.scope)
        if fewest > MAX_LINKS:
            raise TooManyNodesError([_too_many(link, f"at least {fewest:,}", place)])

    def _links(self, links: Iterable[ast.Link], home: Definitions, scope: Scope) -> int:
        return sum(self._link(link, home, scope) for link in links)

    def _link(self, link: ast.Link, home: Definitions, scope: Scope) -> int:
        match link:
            case ast.Call():
                lanes = (part for lane in link.lanes or () for part in lane.links)
                inside = self._links(lanes, home, scope)
                return 1 + inside + self._block(link.name.name, home)
            case ast.Reference():
                return 1
            case ast.Group():
                return 1 + self._body(link.body, home, scope)
            case ast.If():
                sides = (link.then, link.otherwise)
                return 1 + min(self._body(side, home, scope) if side else 0 for side in sides)
            case ast.Repeat():
                return 1 + self._repeat(link, home, scope)

    def _body(self, body: ast.Body, home: Definitions, scope: Scope) -> int:
        statements = (item for item in body.items if isinstance(item, ast.Statement))
        return sum(self._links(item.links, home, scope) for item in statements)

    def _block(self, name: str, home: Definitions) -> int:
        """Of a block whatever its arguments; 0 while it is being counted, as it calls itself."""
        if name not in home.blocks:
            return 0
        key, block = (id(home), name), home.blocks[name]
        if key not in self.blocks:
            self.blocks[key] = 0
            hidden = {parameter.name.name for parameter in block.node.parameters}
            scope = _without(block.home.scope, hidden)
            self.blocks[key] = self._body(block.node.body, block.home, scope)
        return self.blocks[key]

    def _repeat(self, link: ast.Repeat, home: Definitions, scope: Scope) -> int:
        try:
            first, last = bounds_of(link, scope)
        except ArchError:  # unknown as yet, or reported when it is reached
            return 0
        inner = _without(scope, {link.variable.name}) if link.variable else scope
        return max(last - first + 1, 0) * (1 + self._body(link.body, home, inner))


def _without(scope: Scope, names: set[str]) -> Scope:
    """The scope in which these names mean nothing yet."""
    known = {name: value for name, value in scope.values.items() if name not in names}
    return replace(scope, values=known)


def _too_many(link: ast.Link, number: str, place: Place) -> Diagnostic:
    what, span = "this", link.span
    if isinstance(link, ast.Call):
        what, span = f"`{link.name.name}`", link.name.span
    if isinstance(link, ast.Repeat):
        what, span = f"`repeat {link.last.span.text}`", link.last.span
    message = f"{what} makes {number} links; {MAX_LINKS:,} are the limit"
    return Diagnostic("E005", message, span, chain=place.chain, values={"limit": MAX_LINKS})
