"""The standing of a reading.

The numbers are stored; they never change meaning. Source of the distinctions: ESPI ``QualityOfReading`` (raw,
estimated, edited), and three of our own: MISSING, an expected interval without a usable reading; AMBIGUOUS, a reading
of the repeated hour of an autumn night whose place the source's clock could not tell; and PARTIAL, a sum over an hour,
day or month some of whose readings are missing (never stored: only sums that are shown or written out bear it).
"""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    """Standing of one reading."""

    ACTUAL = 0
    ESTIMATED = 1
    EDITED = 2
    AMBIGUOUS = 3
    PARTIAL = 4
    MISSING = 9

    @property
    def label(self) -> str:
        """The word used in files and on screen.

        >>> Quality.AMBIGUOUS.label
        'ambiguous'
        """
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> Quality:
        """The quality that a word stands for.

        Raises:
            KeyError: not one of the labels.
        """
        return cls[label.upper()]
