"""Convolutions that torch lacks, as source text; see `prelude`."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from archspec.compiler.expression import COLUMNS, Definition, number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from archspec.ops import Table

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

PADDED = '''\
class {name}(BASE):
    """Zero padding that differs from side to side, then BASE."""

    def __init__(self, padding, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.around = padding  # left, right, top, bottom

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.around))
'''


def padded(base: str | Definition, mode: str = "zero") -> Definition:
    """A class that pads as `mode` says, side by side differently, and goes on as `base`."""
    parent = base if isinstance(base, str) else base.name
    name = f"{'' if mode == 'zero' else mode.title()}Padded{parent.removeprefix('nn.')}"
    text = PADDED.replace("BASE", parent)
    if mode != "zero":
        text = text.replace("Zero padding", f"Padding by `{mode}`")
        text = text.replace("self.around)", f'self.around, mode="{mode}")')
    return Definition(name, text, imports=("F",), needs=() if isinstance(base, str) else (base,))


FLIPPED_CONV = Definition(
    "FlippedConv2d",
    '''\
class FlippedConv2d(nn.Conv2d):
    """Convolution with each kernel turned by 180 degrees, as mathematics defines it."""

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.weight.flip(2, 3), self.bias)
''',
)
FLIPPED_TABLE_CONV = Definition(
    "FlippedTableConv",
    TABLE_CONV.text.replace("class TableConv", "class FlippedTableConv")
    .replace("Convolution with one kernel", "Convolution with one turned kernel")
    .replace("dense.view(self.shape),", "dense.view(self.shape).flip(2, 3),"),
    imports=TABLE_CONV.imports,
)

LOCAL_CONV = Definition(
    "LocalConv2d",
    '''\
class LocalConv2d(nn.Module):
    """Convolution with kernels and biases of its own at each position of the output."""

    def __init__(
        self,
        channels: int,
        maps: int,
        kernel: tuple[int, int],
        sides: tuple[int, int],
        *,
        groups: int = 1,
        bias: bool = True,
        **window: int | tuple[int, int],
    ) -> None:
        super().__init__()
        self.groups = groups
        self.window = window  # stride, padding, dilation: what differs from F.unfold's own
        self.weight = nn.Parameter(torch.empty(maps, channels // groups, *kernel, *sides))
        self.bias = nn.Parameter(torch.empty(maps, *sides)) if bias else None
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        bound = self.weight[0, ..., 0, 0].numel() ** -0.5
        self.weight.uniform_(-bound, bound)
        if self.bias is not None:
            self.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight
        kernel, sides = weight.shape[2:4], weight.shape[4:]
        weight = weight.flatten(4).flatten(1, 3).unflatten(0, (self.groups, -1))
        patches = F.unfold(x, kernel, **self.window).unflatten(1, (self.groups, -1))
        out = torch.einsum("ngip,goip->ngop", patches, weight)
        out = out.flatten(1, 2).unflatten(2, sides).contiguous()
        return out if self.bias is None else out + self.bias
''',
    imports=("torch", "F"),
)
FLIPPED_LOCAL_CONV = Definition(
    "FlippedLocalConv2d",
    LOCAL_CONV.text.replace("class LocalConv2d", "class FlippedLocalConv2d")
    .replace("Convolution with kernels", "Convolution with turned kernels")
    .replace("weight = self.weight\n", "weight = self.weight.flip(2, 3)\n"),
    imports=LOCAL_CONV.imports,
)

FIXED_CONV = Definition(
    "FixedConv2d",
    '''\
class FixedConv2d(nn.Module):
    """Convolution with one fixed kernel for every pair of an input and an output map."""

    def __init__(
        self,
        channels: int,
        maps: int,
        kernel: tuple[tuple[float, ...], ...],
        *,
        groups: int = 1,
        **window: int | tuple[int, int],
    ) -> None:
        super().__init__()
        self.groups = groups
        self.window = window  # stride, padding, dilation: what differs from F.conv2d's own
        weight = torch.tensor(kernel, device="cpu").repeat(maps, channels // groups, 1, 1)
        self.register_buffer("weight", weight, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, groups=self.groups, **self.window)
''',
    imports=("torch", "F"),
)

CROPPED_CONV_TRANSPOSE = Definition(
    "CroppedConvTranspose2d",
    '''\
class CroppedConvTranspose2d(nn.ConvTranspose2d):
    """Transposed convolution that cuts off edges which differ from side to side."""

    def __init__(self, edges: tuple[int, int, int, int], *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.edges = edges  # left, right, top, bottom

    def forward(self, x: Tensor) -> Tensor:
        left, right, top, bottom = self.edges
        x = super().forward(x)
        return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]
''',
)


def connections(table: Table) -> Definition:
    """A connection table as the input maps of each output map."""
    rows = [f"{table.column(o)}," for o in range(table.width)]
    body = "".join(f"    {row}\n" for row in rows)
    text = f"{{name}} = (  # table {table.name}: the input maps each output map sees\n{body})\n"
    if max(map(len, rows)) > COLUMNS - 4:
        body = "".join(f"{line}\n" for row in rows for line in _packed(row))
        text = f"# fmt: off\n{{name}} = (  # table {table.name}: input maps\n{body})\n# fmt: on\n"
    return Definition(table.name.upper(), text, kind="constant")


def vector(name: str, about: str, values: Sequence[Fraction]) -> Definition:
    """Fixed numbers, one a line."""
    return Definition(name, _rows(about, [f"{number(value)}," for value in values]), "constant")


def matrix(name: str, about: str, rows: Sequence[Sequence[Fraction]]) -> Definition:
    """Rows of fixed numbers."""
    lines = [f"({', '.join(map(number, row))}{',' * (len(row) == 1)})," for row in rows]
    return Definition(name, _rows(about, lines), "constant")


def _rows(about: str, rows: Sequence[str]) -> str:
    """A tuple of rows, one a line; those of a long table as many lines as they need."""
    if max(map(len, rows)) <= COLUMNS - 4:
        body = "".join(f"    {row}\n" for row in rows)
        return f"{{name}} = (  # {about}\n{body})\n"
    body = "".join(f"{line}\n" for row in rows for line in _packed(row))
    return f"# fmt: off\n{{name}} = (  # {about}\n{body})\n# fmt: on\n"


def _packed(row: str) -> list[str]:
    return wrap(row, COLUMNS, initial_indent="    ", subsequent_indent="     ")
