"""Recipes: what a train section may say, and how each mistake is told."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import get_args

import pytest

from archspec.errors import ArchError, Diagnostic
from archspec.schema import choices, starts
from archspec.schema.choices import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Choice,
    Cosine,
    CrossEntropy,
    Digits,
    Gate,
    Gd,
    Mnist5k,
    Momentum,
    Nag,
    Perceptron,
    Pieces,
    RbfMap,
    RmsProp,
    Sgd,
    Step,
)
from archspec.schema.recipe import KEYS, Entry, TrainRecipe, build_recipe, override
from archspec.schema.starts import FanInUniform, Gaussian, Kaiming, Zeros
from archspec.schema.values import Scope, evaluate
from archspec.source import Source
from archspec.syntax import ast, parse

LENET = """data = mnist5k(pad=2, range=[-0.1, 1.175])
init = fan_in_uniform(2.4)
loss = rbf_map(j=0.1)
optimizer = sgd(lr=0.01)
batch = 64
epochs = 20"""


def section(text: str, name: str = "net.arch") -> tuple[list[Entry], ast.Train]:
    """The entries of a train section that starts on line 2; its lines start in column 1."""
    file = parse(Source(name, f"train r for A {{\n{text}\n}}\n"))
    assert not file.diagnostics
    (train,) = (item for item in file.definitions if isinstance(item, ast.Train))
    scope = Scope({}, calls=True)
    found = [
        Entry(item.key.name, evaluate(item.value, scope), item.key.span, item.value.span)
        for item in train.entries
    ]
    assert found
    return found, train


def build(text: str) -> TrainRecipe:
    found, train = section(text)
    return build_recipe(found, train.span)


def problems(text: str) -> list[Diagnostic]:
    with pytest.raises(ArchError) as caught:
        build(text)
    return list(caught.value.diagnostics)


def flags(recipe: TrainRecipe, **given: str) -> TrainRecipe:
    entries = [section(f"{key} = {text}", f"--{key}")[0][0] for key, text in given.items()]
    return override(recipe, entries)


def test_lenet5_is_read_exactly():
    recipe = build(LENET)
    assert recipe.data == Mnist5k(pad=2, range=(Fraction(-1, 10), Fraction(1175, 1000)))
    assert recipe.init == FanInUniform(gain=Fraction(24, 10))
    assert recipe.loss == RbfMap(j=Fraction(1, 10))
    assert recipe.optimizer == Sgd(lr=Fraction(1, 100))
    assert (recipe.batch, recipe.epochs, recipe.seed) == (64, 20, 0)


def test_each_value_tells_where_it_was_written():
    recipe = build(LENET)
    origins = {key: recipe.origin(key) for key in KEYS}
    assert origins == {
        "data": "net.arch:2",
        "init": "net.arch:3",
        "loss": "net.arch:4",
        "optimizer": "net.arch:5",
        "batch": "net.arch:6",
        "epochs": "net.arch:7",
        **dict.fromkeys(["rule", "schedule", "seed", "clip", "gate"], "default"),
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("gd(0.1)", Gd(lr=Fraction(1, 10), weight_decay=Fraction(0))),
        (
            "sgd(0.1, 0.9, nesterov=true)",
            Sgd(lr=Fraction(1, 10), momentum=Fraction(9, 10), nesterov=True),
        ),
        ("momentum(1e-2)", Momentum(lr=Fraction(1, 100), mu=Fraction(9, 10))),
        ("nag(1)", Nag(lr=Fraction(1), mu=Fraction(9, 10))),
        ("adagrad(0.1)", Adagrad(lr=Fraction(1, 10), eps=Fraction(1, 10**10))),
        ("adadelta", Adadelta(lr=Fraction(1), rho=Fraction(95, 100), eps=Fraction(1, 10**6))),
        ("rmsprop(0.1)", RmsProp(lr=Fraction(1, 10), alpha=Fraction(9, 10))),
        ("adam", Adam(lr=Fraction(1, 1000), beta2=Fraction(999, 1000))),
        ("adamw", AdamW(lr=Fraction(1, 1000), weight_decay=Fraction(1, 100))),
    ],
)
def test_optimizers_and_their_defaults(written: str, expected: Choice):
    assert build(f"data = mnist5k\noptimizer = {written}").optimizer == expected


def test_schedule_clip_gate_and_the_word_all():
    recipe = build(
        "data = mnist5k\nschedule = pieces([[2, 5e-4], [3, 2e-4]], warmup=0.5)\nclip = 2\n"
        'gate = top1(0.955, data="mnist5k")\nbatch = all'
    )
    parts = ((2, Fraction(5, 10**4)), (3, Fraction(2, 10**4)))
    assert recipe.schedule == Pieces(parts=parts, warmup=Fraction(1, 2))
    assert recipe.clip == 2
    assert recipe.gate == Gate(value=Fraction(955, 1000), data="mnist5k")
    assert recipe.batch == "all"


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("epoch = 3", "E601", (2, 1), "did you mean `epochs`"),
        ("zebra = 3", "E601", (2, 1), "data, init, rule, loss, optimizer, schedule, batch, epochs"),
        ("optimizer = sdg(lr=1)", "E602", (2, 13), "did you mean `sgd`"),
        ("loss = hinge", "E602", (2, 8), "cross_entropy, mse, rbf_map"),
        ("data = mnist5(pad=2)", "E602", (2, 8), "did you mean `mnist5k`"),
        ("optimizer = 0.1", "E602", (2, 13), "got `0.1`"),
        ("optimizer = sgd(lr=1, rate=0.1)", "E403", (2, 23), "no argument `rate`"),
        ("optimizer = sgd", "E402", (2, 13), "needs `lr`"),
        ("optimizer = sgd(lr=0)", "E405", (2, 20), "more than 0"),
        ("optimizer = sgd(lr=1, nesterov=true)", "E407", (2, 13), "needs a `momentum`"),
        ("schedule = cosine(floor=2)", "E405", (2, 25), "at most 1"),
        ("schedule = pieces(3)", "E404", (2, 19), "[epochs, rate] pairs"),
        ("gate = top1(95)", "E405", (2, 13), "at most 1"),
        ("epochs = 1.5", "E602", (2, 10), "a whole number, got `1.5`"),
        ("epochs = 0", "E602", (2, 10), "at least 1"),
        ("batch = some", "E602", (2, 9), "a whole number or `all`"),
        ("clip = 0", "E602", (2, 8), "more than 0"),
        ("seed = -1", "E602", (2, 8), "at least 0"),
        ("loss = mse\nloss = mse", "E602", (3, 1), "set twice"),
        ("rule = hebb", "E602", (2, 8), "perceptron, lms"),
        ("rule = lms", "E402", (2, 8), "needs `lr`"),
        ("rule = competitive", "E299", (2, 8), "perceptron"),
        ("init = zero", "E602", (2, 8), "did you mean `zeros`"),
        ("init = gaussian(0)", "E405", (2, 17), "more than 0"),
        ('data = truth_table("nor")', "E406", (2, 20), '"and", "or", "nand" or "xor"'),
        ('data = truth_table("or", coding=[1, 0])', "E407", (2, 8), "false first"),
        ("data = kmnist", "E299", (2, 8), "mnist5k"),
        ("schedule = onecycle", "E299", (2, 12), "cosine"),
        ("data = mnist5k(mean=0.1)", "E407", (2, 8), "belong together"),
        ("data = mnist5k(mean=0, std=1, range=[0, 1])", "E407", (2, 8), "exclude each other"),
        ("data = mnist5k(mean=0, std=0)", "E407", (2, 8), "more than 0"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, code: str, place: tuple[int, int], words: str):
    needed = "" if text.startswith("data") else "\ndata = mnist5k"
    (found,) = problems(text + needed)
    assert found.primary is not None
    where = found.primary.location
    assert (found.code, (where.line, where.column)) == (code, place)
    assert words in f"{found.message} {found.help}"


@pytest.mark.parametrize(
    "key",
    ["augment", "ema", "label_smoothing", "early_stop", "accum", "mixup", "cutmix", "decay_norm"],
)
def test_a_key_that_comes_later_is_never_ignored(key: str):
    (found,) = problems(f"data = mnist5k\n{key} = 3")
    assert (found.code, found.message) == ("E299", f"`{key}` is not supported yet")


def test_all_mistakes_are_told_at_once():
    text = "optimzer = sgd(lr=1)\nloss = hinge\nepochs = 0\nbatch = 8"
    assert [found.code for found in problems(text)] == ["E601", "E602", "E602", "E602"]


def test_gradient_descent_takes_everything_at_once():
    assert build("data = mnist5k\noptimizer = gd(lr=1)").batch == "all"
    (found,) = problems("data = mnist5k\noptimizer = gd(lr=1)\nbatch = 64")
    assert found.code == "E602"


RULE = 'data = truth_table("and")\nrule = perceptron(lr=1)\n'


@pytest.mark.parametrize(
    "line", ["loss = mse", "optimizer = sgd(1)", "schedule = cosine", "batch = 1", "clip = 1"]
)
def test_a_rule_leaves_no_room_for_what_it_does_itself(line: str):
    (found,) = problems(RULE + line)
    key = line.partition(" ")[0]
    assert (found.code, found.help) == ("E602", f"leave out `{key}` (net.arch:4) or `rule`")


def test_flags_beside_a_rule():
    assert flags(build(RULE), lr="0.5", epochs="3").rule == Perceptron(lr=Fraction(1, 2))
    assert flags(build(RULE), data='truth_table("or")').data.function == "or"
    assert flags(build(RULE), data="mnist5k").data == Mnist5k()
    for flag in ({"optimizer": "adam"}, {"batch": "1"}, {"warmup": "1"}):
        with pytest.raises(ArchError, match="has no use"):
            flags(build(RULE), **flag)


def test_a_recipe_with_a_rule_reads_back_as_itself():
    recipe = build(RULE + "init = zeros")
    text = "\n".join(f"{key} = {value}" for key, value in recipe.written().items())
    again = build("\n".join(line for line in text.splitlines() if not line.endswith("= none")))
    assert again.written() == recipe.written()
    assert TrainRecipe.from_json(recipe.to_json()) == recipe
    assert str(recipe.data) == 'truth_table(function="and", coding=[0, 1])'


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("zeros", Zeros()),
        ("gaussian(0.01)", Gaussian(std=Fraction(1, 100))),
        ("kaiming", Kaiming()),
        ("fan_in_uniform(2.4)", FanInUniform(gain=Fraction(12, 5))),
    ],
)
def test_starts(written: str, expected: Choice):
    recipe = build(f"data = mnist5k\ninit = {written}")
    assert recipe.init == expected
    assert str(recipe.init.init) == written


def test_flags_replace_keys_and_reach_inside():
    recipe = flags(build(LENET), epochs="2", lr="0.5", loss="cross_entropy", warmup="1")
    assert (recipe.epochs, recipe.optimizer) == (2, Sgd(lr=Fraction(1, 2)))
    assert recipe.loss == CrossEntropy()
    assert recipe.schedule.warmup == 1
    assert recipe.batch == 64
    origins = [recipe.origin(key) for key in ("epochs", "lr", "batch", "seed")]
    assert origins == ["--epochs", "--lr", "net.arch:6", "default"]


def test_a_flag_rate_goes_into_the_flag_optimizer():
    recipe = flags(build(LENET), lr="0.5", optimizer="nag(lr=0.1, mu=0.8)")
    assert recipe.optimizer == Nag(lr=Fraction(1, 2), mu=Fraction(8, 10))


def test_a_bare_data_flag_keeps_the_treatment():
    recipe = build(LENET)
    kept = flags(recipe, data="digits").data
    assert kept == Digits(pad=2, range=(Fraction(-1, 10), Fraction(1175, 1000)))
    assert flags(recipe, data="digits(pad=1)").data == Digits(pad=1)


def test_a_wrong_flag_is_told_like_a_wrong_line():
    with pytest.raises(ArchError) as caught:
        flags(build(LENET), lr="0", epochs="0", warmup="-1")
    assert [(each.code, str(each.primary)) for each in caught.value.diagnostics] == [
        ("E602", "--epochs:2:10"),
        ("E405", "--lr:2:6"),
        ("E405", "--warmup:2:10"),
    ]


def test_a_recipe_as_written_reads_back_as_itself():
    text = LENET + '\nschedule = multistep([3, 9])\nclip = 2\ngate = top1(0.955, data="mnist5k")'
    recipe = build(text)
    again = build("\n".join(f"{key} = {value}" for key, value in recipe.written().items()))
    assert again.written() == recipe.written()
    assert again.model_copy(update={"origins": {}}) == recipe.model_copy(update={"origins": {}})


def test_a_recipe_survives_json():
    recipe = build(
        LENET + "\nschedule = step(5)\nbatch = all".replace("batch", "seed").replace("all", "3")
    )
    assert recipe.schedule == Step(every=5)
    assert TrainRecipe.from_json(recipe.to_json()) == recipe
    with pytest.raises(ValueError, match="unknown optimizer"):
        TrainRecipe.from_json({**recipe.to_json(), "optimizer": {"name": "sdg", "lr": "1"}})


def test_every_class_of_choices_can_be_chosen():
    classes = {
        each
        for each in (*vars(choices).values(), *vars(starts).values())
        if isinstance(each, type) and issubclass(each, Choice) and "name" in vars(each)
    }
    listed = {
        *get_args(choices.Data),
        *get_args(choices.Loss),
        *get_args(choices.Optimizer),
        *get_args(choices.Schedule),
        *get_args(starts.Starting),
        *get_args(choices.Rule),
        Gate,
    }
    assert classes == listed
    assert len({each.name for each in classes}) == len(classes)


def test_a_recipe_cannot_be_changed():
    recipe = build(LENET)
    with pytest.raises(ValueError, match="frozen"):
        recipe.epochs = 3  # type: ignore[misc]
    assert Cosine(floor=Fraction(1, 2)) != Cosine()


def test_recipes_need_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None; import archspec.schema.recipe, archspec.training"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
