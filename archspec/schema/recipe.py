"""Training recipes: what a `train` section says, checked and brought to one form.

What the words in it mean stands in `choices.py`; nothing here knows torch or the command line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, get_args

from pydantic import Field

from archspec.errors import ArchError, Diagnostic, did_you_mean, suggested
from archspec.ops import Positive, Whole, Words
from archspec.schema.arguments import bind, show
from archspec.schema.choices import (
    Choice,
    Const,
    CrossEntropy,
    Data,
    Frozen,
    Gate,
    Gd,
    Images,
    Loss,
    Momentum,
    Mse,
    Optimizer,
    Rate,
    Rule,
    Schedule,
)
from archspec.schema.starts import Starting
from archspec.schema.values import Argument, CallValue, Value
from archspec.source import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_CHOICES: Mapping[str, tuple[type[Choice], ...]] = {
    "data": get_args(Data),
    "init": get_args(Starting),
    "rule": get_args(Rule),
    "loss": get_args(Loss),
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "gate": (Gate,),
}
_REPLACED = ("loss", "optimizer", "schedule", "batch", "clip")  # what a `rule` does itself
_LATER_WORDS = frozenset("kmnist emnist svhn shapes onecycle plateau sdlm competitive mri".split())
_LATER_KEYS: Mapping[str, str | None] = {
    "label_smoothing": "write it in the loss: `cross_entropy(label_smoothing=0.1)`",
    "weight_decay": "write it in the optimizer: `sgd(lr=0.1, weight_decay=1e-4)`",
    "warmup": "write it in the schedule: `cosine(warmup=1)`",
    **dict.fromkeys(["accum", "augment", "cutmix", "decay_norm", "early_stop", "ema"]),
    **dict.fromkeys(["freeze", "mixup", "pretrain", "replace_head"]),
}


class TrainRecipe(Frozen):
    """How an architecture is trained.

    Args:
        data: the set and what is done to its pictures.
        init: how weights start; None leaves torch's own way.
        rule: how a single layer learns by itself, pattern by pattern in order; None is gradient
            descent by the optimizer.
        batch: samples a step; `all` is the whole training set.
        clip: the largest norm a gradient may have.
        gate: what the result must reach.
        origins: where each key was written (`lenet5.arch:43`, `--lr`); others are defaults.
    """

    data: Data
    init: Starting | None = None
    rule: Rule | None = None
    loss: Loss = Field(default_factory=CrossEntropy)
    optimizer: Optimizer = Field(default_factory=lambda: Momentum(lr=Fraction(1, 100)))
    schedule: Schedule = Field(default_factory=Const)
    batch: Positive | Literal["all"] = 64
    epochs: Positive = 10
    seed: Whole = 0
    clip: Rate | None = None
    gate: Gate | None = None
    origins: dict[str, str] = Field({}, exclude=True)

    def origin(self, key: str) -> str:
        """Where a key's value comes from.

        >>> from archspec.schema.choices import Mnist5k
        >>> TrainRecipe(data=Mnist5k()).origin("epochs")
        'default'
        """
        return self.origins.get(key, "default")

    def written(self) -> dict[str, str]:
        """Every key with its value as a spec writes it; `none` where there is none.

        Beside a `rule` the keys it replaces are left out; without one `rule` is.

        >>> from archspec.schema.choices import Mnist5k
        >>> TrainRecipe(data=Mnist5k(pad=2)).written()["data"]
        'mnist5k(pad=2)'
        """
        left_out = _REPLACED if self.rule else ("rule",)
        return {key: _shown(getattr(self, key)) for key in KEYS if key not in left_out}

    def to_json(self) -> dict[str, Any]:
        """Every key and origin in JSON types, fractions as text, for `from_json`."""
        content = self.model_dump(mode="json")
        for key in _CHOICES:
            if content[key] is not None:
                content[key] = {"name": getattr(self, key).name, **content[key]}
        return {**content, "origins": dict(self.origins)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TrainRecipe:
        """The recipe that `to_json` wrote.

        >>> from archspec.schema.choices import Mnist5k
        >>> recipe = TrainRecipe(data=Mnist5k(pad=2))
        >>> TrainRecipe.from_json(recipe.to_json()) == recipe
        True

        Raises:
            ValueError: if it is not such a recipe.
        """
        made = dict(content)
        for key, choices in _CHOICES.items():
            if made.get(key) is not None:
                arguments = dict(made[key])
                model = {choice.name: choice for choice in choices}.get(arguments.pop("name", ""))
                if model is None:
                    raise ValueError(f"unknown {key}")
                made[key] = model.model_validate(arguments, strict=False)
        return cls.model_validate(made, strict=False)


KEYS = tuple(key for key in TrainRecipe.model_fields if key != "origins")


def _shown(value: object) -> str:
    return "none" if value is None else str(value) if isinstance(value, Choice) else show(value)


class _Numbers(Frozen):
    """The keys that are not calls, for `bind`."""

    batch: Annotated[Positive | Literal["all"], Words("a whole number or `all`")] = 64
    epochs: Positive = 1
    seed: Whole = 0
    clip: Annotated[Rate | None, Words("a number")] = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key = value` line of a `train` section, evaluated; or a flag (source `--lr`)."""

    key: str
    value: Value
    key_span: Span
    value_span: Span

    @property
    def origin(self) -> str:
        """`lenet5.arch:43`, or the flag itself."""
        source = self.value_span.source.name
        return source if source.startswith("--") else f"{source}:{self.key_span.location.line}"


