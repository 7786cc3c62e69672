"""The log of a table: entries, what they add up to, and the table that follows from them."""
