"""The names of the metrics that `expect` and `explain` take; `analysis` computes them."""

METRIC_NAMES = (
    "shape",
    "params",
    "params.weights",
    "params.bias",
    "params.fixed",
    "params.all",
    "buffers",
    "connections",
    "sharing",
    "units",
    "macs",
    "macs.all",
    "macs.train",
    "flops",
    "activations",
    "rf",
    "depth",
    "depth.trainable",
    "depth.stages",
)
PLANNED_METRICS = ("memory",)  # named by the language, not computed yet
