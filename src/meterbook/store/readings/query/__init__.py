"""Questions asked of the lake: calendars of periods, plans, and what carries them out."""
