"""A picture as Mermaid text, which Markdown viewers draw. Pure; looks come from `style`."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archspec.rendering import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.rendering.picture import Box, Link, Picture
    from archspec.rendering.style import Theme

ARROWS = {"data": "-->", "skip": "==>", "dense": "==>", "aux": "-.->"}


def to_mermaid(picture: Picture, theme: str = "light") -> str:
    """The picture as a Mermaid flowchart.

    Nodes are `n0`, `n1`, …, since no path is safe as a name there; the path is the comment behind.

    Example: `to_mermaid(picture).startswith("---")` is true.
    """
    names = {box.path: f"n{place}" for place, box in enumerate(picture.boxes)}
    lines = ["---", f"title: {_quoted(picture.title)}", "---", f"flowchart {picture.direction}"]
    lines += _frame(picture, "", names, 1)
    lines += [_link(link, names) for link in picture.links]
    lines += _classes(picture, style.THEMES[theme], names)
    return "\n".join(lines) + "\n"


def _frame(picture: Picture, parent: str, names: dict[str, str], depth: int) -> Iterator[str]:
    """The boxes and frames directly in a frame."""
    indent = "  " * depth
    frame_of = {path: frame.id for frame in picture.frames for path in frame.boxes}
    for box in picture.boxes:
        if frame_of.get(box.path, "") == parent:
            yield f"{indent}{names[box.path]}[{_label(box)}]"
    for place, frame in enumerate(picture.frames):
        if frame.parent == parent:
            yield f"{indent}subgraph f{place}[{_quoted(frame.title)}]"
            yield from _frame(picture, frame.id, names, depth + 1)
            yield f"{indent}end"


def _label(box: Box) -> str:
    shared = f"({box.shared})" if box.shared else ""
    head = "  ".join(filter(None, (box.title, box.summary, shared)))
    return _quoted("\n".join((head, *box.rows)))


def _quoted(text: str) -> str:
    """User text in quotes; what Mermaid would read as markup becomes an entity."""
    safe = escape(text, quote=False).replace("#", "#35;").replace('"', "#quot;")
    for char in "`\\[]{}|":
        safe = safe.replace(char, f"#{ord(char)};")
    return '"' + "<br/>".join(safe.split("\n")) + '"'


def _link(link: Link, names: dict[str, str]) -> str:
    arrow = "--x" if link.issue else ARROWS[link.kind]
    words = {"skip": "skip", "dense": "carried"}.get(link.kind, "")
    label = link.label or words
    middle = f"{arrow}|{_quoted(label)}|" if label else arrow
    return f"  {names[link.src]} {middle} {names[link.dst]}"


def _classes(picture: Picture, theme: Theme, names: dict[str, str]) -> Iterator[str]:
    """One class a look, with the boxes that have it."""
    members: dict[str, list[str]] = {}
    for box in picture.boxes:
        members.setdefault(_class(box), []).append(names[box.path])
    looks = {_class(box): _look(box, theme) for box in picture.boxes}
    for name, boxes in members.items():
        look = looks[name]
        yield f"  classDef {name} fill:{look.fill},color:{look.text},stroke:{theme.frame}"
        yield f"  class {','.join(boxes)} {name}"
    wrong = [names[box.path] for box in picture.boxes if box.issue]
    if wrong:
        yield f"  classDef wrong stroke:{theme.error},stroke-width:3px,stroke-dasharray:3"
        yield f"  class {','.join(wrong)} wrong"


def _class(box: Box) -> str:
    if box.heat is not None:
        return f"heat{box.heat}"
    return f"fill{style.long_form(box.fill)[1:]}" if box.fill else f"role-{box.role}"


def _look(box: Box, theme: Theme) -> style.Look:
    return style.box_look(box.role, box.fill, box.heat, theme)
