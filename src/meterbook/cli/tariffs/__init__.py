"""``meterbook tariffs``: rate schedules listed, shown, edited and checked; one module a command."""
