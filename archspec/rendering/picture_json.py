"""A picture as JSON, schema `archspec.picture/1`. Reads nothing but the picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.rendering.picture import Picture

SCHEMA = "archspec.picture/1"


def to_json(picture: Picture) -> str:
    """The picture as a JSON text: keys sorted, integers exact, user text as written.

    Example: `json.loads(to_json(picture))["schema"]` is `"archspec.picture/1"`.
    """
    content = {"schema": SCHEMA, **asdict(picture)}
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
