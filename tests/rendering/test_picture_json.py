from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archspec.rendering.picture_json import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from archspec.rendering import Picture


def test_it_holds_the_whole_picture(lenet5: Picture):
    content = json.loads(to_json(lenet5))
    assert content["schema"] == "archspec.picture/1"
    assert (content["level"], content["direction"]) == ("layer", "LR")
    assert [box["path"] for box in content["boxes"]] == [box.path for box in lenet5.boxes]
    assert content["links"][0] == {
        "count": 1,
        "dst": "C1",
        "issue": None,
        "kind": "data",
        "label": "1x32x32",
        "src": "image",
    }
    assert sum(map(sum, content["legends"][0]["cells"])) == 60
    assert content["frames"][1] == {
        "boxes": ["F6", "out"],
        "id": "s.classifier",
        "kind": "stage",
        "parent": "",
        "title": "classifier",
    }


def test_keys_are_sorted_and_user_text_is_as_written(draw_text: Callable[..., Picture]):
    text = to_json(draw_text('  C1: conv(6, 5x5)  [name="합성곱"]'))
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert '"합성곱"' in text
