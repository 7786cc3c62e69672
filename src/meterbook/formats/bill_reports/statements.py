"""Bill rows to statements. Rows of one account and period are one bill, with a register and a charge for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from meterbook.formats.bill_reports.days import NO_DAY, of_number
from meterbook.formats.bill_reports.mapping import Field
from meterbook.formats.bill_reports.rows import ACTUAL, CUSTOMER, ESTIMATED, BillRows, refused
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.finding import Finding
from meterbook.model.statement import LineItem, MeterUsage, Statement
from meterbook.model.sums import discrepancies

ZERO = Decimal(0)
_READ = {ACTUAL: ReadType.ACTUAL, ESTIMATED: ReadType.ESTIMATED, CUSTOMER: ReadType.CUSTOMER}
_BILL = (Field.ACCOUNT, Field.START, Field.END, Field.DELIVERY, Field.BILL_DATE, Field.NUMBER, Field.ENTRY)
_SHARED = (Field.PREVIOUS_BALANCE, Field.PAYMENTS, Field.ADJUSTMENTS, Field.AMOUNT_DUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row, read."""

    texts: dict[Field, str]
    days: dict[Field, date]
    numbers: dict[Field, Decimal]
    usages: tuple[tuple[str, str, Decimal], ...]
    charges: tuple[LineItem, ...]
    service: str | None
    unit: str | None
    read: ReadType | None
    period_days: int | None


def statements(rows: BillRows) -> Iterator[Statement | Finding]:
    """The bills of some rows, or why a bill is none: amounts that do not add up, or rows that don't go together.

    A report that has no date of issue gives the bill the last day of its period.
    """
    groups = _groups(rows)
    single = _reader(rows)
    for group in groups:
        several = [single(index) for index in group]
        made = _one(several[0]) if len(several) == 1 else _together(several)
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


def _reader(rows: BillRows) -> Any:
    """What gives a row by its number; columns are turned into Python values once."""
    texts = {name: column.to_pylist() for name, column in rows.texts.items()}
    days = {name: column.tolist() for name, column in rows.days.items()}
    numbers = {name: column.to_pylist() for name, column in rows.numbers.items()}
    usages = [(one.service, one.unit, one.values.to_pylist()) for one in rows.usages]
    charges = [(one.heading, one.kind, values.to_pylist()) for one, values in rows.charges]
    service, unit = rows.service.to_pylist(), rows.unit.to_pylist()
    read, period_days = rows.read.tolist(), rows.period_days.tolist()
    known_days: dict[int, date] = {}

    def day(number: int) -> date:
        return known_days.get(number) or known_days.setdefault(number, of_number(number))

    def single(index: int) -> _Row:
        return _Row(
            texts={name: value for name, column in texts.items() if (value := column[index])},
            days={name: day(value) for name, column in days.items() if (value := column[index]) != NO_DAY},
            numbers={name: Decimal(value) for name, column in numbers.items() if (value := column[index]) is not None},
            usages=tuple(
                (one, measure, Decimal(v)) for one, measure, column in usages if (v := column[index]) is not None
            ),
            charges=tuple(
                LineItem(kind=kind, label=heading, amount=Decimal(value))
                for heading, kind, column in charges
                if (value := column[index]) is not None
            ),
            service=service[index],
            unit=unit[index],
            read=_READ.get(read[index]),
            period_days=period_days[index] or None,
        )

    return single


