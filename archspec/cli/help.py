"""Help texts: panels on a terminal, plain lines in a pipe (and no rich imported for them)."""

from __future__ import annotations

import sys

import click as plain
import rich_click as click

_WIDTH = 80  # of help in a pipe


class Verb(click.RichCommand):
    """A command of archspec."""

    def get_help(self, ctx: click.Context) -> str:
        """Panels on a terminal, else what click writes without rich."""
        return super().get_help(ctx) if sys.stdout.isatty() else plain_help(self, ctx)


def plain_help(command: click.RichCommand, ctx: click.Context) -> str:
    """The help of a command in plain lines."""
    formatter = plain.HelpFormatter(width=_WIDTH)
    command.format_usage(ctx, formatter)
    plain.Command.format_help_text(command, ctx, formatter)
    plain.Command.format_options(command, ctx, formatter)
    return formatter.getvalue().rstrip("\n")


class Verbs(click.RichGroup):
    """The group of them.

    Its commands are listed in two parts, those that most people need first.
    """

    first: tuple[str, ...] = ()

    def get_help(self, ctx: click.Context) -> str:
        """As `Verb`, and the commands."""
        if sys.stdout.isatty():
            return super().get_help(ctx)
        formatter = plain.HelpFormatter(width=_WIDTH)
        for title, chosen in (("Commands", True), ("More", False)):
            names = [name for name in self.list_commands(ctx) if (name in self.first) is chosen]
            found = ((name, self.get_command(ctx, name)) for name in names)
            lines = [(name, verb.get_short_help_str(100)) for name, verb in found if verb]
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)
        return f"{plain_help(self, ctx)}\n\n{formatter.getvalue()}".rstrip("\n")
