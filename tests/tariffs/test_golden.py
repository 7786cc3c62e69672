"""Bills worked out by hand, each with its arithmetic beside it, against the engine to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from tariffs.golden_files import FOLDER, Golden, goldens
from tariffs.golden_sums import result

from meterbook.model.errors import InputError
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.checking import problems
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price


def priced(golden: Golden) -> list[PricedStatement]:
    usage, spans = golden.usage(), golden.spans()
    made = plan(golden.schedule(), spans, first=usage.first, end=usage.end, step_s=usage.step_s)
    return price(made, usage, golden.who())


def test_no_two_golden_bills_show_the_same() -> None:
    names = [golden.golden for golden in goldens()]
    assert len(names) >= 180
    assert len(set(names)) == len(names)


def test_the_page_beside_them_names_golden_bills_that_are_there_once_for_each_feature() -> None:
    rows = [line.split("|")[1:3] for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("| ")]
    table = [(what.strip(), name.strip()) for what, name in rows[1:]]
    assert len({what for what, _ in table}) == len(table) > 100
    assert [name for _, name in table if name not in {golden.golden for golden in goldens()}] == []


@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: golden.golden)
def test_its_arithmetic_is_right(golden: Golden) -> None:
    for bill in golden.bills:
        assert sum((result(line.sum) for line in bill.lines), start=Fraction(0)) == Fraction(bill.total)


@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: golden.golden)
def test_the_engine_gives_its_lines(golden: Golden) -> None:
    assert list(problems(golden.schedule())) == []
    if golden.refused is not None:
        with pytest.raises(InputError) as refused:
            priced(golden)
        assert golden.refused in str(refused.value)
        return
    found = priced(golden)
    assert len(found) == len(golden.bills)
    for bill, statement in zip(golden.bills, found, strict=True):
        expected = [(line.line, result(line.sum)) for line in bill.lines]
        assert [(line.name, Fraction(line.amount)) for line in statement.lines] == expected
        assert statement.total == Decimal(bill.total)
        if bill.bank is not None:
            assert statement.bank_kwh == Decimal(bill.bank)
        for line, expected_line in zip(statement.lines, bill.lines, strict=True):
            assert expected_line.status in (None, line.status)
            assert expected_line.kwh is None or line.quantity == Decimal(expected_line.kwh)
        assert bill.status in (None, statement.status)
        for note in bill.notes or []:
            assert any(note in one for one in statement.notes)


@pytest.mark.parametrize(
    "text", ["2 × 3 = 7", "1 ÷ 3 ≈ 0.34", "2.345 ↓ 2.35", "2.345 ↑ 2.34", "2 × 3", "2 3 = 6", "1 + 1 = 2 = 3"]
)
def test_a_wrong_sum_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        result(text)


def test_sums_are_read_as_people_write_them() -> None:
    assert result("1,000 kWh × 0.12 $ = 120.00; 7 % × (120 − 20) + 2.5 ÷ 5 = 7.5") == Fraction(15, 2)
    assert result("0.125 ≈ 0.13") == Fraction(13, 100)
    assert result("−0.5 × 3 ↑ −2") == -2
    assert result("√(3 × 3 + 4 × 4) = 5") == 5
