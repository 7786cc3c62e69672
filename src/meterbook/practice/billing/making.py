"""Making one bill: the lines of every service at the account's places, and the sums under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import LineItem, Statement
from meterbook.practice import dice
from meterbook.practice.billing import charges, scenarios
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill, Savings
from meterbook.practice.billing.prices import LATE_FEE, SCHEDULES
from meterbook.practice.billing.reads import DUE_AFTER, MADE_AFTER, Period
from meterbook.practice.billing.usage import Misread, PlaceUsage, place_usage
from meterbook.practice.people import Contract
from meterbook.practice.settings import Settings, midnight
from meterbook.practice.weather import daily_extremes

ZERO = Decimal("0.00")
CORRECTED_AFTER = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What earlier bills leave to this one.

    Attributes:
        previous: what was owed on the last one.
        payments: since; negative.
        adjustments: charges of a cancelled bill taken back; negative.
        budget: amount a month of a budget account, else None.
        budget_balance: used and not yet paid under it.
        settles: the budget is settled with this bill.
        peaks: measured demands of the periods before, by place.
        late: something was owed past its day.
        corrects: the cancelled bill that this one replaces.
        before: the period before, or None.
        version: 0, and one more each time the bill is made again.
        misread: what is wrong with the later read of this version.
    """

    previous: Decimal
    payments: Decimal
    adjustments: Decimal
    budget: Decimal | None
    budget_balance: Decimal
    settles: bool
    peaks: dict[str, list[Decimal]]
    late: bool
    corrects: Bill | None
    before: Period | None
    version: int
    misread: Misread


def made(account: Account, period: Period, carried: Carried) -> Bill:
    """The bill of a period.

    Args:
        account: whose.
        period: from read to read.
        carried: what earlier bills leave to it.
    """
    settings, contract, version = account.settings, account.contract, carried.version
    used = [place_usage(account.point(place), period, carried.before, carried.misread) for place in contract.places]
    lines = _lines(account, period, used, carried)
    current = sum((line.amount for line in lines), start=ZERO)
    forward = carried.previous + carried.payments + carried.adjustments
    budget, balance = _budget(carried, current)
    due = forward + (current if budget is None else budget)
    made_on = period.end + MADE_AFTER + version * CORRECTED_AFTER
    billed_at = midnight(made_on, settings.tz) + _time_of_day(account, period, version)
    high, low = _temperatures(settings, period)
    electric = [each for each in used if each.schedule is not None]
    statement = Statement(
        account=contract.number,
        bill_date=made_on,
        issued=datetime.fromtimestamp(billed_at, UTC),
        number=_number(settings, contract, period, version),
        source_id=f"UTILITY:{_uuid(settings, contract, period, version)}",
        bill_type=_bill_type(period, version),
        corrects=carried.corrects.statement.number if carried.corrects else None,
        period_start=period.start,
        period_end=period.end,
        read_start=datetime.fromtimestamp(period.begin, UTC),
        read_end=datetime.fromtimestamp(period.finish, UTC),
        days=period.days,
        due_date=made_on + DUE_AFTER,
        previous_balance=carried.previous,
        payments=carried.payments,
        adjustments=carried.adjustments,
        balance_forward=forward,
        current_charges=current,
        amount_due=due,
        amount_after_due=due + LATE_FEE if due > 0 else None,
        budget_amount=budget,
        budget_balance=balance,
        usage=sum((each.delivered - each.received for each in electric), start=Decimal(0)) if electric else None,
        usage_unit="kWh" if electric else None,
        rate=contract.places[0].rate,
        services=tuple(dict.fromkeys(line.service for line in lines if line.service)),
        lines=tuple(lines),
        meters=tuple(row for each in used for row in each.meters),
        temperature_high=high if electric else None,
        temperature_low=low if electric else None,
        group=scenarios.group_of(account.member, contract),
    )
    return Bill(
        member=account.member,
        contract=contract,
        period=period,
        version=version,
        statement=statement,
        billed_at=billed_at,
        due_on=midnight(made_on + DUE_AFTER, settings.tz),
        uuid=_uuid(settings, contract, period, version),
        excess=carried.misread.excess,
        savings=_savings(used, lines, period),
        late=carried.late,
    )


