"""Pictures of networks and the text of reports and diagnostics; owner of graphviz and rich.

Computes no number: a picture is a graph and its report, seen. Importing it imports neither
graphviz nor rich, and each of its names only when it is first used: a table needs no picture.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.rendering import columns, diagnostics, diff_text, explain_text, zoo_list
    from archspec.rendering.annotate import annotated
    from archspec.rendering.code_pages import code_page, plain_page
    from archspec.rendering.diff_json import diff_data
    from archspec.rendering.drawing import build, incomplete
    from archspec.rendering.engine import (
        FORMATS,
        Drawing,
        EngineOptions,
        Format,
        draw,
        engine_version,
        find_engine,
        render,
    )
    from archspec.rendering.flat import flat_source
    from archspec.rendering.footer import expectations_line, footer_lines, heading
    from archspec.rendering.limits import size_note
    from archspec.rendering.mend import mended, safe_fixes
    from archspec.rendering.networks import (
        network_records,
        networks_heading,
        networks_sheet,
        with_views,
    )
    from archspec.rendering.operator_pages import operator_page, plain_operator
    from archspec.rendering.picture import (
        FIGURES,
        Coloring,
        Detail,
        Figure,
        Picture,
        PictureOptions,
    )
    from archspec.rendering.records_csv import comma_separated
    from archspec.rendering.report_json import derivation_data, networks_data, report_data
    from archspec.rendering.sarif import sarif_log
    from archspec.rendering.sheet import Layout, records, report_sheet
    from archspec.rendering.table import markdown_table, text_table
    from archspec.rendering.tree import report_tree

# The file of each name. No name is that of a file, which would hide it as soon as it is loaded.
_NAMES = {
    "annotate": "annotated",
    "code_pages": "code_page plain_page",
    "diff_json": "diff_data",
    "drawing": "build incomplete",
    "engine": "FORMATS Drawing EngineOptions Format draw engine_version find_engine render",
    "flat": "flat_source",
    "footer": "expectations_line footer_lines heading",
    "limits": "size_note",
    "mend": "mended safe_fixes",
    "networks": "network_records networks_heading networks_sheet with_views",
    "operator_pages": "operator_page plain_operator",
    "picture": "FIGURES Coloring Detail Figure Picture PictureOptions",
    "records_csv": "comma_separated",
    "report_json": "derivation_data networks_data report_data",
    "sarif": "sarif_log",
    "sheet": "Layout records report_sheet",
    "table": "markdown_table text_table",
    "tree": "report_tree",
}
_HOME = {name: file for file, names in _NAMES.items() for name in names.split()}

__all__ = [
    "FIGURES",
    "FORMATS",
    "Coloring",
    "Detail",
    "Drawing",
    "EngineOptions",
    "Figure",
    "Format",
    "Layout",
    "Picture",
    "PictureOptions",
    "annotated",
    "build",
    "code_page",
    "columns",
    "comma_separated",
    "derivation_data",
    "diagnostics",
    "diff_data",
    "diff_text",
    "draw",
    "engine_version",
    "expectations_line",
    "explain_text",
    "find_engine",
    "flat_source",
    "footer_lines",
    "heading",
    "incomplete",
    "markdown_table",
    "mended",
    "network_records",
    "networks_data",
    "networks_heading",
    "networks_sheet",
    "operator_page",
    "plain_operator",
    "plain_page",
    "records",
    "render",
    "report_data",
    "report_sheet",
    "report_tree",
    "safe_fixes",
    "sarif_log",
    "size_note",
    "text_table",
    "with_views",
    "zoo_list",
]


def __getattr__(name: str) -> object:
    """A public name from the file it lives in, or a file that is public as a whole (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    file = import_module(f"{__name__}.{_HOME.get(name, name)}")
    value: object = getattr(file, name) if name in _HOME else file
    return value
