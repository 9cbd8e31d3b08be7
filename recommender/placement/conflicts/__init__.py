"""Why it cannot be done: the smallest clash, and the cheapest ways out."""
