"""The group ``meterbook rates``: one line a command hangs it in."""

from __future__ import annotations

import typer

from meterbook.cli.rates.compare import compare
from meterbook.cli.rates.fit import fit
from meterbook.cli.rates.portfolio import portfolio
from meterbook.cli.rates.price import price
from meterbook.cli.rates.trend import trend

rates_app = typer.Typer(help="Price readings, compare schedules, work rates out of bills.", no_args_is_help=True)


@rates_app.callback()
def _rates() -> None:
    """Price readings, compare schedules, work rates out of bills."""


rates_app.command("price", short_help="Price a load file under a schedule.")(price)
rates_app.command("fit", short_help="Work prices that no one publishes out of bills.")(fit)
rates_app.command("compare", short_help="What an account would have cost on each schedule.")(compare)
rates_app.command("trend", short_help="What a month's use has cost on a schedule, over the years.")(trend)
rates_app.command("portfolio", short_help="Every account of the book under each of several schedules.")(portfolio)
