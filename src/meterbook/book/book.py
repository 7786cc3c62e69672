"""The book itself: a folder with records, readings and documents, and what can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from meterbook.book.opened import OpenBook
from meterbook.book.readings import ReadingSet, select
from meterbook.book.selection import Selection
from meterbook.model.channel import FlowDirection, Quantity
from meterbook.model.errors import InputError
from meterbook.model.units import Unit

if TYPE_CHECKING:
    import pyarrow as pa

    from meterbook.analysis.aggregate import By
    from meterbook.analysis.year import YearFacts
    from meterbook.book.asking import Per, Period, Question
    from meterbook.book.connecting import Connected, Wanted, Ways
    from meterbook.book.importing import ImportReport, Place
    from meterbook.book.status import BookStatus
    from meterbook.formats.mapping import Mapping
    from meterbook.store.readings.query.calendar import Window
    from meterbook.store.readings.query.plan import Measure
    from meterbook.store.records import StoredPrepaidDay, StoredStatement, StoredTouMonth
    from meterbook.sync.report import Progress, SyncReport
    from meterbook.sync.settings import Settings


Word = TypeVar("Word", bound=StrEnum)


class Book(OpenBook):
    """One user's data and settings. Open it with :meth:`open`, or ``meterbook.open()``.

    Attributes:
        folder: where it lies.
        records: accounts, connections, the journal, findings.
        lake: readings.
    """

    # -- connections ---------------------------------------------------------------------------------------------

    def connect(self, wanted: Wanted, ways: Ways) -> Connected:
        """Check a log-in, record the authorization, keep the credentials, and say what was found.

        Args:
            wanted: which portal and log-in, and on what grounds.
            ways: how to ask the user for what is not known.

        Raises:
            PortalError: the portal refused, or could not be reached.
            InputError: something needed was not given.
        """
        from meterbook.book.connecting import connect

        return asyncio.run(connect(self, wanted, ways))

    def revoke(self, connection_id: int, *, delete: bool = False) -> int:
        """End a connection: its authorization is revoked and its credentials are destroyed.

        Args:
            connection_id: which.
            delete: delete all that was brought through it too.

        Returns:
            How many readings were deleted.

        Raises:
            NotFound: no such connection.
        """
        from meterbook.book.connecting import revoke

        return revoke(self, connection_id, delete=delete)

    def sync(
        self,
        *,
        progress: Progress | None = None,
        settings: Settings | None = None,
        connection_ids: Iterable[int] | None = None,
        accounts: Iterable[str] = (),
        include_closed: bool = False,
    ) -> SyncReport:
        """Bring everything up to date.

        Args:
            progress: told what happens.
            settings: how far back and how much again.
            connection_ids: these connections only.
            accounts: these account numbers only.
            include_closed: closed accounts too.

        Returns:
            What was done, and what could not be. Nothing is raised for a portal's trouble.

        Raises:
            NotFound: nothing is connected, or a connection is named that is not there.
        """
        from meterbook.book.syncing import sync

        return sync(
            self,
            progress=progress,
            settings=settings,
            connection_ids=connection_ids,
            accounts=frozenset(accounts),
            include_closed=include_closed,
        )

    # -- files ---------------------------------------------------------------------------------------------------

    def import_file(self, path: str | Path, mapping: Mapping | None = None, place: Place | None = None) -> ImportReport:
        """Take in a file of readings; see :func:`meterbook.book.importing.import_file`."""
        from meterbook.book.importing import import_file

        return import_file(self, Path(path), mapping, place=place)

    # -- reading -------------------------------------------------------------------------------------------------

    def readings(
        self,
        account: str | None = None,
        *,
        location: str | None = None,
        meter: str | None = None,
        since: date | datetime | str | None = None,
        until: date | datetime | str | None = None,
        flow: FlowDirection | str | None = None,
        unit: Unit | str | None = None,
        quantities: Sequence[Quantity | str] = (Quantity.USAGE,),
        interval_s: int | None = None,
        tou: bool = False,
        as_of: datetime | None = None,
        by: By | str | None = None,
    ) -> ReadingSet:
        """Readings of the book.

        Args:
            account: account number, or an external identifier of one; without it all.
            location: service location, likewise.
            meter: meter, likewise.
            since: first local day (date or ISO text), or an instant.
            until: local day or instant at which to end; not included.
            flow: ``delivered``, ``received`` or ``net``.
            unit: such as ``kWh``.
            quantities: ``usage`` unless others are named.
            interval_s: this interval length instead of the finest.
            tou: time-of-use shares too.
            as_of: what the book knew at this instant.
            by: sums by local ``hour``, ``day`` or ``month`` instead of single readings.

        Returns:
            A set that iterates by channel and turns into Arrow or Polars.

        Raises:
            NotFound: the book has no such account, location or meter.
            InputError: a date or a word can't be read.
        """
        wanted = Selection(
            account=account,
            location=location,
            meter=meter,
            since=since,
            until=until,
            flow=_word(FlowDirection, flow, "flow") if flow is not None else None,
            unit=_word(Unit, unit, "unit") if unit is not None else None,
            quantities=frozenset(_word(Quantity, quantity, "quantities") for quantity in quantities),
            interval_s=interval_s,
            tou=tou,
            as_of=as_of,
        )
        return self.select(wanted, by)

    def select(self, wanted: Selection, by: By | str | None = None) -> ReadingSet:
        """The readings of a :class:`Selection`, as they are or summed by local ``hour``, ``day`` or ``month``."""
        found = select(self.records, self.lake, wanted)
        if by is None:
            return found
        from meterbook.analysis.aggregate import By as Buckets
        from meterbook.book.usage import summed

        return summed(found, _word(Buckets, by, "by"))

    # -- bills ---------------------------------------------------------------------------------------------------

    def bills(
        self, *, accounts: Iterable[str] = (), since: date | None = None, until: date | None = None
    ) -> list[StoredStatement]:
        """Every bill that the book holds, as it reads now, oldest first.

        Args:
            accounts: account numbers, or external identifiers of accounts; all without it.
            since: first bill date.
            until: bill date at which to end; not included.

        Returns:
            Cancelled bills too, marked as such; see :attr:`~meterbook.model.statement.Statement.cancelled`.

        Raises:
            NotFound: the book knows no such account.
        """
        from meterbook.book.bills import bills

        return bills(self, accounts=accounts, since=since, until=until)

    def tou_ledger(self, *, accounts: Iterable[str] = ()) -> list[StoredTouMonth]:
        """What time-of-use accounts saved or lost by month, as the portal works it out, oldest first.

        Args:
            accounts: account numbers, or external identifiers of accounts; all without it.

        Raises:
            NotFound: the book knows no such account.
        """
        from meterbook.book.bills import tou_ledger

        return tou_ledger(self, accounts)

    def prepaid_ledger(self, *, accounts: Iterable[str] = ()) -> list[StoredPrepaidDay]:
        """Use, charge, payment and balance of prepaid accounts by day, oldest first; as for :meth:`tou_ledger`."""
        from meterbook.book.bills import prepaid_ledger

        return prepaid_ledger(self, accounts)

    def document(self, digest: str) -> bytes:
        """A document as received, by the SHA-256 of its bytes, hex.

        Raises:
            NotFound: the book has none such.
            BookDamaged: its file is gone, or no longer what was received.
        """
        from meterbook.book.bills import document

        return document(self, digest)

    def year(self, year: int, account: str, *, today: date) -> YearFacts:
        """What the book knows of an account's electric service in a calendar year: bills, readings, what is missing.

        Args:
            year: calendar year.
            account: account number, or an external identifier of one.
            today: what lies after it is not missing.

        Raises:
            NotFound: the book knows no such account, or nothing of it in that year.
        """
        from meterbook.book.year import year_of

        return year_of(self, year, account, today)

    # -- many channels at once -----------------------------------------------------------------------------------

    def aggregate(
        self,
        wanted: Selection | None = None,
        *,
        by: Period | str = "month",
        per: Per | str | dict[str, str] = "account",
        measures: Iterable[Measure | str] | None = None,
        windows: Sequence[Window] = (),
        holidays: Iterable[date] = (),
    ) -> pa.Table:
        """What the readings of many channels come to, worked out in the lake.

        Args:
            wanted: which readings; usage of all channels without it.
            by: ``all``, ``year``, ``month``, ``day``, ``hour``, ``hour-of-day``, ``hour-by-day-type``,
                ``day-of-week``, ``tou`` or ``bill``, on the utility's local clock.
            per: ``channel``, ``meter``, ``location``, ``account`` or ``utility``; or names of groups (feeder, rate
                class, tag) by meter, service location or account number.
            measures: among ``sum``, ``count``, ``max``, ``min`` and ``max_at``; see
                :func:`meterbook.book.aggregating.aggregate` for those taken without it.
            windows: with ``tou`` when each period applies; the rest is ``off-peak``.
            holidays: local dates that are not weekdays.

        Returns:
            A row a group, kind of reading and period, values as exact decimals.

        Raises:
            NotFound: no channel fits what was named.
            InputError: a word is not known, or a measure means nothing of these readings.
            AnalysisError: intervals are longer than the periods.
        """
        from meterbook.book.aggregating import aggregate
        from meterbook.store.readings.query.plan import Measure as Known

        chosen = None if measures is None else frozenset(_word(Known, one, "measures") for one in measures)
        return aggregate(self.records, self.lake, _question(wanted, by, per, windows, holidays), chosen)

    def coincident_peaks(
        self,
        wanted: Selection | None = None,
        *,
        by: Period | str = "month",
        per: Per | str | dict[str, str] = "utility",
        windows: Sequence[Window] = (),
        holidays: Iterable[date] = (),
    ) -> pa.Table:
        """When each group together had its highest total in each period; arguments as for :meth:`aggregate`."""
        from meterbook.book.aggregating import coincident_peaks

        return coincident_peaks(self.records, self.lake, _question(wanted, by, per, windows, holidays))

    def load_shapes(
        self,
        wanted: Selection | None = None,
        *,
        by: Period | str = "hour-by-day-type",
        per: Per | str | dict[str, str] = "utility",
        percents: Sequence[int] = (10, 50, 90),
        windows: Sequence[Window] = (),
        holidays: Iterable[date] = (),
    ) -> pa.Table:
        """How readings of channels, or totals of groups, are spread within each period, by quantiles.

        Args:
            wanted: which readings.
            by: as for :meth:`aggregate`.
            per: likewise; ``channel`` for the readings themselves.
            percents: whole numbers from 0 to 100.
            windows: as for :meth:`aggregate`.
            holidays: likewise.
        """
        from meterbook.book.aggregating import load_shapes

        return load_shapes(self.records, self.lake, _question(wanted, by, per, windows, holidays), percents)

    def gaps(self, wanted: Selection | None = None) -> pa.Table:
        """Expected intervals without a reading; see :func:`meterbook.book.aggregating.gaps`."""
        from meterbook.book.aggregating import gaps

        return gaps(self.records, self.lake, wanted or Selection())

    def status(self) -> BookStatus:
        """Freshness, coverage and gaps, channel by channel."""
        from meterbook.book.status import status

        return status(self)


def _question(
    wanted: Selection | None,
    by: Period | str,
    per: Per | str | dict[str, str],
    windows: Sequence[Window],
    holidays: Iterable[date],
) -> Question:
    from meterbook.book.asking import Per as Pers
    from meterbook.book.asking import Period as Periods
    from meterbook.book.asking import Question as Asked

    return Asked(
        wanted=wanted or Selection(),
        by=_word(Periods, by, "by"),
        per=_word(Pers, per, "per") if isinstance(per, str) else per,
        windows=tuple(windows),
        holidays=frozenset(holidays),
    )


def _word(kind: type[Word], text: str, name: str) -> Word:
    try:
        return kind(text)
    except ValueError as err:
        raise InputError(
            f"{text!r} is not known", where=name, expected=f"one of {', '.join(one.value for one in kind)}"
        ) from err
