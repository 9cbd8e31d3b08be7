"""Carrying plans out through the ports alone: look, write down, send once, look again."""
