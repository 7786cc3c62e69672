"""Prepaid service: each local day is charged and rounded by itself, and a period is the sum of its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec

from meterbook.model.calendar import day_start, local_date
from meterbook.model.errors import InputError
from meterbook.tariffs.bill import PricedLine, PricedStatement, least_sure
from meterbook.tariffs.inputs import Span
from meterbook.tariffs.plan import Plan, plan


def by_day(made: Plan) -> tuple[Plan, list[int]]:
    """The same schedule laid over each local day of the periods, and the number of the period of each day.

    Raises:
        InputError: a period does not begin and end at local midnight.
    """
    zone, spans, of = made.axis.zone, [], []
    for number, span in enumerate(made.spans):
        day, last = local_date(span.start, zone), local_date(span.end, zone)
        if (day_start(day, zone), day_start(last, zone)) != (span.start, span.end):
            raise InputError(
                f"{made.tariff.code} is charged by the day, and a period begins or ends within one",
                expected="periods from local midnight to local midnight",
            )
        while day < last:
            following = day + timedelta(days=1)
            spans.append(replace(span, start=day_start(day, zone), end=day_start(following, zone), billed=day))
            of.append(number)
            day = following
    spans = [_alone(span) for span in spans]
    days = plan(made.tariff, spans, first=made.axis.first, end=made.axis.end, step_s=made.axis.step_s)
    return days, of


def _alone(span: Span) -> Span:
    """A day of a period: what a register told of the period is in its intervals by now."""
    return replace(span, register_kwh=None, register_received_kwh=None, register_periods=())


def summed(made: Plan, days: Sequence[PricedStatement], of: Sequence[int]) -> list[PricedStatement]:
    """Statements of periods from those of their days: lines of one name and price are added up.

    Args:
        made: the schedule and the periods.
        days: a statement a day.
        of: number of the period of each.
    """
    found = []
    for number, span in enumerate(made.spans):
        own = [day for day, period in zip(days, of, strict=True) if period == number]
        found.append(
            msgspec.structs.replace(
                own[-1],
                start=span.start,
                end=span.end,
                first=own[0].first,
                lines=tuple(_added([line for day in own for line in day.lines])),
                notes=tuple(dict.fromkeys(note for day in own for note in day.notes)),
                estimated=sum(day.estimated for day in own),
            )
        )
    return found


def _added(lines: Sequence[PricedLine]) -> list[PricedLine]:
    alike: dict[tuple[object, ...], list[PricedLine]] = {}
    for line in lines:
        alike.setdefault((line.name, line.kind, line.unit, line.rate), []).append(line)
    order = list(dict.fromkeys(line.name for line in lines))
    return sorted((_sum(some) for some in alike.values()), key=lambda line: order.index(line.name))


def _sum(lines: Sequence[PricedLine]) -> PricedLine:
    first = lines[0]
    why = first.why
    if why is not None:
        why = msgspec.structs.replace(why, said=("{} days, each rounded by itself", len(lines)))
    return msgspec.structs.replace(
        first,
        amount=sum((line.amount for line in lines), start=Decimal(0)),
        quantity=None if first.quantity is None else sum((line.quantity or Decimal(0) for line in lines), Decimal(0)),
        status=least_sure(*(line.status for line in lines)),
        why=why,
    )
