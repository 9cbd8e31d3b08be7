"""Which placement is better: one cost term, one file. ``registry`` lists them, ``base`` says what a term is."""
