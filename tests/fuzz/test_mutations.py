"""A slip in a shipped spec is an error, or an expectation that no longer holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archspec.analysis import analyze
from archspec.errors import ArchError, has_errors
from archspec.graph import build, read_graph, resolve
from archspec.schema import Target, arch_names, elaborate
from archspec.source import Source
from archspec.syntax import parse
from tests.fuzz.mutants import NAMED, Mutant, mutants

if TYPE_CHECKING:
    from archspec.graph import Node

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted(ROOT.glob("specs/**/*.arch"))
SHARE = 95  # percent of the slips of the named kinds


def order(path: Path) -> list[str]:
    """The archs of a file that are right as written, the smallest first."""
    file = parse(Source(path.name, path.read_text(encoding="utf-8"), path))
    sizes = dict[str, int]()
    for name in arch_names(file):
        graph = resolve(build(elaborate(file, name)))
        if not has_errors(analyze(graph).diagnostics):
            sizes[name] = len(graph.nodes)
    return sorted(sizes, key=lambda name: sizes[name])


def is_caught(path: Path, mutant: Mutant, archs: list[str]) -> bool:
    """Whether `check` would say no; it asks the small archs first, and the shapes first."""
    source = Source(path.name, mutant.text, path)
    try:
        return any(_is_wrong(source, name) for name in archs)
    except ArchError:
        return True


def is_caught_by_readers(path: Path, mutant: Mutant, folder: Path) -> bool:
    """Whether a spec that imports the file says no, once both lie in a folder of their own."""
    (folder / path.name).write_text(mutant.text, encoding="utf-8")
    for reader in readers(path):
        copy, text = folder / reader.name, reader.read_text(encoding="utf-8")
        copy.write_text(text, encoding="utf-8")
        if is_caught(copy, Mutant("", "", "", text), order(reader)):
            return True
    return False


def readers(path: Path) -> list[Path]:
    """The specs that import the file."""
    others = path.parent.glob("*.arch")
    return [other for other in others if f'from "./{path.name}"' in other.read_text("utf-8")]


def _is_wrong(source: Source, name: str) -> bool:
    graph = read_graph(Target(source, name))
    return has_errors(graph.diagnostics) or has_errors(analyze(graph).diagnostics)


def is_equivalent(path: Path, mutant: Mutant, archs: list[str]) -> bool:
    """Whether every arch makes the same of its own input, whatever the weights: there is no slip.

    So `pad=same` around windows that tile, or the stride of a window that has one place only. What
    others import may be used otherwise there, and is taken for a slip.
    """
    if not archs or readers(path):
        return False
    source = Source(path.name, mutant.text, path)
    written = Source(path.name, path.read_text(encoding="utf-8"), path)
    try:
        return all(_function(source, name) == _function(written, name) for name in archs)
    except ArchError:
        return False


def _function(source: Source, name: str) -> dict[str, object]:
    """What decides on the outputs, by node."""
    nodes = read_graph(Target(source, name)).nodes.values()
    return {node.path: (node.op.name, *_details(node), node.inputs, node.io) for node in nodes}


def _details(node: Node) -> tuple[object, ...]:
    """The arguments; padding and stride as they are at these sizes."""
    window = node.op.window(node.io.x) if node.io and node.inputs else None
    if node.io is None or window is None:
        return (dict(node.op),)
    places = zip(window.stride, node.io.output[1:], strict=True)
    steps = [stride if outputs > 1 else None for stride, outputs in places]
    others = {key: value for key, value in node.op if key not in ("pad", "stride")}
    return others, window.pad, steps


def named(path: Path) -> list[Mutant]:
    """The slips of the named kinds in a spec."""
    text = path.read_text(encoding="utf-8")
    return [m for m in mutants(parse(Source(path.name, text))) if m.kind in NAMED]


def test_slips_are_caught(tmp_path: Path) -> None:
    """Every slip of the named kinds in every spec, those of the course as well.

    What survives is a slip that no metric sees, as a kernel of given numbers that is transposed.
    """
    made, caught, survivors = Counter[str](), Counter[str](), list[str]()
    for path in SPECS:
        wanted = named(path)
        archs = order(path) if wanted else []
        made.update(mutant.kind for mutant in wanted)
        for mutant in wanted:
            if is_equivalent(path, mutant, archs):
                made[mutant.kind] -= 1
            elif is_caught(path, mutant, archs) or is_caught_by_readers(path, mutant, tmp_path):
                caught[mutant.kind] += 1
            else:
                survivors.append(f"{path.name}:{mutant.place} {mutant.kind}: {mutant.was}")
    assert set(made) == set(NAMED)
    assert all(caught[kind] for kind in NAMED)
    assert caught.total() * 100 >= made.total() * SHARE, survivors


def test_a_slip_that_others_import_is_one(tmp_path: Path) -> None:
    text = "block b {\n  maxpool(2, pad=same)\n}\n"
    arch = "arch A {\n  input 2x8x8\n  b\n}\n"
    path = tmp_path / "a.arch"
    path.write_text(text + arch)
    slip = Mutant("", "", "", (text + arch).replace(", pad=same", ""))
    assert is_equivalent(path, slip, ["A"])
    assert not is_equivalent(path, slip, [])
    (tmp_path / "b.arch").write_text('from "./a.arch" import b\n')
    assert not is_equivalent(path, slip, ["A"])


@pytest.mark.parametrize(
    ("statement", "slip", "expected"),
    [
        ("maxpool(2, pad=same)", "maxpool(2)", True),
        ("maxpool(3, pad=same)", "maxpool(3)", False),
        ("avgpool(8, stride=1)", "avgpool(8, stride=2)", True),
        ("avgpool(7, stride=1)", "avgpool(7, stride=2)", False),
        ("conv(2, 3, pad=1)", "conv(2, 3)", False),
        ("conv(2, 3)", "conv(2, 3, groups=2)", False),
        ("relu", "rleu", False),
    ],
)
def test_what_changes_no_output_is_no_slip(
    statement: str, slip: str, expected: bool, tmp_path: Path
) -> None:
    text = f"arch A {{\n  input 2x8x8\n  {statement}\n}}\n"
    path = tmp_path / "a.arch"
    path.write_text(text)
    assert is_equivalent(path, Mutant("", "", "", text.replace(statement, slip)), ["A"]) == expected


TEXT = """
table t {
X X
. X
}
arch A {
  input 2x32x32
  conv(2, 3, table=t)
  conv(4, 5, pad=2) -> conv(4, 1, stride=2)
}
"""


@pytest.mark.parametrize("kind", NAMED)
def test_only_a_claim_catches_a_slip(kind: str) -> None:
    """Every kind is made; where nothing is claimed the judge sees nothing, which it can say."""
    made = {mutant.kind: mutant for mutant in mutants(parse(Source("a.arch", TEXT)))}
    assert not is_caught(Path("a.arch"), made[kind], ["A"])
    if kind != "transpose table":  # as many links as before
        claimed = TEXT.replace("stride=2)", "stride=2) => 4x15x15")
        made = {mutant.kind: mutant for mutant in mutants(parse(Source("a.arch", claimed)))}
        assert is_caught(Path("a.arch"), made[kind], ["A"])
