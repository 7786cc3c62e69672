"""Whatever a meter held comes out identical, in any zone and year, or marked where the wire can't tell.

The portal's side (wall time written as UTC, and what each variant does to the two nights) is made here with zoneinfo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from smarthub_kit import answer, entry, parse, series, wall_ms

from meterbook.model.quality import Quality

ZONES = ["America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Anchorage"]
Points = list[tuple[int, float | None]]


@dataclass(frozen=True)
class Held:
    """What the meter held: instants and Wh, in order."""

    tz: ZoneInfo
    step_s: int
    readings: dict[int, int]

    def repeated(self, instant: int) -> bool:
        """Whether the instant's wall time occurs twice."""
        local = datetime.fromtimestamp(instant, self.tz)
        return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def nights(year: int) -> tuple[date, date]:
    """Second Sunday of March and first Sunday of November."""
    march, november = date(year, 3, 8), date(year, 11, 1)
    return march + timedelta(days=(6 - march.weekday()) % 7), november + timedelta(days=(6 - november.weekday()) % 7)


@st.composite
def held(draw: st.DrawFn) -> Held:
    tz = ZoneInfo(draw(st.sampled_from(ZONES)))
    step_s = draw(st.sampled_from([900, 1800, 3600]))
    night = draw(st.sampled_from([0, 1, 2]))
    year = draw(st.integers(2010, 2035))
    day = (*nights(year), date(year, 7, 4))[night] - timedelta(days=draw(st.integers(0, 2)))
    start = int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp())
    count = draw(st.integers(48, 300))
    gaps = draw(st.sets(st.integers(0, count - 1), max_size=count // 3))
    seed = draw(st.integers(0, 10_000))
    kept = [index for index in range(count) if index not in gaps]
    return Held(
        tz=tz,
        step_s=step_s,
        readings={start + step_s * index: 1 + (seed + 7919 * index) % 5000 for index in kept},
    )


def sent(meter: Held) -> Points:
    """Variant (a): every interval under its wall time, in order."""
    return [(wall_ms(instant, meter.tz), wh / 1000) for instant, wh in meter.readings.items()]


def received(meter: Held, points: Points) -> tuple[dict[int, int], dict[int, int], set[str]]:
    """What is read for certain, what is marked, and the findings' names."""
    usage = parse(answer(entry(series(points), step_s=meter.step_s)), tz=meter.tz)
    (one,) = usage.series
    assert one.channel.interval_s == meter.step_s
    rows = list(zip(one.start.tolist(), one.value.tolist(), one.quality.tolist(), strict=True))
    certain = {start: value for start, value, quality in rows if quality == Quality.ACTUAL}
    marked = {start: value for start, value, quality in rows if quality == Quality.AMBIGUOUS}
    return certain, marked, {finding.name for finding in usage.findings}


@given(held())
@settings(max_examples=150, deadline=None)
def test_what_the_meter_held_comes_out(meter: Held) -> None:
    certain, marked, findings = received(meter, sent(meter))
    assert certain.items() <= meter.readings.items()
    assert all(meter.repeated(instant) for instant in marked)
    assert len(certain) + len(marked) == len(meter.readings)
    assert sorted([*certain.values(), *marked.values()]) == sorted(meter.readings.values())
    assert findings == ({"time.autumn-ambiguous"} if marked else set())


@given(held())
@settings(max_examples=60, deadline=None)
def test_without_gaps_nothing_is_marked(meter: Held) -> None:
    first, last = min(meter.readings), max(meter.readings)
    whole = Held(
        tz=meter.tz,
        step_s=meter.step_s,
        readings={at: 100 + index % 4900 for index, at in enumerate(range(first, last + 1, meter.step_s))},
    )
    inside = whole.repeated(first) or whole.repeated(last)  # an answer that begins or ends within the night
    certain, marked, _ = received(whole, sent(whole))
    if not inside:
        assert (certain, marked) == (whole.readings, {})


@given(held(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_one_point_for_both_hours_is_marked_and_all_else_identical(meter: Held, merged: bool) -> None:
    folded: dict[int, float] = {}
    for x, y in sent(meter):  # variants (b) and (c) of the autumn night
        assert y is not None
        folded[x] = round(folded.get(x, 0.0) + y, 3) if merged or x not in folded else folded[x]
    certain, marked, findings = received(meter, list(folded.items()))
    elsewhere = {at: wh for at, wh in meter.readings.items() if not meter.repeated(at)}
    assert certain == elsewhere
    assert all(meter.repeated(instant) for instant in marked)
    if merged:
        assert sum(certain.values()) + sum(marked.values()) == sum(meter.readings.values())
    assert findings == ({"time.autumn-ambiguous"} if marked else set())


@given(held(), st.sampled_from([0.0, None]))
@settings(max_examples=60, deadline=None)
def test_phantom_points_of_the_spring_night_change_nothing(meter: Held, y: float | None) -> None:
    points = sent(meter)
    phantoms: Points = []
    for (x, _), (after, _) in pairwise(points):  # variant (b): the skipped wall times, empty
        if after - x == meter.step_s * 1000 + 3_600_000:
            instant = next(at for at in meter.readings if wall_ms(at, meter.tz) == x)
            if instant + meter.step_s in meter.readings and wall_ms(instant + meter.step_s, meter.tz) == after:
                phantoms = [(x + meter.step_s * 1000 * (1 + k), y) for k in range(3600 // meter.step_s)]
    certain, marked, findings = received(meter, sorted([*points, *phantoms], key=lambda point: point[0]))
    plain_certain, plain_marked, plain_findings = received(meter, sorted(points, key=lambda point: point[0]))
    assert (certain, marked) == (plain_certain, plain_marked)
    assert findings - plain_findings == ({"time.spring-phantom"} if phantoms and y is not None else set())
