"""Python expressions and definitions as data, and how they are laid out in 100 columns.

The layout is the one `ruff format` leaves alone. No torch, no operators.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Definition:
    """A constant, function or class that stands above the network's class.

    Args:
        name: what it is called unless another definition has that name already.
        text: its source, with `{name}` for its name.
        kind: which part of the file it stands in.
        imports: what of `IMPORTS` it uses.
        needs: definitions it uses itself.
        parameters: names of what it takes by position.
        defaults: what it takes by keyword, and the values that need not be given.
    """

    name: str
    text: str
    kind: Literal["constant", "function", "class"] = "class"
    imports: tuple[str, ...] = ()
    needs: tuple[Definition, ...] = ()
    parameters: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments, option=value)method`, such as `nn.Linear(120, 84)`.

    Args:
        function: a name, or the definition of it.
        arguments: the positional ones.
        options: the ones with a keyword; a keyword that is no identifier is passed in a `**{}`.
        method: what follows the call, such as `.requires_grad_(False)`.
    """

    function: str | Definition
    arguments: tuple[Value, ...] = ()
    options: tuple[tuple[str, Value], ...] = ()
    method: str = ""

    @property
    def needs_dict(self) -> bool:
        """Whether a keyword is no identifier (schema refuses the reserved words)."""
        return not all(key.isidentifier() for key, _ in self.options)


Value = str | Call | Definition
Names = Mapping[Definition, str]

# How a file gets at the names that definitions and expressions use, in the order of a file.
IMPORTS: Mapping[str, str] = {
    "OrderedDict": "from collections import OrderedDict",
    "ClassVar": "from typing import ClassVar",
    "torch": "import torch",
    "Tensor": "from torch import Tensor, nn",
    "F": "from torch.nn import functional as F",
}
# What no name of a spec may hide in a file.
TAKEN = frozenset({*dir(builtins), *keyword.kwlist, *IMPORTS, "nn", "self", "l", "I", "O"})


def definitions(value: Value) -> Iterator[Definition]:
    """Every definition an expression rests on, in order of use, what others need first."""
    if isinstance(value, Definition):
        for needed in value.needs:
            yield from definitions(needed)
        yield value
    elif isinstance(value, Call):
        yield from definitions(value.function)
        for argument in (*value.arguments, *(option for _, option in value.options)):
            yield from definitions(argument)


def flat(value: Value, names: Names) -> str:
    """An expression on one line.

    >>> flat(Call("nn.Linear", ("120", "84"), (("bias", "False"),)), {})
    'nn.Linear(120, 84, bias=False)'
    """
    if isinstance(value, Definition):
        return names[value]
    if isinstance(value, str):
        return value
    arguments = [flat(argument, names) for argument in value.arguments]
    options = [(key, flat(option, names)) for key, option in value.options]
    if value.needs_dict:
        items = ", ".join(f'"{key}": {option}' for key, option in options)
        arguments.append(f"**{{{items}}}")
    else:
        arguments += [f"{key}={option}" for key, option in options]
    return f"{flat(value.function, names)}({', '.join(arguments)}){value.method}"


def lines(head: str, value: Value, tail: str, names: Names, comment: str = "") -> Iterator[str]:
    """`head value tail  # comment` on one line if it fits, else one argument a line.

    The comma behind the last argument makes the formatter keep one argument a line.
    """
    remark = f"  # {comment}" if comment else ""
    line = f"{head}{flat(value, names)}{tail}{remark}"
    if len(line) <= COLUMNS or not isinstance(value, Call):
        yield line
        return
    indent = " " * (len(head) - len(head.lstrip()) + 4)
    yield f"{head}{flat(value.function, names)}({remark}"
    for argument in value.arguments:
        yield from lines(indent, argument, ",", names)
    yield from _options(value, indent, names)
    yield f"{indent[4:]}){value.method}{tail}"


def _options(call: Call, indent: str, names: Names) -> Iterator[str]:
    """The arguments with a keyword, one a line."""
    if not call.needs_dict:
        for key, option in call.options:
            yield from lines(f"{indent}{key}=", option, ",", names)
        return
    yield f"{indent}**{{"
    for key, option in call.options:
        yield from lines(f'{indent}    "{key}": ', option, ",", names)
    yield f"{indent}}},"


def pair(sides: tuple[int, int]) -> str:
    """A pair of rows and columns as torch modules take it: one number if they agree.

    >>> pair((5, 5)), pair((1, 2))
    ('5', '(1, 2)')
    """
    return str(sides[0]) if sides[0] == sides[1] else str(sides)


def number(value: Fraction) -> str:
    """A real number as a decimal if that is exact, else as a quotient.

    >>> number(Fraction("1.7159")), number(Fraction(2, 3))
    ('1.7159', '2 / 3')
    """
    decimal = repr(float(value))
    return decimal if Fraction(decimal) == value else f"{value.numerator} / {value.denominator}"
