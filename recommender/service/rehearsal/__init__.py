"""What days of the whole service in a simulated data centre are made of, and what must hold at each event."""
