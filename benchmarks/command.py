"""Whole commands under measurement: how long one takes, and how much memory it holds at its peak."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

# The peak that the system reports for a process includes what its parent held when it was started. So a bare
# interpreter, smaller than anything worth measuring, stands between the benchmark and the command.
_BETWEEN = """
import os, sys
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
sys.stderr.write("\\n%d %f" % (usage.ru_maxrss, usage.ru_utime + usage.ru_stime))
sys.exit(os.waitstatus_to_exitcode(status))
"""

_PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB on Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ran to its end.

    Attributes:
        seconds: wall time, with the start of the process.
        peak_mib: the most memory it held (resident), in MiB; its own children not counted.
        output: what it printed.
        cpu_s: the processors' time that it took, all threads together.
    """

    seconds: float
    peak_mib: float
    output: str
    cpu_s: float = 0.0


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command to its end.

    Args:
        command: program (a path) and arguments.
        environment: variables to set beside those at hand.

    Raises:
        RuntimeError: it did not end well; the message has its last words.
    """
    begin = perf_counter()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _BETWEEN, *command],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = perf_counter() - begin
    words, _, told = done.stderr.rpartition("\n")
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {words[-500:]}")
    peak, cpu_s = told.split()
    return Ran(seconds=seconds, peak_mib=int(peak) / _PER_MIB, output=done.stdout, cpu_s=float(cpu_s))
