"""Worked examples and small networks as torch modules in float64."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from archspec.compiler import compile_graph
from archspec.graph import load
from tests.helpers import arch, graph_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from archspec.graph import Graph

SPECS = Path(__file__).parents[2] / "specs" / "course"
Rows = list[list[float]]


def example(file: str, name: str) -> nn.Module:
    """The module of an arch of `specs/course`, in evaluation."""
    return in_float64(load(f"{SPECS / file}.arch:{name}"))


def layers(*statements: str, x: str, above: str = "") -> nn.Module:
    """The module of a network of these statements, in evaluation."""
    return in_float64(graph_of(arch(*statements, x=x, above=above)))


def in_float64(graph: Graph) -> nn.Module:
    """Made with float64 from the start: a fixed 0.06 must not go through float32."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return compile_graph(graph, seed=0).eval()
    finally:
        torch.set_default_dtype(before)


def picture(rows: Sequence[Sequence[float]]) -> Tensor:
    """Rows of pixels as a batch of one map."""
    return torch.tensor([[rows]], dtype=torch.float64)


def noise(*shape: int, seed: int = 1) -> Tensor:
    """Normal numbers, the same at every run."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def same(found: Tensor, expected: Sequence[Sequence[float]]) -> None:
    """One map holds these decimals; 1e-12 is some thousand roundings of float64 at 1."""
    torch.testing.assert_close(found.detach(), picture(expected), rtol=1e-12, atol=1e-12)
