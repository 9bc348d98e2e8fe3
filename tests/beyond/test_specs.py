"""Networks that are not in the zoo, written with the language reference alone.

They show that the operators are enough for what people write next: SqueezeNet, MobileNet v1 to
v3, ShuffleNet v2, ResNeXt, Wide ResNet, Inception v3, EfficientNet-B0 and two fully convolutional
networks for segmentation. Their expectations hold parameters and operations that torchvision
publishes; test_parity.py compares what they compute.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.schema import find
from archspec.source import Source
from archspec.syntax.format import format_source
from tests.helpers import diagnose

SPECS = sorted(Path(__file__).parent.glob("*.arch"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_it_is_right_and_in_the_usual_form(path: Path):
    hints = [found for found in diagnose(find(str(path))) if found.severity != "note"]
    assert hints == []
    text = path.read_text()
    assert format_source(Source(path.name, text)) == text
