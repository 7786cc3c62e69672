"""Bills of the practice co-op beside what its tariff files make of the same meters.

The files were written from the sheet that ``meterbook practice tariff`` prints; the biller is the co-op's own. Meters
are asked for their intervals as they counted, without those that they lost, and bills for their register reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np

from meterbook.model.channel import FlowDirection
from meterbook.model.statement import LineItem, MeterUsage, PrepaidDay
from meterbook.model.tariff import Tariff
from meterbook.practice import history
from meterbook.practice.billing import prepaid, scenarios
from meterbook.practice.billing.account import Account as Billed
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.ledger import bills
from meterbook.practice.people import Place
from meterbook.practice.settings import Settings, midnight
from meterbook.practice.world import World
from meterbook.tariffs.bill import PricedLine, PricedStatement
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.plan import Plan, plan
from meterbook.tariffs.pricing import price_days
from meterbook.tariffs.together import price_together
from meterbook.utilities.tariff_loader import load, path_of

HOUR, QUARTER = 3600, 900
PERIODS = {"On Peak": "on-peak", "Off Peak": "off-peak", "Super Off-Peak": "super-off-peak"}
Int64 = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A bill, and what the tariff files make of it."""

    bill: Bill
    priced: PricedStatement


@cache
def schedule(code: str) -> Tariff:
    """A tariff file of the practice co-op."""
    return load(path_of(f"practice/{code}"))


def accounts(settings: Settings, members: Sequence[int]) -> Iterator[Billed]:
    """All accounts of some members."""
    world = World(settings)
    for index in members:
        member = world.member(index)
        for contract in member.contracts:
            yield Billed(settings=settings, member=member, contract=contract)


def beside(account: Billed, months: int) -> Iterator[Beside]:
    """The last bills of an account, each with every version of it, and what the files make of them.

    Periods are priced in their order, for ratchets look back at those before.
    """
    every = bills(account)
    by_period: dict[int, list[Bill]] = {}
    for bill in every:
        by_period.setdefault(bill.period.number, []).append(bill)
    numbers = sorted(by_period)[-months - 12 :]
    shown = set(numbers[-months:])
    for version in range(max((len(by_period[number]) for number in numbers), default=0)):
        row = [by_period[number][min(version, len(by_period[number]) - 1)] for number in numbers]
        for bill, priced in zip(row, price_together(list(_services(account, row))), strict=True):
            if bill.version == version and bill.period.number in shown:
                yield Beside(bill=bill, priced=priced)


def _services(account: Billed, row: Sequence[Bill]) -> Iterator[tuple[Plan, Usage, Account]]:
    member, contract = account.member, account.contract
    options = frozenset(
        name for name in (scenarios.PAPERLESS, scenarios.ROUND_UP) if scenarios.takes_part(member, contract, name)
    )
    for place in contract.places:
        if "ELECTRIC" in {device.industry for device in place.devices}:
            yield _metered(account, place, row, place.rate, options)
        lights = scenarios.lights(member, contract, place)
        if lights:
            lamps = {one.lamp.label: one.count for one in lights}
            yield _unmeasured("OL", [_span(bill) for bill in row], Account(options=options, lamps=lamps), known=True)
        for code, service, garden in (("W", "water", False), ("W-IRR", "water", True), ("GAS", "gas", False)):
            rows = [_rows(bill, place, service, garden=garden, account=account) for bill in row]
            if any(rows):
                spans = [
                    _span(bill, some, start=midnight(bill.period.start, account.settings.tz),
                          end=midnight(bill.period.end, account.settings.tz))
                    for bill, some in zip(row, rows, strict=True)
                ]  # fmt: skip
                yield _unmeasured(code, spans, Account(options=options), known=False)


def _rows(bill: Bill, place: Place, service: str, *, garden: bool, account: Billed) -> list[MeterUsage]:
    gardens = {device.number.strip() for device in place.devices if device.industry == "WATER" and device.position > 2}
    return [
        row
        for row in bill.statement.meters
        if row.location == place.number and row.service == service and (row.meter in gardens) == garden
    ]


def _metered(
    account: Billed, place: Place, row: Sequence[Bill], code: str, options: frozenset[str]
) -> tuple[Plan, Usage, Account]:
    tariff = schedule(code)
    rows = [[one for one in bill.statement.meters if one.location == place.number and one.service == "electric"]
            for bill in row]  # fmt: skip
    spans = [_span(bill, some) for bill, some in zip(row, rows, strict=True)]
    usage = readings(account, place, spans[0].start, spans[-1].end)
    made = plan(tariff, spans, first=usage.first, end=usage.end, step_s=usage.step_s)
    return made, usage, Account(kind=tariff.sector, options=options)


