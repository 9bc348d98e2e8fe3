"""Every number that is known of the zoo from elsewhere, against the analyzer.

Whole numbers are compared exactly; there is no tolerance anywhere in this file.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from archspec.schema import snake, zoo
from tests.analysis.facts import FACTS, Fact, computed, rounded
from tests.analysis.tools import DEVIATIONS, TOOLS, report

# Rows that are not compared, and why: quantities or their first words.
OUTSIDE = {
    "weights_file_size": "the file format adds its own",
    "train_memory.printed.authors": "a framework's workspaces, on a card nobody named",
    "memtracker.b32.grad": "a part of the peak; the analyzer has the peak, `total`",
    "memtracker.b32.act": "the same",
    "memtracker.b32.temp": "the same",
    "memtracker.b32.oth": "the same",
}

_CARD = "unit unknown; 1.286 times the exact MACs in all five cards"
DISPUTED = {
    ("alexnet", "units.printed.paper"): "659,272 from the layers; the abstract's 650,000 is rough",
    ("alexnet", "input.units.printed.paper"): "224x224; conv1 gives its 55x55 only from 227x227",
    ("alexnet", "conv1.units.printed.paper"): "253,440 is not 55*55*96 = 290,400",
    ("vgg16", "activations.printed.cs231n"): "the rows of that list add up to 15.2M",
    ("googlenet", "conv1.params.printed.paper"): "7*7*3*64 = 9,408 kernel weights",
    ("googlenet", "conv1.macs.printed.paper"): "7*7*3*64 on 112x112 is 118.0M",
    ("googlenet", "macs.printed.budget"): "a budget; the table's column adds up to 1,502M",
    ("googlenet", "i4a.macs.printed.paper"): "73.6M rounds to 74",
    ("googlenet", "i5a.macs.printed.paper"): "51.1M from the numbers of filters beside it",
    # The column mixes K = 1000 and 1024; here the kernel weights in 1024, without biases.
    ("googlenet", "i3a.params.printed.paper"): "159.5, with biases 159.9",
    ("googlenet", "i4a.params.printed.paper"): "366.8, not 364",
    ("googlenet", "i4b.params.printed.paper"): "438.0, not 437",
    ("googlenet", "i4c.params.printed.paper"): "497.5, not 463",
    ("googlenet", "i4d.params.printed.paper"): "590.5, not 580",
    ("googlenet", "i4e.params.printed.paper"): "847.0, not 840",
    ("googlenet", "i5a.params.printed.paper"): "1018.0, not 1072",
    ("googlenet", "i5b.params.printed.paper"): "1409.0, not 1388",
    # Table 1 rounds 7.57 to 7.6 and 11.28 to 11.3.
    ("resnet34", "macs.printed.paper"): "3.66; the plain network's 3.64 rounds to the printed 3.6",
    ("resnet50", "macs.printed.paper"): "3.86 rounds to 3.9, printed is 3.8",
    ("dpn68", "macs.printed.authors"): "2.33 from the layers; the list's 2.5 is unexplained",
    ("dpn68", "flops.printed.timm_model_card"): _CARD,
    ("dpn92", "flops.printed.timm_model_card"): _CARD,
    ("dpn98", "flops.printed.timm_model_card"): _CARD,
    ("dpn107", "flops.printed.timm_model_card"): _CARD,
    ("dpn131", "flops.printed.timm_model_card"): _CARD,
    ("cs231n_tinyvgg", "params.printed.cs231n"): "6,440 from the layers; 7,000 is rough",
}


def outside(fact: Fact) -> list[str]:
    """The lines of OUTSIDE it stands under."""
    return [name for name in OUTSIDE if f"{fact.quantity}.".startswith(f"{name}.")]


COMPARED = [fact for fact in FACTS if not outside(fact)]
MODELS = sorted({fact.model for fact in FACTS})


@pytest.mark.parametrize("model", MODELS)
def test_facts(model: str):
    facts = [fact for fact in COMPARED if fact.model == model and fact.key not in DISPUTED]
    assert len(facts) > 10
    wrong = [
        f"{model}.{fact.quantity}: {fact.value} ({fact.source}), computed {computed(*fact.key)}"
        for fact in facts
        if not fact.holds
    ]
    assert wrong == []


@pytest.mark.parametrize("key", DISPUTED, ids=".".join)
def test_what_is_disputed_does_not_hold(key: tuple[str, str]):
    (fact,) = (fact for fact in COMPARED if fact.key == key)
    assert not fact.holds


def test_all_rows_are_read_and_none_is_left_out_unseen():
    assert len(FACTS) == len({fact.key for fact in FACTS}) == 2_151
    assert len(COMPARED) == 2_097
    assert len(MODELS) == 39
    assert [fact for fact in FACTS if not (fact.source and fact.unit and fact.value)] == []
    assert {name for fact in FACTS for name in outside(fact)} == OUTSIDE.keys()


def test_no_rule_or_deviation_is_idle():
    quantities = {fact.quantity.partition(".printed")[0] for fact in COMPARED}
    assert TOOLS.keys() <= quantities
    for each in DEVIATIONS:
        for quantity, added in each.added.items():
            facts = [f for f in COMPARED if f.model.startswith(each.models)]
            named = {f.model for f in facts if f.quantity == quantity}
            assert named
            assert all(added(model) for model in named)


def test_every_model_is_a_network_of_the_zoo():
    assert [model for model in MODELS if model not in map(snake, zoo())] == []


@pytest.mark.parametrize(
    ("number", "like", "expected"),
    [
        (Fraction("7.4449"), "7.44", Fraction("7.44")),
        (Fraction("7.445"), "7.44", Fraction("7.45")),
        (Fraction("3.66"), "3.6", Fraction("3.7")),
        (Fraction("3.649"), "3.6", Fraction("3.6")),
        (Fraction(5, 2), "2", 3),
        (60_965_224, "60000000", 60_000_000),
        (65_000_000, "60000000", 70_000_000),
        (6_440, "7000", 6_000),
        (1_000, "1000", 1_000),
        (0, "0", 0),
    ],
)
def test_rounding_is_to_the_digits_printed(number, like: str, expected):
    assert rounded(number, like) == expected


def test_the_op_vector_of_lenet5():
    """The worked total of the analysis reference."""
    kinds = ("mac", "add", "mul", "div", "cmp", "special")
    numbers = [report("lenet5").number("", f"ops.{kind}") for kind in kinds]
    assert numbers == [326_520, 6_508 + 6_304 + 840, 1_576 + 2 * 8_084, 0, 0, 8_084]


def test_every_expectation_of_the_zoo_holds():
    for model in ("lenet5", "lenet5_modern"):
        results = [outcome.result for outcome in report(model).outcomes]
        assert set(results) == {"holds"}
        assert report(model).diagnostics == ()
