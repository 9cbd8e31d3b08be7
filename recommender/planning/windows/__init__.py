"""Plans against windows: whether they fit, how they are split, and what would make them fit."""
