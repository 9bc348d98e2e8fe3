"""What an output sees and which inputs are taken, tried out on compiled modules.

Receptive fields: with every weight 1, averages for maxima and no activations, an input pixel has
a gradient exactly where the output sees it. Input sides: forward passes on the meta device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.analysis import input_range
from archspec.analysis.receptive import receptive_fields
from archspec.compiler import compile_graph
from archspec.graph import build, load, resolve
from tests.helpers import arch, graph_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archspec.graph import Graph, Node

pytestmark = pytest.mark.torch

Box = tuple[int, int]  # first and last pixel

# What leaves a sum of pixels what it is; drawn or squared numbers would blur the mask.
PLAIN = ("BatchNorm2d", "Dropout", "ReLU", "Tanh", "Sigmoid", "SiLU", "Softmax")


def averaging(module: nn.Module) -> nn.Module:
    """All weights 1, averages for maxima, nothing that is not linear; in float64."""
    import torch

    for name, part in list(module.named_modules()):
        kind = type(part).__name__
        if isinstance(part, torch.nn.MaxPool2d):
            owner, _, last = name.rpartition(".")
            mean = torch.nn.AvgPool2d(
                part.kernel_size, part.stride, part.padding, ceil_mode=part.ceil_mode
            )
            setattr(module.get_submodule(owner), last, mean)
        elif kind in PLAIN or "Norm" in kind or kind in ("ScaledTanh", "LRN"):
            owner, _, last = name.rpartition(".")
            setattr(module.get_submodule(owner), last, torch.nn.Identity())
    for parameter in module.parameters():
        parameter.data.fill_(1)
    return module.double().eval()


def outputs(graph: Graph, module: nn.Module, image: Tensor, paths: set[str]) -> dict[str, Tensor]:
    """What the modules of these nodes give."""
    found: dict[str, Tensor] = {}
    for path in paths & dict(module.named_modules()).keys():
        module.get_submodule(path).register_forward_hook(
            lambda _, __, output, path=path: found.update({path: output})
        )
    module(image)
    return found


def seen(output: Tensor, image: Tensor, row: int, column: int) -> tuple[Box, Box]:
    """The box of the pixels with a gradient."""
    import torch

    total = output[0, :, row, column].sum()
    (gradient,) = torch.autograd.grad(total, image, retain_graph=True)
    mask = gradient[0].abs().sum(0) > 0
    rows, columns = (torch.nonzero(mask.any(axis)).flatten().tolist() for axis in (1, 0))
    return (rows[0], rows[-1]), (columns[0], columns[-1])


def compare(graph: Graph, paths: set[str]) -> int:
    """The field of a pixel in the middle of each node; how many lie wholly in the image.

    Of the others a part lies in some margin, and more than that part may be gone.
    """
    import torch

    fields = receptive_fields(graph)
    height, width = graph.input.output[1:]
    image = torch.ones(1, *graph.input.output, dtype=torch.float64, requires_grad=True)
    inside = 0
    for path, output in outputs(graph, averaging(compile_graph(graph)), image, paths).items():
        row, column = (side // 2 for side in output.shape[2:])
        rows, columns = seen(output, image, row, column)
        wanted = fields[path].y.box(row), fields[path].x.box(column)
        for found, box, side in zip((rows, columns), wanted, (height, width), strict=True):
            whole = 0 <= box[0] <= box[1] < side
            inside += whole
            assert found == box if whole else box[0] <= found[0] <= found[1] <= box[1], path
    return inside


def windows(graph: Graph) -> set[str]:
    """Nodes whose window is new, and that tell of a box."""
    fields = receptive_fields(graph)

    def widens(node: Node) -> bool:
        return bool(node.inputs and node.op.window(node.io.x) and fields[node.path].y)

    return {node.path for node in graph.trunk if widens(node)}


def spread(paths: set[str], graph: Graph, number: int) -> set[str]:
    """So many of them, evenly, with the last."""
    ordered = [path for path in graph.nodes if path in paths]
    step = max(len(ordered) // number, 1)
    return set(ordered[::-1][::step])


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("lenet5", (1, 32, 32)),
        ("alexnet_owt", (3, 224, 224)),
        ("vgg16_small", (3, 64, 64)),
        ("googlenet_tv", (3, 180, 151)),
        ("resnet18", (3, 160, 131)),
        ("resnet20", (3, 96, 103)),
        ("resnet50", (3, 161, 98)),
        ("densenetbc100_12", (3, 64, 33)),
        ("convnetjs_cifar10", (3, 32, 32)),
        ("neocognitron", None),
    ],
)
def test_networks_see_what_the_analyzer_says(name: str, x: tuple[int, int, int] | None):
    graph = load(f"zoo:{name}")
    if x:
        graph = resolve(build(graph.spec), x)
    assert compare(graph, spread(windows(graph), graph, 8)) >= 4


LAYERS = st.sampled_from(
    [
        *("conv(2, 3)", "conv(2, 3, stride=2, pad=1)", "conv(2, 3x5, dilation=2, pad=1)"),
        *("conv(2, 4, pad=[1, 2, 0, 1])", "conv(2, 1, stride=2)", "conv(2, 3, groups=2)"),
        *("maxpool(3, stride=2, pad=1)", "avgpool(2)", "maxpool(2, stride=1)", "crop(1)"),
        "add { | identity | conv(2, 3, pad=1) }",
        "concat { | conv(1, 5, pad=2) | conv(1, 3, pad=1) } -> conv(2, 1)",
        "add { | conv(2, 2, stride=2) | maxpool(2) -> conv(2, 3, pad=1) }",
        "sub { | conv(2, 3) | crop([2, 0, 0, 2]) }",
    ]
)


@settings(max_examples=30, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=4))
def test_random_networks_see_what_the_analyzer_says(statements: list[str]):
    graph = graph_of(arch("conv(2, 1)", *statements, "last: conv(1, 1)", x="1x97x90"))
    assert compare(graph, {"last"}) == 2


def compare_everywhere(graph: Graph, path: str) -> None:
    """Every output of a row and a column whose box lies in the image sees just that.

    Of a box partly in some margin more may be gone than that part. The size is the largest that
    is seen, or some other phase's that lies in no image as small as this.
    """
    import torch

    field, (_, rows, columns) = receptive_fields(graph)[path], graph[path].io.output
    assert field.y.period <= rows
    assert field.x.period <= columns
    height, width = graph.input.output[1:]
    image = torch.ones(1, *graph.input.output, dtype=torch.float64, requires_grad=True)
    output = outputs(graph, averaging(compile_graph(graph)), image, {path})[path]
    for axis, side, number in ((0, height, rows), (1, width, columns)):
        along, inside = (field.y, field.x)[axis], set[int]()
        for place in range(number):
            where = (place, columns // 2) if axis == 0 else (rows // 2, place)
            found, box = seen_or_nothing(output, image, *where)[axis], along.box(place)
            if box is None or found is None:
                assert found is None, (axis, place)
                assert box is None or box[0] < 0 or box[1] >= side, (axis, place)
            elif box[0] >= 0 and box[1] < side:
                assert found == box, (axis, place)
                inside.add(place % along.period)
            else:
                assert box[0] <= found[0] <= found[1] <= box[1], (axis, place)
        phases = [along.boxes[phase] for phase in inside]
        assert inside == {n for n, box in enumerate(along.boxes) if box}, "all phases were seen"
        assert max(last - first + 1 for first, last in phases) == along.size


def seen_or_nothing(
    output: Tensor, image: Tensor, row: int, column: int
) -> tuple[Box, Box] | tuple[None, None]:
    import torch

    (gradient,) = torch.autograd.grad(
        output[0, :, row, column].sum(), image, retain_graph=True, allow_unused=True
    )
    if gradient is None or not gradient.any():
        return None, None
    return seen(output, image, row, column)


TRANSPOSED = "conv_transpose(1, 2, stride=2)"


@pytest.mark.parametrize(
    "statements",
    [
        ["conv(1, 3, stride=4)", "upsample(2)"],
        ["conv(1, 3, stride=4)", "upsample(2, mode=bilinear)"],
        ["conv(1, 3, stride=4)", "conv_transpose(1, 4, stride=2, pad=1)"],
        ["avgpool(4)", "upsample(4)", "conv(1, 3, pad=1)"],
        ["avgpool(2)", "upsample(3x2, mode=bilinear)", "conv(1, 3x2, stride=2x3)"],
        ["upsample(2)", "conv(1, 3, pad=1)", "conv(1, 3, pad=1)"],
        ["upsample(3, mode=bilinear)", "avgpool(2)"],
        ["conv(1, 3, stride=2)", "conv_transpose(1, 3, stride=2, pad=1, out_pad=1)"],
        ["conv(1, 3, stride=3)", "conv_transpose(1, 3, stride=3, dilation=2, pad=[1, 0, 2, 1])"],
        ["conv_transpose(1, 3, stride=2, dilation=3)", "conv(1, 2)"],
        [
            "conv_transpose(1, 3, stride=3, dilation=2)",
            "conv_transpose(1, 3, stride=3, dilation=2)",
        ],
        ["conv_transpose(1, 2x5, stride=3x2, pad=[0, 1, 2, 0])", "maxpool(2)"],
        ["conv_transpose(1, 3, stride=2, pad=1)"] * 2,
        ["conv(1, 3, stride=2, pad=1)", TRANSPOSED, "avgpool(3, stride=2)"],
        ["adaptive_avgpool(15x21)"],
        ["conv(1, 3, pad=1)", "adaptive_avgpool(32x24)", "conv(1, 2, stride=3)", "upsample(2)"],
        ["add { | conv(1, 5, pad=2) | avgpool(2) -> upsample(2) -> conv(1, 3, pad=1) }"],
        ["maxpool(2)", "add { | identity | avgpool(3) -> upsample(3) }", "conv(1, 2)"],
        [
            "conv(1, 2, stride=2)",
            "concat { | avgpool(3) -> conv_transpose(1, 4, stride=3, pad=[1, 0, 1, 0]) | relu }",
        ],
        [f"add {{ | avgpool(2) -> {TRANSPOSED} | avgpool(3) -> upsample(3, mode=bilinear) }}"],
        ["mul { | conv(1, 3, pad=1) | avgpool(4) -> upsample(4) }"],
    ],
    ids=" ".join,
)
def test_behind_what_enlarges_every_output_sees_its_own_box(statements: list[str]):
    graph = graph_of(arch(*statements, "last: conv(1, 1)", x="1x48x36"))
    compare_everywhere(graph, "last")


# --- input sides ----------------------------------------------------------------------------------


def takes(module: nn.Module, shape: tuple[int, ...]) -> bool:
    """Whether a forward pass of such an image goes through."""
    import torch

    try:
        with torch.no_grad():
            module(torch.empty(1, *shape, device="meta"))
    except RuntimeError:
        return False
    return True


def module_of(graph: Graph) -> nn.Module:
    import torch

    with torch.device("meta"):
        return compile_graph(graph).to("meta").eval()


def with_side(graph: Graph, axis: int, side: int) -> tuple[int, ...]:
    shape = list(graph.input.output)
    shape[axis + 1] = side
    return tuple(shape)


def agree(graph: Graph, sides: range | None = None) -> None:
    """`run` against forward passes, at every one of these sides, or about both ends."""
    found = input_range(graph, "run")
    module = module_of(graph)
    for axis, side in enumerate((found.height, found.width)):
        ends = {side.smallest, side.largest or side.smallest + 1}
        tried = sides or sorted({end + more for end in ends for more in (-1, 0, 1)} - {0})
        for size in tried:
            inside = side.smallest <= size <= (side.largest or size)
            expected = inside and size % side.period in side.residues
            assert takes(module, with_side(graph, axis, size)) == expected, (axis, size)


SMALL = ("lenet5", "lenet5_modern", "convnetjs_cifar10", "cs231n_tinyvgg", "dli_cnn", "minivggnet")
LARGE = ("alexnet", "alexnet_owt", "vgg16_small", "googlenet", "resnet18", "densenet40_12")


@pytest.mark.parametrize("name", SMALL)
def test_all_sides_of_small_networks(name: str):
    graph = load(f"zoo:{name}")
    agree(graph, range(1, max(graph.input.output) + 10))


@pytest.mark.parametrize("name", LARGE)
def test_the_ends_of_large_networks(name: str):
    agree(load(f"zoo:{name}"))


ENDS = st.sampled_from(["linear(3)", "global_avgpool -> linear(3)", "conv(1, 1)"])
MORE = st.sampled_from(
    [
        *("conv(2, 5, dilation=2)", "conv(2, 4, pad=same, stride=3)", "maxpool(2)"),
        *("maxpool(3, stride=2, ceil=true)", "avgpool(3, stride=1, pad=1)", "pad(1)"),
        *("conv_transpose(2, 2, stride=2)", "upsample(2)", "conv(2, 3, stride=2, pad=1)"),
        "add { | maxpool(2) -> upsample(2) | identity }",
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(MORE, min_size=1, max_size=3), ENDS)
def test_all_sides_of_random_networks(statements: list[str], end: str):
    graph = graph_of(arch("conv(2, 1)", *statements, end, x="2x24x24"))
    if all(node.io for node in graph.nodes.values()):
        agree(graph, range(1, 33))
