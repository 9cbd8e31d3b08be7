"""Inventories by way of each other: read, followed, with samples, tags, sites, distances."""
