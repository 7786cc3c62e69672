"""Bills by plain arithmetic with one thing other than the schedule says, and the cause that is told of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem, Statement
from meterbook.model.tariff import Tariff
from meterbook.tariffs.audit import Audited, Billing, audit
from meterbook.tariffs.inputs import Account, Span, Usage

ZONE = ZoneInfo("America/New_York")
FIRST, LAST = date(2025, 6, 3), date(2025, 7, 2)  # 29 days
START, END = (int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) for day in (FIRST, LAST))
WH = np.random.default_rng(2).integers(80, 900, (END - START) // 900)
KWH = Decimal(int(WH.sum())) / 1000
CENT = Decimal("0.01")


def schedule() -> Tariff:
    charges = [
        {"charge": "fixed", "name": "Facilities charge", "amount": "32.33"},
        {"charge": "energy", "name": "Energy", "rates": [{"rate": "0.0998"}]},
        {"charge": "rider", "name": "WPCA", "rider": "WPCA", "unit": "kWh", "month_by": "bill", "values": [
            {"start": "2025-05", "end": "2025-05", "value": "0.00400"},
            {"start": "2025-06", "end": "2025-06", "value": "0.00250"},
            {"start": "2025-07", "end": "2025-07", "value": "0.00110"},
            {"start": "2025-08", "value": "-0.00200"}]},
        {"charge": "rider", "name": "REPS", "kind": "renewable_mandate", "rider": "REPS", "unit": "month",
         "month_by": "bill",
         "values": [{"start": "2025-01", "by_class": {"residential": "0.21", "commercial": "1.15"}}]},
        {"charge": "percent", "name": "NC sales tax", "kind": "tax_sales", "rate": "0.07"},
    ]  # fmt: skip
    old = msgspec.json.decode(msgspec.json.encode(charges))
    old[0]["amount"], old[1]["rates"] = "29.13", [{"rate": "0.0901"}]
    versions = [{"start": "2014-07-01", "charges": old}, {"start": "2024-04-01", "charges": charges}]
    fields = {"format": "meterbook-tariff/1", "utility": "test", "code": "R", "name": "R", "zone": ZONE.key}
    return msgspec.convert({**fields, "versions": versions}, Tariff, strict=False)


def cents(amount: Decimal, mode: str = ROUND_HALF_UP) -> Decimal:
    return amount.quantize(CENT, mode)


def bill(
    *,
    kwh: Decimal = KWH,
    facilities: str = "32.33",
    energy: str = "0.0998",
    wpca: str = "0.00110",
    reps: str = "0.21",
    mode: str = ROUND_HALF_UP,
    by_line: bool = False,
    folded: bool = False,
    off: str = "0",
) -> Statement:
    """The bill of 29 days, billed on 5 July, by plain arithmetic."""
    parts = [
        cents(Decimal(facilities), mode), cents(kwh * Decimal(energy), mode) + Decimal(off),
        cents(kwh * Decimal(wpca), mode), cents(Decimal(reps), mode),
    ]  # fmt: skip
    tax = sum(cents(one * Decimal("0.07")) for one in parts) if by_line else cents(sum(parts) * Decimal("0.07"), mode)
    kinds = (
        LineKind.FIXED_CHARGE, LineKind.ENERGY, LineKind.POWER_COST_ADJUSTMENT, LineKind.RENEWABLE_MANDATE,
    )  # fmt: skip
    lines = [LineItem(kind=kind, label=kind.value, amount=one) for kind, one in zip(kinds, parts, strict=True)]
    lines[1] = replace(lines[1], quantity=kwh, unit="kWh", rate=Decimal(energy))
    if folded:
        lines[:2] = [replace(lines[1], amount=parts[0] + parts[1])]
    lines.append(LineItem(kind=LineKind.TAX_SALES, label="NC Sales Tax", amount=Decimal(tax)))
    return Statement(
        account="1",
        bill_date=date(2025, 7, 5),
        period_start=FIRST,
        period_end=LAST,
        usage=kwh,
        usage_unit="kWh",
        current_charges=sum((one.amount for one in lines), start=Decimal(0)),
        lines=tuple(lines),
    )


def audited(statement: Statement, **changes: Any) -> Audited:
    usage = Usage(first=START, step_s=900, scale=3, delivered=WH.astype(np.int64))
    billing = Billing(
        bill=statement,
        span=Span(start=START, end=END, billed=statement.bill_date),
        usage=usage,
        account=Account(kind="residential"),
        intervals=True,
    )
    return audit(schedule(), replace(billing, **changes), ["residential", "commercial"])


def test_a_bill_that_is_what_its_schedule_makes_agrees() -> None:
    assert audited(bill()).agrees


def test_a_bill_that_folds_the_fixed_charge_into_the_energy_agrees_by_what_both_come_to() -> None:
    assert audited(bill(folded=True)).agrees


def test_a_bill_without_lines_is_held_against_its_total() -> None:
    whole = bill()
    assert audited(replace(whole, lines=())).agrees
    off = replace(whole, lines=(), current_charges=(whole.current_charges or Decimal(0)) + CENT)
    (pair,) = audited(off).pairs
    assert (pair.name, pair.printed - pair.made) == ("total", CENT)


@pytest.mark.parametrize(
    ("made", "cause", "words"),
    [
        ({"wpca": "0.00250"}, "rider-month", "WPCA is that of the month before"),
        ({"wpca": "-0.00200"}, "rider-month", "WPCA is that of the month after"),
        ({"facilities": str(Decimal("32.33") * 29 / 30)}, "proration", "monthly amounts are by days of 30"),
        ({"facilities": "29.13", "energy": "0.0901"}, "version", "prices are those in force since 2014-07-01"),
        ({"reps": "1.15"}, "class", "billed as commercial"),
        ({"mode": ROUND_DOWN}, "rounding", "lines are rounded down"),
        ({"by_line": True}, "rounding", "tax is rounded line by line"),
    ],
)
def test_one_thing_that_is_other_is_told_as_the_cause(made: dict[str, Any], cause: str, words: str) -> None:
    found = audited(bill(**made))
    assert not found.agrees
    assert (cause, words) in [(one.name, one.words) for one in found.causes]


def test_other_kwh_than_those_of_the_intervals_are_told_with_both() -> None:
    kwh = KWH + Decimal("17.4")
    (cause,) = audited(bill(kwh=kwh)).causes
    assert cause.name == "reads"
    assert f"{kwh.normalize():,f} kWh are billed and the intervals have {KWH.normalize():,f}" in cause.words


def test_other_kwh_and_another_month_of_the_rider_are_told_together() -> None:
    (cause,) = audited(bill(kwh=KWH - 3, wpca="0.00250")).causes
    assert cause.name == "rider-month"
    assert cause.words.startswith("WPCA is that of the month")
    assert cause.words.endswith(f"kWh are billed and the intervals have {KWH.normalize():,f}")


def test_what_nothing_explains_shows_both_sums() -> None:
    found = audited(bill(off="1.37"))
    assert found.causes == ()
    energy = next(one for one in found.pairs if one.name == "energy")
    assert energy.printed - energy.made == Decimal("1.37")
    assert energy.printed_by == energy.made_by == f"{KWH:,f} kWh × 0.0998".replace(",", ",")


def test_a_fixed_charge_for_each_meter_is_explained_by_their_number() -> None:
    tariff = schedule()
    charges = list(tariff.versions[1].charges)
    charges[0] = msgspec.structs.replace(charges[0], each="meter")  # type: ignore[call-arg]
    versions = [tariff.versions[0], msgspec.structs.replace(tariff.versions[1], charges=charges)]
    usage = Usage(first=START, step_s=900, scale=3, delivered=WH.astype(np.int64))
    billing = Billing(
        bill=bill(facilities="64.66"), span=Span(start=START, end=END, billed=date(2025, 7, 5)), usage=usage,
        account=Account(kind="residential"), intervals=True,
    )  # fmt: skip
    found = audit(msgspec.structs.replace(tariff, versions=versions), billing, ["residential"])
    assert [(one.name, one.words) for one in found.causes] == [("meters", "billed for 2 meters instead of 1")]


def test_a_register_alone_prices_a_flat_schedule_and_is_refused_where_hours_count() -> None:
    whole = Usage(first=START, step_s=END - START, scale=3, delivered=np.array([int(KWH * 1000)], np.int64))
    assert audited(bill(), usage=whole, intervals=False).agrees
    tariff = schedule()
    assert timedelta(seconds=END - START) == timedelta(days=29)
    timed = msgspec.to_builtins(tariff)
    timed["periods"] = {"tou": {"on": [{"start": "14:00", "end": "18:00"}], "off": "rest"}}
    timed["versions"][1]["charges"][1]["rates"] = [{"period": "on", "rate": "0.2"}, {"period": "off", "rate": "0.1"}]
    billing = Billing(
        bill=bill(), span=Span(start=START, end=END), usage=whole, account=Account(kind="residential"), intervals=False
    )
    found = audit(msgspec.convert(timed, Tariff, strict=False), billing)
    assert found.priced is None
    assert "can't be divided into the periods" in (found.why_not or "")
