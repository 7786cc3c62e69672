"""Writes `docs/commands.md` from the commands themselves: ``python tools/command_reference.py > docs/commands.md``.

A test holds the page against this, so that neither can drift from the other.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from meterbook.cli.app import app

HEAD = """\
# Commands

Every command with its arguments and options, as `meterbook COMMAND --help` prints them too. Options before the command
hold for all. What a command exits with is under [errors and exit codes](errors.md#exit-codes).
"""


def page() -> str:
    """The whole page, in Markdown."""
    root = typer.main.get_command(app)
    sections = [HEAD, _parameters(root)]
    for name, command in _leaves("meterbook", root):
        sections += [f"## {name}\n", _help(command), f"```\n{_usage(name, command)}\n```\n", _parameters(command)]
    return "\n".join(section for section in sections if section)


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Commands that do something, in the order of the help; not the groups that hold them."""
    for word, below in getattr(command, "commands", {}).items():
        if getattr(below, "hidden", False):
            continue
        if getattr(below, "commands", None):
            yield from _leaves(f"{name} {word}", below)
        else:
            yield f"{name} {word}", below


def _help(command: Any) -> str:
    return inspect.cleandoc(command.help or "") + "\n"


def _usage(name: str, command: Any) -> str:
    arguments = [_name(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
    return " ".join([name, "[OPTIONS]", *arguments])


def _parameters(command: Any) -> str:
    shown = [p for p in command.params if not getattr(p, "hidden", False) and not _of_the_shell(p)]
    if not shown:
        return ""
    rows = [f"| `{_escaped(_name(p))}` | {_escaped(_help_of(p))} |" for p in shown]
    return "\n".join(["| | |", "|---|---|", *rows]) + "\n"


def _of_the_shell(parameter: Any) -> bool:
    return parameter.name in ("install_completion", "show_completion", "help")


def _name(parameter: Any) -> str:
    metavar = parameter.metavar or _choices(parameter) or parameter.name.strip("_").upper()
    if parameter.param_type_name == "argument":
        return metavar
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return names if getattr(parameter, "is_flag", False) else f"{names} {metavar}"


def _choices(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    return "|".join(str(member.value) for member in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ""


def _help_of(parameter: Any) -> str:
    text = " ".join((parameter.help or "").split())
    return text + (" (required)" if parameter.required and parameter.param_type_name == "option" else "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
