"""From a folder or a URL to the place that it names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from meterbook.model.errors import StoreError
from meterbook.store.readings.places.folder_place import FolderPlace
from meterbook.store.readings.places.place import Place

_PERCENT_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")


def open_place(where: Path | str, env: Mapping[str, str] | None = None) -> Place:
    """The place of a book's readings.

    Args:
        where: a folder, or ``s3://bucket/prefix``.
        env: where the object store's address and keys are looked up; the process's environment unless given.

    Raises:
        StoreError: a folder whose name deltalake would misread.
        UsageError: a URL of another kind, settings that don't fit, or obstore is not installed.
    """
    if isinstance(where, str) and "://" in where:
        from meterbook.store.readings.places.object_address import address  # noqa: PLC0415 - few need it
        from meterbook.store.readings.places.object_place import ObjectPlace, ObjectStore  # noqa: PLC0415 - only for an object store

        return ObjectPlace(ObjectStore(address(where, os.environ if env is None else env)))
    folder = Path(where)
    if _PERCENT_ESCAPE.search(str(folder.absolute())):
        raise StoreError(
            "a book can't lie in a folder with a percent sign and two digits in its name",
            where=str(folder),
            hint="deltalake takes them for an escaped character. Rename the folder, or choose another with --book.",
        )
    return FolderPlace(folder)
