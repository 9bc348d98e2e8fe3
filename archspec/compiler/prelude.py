"""What torch lacks, as source text: the functions and classes a generated file may begin with.

A file holds only what its network uses, so each text stands by itself. Every class initialises
its own parameters.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from archspec.compiler.expression import COLUMNS, Definition, number
from archspec.ops.codes import DIGITS_7X12

if TYPE_CHECKING:
    from fractions import Fraction

    from archspec.ops import Table

CHAIN = Definition(
    "chain",
    '''\
def chain(**links: nn.Module) -> nn.Sequential:
    """Modules in a row under their own names."""
    return nn.Sequential(OrderedDict(links))
''',
    kind="function",
    imports=("OrderedDict",),
)

TABLE_CONV = Definition(
    "TableConv",
    '''\
class TableConv(nn.Module):
    """Convolution with one kernel per (output map, input map) edge of a connection table."""

    def __init__(
        self,
        channels: int,
        kernel: tuple[int, int],
        table: tuple[tuple[int, ...], ...],
        *,
        bias: bool = True,
        **window: int | tuple[int, int],
    ) -> None:
        super().__init__()
        self.shape = (len(table), channels, *kernel)
        self.window = window  # stride, padding, dilation: what differs from F.conv2d's own
        self.fans = [len(row) * kernel[0] * kernel[1] for row in table for _ in row]
        edges = [o * channels + i for o, row in enumerate(table) for i in row]
        self.weight = nn.Parameter(torch.empty(len(edges), *kernel))
        self.bias = nn.Parameter(torch.empty(len(table))) if bias else None
        self.register_buffer("edges", torch.tensor(edges, device="cpu"), persistent=False)
        self.reset_parameters()

    def fan_in(self) -> Tensor:
        """The number of inputs, for each edge that of its output map."""
        return self.weight.new_tensor(self.fans).view(-1, 1, 1)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        self.weight.uniform_(-1, 1).mul_(self.fan_in().rsqrt())
        if self.bias is not None:
            self.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        maps, channels, *kernel = self.shape
        dense = self.weight.new_zeros(maps * channels, *kernel)
        dense = dense.index_copy(0, self.edges, self.weight)
        return F.conv2d(x, dense.view(self.shape), self.bias, **self.window)
''',
    imports=("torch", "F"),
)

_PADDED = '''\
class {name}(BASE):
    """Zero padding that differs from side to side, then BASE."""

    def __init__(self, padding, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.around = padding  # left, right, top, bottom

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.around))
'''
PADDED_CONV = Definition("PaddedConv2d", _PADDED.replace("BASE", "nn.Conv2d"), imports=("F",))
PADDED_TABLE_CONV = Definition(
    "PaddedTableConv",
    _PADDED.replace("BASE", "TableConv"),
    imports=("F",),
    needs=(TABLE_CONV,),
)
PADDED_MAX_POOL = Definition(
    "PaddedMaxPool2d",
    _PADDED.replace("BASE", "nn.MaxPool2d")
    .replace("Zero padding", "Padding by -inf")
    .replace("self.around)", 'self.around, value=float("-inf"))'),
    imports=("F",),
)
PADDED_AVG_POOL = Definition(
    "PaddedAvgPool2d",
    _PADDED.replace("BASE", "nn.AvgPool2d").replace(
        "        return super().forward(F.pad(x, self.around))",
        """\
        means = super().forward(F.pad(x, self.around))
        if self.count_include_pad:
            return means
        inside = F.pad(torch.ones_like(x[:1, :1]), self.around)
        return means / super().forward(inside)""",
    ),
    imports=("torch", "F"),
)

SUBSAMPLE = Definition(
    "Subsample",
    '''\
class Subsample(nn.Module):
    """Sum of each window x one coefficient + one bias per map."""

    def __init__(
        self, channels: int, kernel: tuple[int, int], stride: tuple[int, int] | None = None
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.area = kernel[0] * kernel[1]
        self.weight = nn.Parameter(torch.empty(channels, 1, 1))
        self.bias = nn.Parameter(torch.empty(channels, 1, 1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.constant_(self.weight, 1 / self.area)  # the mean of the window
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, self.kernel, self.stride) * (self.weight * self.area) + self.bias
''',
    imports=("torch", "F"),
)

_RBF = '''\
class {name}(nn.Module):
    """Squared distance to one code per class, ABOUT."""

    def __init__(self, codes: list[list[int]]) -> None:
        super().__init__()
        signs = torch.tensor(codes, device="cpu") * 2.0 - 1.0
        HOLD

    def forward(self, x: Tensor) -> Tensor:
        return (x.to(self.codes.dtype).unsqueeze(1) - self.codes).square().sum(2)
'''


def _rbf(name: str, about: str, hold: str) -> Definition:
    text = _RBF.replace("ABOUT", about).replace("HOLD", hold)
    return Definition(name, text, imports=("torch",))


RBF = _rbf("Rbf", "each element -1 or +1", 'self.register_buffer("codes", signs, persistent=False)')
LEARNED_RBF = _rbf("LearnedRbf", "learned from -1 and +1 on", "self.codes = nn.Parameter(signs)")

BITMAPS = Definition(
    "bitmaps",
    '''\
def bitmaps(drawings: tuple[str, ...], width: int) -> list[list[int]]:
    """The dots of each drawing, row by row: 1 is ink."""
    columns = range(width - 1, -1, -1)
    return [[row >> c & 1 for row in bytes.fromhex(dots) for c in columns] for dots in drawings]
''',
    kind="function",
)

MARKS = Definition(
    "marks",
    '''\
def marks(rows: tuple[str, ...]) -> list[list[int]]:
    """The cells of each row: X is 1."""
    return [[int(cell == "X") for cell in row] for row in rows]
''',
    kind="function",
)

# Named code sets of `archspec.ops`: their drawings, one byte a row, and their width in dots.
DRAWINGS = {"digits_7x12": (DIGITS_7X12, 7)}


def scaled_tanh(scale: Fraction, slope: Fraction) -> Definition:
    """The class of one (A, S)."""
    factors = [f"({text})" if "/" in text else text for text in map(number, (scale, slope))]
    text = f"""\
