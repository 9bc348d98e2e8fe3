"""Run a generated file and print what it does, as JSON. A script: archspec cannot be imported.

    python -I probe.py MODEL.py CLASS JOB

JOB is JSON with `inputs` (shapes without the batch) and `paths` (of the modules to watch).
"""

import json
import sys
from pathlib import Path

import torch  # a script of its own, imported by nothing
from torch import nn  # as above

Found = dict[str, list[int]]


def shapes(module: nn.Module, paths: list[str], *inputs: torch.Tensor) -> Found:
    """The output of each watched module in one forward, without the batch.

    Of a module that is called several times it is the first one. "" is what the network returns,
    `output 2` the second of several.
    """
    found: Found = {}

    def watch(path: str) -> None:
        def hook(part: nn.Module, given: object, output: torch.Tensor) -> None:
            del part, given
            found.setdefault(path, list(output.shape[1:]))

        handles.append(module.get_submodule(path).register_forward_hook(hook))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for path in paths:
        watch(path)
    returned = module(*inputs)
    for number, output in enumerate(returned if isinstance(returned, tuple) else (returned,), 1):
        found[f"output {number}" if number > 1 else ""] = list(output.shape[1:])
    for handle in handles:
        handle.remove()
    return found


def scalars(module: nn.Module) -> list[int]:
    """How many scalars training changes, and how many real ones are fixed."""
    learned = sum(item.numel() for item in module.parameters() if item.requires_grad)
    held = [*module.parameters(), *(item for item in module.buffers() if item.is_floating_point())]
    return [learned, sum(item.numel() for item in held) - learned]


def main(file: str, name: str, text: str) -> None:
    """Make the module, run it in both modes, print."""
    sys.modules["archspec"] = None  # type: ignore[assignment]  # what makes an import fail
    job = json.loads(text)
    space: dict[str, type[nn.Module]] = {}
    exec(compile(Path(file).read_text(encoding="utf-8"), file, "exec"), space)
    module = space[name]()
    inputs = [torch.randn(2, *shape) for shape in job["inputs"]]
    found = {
        "eval": shapes(module.eval(), job["paths"], *inputs),
        "train": shapes(module.train(), job["paths"], *inputs),
        "scalars": {path: scalars(module.get_submodule(path)) for path in ("", *job["paths"])},
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
