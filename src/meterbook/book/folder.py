"""Where a book lies, and what its folder holds."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

RECORDS_FILE = "records.sqlite"
READINGS_FOLDER = "readings"
LOCKS_FOLDER = "locks"
DOCUMENTS_FOLDER = "documents"


def default_folder() -> Path:
    """The book's folder where none is named: ``METERBOOK_BOOK``, else the user's data folder."""
    named = os.environ.get("METERBOOK_BOOK")
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_data_dir("meterbook", appauthor=False)) / "book"