def build_recipe(entries: Sequence[Entry], span: Span) -> TrainRecipe:
    """The recipe a `train` section states.

    Args:
        entries: its lines in order, values evaluated with `Scope(calls=True)`.
        span: the place of the section, for what is missing.

    Raises:
        ArchError: every unknown key (E601), wrong value (E602, E4xx) and key that is understood
            but not built yet (E299).
    """
    values, problems = _collect(entries)
    if "data" not in {entry.key for entry in entries}:
        message = "the recipe says nothing about its `data`"
        advice = "add a line such as `data = mnist5k(pad=2)`"
        problems.append(Diagnostic("E602", message, span, help=advice))
    if problems:
        raise ArchError(problems)
    return _consistent(TrainRecipe(**values, origins=_origins(entries)), span)


def override(recipe: TrainRecipe, entries: Sequence[Entry]) -> TrainRecipe:
    """The recipe with some keys replaced, as flags do; `lr` and `warmup` reach inside.

    A data set named without arguments keeps the pictures' treatment of the recipe.

    Args:
        recipe: what stands without the flags.
        entries: keys of the recipe, and `lr`, `warmup`; spans in sources named like the flag.

    Raises:
        ArchError: as `build_recipe`.
    """
    inner = {"lr": "rule" if recipe.rule else "optimizer", "warmup": "schedule"}
    values, problems = _collect([entry for entry in entries if entry.key not in inner])
    if "data" in values:
        values["data"] = _same_treatment(values["data"], recipe.data)
    base = recipe.model_copy(update={**values, "origins": {**recipe.origins, **_origins(entries)}})
    for entry in entries:
        if entry.key not in inner:
            continue
        try:
            base = _reach_inside(base, inner[entry.key], entry)
        except ArchError as error:
            problems += error.diagnostics
    if problems:
        raise ArchError(problems)
    return _consistent(base, entries[0].value_span) if entries else base


def _origins(entries: Sequence[Entry]) -> dict[str, str]:
    return {entry.key: entry.origin for entry in entries}


def _same_treatment(data: Data, old: Data) -> Data:
    """A bare name takes over padding and scale."""
    if data.model_fields_set or not (isinstance(data, Images) and isinstance(old, Images)):
        return data
    return type(data)(**{name: getattr(old, name) for name in old.model_fields_set})


def _reach_inside(recipe: TrainRecipe, key: str, entry: Entry) -> TrainRecipe:
    """Replace one argument of the optimizer or the schedule."""
    choice: Choice = getattr(recipe, key)
    kept = [Argument(name, value, entry.value_span) for name, value in choice if name != entry.key]
    given = Argument(entry.key, entry.value, entry.value_span, entry.key_span)
    made = bind(choice.name, type(choice), [*kept, given], entry.value_span)
    return recipe.model_copy(update={key: made})


