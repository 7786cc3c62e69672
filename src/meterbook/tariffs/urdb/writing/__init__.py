"""Schedules of ours as records of OpenEI's database, version 8, or refused by name."""

from meterbook.tariffs.urdb.writing.record import LEAVE_OUT, write

__all__ = ["LEAVE_OUT", "write"]
