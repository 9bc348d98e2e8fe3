"""Run tests where importing torch fails: `pytest -p tests.plugins.no_torch -m "not torch"`.

All but compiling to a module and training has to work there, so those tests run in such a
process. Test files that need torch are not even imported.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCKED = frozenset({"numpy", "timm", "torch", "torchvision"})


class _Refuse(MetaPathFinder):
    """Finds the blocked packages, and refuses."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname.partition(".")[0] in BLOCKED:
            raise ImportError(f"{fullname} must not be imported here")


assert not BLOCKED & sys.modules.keys(), "imported before it could be refused"
sys.meta_path.insert(0, _Refuse())  # while it is imported: other plugins would take numpy along


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Whole files of torch tests; None leaves the decision to others."""
    if collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    return True if "pytestmark = pytest.mark.torch" in text else None
