"""The `forward` of a class: which variable holds which tensor, line by line.

The trunk is `x`. A tensor that several items read has its label's name, as have the lanes of a
merge; a lane of several items is `y`. What a class is made of stands in `tree`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING

from archspec.compiler.builders import expression
from archspec.compiler.expression import COLUMNS, TAKEN, Call, Value, flat, lines
from archspec.compiler.sharing import borrowed
from archspec.compiler.tree import Item, Leaf, Level, results, written_at
from archspec.ops import Concat, Slice, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archspec.graph import Graph

_SIGNS = (" + ", " - ", " * ")
_MODULE = ""  # stands for a module where a variable holds no tensor


Bounds = Mapping[str, tuple[str, str]]


def forward(graph: Graph, level: Level, bounds: Bounds | None = None) -> tuple[str, ...]:
    """The method, indented for its class.

    Args:
        graph: the network.
        level: what becomes a class.
        bounds: of slices, by path; for the others they are numbers.
    """
    return tuple(_Forward(graph, level, bounds or {}).text())


def slice_bounds(leaf: Leaf) -> tuple[str, str]:
    """What a slice starts at and stops before, "" where that is the end of the tensor."""
    op, io = leaf.node.op, leaf.node.io
    assert isinstance(op, Slice), "asked of slices only"
    assert io is not None, "a graph without errors knows its shapes"
    stop = op.stop(io.x)
    return str(op.a) if op.a else "", "" if stop == io.x[0] else str(stop)


def module(path: str, inside: str = "") -> str:
    """A module as the class of level `inside` sees it: `self.C1.conv`; numbers are looked up."""
    relative = path.removeprefix(f"{inside}.") if inside else path
    if all(segment.isidentifier() for segment in relative.split(".")):
        return f"self.{relative}"
    return f'self.get_submodule("{relative}")'


def comment(graph: Graph, item: Item, level: Level) -> str:
    """`:27  6x28x28`: the line of the body it comes from, and in the network's class its shape."""
    leaf = item if isinstance(item, Leaf) else next(item.leaves)
    depth = level.path.count(".") + 1 if level.path else 0
    span = written_at(".".join(leaf.path.split(".")[: depth + 1]), leaf.node)
    place = f":{span.location.line}"
    if span.source != graph.spec.source:
        place = f"{PurePath(span.source.name).name}{place}"
    return place if level.path else f"{place}  {written(item.output)}"


