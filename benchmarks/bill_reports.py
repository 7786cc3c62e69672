"""A bulk billing report of 100,000 rows, read and checked, beside polars' own reading of the same file.

Polars reads columns: it guesses their types and parses dates and numbers. Ours also strips dollar signs, decides how
dates are meant, works out periods, looks for repeated and overlapping bills, and can name the row and column of what is
wrong. Both end in columns. A further figure goes on to a statement for each row, which is what a book keeps; a workbook
is held against the reader that both would use; and the portfolio is that of 12 accounts over 36 months.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.figure import Figure, Options, Pair, paired

ROWS = 100_000
QUICK_ROWS = 2_000
PER_ACCOUNT, ACCOUNTS = 36, 12
HEADINGS = (
    "Account Number", "Meter Number", "Service", "Read From", "Read To", "Days", "kWh", "Bill Date", "Current Charges",
)  # fmt: skip
Row = tuple[str, str, str, date, date, int, float, date, float]


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    import polars as pl  # noqa: PLC0415 - only this subject needs them

    from meterbook.formats.bill_reports import guess_mapping, read_report  # noqa: PLC0415

    rows = list(_rows(QUICK_ROWS if options.quick else ROWS))
    with tempfile.TemporaryDirectory() as folder:
        text, workbook = Path(folder) / "report.csv", Path(folder) / "report.xlsx"
        text.write_bytes(_csv(rows))
        _write_workbook(rows, workbook)
        mapping = guess_mapping(text.read_bytes(), text.name)

        def read(path: Path) -> int:
            report = read_report(path.read_bytes(), mapping, path.name)
            assert report.rows is not None
            return len(report.rows)

        def statements() -> int:
            return sum(1 for _ in read_report(text.read_bytes(), mapping, text.name).statements())

        assert read(text) == read(workbook) == len(rows)
        count = f"{len(rows):,} bills"
        clock = process_time if options.cpu else perf_counter
        pair = paired(lambda: read(text), lambda: pl.read_csv(text, try_parse_dates=True), options.rounds, clock)
        yield _figure(f"CSV, {count} → columns", pair, "polars", target=4.0)
        rounds = min(options.rounds, 3)
        pair = paired(lambda: read(workbook), lambda: _cells(workbook), rounds, clock)
        yield _figure(f"XLSX, {count} → columns", pair, "calamine alone", target=4.0)
        pair = paired(statements, lambda: pl.read_csv(text, try_parse_dates=True).rows(), rounds, clock)
        yield _figure(f"CSV, {count} → statements", pair, "polars", target=None)
        yield _portfolio(Path(folder) / "book", rounds)


def _figure(name: str, pair: Pair, peer: str, *, target: float | None) -> Figure:
    return Figure(name=name, ours=pair.ours_s * 1000, peer=peer, floor=pair.peer_s * 1000, unit="ms", target=target)


def _cells(workbook: Path) -> int:
    import python_calamine  # noqa: PLC0415

    book = python_calamine.CalamineWorkbook.from_path(workbook)
    return len(book.get_sheet_by_index(0).to_python())


def _portfolio(folder: Path, rounds: int) -> Figure:
    """12 accounts by month over 36 months, missing bills named, from a book that is opened for it."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from meterbook.analysis.bills.portfolio import GroupBy  # noqa: PLC0415
    from meterbook.book import Book  # noqa: PLC0415
    from meterbook.book.bill_export import portfolio  # noqa: PLC0415
    from meterbook.book.bill_reports import import_report  # noqa: PLC0415
    from meterbook.formats.bill_reports import guess_mapping  # noqa: PLC0415

    report = folder.with_name("portfolio.csv")
    report.write_bytes(_csv(list(_rows(ACCOUNTS * PER_ACCOUNT))))
    with Book.open(folder) as book:
        import_report(book, report, guess_mapping(report.read_bytes(), report.name))
    today = datetime.now(UTC).date()

    def ours() -> int:
        with Book.open(folder) as book:
            return len(portfolio(book, book.bills(), GroupBy.ACCOUNT, today=today).cells)

    def peer() -> int:
        with Book.open(folder) as book:
            return len(book.bills())

    pair = paired(ours, peer, rounds)
    name = f"portfolio, {ACCOUNTS} accounts × {PER_ACCOUNT} months"
    return Figure(
        name=name, ours=pair.ours_s * 1000, peer="its bills alone", floor=pair.peer_s * 1000, unit="ms", allowance=1000
    )


def _rows(count: int) -> Iterator[Row]:
    chance = random.Random(7)
    made = 0
    while made < count:
        start = date(2022, 1, 3) + timedelta(days=chance.randrange(28))
        for _ in range(min(PER_ACCOUNT, count - made)):
            end = start + timedelta(days=chance.randint(28, 33))
            account = 7_000_000 + made // PER_ACCOUNT
            kwh, cost = chance.randrange(3_000_000) / 1000, chance.randrange(2_000, 50_000) / 100
            yield (
                str(account), str(account + 14_000_000), "Electric", start, end, (end - start).days, kwh,
                end + timedelta(days=3), cost,
            )  # fmt: skip
            made += 1
            start = end


def _csv(rows: list[Row]) -> bytes:
    lines = [",".join(HEADINGS)]
    for account, meter, service, start, end, days, kwh, issued, cost in rows:
        lines.append(
            f"{account},{meter},{service},{start:%m/%d/%Y},{end:%m/%d/%Y},{days},{kwh:.3f},{issued:%m/%d/%Y},${cost:.2f}"
        )
    return "\n".join(lines).encode() + b"\n"


def _write_workbook(rows: list[Row], path: Path) -> None:
    import xlsxwriter  # noqa: PLC0415

    book = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Bills")
    for number, row in enumerate([HEADINGS, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
