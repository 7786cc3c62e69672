"""`python -m benchmarks [SUBJECT…] [--json] [--check]`: measure, and print a line a figure.

Exit codes: 0 done, 1 a target was missed (with ``--check``), 2 usage.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from math import isfinite
from pathlib import Path
from pkgutil import iter_modules

import benchmarks
from benchmarks.figure import METERS, Figure, Options

NOT_SUBJECTS = {"command", "figure", "peers"}
"""Modules of this package that measure nothing; so do those whose name starts with an underscore."""

NAME_WIDTH, PEER_WIDTH = 34, 16


def subjects() -> list[str]:
    """Names of everything that can be measured, in alphabetical order."""
    names = (module.name for module in iter_modules(benchmarks.__path__))
    return sorted(name for name in names if not name.startswith("_") and name not in NOT_SUBJECTS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line names; everything when it names nothing."""
    wanted = _parse(arguments)
    options = Options(
        rounds=wanted.rounds,
        quick=wanted.quick,
        meters=wanted.size,
        growth=wanted.growth,
        folder=wanted.folder,
        cpu=wanted.cpu,
    )
    measured: list[tuple[str, Figure]] = []
    if not wanted.json:
        print(_machine(options))
    for subject in wanted.subjects or subjects():
        if not wanted.json:
            print(subject)
        for figure in _figures(subject, options):
            measured.append((subject, figure))
            if not wanted.json:
                print("\n".join(lines_of(figure)), flush=True)
    if wanted.markdown:
        print("\n".join(["", *markdown_of([figure for _, figure in measured])]))
    if wanted.json:
        print(json.dumps([as_record(subject, figure) for subject, figure in measured], indent=2))
    return _verdict((figure for _, figure in measured), quiet=wanted.json) if wanted.check else 0


def lines_of(figure: Figure) -> list[str]:
    """A figure as text, at most 100 columns wide: one line, or two when its name is long.

    >>> print(*lines_of(Figure(name="decode", ours=4.2, peer="msgspec alone", floor=2, unit="ms", target=2.5)))
      decode                                 4.20 ms  msgspec alone       2.00 ms    2.10×  ≤ 2.5×
    """
    head = [] if len(figure.name) <= NAME_WIDTH else [f"  {figure.name}"]
    name = "" if head else figure.name
    ours, floor = _amount(figure.ours, figure.unit), _amount(figure.floor, figure.unit)
    line = f"  {name:<{NAME_WIDTH}} {ours:>11}  {figure.peer:<{PEER_WIDTH}} {floor:>10}  {_times(figure.ratio):>6}×"
    return [*head, line + _promise(figure), *_pace(figure)]


def _pace(figure: Figure) -> list[str]:
    """How many a second, where that is how people say it.

    >>> print(*_pace(Figure(name="price", ours=0.5, peer="PySAM", floor=10, unit="ms", each="meter-years")))
          2,000 meter-years/s beside 100: 20 times
    """
    if figure.each is None:
        return []
    times = f"{1 / figure.ratio:,.{1 if figure.ratio > 0.1 else 0}f}"
    return [f"      {1000 / figure.ours:,.0f} {figure.each}/s beside {1000 / figure.floor:,.0f}: {times} times"]


def markdown_of(figures: Sequence[Figure]) -> list[str]:
    """Figures as a table for the documentation.

    >>> print(*markdown_of([Figure(name="Q1", ours=12, peer="DuckDB", floor=15, unit="ms", target=1.3)]), sep="\\n")
    | what | ours | beside | | ratio | target |
    |---|---|---|---|---|---|
    | Q1 | 12.00 ms | DuckDB | 15.00 ms | 0.80 | ≤ 1.3 |
    """
    lines = ["| what | ours | beside | | ratio | target |", "|---|---|---|---|---|---|"]
    for one in figures:
        ours, floor = _amount(one.ours, one.unit), _amount(one.floor, one.unit)
        target = "" if one.target is None else f"≤ {one.target:.3g}"
        lines.append(f"| {one.name} | {ours} | {one.peer} | {floor} | {_times(one.ratio)} | {target} |")
    return lines


def as_record(subject: str, figure: Figure) -> dict[str, object]:
    """A figure as it stands in ``--json``: its fields, with the ratio and the verdict."""
    ratio = figure.ratio if isfinite(figure.ratio) else None  # JSON has no infinity
    return {"subject": subject, **asdict(figure), "ratio": ratio, "met": figure.met}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Meterbook against floors and peers."
    )
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"one or more of: {', '.join(subjects())}")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON list")
    parser.add_argument("--markdown", action="store_true", help="print them as a table for the documentation too")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a target is missed")
    parser.add_argument(
        "--rounds", type=int, default=Options().rounds, help="timed runs of each pair (default %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="small inputs, to see that the subjects run")
    parser.add_argument(
        "--size",
        type=meters_of,
        default=Options().meters,
        metavar="1/20",
        help="part of a co-op, or full (lake, cluster)",
    )
    parser.add_argument("--growth", action="store_true", help="at 1/100, 1/20 and 1/5 of a co-op (lake)")
    parser.add_argument(
        "--cpu", action="store_true", help="processor time, on a busy machine (bill_reports, bills, lake, rates)"
    )
    parser.add_argument("--folder", type=Path, help="where large files go, an empty folder (lake, rates)")
    wanted = parser.parse_args(arguments)
    unknown = [name for name in wanted.subjects if name not in subjects()]
    if unknown:
        parser.error(f"no such subject: {', '.join(unknown)}. There are: {', '.join(subjects()) or 'none yet'}.")
    if wanted.rounds < 1:
        parser.error("--rounds must be at least 1.")
    if wanted.quick and wanted.check:
        parser.error("--quick measures too little to --check it.")
    return wanted


def meters_of(size: str) -> int:
    """Meters of a part of a co-op: ``1/20``, ``full``.

    >>> meters_of("1/20"), meters_of("full")
    (2157, 43136)
    """
    if size == "full":
        return METERS
    whole, _, part = size.partition("/")
    if whole != "1" or not part.isdigit() or not 1 <= int(part) <= METERS:
        raise argparse.ArgumentTypeError(f"{size!r} is no part of a co-op; 1/20 is, or full")
    return -(-METERS // int(part))


def _figures(subject: str, options: Options) -> Iterator[Figure]:
    found: Iterator[Figure] = import_module(f"benchmarks.{subject}").figures(options)
    return found


def _machine(options: Options) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = f"{platform.system()} {platform.machine()}"
    return f"Python {platform.python_version()} · {machine} · {cores} cores · {options.rounds} rounds"


def _amount(value: float, unit: str) -> str:
    digits = 2 if abs(value) < 100 else 0
    return f"{value:,.{digits}f} {unit}"


def _times(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def _promise(figure: Figure) -> str:
    parts = []
    if figure.target is not None:
        parts.append(f"≤ {figure.target:.3g}×")
    if figure.allowance is not None:
        parts.append(f"≤ +{figure.allowance:g} {figure.unit}")
    if not figure.met:
        parts.append("missed")
    return "  " + " ".join(parts) if parts else ""


def _verdict(figures: Iterable[Figure], *, quiet: bool) -> int:
    missed = [figure.name for figure in figures if not figure.met]
    if missed and not quiet:
        print(f"Missed: {'; '.join(missed)}.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
