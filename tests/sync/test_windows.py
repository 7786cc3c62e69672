"""Cutting time into requests: nothing left out, nothing kept twice, nothing asked that is too wide."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.calendar import day_start, local_date, zone
from meterbook.model.finding import Finding
from meterbook.sync.windows import merged, subtract, tile, tile_months, told_of, wanted

DAY = 86_400


@given(
    name=st.sampled_from(["America/New_York", "America/Phoenix", "America/Anchorage"]),
    start=st.integers(1_500_000_000, 1_800_000_000),
    length=st.integers(1, 1200 * DAY),
    width=st.sampled_from([2, 30, 90]),
)
def test_windows_cover_the_need_exactly_once_and_are_never_too_wide(
    name: str, start: int, length: int, width: int
) -> None:
    tz = zone(name)
    cuts = tile((start, start + length), width_days=width, tz=tz)
    assert cuts[-1].keep[0] == day_start(local_date(start, tz), tz)
    assert cuts[0].keep[1] >= start + length
    for newer, older in itertools.pairwise(cuts):
        assert older.keep[1] == newer.keep[0]
        assert older.ask[1] - older.keep[1] >= 11 * 3600  # half a day, less a clock change
        assert newer.keep[0] - newer.ask[0] >= 11 * 3600
    for cut in cuts:
        first, end = (datetime.fromtimestamp(edge, tz) for edge in cut.ask)
        assert (first.hour, first.minute, end.hour, end.minute) == (0, 0, 0, 0)
        assert (end.date() - first.date()).days <= width
        assert cut.ask[0] <= cut.keep[0] < cut.keep[1] <= cut.ask[1]


def test_three_years_take_thirty_eight_windows_of_thirty_days() -> None:
    tz = zone("America/New_York")
    start = int(datetime(2023, 11, 25, tzinfo=tz).timestamp())
    end = int(datetime(2026, 11, 25, 7, tzinfo=UTC).timestamp())
    assert len(tile((start, end), width_days=30, tz=tz)) == 38


@given(
    start=st.integers(1_500_000_000, 1_800_000_000),
    length=st.integers(1, 2000 * DAY),
    width=st.sampled_from([2, 13, 24]),
)
def test_month_windows_start_with_months_and_reach_a_month_beyond_what_they_keep(
    start: int, length: int, width: int
) -> None:
    tz = zone("America/New_York")
    cuts = tile_months((start, start + length), width_months=width, tz=tz)
    assert cuts[-1].keep[0] <= start
    assert cuts[0].keep[1] >= start + length
    for newer, older in itertools.pairwise(cuts):
        assert older.keep[1] == newer.keep[0]
        assert (local_date(older.ask[1], tz) - local_date(older.keep[1], tz)).days >= 28
    for cut in cuts:
        first, end = (local_date(edge, tz) for edge in cut.ask)
        assert first.day == 1
        assert (end.year - first.year) * 12 + end.month - first.month + (end.day > 1) <= width


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (min(p), max(p))), max_size=8)


@given(need=st.tuples(st.integers(0, 30), st.integers(31, 60)), done=spans)
def test_subtracting_leaves_just_the_seconds_not_done(need: tuple[int, int], done: list[tuple[int, int]]) -> None:
    left = [second for span in subtract(need, done) for second in range(*span)]
    assert left == [s for s in range(*need) if not any(a <= s < b for a, b in done)]


@given(spans)
def test_merging_keeps_the_same_seconds_in_order(some: list[tuple[int, int]]) -> None:
    assert [s for span in merged(some) for s in range(*span)] == sorted({s for span in some for s in range(*span)})


def test_a_later_run_asks_for_the_new_and_the_settling_and_what_failed() -> None:
    got = wanted(floor=0, horizon=1000, done=[(0, 300), (400, 900)], last=800, settle_s=100)
    assert got == [(300, 400), (700, 1000)]


def test_what_was_empty_after_the_last_reading_is_asked_for_again() -> None:
    assert wanted(floor=0, horizon=1000, done=[(0, 1000)], last=500, settle_s=50) == [(450, 1000)]


def test_a_recent_gap_is_asked_for_again() -> None:
    assert wanted(floor=0, horizon=1000, done=[(0, 1000)], last=990, settle_s=10, gaps=[(600, 640)]) == [
        (600, 640),
        (980, 1000),
    ]


def test_without_any_reading_all_is_wanted() -> None:
    assert wanted(floor=10, horizon=1000, done=[(0, 1000)], last=None, settle_s=10) == [(10, 1000)]


def test_findings_are_cut_to_what_is_kept_and_those_beyond_it_left_to_others() -> None:
    def finding(start: int | None, end: int | None) -> Finding:
        return Finding(name="x", message="", start=start, end=end)

    told = told_of([finding(None, None), finding(0, 10), finding(5, 15), finding(12, 30), finding(20, 25)], (10, 20))
    assert [(one.start, one.end) for one in told] == [(None, None), (10, 15), (12, 20)]
