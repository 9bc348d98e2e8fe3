"""Shared storage against a network that torch trains with it: every byte alive after a forward.

The network keeps the maps of a block apart, each once, instead of in one buffer: as many bytes.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_leaves  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from archspec.analysis import Setup  # noqa: E402
from archspec.analysis.memory import BYTES  # noqa: E402
from tests.helpers import report_of  # noqa: E402

SPEC = """
block preact(c, k) { bn -> relu -> conv(c, k, pad=k // 2, bias=false) }
block layer { concat { | identity | preact(16, 1) -> preact(4, 3) } }
arch Net {
  input 3x16x16
  conv1: conv(8, 3, pad=1, bias=false)
  dense1: repeat 3 { layer }
  trans1: preact(10, 1) -> avgpool(2)
  dense2: repeat 4 { layer }
  last: bn -> relu
  gap: global_avgpool
  fc: linear(5)
}
"""


class Alive(TorchDispatchMode):
    """Remembers every storage made within, without keeping it; `owned` ones are older."""

    def __init__(self, owned) -> None:
        super().__init__()
        self.owned = {tensor.untyped_storage().data_ptr() for tensor in owned}
        self.made: dict[int, int] = {}  # weak reference -> bytes

    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> object:
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in self.owned:
                self.made[storage._weak_ref()] = storage.nbytes()
        return result

    @property
    def bytes(self) -> int:
        """Of the storages that somebody still has."""
        expired = torch.UntypedStorage._expired
        return sum(size for weak, size in self.made.items() if not expired(weak))


def at_once(function, *tensors):
    """As torch does by itself: what the backward pass needs is kept."""
    return function(*tensors)


def again(function, *tensors):
    """The inputs are kept, and the backward pass works everything out of them again."""
    return checkpoint(function, *tensors, use_reentrant=False, preserve_rng_state=False)


class Preact(nn.Module):
    """bn, relu, convolution of all maps before it."""

    def __init__(self, maps: int, c: int, k: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(maps)
        self.conv = nn.Conv2d(maps, c, k, padding=k // 2, bias=False)

    def forward(self, *maps):
        return self.conv(F.relu(self.bn(torch.cat(maps, 1))))


class Dense(nn.Module):
    """Layers that each see the maps of all before them."""

    def __init__(self, maps: int, layers: int, made) -> None:
        super().__init__()
        self.squeeze = nn.ModuleList(Preact(maps + 4 * i, 16, 1) for i in range(layers))
        self.grow = nn.ModuleList(Preact(16, 4, 3) for _ in range(layers))
        self.made = made

    def forward(self, x):
        maps = [x]
        for squeeze, grow in zip(self.squeeze, self.grow, strict=True):
            small = self.made(squeeze, *maps)
            maps.append(F.conv2d(F.relu(grow.bn(small)), grow.conv.weight, padding=1))
        return maps


class Net(nn.Module):
    """SPEC, written by hand; `made` says how what reads a concatenation is worked out."""

    def __init__(self, made) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.dense1 = Dense(8, 3, made)
        self.trans1 = Preact(20, 10, 1)
        self.dense2 = Dense(10, 4, made)
        self.last = nn.BatchNorm2d(26)
        self.fc = nn.Linear(26, 5)
        self.made = made

    def forward(self, x):
        trans1 = self.made(self.trans1, *self.dense1(self.conv1(x)))
        maps = self.dense2(F.avg_pool2d(trans1, 2))
        last = self.made(lambda *maps: F.relu(self.last(torch.cat(maps, 1))), *maps)
        return self.fc(last.mean((2, 3)))


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("made", "metric"), [(again, "memory.saved.shared"), (at_once, "memory.saved")]
)
def test_every_byte_that_is_alive_after_a_forward(made, metric: str, batch: int) -> None:
    torch.manual_seed(0)
    net, x = Net(made), torch.randn(batch, 3, 16, 16)
    with Alive([*net.parameters(), *net.buffers()]) as alive:
        classes = torch.zeros(batch, dtype=torch.int64)
        loss = F.cross_entropy(net(x), classes)
    total_weight = 4
    report = report_of(SPEC, Setup(batch=batch))
    assert report.number("", "params") == sum(p.numel() for p in net.parameters())
    assert report.memory is not None
    assert BYTES[metric](report.memory) == alive.bytes + 4 * x.numel() - total_weight
    loss.backward()  # what was kept is enough
    assert all(p.grad is not None for p in net.parameters())
