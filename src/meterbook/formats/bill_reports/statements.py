"""Bill rows to statements. Rows of one account and period are one bill, with a register and a charge for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from meterbook.formats.bill_reports.days import NO_DAY
from meterbook.formats.bill_reports.mapping import Field
from meterbook.formats.bill_reports.rows import ACTUAL, CUSTOMER, ESTIMATED, BillRows, refused
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.calendar import numbered_day
from meterbook.model.finding import Finding
from meterbook.model.statement import LineItem, MeterUsage, Statement
from meterbook.model.sums import discrepancies

ZERO = Decimal(0)
_READ = {ACTUAL: ReadType.ACTUAL, ESTIMATED: ReadType.ESTIMATED, CUSTOMER: ReadType.CUSTOMER}
_BILL = (Field.ACCOUNT, Field.START, Field.END, Field.DELIVERY, Field.BILL_DATE, Field.NUMBER, Field.ENTRY)
_SHARED = (Field.PREVIOUS_BALANCE, Field.PAYMENTS, Field.ADJUSTMENTS, Field.AMOUNT_DUE)


def statements(rows: BillRows) -> Iterator[Statement | Finding]:
    """The bills of some rows, or why a bill is none: amounts that do not add up, or rows that don't go together.

    A report that has no date of issue gives the bill the last day of its period.
    """
    single = _reader(rows)
    for group in _groups(rows):
        made = single(group[0]) if len(group) == 1 else _together([single(index) for index in group])
        if isinstance(made, str):
            yield refused("report.rows-disagree", made, rows.where(group[0]))
            continue
        wrong = next(iter(discrepancies(made)), None) if made.lines or made.previous_balance is not None else None
        if wrong is not None:
            yield refused("report.does-not-add-up", str(wrong), rows.where(group[0]))
            continue
        yield made


def _groups(rows: BillRows) -> list[list[int]]:
    codes = rows.codes(*_BILL)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    if len(first) == len(rows):
        return [[index] for index in range(len(rows))]
    groups: dict[int, list[int]] = {}
    for index, code in enumerate(inverse.tolist()):
        groups.setdefault(code, []).append(index)
    return sorted(groups.values())


def _reader(rows: BillRows) -> Callable[[int], Statement]:  # noqa: PLR0915 - a list for each column
    """What makes the bill of a row by its number. Columns are turned into Python values once."""
    nothing: list[Any] = [None] * len(rows)
    known_days: dict[int, date | None] = {NO_DAY: None}

    def text(name: Field) -> list[str | None]:
        return [value or None for value in rows.texts[name].to_pylist()] if name in rows.texts else nothing

    def day(name: Field) -> list[date | None]:
        if name not in rows.days:
            return nothing
        known_days.update({one: numbered_day(one) for one in np.unique(rows.days[name]).tolist() if one != NO_DAY})
        return [known_days[one] for one in rows.days[name].tolist()]

    def number(name: Field) -> list[Decimal | None]:
        return _decimals(rows.numbers[name]) if name in rows.numbers else nothing

    accounts, locations, meters = text(Field.ACCOUNT), text(Field.LOCATION), text(Field.METER)
    numbers, entries, rates = text(Field.NUMBER), text(Field.ENTRY), text(Field.RATE)
    starts, ends, deliveries = day(Field.START), day(Field.END), day(Field.DELIVERY)
    bill_dates, due_dates = day(Field.BILL_DATE), day(Field.DUE_DATE)
    costs, demand_costs, previous_balances = (
        number(Field.COST),
        number(Field.DEMAND_COST),
        number(Field.PREVIOUS_BALANCE),
    )
    payments, adjustments, amounts_due = number(Field.PAYMENTS), number(Field.ADJUSTMENTS), number(Field.AMOUNT_DUE)
    used, metered, exported, demands = (
        number(name) for name in (Field.USAGE, Field.METERED, Field.EXPORTED, Field.DEMAND)
    )
    previous, present, multipliers = (
        number(name) for name in (Field.PREVIOUS_READING, Field.PRESENT_READING, Field.MULTIPLIER)
    )
    usages = [(one.service, one.unit, _decimals(one.values)) for one in rows.usages]
    charges = [(one, _decimals(values)) for one, values in rows.charges]
    units, reads = rows.unit.to_pylist(), [_READ.get(code) for code in rows.read.tolist()]
    services: list[tuple[str, ...]] = [(word,) if word else () for word in rows.service.to_pylist()]
    days = [count or None for count in rows.period_days.tolist()]

    def registers(index: int) -> Iterator[MeterUsage]:
        service = services[index][0] if services[index] else None
        place: dict[str, Any] = {"meter": meters[index], "location": locations[index]}
        for of_service, measure, column in usages:
            if (amount := column[index]) is not None:
                yield MeterUsage(service=of_service, usage=amount, unit=measure, read_type=reads[index], **place)
        usage, volume = used[index], metered[index]
        if usage is not None or volume is not None:
            by_volume = volume is not None
            yield MeterUsage(
                meter=meters[index],
                register="used on site" if exported[index] is not None else None,
                service=service,
                location=locations[index],
                rate=rates[index],
                read_start=starts[index],
                read_end=ends[index],
                previous=previous[index],
                present=present[index],
                multiplier=multipliers[index],
                usage=volume if by_volume else usage,
                unit="CCF" if by_volume else units[index],
                billed=usage if by_volume else None,
                billed_unit=units[index] if by_volume and usage is not None else None,
                read_type=reads[index],
            )
        if exported[index] is not None:
            yield MeterUsage(register="exported", service=service, usage=exported[index], unit=units[index], **place)
        if demands[index] is not None:
            yield MeterUsage(register="kW", service=service, usage=demands[index], unit="kW", **place)

    def lines(index: int) -> tuple[LineItem, ...]:
        if charges:
            told = [(one, column[index]) for one, column in charges]
            return tuple(
                LineItem(kind=one.kind, label=one.heading, amount=amount) for one, amount in told if amount is not None
            )
        cost, demand_cost = costs[index], demand_costs[index]
        if demand_cost is None or cost is None:
            return ()
        return _demand_lines(cost, demand_cost, demands[index], services[index])

    def single(index: int) -> Statement:
        printed = lines(index) if charges or demand_costs is not nothing else ()
        cost, usage, unit, sold = costs[index], used[index], units[index], services[index]
        if cost is None and printed:
            cost = sum((line.amount for line in printed), start=ZERO)
        if usages:
            told = [(service, measure, column[index]) for service, measure, column in usages]
            known = [one for one in told if one[2] is not None]
            sold = tuple(dict.fromkeys(service for service, _, _ in known))
            unit, usage = (known[0][1], known[0][2]) if len(known) == 1 else (None, None)
        if usage is None or exported[index] is not None:
            usage, unit = None, None
        issued = bill_dates[index] or ends[index] or deliveries[index]
        account = accounts[index]
        assert issued is not None and account is not None  # noqa: PT018 - rows without either were refused
        return Statement(
            account=account,
            bill_date=issued,
            number=numbers[index],
            source_id=entries[index],
            period_start=starts[index],
            period_end=ends[index],
            days=days[index],
            due_date=due_dates[index],
            previous_balance=previous_balances[index],
            payments=payments[index],
            adjustments=adjustments[index],
            current_charges=cost,
            amount_due=amounts_due[index],
            usage=usage,
            usage_unit=unit,
            rate=rates[index],
            services=sold,
            lines=printed,
            meters=tuple(registers(index)),
        )

    return single


def _decimals(column: Any) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in column.to_pylist()]


def _demand_lines(
    cost: Decimal, demand_cost: Decimal, demand: Decimal | None, services: tuple[str, ...]
) -> tuple[LineItem, ...]:
    """The cost in two, where a report tells the part that is for demand."""
    service = services[0] if services else None
    unit = "kW" if demand is not None else None
    return (
        LineItem(kind=LineKind.OTHER, label="Cost without demand", amount=cost - demand_cost, service=service),
        LineItem(
            kind=LineKind.DEMAND, label="Demand cost", amount=demand_cost, quantity=demand, unit=unit, service=service
        ),
    )


def _together(parts: list[Statement]) -> Statement | str:
    """Rows of one account and period as one bill; or why they are none."""
    first = parts[0]
    shared: dict[str, Any] = {}
    for name in (*_SHARED, Field.DUE_DATE, Field.RATE):
        attribute = name.value.replace("-", "_")
        told = {value for part in parts if (value := getattr(part, attribute)) is not None}
        if len(told) > 1 and name is not Field.RATE:
            return f"rows of one bill differ in {name.value}: {', '.join(map(str, sorted(told)))}"
        shared[attribute] = told.pop() if len(told) == 1 else None
    costs = [part.current_charges for part in parts]
    uses = {(part.usage, part.usage_unit, part.services) for part in parts}
    if len(set(costs)) == 1 and costs[0] and len(uses) > 1:
        return (
            f"{len(parts)} rows of one bill each cost {costs[0]}, and the report does not tell whether that is each "
            "row's cost or the whole bill's"
        )
    known = [cost for cost in costs if cost is not None]
    units = {part.usage_unit for part in parts}
    usage = [part.usage for part in parts if part.usage is not None]
    alone = len(units) == 1 and len(usage) == len(parts) and len({part.services for part in parts}) == 1
    return Statement(
        account=first.account,
        bill_date=first.bill_date,
        number=first.number,
        source_id=first.source_id,
        period_start=first.period_start,
        period_end=first.period_end,
        days=first.days,
        current_charges=sum(known, start=ZERO) if len(known) == len(costs) else None,
        usage=sum(usage, start=ZERO) if alone else None,
        usage_unit=first.usage_unit if alone else None,
        services=tuple(dict.fromkeys(service for part in parts for service in part.services)),
        lines=tuple(line for part in parts for line in _lines(part)),
        meters=tuple(meter for part in parts for meter in part.meters),
        **shared,
    )


def _lines(part: Statement) -> Iterator[LineItem]:
    if part.lines:
        yield from part.lines
    elif part.current_charges is not None:
        service = part.services[0] if part.services else None
        meter = next((one.meter for one in part.meters if one.meter), None)
        location = next((one.location for one in part.meters if one.location), None)
        label = " ".join(word for word in ((service or "").capitalize(), meter or location) if word) or "Charges"
        yield LineItem(
            kind=LineKind.OTHER,
            label=label,
            amount=part.current_charges,
            service=service,
            meter=meter,
            location=location,
        )
