"""What an engine is given of a lake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meterbook.store.readings.files.rows import READINGS_SCHEMA, REVISIONS_SCHEMA
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.places.opening import open_place
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.classes import Classes, one_class


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The tables of one lake.

    Attributes:
        readings: values that hold.
        revisions: values that later loads replaced.
        classes: which channels may be summed together.
    """

    readings: LakeTable
    revisions: LakeTable
    classes: Classes

    @classmethod
    def at(cls, place: Place, classes: Classes = one_class) -> Tables:
        """The tables in a book's place, to be read."""
        return cls(
            readings=LakeTable(place.within("readings"), READINGS_SCHEMA, classes),
            revisions=LakeTable(place.within("revisions"), REVISIONS_SCHEMA),
            classes=classes,
        )

    @classmethod
    def open(cls, where: Path | str, classes: Classes = one_class) -> Tables:
        """The tables of a folder or ``s3://bucket/prefix``, which may be empty.

        Raises:
            StoreError: a folder of that name can't be one.
            UsageError: a URL that can't be used.
        """
        return cls.at(open_place(where), classes)
