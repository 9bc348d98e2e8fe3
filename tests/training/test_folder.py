"""The spec in a run folder: with all it imports, so that the folder alone repeats the run."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

import archspec
from archspec.errors import ArchError
from archspec.graph import read_graph
from archspec.schema import find
from archspec.training import TrainOptions, evaluate, open_run, train  # needs torch

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.training import Run

pytestmark = pytest.mark.torch

FILES = {
    "net.arch": """from "./blocks/unit.arch" import Unit

arch Net {
  input 2
  Unit
  train {
    data   = truth_table("and")
    init   = zeros
    rule   = perceptron(lr=1)
    epochs = 6
  }
}
""",
    "blocks/unit.arch": """from "../answer.arch" import answer

block Unit() { linear(1) -> answer }
""",
    "answer.arch": """block answer() { step }
""",
}


def written(folder: Path, **changed: str) -> Path:
    for place, text in {**FILES, **changed}.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")
    return folder / "net.arch"


class Quiet:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def trained(spec: Path, out: Path, *folders: Path) -> Run:
    graph = read_graph(find(str(spec)), folders=folders)
    return train(graph, graph.spec.recipe, TrainOptions(out=out, threads=1), Quiet())


def test_a_run_is_repeated_from_its_folder_alone(tmp_path: Path):
    one = trained(written(tmp_path / "specs"), tmp_path / "one")
    copies = {
        path.relative_to(one.folder / "spec").as_posix(): path.read_text()
        for path in (one.folder / "spec").rglob("*.arch")
    }
    assert copies == FILES
    shutil.rmtree(tmp_path / "specs")
    moved = one.folder.rename(tmp_path / "elsewhere")
    saved = open_run(moved)
    found = evaluate(archspec.load(saved.target), moved / "last.safetensors", saved.recipe)
    assert found == one.final
    two = trained(moved / "spec" / "net.arch", tmp_path / "two")
    hashes = [
        json.loads((folder / "config.json").read_text())["spec_sha256"]
        for folder in (moved, two.folder)
    ]
    assert hashes[0] == hashes[1]
    assert (moved / "model.py").read_text() == (two.folder / "model.py").read_text()


@pytest.mark.parametrize("place", FILES)
def test_every_file_counts_in_the_hash(place: str, tmp_path: Path):
    before = archspec.load(str(written(tmp_path / "a"))).spec.digest
    after = archspec.load(str(written(tmp_path / "b", **{place: FILES[place] + "# more\n"})))
    assert before != after.spec.digest


def test_a_file_of_another_folder_is_copied_beside_the_spec(tmp_path: Path):
    spec = written(tmp_path / "specs", **{"net.arch": FILES["net.arch"].replace("./blocks/", "")})
    shutil.copytree(tmp_path / "specs" / "blocks", tmp_path / "more" / "x")
    (tmp_path / "more" / "x" / "unit.arch").rename(tmp_path / "more" / "unit.arch")
    text = FILES["blocks/unit.arch"].replace("../answer", "answer")
    (tmp_path / "more" / "unit.arch").write_text(text)
    run = trained(spec, tmp_path / "run", tmp_path / "more")
    names = {path.name for path in (run.folder / "spec").iterdir()}
    assert names == {"net.arch", "unit.arch", "answer.arch"}
    assert (run.folder / "spec" / "unit.arch").read_text() == text


def test_two_files_of_one_name_cannot_be_copied(tmp_path: Path):
    texts = {
        "net.arch": 'from "./answer.arch" import answer\n'
        + FILES["net.arch"].replace("./blocks/", "").replace("Unit\n  t", "Unit -> answer\n  t"),
        "answer.arch": "block answer() { identity -> relu }\n",
    }
    spec = written(tmp_path / "specs", **texts)
    (tmp_path / "more").mkdir()
    text = FILES["blocks/unit.arch"].replace("../answer", "./answer")
    (tmp_path / "more" / "unit.arch").write_text(text)
    (tmp_path / "more" / "answer.arch").write_text(FILES["answer.arch"])
    graph = read_graph(find(str(spec)), folders=(tmp_path / "more",))
    recipe = graph.spec.recipe.model_copy(update={"rule": None})
    with pytest.raises(ArchError, match=r"two files are called `answer\.arch`") as caught:
        train(graph, recipe, TrainOptions(out=tmp_path / "run", threads=1), Quiet())
    assert [each.code for each in caught.value.diagnostics] == ["E006"]


def test_a_copy_that_would_not_find_its_imports_is_refused(tmp_path: Path):
    text = FILES["net.arch"].replace("./blocks/unit", "../unit")
    spec = written(tmp_path / "all" / "inner", **{"net.arch": text})
    (tmp_path / "all" / "unit.arch").write_text("block Unit() { linear(1) -> step }\n")
    with pytest.raises(ArchError, match="would not be the same: ") as caught:
        trained(spec, tmp_path / "run", tmp_path / "all")
    assert [each.code for each in caught.value.diagnostics] == ["E006"]


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """From the third epoch on every write takes two bytes and then fails."""
    from pathlib import Path as Real

    real = Real.write_bytes

    def fill(path: Path, data: bytes) -> int:
        if (tmp_path / "run" / "metrics.csv").is_file():
            rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
            if len(rows) > 3:
                real(path, data[:2])
                raise OSError(28, "No space left on device")
        return real(path, data)

    monkeypatch.setattr("pathlib.Path.write_bytes", fill)
    with pytest.raises(ArchError, match=r"safetensors` cannot be written: no space left"):
        trained(written(tmp_path / "specs"), tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {
        "spec",
        "model.py",
        "config.json",
        "metrics.csv",
        "last.safetensors",
        "best.safetensors",
    }
