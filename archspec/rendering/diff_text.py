"""A difference between two networks as text: the causes, what follows, and the totals."""

from __future__ import annotations

import textwrap
from collections import Counter
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from archspec.analysis import InputRange, causes
from archspec.ops import Table, written
from archspec.rendering.arguments import argument_text, call_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archspec.analysis import Argument, Cause, Change, Diff, Number, Part, Total
    from archspec.graph import Node

NO_DIFFERENCE = "no difference"
WIDTH = 100
_FEW = 4  # operators that are told one by one
_PLACES = 6  # names that are told one by one
_ALWAYS = ("params", "macs")  # totals that are told although they are equal
_LABELS = {
    "params.all": "params with heads and fixed",
    "macs": "MACs",
    "macs.train": "MACs of training",
    "memory": "bytes in inference",
    "memory.saved": "bytes kept in training",
    "flops": "FLOPs",
    "input.build": "input that builds",
    "input.run": "input that runs",
}
_COLORS = {"+ ": "\x1b[32m", "- ": "\x1b[31m"}
_RESET = "\x1b[0m"
_TIGHT = "\u00a0->\u00a0"


def human(difference: Diff, *, every: bool = False, color: bool = False) -> str:
    """The difference for people, a line a cause.

    Args:
        difference: what to tell.
        every: whether every node is listed that differs, be it in numbers only.
        color: whether to use ANSI colours.
    """
    lines = [" -> ".join(_names(difference))]
    if difference.is_empty:
        return "\n".join((*lines, f" {NO_DIFFERENCE}"))
    lines += _settings(difference)
    lines += _nodes(difference, color) if every else _causes(difference, color)
    lines += [] if every else _effects(difference)
    lines += _totals(difference)
    return "\n".join(lines)


def markdown(difference: Diff, *, every: bool = False) -> str:
    """The difference as a section of a Markdown document."""
    names = _names(difference)
    lines = [f"## {' -> '.join(names)}", ""]
    if difference.is_empty:
        return "\n".join((*lines, NO_DIFFERENCE))
    rows = [
        (item.name, f"{_value(item.old)} -> {_value(item.new)}", "") for item in difference.settings
    ]
    if every:
        rows += [(change.path, _whole(change), "") for change in difference.changes]
    else:
        rows += [
            (item.places[0], "; ".join(map(_part, item.parts)), _elsewhere(item.places))
            for item in causes(difference)
        ]
    lines += _table(("where", "change", "same in"), rows)
    lines += ["", *([] if every else (text.strip() for text in _effects(difference)))]
    lines += [""] if lines[-1] else []
    totals = [(*row[:3], row[3].strip("()")) for row in _total_rows(difference)]
    lines += _table(("total", *names, "change"), totals, numbers=(1, 2, 3))
    return "\n".join(lines)


def _table(
    head: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: tuple[int, ...] = ()
) -> list[str]:
    """A Markdown table; columns of numbers stand to the right."""
    rule = tuple("--:" if column in numbers else "---" for column in range(len(head)))
    escaped = ((cell.replace("|", "\\|") for cell in row) for row in (head, rule, *rows))
    return [f"| {' | '.join(row)} |" for row in escaped]


def _names(difference: Diff) -> tuple[str, str]:
    """What the two networks are called; with their files where they have one name."""
    old, new = difference.old.graph, difference.new.graph
    if old.name != new.name:
        return old.name, new.name
    return f"{old.name} ({old.spec.source.name})", f"{new.name} ({new.spec.source.name})"


# --- causes ---------------------------------------------------------------------------------------


def _settings(difference: Diff) -> Iterator[str]:
    for item in difference.settings:
        yield from _beside(item.name, f"{_value(item.old)} -> {_value(item.new)}")


