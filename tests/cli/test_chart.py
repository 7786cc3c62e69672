"""Bars and sparks of text."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from meterbook.cli.chart import bar, coloured, spark
from meterbook.model.channel import Channel, FlowDirection


@pytest.mark.parametrize(
    ("value", "text"), [(8, "████"), (4, "██"), (5, "██▌"), (0.01, "▏"), (0, ""), (-3, ""), (9, "████")]
)
def test_a_bar_is_as_long_as_its_share(value: float, text: str) -> None:
    assert bar(value, 8, 4) == text


def test_bars_take_decimals_and_a_largest_of_zero() -> None:
    assert bar(Decimal("1.5"), Decimal(3), 2) == "█"
    assert bar(0, 0, 5) == ""


def test_a_spark_has_zero_at_its_foot_and_blanks_for_what_is_missing() -> None:
    assert spark([0, 1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇██"
    assert spark([1, None, float("nan"), -1, 1]) == "█  ▁█"
    assert spark([0, 0]) == "▁▁"
    assert spark([]) == ""


def test_colour_adds_to_what_reads_without_it_and_no_color_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    delivered = Channel(utility="u", account="1", service_location="2", meter="m")
    received = replace(delivered, flow=FlowDirection.RECEIVED)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured("██", delivered) != coloured("██", received)
    assert "██" in coloured("██", delivered)
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("██", delivered) == "██"
