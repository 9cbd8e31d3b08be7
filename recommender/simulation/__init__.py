"""A data centre in memory, made from a seed: the same ports as vCenter, on simulated time."""
