"""``meterbook demo``: the whole way through the house on the practice co-op, from log-in to answers."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import is_terminal, set_book
from meterbook.cli.demo_bills import show_bills
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book import Book
    from meterbook.book.readings import ChannelReadings, ReadingSet
    from meterbook.book.usage import Months
    from meterbook.model.errors import MeterbookError

MARKER = "this-is-a-demo-book"
MEMBERS = ("household", "timeofuse", "solar", "portfolio")
MONTHS = 12  # and the running one: thirteen in all


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    url: str
    zone: str


def demo(
    folder: Annotated[
        Path, typer.Option("--folder", metavar="FOLDER", help="Where the demo's book is made, anew each time.")
    ] = Path("meterbook-demo"),
) -> None:
    """Run the practice co-op, connect four of its members, sync 13 months, and show what came.

    With METERBOOK_DEMO_USAGE=FILE the household's meter replays that load file; options of meterbook practice serve
    that say what its columns mean may follow the name, such as "FILE --usage-unit kWh".
    """
    usage_file = os.environ.get("METERBOOK_DEMO_USAGE") or None
    _fresh(folder)
    set_book(folder)
    with _practice(usage_file) as server:
        typer.echo(f"The practice co-op answers at {server.url}.")
        since = None if usage_file else _months_ago(MONTHS)
        _connect_and_sync(folder, server, since=since)
    _show(folder)
    household, time_of_use, *_ = (str(member["accounts"][0]["account"]) for member in _members())
    show_bills(folder, household=household, time_of_use=time_of_use, since=since)
    _say_more(folder, household)


# -- the practice co-op ------------------------------------------------------------------------------------------


@contextmanager
def _practice(usage_file: str | None) -> Iterator[_Server]:
    """The practice co-op on a free port, for as long as the block lasts."""
    words = [sys.executable, "-m", "meterbook", "practice", "serve", "--port", "0", "--json"]
    if usage_file is not None:
        words += ["--usage", *_usage_words(usage_file)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            assert process.stderr is not None
            raise _refused(process.stderr.read())
        told: dict[str, Any] = json.loads(line)
        yield _Server(url=told["url"], zone=told["zone"])
    finally:
        process.terminate()
        process.communicate()


def _usage_words(told: str) -> list[str]:
    """The load file, and what follows its name: options of the practice co-op that say what its columns mean."""
    if Path(told).exists():
        return [told]
    file, *options = shlex.split(told)
    return [str(Path(file).expanduser()), *options]


def _refused(said: str) -> MeterbookError:
    """What the practice co-op said when it did not start, which is mostly about the load file."""
    from meterbook.model.errors import InputError

    what, _, hint = said.strip().partition("\n")
    what = what.removeprefix("Error: ").rstrip(".") or "the practice co-op did not start"
    hint = hint.strip().partition(" (")[0].rstrip(".")
    hint = hint.replace("after --usage", "in METERBOOK_DEMO_USAGE")
    if "--usage-" in hint:
        hint += ": in METERBOOK_DEMO_USAGE, after the file's name"
    return InputError(what, hint=hint or None)


def _members() -> list[dict[str, Any]]:
    """Log-ins of the four members, told by the practice co-op as it tells anyone."""
    words = [sys.executable, "-m", "meterbook", "practice", "members", "--json"]
    listed = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - ours
    by_name = {member["name"]: member for member in listed}
    return [by_name[name] for name in MEMBERS]


# -- connect and sync --------------------------------------------------------------------------------------------


def _connect_and_sync(folder: Path, server: _Server, since: date | None) -> None:
    from meterbook.book import Book
    from meterbook.book.connecting import Wanted, Ways
    from meterbook.cli.progress import Bars, Lines
    from meterbook.cli.sync import print_report
    from meterbook.sync.settings import Settings

    with Book.open(folder) as book:
        for member in _members():
            wanted = Wanted(utility="practice", user=member["email"], host=server.url, zone=server.zone)
            done = book.connect(wanted, ways=Ways(password=partial(str, member["password"])))
            places = sum(len(account.locations) for account in done.accounts)
            accounts = counted(len(done.accounts), "account")
            typer.echo(f"  {member['email']:<32}{accounts:>12}{counted(places, 'location'):>14}  connected")
        typer.echo("")
        with Bars() if is_terminal() else Lines() as progress:
            report = book.sync(progress=progress, settings=Settings(since=since))
        print_report(report)
        if not report.complete:
            raise typer.Exit(1)


# -- what came ---------------------------------------------------------------------------------------------------


def _show(folder: Path) -> None:
    from meterbook.book import Book, Selection
    from meterbook.book.usage import months_of
    from meterbook.cli.usage_table import print_months

    with Book.open(folder) as book:
        selection = Selection()
        readings = book.select(selection)
        months = {table.channel.key: table for table in months_of(book.records, book.lake, selection, readings)}
        for item in [one for one in readings if _is_household(book, one) and not _is_difference(one, readings)]:
            typer.echo("")
            print_months(months[item.series.channel.key])
            _show_shape(item)
        _show_portfolio(months)
        _show_gaps(book)


def _say_more(folder: Path, account: str) -> None:
    words = f"--book {folder}"
    typer.echo("")
    typer.echo("The book is kept. Look further:")
    typer.echo(f"  meterbook {words} usage --account {account} --by day")
    typer.echo(f"  meterbook {words} bills portfolio")
    typer.echo(f"  meterbook {words} usage --by interval --format csv -o usage.csv")
    typer.echo(f"  meterbook {words} status")
    typer.echo("  meterbook practice serve        and connect to it yourself (docs/practice.md)")


def _is_household(book: Book, item: ChannelReadings) -> bool:
    """Meters of the log-ins that have one location; the portfolio's are summed up in one table."""
    account = item.series.channel.account
    for stored in book.records.accounts():
        if stored.account.number == account:
            same = [one for one in book.records.accounts(stored.connection_id) if one.account.active]
            return len(same) == 1
    return False