def _beside(name: str, text: str, *, color: bool = False) -> Iterator[str]:
    """A name and what is said of it, below itself where it does not fit on a line."""
    start = f" {name}  "
    room = max(WIDTH - len(start), WIDTH // 2)
    held = text.replace(" -> ", _TIGHT)  # old and new value stay on a line
    lines = textwrap.wrap(held, room, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(line.replace(_TIGHT, " -> ") for line in lines):
        yield (" " * len(start) if number else start) + _painted(line, color)


def _causes(difference: Diff, color: bool) -> Iterator[str]:  # noqa: FBT001 - from `human`
    """A line a cause; its parts below one another where they do not fit."""
    told = causes(difference)
    width = max(
        (len(item.places[0]) for item in told if len(item.places[0]) < WIDTH // 3), default=0
    )
    for item in told:
        start = f" {item.places[0]:<{width}}  "
        for number, line in enumerate(_cause(item, WIDTH - len(start), color)):
            yield (" " * len(start) if number else start) + line


def _cause(cause: Cause, room: int, color: bool) -> list[str]:  # noqa: FBT001 - from `human`
    """The parts side by side if there is room, and where else they are."""
    parts = list(map(_part, cause.parts))
    together = "; ".join(parts)
    lines = [_painted(part, color) for part in parts]
    last = parts[-1]
    if len(together) <= room:
        lines, last = ["; ".join(lines)], together
    elsewhere = _elsewhere(cause.places)
    same = f"(same in {elsewhere})" if elsewhere else ""
    if same and len(last) + len(same) + 3 <= room:
        lines[-1] += f"   {same}"
    elif same:
        lines.append(same)
    return lines


def _painted(line: str, color: bool) -> str:  # noqa: FBT001 - from `human`
    """Green what came, red what went."""
    tint = _COLORS.get(line[:2]) if color else None
    return f"{tint}{line}{_RESET}" if tint else line


def _part(part: Part) -> str:
    """`conv 3x3 stride 1 -> 2`, `+ bn`, `moved from conv1`."""
    kernels = {_kernel(change) for change in part.changes}
    kernel = kernels.pop() if len(kernels) == 1 else ""
    return _told(part.changes[0], part.name, kernel)


def _kernel(change: Change) -> str:
    """The kernel that stayed the same, which tells layers of a block apart; "" without one."""
    sides = {getattr(node.op, "k", None) for node in (*change.old, *change.new)}
    side = sides.pop() if len(sides) == 1 else None
    return f" {written(side)}" if isinstance(side, tuple) else ""


def _told(change: Change, name: str, kernel: str = "") -> str:
    """A change in words, the network around it left out."""
    if change.kind == "moved":
        return f"{name} moved from {change.old_path}".strip()
    if change.kind in ("added", "removed"):
        what = _operators(change.new or change.old)
        same = not name or what.partition("(")[0] == name
        return f"{'+' if change.kind == 'added' else '-'} {what if same else f'{name}: {what}'}"
    old, new = change.old[0], change.new[0]
    if old.op.name != new.op.name:
        words = [f"{call_text(old.op, {})} -> {call_text(new.op, {})}"]
        return ", ".join((f"{name}: {words[0]}" if name else words[0], *_wiring(change)))
    words = [_argument(item, old, new) for item in change.arguments]
    return f"{name or old.op.name}{kernel} {', '.join((*words, *_wiring(change)))}"


def _operators(nodes: tuple[Node, ...]) -> str:
    """What was put in or taken out."""
    if len(nodes) <= _FEW:
        return ", ".join(call_text(node.op, _tables((node,))) for node in nodes)
    kinds = Counter(node.op.name for node in nodes)
    counted = (f"{number} {name}" for name, number in kinds.items())
    return f"{len(nodes)} operators ({', '.join(counted)})"


def _tables(nodes: Iterable[Node]) -> dict[Table, str]:
    values = chain.from_iterable(dict(node.op).values() for node in nodes)
    return {value: value.name for value in values if isinstance(value, Table)}


def _argument(item: Argument, old: Node, new: Node) -> str:
    if item.name == "weights":
        return f"weights of {item.old or 'its own'} -> {item.new or 'its own'}"
    texts = [argument_text(node.op, item.name) or "none" for node in (old, new)]
    same = " (other cells)" if texts[0] == texts[1] else ""
    return f"{item.name} {texts[0]} -> {texts[1]}{same}"


def _wiring(change: Change) -> tuple[str, ...]:
    """What it reads now; nothing if it reads the same."""
    gone, come = (", ".join(paths) for paths in change.inputs)
    if gone and come:
        return (f"reads {come} instead of {gone}",)
    if come:
        return (f"reads {come} too",)
    return (f"no longer reads {gone}",) if gone else ()


def _elsewhere(places: Sequence[str]) -> str:
    """The places after the first, without the end that they all have in common with it."""
    split = [place.split(".") for place in places]
    common = min((_common_end(split[0], parts) for parts in split[1:]), default=0)
    short = [".".join(parts[: len(parts) - common]) for parts in split[1:]]
    return _listed(short)


def _common_end(one: list[str], two: list[str]) -> int:
    """How many last parts are equal; the first part always stays."""
    most = min(len(one), len(two)) - 1
    return next((i for i in range(most) if one[-1 - i] != two[-1 - i]), most)


def _listed(names: Sequence[str]) -> str:
    """`conv4_x.2..6, conv5_x` for consecutive turns of a repeat; not more than a few names."""
    runs: list[tuple[str, str]] = []
    for name in names:
        first, last = runs[-1] if runs else ("", "")
        if runs and name == _next(last):
            runs[-1] = (first, name)
        else:
            runs.append((name, name))
    shown = [a if a == b else f"{a}..{b.rpartition('.')[2]}" for a, b in runs]
    more = len(shown) - _PLACES
    return ", ".join(shown) if more <= 1 else f"{', '.join(shown[:_PLACES])} and {more} more"


def _next(name: str) -> str:
    """The turn of a repeat after this one; "" for what is none."""
    above, _, last = name.rpartition(".")
    return f"{above}.{int(last) + 1}" if above and last.isdigit() else ""


# --- effects --------------------------------------------------------------------------------------


def _effects(difference: Diff) -> Iterator[str]:
    """How many nodes differ in numbers only, in which and where."""
    effects = [change for change in difference.changes if change.kind == "effect"]
    if effects:
        metrics = dict.fromkeys(number.metric for change in effects for number in change.numbers)
        where = list(dict.fromkeys(change.path.partition(".")[0] for change in effects))
        nodes = "1 more node differs" if len(effects) == 1 else f"{len(effects)} more nodes differ"
        yield f" {nodes} in numbers only ({', '.join(metrics)}): {_listed(where)}"


def _nodes(difference: Diff, color: bool) -> Iterator[str]:  # noqa: FBT001 - from `human`
    """A line for every node that differs."""
    for change in difference.changes:
        yield from _beside(change.path, _whole(change), color=color)


def _whole(change: Change) -> str:
    """A change with its numbers."""
    cause = [] if change.kind == "effect" else [_told(change, "", _kernel(change))]
    return "; ".join((*cause, *map(_number, change.numbers)))


def _number(number: Number) -> str:
    return (
        f"{_LABELS.get(number.metric, number.metric)} {_value(number.old)} -> {_value(number.new)}"
    )


# --- totals ---------------------------------------------------------------------------------------


def _totals(difference: Diff) -> Iterator[str]:
    """The totals under one another: those that differ, and a few that always stand there."""
    rows = list(_total_rows(difference))
    name, old, new = (max(len(row[column]) for row in rows) for column in range(3))
    for row in rows:
        sign = " " if row[2] == "=" else "->"
        text = f" {row[0]:<{name}}  {row[1]:>{old}}  "
        text += "=" if row[2] == "=" else f"{sign}  {row[2]:>{new}}  {row[3]}"
        yield text.rstrip()


def _total_rows(difference: Diff) -> Iterator[tuple[str, str, str, str]]:
    params = next((t.old, t.new) for t in difference.totals if t.metric == "params")
    for total in difference.totals:
        if total.metric == "params.all" and (total.old, total.new) == params:
            continue  # no heads, and all is trained
        if total.old != total.new or total.metric in _ALWAYS:
            name = _LABELS.get(total.metric, total.metric)
            equal = total.old == total.new
            yield name, _value(total.old), "=" if equal else _value(total.new), _percent(total)


def _percent(total: Total) -> str:
    """`(+6.0%)`, rounded to a tenth half away from zero; "" where it says nothing."""
    old, new = total.old, total.new
    if not isinstance(old, int) or not isinstance(new, int) or old == 0 or old == new:
        return ""
    tenths = Fraction(1000 * abs(new - old), old)
    rounded = int(tenths + Fraction(1, 2))
    sign = "+" if new > old else "-"
    return f"({sign}{rounded // 10}.{rounded % 10}%)" if rounded else f"({sign}<0.1%)"


def _value(value: object) -> str:
    """A number with separators, a shape, a range of sides; `none` or text as it is."""
    match value:
        case None:
            return "none"
        case InputRange():
            height, width = value.height, value.width
            return str(height) if height == width else f"{height} high, {width} wide"
        case int():
            return f"{value:,}"
        case tuple():
            return written(value)
        case _:
            return str(value)
