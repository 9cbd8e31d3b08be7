"""The independent check of a plan: plays it through and shares nothing with what made it."""
