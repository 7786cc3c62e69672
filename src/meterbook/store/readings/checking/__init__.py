"""A look at every byte, and what can be made anew from the rest."""
