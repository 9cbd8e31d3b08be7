"""The daemon and the composition of all parts: polls, decides, waits for its window, acts, records."""
