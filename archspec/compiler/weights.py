"""Weights in files: safetensors, or state dicts of torch read without running code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import torch  # this module is imported when weights are wanted, not before
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn  # as above

from archspec.errors import ArchError, Diagnostic, did_you_mean
from archspec.files import write
from archspec.ops import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

State = dict[str, Tensor]
_ORDER = "order"  # safetensors sorts its keys; ours stand in the metadata, as a JSON list


def save_weights(module: nn.Module, path: Path) -> None:
    """Write what `module` has learned as safetensors; a file there is replaced in one step.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_weights(nn.Linear(2, 1), Path(folder, "w.safetensors"))
    ...     load_weights(nn.Linear(2, 1), Path(folder, "w.safetensors"))
    {'weight': 'weight', 'bias': 'bias'}

    Raises:
        ArchError: E006 if the file cannot be written.
    """
    state = {name: item.detach().cpu().contiguous() for name, item in module.state_dict().items()}
    write(save(state, metadata={_ORDER: json.dumps(list(state))}), path)


def load_weights(
    module: nn.Module, path: Path, by: Literal["name", "order"] = "name"
) -> dict[str, str]:
    """Fill `module` from a `.safetensors` file, or a `.pt` file that holds a state dict.

    By name every key must agree. By order the n-th tensor of the file goes to the n-th of the
    module; it may be a reshape of the same rows (a convolution over the whole map and a linear
    layer). A module built on the meta device takes the file's tensors themselves.

    Returns:
        for each key of the module the key of the file it was filled from.

    Raises:
        ArchError: E001 or E006 if the file cannot be read, E702 if the weights do not fit.
    """
    have, ordered = read_weights(path)
    want = module.state_dict()
    pairs = _by_order(have, want, ordered=ordered) if by == "order" else _by_name(have, want)
    state = {key: have[source].reshape(want[key].shape) for key, source in pairs.items()}
    built = not any(item.is_meta for item in want.values())
    module.load_state_dict(state, assign=not built)
    return pairs


def read_weights(path: Path) -> tuple[State, bool]:
    """The tensors of a file, and whether they stand in the order of their module.

    Raises:
        ArchError: E001, E006.
    """
    if path.is_dir():
        raise ArchError([Diagnostic("E006", f"`{path}` is a folder, not a file of weights")])
    if not path.is_file():
        raise ArchError([Diagnostic("E001", f"`{path}` does not exist")])
    try:
        if path.suffix == ".safetensors":
            return _read_safetensors(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a broken file makes a reader raise
        wrong = ValueError("it is neither a safetensors file nor a torch state dict")
        raise _unusable(path, wrong) from error
    if not isinstance(loaded, dict) or not all(isinstance(i, Tensor) for i in loaded.values()):
        raise _unusable(path, ValueError("it holds no state dict"))
    return dict(loaded), True


def _read_safetensors(path: Path) -> tuple[State, bool]:
    with safe_open(path, framework="pt") as file:
        order = json.loads((file.metadata() or {}).get(_ORDER, "[]"))
        known = set(order) == set(file.keys())
        return {key: file.get_tensor(key) for key in (order if known else file.keys())}, known


def _unusable(path: Path, error: Exception) -> ArchError:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ArchError([Diagnostic("E006", f"`{path}` cannot be read: {first}")])


def _misfit(message: str, advice: str | None = None) -> Diagnostic:
    return Diagnostic("E702", message, help=advice)


def _by_name(have: State, want: State) -> dict[str, str]:
    """Every key with itself. Raises ArchError with each missing, unexpected and misshapen one."""
    missing = [key for key in want if key not in have]
    unexpected = [key for key in have if key not in want]
    problems = [
        *(_misfit(f"the file lacks `{key}`", _like(key, unexpected)) for key in missing),
        *(_misfit(f"the network has no `{key}`", _like(key, missing)) for key in unexpected),
        *(
            _misfit(f"`{key}` is {_shape(have[key])} in the file, {_shape(item)} in the network")
            for key, item in want.items()
            if key in have and have[key].shape != item.shape
        ),
    ]
    if problems:
        raise ArchError(problems)
    return {key: key for key in want}


def _like(key: str, known: Sequence[str]) -> str | None:
    """The key that looks like `key`, as a question."""
    near = did_you_mean(key, known)
    return f"did you mean `{near[0]}`?" if near else None


def _by_order(have: State, want: State, *, ordered: bool) -> dict[str, str]:
    """The n-th key with the n-th. Raises ArchError if there are more or fewer, or shapes differ."""
    if not ordered:
        message = "the file does not tell the order of its tensors"
        raise ArchError([_misfit(message, "load it by name, or save a `.pt` state dict")])
    if len(have) != len(want):
        message = f"the file has {len(have)} tensors, the network {len(want)}"
        raise ArchError([_misfit(message)])
    pairs = dict(zip(want, have, strict=True))
    problems = [
        _misfit(
            f"`{source}` of the file is {_shape(have[source])}, "
            f"`{key}` in its place in the network {_shape(want[key])}"
        )
        for key, source in pairs.items()
        if not _same_rows(have[source], want[key])
    ]
    if problems:
        raise ArchError(problems)
    return pairs


def _same_rows(one: Tensor, other: Tensor) -> bool:
    """Whether they have as many rows of as many elements: a reshape, and no transposition."""
    return one.shape[:1] == other.shape[:1] and one.numel() == other.numel()


def _shape(tensor: Tensor) -> str:
    return written(tuple(tensor.shape)) or "a scalar"
