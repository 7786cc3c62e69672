"""Whether two sources tell of the same bill. Pure; in doubt they do not, since two bills made one could not be told
apart afterwards, while a bill that stands twice can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from meterbook.model.account_number import account_key
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement

NEAR = timedelta(days=3)
"""How far the day that a portal names may lie from the day printed, for one bill."""
EDGE = timedelta(days=1)
"""How far the edges of a period may lie apart: some bills print the last day of service, others the day after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one source says of one bill.

    Attributes:
        statement: what it says.
        kind: portal, file …
        source: the portal's host, or the file's name.
        document: SHA-256 of the document it was read from, hex; "" if from none.
    """

    statement: Statement
    kind: SourceKind
    source: str
    document: str = ""

    @property
    def printed(self) -> bool:
        """Whether it was read from the bill itself."""
        return bool(self.document)


Clue = tuple[str, str | int]
"""Something that a bill may be known by: a name with its kind, or a day's number."""


def clues_of(told: Told) -> list[Clue]:
    """What a bill is known by, so far as a source tells it."""
    return _clues(told, issued=0, started=0)


def clues_near(told: Told) -> list[Clue]:
    """What the bill that a source tells of may be known by: no two are one bill that share none of these."""
    return _clues(told, issued=NEAR.days, started=EDGE.days)


def _clues(told: Told, *, issued: int, started: int) -> list[Clue]:
    statement = told.statement
    named = (("source", statement.source_id), ("number", statement.number))
    found: list[Clue] = [(kind, name) for kind, name in named if name is not None]
    for kind, day, reach in (("issued", statement.bill_date, issued), ("start", statement.period_start, started)):
        if day is not None:
            found += [(kind, day.toordinal() + off) for off in range(-reach, reach + 1)]
    return found


def matched(told: Told, bills: Iterable[tuple[int, Sequence[Told]]]) -> int | None:
    """The bill that a source tells of, of those of its account; None if it is none of them.

    Args:
        told: what is to be placed.
        bills: places of the account's bills, each with what its sources say now.
    """
    every = list(bills)
    for place, others in every:
        if any(_same_source(told, other) for other in others):
            return place
    fitting = [place for place, others in every if all(_same_bill(told, other) for other in others)]
    return fitting[0] if len(fitting) == 1 else None


def _same_source(told: Told, other: Told) -> bool:
    """Whether it is the same thing read again: a row of the portal, a document."""
    if told.printed or other.printed:
        # One file may hold several bills of an account.
        one, two = told.statement, other.statement
        alike = one.bill_date == two.bill_date or bool(_periods_agree(one, two))
        return told.document == other.document and alike and not _contradict(one, two)
    if told.kind is not other.kind:
        return False
    one, two = told.statement, other.statement
    if one.source_id is not None or two.source_id is not None:
        return one.source_id == two.source_id
    if told.source != other.source or _services_apart(one, two):
        return False
    if one.number is not None or two.number is not None:
        return one.number == two.number
    return one.bill_date == two.bill_date and _periods_agree(one, two) is not False


def _same_bill(told: Told, other: Told) -> bool:
    """Whether two sources that do not know each other's names of it mean one bill."""
    one, two = told.statement, other.statement
    periods, amounts = _periods_agree(one, two), _amounts_agree(one, two)
    if _contradict(one, two) or _services_apart(one, two) or periods is False:
        return False
    same_day = one.bill_date == two.bill_date
    if amounts is False:
        # One that is made again for other charges has a day of its own; what else differs is for the report.
        return same_day and (_numbered_alike(one, two) or bool(periods and _used_alike(one, two)))
    if _numbered_alike(one, two):
        return True
    if not (dated(told) and dated(other)):
        return bool(periods)
    near = abs(one.bill_date - two.bill_date) <= NEAR
    return near and ((same_day and bool(amounts or periods)) or bool(amounts and periods))


def _contradict(one: Statement, two: Statement) -> bool:
    """Whether both name it, and differently."""
    return any(
        here is not None and there is not None and here != there
        for here, there in ((one.number, two.number), (one.source_id, two.source_id), (one.group, two.group))
    )


def dated(told: Told) -> bool:
    """Whether a source tells the day of issue. A report that does not is dated by the end of its period."""
    statement = told.statement
    return told.printed or told.kind is SourceKind.PORTAL or statement.bill_date != statement.period_end


def _services_apart(one: Statement, two: Statement) -> bool:
    """Whether both say what they are for, and it is not the same: a report may have a row a service."""
    return bool(one.services) and bool(two.services) and not set(one.services) & set(two.services)


def _periods_agree(one: Statement, two: Statement) -> bool | None:
    """None if either tells no period."""
    edges = ((one.period_start, two.period_start), (one.period_end, two.period_end))
    known = [(here, there) for here, there in edges if here is not None and there is not None]
    return all(close(here, there) for here, there in known) if len(known) == len(edges) else None


def _numbered_alike(one: Statement, two: Statement) -> bool:
    return one.number is not None and one.number == two.number


def _used_alike(one: Statement, two: Statement) -> bool:
    """Whether both tell the same use, not nothing, and not of meters that have nothing in common."""
    here, there = ({account_key(row.meter) for row in told.meters if row.meter} for told in (one, two))
    apart = bool(here and there) and not here & there
    return bool(one.usage) and (one.usage, one.usage_unit) == (two.usage, two.usage_unit) and not apart


def _amounts_agree(one: Statement, two: Statement) -> bool | None:
    """Whether some amount that one calls the bill's is one of the other's; None if either tells none.

    Portals name one amount, and not all the same one: what is due in all, or the charges of the period.
    """
    here, there = amounts(one), amounts(two)
    return bool(here & there) if here and there else None


def amounts(statement: Statement) -> frozenset[Decimal]:
    """The amounts that a bill may be known by. A bill that was adjusted afterwards is known by what was printed too."""
    found = {statement.amount_due, statement.current_charges}
    if statement.amount_due is not None and statement.adjustments:
        found.add(statement.amount_due - statement.adjustments)
    return frozenset(amount for amount in found if amount is not None)


def close(here: date, there: date) -> bool:
    """Whether two days may be the same edge of a period."""
    return abs(here - there) <= EDGE
