"""curves.png: loss, right answers and learning rate by epoch. The one user of matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from archspec.files import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archspec.training.results import EpochRow


def draw_curves(rows: Sequence[EpochRow], title: str, path: Path) -> None:
    """Write a PNG of three panels; the file holds no date."""
    figure = Figure(figsize=(10, 3.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    epochs = [row.epoch for row in rows]
    loss, top1, rate = figure.subplots(1, 3)
    loss.plot(epochs, [row.train_loss for row in rows], marker=".", label="training")
    loss.plot(epochs, [row.val_loss for row in rows], marker=".", label="held out")
    loss.set(title="loss", xlabel="epoch")
    loss.legend()
    top1.plot(epochs, [100 * row.train_top1 for row in rows], marker=".", label="training")
    top1.plot(epochs, [100 * row.val_top1 for row in rows], marker=".", label="held out")
    top1.set(title="top-1, %", xlabel="epoch")
    top1.legend()
    rate.plot(epochs, [row.lr for row in rows], marker=".")
    rate.set(title="learning rate", xlabel="epoch")
    for panel in (loss, top1, rate):
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    picture = BytesIO()
    figure.savefig(picture, metadata={"Software": None})
    write(picture.getvalue(), path)
