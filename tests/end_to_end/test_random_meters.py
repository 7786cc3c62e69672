"""Random zones, years, gaps, exchanges and revisions: what the meter held is stored, or marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
from full_counts import Count
from house import (
    FAR,
    account_numbers,
    ambiguous,
    connect,
    differing,
    explained,
    filled,
    meter_series,
    move_today,
    same_register,
)

from meterbook.book import Book
from meterbook.model.calendar import day_start, local_date, zone
from meterbook.model.channel import MONTH_S
from meterbook.model.series import IntervalSeries
from meterbook.practice.server import running
from meterbook.practice.settings import FallNight, GapStyle, Settings, SpringNight
from meterbook.practice.truth import series as true_series
from meterbook.practice.usage_file import UsageFile
from meterbook.sync.settings import Settings as SyncSettings

ZONES = ["America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Anchorage"]


def random_file(random: Random, name: str) -> UsageFile:
    """Five weeks around a clock night, with random holes, of random length and fineness."""
    tz = zone(name)
    year = random.randint(2008, 2025)
    night = random.choice([date(year, 3, 10), date(year, 11, 4)])
    first, end = (day_start(night + timedelta(days=days), tz) for days in (-random.randint(10, 20), 15))
    step = random.choice([300, 900, 1800, 3600])
    starts = np.arange(first, end, step, dtype=np.int64)
    keep = np.ones(len(starts), np.bool_)
    for _ in range(random.randint(0, 12)):
        hole = random.randrange(1, len(starts) - 1)
        keep[hole : hole + random.choice([1, 1, 2, 3, 7, 50, 200])] = False
    keep[[0, -1]] = True
    scale = random.choice([2, 3, 4, 6])
    values = np.array([random.randint(0, 9 * 10**scale) for _ in starts], np.int64)
    return UsageFile(
        name="random.csv", start=starts[keep], value=values[keep], scale=scale, step_s=step, notes=()
    )  # fmt: skip


def never_sent(true: IntervalSeries, settings: Settings) -> set[int]:
    """Readings of an autumn night's second hour that such a portal loses, without one in the first hour."""
    if settings.fall is not FallNight.SECOND_LOST:
        return set()
    starts = set(true.start.tolist())
    wall = [datetime.fromtimestamp(at, settings.tz) for at in sorted(starts)]
    return {at for at, local in zip(sorted(starts), wall, strict=True) if local.fold and at - 3600 not in starts}


def test_random_gaps_in_random_zones_come_back_as_they_were(tmp_path: Path, count: Count) -> None:
    for trial in count("random meters", quick=6, full=200):
        random = Random(trial)
        name = random.choice(ZONES)
        usage = random_file(random, name)
        settings = Settings(
            today=local_date(usage.last, zone(name)) + timedelta(days=1), zone=name, usage=usage, pending=0,
            fall=random.choice(list(FallNight)), spring=random.choice(list(SpringNight)),
            gaps=random.choice([GapStyle.ABSENT, GapStyle.NULL]), seed=random.randint(1, 9999),
            float_noise=random.random() < 0.3,
        )  # fmt: skip
        book, report = filled(tmp_path / str(trial), settings, "household")
        assert report.complete, report
        (account,) = account_numbers(settings, "household")
        (true,) = [one for one in true_series(settings, account) if one.channel.interval_s == usage.step_s]
        (stored,) = meter_series(book, account)
        # A portal that loses the second pass of the repeated hour sends nothing at all of a time that the first pass
        # lacks too. Then nothing on the wire is odd: the reading is missing, as any other that was not sent.
        unsent = never_sent(true, settings)
        assert not unsent & set(stored.start.tolist())
        wrong = differing(stored, true) - unsent
        findings = [one.finding for one in book.records.findings() if one.finding.name.startswith("time.")]
        context = f"{name}, {settings.fall}, {settings.spring}, from {usage.first}, step {usage.step_s}"
        assert wrong == explained(wrong, findings), context
        assert ambiguous(stored) == explained(ambiguous(stored), findings), context
        if settings.fall in (FallNight.REPEATED, FallNight.INTERLEAVED) and settings.spring is SpringNight.SKIPPED:
            # The only reading that may stand elsewhere is one of the repeated hour that lost its twin and is marked.
            assert wrong <= {at + move for at in ambiguous(stored) for move in (0, 3600, -3600)}, context
        book.close()


def test_exchanges_outages_and_revisions_come_back_as_they_were(tmp_path: Path, count: Count) -> None:
    for trial in count("random members", quick=3, full=40):
        random = Random(trial)
        story = random.choice(["exchange", "outage", "revised", "newcomer", "solar"])
        name = random.choice(ZONES)
        first = date(random.randint(2019, 2026), random.randint(1, 12), random.randint(1, 28))
        settings = Settings(today=first, zone=name, pending=0, seed=random.randint(1, 9999), anchor=first)
        later = replace(settings, today=first + timedelta(days=random.choice([3, 9, 12])))
        since = first - timedelta(days=random.randint(20, 60))
        book = Book.open(tmp_path / str(trial))
        with running(settings) as practice:
            connect(book, settings, practice.listening.url, story)
            assert book.sync(settings=SyncSettings(since=since)).complete
            assert book.sync().complete  # and all that was there before
            # Days pass: estimates are revised and outages filled in, and the next sync brings just that.
            move_today(practice.listening.url, later.today)
            assert book.sync().complete
        for account in account_numbers(later, story):
            for true in true_series(later, account, posted=True):
                expected = true.clip(later.data_start, FAR)
                if true.channel.interval_s >= MONTH_S or not len(expected):
                    continue
                stored = same_register(meter_series(book, account), true).clip(later.data_start, FAR)
                assert not differing(stored, expected), f"{story} in {name} as of {later.today}, seed {later.seed}"
        book.close()
