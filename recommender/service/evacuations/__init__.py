"""Evacuations at set times: when each is decided, what it may do, and what comes at its window's end."""
