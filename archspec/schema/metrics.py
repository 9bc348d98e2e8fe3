"""The names of the metrics that `expect` and `explain` take; `analysis` computes them."""

from __future__ import annotations

from fractions import Fraction

Sides = tuple[int | Fraction, ...]  # of a shape or field
MetricValue = int | Fraction | Sides

METRIC_NAMES = (
    "shape",
    "params",
    "params.weights",
    "params.bias",
    "params.fixed",
    "params.all",
    "buffers",
    "buffers.torch",
    "connections",
    "sharing",
    "units",
    "macs",
    "macs.all",
    "macs.train",
    "ops.mac",
    "ops.add",
    "ops.mul",
    "ops.div",
    "ops.cmp",
    "ops.special",
    "flops",
    "activations",
    "saved",
    "rf",
    "rf.jump",
    "rf.start",
    "depth",
    "depth.trainable",
    "depth.stages",
)
FIELD_METRICS = ("rf", "rf.jump", "rf.start")  # pairs where rows and columns differ
WHOLE_METRICS = (  # of the network only
    "memory",
    "memory.params",
    "memory.activations",
    "memory.infer",
    "memory.infer_peak",
    "memory.infer_peak.inplace",
    "memory.saved",
    "memory.saved.shared",
    "memory.train",
)
VIEW_METRICS = (  # how other tools count
    "view.torchvision",
    "view.fvcore",
    "view.ptflops_aten",
    "view.torchinfo",
    "view.torchinfo_pass",
    "view.thop",
    "view.calflops",
    "view.keras_params",
)
