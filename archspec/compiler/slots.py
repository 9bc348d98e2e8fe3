"""What differs between levels that share a class or function, and what its argument is called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.compiler.expression import TAKEN, Call, Definition, Value
from archspec.compiler.modules import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

# What the positional arguments of a class are called.
_POSITIONS: Mapping[str, tuple[str, ...]] = {
    "nn.Conv2d": ("in_channels", "out_channels", "kernel_size"),
    "nn.ConvTranspose2d": ("in_channels", "out_channels", "kernel_size"),
    "nn.Linear": ("in_features", "out_features"),
    "nn.BatchNorm1d": ("channels",),
    "nn.BatchNorm2d": ("channels",),
    "nn.MaxPool2d": ("kernel_size",),
    "nn.AvgPool2d": ("kernel_size",),
    "nn.Dropout": ("p",),
}

Column = tuple[Value, ...]  # one value for each level, in order


@dataclass(frozen=True, slots=True)
class Slot:
    """A place whose value differs from level to level.

    Args:
        values: one for each level.
        name: what to call it if nothing better is known: `<label>_<attribute>`.
        attribute: the last part of the name.
        default: what holds there if nothing is given, "" if something has to be.
    """

    values: Column
    name: str
    attribute: str
    default: str


def skeleton(value: Value) -> Hashable:
    """What has to agree where values differ in their arguments only."""
    if not isinstance(value, Call):
        return "value"
    defaults = _defaults(value.function)
    options = {**dict.fromkeys(defaults, "value"), **{k: skeleton(v) for k, v in value.options}}
    arguments = tuple(skeleton(argument) for argument in value.arguments)
    return (value.function, arguments, tuple(sorted(options.items())), value.method)


def slots(
    values: Sequence[Value], name: str, attribute: str = "", default: str = ""
) -> Iterator[Slot]:
    """Where values of one skeleton differ, in order; `name` is that of the attribute."""
    first = values[0]
    if not isinstance(first, Call):
        if len(set(values)) > 1:
            yield Slot(tuple(values), name, attribute or name, default)
        return
    defaults = _defaults(first.function)
    for key, column in _columns(values):
        word = _word(first, key)
        inner = defaults.get(key, "") if isinstance(key, str) else ""
        yield from slots(column, f"{name}_{word}".lstrip("_"), word, inner)


def _defaults(function: str | Definition) -> Mapping[str, str]:
    """The keyword arguments that a call may leave out, and what holds then."""
    if isinstance(function, Definition):
        return dict(function.defaults)
    return DEFAULTS.get(function, {})


def filled(values: Sequence[Value], arguments: Mapping[Column, str]) -> Value:
    """One value for all, with the name of an argument wherever they differ."""
    first = values[0]
    if not isinstance(first, Call):
        return first if len(set(values)) == 1 else arguments[tuple(values)]
    columns = {key: filled(column, arguments) for key, column in _columns(values)}
    positional = tuple(columns[number] for number in range(len(first.arguments)))
    options = tuple((key, value) for key, value in columns.items() if isinstance(key, str))
    return replace(first, arguments=positional, options=options)


def _columns(values: Sequence[Value]) -> Iterator[tuple[int | str, Column]]:
    """The arguments of several calls, by position or keyword; where one is left out, its default.

    In torch's order where that is known.
    """
    calls = [value for value in values if isinstance(value, Call)]
    for number in range(len(calls[0].arguments)):
        yield number, tuple(call.arguments[number] for call in calls)
    defaults = _defaults(calls[0].function)
    given = [dict(call.options) for call in calls]
    used = list(dict.fromkeys(key for options in given for key in options))
    if len(set(map(tuple, given))) > 1:
        used.sort(key=list(defaults).index)
    for key in used:
        yield key, tuple(options[key] if key in options else defaults[key] for options in given)


def _word(call: Call, key: int | str) -> str:
    """`out_channels`: what an argument of a call is called in that call."""
    if isinstance(key, str):
        return key
    function = call.function
    own = function.parameters if isinstance(function, Definition) else ()
    known = own or _POSITIONS.get(str(function), ())
    return known[key] if key < len(known) else f"argument{key + 1}"


def short(found: Sequence[Slot], taken: Collection[str]) -> list[Slot]:
    """Slots called `padding` and not `conv_padding` where no other column is called so.

    Args:
        found: the slots of a function.
        taken: names that mean something else: what the block calls its own parameters.
    """
    words = {slot.values: slot.attribute for slot in reversed(found)}  # of the first slot of each
    meant = {*taken, "in_channels", "out_channels"}  # what enters and leaves all of it
    alone = {word for word in words.values() if [*words.values()].count(word) == 1} - meant
    return [
        replace(slot, name=slot.attribute) if words[slot.values] in alone else slot
        for slot in found
    ]


def default(found: Sequence[Slot], column: Column) -> str:
    """What an argument is where it is not given, "" if it always is.

    The default of all the calls that take it, if one of the levels leaves it at that.
    """
    every = {slot.default for slot in found if slot.values == column}
    return every.pop() if len(every) == 1 and every <= set(column) else ""


def argument_names(found: Sequence[Slot], known: Mapping[Column, str]) -> dict[Column, str]:
    """A name for each column of values, in order of first use.

    Args:
        found: the slots of a class or function.
        known: names for columns that mean something: block parameters, the channels that enter
            and leave.
    """
    names: dict[Column, str] = {}
    for slot in found:
        if slot.values in names:
            continue
        wanted = known.get(slot.values, slot.name)
        wanted = wanted if wanted.isidentifier() else f"y_{wanted}"
        number, name = 1, wanted
        while name in TAKEN or name in names.values():
            number += 1
            name = f"{wanted}_{number}"
        names[slot.values] = name
    return names


def kind(values: Column) -> str:
    """The type of an argument."""
    return " | ".join(sorted({_kind(value) for value in values}, key=lambda k: (k == "None", k)))


def _kind(value: Value) -> str:
    if not isinstance(value, str):
        return "object"
    if value in ("True", "False"):
        return "bool"
    if value == "None":
        return value
    if value.lstrip("-").isdigit():
        return "int"
    if value.startswith("("):
        return "tuple[int, ...]"
    return "str" if value.startswith('"') else "float"
