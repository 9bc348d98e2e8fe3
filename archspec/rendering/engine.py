"""From a picture to bytes, with a layout engine where one is needed. Opens no viewer.

The engine's output is caught, not written by it, so a failing engine leaves no file behind.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sysconfig
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from archspec.errors import ArchError, Diagnostic, Diagnostics
from archspec.rendering import limits
from archspec.rendering.dot import to_dot
from archspec.rendering.drawing import build
from archspec.rendering.mermaid import to_mermaid
from archspec.rendering.pdf import to_pdf
from archspec.rendering.picture_json import to_json
from archspec.rendering.png import foreign, shown, to_png, without_font

if TYPE_CHECKING:
    from archspec.analysis import Report
    from archspec.graph import Graph
    from archspec.rendering.picture import Picture, PictureOptions

ImageFormat = Literal["svg", "png", "pdf"]
Format = Literal["svg", "png", "pdf", "dot", "mermaid", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)

FALLBACK = "graphviz-pure"  # a program that the package of this name brings along
FONTS = "Helvetica, Arial, 'Noto Sans CJK KR', 'Malgun Gothic', sans-serif"
VERSION_SECONDS = 5.0  # until an engine that is asked for its version is stopped
ENDS: dict[ImageFormat, tuple[tuple[bytes, ...], bytes]] = {
    "svg": ((b"<?xml", b"<svg"), b"</svg>"),
    "png": ((b"\x89PNG\r\n\x1a\n",), b"IEND\xaeB`\x82"),
    "pdf": ((b"%PDF",), b"%%EOF"),
}
# Harmless: archspec gives the width of such text itself (`labels.forced_points`).
QUIET = (re.compile(r"no value for width of non-ASCII character \d+"),)
LACKING = re.compile(r'Format: "\w+" not recognized')


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to lay out.

    Args:
        program: the engine to use instead of the one that is found.
        timeout: seconds until the engine is stopped.
        dpi: dots per inch of a PNG.
    """

    program: str | None = None
    timeout: float = 20.0
    dpi: int = 144


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished picture.

    Args:
        data: the content of the file.
        notes: what the engine said, line by line.
        warnings: what the reader of the picture will miss.
        engine: the program that laid it out; None for a format that needs none.
    """

    data: bytes
    notes: tuple[str, ...] = ()
    warnings: Diagnostics = ()
    engine: Path | None = None


def render(
    graph: Graph,
    report: Report,
    to: Format = "svg",
    options: PictureOptions | None = None,
    engine: EngineOptions | None = None,
) -> bytes:
    """The picture of a network as the content of a file.

    Args:
        graph: the network; one with errors gives a picture that shows them.
        report: its numbers.
        to: the format; `dot`, `mermaid` and `json` need no engine.
        options: what to show.
        engine: how to lay out.

    Raises:
        ArchError: E003, there is no engine; E004, it failed or took too long; E005, the picture is
            too large; E202, a path of the options does not exist.

    Example: `render(graph, analyze(graph), "png")` begins with the signature of a PNG.
    """
    return draw(build(graph, report, options), to, engine).data


def draw(
    picture: Picture, to: Format, engine: EngineOptions | None = None, theme: str = "light"
) -> Drawing:
    """A picture in a format, with what there is to say about it. Raises as `render`.

    Example: `draw(picture, "dot").data.decode()` is `to_dot(picture)`.
    """
    if to == "json":
        return Drawing(to_json(picture).encode())
    if to == "mermaid":
        return Drawing(to_mermaid(picture, theme).encode())
    dot = to_dot(picture, theme)
    if to == "dot":
        return Drawing(dot.encode())
    return _image(picture, dot, to, engine or EngineOptions())


def _image(picture: Picture, dot: str, to: ImageFormat, engine: EngineOptions) -> Drawing:
    """By the engine, or by way of its SVG where it lacks the format or the letters."""
    own = find_engine(engine.program).stem == FALLBACK
    if to == "pdf":
        return (
            _by_svg(dot, to, engine, picture.title) if own else _by_engine(picture, dot, to, engine)
        )
    if to == "png":
        return _fitting_png(picture, dot, engine, own=own)
    drawing = layout(dot, to, engine)
    note = limits.shape_note(picture, limits.page_of(drawing.data))
    data = finish_svg(drawing.data, picture.title, picture.description)
    return _noted(replace(drawing, data=data), note)


def _by_engine(picture: Picture, dot: str, to: ImageFormat, engine: EngineOptions) -> Drawing:
    """In a format that a Graphviz built without its libraries lacks: then by way of its SVG."""
    try:
        return layout(dot, to, engine)
    except ArchError as error:
        (problem,) = error.diagnostics
        if not any(LACKING.search(note) for note in problem.notes):
            raise
        return _by_svg(dot, to, engine, picture.title)


def _by_svg(dot: str, to: ImageFormat, engine: EngineOptions, title: str) -> Drawing:
    drawing = layout(dot, "svg", engine)
    made = to_pdf(drawing.data, title) if to == "pdf" else to_png(drawing.data, engine.dpi)
    return replace(drawing, data=made)


def _noted(drawing: Drawing, *notes: str) -> Drawing:
    """With notes that say something."""
    return replace(drawing, notes=(*drawing.notes, *filter(None, notes)))


def _fitting_png(picture: Picture, dot: str, engine: EngineOptions, *, own: bool) -> Drawing:
    """A PNG that is not too large, by the size of the same picture as SVG."""
    page = limits.page_of(layout(dot, "svg", engine).data)
    dpi = limits.fitting_dpi(page, engine.dpi)
    fitting = replace(engine, dpi=dpi)
    strange = own and foreign(dot)
    drawing = _foreign_png(dot, fitting) if strange else _by_engine(picture, dot, "png", fitting)
    fewer = f"{dpi} dots per inch instead of {engine.dpi}, as many as a PNG has room for"
    return _noted(drawing, limits.shape_note(picture, page), fewer if dpi < engine.dpi else "")


def find_engine(program: str | None = None) -> Path:
    """The engine: `program`, else ARCHSPEC_DOT, else `dot`, else graphviz-pure.

    A virtual environment need not be activated, so its scripts folder is searched too.

    Raises:
        ArchError: E003, no engine is there, or not the one that was asked for.

    Example: `find_engine().name` is `"dot"` where Graphviz is installed.
    """
    for origin, wanted in (("--engine", program), ("ARCHSPEC_DOT", os.environ.get("ARCHSPEC_DOT"))):
        if wanted:
            return _asked_for(wanted, origin)
    found = shutil.which("dot") or _which(FALLBACK)
    if found is None:
        raise ArchError([_no_engine("no layout engine is installed")])
    return Path(found)


def _which(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path=sysconfig.get_path("scripts"))


def _asked_for(program: str, origin: str) -> Path:
    found = _which(program)
    if found is None:
        raise ArchError([_no_engine(f"`{program}`, given by {origin}, is not a program")])
    return Path(found)


def engine_version(engine: Path) -> str:
    """What an engine calls itself: `graphviz 14.0.1`; "unknown" if it does not say.

    Example: `engine_version(find_engine())` is `"graphviz-pure 0.2.2"` without Graphviz.
    """
    try:
        code, said, also = _run([str(engine), "-V"], "", VERSION_SECONDS)
    except ArchError:
        return "unknown"
    # Graphviz says it on standard error.
    found = re.search(r"([\w-]+) version ([\w.~+-]+)", said.decode(errors="replace") + also)
    return " ".join(found.groups()) if found and code == 0 else "unknown"


def _no_engine(message: str) -> Diagnostic:
    return Diagnostic(
        "E003",
        message,
        notes=("the formats `dot`, `mermaid` and `json` need no engine",),
        help="install Graphviz (https://graphviz.org/download), or archspec's own engine: "
        f"`pip install {FALLBACK}`",
    )


def layout(dot: str, to: ImageFormat, options: EngineOptions | None = None) -> Drawing:
    """Lay out DOT text.

    Raises:
        ArchError: E003, there is no engine; E004, it failed or took too long.

    Example: `layout("digraph { a -> b }", "svg").data` begins with `b"<?xml"`.
    """
    options = options or EngineOptions()
    engine = find_engine(options.program)
    command = [str(engine), f"-T{to}", *([f"-Gdpi={options.dpi}"] if to == "png" else [])]
    code, data, said = _run(command, dot, options.timeout)
    notes = tuple(line for line in said.splitlines() if line.strip() and not _is_quiet(line))
    if code is None:
        raise ArchError([_too_slow(engine, options.timeout, notes)])
    if code:
        raise ArchError([_failed(f"`{engine.name}` failed with exit code {code}", notes)])
    heads, tail = ENDS[to]
    if not data.startswith(heads) or not data.rstrip().endswith(tail):
        raise ArchError([_failed(f"`{engine.name}` gave no whole {to.upper()}", notes)])
    return Drawing(data, notes, engine=engine)


def _run(command: list[str], dot: str, timeout: float) -> tuple[int | None, bytes, str]:
    """Exit code (None: stopped), output and messages of a program.

    It runs in a session of its own, so that stopping it stops the programs it has started too.
    """
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        raise ArchError([_failed(f"`{command[0]}` cannot be run: {error.strerror}", ())]) from None
    with process:
        try:
            data, said = process.communicate(dot.encode(), timeout)
        except subprocess.TimeoutExpired:
            _stop(process)
            _, said = process.communicate()
            return None, b"", said.decode(errors="replace")
        except BaseException:
            _stop(process)
            raise
    return process.returncode, data, said.decode(errors="replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _is_quiet(line: str) -> bool:
    return any(pattern.search(line) for pattern in QUIET)


def _too_slow(engine: Path, seconds: float, notes: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "E004",
        f"`{engine.name}` was stopped after {seconds:g} s",
        notes=notes,
        help="draw less with `--detail stage` or `--only PATH`, allow more with "
        "`--timeout`, or write `--to dot`, which needs no layout",
        values={"seconds": seconds},
    )


def _failed(message: str, notes: tuple[str, ...]) -> Diagnostic:
    return Diagnostic("E004", message, notes=notes)


def _foreign_png(dot: str, engine: EngineOptions) -> Drawing:
    """A PNG by way of SVG if that shows letters that graphviz-pure, with Latin fonts, does not."""
    drawing = layout(dot, "svg", engine)
    letters = foreign(shown(drawing.data))
    missing = without_font(letters)
    warnings = (_unreadable(missing),) if missing else ()
    if missing == letters:
        return replace(layout(dot, "png", engine), warnings=warnings)
    return replace(drawing, data=to_png(drawing.data, engine.dpi), warnings=warnings)


def _unreadable(letters: str) -> Diagnostic:
    return Diagnostic(
        "W701",
        f"the PNG shows {len(letters)} letters as empty boxes: no font has them",
        help="write SVG, or install a font that has them: Noto Sans CJK KR or Nanum Gothic for "
        "Korean",
        values={"letters": letters},
    )


def finish_svg(data: bytes, title: str, description: str) -> bytes:
    """An engine's SVG with names for screen readers and fonts for Korean text.

    Example: `finish_svg(data, "LeNet-5", "7 layers")` contains `<desc>7 layers</desc>`.
    """
    text = data.decode()
    text = re.sub(r' font-family="[^"]*"', "", text)
    text = re.sub(r"<!-- .* -->\n", "", text)
    names = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>"
    opening = re.search(r"<svg\b[^>]*>", text)
    assert opening is not None, "`layout` gives SVG only"
    head = opening.group().replace("<svg", f'<svg role="img" font-family="{FONTS}"', 1)
    return f"{text[: opening.start()]}{head}\n{names}{text[opening.end() :]}".encode()
