"""Names of columns, views and optimizers on the command line; known only once they are used."""

from __future__ import annotations

import rich_click as click

from archspec.errors import did_you_mean


class Columns(click.ParamType[tuple[str, ...]]):
    """Names of columns with commas between them."""

    name = "NAMES"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Known ones, in the order given."""
        if isinstance(value, tuple):
            return value
        return tuple(self._known(name.strip(), param, ctx) for name in str(value).split(","))

    def _known(self, name: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from archspec.rendering import columns

        if name != "share" and columns.column(name) is None:
            near = did_you_mean(name, (*columns.NAMES, *columns.METRIC_COLUMNS))
            hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(columns.NAMES)}"
            self.fail(f"no column is called `{name}`; {hint}", param, ctx)
        return name


class SortColumn(click.ParamType[str]):
    """The name of one column of numbers."""

    name = "COLUMN"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """A known one whose cells have an order."""
        from archspec.rendering import columns

        (name,) = Columns().convert(str(value).replace(",", " "), param, ctx)
        made = columns.column(name)
        if made is not None and made.order is None:
            self.fail(f"`{name}` is text: sort by a column of numbers", param, ctx)
        return name


class ViewName(click.ParamType[str]):
    """The name of a tool whose way to count is asked for."""

    name = "NAME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """A known one."""
        from archspec.analysis import VIEWS

        names = [view.name for view in VIEWS]
        if str(value) not in names:
            self.fail(f"no view is called `{value}`; there are {', '.join(names)}", param, ctx)
        return str(value)


class OptimizerName(click.ParamType[str]):
    """The name of an optimizer, which may be none of the recipe."""

    name = "NAME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """A known one."""
        from archspec.analysis import OPTIMIZER_SLOTS

        if str(value) not in OPTIMIZER_SLOTS:
            listed = ", ".join(OPTIMIZER_SLOTS)
            self.fail(f"no optimizer is called `{value}`; there are {listed}", param, ctx)
        return str(value)
