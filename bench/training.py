"""What archspec adds to a training step: its whole loop against a bare one, written by hand."""

from __future__ import annotations

from pathlib import Path

import torch
from measure import Row, alternate
from torch import Tensor, nn
from torch.nn import functional

import archspec
from archspec.training import TrainOptions
from archspec.training.loop import train_epoch
from archspec.training.session import Session, open_session

BATCH, EPOCHS_A_ROUND = 64, 1


class ByHand(nn.Module):
    """LeNet-5 as one would write it for this purpose alone."""

    def __init__(self, table: Tensor, codes: Tensor) -> None:
        super().__init__()
        self.c1, self.c5, self.f6 = nn.Conv2d(1, 6, 5), nn.Conv2d(16, 120, 5), nn.Linear(120, 84)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.s2 = nn.Parameter(torch.full((2, 6, 1, 1), 0.25))
        self.s4 = nn.Parameter(torch.full((2, 16, 1, 1), 0.25))
        self.register_buffer("table", table)
        self.register_buffer("codes", codes)

    def forward(self, x: Tensor) -> Tensor:
        """Penalties (n, 10) of images (n, 1, 32, 32)."""
        x = squash(self.c1(x))
        x = squash(functional.avg_pool2d(x, 2) * (4 * self.s2[0]) + self.s2[1])
        x = squash(functional.conv2d(x, self.c3.weight * self.table, self.c3.bias))
        x = squash(functional.avg_pool2d(x, 2) * (4 * self.s4[0]) + self.s4[1])
        x = squash(self.f6(squash(self.c5(x)).flatten(1)))
        return (x.unsqueeze(1) - self.codes).square().sum(2)


def squash(x: Tensor) -> Tensor:
    """The paper's scaled hyperbolic tangent."""
    return 1.7159 * torch.tanh(x * (2 / 3))


def bare_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    """The six lines everybody writes."""
    for chosen in torch.randperm(len(y)).split(BATCH):
        optimizer.zero_grad()
        penalty = model(x[chosen])
        j = penalty.new_full((len(chosen), 1), -0.1)
        right = penalty.gather(1, y[chosen].unsqueeze(1)).squeeze(1)
        (right + torch.cat((j, -penalty), 1).logsumexp(1)).mean().backward()
        optimizer.step()


def prepared() -> tuple[Session, nn.Module, Tensor, Tensor]:
    """The session of archspec, the network by hand, and its data as one tensor."""
    graph = archspec.load("zoo:lenet5")
    assert graph.spec.recipe is not None, "the zoo's LeNet-5 has a recipe"
    session = open_session(graph, graph.spec.recipe, TrainOptions(threads=1))
    batches = list(session.parts.train.in_order())
    images = torch.cat([images for images, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    rows = graph["C3.conv"].op.table.rows
    table = torch.tensor([[float(cell) for cell in row] for row in rows]).T[..., None, None]
    codes = session.parts.model.get_buffer("out.codes")
    return session, ByHand(table, codes), images, labels


def rows() -> list[Row]:
    """The ratio of a whole epoch of steps, on one thread."""
    torch.set_num_threads(1)
    session, model, images, labels = prepared()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def ours() -> None:
        train_epoch(session.parts, 1, stop=lambda: False, beat=lambda *_: None)

    def bare() -> None:
        bare_epoch(model, optimizer, images, labels)

    same = alternate(bare, bare)
    found = alternate(ours, bare)
    steps = -(-len(labels) // BATCH)
    detail = f"{1000 * found[0] / steps:.2f} ms a step against {1000 * found[1] / steps:.2f} ms"
    return [
        Row("training step, bare against itself", same[0] / same[1], "x", None, "how noisy it is"),
        Row("training step, LeNet-5, batch 64", found[0] / found[1], "x", 1.05, detail),
    ]


if __name__ == "__main__":
    print(Path(__file__).name, *rows(), sep="\n")
