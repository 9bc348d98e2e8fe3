"""Source text -> nn.Module: executed once a text, visible to tracebacks, picklable."""

from __future__ import annotations

import linecache
import sys
from dataclasses import dataclass
from hashlib import sha256
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch  # this module is imported when a network is wanted, not before
from torch import Tensor, nn  # as above

from archspec.compiler.emit import emit, main_class
from archspec.compiler.rewrite import without_softmax
from archspec.compiler.weights import load_weights
from archspec.graph import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archspec.graph import Graph


_TEXTS: dict[str, str] = {}  # the text of every generated module, by module name


def compile_graph(
    target: Graph | str,
    *,
    weights: Path | None = None,
    seed: int | None = None,
    logits: bool = False,
) -> nn.Module:
    """The network as a torch module, in training mode as torch leaves new modules.

    >>> compile_graph("zoo:lenet5", seed=0)(torch.zeros(1, 1, 32, 32)).shape
    torch.Size([1, 10])

    Args:
        target: a network without errors, or what `load` takes: a file or a name of the zoo.
        weights: a file of `save_weights`; else the weights are initialised.
        seed: for the initialisation; torch's random state is the same afterwards.
        logits: leave out a softmax at the end.

    Raises:
        ArchError: the graph's own errors, E701 for what cannot be compiled, E702 for weights
            that do not fit.
    """
    graph = load(target) if isinstance(target, str) else target
    graph = without_softmax(graph) if logits else graph
    made = load_class(emit(graph), main_class(graph))
    if weights is not None:
        with torch.device("meta"):
            module = made()
        load_weights(module, weights)
        return module
    if seed is None:
        return made()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        return made()


def load_class(text: str, name: str) -> type[nn.Module]:
    """The class `name` of a generated text. The same text gives the same class.

    The module is called `archspec_generated_<name>_<hash of the text>`.
    """
    digest = sha256(text.encode()).hexdigest()[:8]
    module_name = f"archspec_generated_{name}_{digest}"
    module = sys.modules.get(module_name) or _execute(text, module_name, f"{name} {digest}")
    made: type[nn.Module] = getattr(module, name)
    made.__reduce__ = _reduce  # type: ignore[assignment,method-assign]  # the text stays free of archspec
    return made


def _execute(text: str, module_name: str, label: str) -> ModuleType:
    """Run a text as a module whose lines tracebacks and `inspect` can show."""
    module = ModuleType(module_name)
    module.__file__ = f"<archspec {label}>"
    # No modification time: linecache never looks for the file.
    lines = text.splitlines(keepends=True)
    linecache.cache[module.__file__] = (len(text), None, lines, module.__file__)
    exec(compile(text, module.__file__, "exec", dont_inherit=True), module.__dict__)
    sys.modules[module_name] = module
    _TEXTS[module_name] = text
    return module


# --- pickling: another process cannot import the class ------------------------------------------


@dataclass(frozen=True, slots=True)
class _State:
    """All of a module that its text does not say; by path, modules in order."""

    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    trainable: frozenset[str]
    training: tuple[bool, ...]


def _reduce(module: nn.Module) -> tuple[Callable[..., nn.Module], tuple[Any, ...]]:
    """How pickle and `copy` take a generated module apart. Hooks are not kept."""
    state = _State(
        parameters={name: item.detach() for name, item in module.named_parameters()},
        buffers=dict(module.named_buffers()),
        trainable=frozenset(name for name, item in module.named_parameters() if item.requires_grad),
        training=tuple(part.training for part in module.modules()),
    )
    return rebuild, (_TEXTS[type(module).__module__], type(module).__name__, state)


def rebuild(text: str, name: str, state: _State) -> nn.Module:
    """A module from its text and state; the tensors are taken over, not copied."""
    with torch.device("meta"):
        module = load_class(text, name)()
    for path, tensor in state.parameters.items():
        owner, attribute = _owner(module, path)
        parameter = nn.Parameter(tensor, requires_grad=path in state.trainable)
        owner.register_parameter(attribute, parameter)
    for path, tensor in state.buffers.items():
        owner, attribute = _owner(module, path)
        setattr(owner, attribute, tensor)
    for part, training in zip(module.modules(), state.training, strict=True):
        part.training = training
    return module


def _owner(module: nn.Module, path: str) -> tuple[nn.Module, str]:
    """The module that holds a tensor, and what it calls it."""
    parent, _, attribute = path.rpartition(".")
    return module.get_submodule(parent), attribute
