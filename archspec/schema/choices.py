"""What the words of a `train` section mean: data sets, losses, optimizers, schedules, as values.

Numbers stay exact. Nothing here knows torch or a data file; `archspec.training` does.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from archspec.ops import Positive, Probability, Real, Whole, Words
from archspec.schema.arguments import show

Rate = Annotated[Real, Field(gt=0)]
Share = Annotated[Real, Field(ge=0, le=1)]
NotNegative = Annotated[Real, Field(ge=0)]


def _list(value: object) -> object:
    """A lone number is a list of one."""
    return value if isinstance(value, tuple) else (value,)


Levels = Annotated[
    tuple[Real, ...], BeforeValidator(_list), Words("a number, or a list with one a channel")
]


class Frozen(BaseModel):
    """Abstract."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Choice(Frozen):
    """Abstract: one of the things a key may name."""

    name: ClassVar[str]

    def __str__(self) -> str:
        """As a recipe writes it, with every argument.

        >>> str(Momentum(lr=Fraction(1, 100)))
        'momentum(lr=0.01, mu=0.9, weight_decay=0)'
        """
        given = {key: value for key, value in self if value is not None}
        arguments = ", ".join(f"{key}={_text(value)}" for key, value in given.items())
        return f"{self.name}({arguments})" if arguments else self.name


def _text(value: object) -> str:
    match value:
        case tuple():
            return f"[{', '.join(map(_text, value))}]"
        case str():
            return f'"{value}"'
        case _:
            return show(value)


class Images(Choice):
    """Abstract: a set of pictures and how they enter the network.

    Args:
        pad: pixels added on each side, of the background's value.
        range: what 0 and 255 become; [0, 1] if nothing is said.
        mean: taken off pixels of 0 to 1, one number or one a channel.
        std: what they are divided by afterwards.
    """

    pad: Whole = 0
    range: Annotated[tuple[Real, Real] | None, Words("two numbers such as [0, 1]")] = None
    mean: Levels | None = None
    std: Levels | None = None

    @model_validator(mode="after")
    def _one_scale(self) -> Images:
        if (self.mean is None) != (self.std is None):
            raise ValueError("`mean` and `std` belong together")
        if self.range is not None and self.mean is not None:
            raise ValueError("`range` and `mean`, `std` exclude each other")
        if self.std is not None and min(self.std) <= 0:
            raise ValueError("`std` must be more than 0")
        return self


class Mnist5k(Images):
    """5,000 real 28x28 digits that ship with archspec: 4,000 to train, 1,000 to test."""

    name = "mnist5k"


class Digits(Images):
    """1,797 8x8 digits."""

    name = "digits"


class Mnist(Images):
    """60,000 + 10,000 28x28 digits."""

    name = "mnist"


class FashionMnist(Images):
    """60,000 + 10,000 28x28 pieces of clothing."""

    name = "fashion_mnist"


class Cifar10(Images):
    """50,000 + 10,000 3x32x32 photos, 10 classes."""

    name = "cifar10"


class Cifar100(Images):
    """50,000 + 10,000 3x32x32 photos, 100 classes."""

    name = "cifar100"


class TruthTable(Choice):
    """A function of two truth values: the patterns 00, 01, 10, 11 in this order.

    All four are trained on and all four are judged: nothing else exists to be held out.

    Args:
        function: which one.
        coding: what false and true are, in the inputs and in the target.
    """

    name = "truth_table"
    function: Annotated[Literal["and", "or", "nand", "xor"], Words('"and", "or", "nand" or "xor"')]
    coding: Annotated[tuple[Real, Real], Words("two numbers such as [-1, 1]")] = (
        Fraction(0),
        Fraction(1),
    )

    @model_validator(mode="after")
    def _false_is_lower(self) -> TruthTable:
        if self.coding[0] >= self.coding[1]:
            raise ValueError("`coding` gives false first, and a higher number for true")
        return self


class CrossEntropy(Choice):
    """Softmax cross-entropy on logits."""

    name = "cross_entropy"
    label_smoothing: Probability = Fraction(0)


class Mse(Choice):
    """Mean squared difference from the target: of a truth table its value, else one-hot."""

    name = "mse"


class RbfMap(Choice):
    """Eq. 9 of the LeNet-5 paper, on penalties: the true class low, all others high."""

    name = "rbf_map"
    j: Rate = Fraction(1, 10)


class Optimizing(Choice):
    """Abstract."""

    lr: Rate


class Gd(Optimizing):
    """Gradient descent on the whole training set at once."""

    name = "gd"
    weight_decay: NotNegative = Fraction(0)


