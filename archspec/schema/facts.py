"""What a spec says about its network besides the layers: sources, expectations, the recipe."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, get_args

from archspec.errors import ArchError, Diagnostic, Diagnostics, did_you_mean, suggested
from archspec.schema.metrics import FIELD_METRICS, METRIC_NAMES, VIEW_METRICS, WHOLE_METRICS, Sides
from archspec.schema.recipe import Entry, TrainRecipe, build_recipe
from archspec.schema.spec import CiteSpec, Comparison, ExpectationSpec
from archspec.schema.values import Scope, as_shape, evaluate, fail
from archspec.source import Source
from archspec.syntax import ast, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from archspec.schema.definitions import Definitions
    from archspec.schema.values import Value
    from archspec.source import Span

MOST_NODES = 12  # that a message lists
DERIVED = "derived"  # `from derived`: worked out from the definition


def cites_of(
    cites: Mapping[str, ast.Cite], scope: Scope
) -> tuple[tuple[CiteSpec, ...], Diagnostics]:
    """The sources a file names, and what is wrong with them.

    Entries that are neither text nor whole number are left out.
    """
    found, problems = list[CiteSpec](), list[Diagnostic]()
    for name, cite in cites.items():
        entries: dict[str, str | int] = {}
        for entry in cite.entries:
            try:
                value = evaluate(entry.value, scope)
            except ArchError as error:
                problems += error.diagnostics
                continue
            if isinstance(value, str | int) and not isinstance(value, bool):
                entries[entry.key.name] = value
        found.append(CiteSpec(name=name, entries=entries, span=cite.span))
    return tuple(found), tuple(problems)


def expectations_of(
    items: Iterable[ast.Item], scope: Scope, nodes: Iterable[str], cites: Mapping[str, ast.Cite]
) -> tuple[tuple[ExpectationSpec, ...], Diagnostics]:
    """Every line of every `expect`, and what is wrong with them."""
    found, problems = list[ExpectationSpec](), list[Diagnostic]()
    paths = with_groups(nodes)
    for item in items:
        for line in item.expectations if isinstance(item, ast.Expect) else ():
            try:
                found.append(_expectation(line, scope, paths, cites))
            except ArchError as error:
                problems += error.diagnostics
    return tuple(found), tuple(problems)


def with_groups(nodes: Iterable[str]) -> Collection[str]:
    """Every path, and the groups around them, in order.

    >>> list(with_groups(["C3.conv", "C3.tanh"]))
    ['C3.conv', 'C3', 'C3.tanh']
    """
    found: dict[str, None] = {}
    for node in nodes:
        path = node
        while path and path not in found:
            found[path] = None
            path = path.rpartition(".")[0]
    return found.keys()


def _expectation(
    line: ast.Expectation, scope: Scope, paths: Collection[str], cites: Mapping[str, ast.Cite]
) -> ExpectationSpec:
    path, metric = _target(line, paths)
    cite = line.cite.name if line.cite else None
    if line.cite and cite not in {*cites, DERIVED}:
        near = did_you_mean(line.cite.name, [*cites, DERIVED])
        fail(
            "E204",
            f"no `cite` is called `{cite}`",
            line.cite.span,
            help=f"did you mean `{near[0]}`?" if near else f"add `cite {cite} {{ … }}`",
            fix=suggested(line.cite.span, near),
        )
    _check_comparison(line, metric)
    return ExpectationSpec(
        path=path,
        metric=metric,
        comparison=_comparison(line.comparison),
        value=_value(line.value, metric, scope),
        written=line.value.span.text,
        within=_number(line.within, scope) if line.within else None,
        cite=cite,
        place=line.place,
        note=line.note,
        disputed=line.disputed,
        target=line.target[0].span.to(line.target[-1].span),
        span=line.span,
    )


def _check_comparison(line: ast.Expectation, metric: str) -> None:
    """Shapes are equal or not, and `~=` without `within` rounds to the digits written."""
    span = line.value.span
    sides = "a shape" if metric == "shape" else "a pair of sides"
    pair = metric in FIELD_METRICS and isinstance(line.value, ast.Size | ast.Sequence)
    if (pair or metric == "shape") and line.comparison != "==":
        fail("E407", f"{sides} can only be compared with `==`", span)
    plain = line.value.operand if isinstance(line.value, ast.Unary) else line.value
    if line.comparison == "~=" and not line.within and not isinstance(plain, ast.Number):
        message = f"`{span.text}` has no digits to round to"
        fail("E407", message, span, help="write a number, or add `within 1%`")


def _comparison(written: str) -> Comparison:
    for known in get_args(Comparison):
        if written == known:
            chosen: Comparison = known
            return chosen
    raise AssertionError(f"the grammar has no comparison {written}")


def _target(line: ast.Expectation, paths: Collection[str]) -> tuple[str, str]:
    """The path and the metric of the dotted words; the longest metric wins."""
    words = [word.name for word in line.target]
    span = line.target[0].span.to(line.target[-1].span)
    return split_target(words, paths, span)


_ANYWHERE = (*METRIC_NAMES, *VIEW_METRICS)  # of nodes, groups and networks
_METRICS = (*METRIC_NAMES, *WHOLE_METRICS, *VIEW_METRICS)


def split_target(words: list[str], paths: Collection[str], span: Span | None) -> tuple[str, str]:
    """Path and metric of dotted words such as `C1.params.bias`. Raises ArchError (E205)."""
    for split in range(len(words)):
        path, metric = ".".join(words[:split]), ".".join(words[split:])
        if metric in _ANYWHERE and (not path or path in paths):
            return path, metric
        if metric in WHOLE_METRICS:
            if path:
                message = f"`{metric}` is a number of the whole network, not of `{path}`"
                raise ArchError([Diagnostic("E205", message, span, help=f"write `{metric}`")])
            return path, metric
    raise ArchError([_unknown_target(words, paths, span)])


def _unknown_target(words: list[str], paths: Collection[str], span: Span | None) -> Diagnostic:
    """Which of path and metric is unknown, and what it might have been."""
    split = next((i for i in range(len(words)) if ".".join(words[i:]) in _ANYWHERE), None)
    known = max((i for i in range(len(words)) if ".".join(words[:i]) in paths), default=0)
    nodes = _listed_nodes(words[:known], paths)
    if split is not None:
        path, metric = ".".join(words[:split]), ".".join(words[split:])
        message = f"no node or group is called `{path}`"
        near = tuple(f"{path}.{metric}" for path in _alike(path, paths))
        nodes = nodes or _listed_nodes(words[: known - 1], paths)  # nothing is in a node
        others: tuple[str, ...] = ()
    else:
        path, rest = ".".join(words[:known]), ".".join(words[known:])
        inside = f" of `{path}`" if path else ""
        message = f"`{rest}`{inside} is neither a node nor a metric"
        dot = f"{path}." if path else ""
        below = [name for name in paths if name.startswith(dot)]
        metrics = [f"{dot}{metric}" for metric in did_you_mean(rest, _METRICS)]
        near = (*metrics, *did_you_mean(".".join(words), below))
        others = (f"metrics are {', '.join(_METRICS)}",)
    fix = suggested(span, near[:3]) if span else None
    if near:
        return Diagnostic("E205", message, span, help=f"did you mean `{near[0]}`?", fix=fix)
    first, *more = filter(None, (nodes, *others))
    return Diagnostic("E205", message, span, notes=tuple(more), help=first)


def _listed_nodes(words: list[str], paths: Collection[str]) -> str:
    """What there is in a group, or in the whole network; "" for a node."""
    group = "".join(f"{word}." for word in words)
    below = (path.removeprefix(group) for path in paths if path.startswith(group))
    inside = tuple(dict.fromkeys(path.partition(".")[0] for path in below))
    more = f", and {len(inside) - MOST_NODES} more" if len(inside) > MOST_NODES else ""
    whole = f"`{group[:-1]}`" if group else "the network"
    return f"{whole} has {', '.join(inside[:MOST_NODES])}{more}" if inside else ""


def _alike(path: str, paths: Collection[str]) -> tuple[str, ...]:
    """Paths that differ in case only, else those that look similar."""
    same = tuple(known for known in paths if known.lower() == path.lower())
    return same or did_you_mean(path, paths)


def _value(expression: ast.Expression, metric: str, scope: Scope) -> Fraction | Sides:
    if metric == "shape":
        return as_shape(evaluate(expression, scope), expression.span)
    if metric in FIELD_METRICS and isinstance(expression, ast.Size | ast.Sequence):
        return _sides(evaluate(expression, scope), metric, expression.span)
    return _number(expression, scope)


def _sides(value: Value, metric: str, span: Span) -> Fraction | Sides:
    """Rows and columns; of a square its side, as a receptive field of equal sides is told.

    A size is whole, a jump may be a fraction, and a start may lie in the padding.
    """
    kinds = int | Fraction if metric == "rf.jump" else int
    sides = (
        tuple(side for side in value if isinstance(side, kinds)) if isinstance(value, tuple) else ()
    )
    wrong = metric != "rf.start" and any(side <= 0 for side in sides)
    if wrong or len(sides) != 2 or value != sides:
        fail("E404", f"`{span.text}` is not a pair of sides", span, help="write HxW, or a number")
    return Fraction(sides[0]) if sides[0] == sides[1] else sides


def _number(expression: ast.Expression, scope: Scope) -> Fraction:
    value = evaluate(expression, scope)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        fail("E404", f"`{expression.span.text}` is not a number", expression.span)
    return Fraction(value)


def recipe_of(
    items: Iterable[ast.Item], definitions: Definitions
) -> tuple[TrainRecipe | None, Diagnostics]:
    """The `train` section of an arch, None without one; a second one is E203."""
    sections = [item for item in items if isinstance(item, ast.Train)]
    message = "an architecture has one `train` section, and this is another"
    problems = tuple(Diagnostic("E203", message, other.span) for other in sections[1:])
    if not sections:
        return None, ()
    try:
        return _recipe(sections[0], definitions), problems
    except ArchError as error:
        return None, (*error.diagnostics, *problems)


def named_recipes(
    arch: str, definitions: Definitions
) -> tuple[dict[str, TrainRecipe], Diagnostics]:
    """The recipes of the file that are for `arch`, by name: `train NAME for ARCH { … }`."""
    found, problems = dict[str, TrainRecipe](), list[Diagnostic]()
    for section in definitions.recipes:
        if section.arch is None or section.name is None:
            continue
        if section.arch.name not in definitions.bases:
            near = did_you_mean(section.arch.name, definitions.bases)
            advice = f"did you mean `{near[0]}`?" if near else None
            message = f"no architecture is called `{section.arch.name}`"
            span = section.arch.span
            fix = suggested(span, near)
            problems.append(Diagnostic("E207", message, span, help=advice, fix=fix))
        elif section.arch.name == arch:
            try:
                found[section.name.name] = _recipe(section, definitions)
            except ArchError as error:
                problems += error.diagnostics
    return found, tuple(problems)


def _recipe(section: ast.Train, definitions: Definitions) -> TrainRecipe:
    scope = Scope(definitions.values, calls=True)
    return build_recipe(tuple(_entry(entry, scope) for entry in section.entries), section.span)


def written_entry(key: str, text: str) -> Entry:
    """A flag as a line of a recipe, its source named like the flag.

    >>> written_entry("lr", "1e-2").value
    Fraction(1, 100)

    Raises:
        ArchError: the text cannot be read, or has no value of its own.
    """
    file = parse(Source(f"--{key}", f"let {key} = {text}\n"))
    if file.diagnostics:
        raise ArchError(file.diagnostics)
    let = file.definitions[0]
    assert isinstance(let, ast.Let), "the text starts with `let`"
    value = evaluate(let.value, Scope({}, calls=True))
    return Entry(key, value, key_span=let.name.span, value_span=let.value.span)


def _entry(entry: ast.Entry, scope: Scope) -> Entry:
    return Entry(
        key=entry.key.name,
        value=evaluate(entry.value, scope),
        key_span=entry.key.span,
        value_span=entry.value.span,
    )
