"""The `archspec` command: its verbs, loaded when used, and what every failure exits with."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import rich_click as click
from click.exceptions import Exit

from archspec import __version__
from archspec.cli.exits import INTERRUPTED, OK, USAGE, WRONG, exit_code
from archspec.cli.help import Verbs
from archspec.errors import ArchError, Diagnostic, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = (
    *("check", "analyze", "render", "compile", "train"),
    *("explain", "diff", "evaluate", "doctor", "fmt", "expand", "zoo"),
)


class _ClosedPipe(Exception):  # noqa: N818 - nothing went wrong
    """Nobody reads the output any more: `archspec … | head`."""


class _Verbs(Verbs):
    """A group whose commands are imported on first use, one module each."""

    first = VERBS[:5]

    def invoke(self, ctx: click.Context) -> object:
        """As click does; rich-click would turn a closed pipe into exit code 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ClosedPipe from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"archspec.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but suggest from the names that are not loaded yet."""
        if args[0] in VERBS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        near = did_you_mean(args[0], VERBS)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise click.UsageError(f"there is no command `{args[0]}`.{hint}", ctx)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="archspec", message="%(prog)s %(version)s")
def archspec() -> None:
    """Describe a convolutional network once; count, explain, draw, compile and train it.

    A target is FILE.arch, FILE.arch:NAME (one of several architectures of a file), the name of
    a network of the zoo such as lenet5, or - for standard input.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 ok, 1 spec wrong, 2 usage, 3 missing, 4 training failed."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - closed by `>&-`
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - the same
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a narrow code page shows `?`, it does not crash
            stream.reconfigure(errors="replace")
    gc.disable()  # short commands leave no cycles; looking for them takes a tenth of the time
    # Pydantic would read the metadata of every installed package for plugins nobody here needs.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    click.rich_click.COMMAND_GROUPS = {
        "archspec": [
            {"name": "Commands", "commands": list(VERBS[:5])},
            {"name": "More", "commands": list(VERBS[5:])},
        ]
    }
    sys.exit(_run(arguments))


def command() -> NoReturn:
    """What the shell calls: `main`, after which the process is gone at once.

    Taking every object down one by one takes a tenth of a short command. Libraries that training
    loads may have something to put in order, so then Python ends as always.
    """
    try:
        main()
    except SystemExit as stop:
        if "torch" in sys.modules or not isinstance(stop.code, int):
            raise
        with contextlib.suppress(OSError):  # nobody reads on, and `_run` has flushed the answer
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(stop.code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = archspec.main(arguments, prog_name="archspec", standalone_mode=False)
        sys.stdout.flush()
    except Exit as stop:
        return stop.exit_code
    except (_ClosedPipe, BrokenPipeError):  # nobody reads on, and that is fine
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug has to say that it is one
        return _told(error)
    return code if isinstance(code, int) else OK


def _told(error: Exception) -> int:
    """Say what stopped a command; the exit code."""
    if isinstance(error, ArchError):
        return _diagnosed(error)
    if isinstance(error, click.ClickException):
        click.echo(f"error: {error.format_message()}", err=True)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"{error.ctx.command_path} --help tells more", err=True)
        return USAGE
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        place = f" `{error.filename}`" if error.filename else " the output"
        message = f"the system refuses{place}: {reason}"
        return _diagnosed(ArchError([Diagnostic("E006", message)]))
    click.echo("this is a bug in archspec, not in your file", err=True)
    click.echo("".join(traceback.format_exception(error)), err=True)
    return WRONG


def _diagnosed(error: ArchError) -> int:
    from archspec.rendering import diagnostics

    click.echo(diagnostics.human(error.diagnostics), err=True)
    if os.environ.get("ARCHSPEC_DEBUG") == "1":
        click.echo("".join(traceback.format_exception(error)), err=True)
    return exit_code(error.diagnostics)