def _consistent(recipe: TrainRecipe, span: Span) -> TrainRecipe:
    """The recipe with what follows from its rule or optimizer. Raises ArchError (E602)."""
    if recipe.rule is None:
        return _whole_batch(recipe, span)
    for key in ("warmup", *_REPLACED):
        if key in recipe.origins:
            message = f"`rule = {recipe.rule.name}` says how weights change, so `{key}` has no use"
            advice = f"leave out `{key}` ({recipe.origins[key]}) or `rule`"
            raise ArchError([Diagnostic("E602", message, span, help=advice)])
    return recipe.model_copy(update={"loss": Mse()})


def _whole_batch(recipe: TrainRecipe, span: Span) -> TrainRecipe:
    """`gd` means the whole training set a step."""
    if not isinstance(recipe.optimizer, Gd) or recipe.batch == "all":
        return recipe
    if "batch" not in recipe.origins:
        return recipe.model_copy(update={"batch": "all"})
    message = f"`gd` takes the whole training set a step, but `batch` is {recipe.batch}"
    advice = "write `batch = all`, or `sgd` instead of `gd`"
    raise ArchError([Diagnostic("E602", message, span, help=advice)])


def _collect(entries: Sequence[Entry]) -> tuple[dict[str, Any], list[Diagnostic]]:
    values: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for entry in entries:
        try:
            if entry.key in values:
                _fail("E602", f"`{entry.key}` is set twice", entry.key_span)
            values[entry.key] = _value(entry)
        except ArchError as error:
            problems += error.diagnostics
    return values, problems


def _fail(code: str, message: str, span: Span, advice: str | None = None) -> NoReturn:
    raise ArchError([Diagnostic(code, message, span, help=advice)])


def _fail_unknown(
    code: str, message: str, place: Span, word: str, known: Sequence[str]
) -> NoReturn:
    """Refuse a word, which stands at the start of `place`."""
    span = Span(place.source, place.start, place.start + len(word))
    fix = suggested(span, did_you_mean(word, known))
    raise ArchError([Diagnostic(code, message, place, help=_nearest(word, known), fix=fix)])


def _nearest(word: str, known: Sequence[str]) -> str:
    near = did_you_mean(word, known)
    return f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"


def _value(entry: Entry) -> Any:  # noqa: ANN401  # of the field named by the key; Pydantic checks it
    key = entry.key
    if key in _LATER_KEYS:
        _fail("E299", f"`{key}` is not supported yet", entry.key_span, _LATER_KEYS[key])
    if key in _CHOICES:
        return _choice(entry)
    if key in _Numbers.model_fields:
        return _number(entry)
    message = f"a recipe has no key `{key}`"
    _fail_unknown("E601", message, entry.key_span, key, KEYS)


def _choice(entry: Entry) -> Choice:
    known = {choice.name: choice for choice in _CHOICES[entry.key]}
    call = entry.value
    if not isinstance(call, CallValue):
        message = f"`{entry.key}` must be one of {', '.join(known)}, got `{entry.value_span.text}`"
        _fail("E602", message, entry.value_span)
    if call.name in _LATER_WORDS:
        _fail("E299", f"`{call.name}` is not supported yet", call.span, _nearest("", list(known)))
    if call.name not in known:
        message = f"unknown {entry.key} `{call.name}`"
        _fail_unknown("E602", message, call.span, call.name, list(known))
    return bind(call.name, known[call.name], call.arguments, call.span)


def _number(entry: Entry) -> object:
    value = "all" if entry.value == CallValue("all", span=entry.value_span) else entry.value
    argument = Argument(entry.key, value, entry.value_span, entry.key_span)
    try:
        return getattr(bind("train", _Numbers, [argument], entry.value_span), entry.key)
    except ArchError as error:
        raise ArchError([replace(found, code="E602") for found in error.diagnostics]) from error
