"""The samples of the language reference parse, and to what they say."""

import csv
from pathlib import Path

import pytest

from archspec.analysis import analyze
from archspec.graph import read_graph, read_graphs
from archspec.schema import find
from archspec.source import Source
from archspec.syntax import ast, parse
from tests.helpers import diagnose

# What is known of them from elsewhere is in `tests/facts`.
KNOWN = {
    "lenet5": ("LeNet5",),
    "googlenet": ("GoogLeNet",),
    "resnet": ("ResNet50", "ResNet101", "ResNet152"),
    "densenet": ("DenseNet121", "DenseNet161"),
    "dpn": ("DPN92",),
}
COUNTS = ("params", "macs")
FOLDER = Path(__file__).parent / "samples"
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.arch"))


def load(name: str) -> ast.File:
    path = Path(__file__).parent / "samples" / f"{name}.arch"
    return parse(Source(path.name, path.read_text(encoding="utf-8")))


def by_name(file: ast.File) -> dict[str, ast.Definition]:
    return {d.name.name: d for d in file.definitions if not isinstance(d, ast.Import)}


def statements(body: ast.Body) -> list[ast.Statement]:
    return [item for item in body.items if isinstance(item, ast.Statement)]


def labels(body: ast.Body) -> list[str | None]:
    return [s.label.name if s.label else None for s in statements(body)]


def test_samples_are_there() -> None:
    assert len(SAMPLES) == 6


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_has_no_diagnostics(path: Path) -> None:
    assert parse(Source(path.name, path.read_text(encoding="utf-8"))).diagnostics == ()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_checks_clean(path: Path) -> None:
    assert [found for found in diagnose(find(str(path))) if found.severity != "note"] == []
    for graph in read_graphs(find(str(path))):
        assert {outcome.result for outcome in analyze(graph).outcomes} <= {"holds", "disputed"}


@pytest.mark.parametrize(
    ("file", "arch"), [(f, arch) for f, archs in KNOWN.items() for arch in archs]
)
def test_a_sample_counts_what_is_known_of_it(file: str, arch: str) -> None:
    report = analyze(read_graph(find(f"{FOLDER / file}.arch:{arch}")))
    with (FOLDER.parents[1] / "facts" / f"{file.removesuffix('5')}.csv").open() as rows:
        facts = [row for row in csv.DictReader(rows) if row["model"] == arch.lower()]
    known = {row["quantity"]: int(row["value"]) for row in facts if row["quantity"] in COUNTS}
    assert set(known) == set(COUNTS)
    assert {quantity: report.number("", quantity) for quantity in COUNTS} == known


def test_every_sample_is_known_from_elsewhere() -> None:
    assert set(KNOWN) == {path.stem for path in SAMPLES} - {"common"}


def test_lenet() -> None:
    file = load("lenet5")
    assert [type(d).__name__ for d in file.definitions] == ["Cite", "Table", "Block", "Arch"]
    cite, table, block, arch = file.definitions
    assert isinstance(cite, ast.Cite)
    assert cite.doc == (
        "LeNet-5 exactly as in the 1998 paper: connection table, trainable\n"
        "sub-sampling, scaled tanh, fixed RBF output codes."
    )
    assert [entry.key.name for entry in cite.entries] == ["title", "authors", "venue", "year"]
    assert isinstance(table, ast.Table)
    assert [len(row.cells) for row in table.rows] == [16] * 6
    assert sum(cell.text == "X" for row in table.rows for cell in row.cells) == 60
    assert isinstance(block, ast.Block)
    assert isinstance(arch, ast.Arch)
    assert (arch.name.name, arch.title, arch.base) == ("LeNet5", "LeNet-5 (1998)", None)


def test_lenet_statements() -> None:
    arch = by_name(load("lenet5"))["LeNet5"]
    assert isinstance(arch, ast.Arch)
    assert arch.body is not None
    assert isinstance(arch.body.items[0], ast.Input)
    assert arch.body.items[0].name == ast.Ident("image", span=arch.span)
    assert labels(arch.body) == ["C1", "S2", "C3", "S4", "C5", "F6", "out"]
    assert [len(s.links) for s in statements(arch.body)] == [2] * 6 + [1]
    c1, *_, f6, _ = statements(arch.body)
    assert c1.shape == ast.Size((6, 28, 28), span=c1.span)
    assert f6.shape == ast.Number("84", span=f6.span)
    assert [tag.name.name for tag in c1.tags] == ["stage"]


def test_lenet_expectations_and_recipe() -> None:
    arch = by_name(load("lenet5"))["LeNet5"]
    assert isinstance(arch, ast.Arch)
    assert arch.body is not None
    expect, train = arch.body.items[-2:]
    assert isinstance(expect, ast.Expect)
    assert isinstance(train, ast.Train)
    last = expect.expectations[-1]
    assert last.span.text.startswith("connections == 340_908")
    assert (last.comparison, last.place) == ("==", "sec. II.B")
    assert last.note == "counts the 840 fixed RBF connections"
    assert [e.key.name for e in train.entries] == [
        *("data", "init", "loss", "optimizer", "batch", "epochs"),
    ]
    data = train.entries[0].value
    assert isinstance(data, ast.Apply)
    assert [a.name.name for a in data.arguments if a.name] == ["pad", "range"]