def _unmeasured(code: str, spans: list[Span], account: Account, *, known: bool) -> tuple[Plan, Usage, Account]:
    """A service without intervals: what registers tell is spread over hours that are missing."""
    first = spans[0].start
    count = -(-(spans[-1].end - first) // HOUR)
    nothing = np.zeros(count, np.int64)
    usage = Usage(
        first=first, step_s=HOUR, scale=0, delivered=nothing, missing=None if known else np.ones(count, np.bool_)
    )
    return plan(schedule(code), spans, first=first, end=usage.end, step_s=HOUR), usage, account


def _span(bill: Bill, rows: Sequence[MeterUsage] = (), start: int | None = None, end: int | None = None) -> Span:
    def told(*labels: str | None) -> Decimal | None:
        found = [row.usage for row in rows if row.register in labels and row.unit != "kW" and row.usage is not None]
        return sum(found, start=Decimal(0)) if found else None

    periods = tuple((PERIODS[name], kwh) for name in PERIODS if (kwh := told(name)) is not None)
    return Span(
        start=bill.period.begin if start is None else start,
        end=bill.period.finish if end is None else end,
        billed=bill.made_on,
        register_kwh=None if periods else told(None, "Delivered"),
        register_received_kwh=told("Received"),
        register_periods=periods,
        register_kw=next((row.usage for row in rows if row.unit == "kW"), None),
        first=bill.period.first,
        final=bill.period.final,
        options=frozenset({"late"}) if bill.late else frozenset(),
    )


def readings(account: Billed, place: Place, start: int, end: int) -> Usage:
    """What the electric meters of a place counted, all together, without what they lost."""
    point = account.point(place)
    registers = point.registers("ELECTRIC")
    steps = [one.device.step_s for one in registers if one.device.step_s]
    step = min(steps, default=QUARTER)
    first = start - start % step
    count = -(-(end - first) // step)
    columns: dict[FlowDirection, Int64] = {}
    held = np.zeros(count, np.bool_)
    for register in registers:
        own = register.device.step_s
        if register.flow is FlowDirection.NET and not register.device.from_file:
            continue
        column = columns.setdefault(register.flow, np.zeros(count, np.int64))
        if not own:
            continue  # a dial, which keeps no intervals
        at, value = point.counted(register, first, end)
        lost = history.lost_at(account.settings.seed, account.member.index, account.member.story, point.slot, at)
        # An older meter's longer intervals are divided evenly; its energy stays what it was.
        for part in range(own // step):
            spot = (at - first) // step + part
            share = (value + part) // (own // step)
            inside = (spot >= 0) & (spot < count)
            np.add.at(column, spot[inside], np.where(lost, 0, share)[inside])
            held[spot[inside]] |= ~lost[inside]
    delivered = columns.get(FlowDirection.DELIVERED, columns.get(FlowDirection.NET))
    assert delivered is not None
    return Usage(
        first=first,
        step_s=step,
        scale=registers[0].scale,
        delivered=delivered,
        received=columns.get(FlowDirection.RECEIVED),
        missing=None if held.all() else ~held,
    )


def prepaid_beside(account: Billed, days: int) -> Iterator[tuple[PrepaidDay, PricedStatement]]:
    """The last days of a prepaid account's ledger, and what the files make of each."""
    ledger = prepaid.ledger(account)[-days:]
    zone = account.settings.tz
    (place,) = account.contract.places
    start, end = (midnight(day, zone) for day in (ledger[0].day, account.settings.today))
    usage = readings(account, place, start, end)
    made = plan(
        schedule(place.rate), [Span(start=start, end=end)], first=usage.first, end=usage.end, step_s=usage.step_s
    )
    priced, _ = price_days(made, usage, Account(kind="residential"))
    return zip(ledger, priced, strict=True)


def differences(one: Beside) -> list[str]:
    """What differs between a bill and the files: total, and lines that have no like on the other side."""
    said = one.bill.statement
    found = []
    if said.current_charges != one.priced.total:
        found.append(f"total {said.current_charges} billed, {one.priced.total} priced")
    printed = sorted(_key(line) for line in said.lines)
    made = sorted(_key(line) for line in one.priced.lines)
    left, right = list(printed), list(made)
    for key in printed:
        if key in right:
            left.remove(key)
            right.remove(key)
    return found + [f"billed {key}" for key in left] + [f"priced {key}" for key in right]


def _key(line: LineItem | PricedLine) -> tuple[str, str, str, str]:
    """A line as both have it: kind, energy or demand, its price, and the amount."""
    quantity = line.quantity if line.unit in ("kWh", "kW", "gal", "CCF") else None
    rate = line.rate if quantity is not None else None
    return (line.kind.value, _text(quantity), _text(rate), f"{line.amount:.2f}")


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{abs(number).normalize():f}"
