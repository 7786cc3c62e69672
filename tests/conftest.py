"""What all tests share: the folder they import from, how much they count, and how Hypothesis draws."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

sys.path.insert(0, str(Path(__file__).parent))  # so that `import shared_data` works from any folder below
sys.path.insert(1, str(Path(__file__).parents[1]))  # and `import benchmarks`, however Pytest was started

from full_counts import Count, Settings, Tally, Trial, code_digest, trials

SETTINGS = Settings.of(os.environ)

# No deadline: a slow machine is not a failure. Quick draws are the same every time; full ones follow the seed.
hypothesis_settings.register_profile("quick", deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.register_profile("full", deadline=None, max_examples=2000, print_blob=True)
hypothesis_settings.load_profile("full" if SETTINGS.full else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give Hypothesis the run's seed, unless its own option names another."""
    if SETTINGS.full and config.getoption("--hypothesis-seed", default=None) is None:
        config.option.hypothesis_seed = str(SETTINGS.seed)


def pytest_report_header() -> str:
    """The seed, at the head of every run."""
    if SETTINGS.full:
        return f"counts: in full, seed {SETTINGS.seed}; Hypothesis draws 2,000 examples by that seed"
    return f"counts: quick, seed {SETTINGS.seed} (METERBOOK_TEST_SEED); Hypothesis draws the same examples every time"


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Iterator[Count]:
    """Counts of trials, see `full_counts`: few in a quick run, all in a full one."""
    tallies: list[Tally] = []
    started: list[Generator[Trial, None, None]] = []

    def start(name: str, *, quick: int, full: int) -> Iterator[Trial]:
        tally = Tally(name=name, total=full, seed=SETTINGS.seed, full=SETTINGS.full)
        tallies.append(tally)
        started.append(trials(tally, SETTINGS, quick=quick, code=code_digest(request.path)))
        return started[-1]

    yield start
    for generator in started:
        generator.close()  # writes down what passed before a failure
    request.node.user_properties.extend(("count", tally.as_property()) for tally in tallies)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How far each count came, from every worker, before Pytest's closing line."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    teardowns = [report for report in reports if getattr(report, "when", None) == "teardown"]
    tallies = [Tally.from_property(v) for r in teardowns for key, v in r.user_properties if key == "count"]
    if tallies:
        terminalreporter.section(
            "counts, in full" if SETTINGS.full else "counts, a seeded subset (all: make test-full)"
        )
        for tally in sorted(tallies, key=lambda tally: tally.name):
            terminalreporter.write_line(tally.line())
