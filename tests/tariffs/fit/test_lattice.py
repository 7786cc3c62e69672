"""The search for prices against trying everything on small grids: the same combinations, no more and no less."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.tariffs.fit.bounds import Polytope
from meterbook.tariffs.fit.equation import Equation, Group, Mode, Unknown, rounded
from meterbook.tariffs.fit.interval import before_rounding, multiples
from meterbook.tariffs.fit.lattice import solve

CENT = Fraction(1, 100)
MODES = st.sampled_from(get_args(Mode))
QUANTITIES = st.fractions(min_value=-30, max_value=30, max_denominator=8)


@given(MODES, st.integers(-12, 12), QUANTITIES, st.fractions(-1, 1, max_denominator=300))
def test_an_interval_holds_just_the_multiples_that_are_rounded_to_the_amount(
    mode: Mode, cents: int, quantity: Fraction, constant: Fraction
) -> None:
    step, amount = Fraction(1, 2000), cents * CENT
    found = multiples(before_rounding(amount, mode), quantity, constant, step)
    tried = [one for one in range(-900, 900) if rounded(constant + quantity * one * step, mode) == amount]
    if found is None:
        assert len(tried) in (0, 1800)
        assert tried
    else:
        inside = list(range(max(found[0], -900), min(found[1], 899) + 1))
        assert inside == tried


@st.composite
def _systems(draw: st.DrawFn) -> tuple[list[Unknown], list[Equation]]:
    """Two or three unknowns on small grids, and amounts that secret prices give, now and then a cent off."""
    count = draw(st.integers(1, 3))
    steps = [CENT, Fraction(1, 1000), Fraction(1, 200)]
    unknowns = [Unknown(key=one, step=steps[one], low=-3, high=draw(st.integers(0, 9))) for one in range(count)]
    secret = {one.key: one.step * draw(st.integers(one.low, one.high)) for one in unknowns}
    equations = []
    for bill in range(draw(st.integers(1, 5))):
        keys = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=4))
        together, mode = draw(st.booleans()), draw(MODES)
        terms = [(key, draw(QUANTITIES)) for key in keys]
        groups = (
            (Group(terms=tuple(terms), mode=mode),)
            if together
            else tuple(Group(terms=(one,), mode=mode) for one in terms)
        )
        equation = Equation(bill=bill, amount=Fraction(0), groups=groups)
        off = draw(st.sampled_from([0, 0, 0, 0, 1]))
        equations.append(Equation(bill=bill, amount=equation.made(secret) + off * CENT, groups=groups))
    return unknowns, equations


@settings(max_examples=150, deadline=None)
@given(_systems())
def test_what_is_found_is_what_trying_every_combination_finds(
    system: tuple[list[Unknown], list[Equation]],
) -> None:
    unknowns, equations = system
    found: dict[int, set[tuple[int, ...]]] = {}
    for part in solve(unknowns, equations):
        tried = {
            point
            for point in product(*(range(one.low, one.high + 1) for one in part.unknowns))
            if all(
                one.holds({name.key: name.step * value for name, value in zip(part.unknowns, point, strict=True)})
                for one in part.equations
            )
        }
        assert part.points is not None
        assert set(part.points) == tried
        assert len(part.points) == len(tried)
        assert part.none == (not tried)
        for place, (low, high) in enumerate(part.ranges):
            if tried:
                assert (low, high) == (min(one[place] for one in tried), max(one[place] for one in tried))
        found |= {one.key: tried for one in part.unknowns}  # type: ignore[misc]
    assert len(found) == len(unknowns)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(-4, 4), min_size=2, max_size=2), st.integers(-6, 12)), min_size=0, max_size=5
    )
)
def test_bounds_are_never_narrower_than_the_points_and_reach_a_corner(rows: list[tuple[list[int], int]]) -> None:
    given_ = [((Fraction(a[0]), Fraction(a[1])), Fraction(b)) for a, b in rows]
    polytope = Polytope([Fraction(-2)] * 2, [Fraction(5)] * 2, given_)
    extent = polytope.extent(0)
    quarters = [Fraction(one, 4) for one in range(-8, 21)]
    inside = [x for x, y in product(quarters, quarters) if all(a[0] * x + a[1] * y <= b for a, b in given_)]
    if extent is None:
        assert not inside
        return
    assert all(extent[0] <= x <= extent[1] for x in inside)
    corners = _corners(given_)
    assert extent == (min(x for x, _ in corners), max(x for x, _ in corners))


def _corners(rows: list[tuple[tuple[Fraction, Fraction], Fraction]]) -> list[tuple[Fraction, Fraction]]:
    one, none = Fraction(1), Fraction(0)
    lines = [*rows, ((one, none), 5 * one), ((-one, none), 2 * one), ((none, one), 5 * one), ((none, -one), 2 * one)]
    found = []
    for (a, b), (c, d) in product(lines, lines):
        cross = a[0] * c[1] - a[1] * c[0]
        if cross:
            point = (b * c[1] - d * a[1]) / cross, (a[0] * d - c[0] * b) / cross
            if all(e[0] * point[0] + e[1] * point[1] <= f for e, f in lines):
                found.append(point)
    return found


def test_a_fixed_charge_and_a_price_come_out_of_totals_alone() -> None:
    """Facilities 32.33 and 0.0998 a kWh: two unknown numbers, no line told."""
    unknowns = [
        Unknown(key="fixed", step=CENT, low=0, high=100_000),
        Unknown(key="energy", step=Fraction(1, 100_000), low=0, high=100_000),
    ]
    secret = {"fixed": Fraction("32.33"), "energy": Fraction("0.0998")}
    equations = []
    for bill, kwh in enumerate(("812", "1204.5", "2391.214", "433")):
        groups = Group(terms=(("fixed", Fraction(1)),)), Group(terms=(("energy", Fraction(kwh)),))
        made = Equation(bill=bill, amount=Fraction(0), groups=groups).made(secret)
        equations.append(Equation(bill=bill, amount=made, groups=groups))
    (solved,) = solve(unknowns, equations)
    assert solved.only
    assert solved.prices() == secret


def test_four_unknowns_of_many_totals_come_out_alone() -> None:
    keys = ("fixed", "energy", "demand", "rider")
    secret = dict(
        zip(keys, (Fraction("110.25"), Fraction("0.05645"), Fraction("8.75"), Fraction("14.31")), strict=True)
    )
    steps = (CENT, Fraction(1, 100_000), CENT, CENT)
    unknowns = [Unknown(key=key, step=step, low=0, high=200_000) for key, step in zip(keys, steps, strict=True)]
    equations = []
    for bill in range(24):
        kwh, kw = Fraction(9000 + 977 * (bill * 7 % 13)), Fraction(300 + 41 * (bill * 5 % 11), 10)
        parts = [("fixed", Fraction(1)), ("energy", kwh), ("demand", kw)] + (
            [("rider", Fraction(1))] if bill % 2 else []
        )
        groups = tuple(Group(terms=(one,)) for one in parts)
        made = Equation(bill=bill, amount=Fraction(0), groups=groups).made(secret)
        equations.append(Equation(bill=bill, amount=made, groups=groups))
    (solved,) = solve(unknowns, equations)
    assert solved.only
    assert solved.prices() == secret
