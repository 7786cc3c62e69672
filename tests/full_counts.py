"""Counts of trials: few in `make test`, all of them in `make test-full`, which goes on where it was.

Some promises are counts ("killed at 20 random moments"). A test states one with the `count` fixture:

    def test_a_killed_sync_goes_on_where_it_was(count):
        for trial in count("sync killed", quick=2, full=20):
            moment = Random(trial).uniform(0, 1)
            ...

Each trial is an `int` to seed a generator with, made of the run's seed, the count's name and the trial's number, so
that trial 7 is the same in a quick run, in a full one and alone. A quick run picks its trials by the seed among those
of the full run. A full run writes down what has passed in `.test-full/NAME.json`, and a later one with the same seed
and the same code leaves those out.

Settings: `METERBOOK_TEST_FULL=1` for the full counts, `METERBOOK_TEST_SEED` for another seed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Protocol

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_SEED = 20250309  # a night without 02:00 in most of the United States
SAVE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this run counts.

    Attributes:
        full: every trial, instead of a subset.
        seed: what all randomness of the run is made from.
        folder: where a full run writes down what has passed.
    """

    full: bool
    seed: int
    folder: Path = ROOT / ".test-full"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Settings as the environment states them.

        Raises:
            ValueError: the seed is not a whole number.
        """
        text = environment.get("METERBOOK_TEST_SEED") or str(DEFAULT_SEED)
        if not re.fullmatch(r"\d+", text):
            raise ValueError(f"METERBOOK_TEST_SEED must be a whole number, not {text!r}")
        return cls(full=environment.get("METERBOOK_TEST_FULL", "") not in ("", "0"), seed=int(text))


class Trial(int):
    """One trial: an integer to seed a generator with, which knows its number in the count."""

    number: int

    def __new__(cls, *, seed: int, name: str, number: int) -> Trial:
        """The trial of that number; the same for the same seed, name and number on every machine."""
        digest = hashlib.sha256(f"{seed}/{name}/{number}".encode()).digest()
        trial = super().__new__(cls, int.from_bytes(digest[:4], "big"))
        trial.number = number
        return trial


class Count(Protocol):
    """What the fixture is: called with a name and two sizes, it yields the trials to run."""

    def __call__(self, name: str, *, quick: int, full: int) -> Iterator[Trial]:
        """Trials to run, each of which has passed once the next is asked for."""
        ...


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far one count has come; what the closing summary prints."""

    name: str
    total: int
    seed: int
    full: bool
    passed: set[int] = field(default_factory=set)
    earlier: int = 0

    def line(self) -> str:
        """One line for the summary.

        >>> Tally(name="sync killed", total=20, seed=7, full=True, passed=set(range(20)), earlier=12).line()
        'sync killed: 20 of 20 trials (12 from an earlier run), seed 7'
        """
        note = f" ({self.earlier} from an earlier run)" if self.earlier else ""
        return f"{self.name}: {len(self.passed)} of {self.total} trials{note}, seed {self.seed}"

    def as_property(self) -> list[object]:
        """What crosses from a worker process to the one that prints: plain JSON."""
        return [self.name, self.total, self.seed, self.full, sorted(self.passed), self.earlier]

    @classmethod
    def from_property(cls, values: list[object]) -> Tally:
        """The tally that `as_property` wrote."""
        name, total, seed, full, passed, earlier = values
        return cls(name=name, total=total, seed=seed, full=full, passed=set(passed), earlier=earlier)  # type: ignore[arg-type, call-overload]


def trials(tally: Tally, settings: Settings, *, quick: int, code: str) -> Generator[Trial, None, None]:
    """Trials of a count that are still to run, in order; `tally` follows along.

    Args:
        tally: the count, nothing passed yet.
        settings: of this run.
        quick: how many of them a quick run takes, from 0 to all.
        code: digest of what is under test; passes of other code are forgotten.

    Raises:
        ValueError: a size that makes no sense.
    """
    if not 0 <= quick <= tally.total:
        raise ValueError(f"count {tally.name!r}: quick must lie between 0 and full, not {quick} of {tally.total}")
    if not settings.full:
        chosen = Random(f"{settings.seed}/{tally.name}").sample(range(tally.total), quick)
        yield from _run(tally, sorted(chosen), settings)
        return
    record = _Record(
        path=settings.folder / f"{_slug(tally.name)}.json", seed=settings.seed, total=tally.total, code=code
    )
    tally.passed |= record.read()
    tally.earlier = len(tally.passed)
    try:
        for trial in _run(tally, [n for n in range(tally.total) if n not in tally.passed], settings):
            record.write(tally.passed)
            yield trial
    finally:
        record.write(tally.passed, now=True)


def _run(tally: Tally, numbers: list[int], settings: Settings) -> Iterator[Trial]:
    for number in numbers:
        yield Trial(seed=settings.seed, name=tally.name, number=number)
        tally.passed.add(number)


@dataclass(slots=True, kw_only=True)
class _Record:
    """The file in which a full run writes down what has passed."""

    path: Path
    seed: int
    total: int
    code: str
    written_at: float = 0.0

    def read(self) -> set[int]:
        try:
            known = json.loads(self.path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return set()
        if [known.get("seed"), known.get("total"), known.get("code")] != [self.seed, self.total, self.code]:
            return set()
        return set(known["passed"])

    def write(self, passed: set[int], *, now: bool = False) -> None:
        if not now and time.monotonic() - self.written_at < SAVE_EVERY_S:
            return
        self.path.parent.mkdir(exist_ok=True)
        text = json.dumps({"seed": self.seed, "total": self.total, "code": self.code, "passed": sorted(passed)})
        beside = self.path.with_suffix(f".{os.getpid()}.new")
        beside.write_text(text + "\n")
        beside.replace(self.path)
        self.written_at = time.monotonic()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@cache
def code_digest(test_file: Path) -> str:
    """Digest of everything that a pass depends on: the package, the locked libraries and the test's own file."""
    digest = hashlib.sha256()
    package = sorted(
        path for path in (ROOT / "src" / "meterbook").rglob("*") if path.is_file() and path.suffix != ".pyc"
    )
    for path in [*package, ROOT / "requirements" / "dev.txt", test_file]:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
