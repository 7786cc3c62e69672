"""A server of somebody else's, run for the length of a benchmark."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_S = 30.0


class NotInstalled(Exception):
    """A program that a peer needs is not here."""


def program(name: str, *places: Path) -> Path:
    """A program by name, from given folders or the path.

    Raises:
        NotInstalled: it is in none of them.
    """
    for place in places:
        if (place / name).is_file():
            return place / name
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(name)
    return Path(found)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path], ready: Callable[[], bool], folder: Path, user: str | None = None
) -> Iterator[None]:
    """A server from when it is ready until it was told to end; what it says goes into a file.

    Args:
        command: program and arguments.
        ready: whether it answers by now.
        folder: where it may write.
        user: who runs it, where this one may not.
    """
    environment = {**os.environ, "HOME": str(folder)}
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=said, stderr=said, cwd=folder, env=environment, user=user
        )
    try:
        until = time.monotonic() + START_S
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not start: {(folder / 'said.txt').read_text()[-500:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, as the disk counts them."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
