"""Whatever the secret prices and however bills show them: what is found never leaves the secret out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tariffs.fit.secret import bill, with_wpca

from meterbook.tariffs.fit.joint import Case, fit

KWH = st.decimals(min_value=0, max_value=4000, places=3)
PRICE = st.decimals(min_value=0, max_value=1, places=5)


@settings(max_examples=25, deadline=None)
@given(
    st.decimals(min_value=0, max_value=90, places=2),
    PRICE,
    PRICE,
    st.lists(st.tuples(st.integers(1, 12), KWH), min_size=1, max_size=9),
    st.sampled_from(["lines", "folded"]),
)
def test_the_secret_is_always_among_what_is_left(
    fixed: Decimal, summer: Decimal, winter: Decimal, used: list[tuple[int, Decimal]], show: str
) -> None:
    prices = {
        "fixed": str(fixed), "summer": str(summer), "winter": str(winter), "WPCA": "0.001", "tax": "0.07",
    }  # fmt: skip
    schedule = with_wpca("0.001")
    cases = [
        Case(tariff=schedule, bill=bill(at, date(2025, month, 1), str(kwh), prices=prices, show=show))
        for at, (month, kwh) in enumerate(used)
    ]
    found = fit(cases)
    assert found.spoiled == ()
    secret = {"Facilities charge": fixed, "Energy, summer": summer, "Energy, winter": winter}
    for one in found.fitted:
        name = str(one.place)
        assert one.low <= secret[name] <= one.high, name
        if one.decides is not None and one.decides.left == 1 and not one.with_:
            assert one.decides.quantity <= Fraction(1, 100) / Fraction(one.step)
