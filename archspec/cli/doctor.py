"""`archspec doctor`: what archspec finds on this machine, and what is missing."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from archspec import __version__
from archspec.cli.exits import MISSING, OK
from archspec.cli.help import Verb
from archspec.cli.options import output_options

if TYPE_CHECKING:
    from archspec.cli.session import Session
    from archspec.errors import Json

_DISTRIBUTION = "archspec-nn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        what: its name.
        found: what is there.
        ok: whether it does.
        advice: what to do if not.
    """

    what: str
    found: str
    ok: bool = True
    advice: str = ""


@click.command("doctor", cls=Verb)
@output_options("doctor", "json")
def command(*, session: Session) -> int:
    """Report versions, layout engine, devices and caches; exits with 3 if something is missing."""
    import platform

    findings = [
        Finding("archspec", f"{__version__} on Python {platform.python_version()}"),
        _foreign(),
        *_packages(),
        _engine(),
        _device(),
        _cache(),
        _completion(),
    ]
    found: list[Json] = [asdict(finding) for finding in findings]
    session.data["findings"] = found
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "" if finding.ok else "   <- "
        session.say(f"{finding.what:{width}}  {finding.found}{mark}{finding.advice}")
    return session.finish(OK if all(finding.ok for finding in findings) else MISSING)


def _foreign() -> Finding:
    """Another distribution called archspec has the same import name: one hides the other."""
    from importlib import metadata

    try:
        version = metadata.version("archspec")
    except metadata.PackageNotFoundError:
        return Finding("name clash", "none")
    return Finding(
        "name clash",
        f"the distribution archspec {version} is installed too, with the same import name",
        ok=False,
        advice="pip uninstall archspec, then pip install --force-reinstall --no-deps archspec-nn; "
        "or use a fresh virtual environment",
    )


def _packages() -> list[Finding]:
    """Every package that archspec declares to need."""
    from importlib import metadata

    try:
        declared = _declared()
    except metadata.PackageNotFoundError:
        found = "its files are here, but no distribution: what it needs is not known"
        return [Finding(_DISTRIBUTION, found, ok=False, advice=f"pip install {_DISTRIBUTION}")]
    return [_package(name) for name in declared]


def _declared() -> list[str]:
    """The names in a checkout's project file, else in the installed distribution.

    Raises PackageNotFoundError: there is neither.
    """
    import tomllib
    from importlib import metadata

    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        lines = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        lines = metadata.requires(_DISTRIBUTION) or []
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines]


def _package(name: str) -> Finding:
    from importlib import metadata

    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", ok=False, advice=f"pip install {_DISTRIBUTION}")


def _engine() -> Finding:
    from archspec.errors import ArchError
    from archspec.rendering import engine_version, find_engine

    try:
        engine = find_engine()
    except ArchError as error:
        advice = error.diagnostics[0].help or ""
        return Finding("layout engine", "none", ok=False, advice=advice)
    return Finding("layout engine", f"{engine}, {engine_version(engine)}")


def _device() -> Finding:
    try:
        import torch
    except ImportError as error:
        return Finding("device", f"torch cannot be imported: {error}", ok=False)
    if torch.cuda.is_available():
        return Finding("device", f"cuda: {torch.cuda.get_device_name()}")
    count = torch.get_num_threads()
    return Finding("device", f"cpu, {count} thread{'' if count == 1 else 's'}; no CUDA")


def _cache() -> Finding:
    """Tried, not asked: only writing tells."""
    import tempfile

    from archspec.syntax import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Finding("grammar cache", str(folder))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    return Finding(
        "grammar cache",
        f"{folder} cannot be written: {reason}",
        ok=False,
        advice="set ARCHSPEC_CACHE_DIR to a folder that can; without one every command starts "
        "slowly",
    )


def _completion() -> Finding:
    """The line that makes the user's shell complete commands, options, files and the zoo."""
    shell = Path(os.environ.get("SHELL", "")).name
    ask = f"_ARCHSPEC_COMPLETE={shell}_source archspec"
    lines = {"bash": f'eval "$({ask})"', "zsh": f'eval "$({ask})"', "fish": f"{ask} | source"}
    if shell not in lines:
        return Finding("completion", "for bash, zsh and fish")
    return Finding("completion", f"in the start file of {shell}: {lines[shell]}")
