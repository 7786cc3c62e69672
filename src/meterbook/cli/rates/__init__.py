"""``meterbook rates``: readings priced, schedules compared and rates worked out of bills; one module a command."""
