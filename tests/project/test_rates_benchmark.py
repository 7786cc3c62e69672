"""`make bench ARGS=rates`: every engine gives the same amounts, and figures say how many meter-years a second."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import rates
from benchmarks.__main__ import lines_of
from benchmarks._rates_others import others
from benchmarks._rates_peers import cases
from benchmarks.figure import Options

WH = np.random.default_rng(7).gamma(2, 120, (2, 35_040)).astype(np.int64)
ONCE = Options(rounds=1)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_ours_by_itself_and_among_many_is_that_by_hand_and_of_pysam(case: rates.Case) -> None:
    figures = list(rates._one(case, WH, ONCE))  # asserts that amounts agree before it times anything
    assert [figure.peer for figure in figures[:3]] == ["read from memory", "NumPy by hand", "read from memory"]
    assert {figure.target for figure in figures[3:]} <= {None, 1 / 10, 1 / 30}
    assert all("meter-years/s beside" in lines_of(figure)[-1] for figure in figures)
    assert max(len(line.removesuffix(" missed")) for figure in figures for line in lines_of(figure)) <= 100


def test_other_engines_agree_where_they_are_installed() -> None:
    found = list(others(cases()))
    if not found:
        pytest.skip("neither ratebook nor ts-tariffs is installed: see benchmarks/_rates_others.py")
    for peer in found:
        figure = rates._beside(peer, WH[0], ONCE)
        assert figure.peer == peer.name
        assert figure.target is None
