"""The order of moves: what the operator says of it, and the search for a shorter one."""