def _time_of_day(account: Account, period: Period, version: int) -> int:
    """When on its day the bill was made, seconds after midnight."""
    number, end = account.contract.number, period.end.toordinal()
    return 8 * 3600 + dice.number(28_800, account.settings.seed, "bill", number, end, version)


def _lines(account: Account, period: Period, used: list[PlaceUsage], carried: Carried) -> list[LineItem]:
    member, contract = account.member, account.contract
    lines: list[LineItem] = []
    several = len(contract.places) > 1
    for place, each in zip(contract.places, used, strict=True):
        ending = f", Location {place.number}" if several else ""
        peaks = carried.peaks.get(place.number, [])
        lines += charges.electric(each, period, section=charges.ELECTRIC + ending, earlier_peaks=peaks)
        lamps = scenarios.lights(member, contract, place)
        lines += charges.lighting(lamps, period, place.number, charges.LIGHTING + ending)
        lines += charges.town(each, period)
        lines += charges.gas(each, period)
    lines += charges.tax(lines)
    lines += charges.others(
        lines,
        paperless=scenarios.takes_part(member, contract, scenarios.PAPERLESS),
        late=carried.late,
        round_up=scenarios.takes_part(member, contract, scenarios.ROUND_UP),
    )
    return lines


def _budget(carried: Carried, current: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """The amount asked instead of the charges, and what is used and not yet paid after it."""
    if carried.budget is None:
        return None, None
    balance = carried.budget_balance + current
    asked = balance if carried.settles else carried.budget.quantize(ZERO)
    return asked, balance - asked


def _savings(used: list[PlaceUsage], lines: list[LineItem], period: Period) -> Savings | None:
    each = used[0]
    if each.schedule is None or each.schedule.code != "R-TOU":
        return None
    own = charges.Page("", "electric")
    charges.base(own, each, each.schedule, period)
    standard = charges.Page("", "electric")
    charges.base(standard, each, SCHEDULES["R"], period)
    totals = [sum((line.amount for line in page.lines), start=ZERO) for page in (own, standard)]
    return Savings(time_of_use=totals[0], standard=totals[1], by_period=each.by_period)


def _temperatures(settings: Settings, period: Period) -> tuple[Decimal, Decimal]:
    """Means of the days' highs and lows, °F, to a tenth."""
    degrees = np.concatenate(
        [
            daily_extremes(settings.seed, settings.tz, year)[_within(period, year)]
            for year in range(period.start.year, period.end.year + 1)
        ]
    )
    high, low = (Decimal(f"{mean:.1f}") for mean in degrees.mean(axis=0).tolist())
    return high, low


def _within(period: Period, year: int) -> slice:
    """A period's days of one year, as places in it."""
    first = date(year, 1, 1)
    return slice(max(0, (period.start - first).days), max(0, (period.end - first).days))


def _bill_type(period: Period, version: int) -> BillType:
    if version:
        return BillType.CORRECTED
    return BillType.FINAL if period.final else BillType.FIRST if period.first else BillType.REGULAR


def _number(settings: Settings, contract: Contract, period: Period, version: int) -> str:
    chosen = dice.number(900_000, settings.seed, "number", contract.number, period.end.toordinal(), version)
    return f"{period.end:%y%m}{100_000 + chosen}"


def _uuid(settings: Settings, contract: Contract, period: Period, version: int) -> str:
    low = dice.key(settings.seed, "uuid", contract.number, period.end.toordinal(), version)
    return f"{low >> 32:08x}-0000-4000-8000-{low & 0xFFFFFFFFFFFF:012x}"
