"""Where Daft works: in this process, on a Ray that is started here, or on a Ray cluster that runs already.

Neither Daft nor Ray tells anybody that it is used: their telemetry is switched off before they are imported.
"""

from __future__ import annotations

import logging
import os
import re
import socket
from dataclasses import dataclass
from threading import Lock
from typing import Any

from meterbook.model.errors import StoreError, UsageError

QUIET = {
    "DAFT_ANALYTICS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DAFT_PROGRESS_BAR": "0",
}
"""What is set in our environment and in that of the workers."""
HERE = "here"
"""A Ray of this machine alone, which ends with this process."""

PATIENCE_S = 10.0
_HOST_PORT = re.compile(r"(?:ray://)?(?P<host>[^:/]+|\[[0-9a-fA-F:]+\]):(?P<port>\d+)/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Daft, ready to work.

    Attributes:
        on_ray: whether a Ray cluster does the work.
        workers: processors of the cluster.
    """

    on_ray: bool
    workers: int


_started: list[tuple[str | None, Runner]] = []
_guard = Lock()


def start(ray: str | None = None) -> Runner:
    """Make Daft ready. A process can choose once where Daft works, and the same again.

    Args:
        ray: None to work in this process; :data:`HERE` to start a Ray on this machine; else the address of a cluster,
            as Ray takes it (``auto``, ``host:6379``, ``ray://host:10001``).

    Raises:
        UsageError: Daft is not installed, or it works elsewhere already.
        StoreError: no cluster answers at the address.
    """
    with _guard:
        if _started and _started[0][0] != ray:
            raise UsageError(
                "Daft works elsewhere in this process already", hint="Choose where it works once a process."
            )
        if not _started:
            _started.append((ray, _begun(ray)))
        return _started[0][1]


def _begun(ray: str | None) -> Runner:
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    try:
        import daft  # noqa: PLC0415 - an extra
    except ImportError as err:
        raise _not_installed() from err
    if ray is None:
        daft.set_runner_native()
        return Runner(on_ray=False, workers=os.cpu_count() or 1)
    workers = _joined(ray)
    daft.set_runner_ray(noop_if_initialized=True)
    return Runner(on_ray=True, workers=workers)


def _joined(address: str) -> int:
    try:
        import ray  # noqa: PLC0415 - an extra
    except ImportError as err:
        raise _not_installed() from err
    if not ray.is_initialized():
        _knocked(address)
        here: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        try:
            ray.init(
                runtime_env={"env_vars": QUIET},
                log_to_driver=False,
                logging_level=logging.ERROR,
                **(here if address == HERE else {"address": address}),
            )
        except (ConnectionError, RuntimeError, ValueError) as err:
            raise _silent(address) from err
    return _processors()


def _knocked(address: str) -> None:
    """Make sure that somebody listens at an address, since Ray goes on trying for a quarter of an hour.

    Raises:
        StoreError: nobody does.
    """
    found = _HOST_PORT.fullmatch(address)
    if found is None:  # "auto", "here": Ray knows itself where to look
        return
    try:
        socket.create_connection((found["host"].strip("[]"), int(found["port"])), timeout=PATIENCE_S).close()
    except (OSError, OverflowError) as err:  # no such host, nobody there, no answer; no such port
        raise _silent(address) from err


def _silent(address: str) -> StoreError:
    return StoreError(
        "no Ray cluster answers", where=address, hint="See that it runs with: ray status --address HOST:PORT"
    )


def _processors() -> int:
    import ray  # noqa: PLC0415 - an extra

    resources: dict[str, float] = ray.cluster_resources() if ray.is_initialized() else {}  # type: ignore[no-untyped-call]
    return max(1, int(resources.get("CPU", os.cpu_count() or 1)))


def _not_installed() -> UsageError:
    return UsageError("the engine daft is not installed", hint="Install it with: pip install 'meterbook[cluster]'")
