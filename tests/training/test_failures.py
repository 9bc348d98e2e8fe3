"""What the machine refuses: a full disk and too little memory are told, not thrown."""

import errno
import io

import pytest
import torch

from archspec.errors import ArchError
from archspec.graph import load
from archspec.training import TrainOptions, progress_on, run

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "metrics.csv"), "E006"),
        (torch.OutOfMemoryError("CUDA out of memory"), "T002"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "T002"),
    ],
)
def test_is_a_diagnostic(error, code, tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(run, "open_session", refuse)
    graph = load("zoo:lenet5")
    progress = progress_on(io.StringIO())
    with pytest.raises(ArchError) as caught:
        run.train(graph, graph.spec.recipe, TrainOptions(out=tmp_path / "run"), progress)
    assert [found.code for found in caught.value.diagnostics] == [code]


def test_other_errors_stay_bugs(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("a shape is wrong")

    monkeypatch.setattr(run, "open_session", refuse)
    graph = load("zoo:lenet5")
    with pytest.raises(RuntimeError, match="a shape is wrong"):
        run.train(graph, graph.spec.recipe, TrainOptions(out=tmp_path / "run"), None)
