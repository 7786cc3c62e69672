"""The records of a book: who and where, what was pulled when, what was found. Readings themselves lie in the lake."""

from meterbook.store.records.records import Records

__all__ = ["Records"]
