"""OpenEI's Utility Rate Database: its records as our schedules, and ours as its records.

Source: https://openei.org/services/doc/rest/util_rates/?version=8
"""

from meterbook.tariffs.urdb.options import Options, with_words
from meterbook.tariffs.urdb.reading import Reading, examine, read
from meterbook.tariffs.urdb.record import only, records
from meterbook.tariffs.urdb.writing import LEAVE_OUT, write

__all__ = ["LEAVE_OUT", "Options", "Reading", "examine", "only", "read", "records", "with_words", "write"]
