"""Questions about any number of books, carried out by the engine of choice: in this process, by Daft, or on a cluster.

>>> from meterbook.book.querying import Request, What, query
>>> query(["coops/north", "coops/south"], Request(what=What.PEAK, by="month"))  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path

import pyarrow as pa

from meterbook.book.book import Book
from meterbook.book.folder import RECORDS_FILE, default_folder
from meterbook.book.selection import Selection
from meterbook.model.errors import NotFound, UsageError
from meterbook.store.readings.engines.lake import EngineLake
from meterbook.store.readings.engines.registry import EngineChoice, EngineName, carrier, chosen
from meterbook.store.readings.engines.together import EngineOf, together
from meterbook.store.readings.query.calendar import Window


class What(StrEnum):
    """What is asked."""

    SUM = "sum"
    """Sums, or other measures, by group and period."""
    PEAK = "peak"
    """When each group together had its highest total, and how much that was."""
    SHAPE = "shape"
    """How the totals of groups, or the readings of channels, are spread within periods that recur."""
    GAPS = "gaps"
    """Expected intervals without a reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question about books.

    Attributes:
        what: is asked.
        wanted: which readings.
        by: by what time; without it by month, and shapes by hour of weekdays and weekends.
        per: which channels are taken together, or names of groups by meter, service location or account number;
            without it the account, and for peaks and shapes the utility.
        measures: of :attr:`What.SUM`, other than the usual ones.
        windows: by ``tou``: when each period applies.
        holidays: local dates that are not weekdays.
        percents: of :attr:`What.SHAPE`.
    """

    what: What = What.SUM
    wanted: Selection = field(default_factory=Selection)
    by: str | None = None
    per: str | Mapping[str, str] | None = None
    measures: tuple[str, ...] | None = None
    windows: tuple[Window, ...] = ()
    holidays: frozenset[date] = frozenset()
    percents: tuple[int, ...] = (10, 50, 90)


def query(books: Sequence[Path | str | None], asked: Request, engine: EngineChoice | None = None) -> pa.Table:
    """The answer of one or several books.

    Args:
        books: folders; None is the user's own. Each book's readings lie where the book says: in it, or in an object
            store.
        asked: the question.
        engine: what carries it out; without it what the environment says, else this process.

    Returns:
        The columns of :mod:`meterbook.book.aggregating`; of several books with ``book``, the name of each folder, as
        the first one.

    Raises:
        NotFound: there is no such book, or no channel of one fits what was named.
        UsageError: what is asked means nothing, or the engine can't answer it.
        StoreError: a book can't be read, or no cluster answers.
    """
    choice = engine or chosen(os.environ)
    _check(asked, choice)
    folders = [Path(book).expanduser() if book is not None else default_folder() for book in books]
    _check_books(folders)
    work = [partial(_of_book, folder, asked, choice) for folder in folders]
    tables = together(work, carrier(choice))
    if len(tables) == 1:
        return tables[0]
    named = [
        table.add_column(0, "book", pa.array([name] * len(table), pa.string()))
        for name, table in zip(_names(folders), tables, strict=True)
    ]
    return pa.concat_tables(named, promote_options="permissive")


def _of_book(folder: Path, asked: Request, choice: EngineChoice, engine_of: EngineOf) -> pa.Table:
    with Book.open(folder) as book:
        if choice.name is not EngineName.LOCAL:
            book.lake = EngineLake(book.lake, engine_of)
        return _answer(book, asked)


def _answer(book: Book, asked: Request) -> pa.Table:
    if asked.what is What.GAPS:
        return book.gaps(asked.wanted)
    per = dict(asked.per) if isinstance(asked.per, Mapping) else asked.per
    if asked.what is What.SUM:
        return book.aggregate(
            asked.wanted, by=asked.by or "month", per=per or "account", measures=asked.measures,
            windows=asked.windows, holidays=asked.holidays,
        )  # fmt: skip
    if asked.what is What.PEAK:
        return book.coincident_peaks(
            asked.wanted, by=asked.by or "month", per=per or "utility", windows=asked.windows, holidays=asked.holidays
        )
    return book.load_shapes(
        asked.wanted, by=asked.by or "hour-by-day-type", per=per or "utility", percents=asked.percents,
        windows=asked.windows, holidays=asked.holidays,
    )  # fmt: skip


def _check_books(folders: Sequence[Path]) -> None:
    """Make sure that each is a book, since opening makes one, and none is there twice, since its readings would be."""
    for folder in folders:
        if not (folder / RECORDS_FILE).is_file():
            raise NotFound(
                "there is no book",
                where=str(folder),
                expected="a folder that a sync or an import made",
                hint="Name the folders of books with --book",
            )
    for one, times in Counter(folder.resolve() for folder in folders).items():
        if times > 1:
            raise UsageError("a book is named twice", where=str(one), expected="each book once")


def _check(asked: Request, choice: EngineChoice) -> None:
    """Make sure that everything that was said has an effect, and that the engine can answer."""
    if asked.measures is not None and asked.what is not What.SUM:
        raise UsageError("measures are of sums", where="measures", expected="none, or the question: sum")
    if asked.what is What.GAPS and (asked.by is not None or asked.per is not None):
        raise UsageError("gaps are told channel by channel, each when it is", expected="neither by nor per, nor groups")
    if bool(asked.windows) != (asked.by == "tou"):
        raise UsageError(
            "time-of-use periods need windows" if asked.by == "tou" else "time-of-use windows are of no account here",
            where="by",
            expected="by tou, and when each period applies (--tou)",
        )
    if isinstance(asked.per, Mapping) and not asked.per:
        raise UsageError("no group was named", where="per", expected="at least one number with its group")
    alone = asked.what is What.GAPS or (asked.what is What.SHAPE and asked.per == "channel")
    if alone and choice.name is not EngineName.LOCAL:
        raise UsageError(
            f"{'gaps' if asked.what is What.GAPS else 'shapes of single channels'} need the order of single readings",
            where="--engine",
            expected="--engine local",
        )


def _names(folders: Sequence[Path]) -> list[str]:
    """The names of the folders, whole paths where two are the same."""
    seen = Counter(folder.absolute().name for folder in folders)
    return [folder.absolute().name if seen[folder.absolute().name] == 1 else str(folder) for folder in folders]
