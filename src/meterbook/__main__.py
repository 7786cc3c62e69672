"""``python -m meterbook``."""

from meterbook.cli import main

main()
