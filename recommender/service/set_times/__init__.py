"""What is done at set times: when it is due, its occurrences, and the calendar of windows and blackouts."""