def _one(row: _Row) -> Statement:
    numbers, days = row.numbers, row.days
    cost = numbers.get(Field.COST)
    if cost is None and row.charges:
        cost = sum((line.amount for line in row.charges), start=ZERO)
    usage = numbers.get(Field.USAGE)
    plain_usage = usage is not None and Field.EXPORTED not in numbers
    services = tuple(dict.fromkeys(one for one, _, _ in row.usages)) or ((row.service,) if row.service else ())
    if len(row.usages) == 1:
        _, unit, usage = row.usages[0]
        plain_usage = True
    else:
        unit = row.unit or ""
    return Statement(
        account=row.texts[Field.ACCOUNT],
        bill_date=days.get(Field.BILL_DATE) or days.get(Field.END) or days[Field.DELIVERY],
        number=row.texts.get(Field.NUMBER),
        source_id=row.texts.get(Field.ENTRY),
        period_start=days.get(Field.START),
        period_end=days.get(Field.END),
        days=row.period_days,
        due_date=days.get(Field.DUE_DATE),
        previous_balance=numbers.get(Field.PREVIOUS_BALANCE),
        payments=numbers.get(Field.PAYMENTS),
        adjustments=numbers.get(Field.ADJUSTMENTS),
        current_charges=cost,
        amount_due=numbers.get(Field.AMOUNT_DUE),
        usage=usage if plain_usage else None,
        usage_unit=unit if plain_usage else None,
        rate=row.texts.get(Field.RATE),
        services=services,
        lines=row.charges or _demand_lines(row, cost),
        meters=tuple(_meters(row)),
    )


def _demand_lines(row: _Row, cost: Decimal | None) -> tuple[LineItem, ...]:
    """The cost in two, where a report tells the part that is for demand."""
    demand = row.numbers.get(Field.DEMAND_COST)
    if demand is None or cost is None:
        return ()
    quantity = row.numbers.get(Field.DEMAND)
    return (
        LineItem(kind=LineKind.OTHER, label="Cost without demand", amount=cost - demand, service=row.service),
        LineItem(
            kind=LineKind.DEMAND, label="Demand cost", amount=demand, quantity=quantity,
            unit="kW" if quantity is not None else None, service=row.service,
        ),
    )  # fmt: skip


def _meters(row: _Row) -> Iterator[MeterUsage]:
    numbers, texts = row.numbers, row.texts
    meter, location = texts.get(Field.METER), texts.get(Field.LOCATION)
    usage, metered, exported = (numbers.get(name) for name in (Field.USAGE, Field.METERED, Field.EXPORTED))
    for service, unit, amount in row.usages:
        yield MeterUsage(meter=meter, location=location, service=service, usage=amount, unit=unit, read_type=row.read)
    if usage is not None or metered is not None:
        yield MeterUsage(
            meter=meter,
            register="used on site" if exported is not None else None,
            service=row.service,
            location=location,
            rate=texts.get(Field.RATE),
            read_start=row.days.get(Field.START),
            read_end=row.days.get(Field.END),
            previous=numbers.get(Field.PREVIOUS_READING),
            present=numbers.get(Field.PRESENT_READING),
            multiplier=numbers.get(Field.MULTIPLIER),
            usage=metered if metered is not None else usage,
            unit="CCF" if metered is not None else row.unit,
            billed=usage if metered is not None else None,
            billed_unit=row.unit if metered is not None and usage is not None else None,
            read_type=row.read,
        )
    if exported is not None:
        yield MeterUsage(
            meter=meter, register="exported", service=row.service, location=location, usage=exported, unit=row.unit
        )
    demand = numbers.get(Field.DEMAND)
    if demand is not None:
        yield MeterUsage(meter=meter, register="kW", service=row.service, location=location, usage=demand, unit="kW")


def _together(several: list[_Row]) -> Statement | str:
    """Rows of one account and period as one bill; or why they are none."""
    first = _one(several[0])
    parts = [_one(row) for row in several]
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
        lines=tuple(line for row, part in zip(several, parts, strict=True) for line in _lines(row, part)),
        meters=tuple(meter for part in parts for meter in part.meters),
        **shared,
    )


def _lines(row: _Row, part: Statement) -> Iterator[LineItem]:
    if part.lines:
        yield from part.lines
    elif part.current_charges is not None:
        meter, location = row.texts.get(Field.METER), row.texts.get(Field.LOCATION)
        label = " ".join(word for word in ((row.service or "").capitalize(), meter or location) if word) or "Charges"
        yield LineItem(
            kind=LineKind.OTHER,
            label=label,
            amount=part.current_charges,
            service=row.service,
            meter=meter,
            location=location,
        )
