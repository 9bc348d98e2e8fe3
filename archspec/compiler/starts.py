"""How weights start, as source text: `reset_parameters` of a generated module. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archspec.compiler.expression import COLUMNS, number
from archspec.compiler.forward import module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archspec.compiler.modules import Module
    from archspec.graph import Graph
    from archspec.ops import Init

# In-place calls on a weight. NUMBER is the rule's, FAN_IN and FAN_OUT belong to the layer: a
# number, or one for each kernel where a connection table makes them differ.
_TEXTS: Mapping[str, str] = {
    "zeros": "zero_()",
    "constant": "fill_(NUMBER)",
    "uniform": "uniform_(-NUMBER, NUMBER)",
    "gaussian": "normal_(0, NUMBER)",
    "fan_in_uniform": "uniform_(-NUMBER, NUMBER).div_(FAN_IN)",
    "kaiming": "normal_().mul_((2 / FAN_IN) ** 0.5)",
    "xavier": "uniform_(-1, 1).mul_((6 / (FAN_IN + FAN_OUT)) ** 0.5)",
}
RULES = tuple(_TEXTS)


@dataclass(frozen=True, slots=True)
class Started:
    """A layer whose weights the spec starts."""

    path: str
    made: Module
    init: Init

    @property
    def fans(self) -> tuple[str, ...]:
        """The expressions its rule needs, in the order of `_fans`."""
        own = {"FAN_IN": self.made.fan_in, "FAN_OUT": self.made.fan_out}
        return tuple(own[fan].replace("{self}", module(self.path)) for fan in _fans(self.init))


def started(graph: Graph, modules: Mapping[str, Module]) -> tuple[Started, ...]:
    """The layers to start, in the order of the spec: an operator's own `init`, else the recipe's.

    Args:
        graph: the network.
        modules: of its nodes, by path.
    """
    recipe = graph.spec.recipe
    general = recipe.init.init if recipe and recipe.init else None
    found = []
    for path, node in graph.nodes.items():
        init = getattr(node.op, "init", None) or general
        if init is not None and path in modules and modules[path].fan_in:
            found.append(Started(path, modules[path], init))
    return tuple(found)


def reset(layers: Sequence[Started], general: str) -> Iterator[str]:
    """`reset_parameters` and the constructor's call of it; nothing without layers.

    Args:
        layers: what `started` found.
        general: the recipe's `init` as written, "" if it has none.
    """
    if not layers:
        return
    remark = f"  # init = {general}" if general else ""
    yield "        self.reset_parameters()"
    yield ""
    yield "    @torch.no_grad()"
    yield f"    def reset_parameters(self) -> None:{remark}"
    for init in dict.fromkeys(layer.init for layer in layers):
        group = [layer for layer in layers if layer.init == init]
        yield from _one(group[0]) if len(group) == 1 else _several(group)


def _fans(init: Init) -> tuple[str, ...]:
    return tuple(fan for fan in ("FAN_IN", "FAN_OUT") if fan in _TEXTS[init.rule])


def _call(init: Init, fans: Sequence[str]) -> str:
    """What is called on a weight, with these expressions for the fans."""
    text = _TEXTS[init.rule]
    for fan, expression in zip(_fans(init), fans, strict=True):
        text = text.replace(fan, expression)
    return text.replace("NUMBER", number(init.number)) if init.number is not None else text


def _one(layer: Started) -> Iterator[str]:
    name = module(layer.path)
    line = f"        {name}.weight.{_call(layer.init, layer.fans)}"
    if len(line) > COLUMNS:
        yield from _several([layer])
        return
    yield line
    if layer.made.bias:
        yield f"        {name}.bias.zero_()"


def _several(layers: Sequence[Started]) -> Iterator[str]:
    """A loop over the layers that start alike."""
    init = layers[0].init
    variables = tuple(fan.lower() for fan in _fans(init))
    yield f"        for {', '.join(('layer', *variables))} in ("
    for layer in layers:
        row = ", ".join((module(layer.path), *layer.fans))
        yield f"            ({row})," if variables else f"            {row},"
    yield "        ):"
    yield f"            layer.weight.{_call(init, variables)}"
    biased = [layer.made.bias for layer in layers]
    if all(biased):
        yield "            layer.bias.zero_()"
    elif any(biased):
        yield "            if layer.bias is not None:"
        yield "                layer.bias.zero_()"
