"""What may be configured, checked as a whole before anything starts."""
