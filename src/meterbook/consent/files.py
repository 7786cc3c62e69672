"""Files that are replaced as a whole: after a kill there is the old one or the new one, never a part."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from meterbook.model.errors import StoreError


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, readable by its owner only, durable on return.

    Raises:
        StoreError: it can't be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as err:
        raise StoreError(f"{path} can't be written: {err.strerror}", hint="Make room, or check who owns it.") from err


def remove_drafts(path: Path) -> None:
    """Remove what a killed process left of a file it was replacing; only while nobody else may be writing it."""
    for draft in path.parent.glob(f".{path.name}.*"):
        draft.unlink(missing_ok=True)
