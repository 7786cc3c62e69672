"""Bills in the layouts of utilities' own pages, each in five variations: every told value right, or refused.

Nothing here was drawn from a bill: wording and order follow what utilities say of their bills, members and amounts are
invented. Accepted bills with a wrong value must be none; the share accepted is asserted so that it cannot fall unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random

import pytest
from full_counts import Count
from layout_drawing import HOSTILE, VARIATIONS, drawn, readings
from layout_pen import BUDGET, RENAMED
from layout_words import Layout, Truth, worked_out
from utility_layouts_more import LAYOUTS

from meterbook.formats.bills import BillReading, ReadStatement, read_pdf


def test_there_are_thirty_layouts_and_more() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS) >= 30


@pytest.mark.parametrize("variation", VARIATIONS)
def test_layouts_of_utilities_are_read_right_or_refused(variation: str, count: Count) -> None:
    wrong, accepted, trials = {}, 0, 0
    for round_number in count(f"utility layouts {variation}", quick=1, full=40):
        for layout in LAYOUTS:
            random = Random(f"{layout.name} {variation} {round_number}")
            truth = worked_out(layout, random)
            reading = read_pdf(drawn(layout, truth, variation, random), name=layout.name)
            trials += 1
            accepted += reading.accepted
            found = list(mistakes(reading, layout, truth, variation)) if reading.accepted else []
            if found:
                wrong[layout.name, round_number] = found
            assert reading.accepted or reading.reasons
    assert wrong == {}
    assert accepted >= 0.8 * trials


@pytest.mark.parametrize("variation", HOSTILE)
def test_a_hostile_print_is_read_right_or_refused(variation: str, count: Count) -> None:
    wrong = {}
    for round_number in count(f"utility layouts {variation}", quick=1, full=40):
        for layout in LAYOUTS:
            random = Random(f"{layout.name} {variation} {round_number}")
            truth = worked_out(layout, random)
            reading = read_pdf(drawn(layout, truth, variation, random), name=layout.name)
            found = list(mistakes(reading, layout, truth, variation)) if reading.accepted else []
            if found:
                wrong[layout.name, round_number] = found
    assert wrong == {}


def mistakes(reading: BillReading, layout: Layout, truth: Truth, variation: str) -> Iterator[str]:
    """What an accepted reading tells that is not so."""
    (one,) = reading.statements
    due = truth.forward + (BUDGET if layout.budget else truth.current)
    days = (truth.end - truth.start).days
    expected: dict[str, object] = {
        "account": truth.account, "bill_date": truth.issued, "period_start": truth.start, "period_end": truth.end,
        "previous_balance": truth.previous, "payments": -truth.paid, "balance_forward": truth.forward,
        "current_charges": truth.current, "amount_due": due, "due_date": truth.due if layout.keys[2] else None,
        "usage": truth.quantities[layout.use] if layout.use else None, "usage_unit": "kWh",
        "rate": layout.rate[1] or None,
        "budget_amount": BUDGET if layout.budget else None,
    }  # fmt: skip
    for name, value in one.fields.items():
        if name == "days" and value in {days, days + 1}:
            continue
        if name == "amount_after_due" and value in {due + Decimal("7.50"), due + Decimal("4.00")}:
            continue
        if value != expected.get(name):
            yield f"{name}: {value} for {expected.get(name)}"
    yield from _lines(one, truth, variation)
    if set(one.services) not in (set(), set(layout.services)):
        yield f"services: {one.services}"
    yield from _meters(one, layout, truth)


def _lines(one: ReadStatement, truth: Truth, variation: str) -> Iterator[str]:
    if [line.amount for line in one.lines] != [line.amount for line in truth.lines]:
        yield f"amounts: {[line.amount for line in one.lines]}"
        return
    for told, line in zip(one.lines, truth.lines, strict=True):
        label = RENAMED.get(line.item.label, line.item.label) if variation == "renamed" else line.item.label
        if told.label != label.strip("()") and told.label != label:
            yield f"label: {told.label} for {label}"
        if told.kind not in {"other", line.item.kind}:
            yield f"{label}: kind {told.kind}"
        if told.section not in {None, line.section}:
            yield f"{label}: under {told.section}"
        product = (told.quantity, told.unit, told.rate)
        rate = Decimal(line.item.rate) if line.quantity is not None else None
        if any(value is not None for value in product) and product != (line.quantity, line.unit, rate):
            yield f"{label}: {product}"


def _meters(one: ReadStatement, layout: Layout, truth: Truth) -> Iterator[str]:
    if not one.meters:
        return
    if len(one.meters) != len(layout.meters):
        yield f"{len(one.meters)} meters"
        return
    for told, spec in zip(one.meters, layout.meters, strict=True):
        if (told.previous, told.present, told.usage) != readings(truth, spec) or told.meter not in {None, spec.number}:
            yield f"meter: {told}"
        if told.register not in {None, spec.register} or told.multiplier not in {None, Decimal(spec.multiplier)}:
            yield f"meter: {told}"
        if told.unit not in {None, {"therms": "therm"}.get(spec.unit, spec.unit)}:
            yield f"meter: {told}"