class Sgd(Optimizing):
    """Stochastic gradient descent."""

    name = "sgd"
    momentum: Probability = Fraction(0)
    nesterov: bool = False
    weight_decay: NotNegative = Fraction(0)

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Sgd:
        if self.nesterov and not self.momentum:
            raise ValueError("`nesterov` needs a `momentum` above 0")
        return self


class Momentum(Optimizing):
    """v = mu v + g; w = w - lr v."""

    name = "momentum"
    mu: Probability = Fraction(9, 10)
    weight_decay: NotNegative = Fraction(0)


class Nag(Optimizing):
    """Nesterov's accelerated gradient."""

    name = "nag"
    mu: Annotated[Probability, Field(gt=0)] = Fraction(9, 10)
    weight_decay: NotNegative = Fraction(0)


class Adagrad(Optimizing):
    """Each weight's rate falls with the sum of its squared gradients."""

    name = "adagrad"
    eps: Rate = Fraction(1, 10**10)
    weight_decay: NotNegative = Fraction(0)


class Adadelta(Optimizing):
    """Steps scaled by the ratio of two running averages."""

    name = "adadelta"
    lr: Rate = Fraction(1)
    rho: Probability = Fraction(95, 100)
    eps: Rate = Fraction(1, 10**6)
    weight_decay: NotNegative = Fraction(0)


class RmsProp(Optimizing):
    """Each weight's rate is divided by a running root mean square of its gradient."""

    name = "rmsprop"
    alpha: Probability = Fraction(9, 10)
    eps: Rate = Fraction(1, 10**8)
    weight_decay: NotNegative = Fraction(0)


class Adam(Optimizing):
    """Running averages of gradient and square, without their start-up bias; decay is L2."""

    name = "adam"
    lr: Rate = Fraction(1, 1000)
    beta1: Probability = Fraction(9, 10)
    beta2: Probability = Fraction(999, 1000)
    eps: Rate = Fraction(1, 10**8)
    weight_decay: NotNegative = Fraction(0)


class AdamW(Optimizing):
    """Adam whose decay shrinks the weights themselves."""

    name = "adamw"
    lr: Rate = Fraction(1, 1000)
    beta1: Probability = Fraction(9, 10)
    beta2: Probability = Fraction(999, 1000)
    eps: Rate = Fraction(1, 10**8)
    weight_decay: NotNegative = Fraction(1, 100)


class Const(Choice):
    """The rate stays. `warmup`, in every schedule: epochs of linear rise at the start."""

    name = "const"
    warmup: NotNegative = Fraction(0)


class Step(Choice):
    """Times gamma after every `every` epochs."""

    name = "step"
    every: Positive
    gamma: Rate = Fraction(1, 10)
    warmup: NotNegative = Fraction(0)


class MultiStep(Choice):
    """Times gamma after each of the epochs `at`."""

    name = "multistep"
    at: Annotated[tuple[Positive, ...], Words("a list of epochs such as [80, 120]")]
    gamma: Rate = Fraction(1, 10)
    warmup: NotNegative = Fraction(0)


class Exp(Choice):
    """Times gamma after every epoch."""

    name = "exp"
    gamma: Rate
    warmup: NotNegative = Fraction(0)


class Poly(Choice):
    """(1 - part of the run done) to the `power`, step by step."""

    name = "poly"
    power: Rate = Fraction(1)
    warmup: NotNegative = Fraction(0)


class Cosine(Choice):
    """Half a cosine from the rate to `floor` times the rate, step by step."""

    name = "cosine"
    floor: Share = Fraction(0)
    warmup: NotNegative = Fraction(0)


class Pieces(Choice):
    """[epochs, rate] pairs, one after the other; the last rate stays."""

    name = "pieces"
    parts: Annotated[
        tuple[tuple[Positive, Rate], ...],
        Field(min_length=1),
        Words("a list of [epochs, rate] pairs"),
    ]
    warmup: NotNegative = Fraction(0)


class Perceptron(Choice):
    """After each pattern x: w += lr (t - y) x, where y is the answer and t the target."""

    name = "perceptron"
    lr: Rate = Fraction(1)


class Lms(Choice):
    """After each pattern x: w += lr (t - a) x, where a is the sum before the threshold."""

    name = "lms"
    lr: Rate


class Gate(Choice):
    """The share of right answers that training must end with, on the data named."""

    name = "top1"
    value: Annotated[Real, Field(gt=0, le=1)]
    data: str | None = None


Data = Mnist5k | Digits | Mnist | FashionMnist | Cifar10 | Cifar100 | TruthTable
Rule = Perceptron | Lms
Loss = CrossEntropy | Mse | RbfMap
Optimizer = Gd | Sgd | Momentum | Nag | Adagrad | Adadelta | RmsProp | Adam | AdamW
Schedule = Const | Step | MultiStep | Exp | Poly | Cosine | Pieces
