"""Make docs/gallery.md and its pictures: one for each network of the zoo.

    python tools/make_gallery.py            # write what is missing or old, delete what is left over
    python tools/make_gallery.py --check    # only tell; exit with 1 if something is to be done

Pictures come from graphviz-pure, whose version is pinned, so that everyone makes the same bytes.
"""

from __future__ import annotations

import argparse
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.analysis import analyze
from archspec.graph import read_graph
from archspec.rendering import EngineOptions, build, draw
from archspec.rendering.engine import FALLBACK
from archspec.schema import Target
from archspec.schema.sources import read, snake, zoo, zoo_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.analysis import Report
    from archspec.rendering import Picture

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEAD = """# Gallery

The pictures that `archspec render` draws by default, one for each network of the zoo: no option
was given, nothing was edited. Open one alone to see tooltips, and to go from a box to its block.
`make gallery` makes this page.
"""


def main() -> int:
    """Write or check the page; the exit code."""
    parser = argparse.ArgumentParser(description="Make docs/gallery.md and its pictures.")
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    wanted = files()
    old = [path for path, data in wanted.items() if not _is(path, data)]
    left = [path for path in sorted((DOCS / "gallery").glob("*.svg")) if path not in wanted]
    for path in old:
        print(f"{'to make' if check else 'made'}: {path.relative_to(DOCS)}")
    for path in left:
        print(f"{'to delete' if check else 'deleted'}: {path.relative_to(DOCS)}")
    if check:
        return 1 if old or left else 0
    (DOCS / "gallery").mkdir(exist_ok=True)
    for path in old:
        path.write_bytes(wanted[path])
    for path in left:
        path.unlink()
    return 0


def _is(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def files() -> dict[Path, bytes]:
    """The page and its pictures, as they should be."""
    engine = EngineOptions(str(Path(sysconfig.get_path("scripts")) / FALLBACK))
    page, made = [HEAD], dict[Path, bytes]()
    for file, archs in by_file().items():
        page.append(f"## `specs/{file.relative_to(zoo_folder()).as_posix()}`\n")
        for arch in archs:
            report = analyze(read_graph(Target(read(file, file.name), arch)))
            picture = build(report.graph, report)
            made[DOCS / "gallery" / f"{snake(arch)}.svg"] = draw(picture, "svg", engine).data
            page.append("\n".join(_section(arch, report, picture)))
    return {DOCS / "gallery.md": "\n".join(page).encode(), **made}


def by_file() -> dict[Path, list[str]]:
    """The networks of the zoo, file after file."""
    found: dict[Path, list[str]] = {}
    for arch, file in zoo().items():
        found.setdefault(file, []).append(arch)
    return found


def _section(arch: str, report: Report, picture: Picture) -> Iterator[str]:
    graph = report.graph
    params, macs = report.number("", "params"), report.number("", "macs")
    yield f"### {picture.title}\n"
    yield f"`archspec render {snake(arch)}`: {params:,} parameters, {macs:,} MACs,"
    yield f"{len(graph.nodes):,} operators in {len(picture.boxes)} boxes.\n"
    yield f"![{picture.description}](gallery/{snake(arch)}.svg)\n"


if __name__ == "__main__":
    raise SystemExit(main())
