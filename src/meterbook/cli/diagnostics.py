"""A file about a failure inside Meterbook that a user can look at and share: the trace without any values."""

from __future__ import annotations

import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from meterbook.version import __version__


def write_diagnostics(error: BaseException) -> Path:
    """Write where in the code an error arose; messages and local values are left out, since they may hold data.

    Returns:
        The file's path.
    """
    folder = Path(platformdirs.user_log_dir("meterbook", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"failure-{now:%Y%m%dT%H%M%S%f}.txt"
    lines = [f"meterbook {__version__}, Python {platform.python_version()}, {platform.platform()}", now.isoformat()]
    lines += _chain(error)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _chain(error: BaseException) -> list[str]:
    lines = [f"{type(error).__module__}.{type(error).__qualname__}"]
    lines += [
        f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            lines += ["one of:", *_chain(inner)]
    cause = error.__cause__ or error.__context__
    if cause is not None:
        lines += ["after:", *_chain(cause)]
    return lines
