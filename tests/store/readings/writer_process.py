"""Processes that write to a lake, read from it or tidy it up, to be killed or to compete.

Each is a function that another process runs. What a writer was told is stored it says through its pipe at once, so that
whoever kills it knows what must be there.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from store.readings.operations import CHANNELS, OPERATIONS, holds, same, tiny_layout

from meterbook.store.readings import ReadingsLake


def strike_on(folder: Path, name: str, first: int, count: int, said: Connection) -> None:
    """Repeat an operation from step ``first`` on.

    Says ``("stored", n)`` once step n is, ``("begun", n)`` before what is to be killed and ``("done", n, seconds)``
    after it.
    """
    operation = OPERATIONS[name]
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        for step in range(first, first + count):
            if operation.prepare is not None:
                operation.prepare(lake, step)
                said.send(("stored", step))
            said.send(("begun", step))
            began = time.perf_counter()
            operation.strike(lake, step)
            said.send(("done", step, time.perf_counter() - began))


def tidy_on(folder: Path, said: Connection) -> None:
    """Compact, close months, vacuum and sum up the log until told to stop; says how many rounds it made."""
    rounds = 0
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        while not said.poll(0.01):
            for work in (lake.tidy, lake.compact, lambda: lake.vacuum(older_than_s=0), lake.checkpoint):
                work()
            rounds += 1
    said.send(rounds)


def read_on(folder: Path, names: tuple[str, str], said: Connection) -> None:
    """Read what two writers write until told to stop; says how many reads it made, or what was wrong with one.

    Channels of the second writer follow after those of the first.
    """
    reads, seen = 0, [0, 0]
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        while not said.poll():
            if reads % 3 == 2:
                lake = ReadingsLake.open(folder)
            for number, name in enumerate(names):
                found = holds(lake, CHANNELS + 100 * number)
                newest = int(found[2].max(initial=0))
                if newest < seen[number]:
                    said.send(f"{name} went back from {seen[number]} to {newest}")
                    return
                seen[number] = newest
                channel, start, step = OPERATIONS[name].state(newest) if newest else (np.empty(0),) * 3
                if not same(found, (channel + 100 * number, start, step)):
                    said.send(f"half of step {newest} of {name}")
                    return
            reads += 1
    said.send(reads)


def write_on(folder: Path, name: str, shift: int, count: int) -> None:
    """Repeat an operation with other channel numbers, so that two writers don't take each other's readings."""
    with tiny_layout():
        lake = _Shifted(folder, shift)
        for step in range(1, count + 1):
            OPERATIONS[name].strike(lake, step)


class _Shifted(ReadingsLake):
    """A lake in which all channels have higher numbers."""

    def __init__(self, folder: Path, shift: int) -> None:
        opened = ReadingsLake.open(folder)
        self.__dict__.update(vars(opened))
        self._shift = shift

    def write(self, batches):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        return super().write([replace(one, channel_id=one.channel_id + self._shift) for one in batches])

    def load(self, chunks, *, load_id):  # type: ignore[no-untyped-def]
        moved = []
        for chunk in chunks:
            channel = chunk.column("channel_id").to_numpy() + np.int32(self._shift)
            moved.append(chunk.set_column(0, "channel_id", [channel]))
        return super().load(moved, load_id=load_id)
