"""Rolling maintenance planned: waves of hosts that are empty at one time, and the way home."""
