"""Engines that carry plans out elsewhere than in this process, chosen by configuration; all give the same answers."""
