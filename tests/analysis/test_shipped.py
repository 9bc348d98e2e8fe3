"""The shipped specs: what they say of their networks holds, and nothing in them is doubtful."""

from __future__ import annotations

import pytest

from archspec.analysis import analyze
from archspec.graph import load
from archspec.schema import snake, zoo

NAMES = sorted(snake(arch) for arch in zoo())


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_spec_holds(name: str):
    report = analyze(load(f"zoo:{name}"))
    assert {found.severity for found in report.diagnostics} <= {"note"}
    assert {outcome.result for outcome in report.outcomes} <= {"holds", "disputed"}
    assert all(outcome.spec.cite for outcome in report.outcomes)


def test_the_classics_ship():
    assert {"alexnet", "alexnet_owt", "vgg11_lrn", "vgg16_c", "vgg19_bn"} <= set(NAMES)
    assert {"googlenet", "googlenet_tv", "minivggnet", "convnetjs_cifar10"} <= set(NAMES)
    assert {"cs231n_tinyvgg", "cs231n_preview", "dli_cnn", "dli_dense"} <= set(NAMES)
