"""Rate schedules at work: from readings and a tariff to statements that explain themselves, and comparisons of them."""
