"""In what order and when moves are made: a dated plan in which every rule holds at every moment."""
