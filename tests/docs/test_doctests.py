"""Examples in docstrings are run, wherever they stand."""

import doctest
import importlib
import pkgutil

import pytest

import archspec

pytestmark = pytest.mark.torch

MODULES = ["archspec"] + [
    module.name
    for module in pkgutil.walk_packages(archspec.__path__, "archspec.")
    if not module.name.endswith("__main__")
]


def test_there_are_modules_and_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [
        example
        for name in MODULES
        for test in finder.find(importlib.import_module(name))
        for example in test.examples
    ]
    assert len(MODULES) > 80
    assert len(found) > 60


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    failed, _ = doctest.testmod(
        importlib.import_module(name),
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
        extraglobs={"archspec": archspec},
    )
    assert failed == 0
