"""The frozen list of reserved labels against the torch that is installed."""

from __future__ import annotations

import pytest

from archspec.schema.reserved import why_reserved

pytestmark = pytest.mark.torch


def test_every_attribute_of_a_module_is_reserved():
    from torch import nn

    assert [name for name in dir(nn.Sequential()) if why_reserved(name) is None] == []


def test_add_module_takes_what_is_not_reserved():
    from torch import nn

    module = nn.Sequential()
    for name in ("C1", "relu_2", "i3a", "conv", "weights"):
        assert why_reserved(name) is None
        module.add_module(name, nn.Identity())
    assert len(module) == 5


def test_the_list_holds_nothing_torch_does_not_have():
    from torch import nn

    from archspec.schema.reserved import _MODULE

    known = {*dir(nn.Sequential()), *nn.Module.__annotations__}
    assert sorted(_MODULE - known) == []
