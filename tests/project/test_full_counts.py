"""The counting of trials: the same trials everywhere, gone on with after a stop, forgotten when the code changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from full_counts import DEFAULT_SEED, Settings, Tally, Trial, trials

NAME = "sync killed"


def numbers_run(
    settings: Settings, *, quick: int = 3, full: int = 20, code: str = "a", fail_at: int | None = None
) -> list[int]:
    """Trial numbers that a test body would see; the body fails at one of them when told to."""
    tally = Tally(name=NAME, total=full, seed=settings.seed, full=settings.full)
    seen = []
    running = trials(tally, settings, quick=quick, code=code)
    for trial in running:
        seen.append(trial.number)
        if trial.number == fail_at:
            running.close()
    return seen


@pytest.fixture
def full(tmp_path: Path) -> Settings:
    return Settings(full=True, seed=7, folder=tmp_path / "counts")


def test_a_quick_run_takes_the_same_few_trials_of_the_full_run_every_time() -> None:
    quick = Settings(full=False, seed=7)
    first = numbers_run(quick)
    assert len(first) == 3
    assert first == sorted(first) == numbers_run(quick)
    assert set(first) <= set(range(20))


def test_another_seed_takes_other_trials() -> None:
    chosen = {tuple(numbers_run(Settings(full=False, seed=seed), full=1000)) for seed in range(20)}
    assert len(chosen) == 20


def test_a_trial_is_the_same_number_in_every_run() -> None:
    assert Trial(seed=7, name=NAME, number=3) == Trial(seed=7, name=NAME, number=3)
    assert Trial(seed=7, name=NAME, number=3) != Trial(seed=7, name=NAME, number=4)
    assert Trial(seed=7, name=NAME, number=3) != Trial(seed=8, name=NAME, number=3)
    assert Trial(seed=7, name=NAME, number=3) == 3_434_366_672


def test_a_full_run_goes_on_where_a_failure_stopped_it(full: Settings) -> None:
    assert numbers_run(full, fail_at=11) == list(range(12))
    assert numbers_run(full) == list(range(11, 20))
    assert numbers_run(full) == []


def test_the_tally_says_what_came_from_an_earlier_run(full: Settings) -> None:
    numbers_run(full, fail_at=12)
    tally = Tally(name=NAME, total=20, seed=7, full=True)
    assert len(list(trials(tally, full, quick=3, code="a"))) == 8
    assert tally.line() == "sync killed: 20 of 20 trials (12 from an earlier run), seed 7"
    assert Tally.from_property(json.loads(json.dumps(tally.as_property()))) == tally


@pytest.mark.parametrize("change", [{"code": "b"}, {"full": 21}])
def test_passes_of_other_code_or_another_size_are_forgotten(full: Settings, change: dict[str, object]) -> None:
    numbers_run(full)
    assert len(numbers_run(full, **change)) >= 20  # type: ignore[arg-type]


def test_passes_of_another_seed_are_forgotten(full: Settings) -> None:
    numbers_run(full)
    assert len(numbers_run(Settings(full=True, seed=8, folder=full.folder))) == 20


def test_a_record_cut_short_by_a_kill_counts_as_none(full: Settings) -> None:
    numbers_run(full)
    (full.folder / "sync-killed.json").write_text('{"seed": 7, "tot')
    assert len(numbers_run(full)) == 20


def test_a_quick_size_beyond_the_full_one_is_refused(full: Settings) -> None:
    with pytest.raises(ValueError, match="between 0 and full"):
        numbers_run(full, quick=21)


def test_settings_come_from_the_environment() -> None:
    assert Settings.of({}) == Settings(full=False, seed=DEFAULT_SEED)
    assert Settings.of({"METERBOOK_TEST_FULL": "1", "METERBOOK_TEST_SEED": "9"}) == Settings(full=True, seed=9)
    with pytest.raises(ValueError, match="whole number"):
        Settings.of({"METERBOOK_TEST_SEED": "today"})


def test_the_fixture_counts_in_this_very_run(count) -> None:  # type: ignore[no-untyped-def]
    assert len({int(trial) for trial in count("the counting itself", quick=4, full=4)}) in {0, 4}