def _is_difference(item: ChannelReadings, readings: ReadingSet) -> bool:
    """Whether a channel's net is only what the meter's delivered and received readings already say."""
    from meterbook.model.channel import FlowDirection

    channel = item.series.channel
    return channel.flow is FlowDirection.NET and any(
        other.series.channel.meter == channel.meter and other.series.channel.flow is FlowDirection.RECEIVED
        for other in readings
    )


def _show_shape(item: ChannelReadings) -> None:
    from meterbook.analysis.demand import peak_demand
    from meterbook.analysis.load_shape import load_shape
    from meterbook.cli.chart import spark
    from meterbook.model.channel import DAY_S
    from meterbook.model.units import Unit

    if item.series.channel.unit is not Unit.KWH or item.series.channel.interval_s >= DAY_S:
        return
    peak = peak_demand(item.series)
    if peak is not None:
        at = datetime.fromtimestamp(peak.start, item.zone)
        minutes = item.series.channel.interval_s // 60
        typer.echo(f"  highest {minutes}-minute demand {peak.kw:.2f} kW, {at:%a %-d %b %Y %H:%M}")
    shape = load_shape(item.series, item.zone, max(1800, item.series.channel.interval_s))
    typer.echo(f"  mean day  0h {spark(shape.mean_kw.tolist())} 24h")


def _show_portfolio(months: dict[str, Months]) -> None:
    """One line an account, for log-ins with several."""
    from meterbook.cli.chart import spark
    from meterbook.model.units import Unit

    tables = [table for table in months.values() if table.channel.unit is Unit.KWH]
    accounts = sorted({table.channel.account for table in tables})
    if len(accounts) < 2:
        return
    typer.echo("")
    typer.echo(f"  {'all accounts':<14}{'kWh':>12}{'peak kW':>10}  by month")
    for account in accounts:
        mine = [table for table in tables if table.channel.account == account and table.channel.flow == "delivered"]
        rows = [month for table in mine for month in table.months]
        peak = max((month.peak_kw for month in rows if month.peak_kw is not None), default=None)
        by_month: dict[date, float] = {}
        for month in rows:
            by_month[month.month] = by_month.get(month.month, 0.0) + float(month.total)
        total = sum(month.total for month in rows)
        typer.echo(
            f"  {account:<14}{total:>12,.0f}{f'{peak:,.2f}' if peak is not None else '':>10}  "
            f"{spark([by_month[key] for key in sorted(by_month)])}"
        )


def _show_gaps(book: Book) -> None:
    holes = [one for one in book.status().channels if one.missing and one.channel.quantity == "usage"]
    typer.echo("")
    if not holes:
        typer.echo("  No gaps.")
    for one in holes:
        text = f"{counted(one.missing, 'interval')} in {counted(one.gaps, 'run')}"
        typer.echo(f"  Gaps: meter {one.channel.meter}, {text}")


def _fresh(folder: Path) -> None:
    """An empty folder for the demo's book; only a folder that a demo made is ever cleared."""
    from meterbook.model.errors import UsageError

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise UsageError(
                "the folder is not a demo's book and is left alone",
                where=str(folder),
                hint="Name another with --folder.",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("Made by `meterbook demo`, which clears this folder each time.\n", encoding="utf-8")


def _months_ago(months: int) -> date:
    today = datetime.now().astimezone().date()
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
