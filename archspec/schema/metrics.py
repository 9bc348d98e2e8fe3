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
WHOLE_METRICS = (  # of the network only
    "memory",
    "memory.params",
    "memory.activations",
    "memory.infer",
    "memory.infer_peak",
    "memory.infer_peak.inplace",
    "memory.saved",
    "memory.train",
)
