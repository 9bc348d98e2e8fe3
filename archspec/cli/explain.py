"""`archspec explain`: how a number comes about, or what a diagnostic means."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import rich_click as click
from click import get_current_context
from click.core import ParameterSource

from archspec.cli.help import Verb
from archspec.cli.options import (
    OUTPUT,
    node_paths,
    output_options,
    setup_options,
    spec_names,
    target_options,
)
from archspec.errors import CODES, ArchError, Diagnostic, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archspec.analysis import Derivation, Report, Setup
    from archspec.cli.session import Reading, Session


@click.command("explain", cls=Verb)
@click.argument("target", metavar="TARGET|CODE|OPERATOR", shell_complete=spec_names)
@click.argument("subject", metavar="PATH[.METRIC]", default="", shell_complete=node_paths)
@click.option("--all", "every", is_flag=True, help="Every metric, those that are 0 too.")
@setup_options
@target_options
@output_options("explain", "json", "md")
def command(
    *,
    target: str,
    subject: str,
    every: bool,
    setup: Setup,
    reading: Reading,
    session: Session,
) -> int:
    """Show how a number comes about, or what a diagnostic or an operator means.

    PATH is a layer such as C3 or C3.conv; without METRIC every number of it is explained,
    without PATH those of the whole network; --all leaves out none of them. METRIC is shape,
    params, connections, macs, rf, depth or another that the language reference lists. CODE is
    that of a diagnostic, such as E301, OPERATOR the name of one, such as conv.

    \b
    Examples:
      archspec explain lenet5 C3.params
      archspec explain lenet5 S2
      archspec explain lenet5 connections
      archspec explain lenet5 memory.train --batch 32 --optimizer adam
      archspec explain E301
      archspec explain conv
    """
    from archspec.analysis import analyze, explain, explain_all
    from archspec.ops import BY_NAME
    from archspec.rendering import derivation_data, explain_text

    if re.fullmatch(r"[A-Za-z][0-9]{3}", target) and not subject:
        _check_page("a code")
        return _code(session, target.upper())
    if target.lower() in BY_NAME and not subject:
        _check_page("an operator")
        return _operator(session, target.lower())
    with session.collecting(), _or_operator(target):
        graph = session.graph(target, reading)
        report = analyze(graph, setup)
        session.diagnostics += [d for d in report.diagnostics if d.severity == "error"]
        path, metric = _subject(report, subject)
        if every and metric:
            raise click.UsageError(f"--all is for every metric of `{path or graph.name}`, not one")
        if metric:
            derivations: tuple[Derivation, ...] = (explain(report, path, metric),)
            session.say(explain_text.one_metric(report, derivations[0]))
        else:
            derivations = explain_all(report, path, zeros=every)
            session.say(explain_text.all_metrics(report, path, derivations))
        if session.form == "md":
            session.put(explain_text.markdown(report, path, derivations))
        session.data["derivations"] = [derivation_data(item) for item in derivations]
    return session.finish()


def _code(session: Session, code: str) -> int:
    """Show the page of a diagnostic. Raises click.UsageError for a code there is not."""
    from archspec.rendering import code_page, plain_page

    if code not in CODES:
        near = did_you_mean(code, CODES)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise click.UsageError(f"there is no code `{code}`.{hint}")
    severity = Diagnostic(code, "").severity
    session.data["code"] = {"code": code, "severity": severity, "title": CODES[code]}
    session.data["page"] = code_page(code)
    session.say(plain_page(code))
    if session.form == "md":
        session.put(code_page(code))
    return session.finish()


def _operator(session: Session, name: str) -> int:
    """Show the page of an operator."""
    from archspec.rendering import operator_page, plain_operator

    session.data["operator"] = name
    session.data["page"] = operator_page(name)
    session.say(plain_operator(name))
    if session.form == "md":
        session.put(operator_page(name))
    return session.finish()


def _check_page(what: str) -> None:
    """Raises click.UsageError for options about a network, which has no part in a page."""
    context = get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and parameter.name not in OUTPUT
        and context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{', '.join(given)}: for a network, not for the page of {what}")


@contextmanager
def _or_operator(target: str) -> Iterator[None]:
    """What is no network may be the name of an operator with a slip. Raises ArchError."""
    from archspec.ops import BY_NAME
    from archspec.schema import snake, zoo

    try:
        yield
    except ArchError as error:
        (first, *_) = error.diagnostics
        near = did_you_mean(target.lower(), (*BY_NAME, *map(snake, zoo())))
        meant = [name for name in near[:1] if name in BY_NAME and target.isidentifier()]
        if first.code != "E001" or not meant:
            raise
        advice = f"did you mean the operator `{meant[0]}`?"
        raise ArchError([replace(first, help=advice)]) from None


def _subject(report: Report, subject: str) -> tuple[str, str]:
    """The path and the metric; a metric of "" means all. Raises ArchError (E205)."""
    from archspec.schema import split_target, with_groups

    paths = with_groups(report.graph.nodes)
    if subject in paths or not subject:
        return subject, ""
    return split_target(subject.split("."), paths, None)
