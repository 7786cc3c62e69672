"""A book: one user's data and settings. The Python API, and all that the command line and the service are built from.

>>> import meterbook
>>> book = meterbook.open("/no/such/place")  # doctest: +SKIP
>>> book.readings(account="7001001", since="2026-01-01").to_polars()  # doctest: +SKIP
"""

from meterbook.book.book import Book
from meterbook.book.folder import default_folder
from meterbook.book.readings import ReadingSet
from meterbook.book.selection import Selection

__all__ = ["Book", "ReadingSet", "Selection", "default_folder"]
