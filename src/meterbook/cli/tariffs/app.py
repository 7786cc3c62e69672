"""The group ``meterbook tariffs``: one line a command hangs it in."""

from __future__ import annotations

import typer

from meterbook.cli.tariffs.check import check
from meterbook.cli.tariffs.edit import edit
from meterbook.cli.tariffs.importing import export_app, import_app
from meterbook.cli.tariffs.list import list_schedules
from meterbook.cli.tariffs.show import show

tariffs_app = typer.Typer(help="List, show, edit and check rate schedules.", no_args_is_help=True)


@tariffs_app.callback()
def _tariffs() -> None:
    """List, show, edit and check rate schedules."""


tariffs_app.command("list", short_help="List rate schedules.")(list_schedules)
tariffs_app.command("show", short_help="Show a schedule: prices, hours, how sure they are.")(show)
tariffs_app.command("edit", short_help="Edit a schedule of your own, or a copy of one.")(edit)
tariffs_app.command("check", short_help="Check a tariff file.")(check)
tariffs_app.add_typer(import_app, name="import", short_help="Take in a schedule of OpenEI's rate database.")
tariffs_app.add_typer(export_app, name="export", short_help="Write a schedule for OpenEI's rate database.")
