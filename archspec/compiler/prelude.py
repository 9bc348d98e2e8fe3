"""What torch lacks, as source text: the functions and classes a generated file may begin with.

A file holds only what its network uses, so each text stands by itself. Every class initialises
its own parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.compiler.expression import COLUMNS, Definition, number
from archspec.compiler.prelude_conv import PADDED
from archspec.ops import DIGITS_7X12

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

PADDED_MAX_POOL = Definition(
    "PaddedMaxPool2d",
    PADDED.replace("BASE", "nn.MaxPool2d")
    .replace("Zero padding", "Padding by -inf")
    .replace("self.around)", 'self.around, value=float("-inf"))'),
    imports=("F",),
)
PADDED_AVG_POOL = Definition(
    "PaddedAvgPool2d",
    PADDED.replace("BASE", "nn.AvgPool2d").replace(
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

CEIL_PADDING = Definition(
    "ceil_padding",
    '''\
def ceil_padding(
    x: Tensor, padding: tuple[int, ...], kernel: tuple[int, int], stride: tuple[int, int]
) -> tuple[int, ...]:
    """Padding (left, right, top, bottom) as far as the last windows need, which may hang over."""
    edges: tuple[int, ...] = ()
    for axis in (1, 0):
        size, (near, far) = x.shape[2 + axis], padding[2 - 2 * axis : 4 - 2 * axis]
        reach = size + near + far - kernel[axis]
        windows = min(-(-reach // stride[axis]) + 1, -(-(size + near) // stride[axis]))
        last = (windows - 1) * stride[axis] + kernel[axis]
        edges += (near, max(last - size - near, 0))
    return edges
''',
    kind="function",
)
_EDGES = "ceil_padding(x, self.around, self.kernel_size, self.stride)"
CEIL_PADDED_MAX_POOL = Definition(
    "CeilPaddedMaxPool2d",
    PADDED_MAX_POOL.text.replace("then BASE", "a last window may hang over").replace(
        "        return super().forward(F.pad(x, self.around,",
        f"""\
        edges = {_EDGES}
        return super().forward(F.pad(x, edges,""",
    ),
    imports=("F",),
    needs=(CEIL_PADDING,),
)
CEIL_PADDED_AVG_POOL = Definition(
    "CeilPaddedAvgPool2d",
    PADDED.replace("BASE", "nn.AvgPool2d").replace(
        "        return super().forward(F.pad(x, self.around))",
        f"""\
        edges = {_EDGES}
        counts = float(self.count_include_pad)
        inside = F.pad(torch.ones_like(x[:1, :1]), self.around, value=counts)
        hanging = tuple(edge - margin for edge, margin in zip(edges, self.around, strict=True))
        means = super().forward(F.pad(x, edges))
        return means / super().forward(F.pad(inside, hanging))""",
    ),
    imports=("torch", "F"),
    needs=(CEIL_PADDING,),
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

_POOL = '''\
class {name}(nn.Module):
    """ABOUT"""

    def __init__(self, *, keep: bool = False) -> None:
        super().__init__()
        self.keep = keep  # whether maps of one pixel are left, not a vector

    def forward(self, x: Tensor) -> Tensor:
        return x.CALL((2, 3), keepdim=self.keep)
'''


def _global_pool(name: str, about: str, call: str) -> Definition:
    return Definition(name, _POOL.replace("ABOUT", about).replace("CALL", call))


GLOBAL_AVG_POOL = _global_pool("GlobalAvgPool", "The mean of each map.", "mean")
GLOBAL_MAX_POOL = _global_pool("GlobalMaxPool", "The largest value of each map.", "amax")

L2_POOL = Definition(
    "L2Pool",
    '''\
class L2Pool(nn.Module):
    """The root of the sum of squares of each window; its slope at 0 is taken as 0."""

    def __init__(
        self,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.around = padding  # left, right, top, bottom

    def forward(self, x: Tensor) -> Tensor:
        means = F.avg_pool2d(F.pad(x.square(), self.around), self.kernel, self.stride)
        sums = means * (self.kernel[0] * self.kernel[1])
        seen = sums > 0
        return torch.where(seen, sums, 1.0).sqrt() * seen
''',
    imports=("torch", "F"),
)
CEIL_L2_POOL = Definition(
    "CeilL2Pool",
    L2_POOL.text.replace("each window; its", "windows, hanging or not; its")
    .replace("class L2Pool", "class CeilL2Pool")
    .replace(
        "        means = F.avg_pool2d(F.pad(x.square(), self.around)",
        """\
        edges = ceil_padding(x, self.around, self.kernel, self.stride)
        means = F.avg_pool2d(F.pad(x.square(), edges)""",
    ),
    imports=("torch", "F"),
    needs=(CEIL_PADDING,),
)

LRN = Definition(
    "Lrn",
    '''\
class Lrn(nn.Module):
    """Local response normalisation over maps; alpha is not divided by their number."""

    def __init__(self, size: int, alpha: float, beta: float, k: float) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Tensor) -> Tensor:
        maps = x.shape[1]
        squares = F.pad(x * x, (0, 0, 0, 0, self.size // 2, (self.size - 1) // 2))
        sums = squares[:, :maps]
        for shift in range(1, self.size):
            sums = sums + squares[:, shift : shift + maps]
        scale = self.k + self.alpha * sums
        if self.beta == 0.75:
            root = scale.rsqrt()
            return x * (root * root.sqrt())  # two roots are faster than a power
        return x * scale.pow(-self.beta)
''',
    imports=("F",),
)

DROP_PATH = Definition(
    "DropPath",
    '''\
class DropPath(nn.Module):
    """In training whole samples are set to 0 with probability p, the others scaled by 1/(1-p)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = x.new_empty((len(x),) + (1,) * (x.dim() - 1)).bernoulli_(1 - self.p)
        return x * (kept / (1 - self.p))
''',
    parameters=("p",),
)

SCALE = Definition(
    "Scale",
    """\
class Scale(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x
""",
    parameters=("factor",),
)

CROP = Definition(
    "Crop",
    '''\
class Crop(nn.Module):
    """Each map without rows and columns at its edges."""

    def __init__(self, left: int, right: int, top: int, bottom: int) -> None:
        super().__init__()
        self.near, self.far = (top, left), (bottom, right)

    def forward(self, x: Tensor) -> Tensor:
        bottom, right = x.shape[2] - self.far[0], x.shape[3] - self.far[1]
        return x[:, :, self.near[0] : bottom, self.near[1] : right]
''',
)

ZERO_PAD_SHORTCUT = Definition(
    "ZeroPadShortcut",
    '''\
class ZeroPadShortcut(nn.Module):
    """Every stride-th pixel, and zero maps behind the others."""

    def __init__(self, maps: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.maps, self.stride = maps, stride

    def forward(self, x: Tensor) -> Tensor:
        rows, columns = self.stride
        return F.pad(x[:, :, ::rows, ::columns], (0, 0, 0, 0, 0, self.maps - x.shape[1]))
''',
    imports=("F",),
)


def _function(name: str, about: str, value: str, *imports: str) -> Definition:
    """The class of a function of each element."""
    text = f"""\
class {{name}}(nn.Module):
    \"\"\"{about}\"\"\"

    def forward(self, x: Tensor) -> Tensor:
        return {value}
"""
    return Definition(name, text, imports=imports)


STEP = _function("Step", "1 where an element is above 0, else 0.", "(x > 0).to(x.dtype)")
SIGN = _function("Sign", "1, 0 or -1.", "torch.sign(x)", "torch")
ABS = _function("Abs", "The absolute value.", "torch.abs(x)", "torch")

FIXED_LINEAR = Definition(
    "FixedLinear",
    '''\
class FixedLinear(nn.Module):
    """A fixed matrix, and fixed biases if there are any."""

    def __init__(
        self, weight: tuple[tuple[float, ...], ...], bias: tuple[float, ...] | None = None
    ) -> None:
        super().__init__()
        self.register_buffer("weight", torch.tensor(weight, device="cpu"), persistent=False)
        biases = None if bias is None else torch.tensor(bias, device="cpu")
        self.register_buffer("bias", biases, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)
''',
    imports=("torch", "F"),
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
