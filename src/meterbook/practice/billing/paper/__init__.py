"""The paper: what is printed where, and the setting of it by typst."""