def test_comments_stay_in_order() -> None:
    comments = [comment.name for comment in load("lenet5").comments]
    assert comments == [
        "# rows = S2 maps 0..5, columns = C3 maps 0..15 (the paper's Table I)",
        "# 1 coefficient + 1 bias per map",
        "# a convolution, not a linear layer",
        "# 5,000 real digits that ship with archspec",
    ]


def test_googlenet() -> None:
    named = by_name(load("googlenet"))
    inception, arch = named["Inception"], named["GoogLeNet"]
    assert isinstance(inception, ast.Block)
    assert inception.doc == 'One Inception module, "dimension reductions" version.'
    (concat,) = statements(inception.body)[0].links
    assert isinstance(concat, ast.Call)
    assert concat.lanes is not None
    assert [lane.label.name for lane in concat.lanes if lane.label] == ["b1", "b3", "b5", "bp"]
    assert [len(lane.links) for lane in concat.lanes] == [1, 2, 2, 2]
    assert isinstance(arch, ast.Arch)
    assert arch.body is not None
    heads = [item for item in arch.body.items if isinstance(item, ast.Head)]
    assert [(head.name.name, head.doc) for head in heads] == [
        ("aux1", ""),
        ("aux2", "The second auxiliary classifier taps here."),
    ]
    expect = arch.body.items[-1]
    assert isinstance(expect, ast.Expect)
    first, second, third = expect.expectations
    assert first.within == ast.Number("1", span=first.span)
    assert [ident.name for ident in second.target] == ["i3a", "params", "weights"]
    assert third.disputed == "7x7x3x64 on 112x112 is 118.0M"


def test_resnet() -> None:
    named = by_name(load("resnet"))
    bottleneck, stage = named["Bottleneck"], named["Stage"]
    assert isinstance(bottleneck, ast.Block)
    add = statements(bottleneck.body)[0].links[0]
    assert isinstance(add, ast.Call)
    assert add.lanes is not None
    choice = add.lanes[1].links[0]
    assert isinstance(choice, ast.If)
    assert choice.otherwise is not None
    assert labels(choice.then) == ["proj"]
    assert isinstance(stage, ast.Block)
    repeat = statements(stage.body)[1].links[0]
    assert isinstance(repeat, ast.Repeat)
    assert (repeat.variable, repeat.first, repeat.last.span.text) == (None, None, "n - 1")


def test_families() -> None:
    named = by_name(load("resnet"))
    small, middle, large = (named[f"ResNet{depth}"] for depth in (50, 101, 152))
    assert isinstance(small, ast.Arch)
    assert isinstance(middle, ast.Arch)
    assert isinstance(large, ast.Arch)
    assert small.base == ast.Apply(ast.Ident("ResNet", span=small.span), (), span=small.span)
    assert small.body is not None
    assert isinstance(small.body.items[0], ast.Expect)
    assert len(small.body.items[0].expectations) == 2
    assert middle.base is not None
    assert middle.base.span.text == "ResNet(depths=[3, 4, 23, 3])"
    assert (large.title, large.body) == ("ResNet-152", None)


def test_densenet() -> None:
    file = load("densenet")
    imported, recipe = file.definitions[0], file.definitions[-1]
    assert isinstance(imported, ast.Import)
    assert imported.file.value == "./common.arch"
    assert [(n.name.name, n.alias.name) for n in imported.names if n.alias] == [("preact", "pre")]
    assert isinstance(recipe, ast.Train)
    assert recipe.name is not None
    assert recipe.arch is not None
    assert (recipe.name.name, recipe.arch.name) == ("fast", "DenseNet121")
    arch = by_name(file)["DenseNet"]
    assert isinstance(arch, ast.Arch)
    assert arch.body is not None
    stem, *rest = statements(arch.body)
    assert (len(stem.links), stem.shape and stem.shape.span.text) == (4, "[2*k, 56, 56]")
    assert isinstance(rest[4].shape, ast.Sequence)
    theta = by_name(file)["Transition"].span.text
    assert "floor(theta * in.c)" in theta


def test_dpn() -> None:
    named = by_name(load("dpn"))
    block, stage = named["DualPath"], named["Stage"]
    assert isinstance(block, ast.Block)
    assert block.doc == "channels [0, bw) are the residual path, the rest is dense."
    assert labels(block.body) == ["s", "y", None]
    first = statements(block.body)[1].links[0]
    assert first == ast.Reference("in", span=block.span)
    concat = statements(block.body)[2].links[0]
    assert isinstance(concat, ast.Call)
    assert concat.lanes is not None
    add = concat.lanes[0].links[0]
    assert isinstance(add, ast.Call)
    assert add.lanes is not None
    assert [lane.span.text for lane in add.lanes] == ["@s -> slice(0, bw)", "@y -> slice(0, bw)"]
    assert isinstance(stage, ast.Block)
    repeat = statements(stage.body)[1].links[0]
    assert isinstance(repeat, ast.Repeat)
    assert repeat.variable == ast.Ident("i", span=repeat.span)
    assert repeat.first == ast.Number("2", span=repeat.span)
    assert repeat.last == ast.Name("n", span=repeat.span)
