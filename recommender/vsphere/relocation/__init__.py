"""A move as vCenter is asked for it: read right before, checked, sent once."""
