"""How long moves take that share links, and how long when nothing is shared."""
