"""A Ray cluster of one-processor nodes on this machine, and what it spends: processor time and bytes between nodes.

Nodes speak over the loopback interface as they would over a network. To count their bytes alone they get one of their
own, a network namespace, where the system lets us; nothing could leave it either. Elsewhere the machine's loopback
interface is counted, with whatever else goes over it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meterbook.store.readings.engines.daft_runner import QUIET

STORE_BYTES = 300_000_000
"""Memory of a node for objects that others fetch."""
_OWN_NETWORK = ("--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def nodes(workers: int) -> Iterator[str]:
    """The address of a cluster with so many nodes of one processor each, and a head that does no work."""
    os.environ.update(QUIET)
    os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
    import ray  # noqa: PLC0415 - slow to import
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    settings: dict[str, Any] = {"node_ip_address": "127.0.0.1", "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 10**8, **settings})
    try:
        for _ in range(workers):
            cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES, **settings)
        yield str(cluster.address)
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call]


def alone(words: list[str]) -> list[str]:
    """A command line that runs a command in a network of its own, if the system lets us; else the command."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return words
    for user in ([], ["--user", "--map-root-user"]):
        prefix = ["unshare", *user, *_OWN_NETWORK]
        if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0:
            return [*prefix, *words]
    return words


def processor_s() -> float:
    """Processor time that this process and all that descend from it have taken, those that ended included."""
    parent_of: dict[int, int] = {}
    taken: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parent_of[int(folder.name)] = int(fields[1])
            taken[int(folder.name)] = sum(map(int, fields[11:15]))
    mine = {os.getpid()}
    while more := {pid for pid, parent in parent_of.items() if parent in mine and pid not in mine}:
        mine |= more
    return sum(taken.get(pid, 0) for pid in mine) / _TICKS


def loopback_bytes() -> int:
    """Bytes that went over the loopback interface."""
    lines = Path("/proc/net/dev").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.strip().startswith("lo:")), 0)
