"""Findings of the rules in a book: opened, renewed, made one, and closed once they no longer hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis" / "vee"))

from homes import TZ, changed, daily, home, without

from meterbook.analysis.vee import Rule
from meterbook.model.finding import Finding
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake
from meterbook.store.records import Records, StoredFinding
from meterbook.sync.validation import Validated, check_account

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 96


class Shelf:
    """A book's records and lake, to put readings in and to validate."""

    def __init__(self, folder: Path) -> None:
        self.records = Records.open(folder / "records.sqlite")
        self.lake = ReadingsLake.open(folder)

    def put(self, *series: IntervalSeries) -> int:
        with self.lake.writing():
            provenance = Provenance(kind=SourceKind.FILE, source="a file", at=NOW)
            (load,) = self.records.begin_loads([provenance])
            ids = self.records.channel_ids([one.channel for one in series])
            self.lake.write(
                [Batch(channel_id=number, load_id=load, series=one) for number, one in zip(ids, series, strict=True)]
            )
        return load

    def check(self, since: int | None = None, **options: object) -> Validated:
        return check_account(
            self.records,
            self.lake,
            account="1",
            utility="ccec",
            tz=TZ,
            at=NOW,
            since=since,
            **options,  # type: ignore[arg-type]
        )

    def standing(self, name: str | None = None) -> list[StoredFinding]:
        return self.records.findings(account="1", name=name, open_only=True)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.records.close()


def spiked(*at: int) -> IntervalSeries:
    value = home().value.copy()
    value[list(at)] = 40_000
    return changed(home(), value)


def test_a_finding_is_kept_with_its_channel_and_seen_again_is_the_same(shelf: Shelf) -> None:
    shelf.put(spiked(6000), daily(spiked(6000)))
    first, second = shelf.check(), shelf.check()
    assert (first.new, second.new, second.closed) == (1, 0, 0)
    (stored,) = shelf.standing()
    (fine,) = shelf.records.channel_ids([home().channel])
    assert (stored.finding.name, stored.channel_id) == ("vee.spike", fine)


def test_a_finding_closes_once_a_revision_has_put_it_right(shelf: Shelf) -> None:
    shelf.put(spiked(6000))
    shelf.check()
    shelf.put(home())
    assert shelf.check(since=int(home().start[5900])).closed == 1
    assert shelf.standing() == []
    assert len(shelf.records.findings(account="1")) == 1  # it stays on record


def test_what_lies_before_the_time_judged_is_left_alone(shelf: Shelf) -> None:
    shelf.put(spiked(6000))
    shelf.check()
    shelf.put(home())
    assert shelf.check(since=int(home().start[9000])).closed == 0
    assert len(shelf.standing()) == 1


def test_other_rules_and_findings_of_other_kinds_are_left_alone(shelf: Shelf) -> None:
    shelf.put(spiked(6000))
    start = int(home().start[6000])
    other = Finding(name="time.autumn-ambiguous", message="an hour", start=start, end=start + 900)
    shelf.records.add_findings(channel_id=1, account="1", findings=[other], load_id=None, at=NOW, utility="ccec")
    shelf.check()
    shelf.put(home())
    assert shelf.check(rules=[Rule.STUCK]).closed == 0
    assert {one.finding.name for one in shelf.standing()} == {"vee.spike", "time.autumn-ambiguous"}


def test_a_fault_that_goes_on_is_one_finding_from_one_sync_to_the_next(shelf: Shelf) -> None:
    value = home().value.copy()
    value[40 * DAY :] = 0
    dead = changed(home(), value)
    for days in (50, 90, 118, 120):
        shelf.put(dead.clip(0, int(home().start[days * DAY - 1]) + 1))
        shelf.check(since=int(home().start[(days - 3) * DAY]))
        (stored,) = shelf.standing("vee.zero-run")
        assert stored.finding.start == int(home().start[40 * DAY])
        assert stored.finding.end == int(home().start[days * DAY - 1]) + 900


def test_a_dry_look_stores_nothing(shelf: Shelf) -> None:
    shelf.put(spiked(6000))
    assert [one.finding.name for one in shelf.check(keep=False).found] == ["vee.spike"]
    assert shelf.records.findings() == []


def test_a_gap_that_is_filled_part_by_part_is_one_finding_at_a_time(shelf: Shelf) -> None:
    shelf.put(without(home(), 6000, 6100))
    shelf.check()
    shelf.put(home().clip(int(home().start[6000]), int(home().start[6040])))
    shelf.check(since=int(home().start[5990]))
    (stored,) = shelf.standing()
    assert stored.finding.data["intervals"] == 60
    shelf.put(home())
    shelf.check(since=int(home().start[5990]))
    assert shelf.standing() == []


def test_a_note_on_estimates_closes_once_readings_have_come_in_their_place(shelf: Shelf) -> None:
    estimated = replace(home().clip(int(home().start[6000]), int(home().start[6010])))
    shelf.put(without(home(), 6000, 6010))
    shelf.put(replace(estimated, quality=np.full(10, Quality.ESTIMATED, np.int8), value=estimated.value + 1))
    span = int(home().start[6000]), int(home().start[6010])
    note = Finding(name="vee.estimated", message="10 readings", start=span[0], end=span[1])
    shelf.records.add_findings(channel_id=1, account="1", findings=[note], load_id=None, at=NOW, utility="ccec")
    assert (shelf.check().closed, len(shelf.standing())) == (0, 1)
    shelf.put(estimated)
    assert (shelf.check(since=span[0]).closed, shelf.standing()) == (1, [])
