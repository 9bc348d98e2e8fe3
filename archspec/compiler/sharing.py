"""What becomes of `weights=@x`: the owner's module called again, or its tensors in a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.compiler.builders import Place, build
from archspec.compiler.expression import Call
from archspec.errors import ArchError, Diagnostic

if TYPE_CHECKING:
    from archspec.graph import Node

_FUNCTIONS = {"nn.Conv2d": "F.conv2d", "nn.Linear": "F.linear"}


def borrowed(node: Node, owner: Node, callee: str, argument: str) -> Call:
    """A node's output with the weights of another.

    Args:
        node: what has no weights of its own.
        owner: whose weights it uses.
        callee: the owner's module as the text sees it.
        argument: what enters.

    Raises:
        ArchError: E701 if the weights do not fit.
    """
    own, others = _call(node), _call(owner)
    if same_module(node, owner):
        return Call(callee, (argument,))
    options, theirs = dict(own.options), dict(others.options)
    bias, has_bias = (options.pop("bias", "True") == "True", theirs.get("bias") != "False")
    agree = own.arguments == others.arguments and options.get("groups") == theirs.get("groups")
    if own.function not in _FUNCTIONS or own.function != others.function or not agree:
        raise _misfit(node, owner, "their weights differ in shape or kind")
    if bias and not has_bias:
        raise _misfit(node, owner, f"`{owner.path}` has no bias")
    tensors = (argument, f"{callee}.weight", *([f"{callee}.bias"] if bias else []))
    return Call(_FUNCTIONS[str(own.function)], tensors, tuple(options.items()))


def same_module(node: Node, owner: Node) -> bool:
    """Whether the module of `owner` computes just what `node` does."""
    own, others = _call(node), _call(owner)
    return (own.function, own.arguments, own.options) == (
        others.function,
        others.arguments,
        others.options,
    )


def _call(node: Node) -> Call:
    assert node.io is not None, "a graph without errors knows its shapes"
    return build(node.op, Place(node, node.io)).call


def _misfit(node: Node, owner: Node, why: str) -> ArchError:
    message = f"`{node.path}` cannot use the weights of `{owner.path}`: {why}"
    return ArchError([Diagnostic("E701", message, node.span, path=node.path)])
