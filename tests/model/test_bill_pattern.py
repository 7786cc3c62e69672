"""Row patterns of bill templates: what fits, what each value takes, and what is no pattern."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats.bills.template_parse import opening, parsed
from meterbook.model.bill_pattern import BadPattern, Pattern, ValueType
from meterbook.model.bill_sums import BadSum, added, sides, terms
from meterbook.model.bill_template import LINE_TYPES, STATEMENT_TYPES

CENTS = st.integers(-99_999_999, 99_999_999).map(lambda cents: Decimal(cents).scaleb(-2))


def line(pattern: str, row: str) -> dict[str, str] | None:
    """Values of a row by a line's pattern."""
    return Pattern(pattern, LINE_TYPES).match(row)


@pytest.mark.parametrize(
    ("pattern", "row", "values"),
    [
        ("{label} {amount}", "Grid Access $31.50", {"label": "Grid Access", "amount": "$31.50"}),
        ("{label} {amount}", "2015 WRAM/MCBA Surcharge 5.05", {"label": "2015 WRAM/MCBA Surcharge", "amount": "5.05"}),
        ("{label} {amount}", "Paperless Bill Credit - . 38", {"label": "Paperless Bill Credit", "amount": "- . 38"}),
        ("{label} {amount}", "First 1,500 kWh", None),
        ("{label} {quantity} {unit:kWh} {rate} {amount}", "First 1,500 kWh 1,500 kWh 0.1085 162.75",
         {"label": "First 1,500 kWh", "quantity": "1,500", "unit": "kWh", "rate": "0.1085", "amount": "162.75"}),
        ("<First {quantity} therms> @ {rate} {amount}", "First 45.0 therms @ $.9537 42. 92",
         {"label": "First 45.0 therms", "quantity": "45.0", "rate": "$.9537", "amount": "42. 92"}),
        ("{label} [at {rate} ]{amount}", "Energy 3.00", {"label": "Energy", "amount": "3.00"}),
        ("{label} [at {rate} ]{amount}", "Energy at 0.10 3.00", {"label": "Energy", "rate": "0.10", "amount": "3.00"}),
        ("total {any} {amount}", "TOTAL of it all 3.00", {"amount": "3.00"}),
        ("{label} {amount}", "x" * 700 + " 3.00", None),
    ],
)  # fmt: skip
def test_a_row_fits_from_end_to_end(pattern: str, row: str, values: dict[str, str] | None) -> None:
    assert line(pattern, row) == values


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{label",
        "label}",
        "[{label}",
        "{label}]",
        "{label} {label}",
        "{zorp}",
        "{Label}",
        "<{quantity}",
        "{label} <x>",
    ],
)
def test_what_is_no_pattern_is_said_to_be_none(pattern: str) -> None:
    with pytest.raises(BadPattern):
        Pattern(pattern, LINE_TYPES)


@given(amount=CENTS, style=st.sampled_from(["-{0}", "{0}-", "({0})", "{0} CR", "-${0}", "$-{0}", "- ${0}"]))
def test_an_amount_is_read_however_its_sign_is_printed(amount: Decimal, style: str) -> None:
    printed = style.format(f"{abs(amount):,.2f}") if amount < 0 else f"${amount:,.2f}"
    assert parsed(ValueType.MONEY, printed) == amount
    found = Pattern("{text} {amount_due}", STATEMENT_TYPES).match(f"Please pay {printed}")
    assert found is not None
    assert parsed(ValueType.MONEY, found["amount_due"]) == amount


@given(amount=CENTS.filter(lambda amount: amount >= 0), more=st.sampled_from(["1", "9", "5.00", ",000"]))
def test_an_amount_is_never_a_part_of_a_longer_number(amount: Decimal, more: str) -> None:
    assert opening(ValueType.MONEY, f"{amount:.2f}{more}") is None


@pytest.mark.parametrize("text", ["02/30/2026", "13/13/2026", "Feb 30 2026"])
def test_a_day_that_is_none_is_not_read(text: str) -> None:
    assert parsed(ValueType.DATE, text) is None


def test_a_sum_counts_what_may_be_missing_as_nothing() -> None:
    values = {"a": Decimal(5), "b": Decimal(2)}
    assert added(terms("a - b + c?"), values) == Decimal(3)
    assert added(terms("a + c"), values) == "c"


@pytest.mark.parametrize("text", ["", "a b", "a +", "a * b", "a + 1"])
def test_what_is_no_sum_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadSum):
        terms(text)
    with pytest.raises(BadSum):
        sides(f"{text} = a = b")
