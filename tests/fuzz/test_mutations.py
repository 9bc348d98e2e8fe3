"""A slip in a shipped spec is an error, or an expectation that no longer holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from archspec.analysis import analyze
from archspec.errors import ArchError, has_errors
from archspec.graph import build, read_graph, resolve
from archspec.schema import Target, arch_names, elaborate
from archspec.source import Source
from archspec.syntax import parse
from tests.fuzz.mutants import NAMED, Mutant, mutants

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
    for reader in path.parent.glob("*.arch"):
        text = reader.read_text(encoding="utf-8")
        if f'from "./{path.name}"' in text:
            copy = folder / reader.name
            copy.write_text(text, encoding="utf-8")
            if is_caught(copy, Mutant("", "", "", text), order(reader)):
                return True
    return False


def _is_wrong(source: Source, name: str) -> bool:
    graph = read_graph(Target(source, name))
    return has_errors(graph.diagnostics) or has_errors(analyze(graph).diagnostics)


def named(path: Path) -> list[Mutant]:
    """The slips of the named kinds in a spec."""
    text = path.read_text(encoding="utf-8")
    return [m for m in mutants(parse(Source(path.name, text))) if m.kind in NAMED]


def test_slips_are_caught(tmp_path: Path) -> None:
    """Every slip of the named kinds in every spec, those of the course as well.

    What survives is a slip that changes no number, as padding to a size that a window tiles, or
    one that no metric sees, as a kernel of given numbers that is transposed.
    """
    made, caught, survivors = Counter[str](), Counter[str](), list[str]()
    for path in SPECS:
        wanted = named(path)
        archs = order(path) if wanted else []
        made.update(mutant.kind for mutant in wanted)
        for mutant in wanted:
            if is_caught(path, mutant, archs) or is_caught_by_readers(path, mutant, tmp_path):
                caught[mutant.kind] += 1
            else:
                survivors.append(f"{path.name}:{mutant.place} {mutant.kind}: {mutant.was}")
    assert set(made) == set(NAMED)
    assert all(caught[kind] for kind in NAMED)
    assert caught.total() * 100 >= made.total() * SHARE, survivors


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
