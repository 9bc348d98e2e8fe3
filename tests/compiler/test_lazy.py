"""What may be imported without torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from archspec import compiler


def test_the_package_and_its_emitter_do_not_import_torch():
    code = (
        "import sys, archspec.compiler.emit, archspec.compiler.check\n"
        "print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


@pytest.mark.torch
def test_every_public_name_can_be_had_and_is_what_it_says():
    for name in compiler.__all__:
        assert callable(getattr(compiler, name))
        assert getattr(compiler, name).__name__ == name


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = compiler.nothing
