"""The group ``meterbook bills``: one line a command hangs it in."""

from __future__ import annotations

import typer

from meterbook.cli.bills.chart import chart
from meterbook.cli.bills.check import check
from meterbook.cli.bills.compare import compare
from meterbook.cli.bills.documents import documents
from meterbook.cli.bills.export import export
from meterbook.cli.bills.learn import learn
from meterbook.cli.bills.list import list_bills
from meterbook.cli.bills.pdf import pdf
from meterbook.cli.bills.portfolio import portfolio
from meterbook.cli.bills.prepaid import prepaid
from meterbook.cli.bills.read import read
from meterbook.cli.bills.savings import savings
from meterbook.cli.bills.show import show

bills_app = typer.Typer(
    help="Read, list, show, check and write out bills.",
    no_args_is_help=True,
)


@bills_app.callback()
def _bills() -> None:
    """Read, list, show, check and write out bills."""


bills_app.command("read", short_help="Read bills from PDFs, of any utility.")(read)
bills_app.command("list", short_help="List the bills in the book.")(list_bills)
bills_app.command("show", short_help="Show one bill, line by line.")(show)
bills_app.command("pdf", short_help="Write a bill's PDF as it was received.")(pdf)
bills_app.command("documents", short_help="List PDFs that are no bills yet, and why.")(documents)
bills_app.command("chart", short_help="Show use by month beside the temperatures.")(chart)
bills_app.command("compare", short_help="Compare months and years.")(compare)
bills_app.command("savings", short_help="Show what time of use saved or lost.")(savings)
bills_app.command("prepaid", short_help="Show an account that is paid ahead.")(prepaid)
bills_app.command("learn", short_help="Show what a bill template catches; start a new one.")(learn)
bills_app.command("export", short_help="Write bills to a file.")(export)
bills_app.command("portfolio", short_help="Show many accounts by month.")(portfolio)
bills_app.command("check", short_help="Prove that bills agree with the meter.")(check)
