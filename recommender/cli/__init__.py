"""The command line, one file a command; a command loads what it needs only when it runs."""
