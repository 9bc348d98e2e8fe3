"""Arguments of a call against the signature of a Pydantic model.

Pydantic knows fields, not places: here its findings become diagnostics with spans, and none of
its words reach the user.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from archspec.errors import ArchError, Diagnostic, suggested
from archspec.ops import Size, Words
from archspec.schema.habits import known_input, near_arguments
from archspec.schema.values import evaluate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from archspec.schema.values import Argument, Scope, Value
    from archspec.source import Span
    from archspec.syntax import ast

Model = TypeVar("Model", bound=BaseModel)
_WORDS = {int: "a whole number", bool: "true or false", str: "a text in quotes"}


def signature(word: str, model: type[BaseModel]) -> str:
    """How a call is written, with the defaults.

    >>> from archspec.ops import Conv
    >>> signature("conv", Conv).startswith("conv(c, k, stride=1, pad=0, dilation=1, groups=1")
    True
    """
    return f"{word}({', '.join(_parameter(*item) for item in model.model_fields.items())})"


def parameters(model: type[BaseModel]) -> tuple[tuple[str, str, str], ...]:
    """Each parameter of a call: how it is written, what it is for, what it takes.

    >>> from archspec.ops import MaxPool
    >>> parameters(MaxPool)[1]
    ('stride=k', 'how far the window moves', 'a whole number or a size such as 3x3')
    """
    return tuple(
        (_parameter(name, info), info.description or "", _expected(info))
        for name, info in model.model_fields.items()
    )


def _parameter(name: str, info: FieldInfo) -> str:
    if isinstance(info.json_schema_extra, dict) and "default" in info.json_schema_extra:
        return f"{name}={info.json_schema_extra['default']}"
    return name if info.is_required() else f"{name}={show(info.default)}"


def show(value: object) -> str:
    """A value as a spec writes it; equal sides are written once.

    >>> show((5, 5)), show((0, 1, 0, 1)), show(True)
    ('5', '[0, 1, 0, 1]', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and not isinstance(value, Size):
        same = bool(value) and all(side == value[0] for side in value)
        return str(value[0]) if same else f"[{', '.join(map(show, value))}]"
    if isinstance(value, Fraction):
        decimal = f"{float(value):g}"
        return decimal if Fraction(decimal) == value else str(value)
    return "" if value is None else str(value)


def bind(word: str, model: type[Model], arguments: Sequence[Argument], call: Span) -> Model:
    """The model made from the arguments of the call `word(…)`.

    Args:
        word: what the call is named.
        model: its signature; positional arguments follow the order of its fields.
        arguments: evaluated, in the order written.
        call: the place of the whole call.

    Raises:
        ArchError: every argument that is unknown, missing, double or wrong (E401 to E408).
    """
    fields = list(model.model_fields)
    names, problems = assign(word, fields, arguments, signature(word, model))
    try:
        made = model(**{name: argument.value for name, argument in names.items()})
    except ValidationError as error:
        problems += _translate(word, model, names, call, error.errors(include_url=False))
    if problems:
        raise ArchError(problems)
    return made


def assign(
    word: str, names: Sequence[str], arguments: Sequence[Argument], note: str
) -> tuple[dict[str, Argument], list[Diagnostic]]:
    """Each argument to its name, positional ones in order; and what does not fit.

    Args:
        word: what the call is named.
        names: the parameters in order.
        arguments: as written.
        note: the signature, shown with every problem (E401, E403, E408).
    """
    given, problems = dict[str, "Argument"](), list[Diagnostic]()
    for position, argument in enumerate(arguments):
        name = argument.name or (names[position] if position < len(names) else "")
        place, near = argument.name_span or argument.span, tuple[str, ...]()
        if name in names and name not in given:
            given[name] = argument
            continue
        if not name:
            code, message = "E401", f"`{word}` takes at most {len(names)} arguments"
        elif name in given:
            code, message = "E408", f"`{word}` gets `{name}` twice"
        else:
            code, message = "E403", f"`{word}` has no argument `{name}`"
            near = near_arguments(name, names)
        advice, fix = f"did you mean `{near[0]}`?" if near else None, suggested(place, near)
        advice = known_input(word, arguments, names.index(name)) if code == "E408" else advice
        problems.append(Diagnostic(code, message, place, notes=(note,), help=advice, fix=fix))
    return given, problems


def bind_parameters(
    definition: ast.Block | ast.Arch,
    arguments: Sequence[Argument],
    call: Span,
    scope: Scope,
    instead: Sequence[Argument] = (),
) -> dict[str, Value]:
    """The values of a block's or arch's parameters. Raises ArchError (E401 to E408).

    Args:
        definition: whose parameters they are.
        arguments: as written.
        call: the place of the whole call.
        scope: where defaults are evaluated.
        instead: what counts in place of an argument of the same name.
    """
    word, parameters = definition.name.name, definition.parameters
    names = [parameter.name.name for parameter in parameters]
    note = f"{word}({', '.join(parameter.span.text for parameter in parameters)})"
    written, problems = assign(word, names, arguments, note)
    chosen, wrong = assign(word, names, instead, note)
    problems += wrong
    given = written | chosen
    values: dict[str, Value] = {name: argument.value for name, argument in given.items()}
    for parameter in parameters:
        name = parameter.name.name
        if name in values:
            continue
        if parameter.default is None:
            problems.append(Diagnostic("E402", f"`{word}` needs `{name}`", call, notes=(note,)))
        else:
            values[name] = evaluate(parameter.default, scope)
    if problems:
        raise ArchError(problems)
    return values


def _translate(
    word: str,
    model: type[BaseModel],
    names: dict[str, Argument],
    call: Span,
    errors: list[ErrorDetails],
) -> list[Diagnostic]:
    """One diagnostic a field: unions report each of their members."""
    by_field: dict[str, list[ErrorDetails]] = {}
    for error in errors:
        by_field.setdefault(str(error["loc"][0]) if error["loc"] else "", []).append(error)
    found = []
    for name, reports in by_field.items():
        derived = name not in names and reports[0]["type"] not in ("missing", "value_error")
        if derived:  # a default that follows from another argument, which is reported itself
            continue
        code, message = _sentence(word, name, model.model_fields.get(name), reports, names)
        place = names[name].span if name in names else call
        notes = (signature(word, model),) if code == "E402" else ()
        second = (code, name) == ("E404", "bias") and names[name].name is None  # linear(64, 10)
        advice = known_input(word, tuple(names.values()), 1) if second else None
        found.append(Diagnostic(code, message, place, notes=notes, help=advice))
    return found


def _sentence(
    word: str,
    name: str,
    info: FieldInfo | None,
    reports: list[ErrorDetails],
    names: dict[str, Argument],
) -> tuple[str, str]:
    kinds = {
        report["type"]: report
        for report in reports
        if len(report["loc"]) < 2 or report["type"] != "missing"
    }
    if "missing" in kinds:
        about = f" ({info.description})" if info and info.description else ""
        return "E402", f"`{word}` needs `{name}`{about}"
    if "value_error" in kinds:
        return "E407", str(kinds["value_error"].get("ctx", {})["error"])
    got = _got(names[name]) if name in names else "got something else"
    for report in reports:
        limit = _limit(report.get("ctx", {}))
        if limit:
            return "E405", f"`{name}` must be {limit}, {got}"
    literal = kinds.get("literal_error")
    if literal is not None and isinstance(names[name].value, str):
        words = _words(info) or literal.get("ctx", {})["expected"]
        return "E406", f"`{name}` must be {words}, {got}"
    return "E404", f"`{name}` must be {_expected(info)}, {got}"


def _got(argument: Argument) -> str:
    """What stands there, and its value where that has to be worked out."""
    text, value = argument.span.text, argument.value
    if isinstance(value, int | Fraction) and text[:1] not in "+-" and set(text) & set("+-*/("):
        return f"got `{text}`, which is {show(value)}"
    return f"got `{text}`"


def _limit(context: dict[str, Any]) -> str:
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for key, words in limits.items():
        if key in context:
            return f"{words} {show(context[key])}"
    return ""


def _expected(info: FieldInfo | None) -> str:
    if info is None:
        return "something else"
    if _words(info):
        return _words(info)
    kinds = get_args(info.annotation) or (info.annotation,)
    return " or ".join(map(_kind, (kind for kind in kinds if kind is not type(None))))


def choices(info: FieldInfo) -> str:
    """The words an argument takes, "" if it takes other values too.

    >>> from archspec.ops import Conv
    >>> choices(Conv.model_fields["pad_mode"])
    'zero, reflect, replicate or circular'
    """
    kind = info.annotation
    words = get_args(kind) if get_origin(kind) is Literal else ()
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _words(info: FieldInfo | None) -> str:
    """What the field's own type says of itself, "" if nothing."""
    extras = info.metadata if info else ()
    return next((extra.text for extra in extras if isinstance(extra, Words)), "")


def _kind(kind: Any) -> str:  # noqa: ANN401 - a type, or one with annotations
    """One member of a union, in words."""
    extras = getattr(kind, "__metadata__", ())
    found = (extra.text for extra in extras if isinstance(extra, Words))
    return next(found, _WORDS.get(kind, "a value"))
