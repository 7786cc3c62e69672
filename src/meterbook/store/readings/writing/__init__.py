"""From readings brought to files and one commit: single windows, and many readings at once."""