class {{name}}(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return {factors[0]} * torch.tanh(x * {factors[1]})
"""
    return Definition("ScaledTanh", text, imports=("torch",))


def drawings(name: str, classes: int) -> Definition:
    """The first `classes` drawings of a named set, in hexadecimal."""
    rows = "".join(f'    "{row}",\n' for row in DRAWINGS[name][0][:classes])
    text = f"{{name}} = (  # one byte a row of dots, 1 = ink\n{rows})\n"
    return Definition(name.upper(), text, kind="constant")


def marked_rows(table: Table, classes: int) -> Definition:
    """The first `classes` rows of a table of codes, as the spec draws them."""
    drawn = ("".join("X" if cell else "." for cell in row) for row in table.rows[:classes])
    rows = "".join(f"    {_text(row)},\n" for row in drawn)
    text = f"{{name}} = (  # table {table.name}: X = +1, . = -1\n{rows})\n"
    return Definition(table.name.upper(), text, kind="constant")


def _text(row: str) -> str:
    """A string, in several pieces where it is too long for a line."""
    if len(row) <= COLUMNS - 7:
        return f'"{row}"'
    pieces = (row[start : start + 80] for start in range(0, len(row), 80))
    return "(\n" + "".join(f'        "{piece}"\n' for piece in pieces) + "    )"


def connections(table: Table) -> Definition:
    """A connection table as the input maps of each output map."""
    rows = [f"{table.column(o)}," for o in range(table.width)]
    body = "".join(f"    {row}\n" for row in rows)
    text = f"{{name}} = (  # table {table.name}: the input maps each output map sees\n{body})\n"
    if max(map(len, rows)) > COLUMNS - 4:
        body = "".join(f"{line}\n" for row in rows for line in _packed(row))
        text = f"# fmt: off\n{{name}} = (  # table {table.name}: input maps\n{body})\n# fmt: on\n"
    return Definition(table.name.upper(), text, kind="constant")


def _packed(row: str) -> list[str]:
    return wrap(row, COLUMNS, initial_indent="    ", subsequent_indent="     ")
