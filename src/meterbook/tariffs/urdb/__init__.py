"""OpenEI's Utility Rate Database: its records as our schedules, and ours as its records.

Source: https://openei.org/services/doc/rest/util_rates/?version=8
"""

from meterbook.tariffs.urdb.options import Options, with_words
from meterbook.tariffs.urdb.reading import Reading, examine, read
from meterbook.tariffs.urdb.record import only, records

__all__ = ["Options", "Reading", "examine", "only", "read", "records", "with_words"]
