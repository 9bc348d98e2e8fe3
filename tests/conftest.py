"""What every room's tests may use: golden files, and how to write them anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# A slow machine is no fault of a test.
settings.register_profile("desk", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("desk")
# The same examples at every run of the gate; at a desk, new ones each time.
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write golden files anew instead of comparing with them; read the difference after",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much of the zoo was compared with other libraries; workers hand this on as properties."""
    passed = terminalreporter.stats.get("passed", [])
    found = [
        value for report in passed for name, value in report.user_properties if name == "parity"
    ]
    if found:
        params = [count for count, _ in found if count]
        error = max(error for _, error in found)
        terminalreporter.write_line(
            f"parity: {len(params)} networks, {sum(params):,} parameters equal their references, "
            f"largest difference {error:.1e} of the largest entry"
        )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a golden file, or writes that file under `--update-goldens`."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"{file.name} is missing: run with --update-goldens and read it"
        assert text == file.read_text(encoding="utf-8")

    return compare
