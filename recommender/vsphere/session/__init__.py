"""The way to a vCenter: its address, the encrypted connection, the login, the version both sides speak."""
