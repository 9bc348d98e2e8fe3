"""Operators: parameters and arithmetic. No torch, no graph, no parser, no drawing.

`OPS` is the whole set; nothing registers itself.
"""

from archspec.ops.activation import Dropout, Relu, ScaledTanh, Sigmoid, Softmax, Tanh
from archspec.ops.arithmetic import Expr, Term, Terms, product, total
from archspec.ops.base import (
    OP_KINDS,
    Io,
    Mode,
    Op,
    OpVector,
    Role,
    Shape,
    ShapeError,
    Window,
    count,
    written,
)
from archspec.ops.codes import CODE_SETS, CodeSet
from archspec.ops.conv import Conv
from archspec.ops.dense import Linear, Rbf
from archspec.ops.fields import Size, Table
from archspec.ops.plumbing import Flatten, Input
from archspec.ops.pool import AvgPool, MaxPool, Subsample

OPS: tuple[type[Op], ...] = (
    Input,
    Conv,
    Subsample,
    Linear,
    Tanh,
    ScaledTanh,
    Sigmoid,
    Relu,
    Rbf,
    MaxPool,
    AvgPool,
    Flatten,
    Softmax,
    Dropout,
)
BY_NAME = {op.name: op for op in OPS}

__all__ = [
    "BY_NAME",
    "CODE_SETS",
    "OPS",
    "OP_KINDS",
    "AvgPool",
    "CodeSet",
    "Conv",
    "Dropout",
    "Expr",
    "Flatten",
    "Input",
    "Io",
    "Linear",
    "MaxPool",
    "Mode",
    "Op",
    "OpVector",
    "Rbf",
    "Relu",
    "Role",
    "ScaledTanh",
    "Shape",
    "ShapeError",
    "Sigmoid",
    "Size",
    "Softmax",
    "Subsample",
    "Table",
    "Tanh",
    "Term",
    "Terms",
    "Window",
    "count",
    "product",
    "total",
    "written",
]
