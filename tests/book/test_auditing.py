"""Bills held against their schedule where the meter was exchanged within a period: both meters are one load."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "analysis" / "bills"))

from practice_history import accounts
from tariffs.fit.practice_sheet import RIDERS, SHEET

from meterbook.analysis.bills.checks import BillRun, check_bills
from meterbook.book.auditing import AccountAudited, audit_account


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sheets = tmp_path / "tariffs" / "practice"
    sheets.mkdir(parents=True)
    (sheets / "R.yaml").write_text(SHEET)
    (sheets / "riders.yaml").write_text(RIDERS)
    return tmp_path


def audited(run: BillRun, folder: Path) -> AccountAudited:
    return audit_account(run, "practice", check_bills(run).agreements, folder=folder)


def test_a_bill_in_whose_period_the_meter_was_exchanged_is_held_against_the_intervals_of_both(folder: Path) -> None:
    whole = next(one.run for one in accounts(1, months=14))
    (series,) = whole.series
    at = len(series) // 2
    meters = [replace(series.channel, meter=name) for name in ("OLD", "NEW")]
    parts = (series.take(slice(0, at)), series.take(slice(at, None)))
    exchanged = replace(
        whole, series=tuple(replace(part, channel=meter) for part, meter in zip(parts, meters, strict=True))
    )
    one, other = audited(whole, folder), audited(exchanged, folder)
    assert [each.billing.intervals for each in other.audited] == [each.billing.intervals for each in one.audited]
    assert [each.billing.kwh for each in other.audited] == [each.billing.kwh for each in one.audited]
    assert other.notes == one.notes
