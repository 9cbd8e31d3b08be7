"""Balancing by itself: what is recommended, how far the service may act on it, and what holds it back."""