class _Forward:
    """Puts one method together."""

    def __init__(self, graph: Graph, level: Level, bounds: Bounds) -> None:
        self.graph, self.level, self.bounds = graph, level, bounds
        self.results, self.results_in_training = self._results()
        self.items = {item.gives: item for item in level.items}
        self.always = self._needed(self.results)
        needed = self._needed(self.results_in_training)
        self.inlined = {path for path in needed if self._can_be_inlined(path, needed)}
        self.steps = [
            item for item in level.items if item.gives in needed and item.gives not in self.inlined
        ]
        self.readers = self._readers()
        self.local: dict[str, str] = {}  # the variable of each tensor that has one
        self.held: dict[str, str] = {}  # the tensor each variable holds now
        self.borrowed: dict[str, str] = {}  # the argument that is another level's module
        self.arguments = self._arguments()

    # --- what is needed, and by whom ----------------------------------------------------------

    def _results(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is returned in evaluation, and in training with every head."""
        if self.level.path:
            return (self.level.gives,), (self.level.gives,)
        return results(self.graph, training=False), results(self.graph, training=True)

    def _needed(self, results: Sequence[str]) -> set[str]:
        """What has to be computed for these results."""
        needed = set(results)
        for item in reversed(self.level.items):
            if item.gives in needed:
                needed.update(item.takes)
        return needed & self.items.keys()

    def _can_be_inlined(self, path: str, needed: set[str]) -> bool:
        """A slice that one step reads stands there, and so does arithmetic inside a `concat`."""
        item, inlined = self.items[path], path not in self.results_in_training
        if not isinstance(item, Leaf) or item.is_module or item.borrows or not inlined:
            return False
        readers = [other for other in self.level.items if path in other.takes]
        readers = [other for other in readers if other.gives in needed]
        if len(readers) != 1 or isinstance(item.node.op, Concat):
            return False
        joins = isinstance(readers[0], Leaf) and isinstance(readers[0].node.op, Concat)
        return joins or isinstance(item.node.op, Slice)

    def _reads(self, item: Item) -> tuple[str, ...]:
        """The tensors a step reads, those of the expressions inside it too."""
        found: list[str] = []
        for path in item.takes:
            found += self._reads(self.items[path]) if path in self.inlined else (path,)
        return tuple(dict.fromkeys(found))

    def _readers(self) -> dict[str, list[int]]:
        """The steps that read each tensor; to return it is the last step of all."""
        readers: dict[str, list[int]] = {}
        for number, item in enumerate(self.steps):
            for path in self._reads(item):
                readers.setdefault(path, []).append(number)
        for path in dict.fromkeys(self.results_in_training):
            readers.setdefault(path, []).append(len(self.steps))
        return readers

    def _last(self, path: str) -> int:
        """The last step that reads a tensor."""
        return self.readers.get(path, [-1])[-1]

    def _trunk_readers(self, path: str) -> list[int]:
        """The readers without the heads that tap it on the way."""
        *before, last = self.readers.get(path, [-1])
        return [number for number in before if not self._is_head(self.steps[number])] + [last]

    def _is_head(self, item: Item) -> bool:
        leaf = item if isinstance(item, Leaf) else next(item.leaves)
        return bool(leaf.node.spec.head)

    # --- variables ----------------------------------------------------------------------------

    def _arguments(self) -> tuple[str, ...]:
        """What the method takes, `name: type`: tensors, then modules of other levels."""
        for number, path in enumerate(self.level.takes):
            own = path if not self.level.path else self._segment(path) if number else "x"
            name = "x" if own in TAKEN else own
            self._hold(self._free(name, -1), path)
        tensors = [f"{self.local[path]}: Tensor" for path in self.level.takes]
        for path in self.level.borrows:
            self.borrowed[path] = self._free(self._segment(path), -1)
            self.held[self.borrowed[path]] = _MODULE
        return (*tensors, *(f"{name}: nn.Module" for name in self.borrowed.values()))

    def _hold(self, variable: str, path: str) -> None:
        self.local[path], self.held[variable] = variable, path

    def _is_free(self, variable: str, step: int) -> bool:
        """Whether nothing after a step reads what a variable holds."""
        held = self.held.get(variable)
        return held is None or (held != _MODULE and self._last(held) <= step)

    def _free(self, name: str, step: int) -> str:
        """A variable to hold the output of a step."""
        number, free = 1, name
        while free in TAKEN or (free in self.held and (step < 0 or not self._is_free(free, step))):
            number += 1
            free = f"{name}_{number}"
        return free

    def _segment(self, path: str) -> str:
        """A name for a tensor: its path in this level, without the merge of a labelled one.

        From outside it brings the first segment that tells it from this level: its label there.
        """
        item = self.items.get(path)
        segments = (item.path if item else path).split(".")
        for own in self.level.path.split(".") if self.level.path else ():
            if own != segments[0]:
                segments = segments[:1]
                break
            segments.pop(0)
        if len(segments) > 1 and self.graph[path].op.merges:
            segments.pop()
        name = "_".join(segments)
        return name if name.isidentifier() else f"y_{name}"

    def _is_named(self, path: str) -> bool:
        """Whether a tensor has a variable of its own: an argument, or several read it."""
        if path not in self.items or len(self._trunk_readers(path)) > 1:
            return True
        outputs = () if self.level.path else self.graph.spec.outputs
        return len(outputs) > 1 and path in outputs

    def _target(self, number: int) -> str:
        """The variable that takes the output of a step."""
        item = self.steps[number]
        path, reads = item.gives, self._reads(item)
        if self._is_named(path) or self._is_head(item):
            return self._free(self._segment(path), number)
        if self._continues(number):
            return self.local[reads[0]]
        run = self._run(number)
        if not self._is_lane(run) and self._is_free("x", number):
            return "x"
        return self._free(self._segment(path) if len(run) == 1 else "y", number)

    def _continues(self, number: int) -> bool:
        """Whether a step reads one tensor that nobody else reads, and can take its variable."""
        reads = self._reads(self.steps[number])
        if len(reads) != 1 or self._is_named(reads[0]) or self._is_head(self.steps[number]):
            return False
        return self._last(reads[0]) == number and not self._is_head(self.items[reads[0]])

    def _run(self, number: int) -> list[str]:
        """The tensors from a step on that one variable can hold one after the other."""
        run = [self.steps[number].gives]
        while (number := self._last(run[-1])) < len(self.steps):
            if not self._continues(number) or self._is_named(self.steps[number].gives):
                break
            run.append(self.steps[number].gives)
        return run

    def _is_lane(self, run: Sequence[str]) -> bool:
        """Whether a run ends in a step together with another run."""
        number = self._last(run[-1])
        if number >= len(self.steps):
            return False
        return sum(not self._is_named(path) for path in self._reads(self.steps[number])) > 1

    # --- text ---------------------------------------------------------------------------------

    def text(self) -> Iterator[str]:
        """The lines of the method."""
        yield from self._signature()
        numbered = groupby(enumerate(self.steps), key=lambda item: item[1].gives not in self.always)
        for in_training, group in numbered:
            if in_training:
                yield "        if self.training:"
                yield from self._training_steps([number for number, _ in group])
                continue
            for number, item in group:
                if self._returns_at_once(number):
                    yield from self._assigned("        return ", item)
                    return
                yield from self._step(number, " " * 8)
                yield from self._deleted([number])
        yield from self._returns()

    def _training_steps(self, numbers: Sequence[int]) -> Iterator[str]:
        """Steps that only heads need; what they read last ends below them, in both modes."""
        for number in numbers:
            yield from self._step(number, " " * 12)
        yield from self._deleted(numbers)

    def _signature(self) -> Iterator[str]:
        head = "    def forward("
        line = f"{head}{', '.join(('self', *self.arguments))}) -> {self._type()}:"
        if len(line) <= COLUMNS:
            yield line
            return
        yield head
        yield from (f"        {argument}," for argument in ("self", *self.arguments))
        yield f"    ) -> {self._type()}:"

    def _type(self) -> str:
        """What is returned."""
        kinds = {
            "Tensor" if len(paths) == 1 else "tuple[Tensor, ...]"
            for paths in (self.results, self.results_in_training)
        }
        return " | ".join(sorted(kinds))

    def _returns_at_once(self, number: int) -> bool:
        """Whether a step's output is all that is returned."""
        results = (self.steps[number].gives,)
        last = number == len(self.steps) - 1
        return last and self.results == self.results_in_training == results

    def _returns(self) -> Iterator[str]:
        if self.results_in_training != self.results:
            yield "        if self.training:"
            yield from self._returned(" " * 12, self.results_in_training)
        yield from self._returned(" " * 8, self.results)

    def _returned(self, indent: str, paths: Sequence[str]) -> Iterator[str]:
        names = tuple(self.local[path] for path in paths)
        line = f"{indent}return {', '.join(names)}"
        yield from (
            (line,) if len(line) <= COLUMNS else lines(f"{indent}return ", _tuple(names), "", {})
        )

    def _step(self, number: int, indent: str) -> Iterator[str]:
        """The line of a step that does not return."""
        target, item = self._target(number), self.steps[number]
        yield from self._assigned(f"{indent}{target} = ", item)
        self._hold(target, item.gives)

    def _deleted(self, numbers: Sequence[int]) -> Iterator[str]:
        """The end of the named variables that these steps read last, if a call follows."""
        if not any(self._calls(later) for later in self.steps[numbers[-1] + 1 :]):
            return
        read = dict.fromkeys(path for n in numbers for path in self._reads(self.steps[n]))
        ended = [
            self.local[path]
            for path in read
            if path in self.always and self._last(path) in numbers
            if self.held[self.local[path]] == path
        ]
        names = [name for name in ended if name != "x"]
        if sum(map(len, names)) + 2 * len(names) + len("        del ") <= COLUMNS:
            yield from (f"        del {', '.join(names)}",) if names else ()
            return
        yield "        del ("
        yield from (f"            {name}," for name in names)
        yield "        )"

    def _calls(self, item: Item) -> bool:
        return item.is_module or bool(item.borrows)

    def _assigned(self, head: str, item: Item) -> Iterator[str]:
        """`head` and the value of a step; a comment where no constructor line has it."""
        value = self._value(item)
        remark = "" if item.is_module else comment(self.graph, item, self.level)
        if isinstance(value, str) and len(head) + len(value) + len(remark) + 4 > COLUMNS:
            yield from _wrapped(head, value)
        else:
            yield from lines(head, value, "", {}, remark)

    def _value(self, item: Item) -> Value:
        if isinstance(item, Leaf):
            if item.borrows:
                owner = self.graph[item.borrows[0]]
                return borrowed(item.node, owner, self._owner(owner.path), self._argument(item))
            if not item.is_module:
                return self._expression(item)
            return Call(module(item.path, self.level.path), (self._argument(item),))
        first, *others = (self._tensor(path) for path in item.takes)
        modules = map(self._owner, item.borrows)
        first = f"{first}.flatten(1)" if item.flattens else first
        return Call(module(item.path, self.level.path), (first, *others, *modules))

    def _owner(self, path: str) -> str:
        """The module of a node that others use too."""
        return self.borrowed.get(path) or module(path, self.level.path)

    def _argument(self, leaf: Leaf) -> str:
        tensor = self._tensor(leaf.takes[0])
        return f"{tensor}.flatten(1)" if leaf.flattens else tensor

    def _tensor(self, path: str) -> str:
        """A variable, or the expression that stands in its place."""
        item = self.items.get(path)
        if path in self.inlined and isinstance(item, Leaf):
            return flat(self._expression(item), {})
        return self.local[path]

    def _expression(self, leaf: Leaf) -> Value:
        tensors = tuple(self._tensor(path) for path in leaf.takes)
        op, io = leaf.node.op, leaf.node.io
        assert io is not None, "a graph without errors knows its shapes"
        if isinstance(op, Concat):  # as a call, which can take several lines
            return Call("torch.cat", (_tuple(tensors), "1"))
        if not isinstance(op, Slice):
            return expression(op, tensors, io)
        first, stop = self.bounds.get(leaf.path) or slice_bounds(leaf)
        simple = not any(bound.startswith("self.") for bound in (first, stop))
        colon = ":" if simple else f"{first and ' '}:{stop and ' '}"
        return f"{tensors[0]}[:, {first}{colon}{stop}]"


def _tuple(items: tuple[str, ...]) -> Call:
    return Call("", items)


def _wrapped(head: str, text: str) -> Iterator[str]:
    """An arithmetic expression too long for its line: in parentheses, one operand a line."""
    indent = " " * (len(head) - len(head.lstrip()) + 4)
    yield f"{head}("
    if len(indent) + len(text) <= COLUMNS:
        yield f"{indent}{text}"
    else:
        for sign in _SIGNS:
            text = text.replace(sign, f"\n{indent}{sign.lstrip()}")
        yield f"{indent}{text}"
    yield f"{indent[4:]})"
