"""What the bytes of a network are made of: sums term by term, peaks by what is alive there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.analysis.memory import forward_peak, training_peak
from archspec.analysis.shared_storage import shared_storage
from archspec.analysis.storages import Storages
from archspec.ops import Expr, Term, total

if TYPE_CHECKING:
    from archspec.analysis.report import Report
    from archspec.ops import Terms


def memory_terms(report: Report, metric: str) -> tuple[Terms, str]:
    """The summands of a metric of bytes, and where and under what they hold.

    Args:
        report: of a network; nothing is told where a shape is not known.
        metric: one of `BYTES`.
    """
    setup = report.setup
    if report.memory is None:
        return (), ""
    how = f"batch {setup.batch}, {setup.dtype}"
    if metric in _SUMS:
        return _SUMS[metric](report), how
    if metric == "memory.saved":
        return _saved(report), f"{how}; each storage once, at the first layer that keeps it"
    if metric == "memory.saved.shared":
        return _shared(report, how)
    if metric == "memory.train":
        peak = training_peak(report.graph, setup, report.optimizer)
        how = f"{how}, {report.optimizer}"
    else:
        peak = forward_peak(report.graph, setup, in_place=metric.endswith("inplace"))
    weights = Term("parameters, fixed weights, buffers", Expr(report.memory.params))
    stored = (weights,) if metric in ("memory", "memory.infer") else ()
    where = f"at {peak.path}" if peak.path else "at the start of the backward pass"
    return (*stored, *peak.terms), f"{how}; peak {where}"


def _params(report: Report) -> Terms:
    trunk = ("params", "params.fixed", "buffers")
    sums = ((name, report.number("", name) or 0) for name in trunk)
    width = report.setup.param_width
    return tuple(Term(name, Expr(size) * width) for name, size in sums if size)


def _activations(report: Report) -> Terms:
    stored = report.number("", "activations") or 0
    return (Term("outputs that need storage", Expr(stored) * report.width),)


_SUMS = {"memory.params": _params, "memory.activations": _activations}


def _saved(report: Report) -> Terms:
    """What every row of the trunk keeps, and what the loss does."""
    kept = ((row.path, report.sum_of((row,), "saved").value) for row in report.rows())
    loss = total(Storages(report.graph, report.setup).loss_terms)
    rows = (Term(path, Expr(size)) for path, size in (*kept, ("cross-entropy", loss)) if size)
    return tuple(rows)


def _shared(report: Report, how: str) -> tuple[Terms, str]:
    """A buffer for each block whose concatenations extend one another, and the rest."""
    run = Storages(report.graph, report.setup)
    found = shared_storage(run)
    buffers = (Term(f"buffer up to {path}", run.storage(path)) for path in found.buffers)
    others, loss = Expr(sum(found.others.values())), Expr(run.loss)
    rest = (Term("all other storages", others), Term("cross-entropy", loss))
    if not found.buffers:
        return rest, f"{how}; no concatenation extends another, so nothing is shared"
    again = f"{len(found.again)} norms and activations worked out again"
    return (*buffers, *rest), f"{how}; one buffer a dense block, {again}"
