"""Every network of the zoo computes on another device: nothing in it stays behind on the CPU.

Fake tensors have a device and a shape but no numbers, so this needs no GPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec.compiler import compile_graph
from archspec.graph import load
from archspec.schema import read, zoo, zoo_files
from archspec.syntax import ast, parse

if TYPE_CHECKING:
    from torch import nn

pytestmark = pytest.mark.torch


def on_a_gpu(module: nn.Module) -> nn.Module:
    """What `module.to("cuda")` moves; that itself refuses fake parameters."""
    from torch.nn import Parameter

    for part in module.modules():
        for name, item in part.named_parameters(recurse=False):
            setattr(part, name, Parameter(item.to("cuda"), requires_grad=item.requires_grad))
        for name, item in part.named_buffers(recurse=False):
            setattr(part, name, item.to("cuda"))
    return module


def families() -> set[str]:
    """Archs that a variant without arguments repeats."""
    files = [parse(read(path, path.name)) for path in zoo_files()]
    archs = [item for file in files for item in file.definitions if isinstance(item, ast.Arch)]
    return {arch.base.function.name for arch in archs if arch.base and not arch.base.arguments}


def test_families_are_found():
    assert families() >= {"DPN", "ResNet", "DenseNet", "PreActResNet"}
    assert families() <= set(zoo())


@pytest.mark.parametrize("name", sorted(set(zoo()) - families()))
def test_forward_on_a_gpu(name: str):
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    graph = load(f"zoo:{name}")
    with FakeTensorMode():
        module = on_a_gpu(compile_graph(graph))
        images = [torch.empty(2, *node.io.output, device="cuda") for node in graph.inputs]
        for training in (True, False):
            found = module.train(training)(*images)
            outputs = found if isinstance(found, tuple) else (found,)
            assert {item.device.type for item in outputs} == {"cuda"}
