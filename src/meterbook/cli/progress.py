"""A running sync, as a person watches it: bars on a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from meterbook.cli.failures import leave_output

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LABEL_WIDTH = 24


def shortened(text: str, width: int) -> str:
    """Text in at most ``width`` characters, cut with an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"


def short_label(label: str) -> str:
    """What a member calls an account, or the street of its address, in the width of a column.

    >>> short_label("458 OYSTER CT, TIDEWATER, NC 28599")
    '458 OYSTER CT'
    """
    return shortened(label.partition(",")[0], LABEL_WIDTH)


class Bars:
    """One bar an account, redrawn in place, with the rate and the time left."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        from meterbook.cli.context import console

        self._bars: Progress = Progress(
            TextColumn("  {task.fields[account]:<12}", markup=False),
            TextColumn("{task.fields[label]:<" + str(LABEL_WIDTH) + "}", markup=False),
            BarColumn(bar_width=14, complete_style="blue", finished_style="blue"),
            TextColumn("{task.completed:>3.0f}/{task.total:.0f}", justify="right"),
            TextColumn("{task.fields[rate]:>9}", justify="right", style="dim"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console(),
        )
        self._tasks: dict[str, TaskID] = {}
        self._readings: dict[str, int] = {}
        self._began = time.monotonic()
        self._heading = ""

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bars.stop()

    def connection(self, *, utility: str, portal: str, zone: str, accounts: int) -> None:
        heading = _heading(utility, portal, zone)
        if heading != self._heading:  # several log-ins at one portal stand under one heading
            self._heading = heading
            self._bars.console.print(heading, markup=False)

    def waiting(self, *, utility: str) -> None:
        self._bars.console.print(f"Another sync of {utility} is at work; waiting for it to end.", markup=False)

    def account(self, *, account: str, label: str) -> None:
        if account not in self._tasks:
            self._tasks[account] = self._bars.add_task("", total=0, account=account, label=short_label(label), rate="")

    def planned(self, *, account: str, windows: int) -> None:
        task = self._bars.tasks[self._tasks[account]]
        self._bars.update(self._tasks[account], total=(task.total or 0) + windows)

    def window(self, *, account: str, readings: int) -> None:
        self._readings[account] = self._readings.get(account, 0) + readings
        elapsed = max(time.monotonic() - self._began, 0.1)
        self._bars.update(self._tasks[account], advance=1, rate=f"{self._readings[account] / elapsed:,.0f}/s")

    def account_done(self, *, account: str, ok: bool) -> None:
        task = self._bars.tasks[self._tasks[account]]
        self._bars.update(self._tasks[account], completed=task.total, rate="" if ok else "partly")


class Lines:
    """One line an account when it begins and when it ends, for pipes and logs."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._windows: dict[str, int] = {}
        self._readings: dict[str, int] = {}
        self._heading = ""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to give back: every line is flushed as it is printed."""

    def connection(self, *, utility: str, portal: str, zone: str, accounts: int) -> None:
        heading = _heading(utility, portal, zone)
        if heading != self._heading:
            self._heading = heading
            _line(heading)

    def waiting(self, *, utility: str) -> None:
        _line(f"Another sync of {utility} is at work; waiting for it to end.")

    def account(self, *, account: str, label: str) -> None:
        self._labels[account] = label

    def planned(self, *, account: str, windows: int) -> None:
        """Nothing: a pipe is told what was done, not what is to come."""

    def window(self, *, account: str, readings: int) -> None:
        self._windows[account] = self._windows.get(account, 0) + 1
        self._readings[account] = self._readings.get(account, 0) + readings

    def account_done(self, *, account: str, ok: bool) -> None:
        label = short_label(self._labels.get(account, ""))
        counts = f"{self._windows.get(account, 0):>4} windows  {self._readings.get(account, 0):>9,} readings"
        self._windows[account] = self._readings[account] = 0  # another log-in may show the account too
        _line(f"  {account:<12}{label:<{LABEL_WIDTH}}  {counts}{'' if ok else '  partly'}")


def _line(text: str) -> None:
    """Print a line; a sync goes on when whoever read along (``head``, ``less``) has left."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        leave_output()


def _heading(utility: str, portal: str, zone: str) -> str:
    left = f"{portal} · {utility}"
    return f"{left:<{max(len(left) + 2, 78 - len(zone))}}{zone}"
